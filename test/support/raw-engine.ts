/** A client that speaks Engine.IO itself, over WebSocket: for packets that no client library would send. */
import { type RawData, WebSocket } from "ws";
import { WAIT_MS } from "./patience.ts";

export class RawEngine {
  readonly ws: WebSocket;
  /** Socket.IO's packets as they came: text, and binary attachments. */
  readonly log: (string | Buffer)[] = [];
  /** Resolves when the connection has ended, whoever ended it. */
  readonly closed: Promise<void>;
  #look: () => void = () => undefined;

  private constructor(url: string) {
    this.ws = new WebSocket(`${url.replace(/^http/, "ws")}/socket.io/?EIO=4&transport=websocket`);
    this.ws.on("message", (data, isBinary) => this.#arrive(data, isBinary));
    this.ws.on("error", () => undefined);
    this.closed = new Promise((resolve) => this.ws.on("close", () => resolve()));
    void this.closed.then(() => this.#look());
  }

  /** Resolves once the server has opened the session; no namespace is joined yet. */
  static async open(url: string): Promise<RawEngine> {
    const engine = new RawEngine(url);
    await new Promise((resolve, reject) => engine.ws.once("message", resolve).once("error", reject));
    return engine;
  }

  #arrive(data: RawData, isBinary: boolean): void {
    const bytes = data as Buffer;
    const text = isBinary ? "" : bytes.toString("utf8");
    if (text === "2") this.ws.send("3");
    if (isBinary) this.log.push(bytes);
    else if (text.startsWith("4")) this.log.push(text.slice(1));
    this.#look();
  }

  /** Joins a namespace. @returns what the server answers */
  async connect(namespace: string, auth: object): Promise<string> {
    const nsp = namespace === "/" ? "" : `${namespace},`;
    this.send(`0${nsp}${JSON.stringify(auth)}`);
    return this.next((text) => text.startsWith(`0${nsp}`) || text.startsWith(`4${nsp}`));
  }

  /** A packet of Socket.IO's, as it is on the wire without Engine.IO's own digit; or an attachment. */
  send(packet: string | Buffer): void {
    this.ws.send(typeof packet === "string" ? `4${packet}` : packet);
  }

  /** The first packet that the predicate accepts, also one that came before; it is taken. */
  next(accepts: (text: string) => boolean): Promise<string> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const seen = this.log.slice(-10).map((packet) => String(packet).slice(0, 200));
        reject(new Error(`no such packet within ${WAIT_MS} ms; the last ones:\n  ${seen.join("\n  ")}`));
      }, WAIT_MS);
      const look = () => {
        const at = this.log.findIndex((packet) => typeof packet === "string" && accepts(packet));
        if (at >= 0) resolve(String(this.log.splice(at, 1)[0]));
        else if (this.ws.readyState === WebSocket.CLOSED) reject(new Error("the connection has ended"));
        else {
          this.#look = look;
          return;
        }
        clearTimeout(timer);
        this.#look = () => undefined;
      };
      look();
    });
  }

  /** The next `error` event, without its text. */
  async error(nsp = ""): Promise<{ readonly code: string; readonly event?: string }> {
    const head = `2${nsp}["error",`;
    const text = await this.next((packet) => packet.startsWith(head));
    return JSON.parse(text.slice(head.length, -1)) as { code: string; event?: string };
  }

  close(): void {
    this.ws.terminate();
  }
}
