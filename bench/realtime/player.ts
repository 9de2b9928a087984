/** One player: a raw WebSocket that speaks Engine.IO and Socket.IO by hand, which costs a tenth of a real client. */
import { WebSocket } from "ws";
import type { Mover } from "./ages.ts";

const LIMIT_MS = 20_000;
const NAMESPACE = "/game,";
const code = (character: string) => character.charCodeAt(0);
const [OPEN, PING, CONNECT, EVENT, ACK, CONNECT_ERROR] = ["0", "2", "0", "2", "3", "4"].map(code);

export interface RealtimeBenchOptions {
  readonly url: string;
  readonly token: string;
  /** Each frame's tick and size. */
  onFrame(tick: number, bytes: number): void;
  onError(text: string): void;
}

export class RealtimeBenchPlayer implements Mover {
  readonly #socket: WebSocket;
  readonly connected: Promise<void>;
  readonly #answers = new Map<number, (answer: { ok: boolean; room?: { room_id: string } }) => void>();
  #next = 0;
  #seq = 0;
  #tick = 0;
  #epoch = 0;
  roomId = "";

  constructor({ url, token, onFrame, onError }: RealtimeBenchOptions) {
    this.#socket = new WebSocket(`${url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`, {
      perMessageDeflate: false,
    });
    this.connected = new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("a player could not connect")), LIMIT_MS);
      this.#socket.on("error", reject);
      this.#socket.on("close", (status) => {
        onError(`closed: ${status}`);
        reject(new Error(`a player was closed: ${status}`));
      });
      this.#socket.on("message", (data: Buffer) => {
        if (data[0] === OPEN) this.#socket.send(`40${NAMESPACE}${JSON.stringify({ token })}`);
        else if (data[0] === PING) this.#socket.send("3");
        else if (data[1] === CONNECT) {
          clearTimeout(timer);
          resolve();
        } else if (data[1] === EVENT) this.#event(data, onFrame, onError);
        else if (data[1] === ACK) this.#answered(data.toString());
        else if (data[1] === CONNECT_ERROR) reject(new Error(data.toString()));
      });
    });
    this.connected.catch(() => undefined);
  }

  /** Only what the benchmark needs is read. */
  #event(data: Buffer, onFrame: RealtimeBenchOptions["onFrame"], onError: (text: string) => void): void {
    const head = data.toString("latin1", 0, 200);
    if (head.startsWith(`42${NAMESPACE}["error"`)) onError(data.toString());
    if (!head.startsWith(`42${NAMESPACE}["game_`)) return;
    const tick = /"tick":(\d+)/.exec(head);
    const epoch = /"epoch":(\d+)/.exec(head);
    if (tick === null || epoch === null) return;
    this.#tick = Number(tick[1]);
    this.#epoch = Number(epoch[1]);
    if (head.startsWith(`42${NAMESPACE}["game_frame"`)) onFrame(this.#tick, data.length);
  }

  #answered(text: string): void {
    const at = text.indexOf("[");
    const id = Number(text.slice(2 + NAMESPACE.length, at));
    const [answer] = JSON.parse(text.slice(at)) as [{ ok: boolean }];
    this.#answers.get(id)?.(answer);
    this.#answers.delete(id);
  }

  async call(event: string, payload: object): Promise<string> {
    const id = this.#next++;
    const answer = await new Promise<{ ok: boolean; room?: { room_id: string } }>((resolve, reject) => {
      setTimeout(() => reject(new Error(`${event}: no answer`)), LIMIT_MS).unref();
      this.#answers.set(id, resolve);
      this.#socket.send(`42${NAMESPACE}${id}${JSON.stringify([event, payload])}`);
    });
    if (!answer.ok) throw new Error(`${event}: ${JSON.stringify(answer)}`);
    return answer.room?.room_id ?? "";
  }

  move(): void {
    if (this.#tick === 0) return;
    const turn = Math.sin(++this.#seq / 40);
    const input = `[${this.#seq},${(Math.round(turn * 127) / 127).toFixed(6)},1]`;
    this.#socket.send(
      `42${NAMESPACE}["game:input",{"room_id":"${this.roomId}","epoch":${this.#epoch},"inputs":[${input}],"got":${this.#tick}}]`,
    );
  }

  close(): void {
    this.#socket.removeAllListeners("close");
    this.#socket.terminate();
  }
}
