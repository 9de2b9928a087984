/**
 * A plain WebSocket connection in the form that Socket.IO knows of Engine.IO's: it is handed packets and hands packets over, so that
 * namespaces, rooms, middleware, adapter and dashboard see no difference.
 */
import { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import { CLOSE_CODES, closeCodeOf, ERRORS, type ErrorCode } from "../../core/contract/errors.ts";
import { PLAIN_TRANSPORT } from "../socketio/attach.ts";
import { queuedPastStream } from "../socketio/direct-writes.ts";
import type { SharedPackets } from "../socketio/joined-writes/internals.ts";
import { endUnread } from "../socketio/limits/hold-back.ts";
import type { GatewayFrame } from "./outgoing-frames.ts";
import { PACKET, readAck, readHead, withAttachments } from "./packets.ts";
import type { Translator } from "./translator.ts";
import type { Queued, Writer } from "./writer.ts";

export interface ConnectionOptions {
  readonly id: string;
  readonly request: IncomingMessage;
  readonly ws: WebSocket;
  /** Corked before the upgrade was answered. */
  readonly socket: Socket;
  readonly translator: Translator;
  /** A payload of the gateway's own, as the namespace's payloads are. */
  stamp(payload: object): object;
  /** Told of a fault of the peer's that ends the connection. */
  broken(err: Error): void;
  /** Makes the writer; it calls `overflow` when the client has let too much pile up. */
  writer(overflow: () => void): Writer;
}

/** What a connection tells the conversation on it. */
export interface ConnectionListener {
  /** Once, just before Socket.IO announces the socket. */
  connected(): void;
  /** `id` is the gateway's number of the request, `ack` JSON text. */
  acknowledged(id: number, ack: string): void;
}

export class PlainConnection extends EventEmitter {
  readonly id: string;
  readonly protocol = 4;
  readonly upgrading = false;
  readonly request: IncomingMessage;
  readonly remoteAddress: string | undefined;
  readonly transport: { readonly name: string; readonly writable: boolean };
  readyState: "open" | "closing" | "closed" = "open";
  readonly ws: WebSocket;
  readonly translator: Translator;
  listener: ConnectionListener | undefined;
  readonly #stamp: (payload: object) => object;
  readonly #socket: Socket;
  readonly #writer: Writer;
  /** An event whose attachments have not all come yet. */
  #partial: { readonly packet: string; readonly wanted: number; readonly attachments: Buffer[] } | undefined;
  #lastError: ErrorCode | undefined;
  #accepted = false;
  #isCorked = true;
  #bytesRead = 0;
  #heardAt = performance.now();
  #pingedAt = performance.now();

  constructor(options: ConnectionOptions) {
    super();
    this.id = options.id;
    this.request = options.request;
    this.ws = options.ws;
    this.translator = options.translator;
    this.#stamp = options.stamp;
    this.#socket = options.socket;
    this.remoteAddress = options.socket.remoteAddress;
    const writer = options.writer(() =>
      this.#drop(CLOSE_CODES.tooSlow, "forced close: the client does not read"),
    );
    this.#writer = writer;
    this.transport = {
      name: PLAIN_TRANSPORT,
      get writable() {
        return writer.writable;
      },
    };
    this.ws.on("close", () => this.#ended("transport close"));
    // Faults of the peer; the library closes with the right code, and `close` follows.
    this.ws.on("error", options.broken);
  }

  get writeBuffer(): readonly Queued[] {
    return this.#writer.buffer;
  }

  /** Whether the client gets a frame for an event of this name. */
  accepts(event: string): boolean {
    return this.translator.dialect.accepts?.(event) ?? true;
  }

  /** Takes a packet as Socket.IO's encoder makes it: text, or an attachment of the text before. */
  write(packet: string | Buffer): this {
    this.sendPacket("message", packet);
    return this;
  }

  /** All broadcasts of a turn. */
  sendShared(sent: readonly SharedPackets[]): void {
    const batch = this.readyState === "open" ? this.translator.batch(sent) : undefined;
    if (!batch) return;
    this.#lastError = undefined;
    this.#writer.sendBatch(batch);
  }

  /** One of them, among packets of this connection's own. */
  addShared(sent: SharedPackets): void {
    const frame = this.readyState === "open" ? this.translator.shared(sent) : undefined;
    if (!frame) return;
    this.#lastError = frame.errorCode;
    this.#writer.send(frame);
  }

  writeNow(): void {
    this.#writer.flush();
  }

  /** What `write` comes down to, as in Engine.IO: joined writes put themselves in its place. */
  sendPacket(_type: string, packet: string | Buffer): void {
    if (this.readyState !== "open") return;
    if (typeof packet !== "string") {
      this.#attach(packet);
      return;
    }
    switch (packet[0]) {
      case PACKET.event:
        this.#send(this.translator.event(packet, []));
        break;
      case PACKET.ack:
        this.#acknowledged(packet, []);
        break;
      case PACKET.connect:
        this.#accepted = true;
        this.#uncork();
        this.listener?.connected();
        break;
      case PACKET.connectError:
        this.#refuse(packet);
        break;
      case PACKET.disconnect:
        this.finish(this.#lastError);
        break;
      default:
        this.#partial = { packet, wanted: readHead(packet).attachments, attachments: [] };
    }
  }

  /** Lets the answer to the upgrade go: for the client, open means let in and served, or refused. */
  #uncork(): void {
    if (!this.#isCorked) return;
    this.#isCorked = false;
    this.#socket.uncork();
  }

  #attach(attachment: Buffer): void {
    const partial = this.#partial;
    if (!partial) return;
    partial.attachments.push(attachment);
    if (partial.attachments.length < partial.wanted) return;
    this.#partial = undefined;
    const { packet, attachments } = partial;
    if (packet[0] === PACKET.binaryAck) this.#acknowledged(packet, attachments);
    else this.#send(this.translator.event(packet, attachments));
  }

  #acknowledged(packet: string, attachments: readonly Buffer[]): void {
    const { id, at } = readHead(packet);
    if (id !== undefined) this.listener?.acknowledged(id, withAttachments(readAck(packet, at), attachments));
  }

  #refuse(packet: string): void {
    const given = JSON.parse(packet.slice(readHead(packet).at)) as {
      message?: string;
      data?: { code?: string };
    };
    const code = given.data?.code ?? given.message ?? "";
    const known: ErrorCode = Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : "forbidden";
    this.fail(known, given.data);
  }

  /** One `error` frame, then the closing that goes with it. */
  fail(code: ErrorCode, details: Readonly<Record<string, unknown>> = {}): void {
    const { message = ERRORS[code].message, ...rest } = details;
    this.sendEvent("error", { ...rest, error: message, code });
    this.finish(code);
  }

  /** An event of the gateway's own. */
  sendEvent(event: string, payload: object): void {
    this.#send(this.translator.own(event, this.#stamp(payload)));
  }

  acknowledge(id: string, ack: string): void {
    this.#send(this.translator.ack(id, ack));
  }

  #send(frame: GatewayFrame | undefined): void {
    if (!frame || this.readyState !== "open") return;
    this.#lastError = frame.errorCode;
    this.#writer.send(frame);
    this.emit("packetCreate", frame.packet);
  }

  /** Ends the conversation after what was sent before; with the close code that goes with an error, if there was one. */
  finish(code: ErrorCode | undefined): void {
    if (code === undefined) this.#close(CLOSE_CODES.normal, "");
    else this.#close(closeCodeOf(code), code);
  }

  /**
   * As Engine.IO's: `discard` gives up what waits. Called when the worker stops, for a client that is too slow, and for one whose
   * handshake took too long.
   */
  close(discard = false): this {
    if (this.readyState !== "open") return this;
    const unread = this.#socket.writableLength + queuedPastStream(this.#socket);
    const isUnread = this.#writer.buffer.length > 0 || unread > 0;
    if (discard && this.#accepted && isUnread) this.#drop(CLOSE_CODES.tooSlow, "forced close: slow client");
    else if (this.#accepted) this.#close(CLOSE_CODES.goingAway, "the server ends the connection");
    else this.fail("unavailable");
    return this;
  }

  #close(code: number, reason: string): void {
    if (this.readyState !== "open") return;
    this.#writer.flush();
    this.readyState = "closing";
    this.ws.close(code, reason);
    this.#uncork();
    if (code === CLOSE_CODES.rateLimited) endUnread(this.ws);
    // The client's part of the closing must be read.
    else this.ws.resume();
    this.#ended("forced close");
  }

  /** For a client that reads nothing: a goodbye would only queue up behind the rest. */
  #drop(code: number, reason: string): void {
    if (this.readyState === "closed") return;
    this.#writer.discard();
    this.readyState = "closing";
    this.ws.close(code, reason);
    this.ws.terminate();
    this.#ended(reason);
  }

  #ended(reason: string): void {
    if (this.readyState === "closed") return;
    this.readyState = "closed";
    this.emit("close", reason);
  }

  /** A look at the clock: pings, and ends what is silent. */
  beat(now: number, limits: { pingIntervalMs: number; pongWaitMs: number }): void {
    // Anything that arrives is a sign of life, also a part of a long message.
    const { bytesRead } = this.#socket;
    if (bytesRead !== this.#bytesRead || this.ws.isPaused) {
      this.#bytesRead = bytesRead;
      this.#heardAt = now;
    }
    if (now - this.#heardAt > limits.pongWaitMs) this.#drop(CLOSE_CODES.goingAway, "ping timeout");
    else if (now - this.#pingedAt >= limits.pingIntervalMs && this.ws.readyState === this.ws.OPEN) {
      this.#pingedAt = now;
      this.ws.ping();
    }
  }
}
