/**
 * Which tickets make a match: pure, and the same for the same input. Knows nothing of how tickets are kept.
 *
 * Tickets that could never meet are put apart first (other properties). In such a pool every ticket, oldest first, tries to
 * gather a match around itself (`gathering.ts`): it takes whoever is nearest in skill, of equals the oldest, as long as each two
 * of the match are within both their windows and the party sizes can still be laid out in whole teams (`layouts.ts`). One that
 * finds no match is in nobody else's either, so it is put aside. No subset is ever enumerated.
 *
 * Cost: sorting, and for each ticket the neighbours within its window that are still there: about n log n.
 */

import { type Mode, type Shape, shapesOf } from "../modes.ts";
import type { Ticket } from "../store.ts";
import { type ApartIds, MatchSearch } from "./match-search.ts";
import { SkillIndex } from "./skill-index.ts";
import { countsOf, formTeams, type Layout, teamCompositions, within } from "./teams.ts";
import { ticketColumnsOf } from "./ticket-columns.ts";

export interface Pairing {
  /** Oldest first. */
  readonly tickets: readonly Ticket[];
  readonly teams: readonly (readonly Ticket[])[];
}

/** Whether two tickets must never meet (block lists). Symmetric. */
export type Apart = (a: Ticket, b: Ticket) => boolean;

/** Older first; of the same moment, by id. */
export const byAge = (a: Ticket, b: Ticket): number =>
  a.joinedAt - b.joinedAt || (a.ticketId < b.ticketId ? -1 : a.ticketId > b.ticketId ? 1 : 0);

/** Tickets of one pool share it; of different pools they never meet. */
export const poolOf = (ticket: Ticket): string =>
  ticket.properties.length === 0 ? "" : JSON.stringify(ticket.properties);

/**
 * The matches that can be made of these tickets of one mode now.
 * @param tickets in any order (by age it is quicker); each at most once
 * @param now in the clock of `joinedAt`
 * @param most stops after so many matches of a pool; the oldest tickets' come first
 */
export function pair(
  tickets: readonly Ticket[],
  mode: Mode,
  now: number,
  apart?: Apart,
  most = Number.POSITIVE_INFINITY,
): Pairing[] {
  const sorted = isSorted(tickets) ? tickets : tickets.toSorted(byAge);
  const pools = poolsOf(sorted);
  const [only] = pools;
  const found =
    only && pools.length === 1
      ? pairPool(only, mode, now, apart, most)
      : pools.flatMap((pool) => pairPool(pool, mode, now, apart, most));
  const first = ({ tickets: [oldest] }: Pairing) => oldest as Ticket;
  return isSorted(found.map(first)) ? found : found.sort((a, b) => byAge(first(a), first(b)));
}

function isSorted(tickets: readonly Ticket[]): boolean {
  for (let at = 1; at < tickets.length; at++)
    if (byAge(tickets[at - 1] as Ticket, tickets[at] as Ticket) > 0) return false;
  return true;
}

function poolsOf(tickets: readonly Ticket[]): readonly (readonly Ticket[])[] {
  if (tickets.every((ticket) => ticket.properties.length === 0)) return [tickets];
  const pools = new Map<string, Ticket[]>();
  for (const ticket of tickets) {
    const pool = pools.get(poolOf(ticket));
    if (pool) pool.push(ticket);
    else pools.set(poolOf(ticket), [ticket]);
  }
  return [...pools.values()];
}

/** A shape of match and how it can be filled from the tickets that are left. */
interface Open {
  readonly shape: Shape;
  readonly players: number;
  layouts: Layout[];
}

function pairPool(
  pool: readonly Ticket[],
  mode: Mode,
  now: number,
  apart: Apart | undefined,
  most: number,
): Pairing[] {
  const columns = ticketColumnsOf(pool, mode, now);
  const { sizes } = columns;
  const waiting = countsOf(sizes);
  const index = new SkillIndex(columns);
  const search = new MatchSearch(columns, index, apart && byNumber(apart, pool));
  const open: Open[] = shapesOf(mode).map((shape) => ({
    shape,
    players: shape.teams * shape.perTeam,
    layouts: teamCompositions(shape.teams, shape.perTeam, waiting),
  }));
  const needed = mostNeeded(open);
  const found: Pairing[] = [];
  for (let seed = 0; seed < pool.length && found.length < most; seed++) {
    if (!index.has(seed)) continue;
    if (open.every(({ layouts }) => layouts.length === 0)) break;
    if (!match(seed)) takeAway(seed);
  }
  return found;

  /** Makes the seed's match. @returns false where it is certain that there is none */
  function match(seed: number): boolean {
    let certain = true;
    for (const [at, { shape, players, layouts }] of open.entries()) {
      if (layouts.length === 0 || (at > 0 && !mayBeSmaller(seed))) continue;
      const group = search.around(seed, layouts, players);
      if (group) {
        for (const id of group) takeAway(id);
        const tickets = group.map((id) => pool[id] as Ticket);
        found.push({ tickets, teams: formTeams(tickets, shape.teams, shape.perTeam) });
        return true;
      }
      if (!search.certain) certain = false;
    }
    return !certain;
  }

  function mayBeSmaller(seed: number): boolean {
    return now - (pool[seed] as Ticket).joinedAt >= mode.fillWaitMs;
  }

  function takeAway(id: number): void {
    const size = sizes[id] as number;
    const left = (waiting[size] ?? 0) - 1;
    waiting[size] = left;
    index.remove(id);
    if (left >= (needed[size] ?? 0)) return;
    for (const each of open) each.layouts = each.layouts.filter((layout) => within(layout, waiting));
  }
}

/** How many tickets of each size a match takes at most: with as many left, every layout can be filled. */
function mostNeeded(open: readonly Open[]): number[] {
  const needed: number[] = [];
  for (const { layouts } of open)
    for (const layout of layouts)
      for (const [size, count] of layout.entries()) needed[size] = Math.max(needed[size] ?? 0, count);
  return needed;
}

const byNumber =
  (apart: Apart, pool: readonly Ticket[]): ApartIds =>
  (a, b) =>
    apart(pool[a] as Ticket, pool[b] as Ticket);
