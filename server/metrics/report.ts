/** The XR presence server's performance report: a text for people, and the same figures as data, read from the metrics of all workers. */
import type { MetricList } from "./cluster-metrics.ts";

type Value = MetricList[number]["values"][number];

export interface Figures {
  readonly uptime_s: number;
  /** `total`: since the workers were started. `errors`: connections that were refused or cut. */
  readonly connections: { readonly active: number; readonly total: number; readonly errors: number };
  readonly messages: {
    readonly received: number;
    readonly sent: number;
    readonly errors: number;
    readonly per_second: number;
  };
  readonly bytes: { readonly received: number; readonly sent: number };
  /** Upper bounds of their buckets; past the last bound the last bound. */
  readonly latency_ms: {
    readonly average: number;
    readonly p50: number;
    readonly p95: number;
    readonly p99: number;
  };
  /** By kind; `rooms` where the kind is counted over all workers. */
  readonly rooms: Readonly<Record<string, { readonly rooms?: number; readonly members: number }>>;
  readonly queues: Readonly<Record<string, number>>;
  readonly rate_limited: Readonly<Record<string, number>>;
  readonly slow_clients_cut: number;
}

export function figuresOf(list: MetricList): Figures {
  const valuesOf = (name: string): readonly Value[] =>
    list.find((metric) => metric.name === name)?.values ?? [];
  const sumOf = (name: string) => valuesOf(name).reduce((sum, { value }) => sum + value, 0);
  const byLabel = (name: string, label: string) =>
    new Map(valuesOf(name).map(({ labels, value }) => [String(labels[label] ?? ""), value]));

  const durations = valuesOf("muster_event_duration_seconds");
  const ending = (suffix: string) =>
    durations
      .filter((value) => "metricName" in value && String(value.metricName).endsWith(suffix))
      .reduce((sum, { value }) => sum + value, 0);
  const events = ending("_count");
  const roomCounts = byLabel("muster_rooms", "kind");
  const rooms = [...byLabel("muster_room_members", "kind")].map(([kind, members]) => {
    const count = roomCounts.get(kind);
    return [kind, count === undefined ? { members } : { rooms: count, members }] as const;
  });
  const quantile = (share: number) => quantileMs(durations, events, share);
  return {
    uptime_s: Math.round(sumOf("muster_uptime_seconds")),
    connections: {
      active: sumOf("websocket_clients_total"),
      total: sumOf("muster_connections_total"),
      errors: sumOf("muster_connections_refused_total") + sumOf("muster_slow_clients_cut_total"),
    },
    messages: {
      received: events,
      sent: sumOf("muster_messages_sent_total"),
      errors: sumOf("websocket_errors_total"),
      per_second: sumOf("websocket_messages_per_second"),
    },
    bytes: { received: sumOf("muster_bytes_received_total"), sent: sumOf("muster_bytes_sent_total") },
    latency_ms: {
      average: events === 0 ? 0 : round((ending("_sum") / events) * 1_000),
      p50: quantile(0.5),
      p95: quantile(0.95),
      p99: quantile(0.99),
    },
    rooms: Object.fromEntries(rooms),
    queues: Object.fromEntries(byLabel("muster_queue_size", "mode")),
    rate_limited: Object.fromEntries(byLabel("muster_rate_limited_total", "limit")),
    slow_clients_cut: sumOf("muster_slow_clients_cut_total"),
  };
}

function quantileMs(durations: readonly Value[], events: number, share: number): number {
  if (events === 0) return 0;
  const upTo = new Map<number, number>();
  for (const { labels, value } of durations) {
    const bound = Number(labels.le);
    if (labels.le !== undefined && Number.isFinite(bound)) upTo.set(bound, (upTo.get(bound) ?? 0) + value);
  }
  let last = 0;
  for (const [bound, count] of [...upTo].sort(([a], [b]) => a - b)) {
    last = bound;
    if (count >= events * share) break;
  }
  return round(last * 1_000);
}

const round = (value: number) => Math.round(value * 1_000) / 1_000;

export function reportOf(figures: Figures): string {
  const { connections, messages, bytes, latency_ms, rooms, queues, rate_limited } = figures;
  const listed = (entries: Iterable<readonly [string, number]>) =>
    [...entries].map(([name, value]) => `${name} ${value}`).join(", ") || "none";
  return [
    "=== Performance Report ===",
    `Uptime: ${figures.uptime_s}s`,
    `Connections: ${connections.active} active / ${connections.total} total (${connections.errors} errors)`,
    `Messages: ${messages.received} received / ${messages.sent} sent (${messages.errors} errors), ${messages.per_second}/s`,
    `Bytes: ${bytes.received} received / ${bytes.sent} sent`,
    `Latency: average ${latency_ms.average}ms, p50 ${latency_ms.p50}ms, p95 ${latency_ms.p95}ms, p99 ${latency_ms.p99}ms`,
    `Room members: ${listed(Object.entries(rooms).map(([kind, { members }]) => [kind, members] as const))}`,
    `Queue depth: ${listed(Object.entries(queues))}`,
    `Rate limited: ${listed(Object.entries(rate_limited))}`,
    `Slow clients cut: ${figures.slow_clients_cut}`,
  ].join("\n");
}
