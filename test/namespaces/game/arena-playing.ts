/** Arenas with players, as the tests of real-time rooms need them. */
import type { RealtimeGame } from "../../../core/realtime/game.ts";
import { arena } from "../../../games/arena.ts";
import type { Setup, StartOptions } from "../../support/app.ts";
import { type RealtimeView, viewOf } from "../../support/realtime.ts";
import { type Client, roomOf } from "./playing.ts";

export const game: RealtimeGame = arena;

/** A running arena with these players, each with what they know of it; all but the first in the compact form. */
export async function arenaOf(
  setup: Setup,
  names: readonly string[],
  options: Readonly<Record<string, unknown>> = {},
  start: StartOptions = {},
) {
  const table = await roomOf(setup, names, { ...start, game: "arena", options });
  const { room_id, clients } = table;
  const views = clients.map((client) => viewOf(client, room_id, game));
  await Promise.all(clients.slice(1).map((client) => client.call("room:join", { room_id, form: "columns" })));
  await clients[0]?.call("room:start", { room_id });
  await Promise.all(views.map((view) => view.until("the start", ({ tick }) => tick >= 1)));
  return { ...table, views };
}

/** Sends an input per frame until it is told to stop. */
export function play(client: Client, room_id: string, view: RealtimeView, input: object, perFrame = 1) {
  let seq = 0;
  const send = () => {
    const inputs = Array.from({ length: perFrame }, () => ({ seq: ++seq, ...input }));
    client.socket.emit("game:input", { room_id, epoch: view.epoch, inputs });
  };
  client.socket.on("game_frame", send);
  return { stop: () => client.socket.off("game_frame", send), seq: () => seq };
}
