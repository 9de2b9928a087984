/** A plain WebSocket client for tests: remembers every frame since it connected, so that waiting for one never comes too late. */
import { type ClientOptions, type RawData, WebSocket } from "ws";
import { WAIT_MS } from "./patience.ts";

export type Json = Record<string, unknown>;

export interface PlainOptions {
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly ws?: ClientOptions;
}

interface Waiter {
  readonly accepts: (frame: Json | Buffer | string) => boolean;
  readonly resolve: (frame: Json | Buffer | string) => void;
}

export class PlainClient {
  readonly ws: WebSocket;
  /** Every frame in the order of arrival: objects as parsed, other text as it is, binary as buffers. */
  readonly log: (Json | Buffer | string)[] = [];
  /** The close code and reason. */
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #untaken: (Json | Buffer | string)[] = [];
  readonly #waiters: Waiter[] = [];
  #calls = 0;

  constructor(address: string, options: PlainOptions = {}) {
    const url = new URL(address.replace(/^http/, "ws"));
    for (const [name, value] of Object.entries(options.query ?? {})) url.searchParams.append(name, value);
    this.ws = new WebSocket(url, { headers: { ...options.headers }, ...options.ws });
    this.ws.on("message", (data, isBinary) => this.#arrive(read(data, isBinary)));
    this.closed = new Promise((resolve) => {
      this.ws.on("close", (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    this.ws.on("error", () => undefined);
  }

  #arrive(frame: Json | Buffer | string): void {
    this.log.push(frame);
    const at = this.#waiters.findIndex((waiter) => waiter.accepts(frame));
    if (at < 0) this.#untaken.push(frame);
    else this.#waiters.splice(at, 1)[0]?.resolve(frame);
  }

  #next(what: string, accepts: Waiter["accepts"]): Promise<Json | Buffer | string> {
    const at = this.#untaken.findIndex(accepts);
    const taken = at < 0 ? undefined : this.#untaken.splice(at, 1)[0];
    if (taken !== undefined) return Promise.resolve(taken);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const seen = this.log.slice(-20).map((frame) => JSON.stringify(frame).slice(0, 200));
        reject(new Error(`no ${what} within ${WAIT_MS} ms; the last frames:\n  ${seen.join("\n  ")}`));
      }, WAIT_MS);
      this.#waiters.push({
        accepts,
        resolve: (frame) => {
          clearTimeout(timer);
          resolve(frame);
        },
      });
    });
  }

  /** The next frame of this type (that the predicate accepts), also one that came before. Each is given once. */
  next(type: string, accepts: (frame: Json) => boolean = () => true): Promise<Json> {
    return this.#next(
      type,
      (frame) => isJson(frame) && frame.type === type && accepts(frame),
    ) as Promise<Json>;
  }

  nextBinary(): Promise<Buffer> {
    return this.#next("binary frame", Buffer.isBuffer) as Promise<Buffer>;
  }

  nextText(): Promise<string> {
    return this.#next("text that is no JSON object", (frame) => typeof frame === "string") as Promise<string>;
  }

  /** Frames of this type that came and that nobody has taken. */
  pending(type: string): Json[] {
    return this.#untaken.filter((frame): frame is Json => isJson(frame) && frame.type === type);
  }

  /** Text as it is, bytes as a binary frame, anything else as JSON; as soon as the connection is open. */
  send(frame: string | Uint8Array | Json): void {
    const data = typeof frame === "string" || frame instanceof Uint8Array ? frame : JSON.stringify(frame);
    if (this.ws.readyState === WebSocket.CONNECTING) this.ws.once("open", () => this.ws.send(data));
    else this.ws.send(data);
  }

  /** Sends a command of a flat endpoint and resolves with its acknowledgement. */
  async call(type: string, payload: Json = {}): Promise<Json> {
    const id = `call-${++this.#calls}`;
    this.send({ type, ...payload, id });
    return this.next("ack", (frame) => frame.id === id);
  }

  /** The same in DashDice's envelope; resolves with the acknowledgement's `data`. */
  async callEnveloped(type: string, data: Json = {}): Promise<Json> {
    const id = `call-${++this.#calls}`;
    this.send({ type, data, id, timestamp: new Date().toISOString() });
    return (await this.next("ack", (frame) => frame.id === id)).data as Json;
  }

  /** Resolves when the connection is open; rejects where the upgrade is refused. */
  async opened(): Promise<this> {
    if (this.ws.readyState === WebSocket.OPEN) return this;
    return new Promise((resolve, reject) => {
      this.ws.once("open", () => resolve(this));
      this.ws.once("error", reject);
    });
  }

  close(): void {
    this.ws.terminate();
  }
}

const isJson = (frame: Json | Buffer | string): frame is Json =>
  typeof frame === "object" && !Buffer.isBuffer(frame);

function read(data: RawData, isBinary: boolean): Json | Buffer | string {
  const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
  if (isBinary) return bytes;
  const text = bytes.toString("utf8");
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : text;
  } catch {
    return text;
  }
}

const clients: PlainClient[] = [];

/** Opens a plain connection that `closePlain` ends. */
export function openPlain(url: string, path: string, options?: PlainOptions): PlainClient {
  const client = new PlainClient(url + path, options);
  clients.push(client);
  return client;
}

export function closePlain(): void {
  for (const client of clients.splice(0)) client.close();
}
