/** What happened to events, in plain numbers on the hot path; turned into metrics when they are read. */
import type { NamespaceName } from "../../core/contract/contract.ts";
import type { ErrorCode } from "../../core/contract/errors.ts";

/** Upper bounds of the duration buckets, in seconds. */
const BUCKETS_S = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5] as const;

export interface EventStat {
  readonly namespace: NamespaceName;
  readonly event: string;
  ok: number;
  readonly errors: Map<ErrorCode, number>;
}

export interface DurationStat {
  readonly namespace: NamespaceName;
  /** Not cumulative; the last one is 'longer than all bounds'. */
  readonly counts: Uint32Array;
  sumS: number;
}

export class EventStats {
  readonly #events = new Map<NamespaceName, Map<string, EventStat>>();
  readonly #durations = new Map<NamespaceName, DurationStat>();
  received = 0;
  failed = 0;

  /** @param event a name of the contract, or one name for all that are not: names become labels */
  observe(namespace: NamespaceName, event: string, outcome: "ok" | ErrorCode, durationMs: number): void {
    this.received++;
    const stat = this.#statOf(namespace, event);
    if (outcome === "ok") stat.ok++;
    else {
      this.failed++;
      stat.errors.set(outcome, (stat.errors.get(outcome) ?? 0) + 1);
    }
    const durations = this.#durationsOf(namespace);
    const seconds = durationMs / 1_000;
    durations.sumS += seconds;
    const at = bucketOf(seconds);
    durations.counts[at] = (durations.counts[at] ?? 0) + 1;
  }

  *events(): Iterable<EventStat> {
    for (const byEvent of this.#events.values()) yield* byEvent.values();
  }

  durations(): Iterable<DurationStat> {
    return this.#durations.values();
  }

  /** The duration in seconds below which this share of events stayed (the upper bound of its bucket); 0 without events. */
  quantile(share: number): number {
    const total = new Float64Array(BUCKETS_S.length + 1);
    let count = 0;
    for (const { counts } of this.#durations.values())
      counts.forEach((n, at) => {
        total[at] = (total[at] ?? 0) + n;
        count += n;
      });
    let seen = 0;
    for (let at = 0; at < total.length && count > 0; at++) {
      seen += total[at] ?? 0;
      if (seen >= count * share) return BUCKETS_S[at] ?? Number.POSITIVE_INFINITY;
    }
    return 0;
  }

  #statOf(namespace: NamespaceName, event: string): EventStat {
    const byEvent = getOrMake(this.#events, namespace, () => new Map<string, EventStat>());
    return getOrMake(byEvent, event, () => ({ namespace, event, ok: 0, errors: new Map() }));
  }

  #durationsOf(namespace: NamespaceName): DurationStat {
    return getOrMake(this.#durations, namespace, () => ({
      namespace,
      counts: new Uint32Array(BUCKETS_S.length + 1),
      sumS: 0,
    }));
  }
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

function bucketOf(seconds: number): number {
  for (let at = 0; at < BUCKETS_S.length; at++) if (seconds <= (BUCKETS_S[at] ?? 0)) return at;
  return BUCKETS_S.length;
}

/** prom-client's histogram costs a hash per observation; this one is a view of numbers that are there already. */
export class DurationHistogram {
  readonly name = "muster_event_duration_seconds";
  readonly help = "How long events took, from their arrival to their acknowledgement.";
  readonly type = "histogram";
  readonly aggregator = "sum";
  readonly #stats: EventStats;

  constructor(stats: EventStats) {
    this.#stats = stats;
  }

  async get() {
    const values: { metricName: string; labels: Record<string, string | number>; value: number }[] = [];
    for (const { namespace, counts, sumS } of this.#stats.durations()) {
      let total = 0;
      counts.forEach((count, at) => {
        total += count;
        values.push({
          metricName: `${this.name}_bucket`,
          labels: { le: BUCKETS_S[at] ?? "+Inf", namespace },
          value: total,
        });
      });
      values.push({ metricName: `${this.name}_sum`, labels: { namespace }, value: sumS });
      values.push({ metricName: `${this.name}_count`, labels: { namespace }, value: total });
    }
    return { name: this.name, help: this.help, type: this.type, aggregator: this.aggregator, values };
  }

  reset(): void {
    // Its numbers are the stats'; they are never reset.
  }
}
