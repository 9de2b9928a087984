// Sends spans to a collector, such as Jaeger: NODE_OPTIONS="--import=./tracing.mjs" TRACING=true npm start
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  BatchSpanProcessor,
  NodeTracerProvider,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace-node";

const provider = new NodeTracerProvider({
  resource: resourceFromAttributes({ "service.name": process.env.OTEL_SERVICE_NAME ?? "muster" }),
  // Of a hundred commands, one. What belongs to a command that is recorded is recorded on every worker.
  sampler: new ParentBasedSampler({
    root: new TraceIdRatioBasedSampler(Number(process.env.TRACE_SHARE ?? 0.01)),
  }),
  // To OTEL_EXPORTER_OTLP_ENDPOINT, or http://localhost:4318.
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
});
provider.register();

// What is not sent yet, when the server stops.
for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => provider.forceFlush());
