/**
 * A client that costs next to nothing: a TCP socket that writes WebSocket, Engine.IO and Socket.IO (or flat plain frames) by hand and
 * reads what it gets frame by frame, where a joined write of a thousand frames is one read.
 */
import { connect, type Socket } from "node:net";

const TIMEOUT_MS = 20_000;
const HANDSHAKE_END = "\r\n\r\n";
const code = (character: string) => character.charCodeAt(0);
const OPEN = code("0");
const PING = code("2");
const MESSAGE = code("4");
const CONNECT = code("0");
const EVENT = code("2");
const ACK = code("3");
const CONNECT_ERROR = code("4");
const BRACKET = code("[");
const COMMA = code(",");
const SLASH = code("/");
/** Where a plain frame's type begins, and an acknowledgement's id. */
const TYPE_AT = '{"type":"'.length;
const ID_AT = '{"type":"ack","id":'.length;
const [TYPE_ACK, TYPE_MESSAGE, TYPE_CONNECTED, TYPE_ERROR] = ["a", "m", "c", "e"].map(code);

export interface ClientOptions {
  readonly host: string;
  readonly port: number;
  /** The first is connected with the connection, the others after it. */
  readonly namespaces: readonly string[];
  readonly token?: string;
  /** Speaks plain frames to `/ws` instead. */
  readonly plain?: boolean;
}

/** What arrives, as a part of the buffer it was read into; not to be kept. */
type OnFrame = (chunk: Buffer, start: number, end: number) => void;

export class Client {
  /** Ready in all its namespaces. */
  readonly ready: Promise<this>;
  events = 0;
  bytes = 0;
  onEvent: OnFrame | undefined;
  /** With the id that the command was sent with. */
  onAck: ((id: number, chunk: Buffer, start: number, end: number) => void) | undefined;
  readonly #socket: Socket;
  readonly #options: ClientOptions;
  #rest: Buffer | undefined;
  #upgraded = false;
  #joined = 0;
  #resolve: (() => void) | undefined;
  #reject: ((err: Error) => void) | undefined;

  constructor(options: ClientOptions) {
    this.#options = options;
    const { host, port } = options;
    this.#socket = connect(port, host);
    this.#socket.setNoDelay(true);
    this.ready = new Promise<this>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("a client could not connect")), TIMEOUT_MS);
      this.#resolve = () => {
        clearTimeout(timer);
        resolve(this);
      };
      this.#reject = (err) => {
        clearTimeout(timer);
        reject(err);
      };
    });
    this.ready.catch(() => {});
    this.#socket.on("error", (err) => this.#reject?.(err));
    this.#socket.on("close", () => this.#reject?.(new Error("a client was closed")));
    this.#socket.on("data", (chunk) => this.#read(chunk));
    const path = options.plain ? `/ws?token=${options.token ?? ""}` : "/socket.io/?EIO=4&transport=websocket";
    this.#socket.write(
      `GET ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\nConnection: Upgrade\r\n` +
        `Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==${HANDSHAKE_END}`,
    );
  }

  /** Sends an event that is acknowledged. `namespace` as on the wire: empty, or `/chat,`. */
  command(namespace: string, id: number, event: string): void {
    if (!this.#options.plain) {
      this.send(`42${namespace}${id}${event}`);
      return;
    }
    const comma = event.indexOf(",");
    const fields = event.slice(comma + 2, -2);
    this.send(`{"type":${event.slice(1, comma)},"id":${id}${fields === "" ? "" : `,${fields}`}}`);
  }

  /** One masked text frame; the mask is zero, which leaves the text as it is. */
  send(text: string): void {
    const length = Buffer.byteLength(text);
    const head = length < 126 ? 6 : 8;
    const frame = Buffer.allocUnsafe(head + length);
    frame[0] = 0x81;
    if (length < 126) frame[1] = 0x80 | length;
    else {
      frame[1] = 0x80 | 126;
      frame.writeUInt16BE(length, 2);
    }
    frame.fill(0, head - 4, head);
    frame.write(text, head);
    this.#socket.write(frame);
  }

  close(): void {
    this.#reject = undefined;
    this.#socket.destroy();
  }

  #read(incoming: Buffer): void {
    this.bytes += incoming.length;
    let chunk = this.#rest === undefined ? incoming : Buffer.concat([this.#rest, incoming]);
    this.#rest = undefined;
    let at = 0;
    if (!this.#upgraded) {
      const end = chunk.indexOf(HANDSHAKE_END);
      if (end < 0) {
        this.#rest = chunk;
        return;
      }
      this.#upgraded = true;
      at = end + HANDSHAKE_END.length;
    }
    for (;;) {
      if (chunk.length - at < 2) break;
      let length = (chunk[at + 1] ?? 0) & 0x7f;
      let start = at + 2;
      if (length === 126) {
        if (chunk.length - at < 4) break;
        length = chunk.readUInt16BE(at + 2);
        start = at + 4;
      } else if (length === 127) {
        if (chunk.length - at < 10) break;
        length = Number(chunk.readBigUInt64BE(at + 2));
        start = at + 10;
      }
      if (chunk.length < start + length) break;
      this.#frame(chunk, start, start + length);
      at = start + length;
    }
    if (at < chunk.length) {
      // Copied where little is left, so that it does not keep a large buffer.
      chunk = chunk.subarray(at);
      this.#rest = Buffer.from(chunk);
    }
  }

  #plainFrame(chunk: Buffer, start: number, end: number): void {
    const type = chunk[start + TYPE_AT];
    if (type === TYPE_MESSAGE) {
      this.events++;
      this.onEvent?.(chunk, start, end);
    } else if (type === TYPE_ACK) this.onAck?.(ackId(chunk, start + ID_AT), chunk, start, end);
    else if (type === TYPE_CONNECTED) this.#resolve?.();
    else if (type === TYPE_ERROR) this.#reject?.(new Error(chunk.toString("utf8", start, end)));
  }

  #frame(chunk: Buffer, start: number, end: number): void {
    if (this.#options.plain) {
      this.#plainFrame(chunk, start, end);
      return;
    }
    const type = chunk[start];
    if (type === MESSAGE) {
      const kind = chunk[start + 1];
      if (kind === EVENT) {
        this.events++;
        this.onEvent?.(chunk, start, end);
        this.#acknowledge(chunk, start + 2);
      } else if (kind === ACK) {
        if (this.onAck) this.onAck(ackId(chunk, start + 2), chunk, start, end);
      } else if (kind === CONNECT) this.#join();
      else if (kind === CONNECT_ERROR) this.#reject?.(new Error(chunk.toString("utf8", start, end)));
    } else if (type === PING) this.send("3");
    else if (type === OPEN) this.#connect();
  }

  /** What asks for an acknowledgement gets one, as from the stock client: else a reliable event is sent again and again. */
  #acknowledge(chunk: Buffer, from: number): void {
    const idAt = afterNamespace(chunk, from);
    if (chunk[idAt] === BRACKET) return;
    const namespace = chunk.toString("latin1", from, idAt);
    this.send(`43${namespace}${ackId(chunk, from)}[]`);
  }

  #connect(): void {
    const namespace = this.#options.namespaces[this.#joined] ?? "/";
    const { token } = this.#options;
    const auth = token === undefined ? "" : JSON.stringify({ token });
    this.send(`40${namespace === "/" ? "" : `${namespace},`}${auth}`);
  }

  #join(): void {
    this.#joined++;
    if (this.#joined < this.#options.namespaces.length) this.#connect();
    else this.#resolve?.();
  }
}

function afterNamespace(chunk: Buffer, from: number): number {
  let at = from;
  if (chunk[at] === SLASH) while (chunk[at++] !== COMMA);
  return at;
}

/** The number before what follows it, after the namespace where there is one. */
function ackId(chunk: Buffer, from: number): number {
  let at = afterNamespace(chunk, from);
  let id = 0;
  for (
    let digit = chunk[at];
    digit !== undefined && digit !== BRACKET && digit !== COMMA;
    digit = chunk[++at]
  )
    id = id * 10 + digit - 48;
  return id;
}
