/**
 * Which tickets make a match: pure, and the same for the same input.
 *
 * Tickets with different properties never meet and are paired apart, pool by pool. In a pool every ticket, oldest first, searches
 * a match around itself (`match-search.ts`). It takes the tickets nearest in skill, the older one of equals. Each two must be within
 * both their windows, and the party sizes must still fill whole teams (`teams.ts`). A ticket that finds no match is in no other
 * ticket's match either, so it is removed. No subset is ever enumerated.
 *
 * Cost: sorting, and for each ticket the neighbours within its window that are still there: about n log n.
 */

import { atOnce, isSortedInSteps, STEP, type Steps } from "../../../core/steps.ts";
import { type Mode, type Shape, shapesOf } from "../modes.ts";
import type { Ticket } from "../store.ts";
import { type AreApart, MatchSearch } from "./match-search.ts";
import { SkillIndex } from "./skill-index.ts";
import { countsOf, formTeams, type TeamComposition, teamCompositions, within } from "./teams.ts";
import { poolOf, ticketColumnsOf } from "./ticket-columns.ts";

export interface Pairing {
  /** Oldest first. */
  readonly tickets: readonly Ticket[];
  readonly teams: readonly (readonly Ticket[])[];
}

/** Whether two tickets must never meet, because of block lists. Symmetric. */
export type Apart = (a: Ticket, b: Ticket) => boolean;

/** Older first; of the same moment, by id. */
export const byAge = (a: Ticket, b: Ticket): number =>
  a.joinedAt - b.joinedAt || (a.ticketId < b.ticketId ? -1 : a.ticketId > b.ticketId ? 1 : 0);

/**
 * The matches that these tickets of one mode can make now.
 * @param tickets in any order (sorted by age is quicker), each at most once
 * @param now in the clock of `joinedAt`
 * @param most how many matches of a pool to make; those of the oldest tickets come first
 */
export function pair(
  tickets: readonly Ticket[],
  mode: Mode,
  now: number,
  apart?: Apart,
  most = Number.POSITIVE_INFINITY,
): Pairing[] {
  return atOnce(pairInSteps(tickets, mode, now, apart, most));
}

/** The same in steps, for a queue so long that others must have turns meanwhile. */
export function* pairInSteps(
  tickets: readonly Ticket[],
  mode: Mode,
  now: number,
  apart: Apart | undefined,
  most: number,
): Steps<Pairing[]> {
  const sorted = (yield* isSortedInSteps(tickets, byAge)) ? tickets : tickets.toSorted(byAge);
  const found: Pairing[] = [];
  for (const pool of yield* poolsOf(sorted))
    for (const pairing of yield* pairPool(pool, mode, now, apart, most)) found.push(pairing);
  const first = ({ tickets: [oldest] }: Pairing) => oldest as Ticket;
  return found.sort((a, b) => byAge(first(a), first(b)));
}

function* poolsOf(tickets: readonly Ticket[]): Steps<readonly (readonly Ticket[])[]> {
  if (yield* haveNoProperties(tickets)) return [tickets];
  const pools = new Map<string, Ticket[]>();
  let seen = 0;
  for (const ticket of tickets) {
    if (++seen % (STEP / 4) === 0) yield;
    const pool = pools.get(poolOf(ticket));
    if (pool) pool.push(ticket);
    else pools.set(poolOf(ticket), [ticket]);
  }
  return [...pools.values()];
}

function* haveNoProperties(tickets: readonly Ticket[]): Steps<boolean> {
  for (let at = 0; at < tickets.length; at++) {
    if (at % STEP === 0) yield;
    if (tickets[at]?.properties.length !== 0) return false;
  }
  return true;
}

/** Searches of one step: each looks at some thousand neighbours at most. */
const SEARCHES = 16;

/** A shape of match, and the compositions of tickets that can still fill it. */
interface OpenShape {
  readonly shape: Shape;
  readonly players: number;
  compositions: TeamComposition[];
}

function* pairPool(
  pool: readonly Ticket[],
  mode: Mode,
  now: number,
  apart: Apart | undefined,
  most: number,
): Steps<Pairing[]> {
  const columns = yield* ticketColumnsOf(pool, mode, now);
  const { sizes } = columns;
  const waiting = countsOf(sizes);
  yield;
  const index = yield* SkillIndex.of(columns);
  const search = new MatchSearch(columns, index, apart && byIndex(apart, pool));
  const open: OpenShape[] = shapesOf(mode).map((shape) => ({
    shape,
    players: shape.teams * shape.perTeam,
    compositions: teamCompositions(shape.teams, shape.perTeam, waiting),
  }));
  const needed = mostNeeded(open);
  const found: Pairing[] = [];
  for (let seed = 0; seed < pool.length && found.length < most; seed++) {
    if (seed % SEARCHES === 0) yield;
    if (!index.has(seed)) continue;
    if (open.every(({ compositions }) => compositions.length === 0)) break;
    if (!match(seed)) remove(seed);
  }
  return found;

  /** Makes the seed's match. @returns false where an exhaustive search found none */
  function match(seed: number): boolean {
    let exhaustive = true;
    for (const [at, { shape, players, compositions }] of open.entries()) {
      if (compositions.length === 0 || (at > 0 && !mayBeSmaller(seed))) continue;
      const group = search.around(seed, compositions, players);
      if (group) {
        for (const id of group) remove(id);
        const tickets = group.map((id) => pool[id] as Ticket);
        found.push({ tickets, teams: formTeams(tickets, shape.teams, shape.perTeam) });
        return true;
      }
      if (!search.exhaustive) exhaustive = false;
    }
    return !exhaustive;
  }

  function mayBeSmaller(seed: number): boolean {
    return now - (pool[seed] as Ticket).joinedAt >= mode.fillWaitMs;
  }

  function remove(id: number): void {
    const size = sizes[id] as number;
    const left = (waiting[size] ?? 0) - 1;
    waiting[size] = left;
    index.remove(id);
    if (left >= (needed[size] ?? 0)) return;
    for (const each of open) each.compositions = each.compositions.filter((one) => within(one, waiting));
  }
}

/** How many tickets of each size a match takes at most. With as many left, every composition can be filled. */
function mostNeeded(open: readonly OpenShape[]): number[] {
  const needed: number[] = [];
  for (const { compositions } of open)
    for (const composition of compositions)
      for (const [size, count] of composition.entries()) needed[size] = Math.max(needed[size] ?? 0, count);
  return needed;
}

const byIndex =
  (apart: Apart, pool: readonly Ticket[]): AreApart =>
  (a, b) =>
    apart(pool[a] as Ticket, pool[b] as Ticket);
