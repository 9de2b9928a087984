/** This worker's metrics, in prom-client's registry. Hot paths count in plain numbers; a scrape reads them. */
import { Counter, collectDefaultMetrics, Gauge, type Metric, Registry } from "prom-client";
import type { Server } from "socket.io";
import { NAMESPACES } from "../../core/contract/contract.ts";
import type { StoreSpace } from "../../core/ports/store/space.ts";
import { DurationHistogram, EventStats } from "./event-stats.ts";
import type { LimitUsage } from "./limit-usage.ts";
import { registerLoad } from "./load.ts";
import { registerRealtime } from "./realtime.ts";
import type { MetricSources } from "./sources.ts";

// Memberships of this worker's connections by kind of room, read when somebody asks.

/** Kinds of `core/rooms.ts` that people mean by a room; users, roles and cells of the world are not. */
const ROOM_KINDS = ["room", "relay", "match", "channel", "combat", "zone"] as const;
export type RoomKind = (typeof ROOM_KINDS)[number];
const KINDS: ReadonlySet<string> = new Set(ROOM_KINDS);

/** How many connections are in rooms of each kind, each counted once per room. */
export function membersByKind(io: Server): ReadonlyMap<RoomKind, number> {
  const members = new Map<RoomKind, number>(ROOM_KINDS.map((kind) => [kind, 0]));
  for (const namespace of NAMESPACES)
    for (const [name, sockets] of io.of(namespace).adapter.rooms) {
      const at = name.indexOf(":");
      const kind = at > 0 ? name.slice(0, at) : "";
      if (isKind(kind)) members.set(kind, (members.get(kind) ?? 0) + sockets.size);
    }
  return members;
}

const isKind = (kind: string): kind is RoomKind => KINDS.has(kind);

export interface Metrics {
  readonly stats: EventStats;
  readonly registry: Registry;
  /** Events handled in the last full second. */
  perSecond(): number;
  close(): void;
}

export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  const stats = new EventStats();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  let last = 0;
  let rate = 0;
  const interval = setInterval(() => {
    rate = stats.received - last;
    last = stats.received;
  }, 1_000);

  const gauge = (
    name: string,
    help: string,
    read: () => number | Promise<number>,
    aggregator?: "max" | "min",
  ) =>
    new Gauge({
      name,
      help,
      registers,
      ...(aggregator === undefined ? {} : { aggregator }),
      async collect() {
        this.set(await read());
      },
    });
  const counter = (name: string, help: string, read: () => number) =>
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read());
      },
    });

  // The names that the Go relay uses.
  gauge("websocket_clients_total", "Connected clients.", sources.clients);
  // Every worker knows the count of the whole cluster: the sum would tell it once per worker.
  gauge("websocket_rooms_total", "Rooms with members.", sources.rooms, "max");
  gauge("websocket_messages_per_second", "Events handled in the last second.", () => rate);
  counter("websocket_errors_total", "Events that failed.", () => stats.failed);

  gauge("muster_commands_in_flight", "Commands under way.", sources.inFlight);
  gauge(
    "muster_store_up",
    "1 while the store answers every worker.",
    () => (sources.storeHealthy() ? 1 : 0),
    "min",
  );
  const space = (name: string, help: string, read: (space: StoreSpace) => number) =>
    gauge(name, help, () => read(sources.storeSpace()), "max");
  space("muster_store_used_bytes", "What the store holds.", ({ usedBytes }) => usedBytes);
  space(
    "muster_store_capacity_bytes",
    "What the store may hold; 0 where nobody has said.",
    ({ capacityBytes = 0 }) => capacityBytes,
  );
  space("muster_store_low", "1 while only the store's reserve is left: messages are refused.", ({ isLow }) =>
    isLow ? 1 : 0,
  );
  gauge(
    "muster_upstream_up",
    "1 while every worker reaches the gateway and sends it commands, and where none is configured.",
    () => (sources.gatewayHealthy() ? 1 : 0),
    "min",
  );
  gauge("muster_uptime_seconds", "Since the oldest worker was started.", sources.uptimeS, "max");
  counter("muster_connections_total", "Transport connections opened.", () => sources.connections().opened);
  registerLoad(registers, sources.load);
  gauge(
    "muster_cut_off",
    "1 while this worker is cut from the store, which other workers have.",
    () => Number(sources.cutOff().reason !== undefined),
    "max",
  );
  counter(
    "muster_cut_off_released_total",
    "Clients that such a worker let go to others.",
    () => sources.cutOff().counts.released,
  );
  counter(
    "muster_cut_off_refused_total",
    "New connections that such a worker turned away.",
    () => sources.cutOff().counts.refused,
  );
  counter("muster_slow_clients_cut_total", "Clients cut because they did not read.", sources.slowClientsCut);
  counter("muster_bytes_received_total", "Bytes received over the port.", () => sources.bytes().received);
  counter("muster_bytes_sent_total", "Bytes sent over the port.", () => sources.bytes().sent);
  counter("muster_messages_sent_total", "Messages handed to connections.", sources.messagesSent);
  counter("muster_deadlines_run_total", "Deadlines handled.", () => sources.timers().run);
  counter(
    "muster_deadlines_failed_total",
    "Deadlines that failed and fire again.",
    () => sources.timers().failed,
  );
  new Gauge({
    name: "muster_sessions",
    help: "Connections in namespaces.",
    labelNames: ["namespace", "transport"],
    registers,
    collect() {
      this.reset();
      for (const { namespace, transport, count } of sources.sessions())
        this.set({ namespace, transport }, count);
    },
  });
  registerLabelled(registers, sources);
  registerRealtime(registry, sources.realtime);
  new Counter({
    name: "muster_events_total",
    help: "Events from clients, by what became of them.",
    labelNames: ["namespace", "event", "outcome"],
    registers,
    collect() {
      this.reset();
      for (const { namespace, event, ok, errors } of stats.events()) {
        if (ok > 0) this.inc({ namespace, event, outcome: "ok" }, ok);
        for (const [outcome, count] of errors) this.inc({ namespace, event, outcome }, count);
      }
    },
  });
  // It has what a registry asks of a metric; prom-client's type names its own classes.
  registry.registerMetric(new DurationHistogram(stats) as unknown as Metric);

  return {
    stats,
    registry,
    perSecond: () => rate,
    close() {
      clearInterval(interval);
      registry.clear();
    },
  };
}

/** Told from the start, so that their first rise is seen as one. */
const USUAL_REASONS = [
  ...["unauthorized", "token_invalid", "token_expired", "token_revoked", "forbidden"],
  ...["rate_limited", "server_full", "unavailable", "origin", "path", "address"],
] as const;

/** Figures with one label each: kinds of rooms, modes, limits. */
function registerLabelled(registers: Registry[], sources: MetricSources): void {
  new Gauge({
    name: "muster_rooms",
    help: "Rooms with members in the whole cluster, by kind.",
    labelNames: ["kind"],
    registers,
    // Every worker knows the count of the whole cluster.
    aggregator: "max",
    async collect() {
      for (const [kind, count] of await sources.roomsByKind()) this.set({ kind }, count);
    },
  });
  new Gauge({
    name: "muster_room_members",
    help: "Connections in rooms, by kind of room; one in two rooms counts twice.",
    labelNames: ["kind"],
    registers,
    collect() {
      for (const [kind, count] of sources.membersByKind()) this.set({ kind }, count);
    },
  });
  new Gauge({
    name: "muster_held",
    help: "What is in memory for connections, by what it is; all noughts when nobody is connected.",
    labelNames: ["what"],
    registers,
    collect() {
      for (const [what, count] of sources.held()) this.set({ what }, count);
    },
  });
  new Gauge({
    name: "muster_queue_size",
    help: "Tickets that wait in the whole cluster, by mode.",
    labelNames: ["mode"],
    registers,
    aggregator: "max",
    async collect() {
      this.reset();
      try {
        for (const [mode, tickets] of await sources.queueSizes()) this.set({ mode }, tickets);
      } catch {
        // The store is away, which `muster_store_up` tells; no value is better than an old one.
      }
    },
  });
  const limit = (name: string, help: string, read: (usage: LimitUsage) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ["limit"],
      registers,
      aggregator: "max",
      async collect() {
        this.reset();
        try {
          for (const usage of await sources.limitUsage()) this.set({ limit: usage.limit }, read(usage));
        } catch {
          // As with queues.
        }
      },
    });
  limit("muster_limit_used", "How much of a limit is used, by its setting in `limits`.", ({ used }) => used);
  limit("muster_limit", "The limit, where it is on.", ({ max }) => max);
  new Counter({
    name: "muster_user_names_total",
    help: "Names of users that were asked of the application, by what came of it.",
    labelNames: ["outcome"],
    registers,
    collect() {
      this.reset();
      for (const [outcome, users] of sources.userLoads()) this.inc({ outcome }, users);
    },
  });
  new Counter({
    name: "muster_inbox_dropped_total",
    help: "Reliable events that gave way to newer ones in a full inbox, by whose they were.",
    labelNames: ["of"],
    registers,
    collect() {
      this.reset();
      for (const [of, dropped] of Object.entries(sources.inboxDropped())) this.inc({ of }, dropped);
    },
  });
  new Counter({
    name: "muster_connections_refused_total",
    help: "Connections and log-ins turned away, by reason.",
    labelNames: ["reason"],
    registers,
    collect() {
      this.reset();
      for (const reason of USUAL_REASONS) this.inc({ reason }, 0);
      for (const [reason, refusals] of sources.refused()) this.inc({ reason }, refusals);
    },
  });
  new Counter({
    name: "muster_shed_total",
    help: "What was refused or left out because a worker was overloaded, by what it was.",
    labelNames: ["what"],
    registers,
    collect() {
      this.reset();
      for (const [what, count] of Object.entries(sources.shed())) this.inc({ what }, count);
    },
  });
  new Counter({
    name: "muster_rate_limited_total",
    help: "Events refused, by the limit that refused.",
    labelNames: ["limit"],
    registers,
    collect() {
      this.reset();
      for (const limit of ["event", "user", "connection", "global", "guess", "overload"])
        this.inc({ limit }, 0);
      for (const [limit, refusals] of sources.rateLimited()) this.inc({ limit }, refusals);
    },
  });
}
