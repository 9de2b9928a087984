/** What a plain client says, as packets for Socket.IO: the handshake, its commands and who waits for which acknowledgement. */
import { PacketType } from "socket.io-parser";
import { GameError, type WireError } from "../../core/contract/errors.ts";
import { isUser, RefusedPayload } from "../../middleware/dispatch.ts";
import { ReadyPacket } from "../socketio/parser.ts";
import type { PlainConnection } from "./connection.ts";
import type { Opening, Request } from "./dialects/dialect.ts";
import type { Endpoint } from "./endpoints.ts";

/** Commands of one connection that wait for their acknowledgement; more are refused. */
const MAX_WAITING = 256;
/** Longer frames are refused without their id. */
const MAX_READ_TO_REFUSE = 4_096;

export interface ConversationOptions {
  readonly connection: PlainConnection;
  readonly endpoint: Endpoint;
  /** Longer messages are answered with `payload_too_large`. */
  readonly maxMessageBytes: number;
  /** Told of a command that was refused because too many wait. */
  crowded(error: GameError): void;
  /** Counts a frame before it is parsed. @returns for how many milliseconds it is refused; Infinity: the connection has been ended */
  takeBytes(bytes: number): number;
  /** Whom the connection speaks for, once it is let in. */
  who(): { readonly userId: string; readonly clientId: string } | undefined;
}

type Waiting = (ack: string) => void;

/** Begins the conversation; nothing the client sends is read before it has been let in. */
export function converse(options: ConversationOptions): void {
  const { connection, maxMessageBytes, who, crowded, takeBytes } = options;
  const { ws, translator } = connection;
  const { dialect } = translator;
  const { namespace: nsp, roomId } = options.endpoint;
  /** Until the conversation is open: a token may be in it. */
  let query: Endpoint["query"] | undefined = options.endpoint.query;
  const waiting = new Map<number, Waiting>();
  let requests = 0;

  const hand = (packet: ReadyPacket["packet"]) => connection.emit("data", new ReadyPacket(packet));

  /** `event` is undefined for a frame that names none. */
  function command(event: string | undefined, payload: unknown, answered?: Waiting): void {
    const packet = { type: PacketType.EVENT, nsp, data: [event, payload] };
    if (!answered) return void hand(packet);
    const id = ++requests;
    waiting.set(id, answered);
    hand({ ...packet, id });
  }

  function take(request: Request): void {
    const { id } = request;
    const event = "refused" in request ? undefined : request.event;
    const payload = "refused" in request ? new RefusedPayload(request.refused, request) : payloadOf(request);
    if (id !== undefined && waiting.size >= MAX_WAITING) {
      const error = new GameError("rate_limited", { details: { retry_after_ms: 1_000 } });
      connection.acknowledge(id, JSON.stringify({ ok: false, error: error.data }));
      crowded(error);
      return;
    }
    command(event, payload, id === undefined ? undefined : (ack) => connection.acknowledge(id, ack));
    if ("ping" in request) command("ping", {});
  }

  function payloadOf({ sender, payload }: Exclude<Request, { refused: unknown }>): unknown {
    if (sender === undefined || isUser(sender, who()?.userId ?? "")) return payload;
    return new RefusedPayload("forbidden", { cause: "its user_id is not the sender's" });
  }

  function open(opening: Opening | undefined): void {
    if (!opening) {
      ws.resume();
      return;
    }
    command(opening.event, opening.payload, (text) => {
      const ack = JSON.parse(text) as { ok: true } | { ok: false; error: WireError };
      if (ack.ok && opening.greeting) {
        const { event, payload } = opening.greeting;
        connection.sendEvent(event, payload);
      } else if (!ack.ok && opening.greeting) connection.fail(ack.error.code, ack.error);
      else if (!ack.ok && !opening.ignore?.includes(ack.error.code)) {
        const { code, message, ...details } = ack.error;
        connection.sendEvent("error", { ...details, error: message, code, event: opening.event });
      }
      ws.resume();
    });
  }

  connection.listener = {
    connected() {
      queueMicrotask(() => {
        const clientId = who()?.clientId ?? connection.id;
        const room = roomId === undefined ? {} : { roomId };
        open(dialect.opening?.({ query: query ?? {}, clientId, ...room }));
        query = undefined;
      });
    },
    acknowledged(id, ack) {
      const answered = waiting.get(id);
      waiting.delete(id);
      answered?.(ack);
    },
  };
  const tooLarge = (bytes: number) =>
    new RefusedPayload("payload_too_large", {
      cause: `the frame has ${bytes} bytes, ${maxMessageBytes} are taken`,
    });
  /** A short frame is read all the same, for its id. */
  function refuse(data: Buffer, isBinary: boolean, retryAfterMs: number): void {
    const request: Request | undefined =
      data.length <= MAX_READ_TO_REFUSE ? dialect.read(data, isBinary, roomId) : undefined;
    const refused = new RefusedPayload("rate_limited", { retryAfterMs });
    const event = request && "event" in request ? request.event : undefined;
    const id = request?.id;
    command(event, refused, id === undefined ? undefined : (ack) => connection.acknowledge(id, ack));
  }
  ws.on("message", (data: Buffer, isBinary) => {
    if (connection.readyState !== "open") return;
    connection.emit("packet", { type: "message", data });
    const waitMs = takeBytes(data.length);
    if (waitMs === Number.POSITIVE_INFINITY) return;
    if (waitMs > 0) refuse(data, isBinary, waitMs);
    else if (data.length > maxMessageBytes) command(undefined, tooLarge(data.length));
    else take(dialect.read(data, isBinary, roomId));
  });
  ws.pause();
  // The token and the user are in the request, where the middleware looks for them.
  hand({ type: PacketType.CONNECT, nsp, data: {} });
}
