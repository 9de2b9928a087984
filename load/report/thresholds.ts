/** When a run has failed: `p99:publish>50ms`, `error_rate>1%`, `rate:say<100`, `server_cpu>0.9`. */
import { didYouMean } from "../../core/did-you-mean.ts";
import type { ActionResult, LoadResult, ThresholdResult } from "./result.ts";

type Measured = Omit<LoadResult, "thresholds">;
type Operator = ">" | ">=" | "<" | "<=";
type Unit = "time" | "share" | "bytes" | "number";

interface Metric {
  readonly unit: Unit;
  /** Undefined: nothing was measured. */
  readonly read: (result: Measured, actions: readonly ActionResult[]) => number | undefined;
  /** Whether it may be of one action. */
  readonly ofAction: boolean;
}

export interface Threshold {
  readonly text: string;
  readonly metric: string;
  /** Undefined: of all actions. */
  readonly action: string | undefined;
  readonly operator: Operator;
  readonly limit: number;
}

const most = (values: readonly number[]) => (values.length === 0 ? undefined : Math.max(...values));
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const ofLatency = (name: keyof ActionResult["latency_ms"]): Metric => ({
  ...{ unit: "time", ofAction: true },
  // Of all actions: of the slowest.
  read: (_, actions) =>
    most(actions.filter(({ count }) => count > 0).map(({ latency_ms }) => latency_ms[name])),
});
const ofServer = (unit: Unit, name: "cpu" | "rss_bytes" | "event_loop_delay_ms"): Metric => ({
  ...{ unit, ofAction: false },
  read: ({ server, plan }) => {
    const held = server.flatMap(({ points }) => points.filter(({ t }) => t >= plan.ramp_seconds));
    return most(held.map((point) => point[name]));
  },
});
const total = ({ count, failed, while_users_came }: ActionResult) => ({
  done: count + (while_users_came?.count ?? 0),
  failed: failed + (while_users_came?.failed ?? 0),
});

const METRICS: Readonly<Record<string, Metric>> = {
  p50: ofLatency("p50"),
  p95: ofLatency("p95"),
  p99: ofLatency("p99"),
  max: ofLatency("max"),
  mean: ofLatency("mean"),
  rate: {
    ...{ unit: "number", ofAction: true },
    read: (_, actions) => (actions.length === 0 ? undefined : sum(actions.map(({ rate }) => rate))),
  },
  errors: {
    ...{ unit: "number", ofAction: true },
    read: (_, actions) => sum(actions.map((action) => total(action).failed)),
  },
  error_rate: {
    ...{ unit: "share", ofAction: true },
    read(_, actions) {
      const failed = sum(actions.map((action) => total(action).failed));
      const all = failed + sum(actions.map((action) => total(action).done));
      return all === 0 ? undefined : failed / all;
    },
  },
  users: { unit: "number", ofAction: false, read: ({ users }) => users.most_active },
  server_cpu: ofServer("number", "cpu"),
  server_rss: ofServer("bytes", "rss_bytes"),
  server_delay: ofServer("time", "event_loop_delay_ms"),
  client_cpu: {
    ...{ unit: "number", ofAction: false },
    read: ({ processes }) => most(processes.map(({ cpu }) => cpu.mean)),
  },
};

const FORM = /^([a-z0-9_]+)(?::(.+?))?\s*(>=|<=|>|<)\s*([\d.]+)\s*(ms|s|%|[kmg]b|b)?$/i;
const SCALES: Readonly<Record<Unit, Readonly<Record<string, number>>>> = {
  time: { ms: 1, s: 1_000 },
  share: { "%": 0.01, "": 1 },
  bytes: { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 },
  number: { "": 1 },
};

/** @throws RangeError that says what is wrong */
export function parseThreshold(text: string): Threshold {
  const [, metric = "", action, operator, value = "", unit = ""] = FORM.exec(text.trim()) ?? [];
  if (operator === undefined)
    throw new RangeError(`${text} is no condition such as p99:publish>50ms or error_rate>1%`);
  const known = Object.hasOwn(METRICS, metric) ? METRICS[metric] : undefined;
  if (known === undefined)
    throw new RangeError(
      `${text}: ${metric} is not one of ${Object.keys(METRICS).join(", ")}${didYouMean(metric, Object.keys(METRICS))}`,
    );
  if (action !== undefined && !known.ofAction)
    throw new RangeError(`${text}: ${metric} is of the whole run, not of an action`);
  const scale = SCALES[known.unit][unit.toLowerCase()];
  const limit = Number(value);
  if (scale === undefined || !Number.isFinite(limit))
    throw new RangeError(`${text}: ${metric} is compared with ${unitsOf(known.unit)}`);
  return { ...{ text: text.trim(), metric, action }, operator: operator as Operator, limit: limit * scale };
}

const unitsOf = (unit: Unit) =>
  ({
    time: "a time such as 50ms or 1.5s",
    share: "a share such as 1%",
    bytes: "a size such as 500mb",
    number: "a number",
  })[unit];

/** A condition about something that was not measured is not met either: the run can't show it. */
export function judge(thresholds: readonly Threshold[], result: Measured): ThresholdResult[] {
  return thresholds.map(({ text, metric, action, operator, limit }) => {
    const actions =
      action === undefined ? result.actions : result.actions.filter(({ name }) => name === action);
    const isUnknown = action !== undefined && actions.length === 0;
    const value = isUnknown ? undefined : METRICS[metric]?.read(result, actions);
    return {
      fail: text,
      value: value ?? null,
      passed: value !== undefined && !holds(value, operator, limit),
    };
  });
}

function holds(value: number, operator: Operator, limit: number): boolean {
  switch (operator) {
    case ">":
      return value > limit;
    case ">=":
      return value >= limit;
    case "<":
      return value < limit;
    case "<=":
      return value <= limit;
  }
}
