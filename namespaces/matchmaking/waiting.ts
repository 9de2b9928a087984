/** Why a ticket still waits. Counted as tickets come and go, then a few look-ups for each ticket that asks. */

import type { QueueStatus } from "./events.ts";
import { fewestOf, type Mode, playersOf, windowOf } from "./modes.ts";
import { poolOf } from "./pairing/pairing.ts";
import { SkillCounts } from "./pairing/skill-counts.ts";
import { regionOf, roams } from "./pairing/ticket-columns.ts";
import type { Ticket } from "./store.ts";

export type WaitingFor = QueueStatus["waiting_for"];

export class Outlook {
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

  /** Takes away a ticket that was added. */
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

  /** What a ticket, which was added, waits for: the first rule that leaves too few players for a match. */
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
