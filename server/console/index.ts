/** The operators' console: an HTTP API over the whole cluster. It costs what is asked for, and nothing while nobody asks. */
import type { Request } from "express";
import type { NamespaceName } from "../../core/contract/contract.ts";
import type { UserId, WorkerId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import type { PresenceScope } from "../../core/ports/store/presence.ts";
import type { Store } from "../../core/ports/store/store.ts";
import { createAttempts } from "../admin/attempts.ts";
import { type AdminCredentials, viewerCredentials } from "../admin/credentials.ts";
import { createAdminSessions } from "../admin/login.ts";
import type { Security } from "../auth/security.ts";
import type { Config } from "../config/config.ts";
import type { FollowedStream } from "../delivery/live-followed.ts";
import type { Route } from "../http/route.ts";
import type { Inspection } from "../modules.ts";
import type { AddressedRequest } from "../sessions/client-address.ts";
import type { SessionRegistry } from "../sessions/registry.ts";
import { createConsoleAudit } from "./audit.ts";
import { createConsoleCluster, type WorkerCounters } from "./cluster.ts";
import { consoleRoutes } from "./routes/index.ts";
import { type ConsoleAccess, createConsoleAccess } from "./session.ts";

export interface ConsoleOptions {
  readonly config: Config;
  readonly credentials: AdminCredentials;
  readonly store: Store;
  readonly worker: WorkerId;
  readonly log: Log;
  readonly registry: SessionRegistry;
  readonly security: Pick<Security, "limiter" | "requireOperator" | "revocations">;
  readonly inspection: Inspection;
  scopeOf(namespace: NamespaceName): PresenceScope;
  /** Streams that connections of this worker follow. */
  streams(): Iterable<FollowedStream>;
  /** Of this worker, since its start or now. */
  counters(): WorkerCounters;
  addressOf(request: AddressedRequest): string;
  /** On all workers, in all namespaces or one. */
  disconnect(user: UserId, namespace?: NamespaceName): void;
}

export interface Console extends Pick<ConsoleAccess, "requireConsole"> {
  readonly routes: readonly Route[];
  close(): void;
}

export async function createConsole(options: ConsoleOptions): Promise<Console> {
  const { config, credentials, store, worker, log, registry, security, inspection, scopeOf } = options;
  const cluster = await createConsoleCluster({
    ...{ store, worker, log, registry },
    ...{ game: inspection.game, fights: inspection.fights, world: inspection.world },
    streams: options.streams,
    counters: options.counters,
    addressOf: (session) => options.addressOf(session.socket.request),
  });
  const access = createConsoleAccess({
    operator: credentials,
    viewer: viewerCredentials(config),
    sessions: createAdminSessions(store.documents),
    attempts: createAttempts(security.limiter, store),
    log,
    addressOf: (req: Request) => options.addressOf(req),
    requireOperator: security.requireOperator,
  });
  const audit = createConsoleAudit(store);
  return {
    routes: consoleRoutes({
      ...{ access, audit, store, cluster, inspection, scopeOf },
      ...{ revocations: security.revocations, disconnect: options.disconnect },
      addressOf: options.addressOf,
    }),
    requireConsole: access.requireConsole,
    close: () => cluster.close(),
  };
}
