/** Rooms with players, as the tests of `/game` need them. */
import type { Game } from "../../../core/games/game.ts";
import type { Random } from "../../../core/random.ts";
import { gameContract } from "../../../namespaces/game/index.ts";
import type { GameContract } from "../../../namespaces/game/schema.ts";
import type { Setup, StartOptions, TestApp, TestClient } from "../../support/app.ts";

export type Client = TestClient<GameContract>;

/** Dice that always show this value. */
export const always = (value: number): Random => ({ int: () => value });

export interface RoomOptions extends StartOptions {
  readonly game?: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly games?: readonly Game[];
  readonly private?: boolean;
}

export interface Table {
  readonly app: TestApp;
  readonly room_id: string;
  /** Of the first name, the owner, on worker 0; the others on the workers in turn. */
  readonly clients: readonly Client[];
}

/** A room in which these users have seats, in this order. */
export async function roomOf(
  setup: Setup,
  names: readonly string[],
  options: RoomOptions = {},
): Promise<Table> {
  const { game = "dash-dice", games = [], options: chosen, private: closed, ...start } = options;
  const app = await setup.start({ ...start, app: { ...start.app, games } });
  const clients = await Promise.all(
    names.map((name, i) => app.connect(gameContract, name, { worker: i % 2 === 0 ? 0 : 1 })),
  );
  const [owner, ...others] = clients;
  if (owner === undefined) throw new Error("a room needs somebody");
  const { room } = await owner.call("room:create", {
    game,
    ...(chosen === undefined ? {} : { options: chosen }),
    ...(closed === undefined ? {} : { private: closed }),
  });
  const { room_id, join_code } = room;
  for (const one of others)
    await one.call("room:join", join_code === undefined ? { room_id } : { join_code });
  return { app, room_id, clients };
}

/** The same, with the game started and every player told. */
export async function gameOf(
  setup: Setup,
  names: readonly string[],
  options: RoomOptions = {},
): Promise<Table> {
  const table = await roomOf(setup, names, options);
  await table.clients[0]?.call("room:start", { room_id: table.room_id });
  await Promise.all(table.clients.map((client) => client.next("game_started")));
  return table;
}

export const act = (client: Client, room_id: string, action: string, args: object = {}) =>
  client.call("game:action", { room_id, action, args });
