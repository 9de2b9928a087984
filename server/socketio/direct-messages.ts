/**
 * Short text messages that go from the frame to Socket.IO's decoder: past the emitters of `ws`, of Engine.IO's transport and of its
 * connection, five in a row, each with a listener of its own and none with a decision. Where anybody else listens on the way, or the
 * connection is not simply open, a message goes the library's way. It reaches into Engine.IO: test/server/direct-messages.test.ts fails
 * where an update changes that.
 */
import type { Server } from "socket.io";
import { hasShortMessages, takeDirectly } from "./limits/short-messages.ts";

/** Listeners for new connections. */
const MAX_PARTS = 20;

interface Emitting {
  listenerCount(event: string): number;
}

interface Transport extends Emitting {
  readonly name: string;
  readonly readyState: string;
  readonly socket: Emitting;
}

interface Connection extends Emitting {
  readonly readyState: string;
  readonly transport: object;
  /** There while the answer to a ping is awaited: then every packet is a sign of life. */
  readonly pingTimeoutTimer: unknown;
  listeners(event: string): unknown[];
  emit(event: "data", text: string): boolean;
  once(event: "upgrade", listener: (transport: object) => void): void;
}

const isEmitting = (value: object): value is Emitting =>
  "listenerCount" in value && typeof value.listenerCount === "function";

const isWebSocketTransport = (transport: object): transport is Transport =>
  isEmitting(transport) &&
  "name" in transport &&
  transport.name === "websocket" &&
  "readyState" in transport &&
  "socket" in transport &&
  typeof transport.socket === "object" &&
  transport.socket !== null &&
  isEmitting(transport.socket) &&
  hasShortMessages(transport.socket);

const isConnection = (value: object): value is Connection =>
  isEmitting(value) && "readyState" in value && "transport" in value && "pingTimeoutTimer" in value;

/** Listeners of a connection's packets that have nothing to do with messages, or count them elsewhere. */
const indifferent = new WeakSet<object>();

/** @returns the listener */
export function indifferentToMessages<L extends object>(listener: L): L {
  indifferent.add(listener);
  return listener;
}

export interface DirectMessages {
  /** Messages that Engine.IO's own events do not tell of. */
  readonly received: number;
}

/** From here on connections take part; after the server is attached to its port. */
export function directMessages(io: Server): DirectMessages {
  let received = 0;

  function shorten(connection: Connection, transport: Transport): void {
    const { socket } = transport;
    // Only Engine.IO itself listens there.
    if (transport.listenerCount("packet") !== 1) return;
    /** When all who listen from the start have come. */
    let own = -1;
    takeDirectly(socket, (text) => {
      if (own < 0)
        own = connection.listeners("packet").filter((one) => indifferent.has(one as object)).length;
      if (
        connection.readyState !== "open" ||
        connection.transport !== transport ||
        transport.readyState !== "open" ||
        connection.pingTimeoutTimer !== null ||
        connection.listenerCount("packet") !== own ||
        connection.listenerCount("message") !== 0 ||
        socket.listenerCount("message") !== 1
      )
        return false;
      received++;
      connection.emit("data", text);
      return true;
    });
  }

  // Each part of this server listens once, and they are more than Node expects on one emitter.
  io.engine.setMaxListeners(Math.max(MAX_PARTS, io.engine.getMaxListeners()));
  io.engine.on("connection", (connection: object) => {
    if (!isConnection(connection)) return;
    const { transport } = connection;
    if (isWebSocketTransport(transport)) shorten(connection, transport);
    else connection.once("upgrade", (next) => isWebSocketTransport(next) && shorten(connection, next));
  });
  return {
    get received() {
      return received;
    },
  };
}
