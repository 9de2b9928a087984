/** The result of a run, as it is written as JSON. Times are milliseconds; a rate is per second while all users were there. */
import type { LoadParameters } from "../scenario.ts";
import type { SeriesPoint } from "./series.ts";

export const RESULT_KIND = "muster-load";
export const RESULT_VERSION = 1;

interface Latency {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  readonly mean: number;
}

export interface ActionFigures {
  /** Succeeded. */
  readonly count: number;
  readonly failed: number;
  readonly latency_ms: Latency;
}

export interface ActionResult extends ActionFigures {
  readonly name: string;
  /** Per second, in the phase that the figures are of. */
  readonly rate: number;
  /** Which phase the figures are of: `hold`, or `ramp` where it happened only while users came. */
  readonly phase: "ramp" | "hold";
  /** The same while users came, where it happened in both. */
  readonly while_users_came?: ActionFigures;
}

export interface ErrorResult {
  readonly action: string;
  readonly code: string;
  readonly count: number;
  /** What the first of them said. */
  readonly example: string;
}

export interface CounterResult {
  readonly name: string;
  readonly total: number;
  readonly rate: number;
}

/** Of the server, by its `/metrics`: of all its workers together. */
export interface ServerPoint {
  readonly t: number;
  /** Cores in use: 1 is one core. */
  readonly cpu: number;
  readonly rss_bytes: number;
  /** The most of any worker, p99 of half a second. */
  readonly event_loop_delay_ms: number;
  readonly connections: number;
}

export interface ServerResult {
  readonly url: string;
  readonly points: readonly ServerPoint[];
  /** What it refused meanwhile, by reason: connections, and events by their limit. */
  readonly refused: Readonly<Record<string, number>>;
  /** Why there are none, or no more. */
  readonly problem?: string;
}

export interface ProcessResult {
  readonly users: number;
  /** Of a core, while all users were there. */
  readonly cpu: { readonly mean: number; readonly max: number };
  /** The p99 of each second: on average while all users were there, and the most of the run. */
  readonly event_loop_delay_ms: { readonly mean: number; readonly max: number };
  readonly rss_bytes: number;
  /** Above 0.8 of a core, or late by more than 20 ms on average: its own slowness is in the figures. */
  readonly too_busy: boolean;
}

export interface ThresholdResult {
  readonly fail: string;
  /** What was measured; null: nothing. */
  readonly value: number | null;
  readonly passed: boolean;
}

interface PlanResult {
  /** In the ids of its users: `load-RUN-0` and so on. */
  readonly run: string;
  readonly urls: readonly string[];
  readonly users: number;
  readonly group_size: number;
  readonly processes: number;
  readonly ramp_seconds: number;
  readonly duration_seconds: number;
  readonly seed: number;
  readonly params: LoadParameters;
}

export interface LoadResult {
  readonly kind: typeof RESULT_KIND;
  readonly version: typeof RESULT_VERSION;
  readonly scenario: { readonly name: string; readonly summary?: string; readonly file: string };
  readonly began_at: string;
  /** How long it was, and how long all users were there. */
  readonly seconds: number;
  readonly hold_seconds: number;
  /** `interrupted`: somebody ended it early. */
  readonly ended: "time" | "all_users_left" | "interrupted";
  readonly plan: PlanResult;
  readonly users: {
    readonly begun: number;
    readonly most_active: number;
    readonly left: number;
    readonly restarts: number;
  };
  readonly actions: readonly ActionResult[];
  readonly counters: readonly CounterResult[];
  readonly errors: readonly ErrorResult[];
  /** Actions that had not ended five seconds after the end. */
  readonly unfinished: number;
  readonly server: readonly ServerResult[];
  readonly processes: readonly ProcessResult[];
  readonly thresholds: readonly ThresholdResult[];
  readonly points: readonly SeriesPoint[];
  /** Where the load came from; the load average is that of the last minute. */
  readonly machine: { readonly cores: number; readonly load_average: number };
  readonly node: string;
  readonly muster: string;
}
