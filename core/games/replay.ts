/** The action log of a game, and the game again from it: every draw of the generator is in it, so the states are the same. */

import type { UserId } from "../ids.ts";
import { replaying } from "../random.ts";
import type { Game, GameContext, GameEvent, GameResult, GameUpdate } from "./game.ts";

interface Logged {
  /** The game's version after it. */
  readonly version: number;
  /** The store's time in milliseconds since the epoch, as the rules were told it. */
  readonly at: number;
}

/** What the rules knew besides the state. */
interface Circumstance extends Logged {
  readonly owner: UserId;
  /** What the generator gave, in order. */
  readonly draws: readonly number[];
}

export type LogEntry =
  | (Circumstance & {
      readonly kind: "start";
      readonly game: string;
      readonly players: readonly UserId[];
      readonly options: Readonly<Record<string, unknown>>;
    })
  | (Circumstance & {
      readonly kind: "action";
      readonly by: UserId;
      readonly action: string;
      readonly args: unknown;
    })
  /** A player came to, or dropped out of, the running game. */
  | (Circumstance & { readonly kind: "join" | "drop"; readonly by: UserId })
  | (Circumstance & { readonly kind: "timeout" })
  | (Logged & { readonly kind: "end"; readonly result: GameResult });

/** The game after one entry of its log. */
export interface Replayed {
  readonly entry: LogEntry;
  readonly players: readonly UserId[];
  readonly state: unknown;
  readonly events: readonly GameEvent[];
}

/**
 * Plays a log again, one step per entry.
 * @throws Error where the log does not begin with a start, is of another game, or does not fit the game's rules
 */
export function* replay(game: Game, log: Iterable<LogEntry>): Generator<Replayed> {
  let players: readonly UserId[] | undefined;
  let state: unknown;
  for (const entry of log) {
    if (entry.kind === "start") {
      if (entry.game !== game.name) throw new Error(`replay: this is a log of ${entry.game}`);
      players = entry.players;
      state = game.setup(players, entry.options, contextOf(entry));
      yield { entry, players, state, events: [] };
      continue;
    }
    if (players === undefined) throw new Error("replay: the beginning of this log is gone");
    if (entry.kind === "join" && !players.includes(entry.by)) players = [...players, entry.by];
    const update = entry.kind === "end" ? { state } : step(game, state, entry);
    state = update.state;
    yield { entry, players, state, events: update.events ?? [] };
  }
}

function step(
  game: Game,
  state: unknown,
  entry: Exclude<LogEntry, { kind: "start" | "end" }>,
): GameUpdate<unknown> {
  const context = contextOf(entry);
  const nothing = { state };
  switch (entry.kind) {
    case "action":
      return game.act(state, entry.by, entry.action, entry.args, context);
    case "join":
      return game.onJoin?.(state, entry.by, context) ?? nothing;
    case "drop":
      return game.onDrop?.(state, entry.by, context) ?? nothing;
    case "timeout":
      return game.onTimeout?.(state, context) ?? nothing;
  }
}

const contextOf = ({ at, owner, draws }: Circumstance): GameContext => ({
  now: at,
  owner,
  random: replaying(draws),
});
