/** One player: a raw WebSocket that speaks Engine.IO and Socket.IO by hand, which costs a tenth of a real client. */
import { WebSocket } from "ws";
import { type ServerKind, ZONE_SIZE } from "./messages.ts";

/** A step of one movement: 18 units a second at ten movements a second, below the limit of 20. */
const STEP = 1.8;

const CONNECT_TIMEOUT_MS = 20_000;

export interface PlayerOptions {
  readonly kind: ServerKind;
  readonly url: string;
  readonly zone: string;
  readonly id: string;
  readonly token: string;
  /** Each frame; only observers read what is in it. */
  readonly onFrame: (data: Buffer) => void;
}

export class Player {
  readonly id: string;
  readonly #namespace: string;
  readonly #socket: WebSocket;
  readonly #entered: Promise<void>;
  #x = Math.random() * ZONE_SIZE;
  #y = Math.random() * ZONE_SIZE;
  #heading = Math.random() * 2 * Math.PI;
  #seq = 0;

  constructor({ kind, url, zone, id, token, onFrame }: PlayerOptions) {
    this.id = id;
    this.#namespace = kind === "muster" ? "/world," : "";
    this.#socket = new WebSocket(`${url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`, {
      perMessageDeflate: false,
    });
    const enter = `42${this.#namespace.replace(",", ",0")}["enter",${JSON.stringify({ zone, x: this.#x, y: this.#y })}]`;
    this.#entered = new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${id} could not enter`)), CONNECT_TIMEOUT_MS);
      const done = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#socket.on("error", reject);
      this.#socket.on("close", (code) => reject(new Error(`${id} was closed: ${code}`)));
      this.#socket.on("message", (data: Buffer) => {
        const type = data[0];
        if (type === OPEN) this.#socket.send(`40${this.#namespace}${JSON.stringify({ token })}`);
        else if (type === PING) this.#socket.send("3");
        else if (data[1] === CONNECT) {
          if (kind === "naive") done();
          else this.#socket.send(enter);
        } else if (data[1] === ACK) done();
        else if (data[1] === CONNECT_ERROR) reject(new Error(data.toString()));
        else onFrame(data);
      });
    });
    // It is awaited later, with all the others.
    this.#entered.catch(() => {});
  }

  get entered(): Promise<void> {
    return this.#entered;
  }

  /** Walks one step and tells the server. @returns the number of the movement */
  move(): number {
    const x = this.#x + Math.cos(this.#heading) * STEP;
    const y = this.#y + Math.sin(this.#heading) * STEP;
    if (x < 0 || y < 0 || x > ZONE_SIZE || y > ZONE_SIZE) this.#heading += Math.PI / 2;
    else {
      this.#x = x;
      this.#y = y;
    }
    const seq = ++this.#seq;
    const user = this.#namespace === "" ? `"user_id":"${this.id}",` : "";
    this.#socket.send(
      `42${this.#namespace}["player_movement",{${user}"x":${this.#x.toFixed(3)},"y":${this.#y.toFixed(3)},"seq":${seq}}]`,
    );
    return seq;
  }

  close(): void {
    this.#socket.terminate();
  }
}

const code = (character: string) => character.charCodeAt(0);
const OPEN = code("0");
const PING = code("2");
const CONNECT = code("0");
const ACK = code("3");
const CONNECT_ERROR = code("4");
