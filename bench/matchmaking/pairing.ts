/** The process that measures pairing: one look at a queue that waits, by age, as the ticking worker has it in memory. */
import type { Mode } from "../../namespaces/matchmaking/modes.ts";
import { pair } from "../../namespaces/matchmaking/pairing/pairing.ts";
import type { Ticket } from "../../namespaces/matchmaking/store.ts";
import { MAX_MATCHES } from "../../namespaces/matchmaking/tick/tick.ts";
import { NOW, QUEUES } from "./queues.ts";

/** Medians of the rounds, in milliseconds of CPU (collections of garbage among it) and of time. */
interface Cost {
  readonly matches: number;
  readonly cpuMs: number;
  readonly ms: number;
}

export interface PairingFigure {
  readonly queue: string;
  readonly tickets: number;
  /** As the worker looks: it makes so many matches at most, commits them, and looks again. */
  readonly look: Cost;
  /** All the matches that there are at once. */
  readonly all: Cost;
}

const SIZES = [1_000, 10_000, 100_000];
const ROUNDS = 7;
/** Before that the code is not compiled yet: a worker ticks for days. */
const WARM_UP = 3;

const middle = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

function costOf(tickets: readonly Ticket[], mode: Mode, most: number): Cost {
  const cpuMs: number[] = [];
  const ms: number[] = [];
  let matches = 0;
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    const startedAt = performance.now();
    matches = pair(tickets, mode, NOW, undefined, most).length;
    const tookMs = performance.now() - startedAt;
    const { user, system } = process.cpuUsage(before);
    if (round < 0) continue;
    ms.push(tookMs);
    cpuMs.push((user + system) / 1_000);
  }
  return { matches, cpuMs: middle(cpuMs), ms: middle(ms) };
}

for (const { name, mode, tickets } of QUEUES)
  for (const size of SIZES) {
    const waiting = tickets(size);
    const figure: PairingFigure = {
      queue: name,
      tickets: size,
      look: costOf(waiting, mode, MAX_MATCHES),
      all: costOf(waiting, mode, Number.POSITIVE_INFINITY),
    };
    process.send?.({ figure });
  }
process.send?.({ done: true });
process.disconnect?.();
