/** The XR clients' binary messages as plain objects. Pure; the code under generated/ comes from muster.proto. */
import protobuf from "protobufjs/minimal.js";
import { muster } from "./generated/muster.js";

/** A message's kind, as the `oneof` of `ClientMessage` names it, with its fields; those that were not sent are absent. */
export interface DecodedMessage {
  readonly kind: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What the bytes say as a `ClientMessage`; undefined where they are none, or one of no kind. Never throws. */
export function decodeClientMessage(bytes: Uint8Array): DecodedMessage | undefined {
  try {
    const reader = protobuf.Reader.create(bytes);
    reader.discardUnknown = true;
    const message = muster.ClientMessage.decode(reader);
    const fields = message.kind === undefined ? undefined : message[message.kind];
    return message.kind === undefined || !fields ? undefined : { kind: message.kind, fields: { ...fields } };
  } catch {
    return undefined;
  }
}

interface OwnEvent {
  readonly timestamp?: number;
  readonly room_id?: string;
  readonly client_id?: string;
  readonly code?: string;
  readonly error?: string;
  readonly retry_after_ms?: number;
  readonly reconnect_in_ms?: number;
  readonly expires_at?: string;
}

type ServerKind = Omit<muster.ServerMessage.$Properties, "timestamp">;

const KINDS: Readonly<Record<string, (event: OwnEvent) => ServerKind>> = {
  SERVER_HELLO: ({ room_id = "", client_id = "" }) => ({ server_hello: { room_id, client_id } }),
  error: ({ code = "internal", error = "", retry_after_ms }) => ({
    error: { code, message: error, ...(retry_after_ms === undefined ? {} : { retry_after_ms }) },
  }),
  pong: () => ({ pong: {} }),
  server_draining: ({ reconnect_in_ms = 0 }) => ({ server_draining: { reconnect_in_ms } }),
  token_expiring: ({ expires_at = "" }) => ({ token_expiring: { expires_at } }),
};

/** An event about the connection itself as a `ServerMessage`; undefined for any other event. */
export function encodeServerMessage(event: string, payload: OwnEvent): Buffer | undefined {
  const kind = Object.hasOwn(KINDS, event) ? KINDS[event]?.(payload) : undefined;
  if (kind === undefined) return undefined;
  const bytes = muster.ServerMessage.encode({ ...kind, timestamp: payload.timestamp ?? 0 }).finish();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
