/** One ticket gathers a match around itself. */

import { MAX_SIZE } from "../modes.ts";
import type { Cursor, SkillIndex } from "./skill-index.ts";
import { countsOf, type Layout, within } from "./teams.ts";
import { meet, type TicketColumns } from "./ticket-columns.ts";

/** How many neighbours one ticket looks at on its way outwards. */
const MAX_STEPS = 2_000;
/** How many of those that a ticket may meet are considered on each shelf and side, where taking the nearest has failed. */
const MAX_NEAR = 32;
/** Bounds all searches of one pairing together; the oldest come first. */
const MAX_SEARCH_STEPS = 4_000_000;

/** Whether two tickets, by their numbers, must be kept apart. */
export type ApartIds = (a: number, b: number) => boolean;

export class MatchSearch {
  readonly #columns: TicketColumns;
  readonly #shelves: SkillIndex;
  readonly #apart: ApartIds | undefined;
  readonly #group = new Group();
  #searched = 0;
  #certain = true;

  constructor(columns: TicketColumns, index: SkillIndex, apart: ApartIds | undefined) {
    this.#columns = columns;
    this.#shelves = index;
    this.#apart = apart;
  }

  /**
   * A match around a ticket: whoever is nearest, as long as each two may meet and the sizes can still be laid out.
   * @param layouts those that can be filled from the tickets that are left
   * @param players how many each of them has
   * @returns the tickets' numbers, oldest first, or undefined where there is no match to be had
   */
  around(seed: number, layouts: readonly Layout[], players: number): readonly number[] | undefined {
    const size = this.#columns.sizes[seed] as number;
    const open = openFor(layouts, size);
    this.#certain = true;
    if (open.length === 0) return undefined;
    // Taking the nearest can bar the way to farther ones that go together. With one other ticket to find it cannot.
    return (
      this.#nearest(seed, open) ?? (mostTickets(open) > 2 ? this.#search(seed, open, players) : undefined)
    );
  }

  /** Of the last ticket for which there was no match: false where something was left out of account, so that there might be one. */
  get certain(): boolean {
    return this.#certain;
  }

  #nearest(seed: number, layouts: readonly Layout[]): number[] | undefined {
    const { skills, windows, sizes } = this.#columns;
    const skill = skills[seed] as number;
    const window = windows[seed] as number;
    const group = this.#group.begin(seed, sizes[seed] as number, layouts);
    if (group.full) return group.taken();
    let cursors = this.#shelves.around(seed);
    for (let step = 0; step < MAX_STEPS; step++) {
      let nearest: Cursor | undefined;
      let distance = 0;
      let ended = false;
      for (let at = 0; at < cursors.length; at++) {
        const cursor = cursors[at] as Cursor;
        if (cursor.id === seed) cursor.advance();
        const { id } = cursor;
        const away = id < 0 ? Number.POSITIVE_INFINITY : Math.abs(cursor.skill - skill);
        if (id < 0 || away > window || !group.wants(cursor.shelf.size)) {
          ended = true;
          continue;
        }
        if (!nearest || away < distance || (away === distance && id < nearest.id)) {
          nearest = cursor;
          distance = away;
        }
      }
      if (!nearest) return undefined;
      // What has ended, or is of a size that is not wanted any more, stays so.
      if (ended) cursors = cursors.filter((cursor) => this.#leads(cursor, seed, group));
      const { id } = nearest;
      if (this.#suits(id, group.ids)) {
        group.add(id, sizes[id] as number);
        if (group.full) return group.taken();
      }
      nearest.advance();
    }
    this.#certain = false;
    return undefined;
  }

  #leads(cursor: Cursor, seed: number, group: Group): boolean {
    const { skills, windows } = this.#columns;
    if (cursor.id < 0 || !group.wants(cursor.shelf.size)) return false;
    return Math.abs(cursor.skill - (skills[seed] as number)) <= (windows[seed] as number);
  }

  #suits(id: number, group: readonly number[]): boolean {
    for (const other of group) if (!meet(this.#columns, id, other) || this.#areApart(id, other)) return false;
    return true;
  }

  #areApart(a: number, b: number): boolean {
    if (!this.#apart?.(a, b)) return false;
    this.#certain = false;
    return true;
  }

  /**
   * Looks at every span of skill around the ticket. Those within a span whose windows reach both its ends may all meet, so that only
   * their sizes are left to count: no subset is tried out. The narrowest span that fills a match is taken.
   */
  #search(seed: number, layouts: readonly Layout[], players: number): number[] | undefined {
    const near = this.#near(seed);
    let best: { readonly span: number; readonly group: number[] } | undefined;
    for (const circle of this.#circles(seed, near)) {
      const below = best?.span ?? Number.POSITIVE_INFINITY;
      const found = this.#narrowest(seed, circle, { layouts, players, below });
      if (found) best = found;
    }
    return best?.group;
  }

  /** Those left whom the ticket may meet. */
  #near(seed: number): number[] {
    const { skills, windows } = this.#columns;
    const found: number[] = [];
    for (const cursor of this.#shelves.around(seed)) {
      let taken = 0;
      for (let step = 0; ; step++, cursor.advance()) {
        const { id } = cursor;
        if (id < 0) break;
        if (Math.abs((skills[id] as number) - (skills[seed] as number)) > (windows[seed] as number)) break;
        if (taken >= MAX_NEAR || step >= MAX_STEPS) {
          this.#certain = false;
          break;
        }
        if (id === seed || !meet(this.#columns, seed, id) || this.#areApart(seed, id)) continue;
        found.push(id);
        taken += 1;
      }
    }
    return found;
  }

  /** Parts of those near within which regions separate nobody: of one region, or all roaming. */
  #circles(seed: number, near: readonly number[]): number[][] {
    const { regions, roams } = this.#columns;
    const own = regions[seed] as number;
    const named = own === 0 ? new Set(near.map((id) => regions[id] as number)) : new Set([own]);
    const circles = [...named].map((region) =>
      near.filter((id) => regions[id] === region || regions[id] === 0),
    );
    if (named.size < 2 && circles[0]?.length === near.length) return circles;
    if (own === 0 || roams[seed] === 1)
      circles.push(near.filter((id) => regions[id] === 0 || roams[id] === 1));
    return circles;
  }

  #narrowest(
    seed: number,
    circle: readonly number[],
    wanted: { readonly layouts: readonly Layout[]; readonly players: number; readonly below: number },
  ): { readonly span: number; readonly group: number[] } | undefined {
    const { skills, sizes, windows } = this.#columns;
    const skillOf = (id: number) => skills[id] as number;
    const members = [seed, ...circle].sort((a, b) => skillOf(a) - skillOf(b) || a - b);
    /** How many players stand before each member. */
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
          this.#certain = false;
          return best;
        }
        const there = members
          .slice(from, to + 1)
          .filter((id) => this.#reachesBoth(id, skillOf(low), skillOf(high)));
        const counts = countsOf(there.map((id) => sizes[id] as number));
        const open = wanted.layouts.filter((layout) => within(layout, counts));
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

  /** The nearest of tickets that all may meet. */
  #pick(seed: number, there: readonly number[], layouts: readonly Layout[]): number[] | undefined {
    const { skills, sizes } = this.#columns;
    const away = (id: number) => Math.abs((skills[id] as number) - (skills[seed] as number));
    const group = this.#group.begin(seed, sizes[seed] as number, layouts);
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

function openFor(layouts: readonly Layout[], size: number): readonly Layout[] {
  for (const layout of layouts)
    if (!((layout[size] ?? 0) > 0)) return layouts.filter((each) => (each[size] ?? 0) > 0);
  return layouts;
}

const UNKNOWN = 0;
const WANTED = 1;
const NOT_WANTED = 2;

/** A match while it is gathered, with the layouts that can still be reached. Used again for the next. */
class Group {
  ids: number[] = [];
  readonly #counts = new Uint8Array(MAX_SIZE + 1);
  /** By size, as far as it was asked. */
  readonly #wanted = new Uint8Array(MAX_SIZE + 1);
  #open: readonly Layout[] = [];
  /** Of the first of them. */
  #tickets = 0;

  begin(seed: number, size: number, layouts: readonly Layout[]): this {
    this.#counts.fill(0);
    this.#wanted.fill(UNKNOWN);
    this.ids.length = 0;
    this.#open = layouts;
    this.#tickets = ticketsIn(layouts[0] ?? []);
    this.add(seed, size);
    return this;
  }

  get full(): boolean {
    return this.#tickets === this.ids.length;
  }

  wants(size: number): boolean {
    const known = this.#wanted[size];
    if (known !== UNKNOWN) return known === WANTED;
    const already = this.#counts[size] as number;
    const wanted = this.#open.some((layout) => (layout[size] ?? 0) > already);
    this.#wanted[size] = wanted ? WANTED : NOT_WANTED;
    return wanted;
  }

  add(id: number, size: number): void {
    const count = (this.#counts[size] as number) + 1;
    this.#counts[size] = count;
    this.#wanted[size] = UNKNOWN;
    this.ids.push(id);
    if (this.#open.length === 1) return;
    const open = this.#open.filter((layout) => (layout[size] ?? 0) >= count);
    if (open.length === this.#open.length) return;
    this.#open = open;
    this.#tickets = ticketsIn(open[0] ?? []);
    this.#wanted.fill(UNKNOWN);
  }

  /** Its tickets, oldest first. */
  taken(): number[] {
    const taken = this.ids.slice();
    for (let end = 1; end < taken.length; end++) {
      const id = taken[end] as number;
      let at = end;
      for (; at > 0 && (taken[at - 1] as number) > id; at--) taken[at] = taken[at - 1] as number;
      taken[at] = id;
    }
    return taken;
  }
}

function ticketsIn(layout: Layout): number {
  let sum = 0;
  for (const count of layout) sum += count;
  return sum;
}

function mostTickets(layouts: readonly Layout[]): number {
  let most = 0;
  for (const layout of layouts) most = Math.max(most, ticketsIn(layout));
  return most;
}
