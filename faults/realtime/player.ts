/** A player of a room over a real connection, who comes back to another worker when theirs is gone. */
import { setTimeout as delay } from "node:timers/promises";
import { io } from "socket.io-client";
import { WebSocket } from "ws";
import type { RealtimeGame } from "../../core/realtime/game.ts";
import type { Frame, Sync } from "../../test/support/realtime.ts";
import { RealtimePlayer } from "../../test/support/realtime-player.ts";
import { Recorder } from "./recorder.ts";

const AGAIN_MS = 100;

interface Link {
  send(event: string, fields: object): void;
  call(event: string, fields: object): Promise<{ ok: boolean; room?: { room_id: string }; error?: object }>;
  close(): void;
}

interface Hearing {
  heard(event: string, payload: unknown): void;
  closed(): void;
}

const CALL_WITHIN_MS = 8_000;

async function plainLink(url: string, token: string, hearing: Hearing): Promise<Link> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws/game?token=${token}`);
  const waiting = new Map<string, (ack: never) => void>();
  let calls = 0;
  socket.on("error", () => undefined);
  socket.on("message", (data) => {
    const frame = JSON.parse(String(data));
    if (frame.type === "ack") waiting.get(frame.id)?.(frame as never);
    else hearing.heard(frame.type, frame);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("close", () => reject(new Error("closed")));
  });
  socket.once("close", () => hearing.closed());
  const send = (event: string, fields: object) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: event, ...fields }));
  };
  return {
    send,
    call(event, fields) {
      const id = `c${++calls}`;
      const answer = new Promise<never>((resolve) => waiting.set(id, resolve));
      send(event, { ...fields, id });
      return Promise.race([
        answer,
        delay(CALL_WITHIN_MS).then(() => {
          throw new Error(`${event} is not answered`);
        }),
      ]);
    },
    close: () => socket.terminate(),
  };
}

async function socketIoLink(url: string, token: string, hearing: Hearing): Promise<Link> {
  const socket = io(`${url}/game`, {
    auth: { token },
    transports: ["websocket"],
    reconnection: false,
    forceNew: true,
  });
  socket.onAny((event: string, payload: unknown) => hearing.heard(event, payload));
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("connect_error", reject);
  });
  socket.once("disconnect", () => hearing.closed());
  return {
    send: (event, fields) => void (socket.connected && socket.emit(event, fields)),
    call: (event, fields) => socket.timeout(CALL_WITHIN_MS).emitWithAck(event, fields),
    close: () => void socket.disconnect(),
  };
}

export interface PlayerOptions {
  readonly user: string;
  readonly token: string;
  readonly game: RealtimeGame;
  readonly plain: boolean;
  /** Where to connect: the first that answers, from this one on. */
  readonly urls: readonly string[];
}

export class Player {
  readonly user: string;
  readonly recorder: Recorder;
  /** The game is over, as it was told. */
  isOver = false;
  /** How often it had to connect. */
  connections = 0;
  readonly #options: PlayerOptions;
  #link: Link | undefined;
  #player: RealtimePlayer | undefined;
  #isGone = false;

  constructor(options: PlayerOptions) {
    this.#options = options;
    this.user = options.user;
    this.recorder = new Recorder(options.game);
  }

  get sent(): number {
    return this.#player?.seq ?? 0;
  }

  async connect(): Promise<void> {
    const { urls, token, plain } = this.#options;
    for (let at = 0; !this.#isGone; at++) {
      const url = urls[at % urls.length] ?? "";
      try {
        this.#link = await (plain ? plainLink : socketIoLink)(url, token, {
          heard: (event, payload) => this.#heard(event, payload),
          closed: () => {
            if (!this.#isGone) void delay(AGAIN_MS).then(() => this.connect());
          },
        });
        this.connections++;
        this.recorder.connected();
        return;
      } catch {
        await delay(AGAIN_MS);
      }
    }
  }

  async call(event: string, fields: object): Promise<{ room?: { room_id: string } }> {
    const ack = await this.#link?.call(event, fields);
    if (ack?.ok !== true) throw new Error(`${event}: ${JSON.stringify(ack)}`);
    return ack;
  }

  /** From now on an input goes with each frame. */
  play(room_id: string): void {
    const { view } = this.recorder;
    this.#player = new RealtimePlayer(room_id, view, (fields) => this.#link?.send("game:input", fields));
  }

  steer(input: Readonly<Record<string, unknown>>): void {
    if (this.#player) this.#player.input = input;
  }

  stopSending(): void {
    this.#player?.stop();
  }

  close(): void {
    this.#isGone = true;
    this.#link?.close();
  }

  #heard(event: string, payload: unknown): void {
    const { view } = this.recorder;
    this.isOver ||= event === "game_ended";
    if (event === "game_sync") {
      view.sync(payload as Sync);
      this.recorder.note(false, undefined);
      this.#player?.synced();
    } else if (event === "game_frame") {
      const frame = payload as Frame;
      if (frame.epoch < view.epoch) return;
      if (frame.epoch === view.epoch && frame.tick <= view.tick)
        this.recorder.problems.push(`frame ${frame.tick} came again`);
      view.frame(frame);
      this.recorder.note(true, frame.lost);
      this.#player?.framed();
    }
  }
}
