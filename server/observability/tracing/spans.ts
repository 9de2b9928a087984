/** Spans of OpenTelemetry, and how a trace travels between workers. */
import {
  type Context,
  context,
  createContextKey,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";

/** `traceparent` of W3C Trace Context, level 1: version, trace, parent, flags. */
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** How long what a command has set off still belongs to it after its answer. Loops that it has begun go on without it then. */
const AFTERMATH_MS = 5_000;
const FLOW = createContextKey("muster.flow");

/** What a recorded command, request or message has set off in this process. */
export class Flow {
  #end = Number.POSITIVE_INFINITY;

  /** The context in which it runs. */
  static begin(span: Span, parent: Context): { readonly flow: Flow; readonly own: Context } {
    const flow = new Flow();
    return { flow, own: trace.setSpan(parent, span).setValue(FLOW, flow) };
  }

  end(): void {
    this.#end = performance.now() + AFTERMATH_MS;
  }

  get isOver(): boolean {
    return performance.now() > this.#end;
  }
}

/** The span that this code belongs to; undefined where it is in none that is recorded. */
export function activeSpan(): Span | undefined {
  const active = context.active();
  const span = trace.getSpan(active);
  if (span === undefined || span.isRecording()) return span;
  const flow = active.getValue(FLOW);
  return flow instanceof Flow && !flow.isOver ? span : undefined;
}

/** As it travels to other workers. */
export function traceparentOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
}

/** Where what another worker has begun goes on; undefined for text that is no `traceparent`. */
export function contextOf(traceparent: unknown): Context | undefined {
  const found = typeof traceparent === "string" ? TRACEPARENT.exec(traceparent) : null;
  const [, traceId, spanId, flags] = found ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  const traceFlags = Number.parseInt(flags, 16);
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

/** Runs `part` within a span, which ends when it does, or its promise. What it throws is noted, and thrown. */
function within<T>(span: Span, part: () => T, parent: Context = context.active()): T {
  try {
    const result = context.with(trace.setSpan(parent, span), part);
    if (!(result instanceof Promise)) {
      span.end();
      return result;
    }
    result.then(
      () => span.end(),
      (thrown: unknown) => endFailed(span, thrown),
    );
    return result;
  } catch (thrown) {
    endFailed(span, thrown);
    throw thrown;
  }
}

function endFailed(span: Span, thrown: unknown): void {
  span.setStatus({
    code: SpanStatusCode.ERROR,
    message: thrown instanceof Error ? thrown.message : String(thrown),
  });
  span.end();
}

/** Runs `part` in a span of its own below the active one; outside of any, just so. */
export function around<T>(tracer: Tracer, name: string, part: (span: Span | undefined) => T): T {
  if (activeSpan() === undefined) return part(undefined);
  const span = tracer.startSpan(name);
  return within(span, () => part(span));
}

/** Runs what a message of another worker brings about; without a trace, in none: not in that of whoever woke it up. */
export function received(
  tracer: Tracer,
  traceparent: unknown,
  {
    name,
    attributes,
  }: { readonly name: string; readonly attributes: Readonly<Record<string, string | number>> },
  part: () => void,
): void {
  const parent = contextOf(traceparent);
  if (parent === undefined) context.with(ROOT_CONTEXT, part);
  else {
    const span = tracer.startSpan(name, { kind: SpanKind.CONSUMER, attributes }, parent);
    const { flow, own } = span.isRecording() ? Flow.begin(span, parent) : { flow: undefined, own: parent };
    within(span, part, own);
    flow?.end();
  }
}
