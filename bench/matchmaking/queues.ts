/** Queues to measure with, the same in every run. */

import { asId, type TicketId, type UserId } from "../../core/ids.ts";
import { parseModes } from "../../namespaces/matchmaking/mode-config.ts";
import type { Mode } from "../../namespaces/matchmaking/modes.ts";
import type { Ticket } from "../../namespaces/matchmaking/store.ts";

export const NOW = 1_000_000_000;

export interface Queue {
  readonly name: string;
  readonly mode: Mode;
  tickets(count: number): Ticket[];
}

interface QueueOptions {
  readonly mode: Readonly<Record<string, unknown>>;
  /** Skills are spread evenly from 0 to this; `perTicket`: times the number of tickets, so that few are near. */
  readonly spread: number;
  readonly perTicket?: boolean;
  /** One ticket in so many is of a pair. */
  readonly pairEvery?: number;
}

function queueOf(name: string, { mode, spread, perTicket, pairEvery }: QueueOptions): Queue {
  const parsed = parseModes({ measured: { game: "dash-dice", ...mode } }).get("measured");
  if (!parsed) throw new Error("no such mode");
  return {
    name,
    mode: parsed,
    tickets(count) {
      const random = generator(7);
      return Array.from({ length: count }, (_, at) => {
        const size = pairEvery !== undefined && at % pairEvery === 0 ? 2 : 1;
        return ticketOf(at, size, random() * spread * (perTicket ? count : 1), random() * 120_000);
      }).sort((a, b) => a.joinedAt - b.joinedAt);
    },
  };
}

const skill = { window: 20, widen_per_s: 1, max_window: 200 };

export const QUEUES: readonly Queue[] = [
  queueOf("duels, any skill", { mode: {}, spread: 3_000 }),
  queueOf("duels by skill", { mode: { skill }, spread: 3_000 }),
  queueOf("5 against 5 by skill, with pairs", {
    mode: { players_per_team: 5, skill },
    spread: 3_000,
    pairEvery: 5,
  }),
  queueOf("duels, nobody near enough", { mode: { skill: { window: 1 } }, spread: 1_000, perTicket: true }),
];

function ticketOf(at: number, size: number, skillOf: number, waitedMs: number): Ticket {
  const members = Array.from({ length: size }, (_, member) => {
    const userId = asId<UserId>(`u${at}.${member}`);
    return { userId, name: "player" };
  });
  return {
    ticketId: asId<TicketId>(`t${at}`),
    mode: "measured",
    owner: asId<UserId>(`u${at}.0`),
    members,
    skill: skillOf,
    properties: [],
    joinedAt: NOW - waitedMs,
    revision: 1,
  };
}

/** From 0 to 1, from a seed. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
