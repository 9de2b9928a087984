/** What this worker's metrics are read from. */
import type { StoreSpace } from "../../core/ports/store/space.ts";
import type { RealtimeFigures } from "../../namespaces/game/realtime/figures.ts";
import type { CutOff } from "../process/cut-off.ts";
import type { WorkerLoad } from "../process/worker-load.ts";
import type { LimitUsage } from "./limit-usage.ts";

export interface MetricSources {
  /** Transport connections of this worker. */
  clients(): number;
  /** Sessions of this worker by namespace and transport. */
  sessions(): Iterable<{ readonly namespace: string; readonly transport: string; readonly count: number }>;
  /** Rooms of the whole cluster, as last counted; told by one worker's metrics only once they are added up. */
  rooms(): Promise<number>;
  /** Commands under way. */
  inFlight(): number;
  /** Bytes over the port, since the start. */
  bytes(): { readonly received: number; readonly sent: number };
  /** Messages handed to connections, since the start. */
  messagesSent(): number;
  /** Deadlines run and failed, since the start. */
  timers(): { readonly run: number; readonly failed: number };
  storeHealthy(): boolean;
  storeSpace(): StoreSpace;
  /** True too where no gateway is configured. */
  gatewayHealthy(): boolean;
  /** Since this worker was started, in seconds. */
  uptimeS(): number;
  /** Transport connections since the start. */
  connections(): { readonly opened: number };
  /** Connections and log-ins turned away since the start, by reason. */
  refused(): Iterable<readonly [reason: string, refusals: number]>;
  /** Of the whole cluster, for the kinds that are counted there. */
  roomsByKind(): Promise<Iterable<readonly [kind: string, rooms: number]>>;
  /** Memberships of this worker's connections. */
  membersByKind(): Iterable<readonly [kind: string, members: number]>;
  /** Tickets that wait in the whole cluster; may throw while the store is away. */
  queueSizes(): Promise<Iterable<readonly [mode: string, tickets: number]>>;
  /** Of the whole cluster; may throw while the store is away. */
  limitUsage(): Promise<Iterable<LimitUsage>>;
  /** Refusals by the limit that refused, since the start. */
  rateLimited(): Iterable<readonly [limit: string, refusals: number]>;
  /** Reliable events that gave way to others in a full inbox, since the start, by whose they were. */
  inboxDropped(): { readonly server: number; readonly players: number };
  readonly load: WorkerLoad;
  /** What was shed since the start, by what it was. */
  shed(): Readonly<Record<string, number>>;
  /** Whether this worker is cut from the store while others are not, and what it did then since the start. */
  cutOff(): Pick<CutOff, "reason" | "counts">;
  /** Clients that did not read and were cut, since the start. */
  slowClientsCut(): number;
  /** What this worker has in memory for its connections, by what it is. */
  held(): Iterable<readonly [what: string, count: number]>;
  /** Of this worker's real-time rooms. */
  realtime(): RealtimeFigures;
  /** Names and pictures asked of the application's user service, by what came of it, since the start. */
  userLoads(): Iterable<readonly [outcome: string, users: number]>;
}
