/** A plain WebSocket with flat frames: commands by their id, events by their type. */
import { type RawData, WebSocket } from "ws";
import { codeOf, LoadFailure } from "../failure.ts";

type Frame = Readonly<Record<string, unknown>>;
type FrameListener = (frame: Frame) => void;

const CONNECT_MS = 20_000;
const ANSWER_MS = 30_000;
const MOST_WAITING = 1_000;
/** Endpoints with commands; any other is a relay room, which sends frames on as they are. */
const FLAT = /^(?:\/ws(?:\/(?:game|chat|combat|world|matchmaking))?\/?|\/)(?:\?|$)/;

interface Waiting {
  resolve(frame: Frame): void;
  reject(error: Error): void;
}

export interface PlainOptions {
  /** Of the server, with its path. */
  readonly url: string;
  readonly path: string;
  readonly token: string | undefined;
  /** For servers under `AUTH_MODE=dev`. */
  readonly user_id?: string;
  readonly signal: AbortSignal;
  /** How long the server has to let a connection of the enveloped form in, once it is open. Default: 20,000. */
  readonly helloWithinMs?: number;
}

export class PlainSocket {
  /** The socket of `ws`, for what this class does not do. */
  readonly raw: WebSocket;
  readonly #listeners = new Map<string, Set<FrameListener>>();
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;
  /** Why the server has refused or ended it, as its last frame said. */
  #last: Frame | undefined;

  constructor(raw: WebSocket) {
    this.raw = raw;
    raw.on("message", (data) => this.#take(data));
    raw.on("close", (status) => this.#closed(status));
    raw.on("error", () => undefined);
  }

  get connected(): boolean {
    return this.raw.readyState === WebSocket.OPEN;
  }

  on(type: string, listener: FrameListener): void {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(listener));
  }

  off(type: string, listener: FrameListener): void {
    this.#listeners.get(type)?.delete(listener);
  }

  /** Sends a frame as it is. @throws LoadFailure `closed` */
  send(frame: object): void {
    if (!this.connected) throw this.#failure();
    this.raw.send(JSON.stringify(frame));
  }

  /** Sends a command and resolves with its acknowledgement. @throws LoadFailure with the code of the refusal, `timeout` or `closed` */
  call(type: string, payload: object = {}): Promise<Frame> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.size >= MOST_WAITING)
        return reject(new LoadFailure("queue_full", `${MOST_WAITING} commands wait for their answers`));
      const id = ++this.#next;
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new LoadFailure("timeout", `${type} has no answer within ${ANSWER_MS} ms`));
      }, ANSWER_MS);
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(id);
      };
      this.#waiting.set(id, {
        resolve(frame) {
          done();
          if (frame.ok === true) resolve(frame);
          else reject(refusal(type, frame.error));
        },
        reject(error) {
          done();
          reject(error);
        },
      });
      try {
        this.send({ type, id, ...payload });
      } catch (thrown) {
        done();
        reject(thrown);
      }
    });
  }

  close(): void {
    this.raw.terminate();
  }

  #take(data: RawData): void {
    let frame: Frame;
    try {
      frame = JSON.parse(String(data)) as Frame;
    } catch {
      return;
    }
    if (typeof frame !== "object" || frame === null) return;
    if (frame.type === "ack" && typeof frame.id === "number") {
      // `/ws/matchmaking` has everything in `data`.
      const answer = typeof frame.data === "object" ? { ...frame.data } : frame;
      this.#waiting.get(frame.id)?.resolve(answer);
      return;
    }
    if (frame.type === "error") this.#last = frame;
    for (const listener of this.#listeners.get(String(frame.type)) ?? []) listener(frame);
  }

  #closed(status: number): void {
    const error = this.#failure(status);
    for (const { reject } of [...this.#waiting.values()]) reject(error);
  }

  #failure(status?: number): LoadFailure {
    const { code, error } = this.#last ?? {};
    const reason = typeof code === "string" ? code : status === undefined ? "closed" : `closed_${status}`;
    return new LoadFailure(reason, typeof error === "string" ? error : "the connection is closed");
  }
}

/** The error of an acknowledgement that is not ok. */
export function refusal(event: string, error: unknown): LoadFailure {
  const { code, message } = (typeof error === "object" && error !== null ? error : {}) as Frame;
  return new LoadFailure(
    typeof code === "string" ? code : "refused",
    `${event}: ${typeof message === "string" ? message : "refused without a reason"}`,
  );
}

/** @throws LoadFailure where it can't be opened */
export function openPlain(options: PlainOptions): Promise<PlainSocket> {
  const { url, path, token, user_id, signal, helloWithinMs = CONNECT_MS } = options;
  const address = new URL(`${url.replace(/\/+$/, "")}${path}`);
  address.protocol = address.protocol === "https:" || address.protocol === "wss:" ? "wss:" : "ws:";
  if (user_id !== undefined) address.searchParams.set("user_id", user_id);
  const raw = new WebSocket(address, {
    handshakeTimeout: CONNECT_MS,
    perMessageDeflate: false,
    // In a header, since addresses come into logs.
    ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
  });
  const connection = new PlainSocket(raw);
  return new Promise((resolve, reject) => {
    const stop = () => {
      raw.terminate();
      reject(new LoadFailure("stopped", "the run is over"));
    };
    signal.addEventListener("abort", stop, { once: true });
    raw.once("open", () => {
      served(connection, path, helloWithinMs)
        .then(() => resolve(connection), reject)
        .finally(() => signal.removeEventListener("abort", stop));
    });
    raw.once("error", (error) => {
      signal.removeEventListener("abort", stop);
      const status = /Unexpected server response: (\d+)/.exec(error.message)?.[1];
      reject(
        new LoadFailure(status === undefined ? codeOf(error) : `http_${status}`, `${path}: ${error.message}`),
      );
    });
  });
}

/** Resolves when the server has let it in: a refusal comes after the upgrade. */
async function served(connection: PlainSocket, path: string, helloWithinMs: number): Promise<void> {
  if (FLAT.test(path)) {
    await connection.call("ping");
    return;
  }
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      connection.close();
      reject(new LoadFailure("timeout", `${path} has no SERVER_HELLO within ${helloWithinMs} ms`));
    }, helloWithinMs);
    connection.on("SERVER_HELLO", () => {
      clearTimeout(timer);
      resolve();
    });
    connection.raw.once("close", (status) => {
      clearTimeout(timer);
      reject(new LoadFailure(`closed_${status}`, `${path} was closed`));
    });
  });
}
