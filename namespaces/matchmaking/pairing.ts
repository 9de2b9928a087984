/**
 * Which tickets make a match: pure, and the same for the same input. Knows nothing of how tickets are kept.
 *
 * Tickets that could never meet are put apart first (other properties). In such a pool every ticket, oldest first, tries to
 * gather a match around itself: it takes whoever is nearest in skill, of equals the oldest, as long as each two of the match are
 * within both their windows and the party sizes can still be laid out in whole teams (`layouts.ts`). No subset is ever enumerated.
 *
 * Cost: sorting, and for each ticket the neighbours within its window that are still there. Those who fail to gather a match
 * are too far from one another for their windows, so few of them share neighbours, and the whole stays near n log n.
 */
import { layoutsOf, type SizeCounts } from "./layouts.ts";
import { type Mode, playersOf, windowOf } from "./modes.ts";
import { Neighbours } from "./neighbours.ts";
import type { Ticket } from "./stored.ts";
import { formTeams } from "./teams.ts";

export interface Pairing {
  /** Oldest first. */
  readonly tickets: readonly Ticket[];
  readonly teams: readonly (readonly Ticket[])[];
}

/** Whether two tickets must never meet (block lists). Symmetric. */
export type Apart = (a: Ticket, b: Ticket) => boolean;

const never: Apart = () => false;

/** Older first; of the same moment, by id. */
export const byAge = (a: Ticket, b: Ticket): number =>
  a.joinedAt - b.joinedAt || (a.ticketId < b.ticketId ? -1 : a.ticketId > b.ticketId ? 1 : 0);

/** Tickets of one pool share it; of different pools they never meet. */
export const poolOf = (ticket: Ticket): string =>
  ticket.properties.length === 0 ? "" : JSON.stringify(ticket.properties);

/** The region that separates, or "" where none does. */
export const regionOf = (mode: Mode, ticket: Ticket): string =>
  mode.sameRegion ? (ticket.region ?? "") : "";

/** Whether the ticket has waited long enough to leave its region. */
export const roams = (mode: Mode, ticket: Ticket, now: number): boolean =>
  now - ticket.joinedAt >= mode.anyRegionAfterMs;

/**
 * The matches that can be made of these tickets of one mode now.
 * @param tickets in any order; each at most once
 * @param now in the clock of `joinedAt`
 */
export function pair(tickets: readonly Ticket[], mode: Mode, now: number, apart: Apart = never): Pairing[] {
  const pools = new Map<string, Ticket[]>();
  for (const ticket of tickets) {
    const pool = pools.get(poolOf(ticket));
    if (pool) pool.push(ticket);
    else pools.set(poolOf(ticket), [ticket]);
  }
  const found: Pairing[] = [];
  for (const pool of pools.values()) pairPool(pool.sort(byAge), mode, now, apart, found);
  return found.sort((a, b) => byAge(a.tickets[0] as Ticket, b.tickets[0] as Ticket));
}

/** A ticket with what pairing asks of it again and again. */
export interface Candidate {
  readonly ticket: Ticket;
  readonly window: number;
  readonly region: string;
  readonly roams: boolean;
  /** Place in the order of age. */
  readonly age: number;
}

function pairPool(pool: readonly Ticket[], mode: Mode, now: number, apart: Apart, found: Pairing[]): void {
  const waiting = new Map<number, number>();
  for (const { members } of pool) waiting.set(members.length, (waiting.get(members.length) ?? 0) + 1);
  const candidates = pool.map((ticket, age) => ({
    ticket,
    window: windowOf(mode, now - ticket.joinedAt),
    region: regionOf(mode, ticket),
    roams: roams(mode, ticket, now),
    age,
  }));
  const neighbours = new Neighbours(candidates, mode.skill !== undefined);
  let layouts = layoutsOf(mode.teams, mode.playersPerTeam, waiting);
  for (const seed of candidates) {
    if (layouts.length === 0) return;
    if (!neighbours.has(seed)) continue;
    const group = gather(seed, layouts, neighbours, mode, apart);
    if (!group) continue;
    for (const taken of group) {
      neighbours.remove(taken);
      const size = taken.ticket.members.length;
      waiting.set(size, (waiting.get(size) ?? 0) - 1);
    }
    if (!layouts.every((layout) => affordable(layout, waiting)))
      layouts = layouts.filter((layout) => affordable(layout, waiting));
    const picked = group.map((each) => each.ticket);
    found.push({
      tickets: picked.toSorted(byAge),
      teams: formTeams(picked, mode.teams, mode.playersPerTeam),
    });
  }
}

const affordable = (layout: SizeCounts, waiting: ReadonlyMap<number, number>): boolean => {
  for (const [size, count] of layout) if (count > (waiting.get(size) ?? 0)) return false;
  return true;
};

/** How many layouts one ticket tries alone, after no match could be gathered with all of them open. */
const LAYOUT_TRIES = 16;

/** A match around a ticket, or undefined. */
function gather(
  seed: Candidate,
  layouts: readonly SizeCounts[],
  neighbours: Neighbours,
  mode: Mode,
  apart: Apart,
): Candidate[] | undefined {
  const size = seed.ticket.members.length;
  const open = layouts.filter((layout) => (layout.get(size) ?? 0) > 0);
  const group = fill(seed, open, neighbours, mode, apart);
  if (group || open.length < 2) return group;
  // Taking the nearest can use up the room that a farther, larger party needed: then each layout gets a try of its own.
  for (const layout of open.slice(0, LAYOUT_TRIES)) {
    const other = fill(seed, [layout], neighbours, mode, apart);
    if (other) return other;
  }
  return undefined;
}

function fill(
  seed: Candidate,
  layouts: readonly SizeCounts[],
  neighbours: Neighbours,
  mode: Mode,
  apart: Apart,
): Candidate[] | undefined {
  const group = [seed];
  const taken = new Map([[seed.ticket.members.length, 1]]);
  let open = layouts.filter((layout) => fits(layout, taken));
  let players = seed.ticket.members.length;
  const needed = playersOf(mode);
  if (open.length === 0) return undefined;
  if (players === needed) return group;
  const walk = neighbours.around(seed);
  for (let next = walk.next(wanted); next; next = walk.next(wanted)) {
    if (!suits(next, group, apart)) continue;
    const size = next.ticket.members.length;
    group.push(next);
    players += size;
    if (players === needed) return group;
    taken.set(size, (taken.get(size) ?? 0) + 1);
    open = open.filter((layout) => fits(layout, taken));
  }
  return undefined;

  function wanted(size: number): boolean {
    const already = taken.get(size) ?? 0;
    return open.some((layout) => (layout.get(size) ?? 0) > already);
  }
}

const fits = (layout: SizeCounts, taken: ReadonlyMap<number, number>): boolean => {
  for (const [size, count] of taken) if (count > (layout.get(size) ?? 0)) return false;
  return true;
};

function suits(next: Candidate, group: readonly Candidate[], apart: Apart): boolean {
  return group.every((other) => meet(next, other) && !apart(next.ticket, other.ticket));
}

/** Whether two of one pool may meet: each within the other's window, and of regions that go together. */
function meet(a: Candidate, b: Candidate): boolean {
  if (Math.abs(a.ticket.skill - b.ticket.skill) > Math.min(a.window, b.window)) return false;
  return a.region === b.region || a.region === "" || b.region === "" || (a.roams && b.roams);
}
