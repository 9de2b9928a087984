/** Waiting tickets by size, region and skill, from which matches are gathered: whoever is nearest, of equals the oldest. */
import type { Candidate } from "./pairing.ts";

/** Tickets of one size and region; those of the same skill are one step. */
interface Shelf {
  readonly size: number;
  readonly region: string;
  /** Ascending. */
  readonly skills: number[];
  /** Beside `skills`; each by age. */
  readonly steps: Candidate[][];
  /** How many of a step are still there. */
  readonly left: number[];
  /** Before this place in a step nobody is left. */
  readonly heads: number[];
  /** For an empty step, a step further down or up; for any other, itself. */
  readonly below: number[];
  readonly above: number[];
}

/** A place on a shelf that moves away from where it began. */
interface Cursor {
  readonly shelf: Shelf;
  readonly direction: -1 | 1;
  step: number;
  at: number;
}

export interface Walk {
  /** The next ticket outwards whose size is wanted, or undefined past the window. A size refused once is not asked for again. */
  next(wanted: (size: number) => boolean): Candidate | undefined;
}

export class Neighbours {
  readonly #shelves: Shelf[] = [];
  readonly #gone: Uint8Array;
  /** Each candidate's step on its shelf, by age. */
  readonly #steps: Uint32Array;
  readonly #bySkill: boolean;

  /** @param candidates by age; `bySkill` false: all are equally near */
  constructor(candidates: readonly Candidate[], bySkill: boolean) {
    this.#gone = new Uint8Array(candidates.length);
    this.#bySkill = bySkill;
    this.#steps = new Uint32Array(candidates.length);
    const regions = new Map<string, Map<number, Candidate[]>>();
    for (const candidate of candidates) {
      const size = candidate.ticket.members.length;
      const sizes = regions.get(candidate.region) ?? new Map<number, Candidate[]>();
      regions.set(candidate.region, sizes);
      const members = sizes.get(size);
      if (members) members.push(candidate);
      else sizes.set(size, [candidate]);
    }
    for (const sizes of regions.values())
      for (const members of sizes.values()) this.#shelves.push(this.#shelve(members));
  }

  has(candidate: Candidate): boolean {
    return this.#gone[candidate.age] === 0;
  }

  remove(candidate: Candidate): void {
    this.#gone[candidate.age] = 1;
    const shelf = this.#shelves.find(
      (each) => each.size === candidate.ticket.members.length && each.region === candidate.region,
    );
    if (!shelf) return;
    const step = this.#steps[candidate.age] as number;
    shelf.left[step] = (shelf.left[step] ?? 0) - 1;
    if (shelf.left[step] === 0) {
      shelf.below[step] = step - 1;
      shelf.above[step] = step + 1;
    }
  }

  /** Walks away from a ticket, up to its own window; without the ticket itself. */
  around(seed: Candidate): Walk {
    let cursors = this.#shelves
      .filter(
        (shelf) => shelf.region === seed.region || shelf.region === "" || seed.region === "" || seed.roams,
      )
      .flatMap((shelf) => this.#cursors(shelf, seed));
    return {
      next: (wanted) => {
        let nearest: { cursor: Cursor; candidate: Candidate; distance: number } | undefined;
        const live: Cursor[] = [];
        for (const cursor of cursors) {
          if (!wanted(cursor.shelf.size)) continue;
          const candidate = this.#peek(cursor, seed);
          if (!candidate) continue;
          live.push(cursor);
          const distance = Math.abs(this.#skillOf(candidate) - this.#skillOf(seed));
          if (
            !nearest ||
            distance < nearest.distance ||
            (distance === nearest.distance && candidate.age < nearest.candidate.age)
          )
            nearest = { cursor, candidate, distance };
        }
        cursors = live;
        if (!nearest) return undefined;
        nearest.cursor.at += 1;
        return nearest.candidate;
      },
    };
  }

  #skillOf(candidate: Candidate): number {
    return this.#bySkill ? candidate.ticket.skill : 0;
  }

  #shelve(members: readonly Candidate[]): Shelf {
    const [first] = members as readonly [Candidate];
    // Members come by age, and sorting keeps the order of equals.
    const sorted = this.#bySkill ? members.toSorted((a, b) => a.ticket.skill - b.ticket.skill) : members;
    const skills: number[] = [];
    const steps: Candidate[][] = [];
    for (const candidate of sorted) {
      const skill = this.#skillOf(candidate);
      if (skills.at(-1) === skill) steps.at(-1)?.push(candidate);
      else {
        skills.push(skill);
        steps.push([candidate]);
      }
      this.#steps[candidate.age] = steps.length - 1;
    }
    return {
      size: first.ticket.members.length,
      region: first.region,
      skills,
      steps,
      left: steps.map((step) => step.length),
      heads: steps.map(() => 0),
      below: steps.map((_, at) => at),
      above: steps.map((_, at) => at),
    };
  }

  #cursors(shelf: Shelf, seed: Candidate): Cursor[] {
    const start = firstFrom(shelf.skills, this.#skillOf(seed));
    const down: Cursor = { shelf, direction: -1, step: start - 1, at: 0 };
    const up: Cursor = { shelf, direction: 1, step: start, at: 0 };
    return [down, up];
  }

  /** The ticket a cursor stands at, after passing those that are gone; undefined past the shelf's end or the window. */
  #peek(cursor: Cursor, seed: Candidate): Candidate | undefined {
    const { shelf, direction } = cursor;
    const links = direction === 1 ? shelf.above : shelf.below;
    for (;;) {
      const step = follow(links, cursor.step);
      if (step !== cursor.step) {
        cursor.step = step;
        cursor.at = 0;
      }
      const skill = shelf.skills[step];
      const members = shelf.steps[step];
      if (skill === undefined || members === undefined) return undefined;
      if (Math.abs(skill - this.#skillOf(seed)) > seed.window) return undefined;
      const found = this.#firstLeft(shelf, step, members, cursor.at, seed);
      cursor.at = found;
      if (found < members.length) return members[found];
      cursor.step += direction;
      cursor.at = 0;
    }
  }

  #firstLeft(
    shelf: Shelf,
    step: number,
    members: readonly Candidate[],
    from: number,
    seed: Candidate,
  ): number {
    let head = shelf.heads[step] ?? 0;
    for (let member = members[head]; member && !this.has(member); member = members[head]) head += 1;
    shelf.heads[step] = head;
    let at = Math.max(head, from);
    for (let member = members[at]; member; member = members[at]) {
      if (member !== seed && this.has(member)) break;
      at += 1;
    }
    return at;
  }
}

/** The first step at or above a skill. */
function firstFrom(skills: readonly number[], skill: number): number {
  let low = 0;
  let high = skills.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((skills[middle] as number) < skill) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where the links from an empty step lead; shortens them on the way. */
function follow(links: number[], from: number): number {
  let end = from;
  for (let next = links[end]; next !== undefined && next !== end; next = links[end]) end = next;
  for (let at = from; at !== end; ) {
    const next = links[at];
    if (next === undefined) break;
    links[at] = end;
    at = next;
  }
  return end;
}
