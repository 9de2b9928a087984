/** Why a ticket still waits. Pure; counted once for a queue, then a few look-ups for each ticket. */

import { regionOf, roams } from "./columns.ts";
import type { QueueStatus } from "./events.ts";
import { type Mode, playersOf, windowOf } from "./modes.ts";
import { poolOf } from "./pairing.ts";
import type { Ticket } from "./stored.ts";

export type WaitingFor = QueueStatus["waiting_for"];

/** Players of one region in one pool, by skill. */
interface Group {
  players: number;
  /** By ascending skill, after `sort`. */
  readonly tickets: Ticket[];
  skills: readonly number[];
  /** How many players stand before each skill, and at the end all. */
  before: readonly number[];
}

export class Outlook {
  readonly #mode: Mode;
  readonly #now: number;
  readonly #pools = new Map<string, Map<string, Group>>();
  #players = 0;

  constructor(tickets: readonly Ticket[], mode: Mode, now: number) {
    this.#mode = mode;
    this.#now = now;
    for (const ticket of tickets) this.#add(ticket);
    for (const regions of this.#pools.values()) for (const group of regions.values()) sort(group);
  }

  /** What the ticket waits for: the first rule that leaves too few players for a match. */
  of(ticket: Ticket): WaitingFor {
    const needed = playersOf(this.#mode);
    const window = windowOf(this.#mode, this.#now - ticket.joinedAt);
    const regions = this.#pools.get(poolOf(ticket)) ?? new Map<string, Group>();
    let inPool = 0;
    let inRegion = 0;
    let inWindow = 0;
    for (const [region, group] of regions) {
      inPool += group.players;
      if (!this.#reaches(ticket, region)) continue;
      inRegion += group.players;
      inWindow += between(group, ticket.skill - window, ticket.skill + window);
    }
    const reason =
      this.#players < needed
        ? "players"
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

  #reaches(ticket: Ticket, region: string): boolean {
    const own = regionOf(this.#mode, ticket);
    return own === region || own === "" || region === "" || roams(this.#mode, ticket, this.#now);
  }

  #add(ticket: Ticket): void {
    const size = ticket.members.length;
    this.#players += size;
    const pool = poolOf(ticket);
    const regions = this.#pools.get(pool) ?? new Map<string, Group>();
    this.#pools.set(pool, regions);
    const region = regionOf(this.#mode, ticket);
    const group = regions.get(region) ?? { players: 0, tickets: [], skills: [], before: [] };
    regions.set(region, group);
    group.players += size;
    group.tickets.push(ticket);
  }
}

function sort(group: Group): void {
  group.tickets.sort((a, b) => a.skill - b.skill);
  group.skills = group.tickets.map((ticket) => ticket.skill);
  let players = 0;
  group.before = [0, ...group.tickets.map((ticket) => (players += ticket.members.length))];
}

/** How many players have a skill from `low` to `high`. */
function between(group: Group, low: number, high: number): number {
  const from = count(group.skills, (skill) => skill < low);
  const to = count(group.skills, (skill) => skill <= high);
  return (group.before[to] ?? 0) - (group.before[from] ?? 0);
}

/** How many at the beginning of a sorted list hold the test. */
function count(sorted: readonly number[], test: (value: number) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (test(sorted[middle] as number)) low = middle + 1;
    else high = middle;
  }
  return low;
}
