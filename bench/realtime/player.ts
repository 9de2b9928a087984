/** One player: a raw WebSocket that speaks Socket.IO, or plain frames, by hand, which costs a tenth of a real client. */
import { WebSocket } from "ws";
import type { Mover } from "./ages.ts";
import type { PlayerOptions } from "./messages.ts";

const LIMIT_MS = 20_000;
const NAMESPACE = "/game,";
const code = (character: string) => character.charCodeAt(0);
const [OPEN, PING, CONNECT, EVENT, ACK, CONNECT_ERROR] = ["0", "2", "0", "2", "3", "4"].map(code);

type Answer = { readonly ok: boolean; readonly room?: { readonly room_id: string } };

export interface RealtimeBenchOptions extends PlayerOptions {
  readonly url: string;
  readonly token: string;
  /** Each frame's tick and size. */
  onFrame(tick: number, bytes: number): void;
  onError(text: string): void;
}

export class RealtimeBenchPlayer implements Mover {
  readonly #options: RealtimeBenchOptions;
  readonly #plain: boolean;
  readonly #batch: number;
  readonly #socket: WebSocket;
  readonly connected: Promise<void>;
  readonly #answers = new Map<number, (answer: Answer) => void>();
  #next = 0;
  #seq = 0;
  #inputs: string[] = [];
  #tick = 0;
  #epoch = 0;
  roomId = "";

  constructor(options: RealtimeBenchOptions) {
    this.#options = options;
    const { url, token, plain = false, batch = 1, onError } = options;
    this.#plain = plain;
    this.#batch = batch;
    const path = plain ? `/ws/game?token=${token}` : "/socket.io/?EIO=4&transport=websocket";
    this.#socket = new WebSocket(`${url.replace("http", "ws")}${path}`, { perMessageDeflate: false });
    this.connected = new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("a player could not connect")), LIMIT_MS);
      const connected = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#socket.on("error", reject);
      this.#socket.on("close", (status) => {
        onError(`closed: ${status}`);
        reject(new Error(`a player was closed: ${status}`));
      });
      if (plain) this.#socket.on("open", connected);
      this.#socket.on("message", (data: Buffer) => {
        if (plain) this.#plainFrame(data);
        else if (data[0] === OPEN) this.#socket.send(`40${NAMESPACE}${JSON.stringify({ token })}`);
        else if (data[0] === PING) this.#socket.send("3");
        else if (data[1] === CONNECT) connected();
        else if (data[1] === EVENT) this.#event(data);
        else if (data[1] === ACK) this.#answered(data.toString());
        else if (data[1] === CONNECT_ERROR) reject(new Error(data.toString()));
      });
    });
    this.connected.catch(() => undefined);
  }

  /** Only what the benchmark needs is read. */
  #event(data: Buffer): void {
    const head = data.toString("latin1", 0, 200);
    if (head.startsWith(`42${NAMESPACE}["error"`)) this.#options.onError(data.toString());
    else if (head.startsWith(`42${NAMESPACE}["game_frame"`)) this.#heard(head, data.length, true);
    else if (head.startsWith(`42${NAMESPACE}["game_sync"`)) this.#heard(head, data.length, false);
  }

  #plainFrame(data: Buffer): void {
    const head = data.toString("latin1", 0, 200);
    if (head.startsWith('{"type":"error"')) this.#options.onError(data.toString());
    else if (head.startsWith('{"type":"game_frame"')) this.#heard(head, data.length, true);
    else if (head.startsWith('{"type":"game_sync"')) this.#heard(head, data.length, false);
    else if (head.startsWith('{"type":"ack"')) {
      const answer = JSON.parse(data.toString()) as Answer & { readonly id: number };
      this.#answers.get(answer.id)?.(answer);
      this.#answers.delete(answer.id);
    }
  }

  #heard(head: string, bytes: number, isFrame: boolean): void {
    const tick = /"tick":(\d+)/.exec(head);
    const epoch = /"epoch":(\d+)/.exec(head);
    if (tick === null || epoch === null) return;
    this.#tick = Number(tick[1]);
    this.#epoch = Number(epoch[1]);
    if (isFrame) this.#options.onFrame(this.#tick, bytes);
  }

  #answered(text: string): void {
    const at = text.indexOf("[");
    const id = Number(text.slice(2 + NAMESPACE.length, at));
    const [answer] = JSON.parse(text.slice(at)) as [Answer];
    this.#answers.get(id)?.(answer);
    this.#answers.delete(id);
  }

  async call(event: string, payload: object): Promise<string> {
    const id = this.#next++;
    const answer = await new Promise<Answer>((resolve, reject) => {
      setTimeout(() => reject(new Error(`${event}: no answer`)), LIMIT_MS).unref();
      this.#answers.set(id, resolve);
      this.#socket.send(
        this.#plain
          ? JSON.stringify({ type: event, id, ...payload })
          : `42${NAMESPACE}${id}${JSON.stringify([event, payload])}`,
      );
    });
    if (!answer.ok) throw new Error(`${event}: ${JSON.stringify(answer)}`);
    return answer.room?.room_id ?? "";
  }

  move(): void {
    if (this.#tick === 0 || this.#batch === 0) return;
    const turn = Math.sin(++this.#seq / 40);
    this.#inputs.push(`[${this.#seq},${(Math.round(turn * 127) / 127).toFixed(6)},1]`);
    if (this.#inputs.length < this.#batch) return;
    const fields = `"room_id":"${this.roomId}","epoch":${this.#epoch},"inputs":[${this.#inputs}],"got":${this.#tick}}`;
    this.#inputs = [];
    this.#socket.send(
      this.#plain ? `{"type":"game:input",${fields}` : `42${NAMESPACE}["game:input",{${fields}]`,
    );
  }

  close(): void {
    this.#socket.removeAllListeners("close");
    this.#socket.terminate();
  }
}
