/** A store whose calls are spans of the command that makes them, and whose notices carry its trace to other workers. */
import { SpanKind, type Tracer } from "@opentelemetry/api";
import type { Bus } from "../../../core/ports/store/bus.ts";
import type { Documents } from "../../../core/ports/store/documents.ts";
import type { Store } from "../../../core/ports/store/store.ts";
import type { Streams } from "../../../core/ports/store/streams.ts";
import { activeSpan, around, received, traceparentOf } from "./spans.ts";

/** The field of a message between workers that has its trace. Workers that do not trace ignore it. */
const FIELD = "_traceparent";
/** Ports whose methods all go to the store. */
const PORTS = [
  "documents",
  "streams",
  "indexes",
  "deadlines",
  "leases",
  "presence",
  "counters",
  "bus",
] as const;
type Port = (typeof PORTS)[number];

/** The same store, for a process that traces. Outside of a command that is recorded it adds nothing but the look for one. */
export function traceStore(store: Store, tracer: Tracer, worker: string): Store {
  const own: { readonly [P in Port]?: Partial<Store[P]> } = {
    documents: tracedDocuments(store.documents, tracer),
    streams: tracedStreams(store.streams, tracer, worker),
    bus: tracedBus(store.bus, tracer, worker),
  };
  const known = new Map<PropertyKey, unknown>(
    PORTS.map((port) => [port, tracedPort(port, store[port], own[port] ?? {}, tracer)]),
  );
  return new Proxy(store, {
    get(of, name) {
      const found = known.get(name);
      if (found !== undefined) return found;
      const value: unknown = Reflect.get(of, name);
      if (typeof value !== "function") return value;
      const method: unknown = value.bind(of);
      known.set(name, method);
      return method;
    },
  });
}

/** A port whose methods are spans `store <port>.<method>`. @param own methods in place of the port's */
function tracedPort(name: Port, port: object, own: object, tracer: Tracer): object {
  const methods = new Map<PropertyKey, unknown>(Object.entries(own));
  return new Proxy(port, {
    get(of, key) {
      const known = methods.get(key);
      if (known !== undefined) return known;
      const value: unknown = Reflect.get(of, key);
      if (typeof value !== "function") return value;
      const spanName = `store ${name}.${String(key)}`;
      const traced = (...given: unknown[]): unknown =>
        around(tracer, spanName, () => Reflect.apply(value, of, given));
      methods.set(key, traced);
      return traced;
    },
  });
}

const tracedDocuments = (documents: Documents, tracer: Tracer): Partial<Documents> => ({
  commit: (change, decided) =>
    around(tracer, "store documents.commit", async (span) => {
      if (span === undefined) return documents.commit(change, decided);
      span.setAttribute("muster.partition", change.partition);
      const done = await documents.commit({ ...change, trace: traceparentOf(span) }, decided);
      span.setAttribute("muster.outcome", done.outcome);
      return done;
    }),
});

const tracedStreams = (streams: Streams, tracer: Tracer, worker: string): Partial<Streams> => ({
  append: (key, entry, options) =>
    around(tracer, "store streams.append", async (span) => {
      if (span === undefined) return streams.append(key, entry, options);
      span.setAttribute("muster.stream", key.name);
      const done = await streams.append(key, entry, { ...options, trace: traceparentOf(span) });
      span.setAttributes({ "muster.offset": done.offset, "muster.duplicate": done.duplicate });
      return done;
    }),
  subscribe: (key, listener) =>
    streams.subscribe(key, (notice) => {
      const attributes = {
        "muster.worker": worker,
        "muster.stream": key.name,
        "muster.offset": notice.offset,
      };
      received(tracer, notice.trace, { name: "deliver", attributes }, () => listener(notice));
    }),
});

const tracedBus = (bus: Bus, tracer: Tracer, worker: string): Partial<Bus> => ({
  publish(topic, message) {
    if (activeSpan() === undefined || !isFields(message)) return bus.publish(topic, message);
    const span = tracer.startSpan("publish", {
      kind: SpanKind.PRODUCER,
      attributes: { "messaging.destination.name": topic.topic },
    });
    const done = bus.publish(topic, { ...message, [FIELD]: traceparentOf(span) });
    void done.then(
      () => span.end(),
      () => span.end(),
    );
    return done;
  },
  subscribe: (topic, listener) =>
    bus.subscribe(topic, (message) => heard(tracer, worker, topic.topic, message, listener)),
  group: (listener) =>
    bus.group((topic, message) => heard(tracer, worker, topic, message, (rest) => listener(topic, rest))),
});

function heard<M>(
  tracer: Tracer,
  worker: string,
  topic: string,
  message: M,
  listener: (message: M) => void,
): void {
  const [traceparent, rest] = taken(message);
  const attributes = { "muster.worker": worker, "messaging.destination.name": topic };
  received(tracer, traceparent, { name: "receive", attributes }, () => listener(rest));
}

const isFields = (message: unknown): message is object =>
  typeof message === "object" && message !== null && !Array.isArray(message);

/** The trace of a message, and the message as it was published. */
function taken<M>(message: M): [traceparent: unknown, rest: M] {
  if (!isFields(message) || !(FIELD in message)) return [undefined, message];
  const { [FIELD]: traceparent, ...rest } = message;
  // What was added is taken away again.
  return [traceparent, rest as M];
}
