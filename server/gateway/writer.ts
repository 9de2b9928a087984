/**
 * What waits to be written to one connection. Frames of one turn of the event loop leave in one write; while the client does not
 * read they queue up in `buffer`, which is bounded.
 */
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import { writePast } from "../socketio/direct-writes.ts";
import type { FrameBatch, GatewayFrame } from "./outgoing-frames.ts";

/** Bytes queued for a client that does not read, before it is cut at once; the sweep of slow clients comes first, unless much is sent between two looks of it. */
const MAX_QUEUED_BYTES = 4_000_000;

/** In the form in which Engine.IO's `writeBuffer` is read. */
export interface Queued {
  readonly data: string | Buffer;
}

export interface Writer {
  readonly buffer: readonly Queued[];
  /** False while the client reads slower than we write. */
  readonly writable: boolean;
  send(frame: GatewayFrame): void;
  /** Frames that belong together; written at once, where nothing waits. */
  sendBatch(batch: FrameBatch): void;
  /** Writes now what would be written at the end of this turn. */
  flush(): void;
  /** Forgets what waits. */
  discard(): void;
}

/** Writers with something to write at the end of this turn: one callback for all of them. */
export class WriteTurn {
  #waiting: { flush(): void }[] = [];

  add(writer: { flush(): void }): void {
    this.#waiting.push(writer);
    if (this.#waiting.length === 1) setImmediate(() => this.#end());
  }

  #end(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const writer of waiting) writer.flush();
  }
}

/** Frames straight to the network socket. `overflow` is called when the queue is full. */
export class FrameWriter implements Writer {
  buffer: Queued[] = [];
  /** False from when the network takes no more, until it has taken everything. */
  writable = true;
  readonly #socket: Duplex;
  readonly #past: boolean;
  readonly #turn: WriteTurn;
  readonly #overflow: () => void;
  #batch: FrameBatch | undefined;
  #queuedBytes = 0;

  /** @param past whether bytes are written past Node's streams */
  constructor(socket: Duplex, turn: WriteTurn, overflow: () => void, past = false) {
    this.#past = past;
    this.#socket = socket;
    this.#turn = turn;
    this.#overflow = overflow;
    socket.on("drain", () => this.#drained());
  }

  send(frame: GatewayFrame): void {
    if (!this.writable) {
      this.#queue(frame);
    } else if (this.#batch) {
      this.#batch = this.#batch.and(frame);
    } else {
      this.#batch = frame.alone;
      this.#turn.add(this);
    }
  }

  sendBatch(batch: FrameBatch): void {
    if (this.writable && !this.#batch) this.#write(batch.bytes);
    else for (const frame of batch.frames()) this.send(frame);
  }

  flush(): void {
    const batch = this.#batch;
    if (!batch) return;
    this.#batch = undefined;
    if (this.writable) this.#write(batch.bytes);
    else for (const frame of batch.frames()) this.#queue(frame);
  }

  discard(): void {
    this.#batch = undefined;
    this.buffer = [];
    this.#queuedBytes = 0;
  }

  #write(bytes: Buffer): void {
    const socket = this.#socket;
    if (!socket.writable) return;
    if (this.#past && socket instanceof Socket) writePast(socket, bytes);
    else socket.write(bytes);
    if (socket.writableNeedDrain) this.writable = false;
  }

  #queue(frame: GatewayFrame): void {
    this.buffer.push({ data: frame.bytes });
    this.#queuedBytes += frame.bytes.length;
    if (this.#queuedBytes > MAX_QUEUED_BYTES) this.#overflow();
  }

  #drained(): void {
    this.writable = true;
    if (this.buffer.length === 0) return;
    const bytes = Buffer.concat(this.buffer.map(({ data }) => data as Buffer));
    this.buffer = [];
    this.#queuedBytes = 0;
    this.#write(bytes);
  }
}

/** Through the WebSocket library, one by one: where frames are compressed for each connection. */
export class CompressedWriter implements Writer {
  readonly buffer: Queued[] = [];
  readonly #ws: WebSocket;
  readonly #overflow: () => void;

  constructor(ws: WebSocket, overflow: () => void) {
    this.#ws = ws;
    this.#overflow = overflow;
  }

  get writable(): boolean {
    return this.buffer.length === 0;
  }

  send({ message }: GatewayFrame): void {
    this.buffer.push({ data: message });
    this.#ws.send(message, { binary: typeof message !== "string" }, () => void this.buffer.shift());
    if (this.#ws.bufferedAmount > MAX_QUEUED_BYTES) this.#overflow();
  }

  sendBatch(batch: FrameBatch): void {
    for (const frame of batch.frames()) this.send(frame);
  }

  flush(): void {}

  discard(): void {
    this.buffer.length = 0;
  }
}
