/** What one of everything costs, as it was measured: the file beside this one, made by `npm run capacity -- --measure`. */
import { readFileSync, writeFileSync } from "node:fs";
import { median } from "../support/report.ts";

/** The median of the rounds, and the least and the most of them. */
export interface Measured {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Of one act. Times are microseconds of CPU. */
export interface ActCosts {
  readonly workerMicros: Measured;
  readonly redisMicros: Measured;
  /** Redis operations, those inside scripts too, and bytes that Redis gets and gives. */
  readonly operations: Measured;
  readonly redisInBytes: Measured;
  readonly redisOutBytes: Measured;
}

export const ACT_NAMES = ["command", "publish", "chat", "direct", "status", "connect", "match"] as const;
export type ActName = (typeof ACT_NAMES)[number];

/** Bytes of Redis' memory for each of these. */
export const STORED_NAMES = ["users", "rooms", "tickets", "messages", "positions"] as const;
type StoredName = (typeof STORED_NAMES)[number];

export interface UnitCosts {
  readonly commit: string;
  readonly machine: string;
  /** ISO 8601. */
  readonly measuredAt: string;
  readonly rounds: number;
  readonly acts: Readonly<Record<ActName, ActCosts>>;
  /** A worker without users, each second. */
  readonly worker: ActCosts;
  /** Of a worker without users, in bytes. */
  readonly workerBytes: Measured;
  /** A quiet connection: bytes of the worker's memory on one namespace and for each more. */
  readonly connectionBytes: Measured;
  readonly namespaceBytes: Measured;
  /** What it costs each second in each namespace: pings, and looks at what may have been missed. */
  readonly quiet: ActCosts;
  /** A message on its way to one more client: CPU of the worker, and bytes with about 50 of content. */
  readonly deliveryMicros: Measured;
  readonly deliveryBytes: Measured;
  /** A message that reaches one more worker with followers. */
  readonly hearMicros: Measured;
  readonly hearRedisMicros: Measured;
  readonly hearBytes: Measured;
  /** A player of a real-time room of eight, each tick: input, step and frame; and the frame's bytes. */
  readonly playerTickMicros: Measured;
  readonly playerTickBytes: Measured;
  readonly storedBytes: Readonly<Record<StoredName, number>>;
  /** A run that was predicted before it was made. Left out: none was made since these were measured. */
  readonly check?: Check;
}

export interface Check {
  readonly at: string;
  readonly scenario: string;
  readonly rows: readonly CheckRow[];
}

export interface CheckRow {
  readonly what: string;
  readonly unit: string;
  readonly predicted: number;
  readonly measured: number;
}

const FILE = new URL("./unit-costs.json", import.meta.url);

export const readUnitCosts = (): UnitCosts => JSON.parse(readFileSync(FILE, "utf8")) as UnitCosts;

export function writeUnitCosts(costs: UnitCosts): void {
  writeFileSync(FILE, `${JSON.stringify(costs, rounded, 2)}\n`);
}

/** Four digits are more than is known. */
const rounded = (_: string, value: unknown) =>
  typeof value === "number" ? Number(value.toPrecision(4)) : value;

export function measuredOf(rounds: readonly number[]): Measured {
  return { value: median(rounds), low: Math.min(...rounds), high: Math.max(...rounds) };
}

/** Half of the way from the least round to the most, as a share of the median. */
export const errorOf = ({ value, low, high }: Measured): number =>
  value === 0 ? 0 : (high - low) / 2 / Math.abs(value);
