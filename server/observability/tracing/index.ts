/**
 * One trace from a client's command over its commit to what other workers deliver, with the tracer that the process has registered: the
 * API of OpenTelemetry alone is a part of this package. Loaded only where `tracing.enabled` is set.
 */
import {
  context,
  ProxyTracerProvider,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import type { RequestHandler } from "express";
import { ERRORS } from "../../../core/contract/errors.ts";
import type { Log } from "../../../core/ports/log.ts";
import type { Store } from "../../../core/ports/store/store.ts";
import type { CommandSpan, DispatchHooks } from "../../../middleware/dispatch.ts";
import { activeSpan, Flow } from "./spans.ts";
import { traceStore } from "./store.ts";

export interface Tracing {
  /** A command is a trace of its own. */
  readonly command: NonNullable<DispatchHooks["trace"]>;
  /** A request to the HTTP API, as a part of the trace that its `traceparent` names. */
  readonly http: RequestHandler;
  /** The active trace, for a request to another service. */
  headers(): Record<string, string>;
  store(store: Store): Store;
}

/** Only of these the server is to blame. */
const isFailure = (outcome: string) => outcome === "internal" || outcome === "unavailable";

export function openTracing(worker: string, log: Log): Tracing {
  const tracer = trace.getTracer("muster");
  const provider = trace.getTracerProvider();
  if (
    provider instanceof ProxyTracerProvider &&
    provider.getDelegate().constructor.name === "NoopTracerProvider"
  )
    log.warn(
      {},
      "tracing.enabled is set, and no SDK of OpenTelemetry is registered: nothing is traced; see docs/tracing.md",
    );

  return {
    command(session, command) {
      const { namespace, userId, transport } = session;
      const span = tracer.startSpan(
        `${namespace} ${command}`,
        {
          kind: SpanKind.SERVER,
          attributes: {
            "rpc.system": "muster",
            "rpc.service": namespace,
            "rpc.method": command,
            "enduser.id": userId,
            "muster.transport": transport,
            "muster.worker": worker,
          },
        },
        ROOT_CONTEXT,
      );
      return span.isRecording() ? commandSpan(span) : undefined;
    },
    http(req, res, next) {
      if (!req.path.startsWith("/api/") || activeSpan() !== undefined) return next();
      const parent = propagation.extract(ROOT_CONTEXT, req.headers);
      const span = tracer.startSpan(
        req.method,
        {
          kind: SpanKind.SERVER,
          attributes: { "http.request.method": req.method, "url.path": req.path, "muster.worker": worker },
        },
        parent,
      );
      const { flow, own } = Flow.begin(span, parent);
      res.once("close", () => {
        const route: unknown = req.route?.path;
        if (typeof route === "string")
          span.updateName(`${req.method} ${route}`).setAttribute("http.route", route);
        span.setAttribute("http.response.status_code", res.statusCode);
        if (res.statusCode >= ERRORS.internal.status) span.setStatus({ code: SpanStatusCode.ERROR });
        span.end();
        flow.end();
      });
      context.with(own, next);
    },
    headers() {
      const carrier: Record<string, string> = {};
      propagation.inject(context.active(), carrier);
      return carrier;
    },
    store: (store) => traceStore(store, tracer, worker),
  };
}

function commandSpan(span: Span): CommandSpan {
  const { flow, own } = Flow.begin(span, ROOT_CONTEXT);
  return {
    run: (part) => context.with(own, part),
    end(outcome) {
      span.setAttribute("muster.outcome", outcome);
      if (isFailure(outcome)) span.setStatus({ code: SpanStatusCode.ERROR, message: outcome });
      span.end();
      flow.end();
    },
  };
}
