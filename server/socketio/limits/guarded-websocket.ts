/**
 * WebSocket connections with bounds for what the library takes without any, before a command is in sight: control frames, the parts
 * of one message, and the time that a message takes to arrive. Socket.IO and the plain gateway both accept through it.
 */
import type { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type ServerOptions, type WebSocket, WebSocketServer } from "ws";
import { CLOSE_CODES } from "../../../core/contract/errors.ts";
import { endUnread } from "./hold-back.ts";
import { readInPlace } from "./in-place-reads.ts";
import { PacketBudget, type PacketBudgetRule } from "./packet-budget.ts";
import { readShortMessages } from "./short-messages.ts";

/** Pings and pongs of one connection. Clients that ping do so each few seconds. */
const CONTROL_FRAMES: PacketBudgetRule = { packets: 200, characters: 25_000, windowMs: 10_000 };
/** A ping is answered only while less than this waits for the client: RFC 6455 (5.5.3) allows to answer the latest one alone. */
const MAX_UNSENT_FOR_PONG = 16_384;
/** Parts of one message; a client that sends it in single bytes is cut (1008). */
const MAX_FRAGMENTS = 1_024;
/** Pieces of the network that one message may come in, however large it is allowed to be. */
const MIN_CHUNKS = 4_096;
const SMALLEST_CHUNK_BYTES = 256;
/** For the client's part of a closing. */
const CLOSE_TIMEOUT_MS = 2_000;
/** For a client to read its close code while nothing of it is read any more. */
const AFTER_FAULT_MS = 500;
/** How often connections are looked at for a message that does not end. */
const SWEEP_MS = 1_000;

/** The library's reader of frames. Private in its types; where a version has no such fields, nothing counts as unfinished. */
interface Receiver {
  readonly _bufferedBytes?: number;
  readonly _fragments?: readonly unknown[];
  /** 0 between two frames: also a header alone is the beginning of one. */
  readonly _state?: number;
}

const networks = new WeakMap<object, Socket>();

/** The network socket under a WebSocket that was accepted here. */
export const networkOf = (ws: object): Socket | undefined => networks.get(ws);

interface Arriving {
  /** By the monotonic clock, when the message was first seen unfinished. */
  readonly since: number;
  readonly bytesRead: number;
}

function isUnfinished(ws: WebSocket): boolean {
  const receiver: Receiver | undefined = "_receiver" in ws ? (ws._receiver as Receiver) : undefined;
  const { _bufferedBytes = 0, _fragments, _state = 0 } = receiver ?? {};
  return _bufferedBytes > 0 || _state > 0 || (_fragments?.length ?? 0) > 0;
}

/** Nothing that comes from now on is read. A client that reads gets its close code. */
function cut(ws: WebSocket, reason: string): void {
  if (ws.readyState !== ws.OPEN) return;
  ws.removeAllListeners("message");
  ws.close(CLOSE_CODES.rateLimited, reason);
  endUnread(ws);
}

/** What Engine.IO's `wsEngine` option takes. */
export type WebSocketEngine = new (options: ServerOptions) => WebSocketServer;

/**
 * @param messageMs within which a message must have arrived, from when its first part was seen
 * @param inPlace whether bytes are read past Node's streams, where these are as they were known
 */
export function guardedWebSocketEngine(messageMs: number, inPlace = false): WebSocketEngine {
  return class GuardedWebSocketServer extends WebSocketServer {
    readonly #open = new Map<WebSocket, Socket>();
    readonly #arriving = new Map<WebSocket, Arriving>();
    readonly #maxPayload: number;
    #sweep: NodeJS.Timeout | undefined;

    constructor(options: ServerOptions) {
      const maxPayload = options.maxPayload ?? 0;
      // `closeTimeout`, `maxFragments` and `maxBufferedChunks` are newer than the library's types.
      const guarded: ServerOptions & Record<string, unknown> = {
        ...options,
        autoPong: false,
        maxFragments: MAX_FRAGMENTS,
        maxBufferedChunks: Math.max(MIN_CHUNKS, Math.ceil(maxPayload / SMALLEST_CHUNK_BYTES)),
        closeTimeout: CLOSE_TIMEOUT_MS,
      };
      super(guarded);
      this.#maxPayload = maxPayload;
    }

    override handleUpgrade(
      request: IncomingMessage,
      socket: Duplex,
      head: Buffer,
      accepted: (ws: WebSocket, request: IncomingMessage) => void,
    ): void {
      super.handleUpgrade(request, socket, head, (ws, req) => {
        this.#watch(ws, socket);
        accepted(ws, req);
      });
    }

    #watch(ws: WebSocket, socket: Duplex): void {
      const control = new PacketBudget(CONTROL_FRAMES);
      ws.on("ping", (data: Buffer) => {
        if (!control.take(data.length)) cut(ws, "too many pings");
        else if (ws.readyState === ws.OPEN && ws.bufferedAmount < MAX_UNSENT_FOR_PONG) ws.pong(data);
      });
      ws.on("pong", (data: Buffer) => {
        if (!control.take(data.length)) cut(ws, "too many pongs");
      });
      // After a fault, such as a message that is too long, the library reads on and throws away what comes.
      ws.once("error", () => process.nextTick(endUnread, ws, AFTER_FAULT_MS));
      if (!(socket instanceof Socket)) return;
      networks.set(ws, socket);
      const take = readShortMessages(ws, this.#maxPayload);
      if (take && inPlace)
        readInPlace(socket, (chunk, length) => {
          const at = take(chunk, length);
          // The library keeps parts of what it reads.
          if (at < length) socket.emit("data", Buffer.from(chunk.subarray(at, length)));
        });
      this.#open.set(ws, socket);
      this.#sweep ??= setInterval(() => this.#look(performance.now()), SWEEP_MS).unref();
      ws.once("close", () => {
        this.#arriving.delete(ws);
        this.#open.delete(ws);
        if (this.#open.size > 0) return;
        clearInterval(this.#sweep);
        this.#sweep = undefined;
      });
    }

    #look(now: number): void {
      for (const [ws, socket] of this.#open) {
        if (ws.isPaused || !isUnfinished(ws)) {
          this.#arriving.delete(ws);
          continue;
        }
        const seen = this.#arriving.get(ws);
        // More has come than one message can have: another one is on its way.
        if (!seen || socket.bytesRead - seen.bytesRead > this.#maxPayload)
          this.#arriving.set(ws, { since: now, bytesRead: socket.bytesRead });
        else if (now - seen.since > messageMs) cut(ws, "a message does not end");
      }
    }
  };
}
