/** A client of real-time rooms over either transport, with what it knows of one room: the same test runs over both. */
import type { CommandName, InputOf, ResultOf } from "../../core/contract/contract.ts";
import type { RealtimeGame } from "../../core/realtime/game.ts";
import { gameContract } from "../../namespaces/game/index.ts";
import type { GameContract } from "../../namespaces/game/schema.ts";
import type { TestApp } from "./app.ts";
import { openPlain } from "./plain.ts";
import { type Frame, RealtimeView, type Sync } from "./realtime.ts";

export type Way = "socket.io" | "websocket";
/** For `closePlain` in `afterEach`, where a suite goes both ways. */
export const WAYS: readonly Way[] = ["socket.io", "websocket"];

type Command = CommandName<GameContract>;
type Answer<K extends Command> = ResultOf<GameContract, K>;
export type Fields = Readonly<Record<string, unknown>>;

export interface RoomSeat {
  readonly user: string;
  /** What its frames say of the room that it follows last. */
  readonly view: RealtimeView;
  /** @throws Error where it is refused */
  call<K extends Command>(event: K, input: InputOf<GameContract, K>): Promise<Answer<K>>;
  /** @returns the code that it must be refused with, and the details of it */
  refused(event: Command, input: Fields): Promise<Fields & { readonly code: string }>;
  /** Without an acknowledgement. */
  send(event: Command, input: Fields): void;
  /** The next event that the predicate accepts, also one that came before. Each is given once. */
  next(event: string, accepts?: (payload: Fields) => boolean): Promise<Fields>;
  /** Called after each frame. @returns ends it */
  onFrame(listener: () => void): () => void;
  leave(): void;
}

interface Wire {
  ask(event: string, input: Fields): Promise<Fields>;
  send(event: string, input: Fields): void;
  next(event: string, accepts: (payload: Fields) => boolean): Promise<Fields>;
  leave(): void;
}

/** @param way how it connects; both workers serve both ways */
export async function sit(
  app: TestApp,
  way: Way,
  user: string,
  game: RealtimeGame,
  worker: 0 | 1 = 0,
): Promise<RoomSeat> {
  const view = new RealtimeView(game);
  const listeners = new Set<() => void>();
  const take = (event: string, payload: unknown) => {
    if (event === "game_sync") view.sync(payload as Sync);
    if (event !== "game_frame") return;
    view.frame(payload as Frame);
    for (const listener of [...listeners]) listener();
  };
  const wire = await (way === "socket.io" ? overSocketIo : overWebSocket)(app, user, worker, take);
  return {
    user,
    view,
    send: wire.send,
    leave: wire.leave,
    async call<K extends Command>(event: K, input: InputOf<GameContract, K>) {
      const answer = await wire.ask(event, input as Fields);
      if (answer.ok !== true) throw new Error(`${event}: ${JSON.stringify(answer)}`);
      return answer as unknown as Answer<K>;
    },
    async refused(event, input) {
      const { ok, error } = await wire.ask(event, input);
      if (ok !== false) throw new Error(`${event} was accepted`);
      return error as Fields & { code: string };
    },
    next: (event, accepts = () => true) => wire.next(event, accepts),
    onFrame(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

type Take = (event: string, payload: unknown) => void;

async function overSocketIo(app: TestApp, user: string, worker: 0 | 1, take: Take): Promise<Wire> {
  const client = await app.connect(gameContract, user, { worker });
  // What came while it connected.
  for (const { event, payload } of client.log) take(event, payload);
  client.socket.onAny((event: string, payload: unknown) => take(event, payload));
  return {
    ask: (event, input) => client.raw(event, input) as Promise<Fields>,
    send: (event, input) => client.socket.emit(event, input),
    next: (event, accepts) =>
      client.nextAny(event, (payload) => accepts(payload as Fields)) as Promise<Fields>,
    leave: () => client.disconnect(),
  };
}

async function overWebSocket(app: TestApp, user: string, worker: 0 | 1, take: Take): Promise<Wire> {
  const url = app.urls[worker] ?? app.url;
  const client = openPlain(url, "/ws/game", { query: { token: app.token(user) } });
  client.ws.on("message", (data) => {
    const frame = JSON.parse(String(data)) as Fields;
    take(String(frame.type), frame);
  });
  await client.next("welcome");
  return {
    ask: (event, input) => client.call(event, { ...input }),
    send: (event, input) => client.send({ type: event, ...input }),
    next: (event, accepts) => client.next(event, accepts),
    leave: () => client.close(),
  };
}

/** Sends an input for each frame until it is ended. @returns ends it, and says how many were sent */
export function steer(seat: RoomSeat, room_id: string, input: Fields, perFrame = 1): () => number {
  let seq = seat.view.ack;
  const end = seat.onFrame(() => {
    const inputs = Array.from({ length: perFrame }, () => ({ seq: ++seq, ...input }));
    seat.send("game:input", { room_id, epoch: seat.view.epoch, inputs, got: seat.view.tick });
  });
  return () => {
    end();
    return seq;
  };
}
