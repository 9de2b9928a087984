/** Why a ticket still waits. Players are counted as tickets come and go, so that an answer takes a few look-ups. */
import { fewestOf, type Mode, playersOf, windowOf } from "../modes.ts";
import { poolOf, regionOf, roams } from "../pairing/ticket-columns.ts";
import type { QueueStatus } from "../schema.ts";
import type { Ticket } from "../store.ts";

export type WaitingFor = QueueStatus["waiting_for"];

export class WaitReasons {
  readonly #mode: Mode;
  /** Players by skill, of each pool and in it of each region. */
  readonly #pools = new Map<string, Map<string, SkillCounts>>();
  #players = 0;

  constructor(mode: Mode) {
    this.#mode = mode;
  }

  add(ticket: Ticket): void {
    const pool = this.#pools.get(poolOf(ticket)) ?? new Map<string, SkillCounts>();
    const region = regionOf(this.#mode, ticket);
    const counts = pool.get(region) ?? new SkillCounts();
    this.#pools.set(poolOf(ticket), pool.set(region, counts));
    counts.add(ticket.skill, ticket.members.length);
    this.#players += ticket.members.length;
  }

  /** Removes a ticket that was added. */
  remove(ticket: Ticket): void {
    const pool = this.#pools.get(poolOf(ticket));
    const region = regionOf(this.#mode, ticket);
    const counts = pool?.get(region);
    if (!pool || !counts) return;
    counts.remove(ticket.skill, ticket.members.length);
    this.#players -= ticket.members.length;
    if (counts.players === 0) pool.delete(region);
    if (pool.size === 0) this.#pools.delete(poolOf(ticket));
  }

  /** The first rule that leaves a ticket, which was added, too few players for a match. */
  of(ticket: Ticket, now: number): WaitingFor {
    const waitedMs = now - ticket.joinedAt;
    const needed = waitedMs >= this.#mode.fillWaitMs ? fewestOf(this.#mode) : playersOf(this.#mode);
    const window = windowOf(this.#mode, waitedMs);
    let inPool = 0;
    let inRegion = 0;
    let inWindow = 0;
    for (const [region, counts] of this.#pools.get(poolOf(ticket)) ?? []) {
      inPool += counts.players;
      if (!this.#reaches(ticket, region, now)) continue;
      inRegion += counts.players;
      inWindow += counts.between(ticket.skill - window, ticket.skill + window);
    }
    const reason =
      this.#players < needed
        ? "players"
        : this.#mode.matcher !== undefined
          ? "matcher"
          : inPool < needed
            ? "properties"
            : inRegion < needed
              ? "region"
              : inWindow < needed
                ? "skill"
                : "party_size";
    return {
      reason,
      candidates: Math.max(0, inWindow - ticket.members.length),
      window: Number.isFinite(window) ? Math.round(window) : null,
    };
  }

  #reaches(ticket: Ticket, region: string, now: number): boolean {
    const own = regionOf(this.#mode, ticket);
    return own === region || own === "" || region === "" || roams(this.#mode, ticket, now);
  }
}

/** A block larger than this is split in two. */
const MAX_BLOCK = 512;

interface Block {
  /** Ascending. */
  readonly skills: number[];
  /** Beside `skills`. */
  readonly counts: number[];
  players: number;
}

/** How many players there are of each skill, sorted in blocks: a change or a count costs about the square root of all. */
export class SkillCounts {
  readonly #blocks: Block[] = [];
  #players = 0;

  get players(): number {
    return this.#players;
  }

  add(skill: number, players: number): void {
    const found = this.#blocks.findIndex((block) => skill <= (block.skills.at(-1) as number));
    const at = found < 0 ? Math.max(0, this.#blocks.length - 1) : found;
    const block = this.#blocks[at] ?? { skills: [], counts: [], players: 0 };
    this.#blocks[at] = block;
    const place = firstFrom(block.skills, skill);
    block.skills.splice(place, 0, skill);
    block.counts.splice(place, 0, players);
    block.players += players;
    this.#players += players;
    if (block.skills.length > MAX_BLOCK) this.#halve(at);
  }

  /** Removes players that were added. */
  remove(skill: number, players: number): void {
    for (const [at, block] of this.#blocks.entries()) {
      if (skill > (block.skills.at(-1) as number)) continue;
      let place = firstFrom(block.skills, skill);
      while (block.skills[place] === skill && block.counts[place] !== players) place += 1;
      if (block.skills[place] !== skill) {
        if (place < block.skills.length) return;
        continue;
      }
      block.skills.splice(place, 1);
      block.counts.splice(place, 1);
      block.players -= players;
      this.#players -= players;
      if (block.skills.length === 0) this.#blocks.splice(at, 1);
      return;
    }
  }

  /** How many players have a skill from `low` to `high`. */
  between(low: number, high: number): number {
    let sum = 0;
    for (const { skills, counts, players } of this.#blocks) {
      const first = skills[0] as number;
      const last = skills.at(-1) as number;
      if (last < low) continue;
      if (first > high) break;
      if (first >= low && last <= high) sum += players;
      else
        for (let at = firstFrom(skills, low); at < skills.length && (skills[at] as number) <= high; at++)
          sum += counts[at] as number;
    }
    return sum;
  }

  #halve(at: number): void {
    const block = this.#blocks[at];
    if (!block) return;
    const middle = block.skills.length >>> 1;
    const skills = block.skills.splice(middle);
    const counts = block.counts.splice(middle);
    const players = counts.reduce((sum, count) => sum + count, 0);
    block.players -= players;
    this.#blocks.splice(at + 1, 0, { skills, counts, players });
  }
}

function firstFrom(sorted: readonly number[], skill: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < skill) low = middle + 1;
    else high = middle;
  }
  return low;
}
