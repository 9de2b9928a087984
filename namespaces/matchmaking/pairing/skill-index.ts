/** Waiting tickets by size, region and skill, from which matches take the nearest, the older one of equals. */
import { STEP, type Steps, sortNumbersInSteps } from "../../../core/steps.ts";
import type { TicketColumns } from "./ticket-columns.ts";

/** Tickets of one size and region in order of skill, those of the same skill by age. Removed tickets are skipped in constant time. */
export class SkillBucket {
  readonly size: number;
  readonly region: number;
  readonly length: number;
  /** The tickets' indexes. */
  readonly ids: Uint32Array;
  /** Beside `ids`. */
  readonly skills: Float64Array;
  /** Beside `ids`: the first place with the same skill. */
  readonly starts: Uint32Array;
  /** The next place at or above that is not empty; `length` past the end. Shortened when followed. */
  readonly #up: Int32Array;
  /** The same downwards, one place further on: 0 is before the beginning. */
  readonly #down: Int32Array;
  /** One cursor for each direction, reused by every search. */
  readonly cursors: readonly Cursor[];

  /** @param members by age */
  constructor(members: Uint32Array, { sizes, regions }: TicketColumns) {
    const [first = 0] = members;
    this.size = sizes[first] ?? 0;
    this.region = regions[first] ?? 0;
    this.length = members.length;
    this.skills = new Float64Array(this.length);
    this.ids = new Uint32Array(this.length);
    this.starts = new Uint32Array(this.length);
    this.#up = new Int32Array(this.length + 1);
    this.#down = new Int32Array(this.length + 1);
    this.cursors = [new Cursor(this, -1), new Cursor(this, 1)];
  }

  /** Before the first search. @param places gets each member's place in this bucket */
  *fill(members: Uint32Array, { skills }: TicketColumns, places: Uint32Array): Steps<void> {
    for (let at = 0; at < this.length; at++) {
      if (at % STEP === 0) yield;
      this.skills[at] = skills[members[at] as number] as number;
    }
    yield* sortNumbersInSteps(this.skills);
    for (let at = 0; at <= this.length; at++) this.#up[at] = at;
    this.#down.set(this.#up);
    yield;
    const oneSkill = this.skills[0] === this.skills[this.length - 1];
    const filled = new Uint32Array(oneSkill ? 1 : this.length);
    for (let at = 0; at < this.length; at++) {
      if (at % STEP === 0) yield;
      const id = members[at] as number;
      const start = oneSkill ? 0 : this.from(skills[id] as number);
      const used = filled[start] as number;
      filled[start] = used + 1;
      this.ids[start + used] = id;
      this.starts[start + used] = start;
      places[id] = start + used;
    }
  }

  /** The first place at or above a skill, empty or not. */
  from(skill: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.skills[middle] as number) < skill) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  remove(place: number): void {
    this.#up[place] = place + 1;
    this.#down[place + 1] = place;
  }

  /** The first place at or above that is not empty, or `length`. */
  above(place: number): number {
    return follow(this.#up, place);
  }

  /** The first place at or below that is not empty, or -1. */
  below(place: number): number {
    return follow(this.#down, place + 1) - 1;
  }
}

function follow(links: Int32Array, from: number): number {
  let at = from;
  for (let next = links[at] as number; next !== at; next = links[at] as number) {
    links[at] = links[next] as number;
    at = next;
  }
  return at;
}

/** A place in a bucket that moves away from where it began. */
export class Cursor {
  readonly bucket: SkillBucket;
  /** The ticket at the cursor, or -1 past the end. */
  id = -1;
  /** That ticket's skill. */
  skill = 0;
  readonly #direction: -1 | 1;
  #place = 0;

  constructor(bucket: SkillBucket, direction: -1 | 1) {
    this.bucket = bucket;
    this.#direction = direction;
  }

  /** @param from the first place at or above the skill to begin at. The upward cursor includes it, the downward one does not. */
  begin(from: number): void {
    this.#stand(this.#direction === 1 ? this.bucket.above(from) : this.#stepBelow(from - 1));
  }

  advance(): void {
    const { bucket } = this;
    const next = bucket.above(this.#place + 1);
    if (this.#direction === 1) {
      this.#stand(next);
      return;
    }
    // Downwards, too, tickets of the same skill come by age.
    const start = bucket.starts[this.#place] as number;
    this.#stand(bucket.starts[next] === start ? next : this.#stepBelow(start - 1));
  }

  #stand(place: number): void {
    const { ids, skills, length } = this.bucket;
    this.#place = place;
    const isThere = place >= 0 && place < length;
    this.id = isThere ? (ids[place] as number) : -1;
    this.skill = isThere ? (skills[place] as number) : 0;
  }

  #stepBelow(from: number): number {
    const last = from < 0 ? -1 : this.bucket.below(from);
    return last < 0 ? -1 : this.bucket.above(this.bucket.starts[last] as number);
  }
}

/** The buckets of a pool. */
export class SkillIndex {
  readonly #columns: TicketColumns;
  readonly #all: SkillBucket[] = [];
  /** By region and size. */
  readonly #of: SkillBucket[][];
  readonly #places: Uint32Array;
  readonly #removed: Uint8Array;

  constructor(columns: TicketColumns) {
    const count = columns.sizes.length;
    this.#columns = columns;
    this.#places = new Uint32Array(count);
    this.#removed = new Uint8Array(count);
    this.#of = [];
  }

  static *of(columns: TicketColumns): Steps<SkillIndex> {
    const index = new SkillIndex(columns);
    for (const [region, size, members] of yield* grouped(columns)) {
      const bucket = new SkillBucket(members, columns);
      yield* bucket.fill(members, columns, index.#places);
      const sizes = index.#of[region] ?? [];
      sizes[size] = bucket;
      index.#of[region] = sizes;
      index.#all.push(bucket);
    }
    return index;
  }

  has(id: number): boolean {
    return this.#removed[id] === 0;
  }

  remove(id: number): void {
    const { sizes, regions } = this.#columns;
    this.#removed[id] = 1;
    this.#of[regions[id] as number]?.[sizes[id] as number]?.remove(this.#places[id] as number);
  }

  /** Cursors outwards from a ticket's skill, in each bucket whose tickets it may meet. Valid until the next call. */
  around(id: number): readonly Cursor[] {
    const { regions, roams } = this.#columns;
    const region = regions[id];
    const [only] = this.#all;
    if (only && this.#all.length === 1) return this.#begin(only, id);
    const cursors: Cursor[] = [];
    for (const bucket of this.#all) {
      if (bucket.region !== region && bucket.region !== 0 && region !== 0 && roams[id] === 0) continue;
      for (const cursor of this.#begin(bucket, id)) if (cursor.id >= 0) cursors.push(cursor);
    }
    return cursors;
  }

  #begin(bucket: SkillBucket, id: number): readonly Cursor[] {
    const { skills, sizes, regions } = this.#columns;
    const own = bucket.size === sizes[id] && bucket.region === regions[id];
    const from = own
      ? (bucket.starts[this.#places[id] as number] as number)
      : bucket.from(skills[id] as number);
    for (const cursor of bucket.cursors) cursor.begin(from);
    return bucket.cursors;
  }
}

type Grouped = [region: number, size: number, members: Uint32Array][];

/** The tickets of each region and size, by age. */
function* grouped({ sizes, regions }: TicketColumns): Steps<Grouped> {
  const counts = new Map<number, number>();
  const groupOf = (id: number) => (regions[id] as number) * 256 + (sizes[id] as number);
  for (let id = 0; id < sizes.length; id++) {
    if (id % STEP === 0) yield;
    counts.set(groupOf(id), (counts.get(groupOf(id)) ?? 0) + 1);
  }
  const groups = new Map([...counts].map(([group, count]) => [group, new Uint32Array(count)]));
  counts.clear();
  for (let id = 0; id < sizes.length; id++) {
    if (id % STEP === 0) yield;
    const group = groupOf(id);
    const at = counts.get(group) ?? 0;
    counts.set(group, at + 1);
    (groups.get(group) as Uint32Array)[at] = id;
  }
  return [...groups].map(([group, members]) => [Math.floor(group / 256), group % 256, members]);
}
