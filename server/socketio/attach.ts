/** Puts a namespace module onto Socket.IO: who may enter, what happens as connections come and go, where events go. */
import type { Namespace, Server, Socket } from "socket.io";
import type { Contract, NamespaceName } from "../../core/contract.ts";
import { ERRORS, type ErrorCode, GameError, toWire, type WireError } from "../../core/errors.ts";
import { asId, type DeliveryId } from "../../core/ids.ts";
import type { NamespaceModule } from "../../core/namespace.ts";
import type { Log } from "../../core/ports/log.ts";
import { rooms } from "../../core/rooms.ts";
import type { Identity, Session } from "../../core/session.ts";
import { iso } from "../../core/time.ts";
import { commonCommands } from "../../middleware/common.ts";
import {
  type CompiledCommand,
  compileCommand,
  compileTable,
  type DispatchHooks,
  type DispatchTable,
  dispatch,
  emitFailure,
} from "../../middleware/dispatch.ts";
import type { RunningAttendance } from "../attendance.ts";
import type { RunningInbox } from "../inbox.ts";
import type { RunningLive } from "../live.ts";
import type { TokenExpiry } from "../sessions/expiry.ts";
import type { SessionRegistry } from "../sessions/registry.ts";
import { MAX_WAITING_EVENTS, SocketSession } from "../sessions/socket-session.ts";
import type { InFlight } from "./in-flight.ts";

export interface AttachDeps {
  readonly io: Server;
  readonly registry: SessionRegistry;
  readonly attendance: RunningAttendance;
  readonly live: RunningLive;
  readonly inbox: RunningInbox;
  readonly expiry: TokenExpiry;
  readonly inFlight: InFlight;
  readonly hooks: DispatchHooks;
  readonly log: Log;
  now(): number;
  /** Refuses by throwing: `unavailable` while draining, `server_full` at the limit. */
  admit(): void;
  /** Who the connection speaks for; throws a GameError to refuse. */
  authenticate(socket: Socket, access: Contract["access"]): Promise<Identity> | Identity;
  /** Events that the application adds to a namespace. */
  customCommands(namespace: NamespaceName): Iterable<CompiledCommand>;
  isRevoked(identity: Identity): boolean;
  /** What limits remember of a connection that has ended. */
  forget(session: SocketSession): void;
  /** The identity of a newer token of the same user; throws a GameError. */
  refresh(session: SocketSession, token: string): Promise<Identity> | Identity;
}

/** The name of the gateway's transport; the other two are Socket.IO's. */
export const PLAIN_TRANSPORT = "plain-websocket";

const transportOf = (socket: Socket): Session["transport"] =>
  socket.conn.transport.name === PLAIN_TRANSPORT ? "websocket" : "socket.io";

export function attachNamespace<C extends Contract>(deps: AttachDeps, module: NamespaceModule<C>): void {
  const { namespace, access } = module.contract;
  const nsp: Namespace = deps.io.of(namespace);
  const table = tableOf(deps, module);
  const identities = new WeakMap<Socket, Identity>();

  nsp.use((socket, next) => {
    Promise.resolve()
      .then(() => {
        deps.admit();
        for (const session of deps.registry.onTransport(socket.conn))
          if (session.namespace === namespace)
            throw new GameError("conflict", { message: `connected to ${namespace} already` });
        return deps.authenticate(socket, access);
      })
      .then(
        (identity) => {
          identities.set(socket, identity);
          socket.data.user_id = identity.userId;
          socket.data.roles = identity.roles;
          next();
        },
        (thrown: unknown) => next(refusal(thrown, deps.log)),
      );
  });

  nsp.on("connection", (socket) => {
    const identity = identities.get(socket);
    // Revoked between the check and here, it is in no list yet that a revocation goes through.
    if (!identity || deps.isRevoked(identity)) return void socket.disconnect(true);
    const session = new SocketSession({
      socket,
      namespace,
      identity,
      reliable: socket.handshake.auth?.reliable === true || socket.handshake.query.reliable === "true",
      transport: transportOf(socket),
      now: deps.now,
    });
    connect(deps, module, table, session);
  });
}

function connect<C extends Contract>(
  deps: AttachDeps,
  module: NamespaceModule<C>,
  table: DispatchTable,
  session: SocketSession,
): void {
  const { socket } = session;
  // A module knows its own contract; the session carries events of any.
  const typed = session as unknown as Session<C>;
  session.refreshed = (before) => module.refreshed?.(typed, before);
  deps.registry.add(session);
  deps.expiry.watch(session);
  if (!session.identity.anonymous) session.join(rooms.user(session.userId));

  // `next` is never called: Socket.IO's own dispatch has nothing to do, and would throw for an event named `error`.
  socket.use((args) => receive(deps, table, session, args));

  const ready = deps.inFlight.track(makeReady(deps, module, session, typed));

  socket.on("disconnect", () => {
    deps.registry.remove(session);
    deps.expiry.forget(session);
    deps.forget(session);
    deps.live.drop(session);
    deps.inbox.drop(session);
    session.waiting = undefined;
    const ended = ready
      .then(() => Promise.all([deps.attendance.drop(session), module.disconnected?.(typed)]))
      .catch((err: unknown) => deps.log.error({ err, namespace: session.namespace }, "a disconnect failed"));
    void deps.inFlight.track(ended);
  });
}

async function makeReady<C extends Contract>(
  deps: AttachDeps,
  module: NamespaceModule<C>,
  session: SocketSession,
  typed: Session<C>,
): Promise<void> {
  try {
    if (!session.identity.anonymous) {
      const profile = module.profile?.(session.identity);
      await deps.attendance.join(module.presence, typed, {
        subject: session.userId,
        ...(profile === undefined ? {} : { profile }),
      });
    }
    if (session.connected) await module.connected?.(typed);
    const waiting = session.waiting ?? [];
    session.waiting = undefined;
    for (const run of waiting) run();
    if (session.connected) await deps.inbox.flush(session);
  } catch (thrown) {
    const waiting = session.waiting ?? [];
    session.waiting = undefined;
    tellFailure(deps, session, thrown);
    for (const run of waiting) run();
  }
}

/** The telling of the last refresh, by transport connection: it is over before that of the next begins. */
const telling = new WeakMap<object, Promise<void>>();

/**
 * The other namespaces of the same connection have the same user: one refresh is enough for all. They get the identity in one go:
 * whoever ends the sessions of a revoked token, or puts a newer one in its place, finds all of them or none. Then they are told.
 */
function renewAll(deps: AttachDeps, connection: object, identity: Identity): Promise<void> {
  const renewed: (readonly [session: SocketSession, before: Identity])[] = [];
  for (const session of deps.registry.onTransport(connection)) {
    if (session.userId !== identity.userId) continue;
    renewed.push([session, session.identity]);
    session.identity = identity;
    deps.expiry.watch(session);
  }
  const told = (telling.get(connection) ?? Promise.resolve()).then(async () => {
    for (const [session, before] of renewed) await tellRefreshed(deps, session, before);
  });
  telling.set(connection, told);
  return told;
}

/** What follows from the new claims is no part of taking them: the token is good even where that fails. */
async function tellRefreshed(deps: AttachDeps, session: SocketSession, before: Identity): Promise<void> {
  if (!session.connected) return;
  try {
    await session.refreshed?.(before);
  } catch (err) {
    deps.log.warn(
      { err, namespace: session.namespace },
      "a refreshed token's claims could not be shown at once",
    );
  }
}

function tellFailure(deps: AttachDeps, session: SocketSession, thrown: unknown): void {
  if (!(thrown instanceof GameError))
    deps.log.error({ err: thrown, namespace: session.namespace }, "a connection could not be set up");
  if (session.connected) emitFailure(session, toWire(thrown));
}

/** An event as Socket.IO hands it over: its name, its arguments, and a function at the end where the client waits. */
function receive(deps: AttachDeps, table: DispatchTable, session: SocketSession, args: unknown[]): void {
  const last = args.at(-1);
  const acknowledge = typeof last === "function" ? (last as (ack: object) => void) : undefined;
  const raw = args[1] === last && acknowledge ? undefined : args[1];
  const run = () => {
    const done = dispatch(table, session, args[0], raw, acknowledge, deps.hooks);
    if (done) void deps.inFlight.track(done);
  };
  if (!session.waiting) run();
  else if (session.waiting.length < MAX_WAITING_EVENTS) session.waiting.push(run);
  else {
    const error = new GameError("rate_limited", { details: { retry_after_ms: 1_000 } }).data;
    if (acknowledge) acknowledge({ ok: false, error });
    else emitFailure(session, error);
  }
}

function tableOf<C extends Contract>(deps: AttachDeps, module: NamespaceModule<C>): DispatchTable {
  const table = compileTable(module);
  table.set(
    "refresh_token",
    compileCommand(
      module.contract.namespace,
      "refresh_token",
      commonCommands.refresh_token,
      async (session, input) => {
        const own = session as SocketSession;
        const { token } = input as { token: string };
        const identity = await deps.refresh(own, token);
        await renewAll(deps, own.socket.conn, identity);
        return { expires_at: iso((identity.token?.expiresAt ?? 0) * 1_000) };
      },
    ),
  );
  table.set(
    "ping",
    compileCommand(module.contract.namespace, "ping", commonCommands.ping, (session) => {
      session.emit("pong", {});
      return {};
    }),
  );
  table.set(
    "ack",
    compileCommand(module.contract.namespace, "ack", commonCommands.ack, async (session, input) => {
      const { delivery_id } = input as { delivery_id: string };
      await deps.inbox.acknowledge(session as SocketSession, asId<DeliveryId>(delivery_id));
      return {};
    }),
  );
  for (const command of deps.customCommands(module.contract.namespace)) {
    if (table.has(command.name))
      throw new Error(
        `${module.contract.namespace} has an event ${command.name} already: choose another name`,
      );
    table.set(command.name, command);
  }
  return table;
}

/** The error that Socket.IO refuses a connection with: its message is the code (PROTOCOL §1). */
function refusal(thrown: unknown, log: Log): Error & { data: WireError } {
  if (!(thrown instanceof GameError)) log.error({ err: thrown }, "a connection could not be judged");
  const data = toWire(thrown);
  return Object.assign(new Error(data.code), { data });
}

/** Ends every session here with the same code, such as a revoked user's. */
export function closeAll(sessions: Iterable<SocketSession>, code: ErrorCode): number {
  let count = 0;
  for (const session of [...sessions]) {
    session.close(code, ERRORS[code].message);
    count++;
  }
  return count;
}
