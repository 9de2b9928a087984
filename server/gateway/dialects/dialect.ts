/** What a dialect is: how a client's frames become events, and events frames. Pure; no sockets, no state. */
import type { ErrorCode } from "../../../core/contract/errors.ts";
import { isWellFormedJson } from "../../../core/text.ts";
import { hasForgedPlaceholder } from "../../socketio/attachments.ts";
import { MAX_DEPTH, nestsDeeperThan } from "../../socketio/parser.ts";

/** A text frame or a binary one. */
export type DialectMessage = string | Buffer;

/** What a client's frame asks for. */
export type Request =
  | {
      readonly event: string;
      readonly payload: unknown;
      /** The client's own id, as JSON text; absent where it wants no acknowledgement. */
      readonly id?: string;
      /** Who the frame says has sent it, where that is not part of the payload. */
      readonly sender?: unknown;
      /** A `ping` too, whatever else it is. */
      readonly ping?: true;
    }
  | {
      readonly refused: Extract<ErrorCode, "invalid_json" | "invalid_payload" | "payload_too_large">;
      /** What exactly is wrong, where the code does not say it. */
      readonly cause?: string;
      readonly id?: string;
    };

/** A command given on a client's behalf as soon as it has been let in. */
export interface Opening {
  readonly event: string;
  readonly payload: object;
  /** Refusals with these codes are no news to the client. */
  readonly ignore?: readonly string[];
  /** What tells the client that it worked; without it the handler's own events do. */
  readonly greeting?: { readonly event: string; readonly payload: object };
}

interface OpeningContext {
  readonly roomId?: string;
  readonly query: Readonly<Record<string, unknown>>;
  /** Names the client to others. */
  readonly clientId: string;
}

export interface Dialect {
  readonly name: string;
  read(data: Buffer, isBinary: boolean, roomId: string | undefined): Request;
  /** The frame of an event, or undefined where this dialect does not tell of it. `payload` is JSON text. */
  event(
    name: string,
    payload: string,
    attachments: readonly Buffer[],
    now: () => number,
  ): DialectMessage | undefined;
  /** Whether its clients get events of this name. Default: of every name. */
  accepts?(event: string): boolean;
  /** `id` and `ack` are JSON texts. */
  ack(id: string, ack: string, now: () => number): DialectMessage;
  opening?(context: OpeningContext): Opening | undefined;
}

/** Longest `id` of a request, as JSON text. */
const MAX_ID = 1_024;

/** A frame as an object with a `type`, or why it is none. Binary frames with JSON in them are taken too, as the Go relay did. */
export function readObject(
  data: Buffer,
): { readonly type: string; readonly id?: string; readonly fields: Record<string, unknown> } | Refused {
  const text = data.toString("utf8");
  if (nestsDeeperThan(text, MAX_DEPTH))
    return { refused: "payload_too_large", cause: `the frame is nested deeper than ${MAX_DEPTH}` };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { refused: "invalid_json" };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return { refused: "invalid_payload", cause: "the frame is no object" };
  const { type, id, ...fields } = value as Record<string, unknown>;
  const idText = id === undefined ? undefined : JSON.stringify(id);
  if (idText !== undefined && idText.length > MAX_ID)
    return { refused: "invalid_payload", cause: `its id has more than ${MAX_ID} characters` };
  const withId = idText === undefined ? {} : { id: idText };
  if (typeof type !== "string")
    return { refused: "invalid_payload", cause: "the frame has no type", ...withId };
  if (!isWellFormedJson(text, value) || hasForgedPlaceholder(text, fields))
    return {
      refused: "invalid_payload",
      cause: "a text in the frame is no Unicode or one of Socket.IO's placeholders, or a number is too large",
      ...withId,
    };
  return { type, ...withId, fields };
}

type Refused = Extract<Request, { refused: unknown }>;

/** `{"type": name, ...payload}` out of the payload's text. */
export function spliceType(name: string, payload: string): string {
  const type = JSON.stringify(name);
  if (!payload.startsWith("{")) return `{"type":${type},"data":${payload}}`;
  const own = payload.includes('"type":') ? withoutType(payload) : payload;
  return own === "{}" ? `{"type":${type}}` : `{"type":${type},${own.slice(1)}`;
}

/** `type` is the frame's: a payload of an application's own that has one too must not pass for another event. */
function withoutType(payload: string): string {
  const fields = JSON.parse(payload) as Record<string, unknown>;
  if (!Object.hasOwn(fields, "type")) return payload;
  const { type: _, ...rest } = fields;
  return JSON.stringify(rest);
}
