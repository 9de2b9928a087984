/** Teams of a game: who is in which. Matchmaking makes them; other rooms have none. */
import type { UserId } from "./ids.ts";

/** The members of each team, by its number; empty where the game has no teams. Members that have left are in it too. */
export type Teams = readonly (readonly UserId[])[];

/** A player's team, for those that have one: the form in which a room keeps them. */
export type TeamNumbers = Readonly<Record<UserId, number>>;

const NONE: Teams = [];

/**
 * @param players their order is that of the members
 * @param numbers undefined: no teams
 */
export function teamsOf(players: readonly UserId[], numbers: TeamNumbers | undefined): Teams {
  if (numbers === undefined) return NONE;
  let teams: Teams = NONE;
  for (const player of players) {
    const team = Object.hasOwn(numbers, player) ? numbers[player] : undefined;
    if (team !== undefined) teams = withMember(teams, player, team);
  }
  return teams;
}

/** The teams with another member in one of them. */
export function withMember(teams: Teams, player: UserId, team: number): Teams {
  const grown: (readonly UserId[])[] = [...teams];
  while (grown.length <= team) grown.push([]);
  return grown.map((members, at) =>
    at === team && !members.includes(player) ? [...members, player] : members,
  );
}

/** @returns undefined where none of them has a team */
export function teamNumbers(
  seats: readonly { readonly userId: UserId; readonly team: number | null }[],
): TeamNumbers | undefined {
  const numbers = seats.flatMap(({ userId, team }) => (team === null ? [] : [[userId, team] as const]));
  return numbers.length === 0 ? undefined : Object.fromEntries(numbers);
}
