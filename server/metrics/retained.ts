/**
 * What a worker has in memory for its connections, counted by what it is: everything that begins with a connection or a command, and must
 * end with it. With nobody connected all of it is nought; what is not has leaked.
 */
import type { Server } from "socket.io";
import type { CrowdedQueues, InFlight } from "../../middleware/command-queue.ts";
import type { Security } from "../auth/security.ts";
import type { SessionAffinity } from "../cluster/session-affinity.ts";
import type { RunningUserBus } from "../cluster/user-bus.ts";
import type { RunningConnectionPresence } from "../delivery/connection-presence.ts";
import type { RunningInbox } from "../delivery/inbox/inbox.ts";
import type { RunningLive } from "../delivery/live.ts";
import type { RunningReading } from "../delivery/read-scheduler.ts";
import type { Gateway } from "../gateway/index.ts";
import type { Modules } from "../modules.ts";
import type { Operations } from "../process/operations.ts";
import type { AddressLimit } from "../sessions/address-limit.ts";
import type { ConnectionLimit } from "../sessions/connection-limit.ts";
import type { TokenExpiry } from "../sessions/expiry.ts";
import type { SessionRegistry } from "../sessions/registry.ts";
import type { JoinedWrites } from "../socketio/joined-writes/adapter.ts";
import type { ConnectionStages } from "../socketio/limits/connection-stages.ts";
import type { SlowClientSweep } from "../socketio/limits/slow-clients.ts";

export type Retained = Readonly<Record<string, number>>;

export interface RetainedSources {
  readonly io: Server;
  readonly registry: SessionRegistry;
  readonly inFlight: InFlight;
  readonly live: RunningLive;
  readonly reading: RunningReading;
  readonly connectionPresence: RunningConnectionPresence;
  readonly inbox: RunningInbox;
  readonly userBus: Pick<RunningUserBus, "size">;
  readonly expiry: TokenExpiry;
  readonly security: Pick<Security, "limiter" | "bytes" | "floods">;
  readonly modules: Modules;
  readonly slowClients: SlowClientSweep;
  readonly joinedWrites: JoinedWrites | undefined;
  readonly gateway: Gateway | undefined;
  readonly sessionAffinity: Pick<SessionAffinity, "passing">;
  readonly operations: Pick<Operations, "held">;
  readonly connectionLimit: ConnectionLimit;
  readonly addressLimit: Pick<AddressLimit, "size">;
  readonly crowded: CrowdedQueues;
  readonly stages: Pick<ConnectionStages, "connecting">;
}

/** Dashboards are no players: what is counted of them is theirs. */
const OWN_NAMESPACE = "/admin";

export function retainedBy(sources: RetainedSources): Retained {
  const { io, registry, inFlight, live, connectionPresence, inbox, expiry, modules } = sources;
  const { polling, open, watched } = sources.operations.held();
  const { following, attaching } = live.followers;
  const held: Record<string, number> = {
    connections: io.engine?.clientsCount ?? 0,
    connections_open: open,
    connections_joining: sources.stages.connecting,
    connections_polling: polling,
    connections_plain: sources.gateway?.size ?? 0,
    connections_slow: sources.slowClients.slow,
    connections_passed_on: [...sources.sessionAffinity.passing()].length,
    sessions: registry.size,
    users: registry.userCount,
    ...socketsOf(io),
    users_limited: sources.connectionLimit.size,
    addresses: sources.addressLimit.size,
    watched_sockets: watched,
    commands: inFlight.size,
    crowded_queues: sources.crowded.size,
    followed_streams: live.size,
    followers: following,
    attaching,
    readers: sources.reading.size,
    read_and_not_taken: sources.reading.untakenBytes,
    attendances: connectionPresence.size,
    attendances_pending: connectionPresence.pending,
    inboxes: inbox.size,
    users_listened_to: sources.userBus.size,
    tokens: expiry.size,
    rate_windows: sources.security.limiter.size,
    users_cut: sources.security.floods.size,
    users_with_bytes: sources.security.bytes.size,
    kept_writes: sources.joinedWrites?.kept ?? 0,
  };
  for (const { module } of modules.list) Object.assign(held, module.held?.());
  return held;
}

function socketsOf(io: Server): { readonly sockets: number; readonly rooms: number } {
  let sockets = 0;
  let rooms = 0;
  for (const nsp of io._nsps.values()) {
    if (nsp.name === OWN_NAMESPACE) continue;
    sockets += nsp.sockets.size;
    rooms += nsp.adapter.rooms.size;
  }
  return { sockets, rooms };
}
