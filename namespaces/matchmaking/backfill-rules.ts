/** Which waiting tickets go into the free seats of a running match. Pure. */

import { type Mode, windowOf } from "./modes.ts";
import { type Apart, poolOf } from "./pairing/pairing.ts";
import { regionOf, roams } from "./pairing/ticket-columns.ts";
import type { MatchRecord, Ticket } from "./store.ts";

export interface Fill {
  readonly ticket: Ticket;
  /** The team that it joins. */
  readonly team: number;
}

/**
 * The oldest tickets that fit: whole in one team, near in skill to every player by their own window and by the match's, which
 * widens from when it asked; of a region and properties that go together.
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
