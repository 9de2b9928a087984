/** Skills from results: a rater that a mode names makes new ratings of each match's result, once. They are kept per user and mode. */

import { Glicko2 } from "glicko2";
import { transact } from "../../core/consistency/transact.ts";
import type { GameResult } from "../../core/games/game.ts";
import type { UserId } from "../../core/ids.ts";
import type { MatchEnded } from "../../core/ports/matches.ts";
import { put, type Versioned } from "../../core/ports/store/documents.ts";
import type { MatchmakingContext } from "./context.ts";
import { keys, MATCH_TTL_MS, type MatchRecord, type Rating } from "./store.ts";

// Glicko-2 for matches of any number of teams: each player counts as a match against each player of the other teams.

/** The deviation of a player of whom only a skill is known. */
const NEW_DEVIATION = 350;
const NEW_VOLATILITY = 0.06;
/** How much a volatility may change. */
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
            (two) => [one.entry, two.entry, outcome(side.won, other.won)] as [RatedEntry, RatedEntry, number],
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

type RatedEntry = ReturnType<Glicko2["makePlayer"]>;

const startOf = ({ skill, rating }: RatedPlayer): [rating: number, deviation: number, volatility: number] => [
  rating?.skill ?? skill,
  rating?.deviation ?? NEW_DEVIATION,
  rating?.volatility ?? NEW_VOLATILITY,
];

const outcome = (one: boolean, other: boolean): number => (one === other ? 0.5 : one ? 1 : 0);

interface RatedPlayer {
  readonly userId: UserId;
  /** The skill that counted when the player queued, for players without a rating. */
  readonly skill: number;
  readonly rating?: Rating;
}

interface RatedMatch {
  readonly mode: string;
  readonly teams: readonly (readonly RatedPlayer[])[];
  readonly result: GameResult;
}

/** New ratings of a match's players; players that it leaves out keep their rating. Pure. */
export type Rate = (match: RatedMatch) => ReadonlyMap<UserId, Rating>;
/** By the names that modes use. */
export type Raters = ReadonlyMap<string, Rate>;

export interface Ratings {
  /** Rates the players of a match by its result. The same match again changes nothing. */
  learn(ended: MatchEnded): Promise<void>;
  /** Sets a skill. It replaces the rating that results have made. */
  set(user: UserId, mode: string, skill: number): Promise<void>;
  /** The skill that is kept of each user. */
  of(users: readonly UserId[], mode: string): Promise<(number | undefined)[]>;
}

/** How long a rating from results is kept after the last match: a year. A skill that was set is kept until it changes. */
const LEARNT_MS = 365 * 24 * 3_600_000;

type StoredRating = Versioned<Rating> | undefined;

/** @throws Error where a mode names an unknown rater */
export function createRatings(context: MatchmakingContext, raters: Raters): Ratings {
  const { documents } = context.services.store;
  for (const { name, rating } of context.modes.values())
    if (rating !== undefined && !raters.has(rating))
      throw new Error(`matchmaking.modes.${name}.rating: there is no rater ${rating}`);

  return {
    async learn({ matchId, result }) {
      const rated = isResult(result) ? result : undefined;
      if (!rated) return;
      await transact<{ match: Versioned<MatchRecord> | undefined; kept: StoredRating[] }, void>(
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

  function playerOf(match: MatchRecord, userId: UserId, kept: StoredRating): RatedPlayer {
    const member = match.tickets.flatMap((ticket) => ticket.members).find((each) => each.userId === userId);
    const skill = member?.skill ?? context.modes.get(match.mode)?.defaultSkill ?? 0;
    return { userId, skill, ...(kept && { rating: kept.state }) };
  }
}

const keyIn = (mode: string) => (user: UserId) => keys.rating(mode, user);

/** Whether a result says something of skills: a game that was abandoned does not. */
function isResult(result: unknown): result is GameResult {
  if (typeof result !== "object" || result === null) return false;
  const { winners, reason } = result as { winners?: unknown; reason?: unknown };
  return Array.isArray(winners) && reason !== "abandoned";
}
