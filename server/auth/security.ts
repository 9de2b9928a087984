/** Everything that decides over access: keys, tokens, revocations, origins and rates, for connections and for HTTP. */
import type { IncomingMessage } from "node:http";
import type { Request } from "express";
import type { Socket } from "socket.io";
import { because } from "../../core/contract/cause.ts";
import { type Contract, OPERATORS, type Role } from "../../core/contract/contract.ts";
import { GameError } from "../../core/contract/errors.ts";
import type { Identity, Session } from "../../core/contract/session.ts";
import { asId, type ConnectionId, type UserId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import { topic } from "../../core/ports/store/bus.ts";
import type { Store } from "../../core/ports/store/store.ts";
import type { Clock } from "../../core/time.ts";
import { authenticate, bearerOf, readCredentials, renew } from "../../middleware/authenticate.ts";
import type { CompiledCommand } from "../../middleware/compiled-command.ts";
import { authorize, RefusedPayload } from "../../middleware/dispatch.ts";
import { originAllowed } from "../../middleware/origin.ts";
import type { Offence, OffenceChannel } from "../../middleware/rate-limit/backoff.ts";
import { type ByteLimiter, createByteLimiter } from "../../middleware/rate-limit/bytes.ts";
import { createFloodWatch, type FloodWatch, HOLD_MS } from "../../middleware/rate-limit/floods.ts";
import { createRateLimiter, type RateLimiter } from "../../middleware/rate-limit/limiter.ts";
import type { Config } from "../config/config.ts";
import type { LoadWatch } from "../process/load.ts";
import { isLoopback, networkOf } from "../sessions/client-address.ts";
import type { SessionRegistry } from "../sessions/registry.ts";
import { SocketSession } from "../sessions/socket-session.ts";
import { endFlooding, holdBack } from "../socketio/limits/hold-back.ts";
import { createApiKeyCheck } from "./api-key.ts";
import { sharedDevSecret } from "./dev-secret.ts";
import { createKeySource } from "./keys.ts";
import { mintToken, type TokenClaims } from "./mint.ts";
import { createOncePerConnection } from "./once-per-connection.ts";
import { createRevocations, type Revocations } from "./revocations.ts";
import { createVerifier } from "./verify.ts";

export interface Security {
  authenticate(socket: Socket, access: Contract["access"]): Identity | Promise<Identity>;
  refresh(session: SocketSession, token: string): Identity | Promise<Identity>;
  /** Milliseconds to wait, or 0. A connection that goes on although it is refused is read more slowly, then cut. */
  limit(session: Session, command: CompiledCommand): number;
  /** Takes note of a command that was refused because too much of its connection is under way. */
  crowded(session: Session): void;
  /** Throws where no connection is taken now. */
  admit(draining: boolean): void;
  originAllowed(req: IncomingMessage): boolean;
  /** The caller of an HTTP route: the API key, or a token with one of these roles. Throws `unauthorized` or `forbidden`. */
  requireRole(req: Request, roles: readonly Role[]): Promise<Identity>;
  requireOperator(req: Request): Promise<Identity>;
  /** A token, where this server has the key to sign it. */
  mintToken(claims: TokenClaims): Promise<string | undefined>;
  readonly revocations: Revocations;
  readonly limiter: RateLimiter;
  /** Counts messages before they are parsed. */
  readonly bytes: ByteLimiter;
  /** Who goes on although refused. */
  readonly floods: FloodWatch;
  /** Refusals by the limit that refused, since the start. */
  readonly refused: ReadonlyMap<string, number>;
  close(): void;
}

export interface SecurityOptions {
  readonly config: Config;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly registry: SessionRegistry;
  readonly load: Pick<LoadWatch, "level">;
  /** The client's address, of a connection's request. */
  addressOf(request: IncomingMessage): string;
}

const SWEEP_MS = 1_000;

export function createSecurity(options: SecurityOptions): Security {
  const { config, store, clock, log, registry, load, addressOf } = options;
  const { auth } = config;
  const keys = createKeySource(auth, {
    clock,
    devSecret: () => sharedDevSecret(store, config.store.dataDir),
  });
  const revocations = createRevocations({
    store,
    maxTokenAgeMs: auth.maxTokenAgeMs,
    log,
    onRevoked({ userId }) {
      const sessions = userId === undefined ? registry.all() : registry.ofUser(userId);
      for (const session of [...sessions])
        if (revocations.isRevoked(session.identity)) session.close("token_revoked");
    },
  });
  const verify = createVerifier(auth, keys, clock, revocations);
  const verified = createOncePerConnection(
    verify,
    () => clock.now(),
    (identity) => revocations.isRevoked(identity),
  );
  const isApiKey = createApiKeyCheck(auth.apiKey);
  const refused = new Map<string, number>();
  const noteRefused = (limit: string) => void refused.set(limit, (refused.get(limit) ?? 0) + 1);
  const isOverloaded = () => load.level >= 3;
  const limiter = createRateLimiter({
    limits: config.rateLimits,
    clock: { now: () => store.now() },
    ...(store.shared ? { counters: store.counters, offences: offencesOver(store) } : {}),
    onRefused: noteRefused,
    isOverloaded,
  });
  const floods = createFloodWatch(() => store.now());
  const sweeping = setInterval(() => floods.sweep(), SWEEP_MS);
  /** A guest has another name with each connection. Behind a loopback address, a proxy's, they can't be told apart: none pays for another. */
  function subjectOf({ userId, anonymous }: Identity, request: IncomingMessage): string {
    const network = anonymous ? networkOf(addressOf(request)) : undefined;
    return network === undefined || isLoopback(network) ? userId : `address ${network}`;
  }

  function cut(connection: object): void {
    for (const session of [...registry.onTransport(connection)]) {
      session.close("rate_limited");
      // The gateway's connection ends by itself, with its close code.
      if (session.transport === "socket.io") endFlooding(session.socket.conn);
    }
  }

  function noteRefusal(session: Session): void {
    if (!(session instanceof SocketSession)) return;
    const { identity, socket } = session;
    const { conn } = socket;
    const subject = subjectOf(identity, socket.request);
    const todo = floods.refused(conn, subject);
    if (todo === "nothing") return;
    if (todo === "cut" || (holdBack(conn, HOLD_MS) && floods.held(conn, subject))) cut(conn);
  }

  const bytes = createByteLimiter({
    connectionBytes: config.rateLimits.connectionBytes,
    userBytes: config.rateLimits.userBytes,
    clock: { now: () => store.now() },
    ...(store.shared ? { counters: store.counters } : {}),
    isOverloaded,
    onRefused(limit, connection) {
      noteRefused(limit);
      holdBack(connection, HOLD_MS);
    },
    onFlood(connection) {
      for (const { identity, socket } of registry.onTransport(connection)) {
        floods.cut(subjectOf(identity, socket.request));
        break;
      }
      cut(connection);
    },
  });
  const service: Identity = {
    userId: asId<UserId>("service:api-key"),
    name: "API key",
    roles: ["service"],
    anonymous: false,
  };

  async function requireRole(req: Request, roles: readonly Role[]): Promise<Identity> {
    const token = bearerOf(req.headers.authorization);
    if (token === undefined)
      throw new GameError("unauthorized", {
        cause: because("no token", "there is no Authorization: Bearer with a token or the API key"),
      });
    if (isApiKey(token)) {
      authorize(service, { roles });
      return service;
    }
    const identity = await verify(token);
    authorize(identity, { roles });
    return identity;
  }

  return {
    revocations,
    limiter,
    bytes,
    floods,
    refused,
    authenticate(socket, access) {
      const { auth: given, headers, query } = socket.handshake;
      if (given instanceof RefusedPayload) throw given.error;
      const identity = authenticate(readCredentials({ auth: given, headers, query }), {
        access,
        mode: auth.mode,
        connectionId: asId<ConnectionId>(socket.id),
        verify: verified.of(socket.conn),
      });
      const admitted = (known: Identity): Identity => {
        const wait = floods.size === 0 ? 0 : floods.waitOf(subjectOf(known, socket.request));
        if (wait === 0) return known;
        throw new GameError("rate_limited", {
          message: "too much was sent although it was refused",
          details: { retry_after_ms: Math.ceil(wait) },
          cause: because("flood", "a connection of this user was cut for going on although refused"),
        });
      };
      return identity instanceof Promise ? identity.then(admitted) : admitted(identity);
    },
    refresh: (session, token) => renew(session.identity, token, verify),
    limit(session, command) {
      const wait = limiter.take(session, command);
      if (wait > 0) noteRefusal(session);
      return wait;
    },
    crowded: noteRefusal,
    admit(draining) {
      if (draining)
        throw new GameError("unavailable", {
          message: "this worker is stopping, connect again",
          cause: because("draining", "this worker is stopping"),
        });
    },
    originAllowed: (req) =>
      originAllowed(
        req.headers.origin,
        { host: hostOf(req, config), secure: config.server.tls !== undefined },
        { mode: auth.mode, origins: config.cors.origins },
      ),
    requireRole,
    requireOperator: (req) => requireRole(req, OPERATORS),
    async mintToken(claims) {
      const key = await keys.signingKey();
      return key && mintToken(key, auth, { issuedAt: Math.floor(clock.now() / 1_000), ...claims });
    },
    close() {
      clearInterval(sweeping);
      revocations.close();
      limiter.close();
      bytes.close();
      keys.close();
    },
  };
}

const offenceTopic = topic<Offence>("limits:offences");

/** Offences as hints between workers: one that is missed costs nothing but that the worker counts by itself. */
function offencesOver({ bus }: Store): OffenceChannel {
  return {
    publish: (offence) => void bus.publish(offenceTopic, offence).catch(() => undefined),
    listen(listener) {
      const listening = bus.subscribe(offenceTopic, listener).catch(() => undefined);
      return () => void listening.then((end) => end?.());
    },
  };
}

/** What the client asked for: `X-Forwarded-Host` counts only where a proxy is trusted. */
function hostOf(req: IncomingMessage, config: Config): string | undefined {
  const { trustProxy } = config.server;
  const trusted = typeof trustProxy === "number" ? trustProxy > 0 : trustProxy.length > 0;
  const forwarded = req.headers["x-forwarded-host"];
  if (trusted && typeof forwarded === "string") return forwarded.split(",", 1)[0]?.trim();
  return req.headers.host;
}
