/** Glicko-2 for matches of any number of teams: each player against each of the other teams. */
import { Glicko2 } from "glicko2";
import type { UserId } from "../../core/ids.ts";
import type { Rate, RatedPlayer } from "./ratings.ts";
import type { Rating } from "./store.ts";

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
