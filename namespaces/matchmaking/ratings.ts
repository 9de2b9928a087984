/** What results do to skills: a pluggable calculation, kept per user and mode, done once per match. Off unless a mode names a rater. */

import { Glicko2 } from "glicko2";
import { transact } from "../../core/consistency/transact.ts";
import type { GameResult } from "../../core/games/game.ts";
import type { UserId } from "../../core/ids.ts";
import type { MatchEnded } from "../../core/ports/matches.ts";
import { put, type Versioned } from "../../core/ports/store/documents.ts";
import type { Context } from "./context.ts";
import { keys, MATCH_TTL_MS, type MatchRecord, type Rating } from "./store.ts";

// Glicko-2 for matches of any number of teams: each player against each of the other teams.

/** The deviation of somebody of whom only a skill is known: nearly nothing. */
const NEW_DEVIATION = 350;
const NEW_VOLATILITY = 0.06;
/** Of the calculation: how much a volatility may change. */
const TAU = 0.5;

/** Skills are Glicko-2 ratings; its deviation and volatility are kept beside them. A team wins with any of its players. */
export const glicko: Rate = ({ teams, result }) => {
  const ranking = new Glicko2({ tau: TAU, rating: 1500, rd: NEW_DEVIATION, vol: NEW_VOLATILITY });
  const sides = teams.map((team) => ({
    won: team.some(({ userId }) => result.winners.includes(userId)),
    players: team.map((player) => ({ userId: player.userId, entry: ranking.makePlayer(...startOf(player)) })),
  }));
  const games = sides.flatMap((side, at) =>
    sides
      .slice(at + 1)
      .flatMap((other) =>
        side.players.flatMap((one) =>
          other.players.map(
            (two) => [one.entry, two.entry, outcome(side.won, other.won)] as [Entry, Entry, number],
          ),
        ),
      ),
  );
  if (games.length === 0) return new Map();
  ranking.updateRatings(games);
  return new Map<UserId, Rating>(
    sides.flatMap(({ players }) =>
      players.map(({ userId, entry }) => [
        userId,
        { skill: entry.getRating(), deviation: entry.getRd(), volatility: entry.getVol() },
      ]),
    ),
  );
};

type Entry = ReturnType<Glicko2["makePlayer"]>;

const startOf = ({ skill, rating }: RatedPlayer): [rating: number, deviation: number, volatility: number] => [
  rating?.skill ?? skill,
  rating?.deviation ?? NEW_DEVIATION,
  rating?.volatility ?? NEW_VOLATILITY,
];

const outcome = (one: boolean, other: boolean): number => (one === other ? 0.5 : one ? 1 : 0);

interface RatedPlayer {
  readonly userId: UserId;
  /** What counted when the player queued, where no rating is kept yet. */
  readonly skill: number;
  readonly rating?: Rating;
}

interface RatedMatch {
  readonly mode: string;
  readonly teams: readonly (readonly RatedPlayer[])[];
  readonly result: GameResult;
}

/** New ratings of a match's players; those left out keep what they have. Pure. */
export type Rate = (match: RatedMatch) => ReadonlyMap<UserId, Rating>;
/** By the names that modes use. */
export type Raters = ReadonlyMap<string, Rate>;

export interface Ratings {
  /** Takes in a result; the same match again changes nothing. */
  learn(ended: MatchEnded): Promise<void>;
  /** What the service says; it takes the place of what was learnt. */
  set(user: UserId, mode: string, skill: number): Promise<void>;
  /** Of each user, what is kept. */
  of(users: readonly UserId[], mode: string): Promise<(number | undefined)[]>;
}

/** How long what was learnt is kept after the last match: a year. What the service says is kept until it says something else. */
const LEARNT_MS = 365 * 24 * 3_600_000;

type Kept = Versioned<Rating> | undefined;

/** @throws Error where a mode names a rater that is not there */
export function createRatings(context: Context, raters: Raters): Ratings {
  const { documents } = context.services.store;
  for (const { name, rating } of context.modes.values())
    if (rating !== undefined && !raters.has(rating))
      throw new Error(`matchmaking.modes.${name}.rating: there is no rater ${rating}`);

  return {
    async learn({ matchId, result }) {
      const rated = isResult(result) ? result : undefined;
      if (!rated) return;
      await transact<{ match: Versioned<MatchRecord> | undefined; kept: Kept[] }, void>(
        documents,
        keys.match(matchId),
        async () => {
          const match = await documents.load(keys.match(matchId));
          const users = match?.state.teams.flat() ?? [];
          return {
            match,
            kept: match ? await documents.loadMany(users.map(keyIn(match.state.mode))) : [],
          };
        },
        ({ match, kept }) => {
          const rate = match && raters.get(context.modes.get(match.state.mode)?.rating ?? "");
          if (!match || !rate || match.state.rated) return { result: undefined };
          const users = match.state.teams.flat();
          const before = new Map(users.map((user, at) => [user, kept[at]]));
          const ratings = rate({
            mode: match.state.mode,
            teams: match.state.teams.map((team) =>
              team.map((user) => playerOf(match.state, user, before.get(user))),
            ),
            result: rated,
          });
          return {
            result: undefined,
            change: {
              documents: [
                put(keys.match(matchId), match.version, { ...match.state, rated: true }, MATCH_TTL_MS),
                ...users.flatMap((user) => {
                  const rating = ratings.get(user);
                  const key = keyIn(match.state.mode)(user);
                  return rating ? [put(key, before.get(user)?.version ?? 0, rating, LEARNT_MS)] : [];
                }),
              ],
            },
          };
        },
      );
    },

    async set(user, mode, skill) {
      const key = keys.rating(mode, user);
      await transact(
        documents,
        key,
        () => documents.load(key),
        (kept) => ({ result: undefined, change: { documents: [put(key, kept?.version ?? 0, { skill })] } }),
      );
    },

    async of(users, mode) {
      return (await documents.loadMany(users.map(keyIn(mode)))).map((kept) => kept?.state.skill);
    },
  };

  function playerOf(match: MatchRecord, userId: UserId, kept: Kept): RatedPlayer {
    const member = match.tickets.flatMap((ticket) => ticket.members).find((each) => each.userId === userId);
    const skill = member?.skill ?? context.modes.get(match.mode)?.defaultSkill ?? 0;
    return { userId, skill, ...(kept && { rating: kept.state }) };
  }
}

const keyIn = (mode: string) => (user: UserId) => keys.rating(mode, user);

/** A game that nobody was left to finish says nothing of anybody's skill. */
function isResult(result: unknown): result is GameResult {
  if (typeof result !== "object" || result === null) return false;
  const { winners, reason } = result as { winners?: unknown; reason?: unknown };
  return Array.isArray(winners) && reason !== "abandoned";
}
