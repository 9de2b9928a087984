/** What the command and its load processes tell each other. */
import type { UserCounts } from "../../../load/engine/crowd.ts";
import type { LoadPlan } from "../../../load/engine/plan.ts";
import type { RecordedDelta } from "../../../load/engine/recorder.ts";
import type { TokenPlan } from "./tokens.ts";

export type ToLoadProcess =
  | {
      readonly begin: {
        readonly scenario: string;
        readonly plan: LoadPlan;
        readonly process: number;
        readonly tokens: TokenPlan;
      };
    }
  /** Milliseconds since the epoch: all processes begin together. */
  | { readonly go: number }
  | { readonly stop: true };

/** What the process itself has used since the last one. */
export interface OwnUsage {
  /** Of one core: 1 is all of it. */
  readonly cpu: number;
  /** How late its event loop was, p99. */
  readonly delayMs: number;
  readonly rssBytes: number;
}

export interface LoadTick {
  /** Seconds since the beginning. */
  readonly second: number;
  readonly recorded: RecordedDelta;
  readonly users: UserCounts;
  readonly own: OwnUsage;
}

export type FromLoadProcess =
  | { readonly ready: true }
  | { readonly tick: LoadTick }
  | { readonly done: { readonly unfinished: number } }
  | { readonly failed: string };
