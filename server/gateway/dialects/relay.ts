/**
 * The XR clients' relay, `/ws/{room_id}`: every frame goes to the others in the room as it is. Of the server's events only those about the
 * connection itself are told, as JSON or, with `?format=protobuf`, as a binary `ServerMessage`.
 */
import { encodeServerMessage } from "../../../proto/messages.ts";
import type { Dialect } from "./dialect.ts";
import { flat } from "./flat.ts";

/** Told to the client itself. */
const OWN_EVENTS: ReadonlySet<string> = new Set([
  "SERVER_HELLO",
  "error",
  "pong",
  "server_draining",
  "token_expiring",
]);

/** A heartbeat as the seeds' clients write it; longer frames are never one. */
const PING = /^\s*\{[^{}]*"type"\s*:\s*"ping"[^{}]*\}\s*$/;
const MAX_PING = 256;

/** What was relayed. Who sends an event of this name by the HTTP API can give anything, which no frame can be made of. */
function textOf(payload: string): string | undefined {
  const { data } = JSON.parse(payload) as { data?: unknown };
  return typeof data === "string" ? data : undefined;
}

export const relay: Dialect = {
  name: "relay",
  read(bytes, isBinary, roomId) {
    const data = isBinary ? bytes : bytes.toString("utf8");
    const ping = typeof data === "string" && data.length <= MAX_PING && PING.test(data);
    return { event: "relay", payload: { room_id: roomId, data }, ...(ping ? { ping } : {}) };
  },
  event(name, payload, attachments, now) {
    if (name === "relay") return attachments[0] ?? textOf(payload);
    return OWN_EVENTS.has(name) ? flat.event(name, payload, attachments, now) : undefined;
  },
  accepts: (event) => event === "relay" || OWN_EVENTS.has(event),
  ack: flat.ack,
  opening: ({ roomId, clientId }) => ({
    event: "relay:join",
    payload: { room_id: roomId },
    greeting: { event: "SERVER_HELLO", payload: { room_id: roomId, client_id: clientId } },
  }),
};

export const relayProtobuf: Dialect = {
  ...relay,
  name: "relay-protobuf",
  event(name, payload, attachments, now) {
    if (!OWN_EVENTS.has(name)) return relay.event(name, payload, attachments, now);
    return encodeServerMessage(name, JSON.parse(payload));
  },
};
