/** Searches a match around one ticket. */

import type { Cursor, SkillIndex } from "./skill-index.ts";
import { countsOf, MatchGroup, type TeamComposition, ticketsIn, within } from "./teams.ts";
import { meet, type TicketColumns } from "./ticket-columns.ts";

/** How many neighbours in skill one search looks at. */
const MAX_STEPS = 2_000;
/** How many tickets of each bucket and direction are considered where taking the nearest has failed. */
const MAX_NEAR = 32;
/** Bounds all searches of one pairing together. The oldest tickets search first. */
const MAX_SEARCH_STEPS = 4_000_000;

/** Whether two tickets, by their index, must never meet. */
export type AreApart = (a: number, b: number) => boolean;

export class MatchSearch {
  readonly #columns: TicketColumns;
  readonly #index: SkillIndex;
  readonly #apart: AreApart | undefined;
  readonly #group = new MatchGroup();
  #searched = 0;
  #exhaustive = true;

  constructor(columns: TicketColumns, index: SkillIndex, apart: AreApart | undefined) {
    this.#columns = columns;
    this.#index = index;
    this.#apart = apart;
  }

  /**
   * A match around a ticket, of the nearest tickets of which each two may meet and whose sizes fill whole teams.
   * @param compositions those that the tickets that are left can fill
   * @param players how many players each composition has
   * @returns the tickets' indexes, oldest first, or undefined where no match was found
   */
  around(
    seed: number,
    compositions: readonly TeamComposition[],
    players: number,
  ): readonly number[] | undefined {
    const size = this.#columns.sizes[seed] as number;
    const open = openFor(compositions, size);
    this.#exhaustive = true;
    if (open.length === 0) return undefined;
    // The nearest tickets can exclude farther ones that go together. With one other ticket to find they cannot.
    return (
      this.#nearest(seed, open) ?? (mostTickets(open) > 2 ? this.#search(seed, open, players) : undefined)
    );
  }

  /** Whether the last search considered everything. False: it was cut short, so there may be a match that it did not find. */
  get exhaustive(): boolean {
    return this.#exhaustive;
  }

  #nearest(seed: number, compositions: readonly TeamComposition[]): number[] | undefined {
    const { skills, windows, sizes } = this.#columns;
    const skill = skills[seed] as number;
    const window = windows[seed] as number;
    const group = this.#group.begin(seed, sizes[seed] as number, compositions);
    if (group.full) return group.taken();
    let cursors = this.#index.around(seed);
    for (let step = 0; step < MAX_STEPS; step++) {
      let nearest: Cursor | undefined;
      let distance = 0;
      let ended = false;
      for (let at = 0; at < cursors.length; at++) {
        const cursor = cursors[at] as Cursor;
        if (cursor.id === seed) cursor.advance();
        const { id } = cursor;
        const away = id < 0 ? Number.POSITIVE_INFINITY : Math.abs(cursor.skill - skill);
        if (id < 0 || away > window || !group.wants(cursor.bucket.size)) {
          ended = true;
          continue;
        }
        if (!nearest || away < distance || (away === distance && id < nearest.id)) {
          nearest = cursor;
          distance = away;
        }
      }
      if (!nearest) return undefined;
      // A cursor that has ended, or whose size is not wanted any more, never becomes open again.
      if (ended) cursors = cursors.filter((cursor) => this.#isOpen(cursor, seed, group));
      const { id } = nearest;
      if (this.#fits(id, group.ids)) {
        group.add(id, sizes[id] as number);
        if (group.full) return group.taken();
      }
      nearest.advance();
    }
    this.#exhaustive = false;
    return undefined;
  }

  #isOpen(cursor: Cursor, seed: number, group: MatchGroup): boolean {
    const { skills, windows } = this.#columns;
    if (cursor.id < 0 || !group.wants(cursor.bucket.size)) return false;
    return Math.abs(cursor.skill - (skills[seed] as number)) <= (windows[seed] as number);
  }

  #fits(id: number, group: readonly number[]): boolean {
    for (const other of group) if (!meet(this.#columns, id, other) || this.#areApart(id, other)) return false;
    return true;
  }

  #areApart(a: number, b: number): boolean {
    if (!this.#apart?.(a, b)) return false;
    this.#exhaustive = false;
    return true;
  }

  /**
   * Looks at every span of skill around the ticket. Tickets whose windows reach both ends of a span may all meet, so that only their
   * sizes must be counted: no subset is tried. The narrowest span that fills a match wins.
   */
  #search(seed: number, compositions: readonly TeamComposition[], players: number): number[] | undefined {
    const near = this.#near(seed);
    let best: { readonly span: number; readonly group: number[] } | undefined;
    for (const candidates of this.#regionGroups(seed, near)) {
      const below = best?.span ?? Number.POSITIVE_INFINITY;
      const found = this.#narrowest(seed, candidates, { compositions, players, below });
      if (found) best = found;
    }
    return best?.group;
  }

  /** The tickets that are left and that this one may meet. */
  #near(seed: number): number[] {
    const { skills, windows } = this.#columns;
    const found: number[] = [];
    for (const cursor of this.#index.around(seed)) {
      let taken = 0;
      for (let step = 0; ; step++, cursor.advance()) {
        const { id } = cursor;
        if (id < 0) break;
        if (Math.abs((skills[id] as number) - (skills[seed] as number)) > (windows[seed] as number)) break;
        if (taken >= MAX_NEAR || step >= MAX_STEPS) {
          this.#exhaustive = false;
          break;
        }
        if (id === seed || !meet(this.#columns, seed, id) || this.#areApart(seed, id)) continue;
        found.push(id);
        taken += 1;
      }
    }
    return found;
  }

  /** Groups of tickets that regions do not separate: of one region, or all free to leave theirs. */
  #regionGroups(seed: number, near: readonly number[]): number[][] {
    const { regions, roams } = this.#columns;
    const own = regions[seed] as number;
    const named = own === 0 ? new Set(near.map((id) => regions[id] as number)) : new Set([own]);
    const groups = [...named].map((region) =>
      near.filter((id) => regions[id] === region || regions[id] === 0),
    );
    if (named.size < 2 && groups[0]?.length === near.length) return groups;
    if (own === 0 || roams[seed] === 1)
      groups.push(near.filter((id) => regions[id] === 0 || roams[id] === 1));
    return groups;
  }

  #narrowest(
    seed: number,
    candidates: readonly number[],
    wanted: {
      readonly compositions: readonly TeamComposition[];
      readonly players: number;
      readonly below: number;
    },
  ): { readonly span: number; readonly group: number[] } | undefined {
    const { skills, sizes, windows } = this.#columns;
    const skillOf = (id: number) => skills[id] as number;
    const members = [seed, ...candidates].sort((a, b) => skillOf(a) - skillOf(b) || a - b);
    /** How many players come before each member. */
    const before = [0];
    for (const id of members) before.push((before.at(-1) ?? 0) + (sizes[id] as number));
    const own = members.indexOf(seed);
    let best: { readonly span: number; readonly group: number[] } | undefined;
    for (let from = own; from >= 0; from--) {
      const low = members[from] as number;
      for (let to = own; to < members.length; to++) {
        if ((before[to + 1] as number) - (before[from] as number) < wanted.players) continue;
        const high = members[to] as number;
        const span = skillOf(high) - skillOf(low);
        if (span >= (best?.span ?? wanted.below) || span > (windows[low] as number)) break;
        if (span > (windows[high] as number)) continue;
        this.#searched += to - from;
        if (this.#searched > MAX_SEARCH_STEPS) {
          this.#exhaustive = false;
          return best;
        }
        const there = members
          .slice(from, to + 1)
          .filter((id) => this.#reachesBoth(id, skillOf(low), skillOf(high)));
        const counts = countsOf(there.map((id) => sizes[id] as number));
        const open = wanted.compositions.filter((composition) => within(composition, counts));
        const group = open.length === 0 ? undefined : this.#pick(seed, there, open);
        if (group) best = { span, group };
      }
    }
    return best;
  }

  #reachesBoth(id: number, low: number, high: number): boolean {
    const skill = this.#columns.skills[id] as number;
    const window = this.#columns.windows[id] as number;
    return Math.max(skill - low, high - skill) <= window;
  }

  /** The nearest of tickets that may all meet. */
  #pick(
    seed: number,
    there: readonly number[],
    compositions: readonly TeamComposition[],
  ): number[] | undefined {
    const { skills, sizes } = this.#columns;
    const away = (id: number) => Math.abs((skills[id] as number) - (skills[seed] as number));
    const group = this.#group.begin(seed, sizes[seed] as number, compositions);
    for (const id of there.toSorted((a, b) => away(a) - away(b) || a - b)) {
      if (group.full) break;
      const size = sizes[id] as number;
      if (id === seed || !group.wants(size)) continue;
      if (this.#apart && group.ids.some((other) => this.#areApart(id, other))) continue;
      group.add(id, size);
    }
    return group.full ? group.taken() : undefined;
  }
}

function openFor(compositions: readonly TeamComposition[], size: number): readonly TeamComposition[] {
  for (const composition of compositions)
    if (!((composition[size] ?? 0) > 0)) return compositions.filter((each) => (each[size] ?? 0) > 0);
  return compositions;
}

function mostTickets(compositions: readonly TeamComposition[]): number {
  let most = 0;
  for (const composition of compositions) most = Math.max(most, ticketsIn(composition));
  return most;
}
