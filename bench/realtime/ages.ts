/** How old frames are, and a steady load: the same for both servers. */
import { setTimeout as wait } from "node:timers/promises";
import { type FrameDelivery, LATE_MS } from "./messages.ts";

const SLOT_MS = 4;
/** What is caught up on. */
const MOST_TICKS = 4;

export class FrameAges {
  readonly #tickMs: number;
  #measuring = false;
  #frames = 0;
  #bytes = 0;
  /** By room: arrival less tick. */
  readonly #offsets = new Map<number, number[]>();
  #before = { at: 0, cpu: process.cpuUsage() };
  refused = 0;

  constructor(tickMs: number) {
    this.#tickMs = tickMs;
  }

  frame(room: number, tick: number, bytes: number): void {
    if (!this.#measuring) return;
    this.#frames++;
    this.#bytes += bytes;
    const offsets = this.#offsets.get(room) ?? [];
    if (offsets.length === 0) this.#offsets.set(room, offsets);
    offsets.push(performance.now() - tick * this.#tickMs);
  }

  start(): void {
    this.#before = { at: performance.now(), cpu: process.cpuUsage() };
    this.refused = 0;
    this.#measuring = true;
  }

  stop(): FrameDelivery {
    this.#measuring = false;
    const seconds = (performance.now() - this.#before.at) / 1_000;
    const cpu = process.cpuUsage(this.#before.cpu);
    const ages: number[] = [];
    for (const offsets of this.#offsets.values()) {
      let quickest = Number.POSITIVE_INFINITY;
      for (const offset of offsets) quickest = Math.min(quickest, offset);
      for (const offset of offsets) ages.push(offset - quickest);
    }
    ages.sort((a, b) => a - b);
    const percentile = (share: number) =>
      ages[Math.min(ages.length - 1, Math.floor(ages.length * share))] ?? 0;
    return {
      framesPerSecond: this.#frames / seconds,
      bytesPerSecond: this.#bytes / seconds,
      p50Ms: percentile(0.5),
      p99Ms: percentile(0.99),
      late: ages.filter((age) => age > LATE_MS).length / Math.max(1, ages.length),
      refused: this.refused,
      loadCpu: (cpu.user + cpu.system) / 1e6 / seconds,
    };
  }
}

/** What sends inputs. */
export interface Mover {
  readonly connected: Promise<unknown>;
  /** Sends the input of one tick. */
  move(): void;
  close(): void;
}

/** All players send an input per tick, spread evenly over it. */
export async function playUntil(players: readonly Mover[], hz: number, signal: AbortSignal): Promise<void> {
  const startedAt = performance.now();
  let moved = 0;
  while (!signal.aborted) {
    const due = ((performance.now() - startedAt) / 1_000) * hz * players.length;
    // A load process that was kept waiting leaves ticks out: no client sends a second's inputs at once.
    moved = Math.max(moved, Math.floor(due - MOST_TICKS * players.length));
    for (; moved < due; moved++) players[moved % players.length]?.move();
    await wait(SLOT_MS);
  }
}
