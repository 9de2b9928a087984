/** The action log of a game, and the game again from it: every draw of the generator is in it, so the states are the same. */

import type { UserId } from "../ids.ts";
import { replaying } from "../random.ts";
import { type TeamNumbers, type Teams, teamsOf } from "../teams.ts";
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
      /** Of the players that have a team. */
      readonly teams?: TeamNumbers;
    })
  | (Circumstance & {
      readonly kind: "action";
      readonly by: UserId;
      readonly action: string;
      readonly args: unknown;
    })
  /** A player came to, or dropped out of, the running game. */
  | (Circumstance & {
      readonly kind: "join" | "drop";
      readonly by: UserId;
      /** Of somebody who joins a team. */
      readonly team?: number;
    })
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
  let numbers: TeamNumbers | undefined;
  for (const entry of log) {
    if (entry.kind === "start") {
      if (entry.game !== game.name) throw new Error(`replay: this is a log of ${entry.game}`);
      players = entry.players;
      numbers = entry.teams;
      state = game.setup(players, entry.options, contextOf(entry, teamsOf(players, numbers)));
      yield { entry, players, state, events: [] };
      continue;
    }
    if (players === undefined) throw new Error("replay: the beginning of this log is gone");
    if (entry.kind === "join" && !players.includes(entry.by)) players = [...players, entry.by];
    if (entry.kind === "join" && entry.team !== undefined) numbers = { ...numbers, [entry.by]: entry.team };
    const update = entry.kind === "end" ? { state } : step(game, state, entry, teamsOf(players, numbers));
    state = update.state;
    yield { entry, players, state, events: update.events ?? [] };
  }
}

function step(
  game: Game,
  state: unknown,
  entry: Exclude<LogEntry, { kind: "start" | "end" }>,
  teams: Teams,
): GameUpdate<unknown> {
  const context = contextOf(entry, teams);
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

const contextOf = ({ at, owner, draws }: Circumstance, teams: Teams): GameContext => ({
  now: at,
  owner,
  teams,
  random: replaying(draws),
});
