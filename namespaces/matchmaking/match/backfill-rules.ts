/** Which waiting tickets go into the free seats of a running match. Pure. */
import type { UserId } from "../../../core/ids.ts";
import type { MatchSeats } from "../../../core/ports/matches.ts";
import { usersOf } from "../changes.ts";
import { type Mode, windowOf } from "../modes.ts";
import type { Apart } from "../pairing/pairing.ts";
import { poolOf, regionOf, roams } from "../pairing/ticket-columns.ts";
import type { MatchRecord, Ticket } from "../store.ts";

export interface Fill {
  readonly ticket: Ticket;
  /** The team that it joins. */
  readonly team: number;
}

/**
 * The oldest tickets that fit. A ticket fits whole into one team. It is within its own window and the match's, which widens from
 * when the match asked, of every player's skill. Regions and properties must fit.
 * @param tickets oldest first
 * @param free seats of each team
 * @param since when the match asked, in the clock of `joinedAt`
 */
export function fillsFor(
  match: Pick<MatchRecord, "tickets">,
  tickets: readonly Ticket[],
  mode: Mode,
  free: readonly number[],
  since: number,
  now: number,
  apart?: Apart,
): Fill[] {
  const left = [...free];
  const inside = [...match.tickets];
  const window = windowOf(mode, now - since);
  const fills: Fill[] = [];
  for (const ticket of tickets) {
    if (left.every((seats) => seats === 0)) break;
    const team = left.indexOf(Math.max(...left));
    const size = ticket.members.length;
    if (size > (left[team] ?? 0) || !inside.every((other) => suits(ticket, other))) continue;
    fills.push({ ticket, team });
    inside.push(ticket);
    left[team] = (left[team] ?? 0) - size;
  }
  return fills;

  function suits(ticket: Ticket, other: Ticket): boolean {
    if (poolOf(ticket) !== poolOf(other) || apart?.(ticket, other)) return false;
    const distance = mode.skill ? Math.abs(ticket.skill - other.skill) : 0;
    if (distance > Math.min(window, windowOf(mode, now - ticket.joinedAt))) return false;
    const [own, its] = [regionOf(mode, ticket), regionOf(mode, other)];
    return own === its || own === "" || its === "" || roams(mode, ticket, now);
  }
}

export function withRequest(match: MatchRecord, since: number | undefined): MatchRecord {
  const { backfillSince: _before, ...rest } = match;
  return since === undefined ? rest : { ...rest, backfillSince: since };
}

/** Free seats of each team, without those of players that are about to be seated. Undefined: none. */
export function freeSeats(mode: Mode, match: MatchRecord, seats: MatchSeats): number[] | undefined {
  const free = new Array<number>(mode.teams).fill(mode.playersPerTeam);
  const seated = new Set(seats.players.map(({ userId }) => userId));
  const take = (team: number, players: number) => {
    free[team] = Math.max(0, (free[team] ?? 0) - players);
  };
  for (const { team } of seats.players) take(team, 1);
  let left = seats.free;
  for (const { ticket, team } of match.joining ?? []) {
    const coming = usersOf(ticket).filter((user) => !seated.has(user)).length;
    take(team, coming);
    left -= coming;
  }
  const open = free.reduce((sum, each) => sum + each, 0);
  return left > 0 && open > 0 ? free : undefined;
}

/** The match's teams as its room has them. */
export const teamsOf = (
  match: MatchRecord,
  { players }: Pick<MatchSeats, "players">,
): readonly (readonly UserId[])[] =>
  match.teams.map((_, at) => players.filter(({ team }) => team === at).map(({ userId }) => userId));
