/** Puts a namespace module onto Socket.IO: who may enter, what happens as connections come and go, where events go. */
import type { Namespace, Server, Socket } from "socket.io";
import type { Contract, NamespaceName } from "../../core/contract/contract.ts";
import { GameError, type WireError } from "../../core/contract/errors.ts";
import type { NamespaceModule } from "../../core/contract/namespace.ts";
import type { Identity, Session } from "../../core/contract/session.ts";
import type { Log } from "../../core/ports/log.ts";
import { rooms } from "../../core/rooms.ts";
import type { CrowdedQueues, InFlight } from "../../middleware/command-queue.ts";
import type { CompiledCommand, DispatchTable } from "../../middleware/compiled-command.ts";
import { type DispatchHooks, dispatch, emitFailure } from "../../middleware/dispatch.ts";
import type { ByteLimiter } from "../../middleware/rate-limit/bytes.ts";
import type { RunningUserBus } from "../cluster/user-bus.ts";
import type { RunningConnectionPresence } from "../delivery/connection-presence.ts";
import type { RunningInbox } from "../delivery/inbox/inbox.ts";
import type { RunningLive } from "../delivery/live.ts";
import type { Observer } from "../observability/observer.ts";
import { createGuard } from "../process/guarded.ts";
import type { TokenExpiry } from "../sessions/expiry.ts";
import type { SessionRegistry } from "../sessions/registry.ts";
import { SetUp } from "../sessions/set-up.ts";
import { SocketSession } from "../sessions/socket-session.ts";
import { commandTable } from "./common-commands.ts";
import type { ConnectGates } from "./connect-gate.ts";
import { forgetAuth } from "./limits/handshakes.ts";
import { countBytes, shortenWay, watchConnects } from "./watched-decoder.ts";

export interface AttachDeps {
  readonly io: Server;
  readonly registry: SessionRegistry;
  readonly connectionPresence: RunningConnectionPresence;
  readonly live: RunningLive;
  readonly inbox: RunningInbox;
  readonly userBus: RunningUserBus;
  readonly expiry: TokenExpiry;
  readonly inFlight: InFlight;
  readonly gates: ConnectGates;
  readonly bytes: ByteLimiter;
  readonly crowded: CrowdedQueues;
  readonly hooks: DispatchHooks;
  readonly log: Log;
  readonly observer: Observer;
  now(): number;
  /**
   * Before anything of the client is looked at. Refuses the whole connection by throwing: `unavailable` while draining, `server_full`
   * at the limit, `rate_limited` for an address with too many.
   */
  admit(connection: object): void;
  /** Takes a place for a connection that may enter; refuses by throwing `server_full`. */
  takePlace(connection: object): void;
  /** A connection was not let into a namespace. */
  refused(connection: object): void;
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

/** A client that asks for a namespace hears of it after this time at the latest, in milliseconds, set up or not. */
const LONGEST_HOLD_MS = 2_500;

export function attachNamespace<C extends Contract>(deps: AttachDeps, module: NamespaceModule<C>): void {
  const { namespace, access } = module.contract;
  const nsp: Namespace = deps.io.of(namespace);
  const table = commandTable(deps, module);
  // What a handler throws is answered by the dispatch; nothing else that goes wrong with an event may end the process either.
  const guard = createGuard(deps.log, `events of ${namespace}`);
  const take = guard((session: SocketSession, args: unknown[]) => receive(deps, table, session, args));
  const identities = new WeakMap<Socket, Identity>();
  /** The newest socket that each transport connection has asked for. */
  const newest = new WeakMap<object, Socket>();
  /** Where the session before on the same connection is still being taken leave of. */
  const endings = new WeakMap<object, Promise<unknown>>();

  nsp.use((socket, answer) => {
    const next = (err?: Error) => {
      if (err) {
        forgetAuth(socket);
        deps.refused(socket.conn);
      }
      answer(err);
    };
    const older = newest.get(socket.conn);
    // It may be on its way still, behind a middleware of the application.
    if (older && !older.connected) silence(older);
    newest.set(socket.conn, socket);
    // Socket.IO ends a connection that asks for a namespace it has already; here the older session makes way before it looks.
    watchConnects(socket, (name) => endOlder(deps, socket.conn, name));
    endOlder(deps, socket.conn, namespace);
    const refuse = (thrown: unknown) => {
      deps.gates.drop(socket);
      next(refusal(thrown, deps.observer.refusedConnect(socket, thrown), deps.log));
    };
    try {
      deps.admit(socket.conn);
    } catch (thrown) {
      refuse(thrown);
      // After the refusal, which Socket.IO writes in a later turn.
      setImmediate(() => closeUnused(deps, socket));
      return;
    }
    Promise.resolve()
      .then(() => deps.authenticate(socket, access))
      .then((identity) => {
        deps.takePlace(socket.conn);
        return identity;
      })
      .then(
        (identity) => {
          if (newest.get(socket.conn) !== socket) return supersede(socket, next);
          identities.set(socket, identity);
          socket.data.user_id = identity.userId;
          socket.data.roles = identity.roles;
          // From the answer to CONNECT on.
          deps.gates.hold(socket);
          next();
        },
        (thrown: unknown) => {
          if (newest.get(socket.conn) !== socket) supersede(socket, next);
          else refuse(thrown);
        },
      );
  });

  nsp.on("connection", (socket) => {
    const identity = identities.get(socket);
    const latest = newest.get(socket.conn);
    if (latest !== socket) return endLate(deps, socket, latest);
    if (!identity) return void socket.disconnect(true);
    const session = new SocketSession({
      socket,
      namespace,
      identity,
      reliable: socket.handshake.auth?.reliable === true || socket.handshake.query.reliable === "true",
      transport: transportOf(socket),
      now: deps.now,
      crowded: deps.crowded,
    });
    // Revoked between the check and here, it is in no list yet that a revocation goes through.
    if (deps.isRevoked(identity)) {
      deps.gates.release(socket);
      session.close("token_revoked");
      return;
    }
    const ended = serve(deps, module, take, session, endings.get(socket.conn));
    endings.set(socket.conn, ended);
    // Listeners of the application look at it in this turn.
    setImmediate(forgetAuth, socket);
  });
}

/** A transport whose client was turned away. One that serves other namespaces stays. */
function closeUnused({ registry }: AttachDeps, { conn }: Socket): void {
  for (const _ of registry.onTransport(conn)) return;
  conn.close();
}

/** Nothing is said to the client: its newer CONNECT is answered, and the stock client would take a refusal for that one's. */
function supersede(socket: Socket, next: (err: Error) => void): void {
  silence(socket);
  next(new Error("a newer CONNECT has taken its place"));
}

const silence = (socket: Socket) => void Object.assign(socket, { packet() {} });

/** It has connected after the newer one: Socket.IO hands what comes to the one that connected last, and to none when that has ended. */
function endLate(deps: AttachDeps, socket: Socket, latest: Socket | undefined): void {
  deps.gates.drop(socket);
  socket.disconnect(false);
  const client: object = socket.client;
  if (latest?.connected && "nsps" in client && client.nsps instanceof Map)
    client.nsps.set(socket.nsp.name, latest);
}

function endOlder(deps: AttachDeps, connection: object, namespace: string): void {
  for (const session of [...deps.registry.onTransport(connection)])
    if (session.namespace === namespace) deps.gates.endSilently(session.socket);
}

/** Serves a session from its connection to its end. @param take what its client sends @returns when the namespace has taken leave of it */
function serve<C extends Contract>(
  deps: AttachDeps,
  module: NamespaceModule<C>,
  take: (session: SocketSession, args: unknown[]) => void,
  session: SocketSession,
  before: Promise<unknown> | undefined,
): Promise<void> {
  const { socket } = session;
  // A module knows its own contract; the session carries events of any.
  const typed = session as unknown as Session<C>;
  if (module.refreshed) session.refreshed = (before) => module.refreshed?.(typed, before);
  deps.registry.add(session);
  // What is read for the connection is read after that, so that nothing falls between the two.
  const listens = deps.userBus.enter(session);
  countBytes(socket, deps.bytes, session.identity.anonymous ? undefined : session.userId);
  deps.expiry.watch(session);
  if (!session.identity.anonymous) session.join(rooms.user(session.userId));

  deps.observer.connected(session);
  socket.on("error", (err: Error) => deps.observer.brokenFrame(socket.request, err));
  // `next` is never called: Socket.IO's own dispatch has nothing to do, and would throw for an event named `error`.
  const takeFrom = (args: unknown[]) => take(session, args);
  socket.use(takeFrom);
  const endShortcut = shortenWay(socket, takeFrom);

  const setUp = new SetUp({
    isWanted: () => session.connected,
    failed: (thrown) => reportFailure(deps, session, thrown),
    steps: [
      () => before,
      () => Promise.all([attend(deps, module, typed), listens]),
      () => deps.inbox.enter(session),
      () => module.connected?.(typed),
      () => open(),
      () => (session.connected ? deps.inbox.flush(session) : undefined),
    ],
  });
  const open = () => {
    clearTimeout(latest);
    latest = undefined;
    session.isSettingUp = false;
    deps.gates.release(socket);
    session.commands.resume();
  };
  let latest: NodeJS.Timeout | undefined = setTimeout(() => deps.gates.release(socket), LONGEST_HOLD_MS);
  const tried = deps.inFlight.track(setUp.run().then(open));

  return new Promise((resolve) => {
    socket.on("disconnect", (reason) => {
      clearTimeout(latest);
      endShortcut?.();
      const isSetUp = Promise.all([tried, setUp.stop()]);
      // What the server said with its goodbye is for the client; one that has left hears nothing.
      if (reason.startsWith("server") || reason.startsWith("forced")) deps.gates.release(socket);
      else deps.gates.drop(socket);
      deps.observer.disconnected(session, reason);
      deps.registry.remove(session);
      deps.userBus.exit(session);
      deps.expiry.forget(session);
      deps.forget(session);
      deps.live.drop(session);
      deps.inbox.drop(session);
      if (isCut(reason)) session.isClosedHere = true;
      if (session.isClosedHere) session.commands.abandonWaiting();
      else session.commands.abandonReads();
      const ended = isSetUp
        .then(() => session.commands.idle())
        .then(() => {
          // A command that came or ended after the connection may have brought something along.
          deps.live.drop(session);
          deps.forget(session);
          return Promise.all([deps.connectionPresence.drop(session), module.disconnected?.(typed)]);
        })
        .catch((err: unknown) =>
          deps.log.error({ err, namespace: session.namespace }, "a disconnect failed"),
        );
      resolve(deps.inFlight.track(ended.then(() => undefined)));
    });
  });
}

/** The server has ended the transport, for what it has sent, or has not read. */
const isCut = (reason: string): boolean => reason.startsWith("forced") || reason === "parse error";

async function attend<C extends Contract>(
  deps: AttachDeps,
  module: NamespaceModule<C>,
  session: Session<C>,
): Promise<void> {
  if (session.identity.anonymous) return;
  // As the claims are by then: a refreshed token may have brought others.
  const profile = module.profile && (() => module.profile?.(session.identity));
  await deps.connectionPresence.join(module.presence, session, {
    subject: session.userId,
    ...(profile === undefined ? {} : { profile }),
  });
}

function reportFailure(deps: AttachDeps, session: SocketSession, thrown: unknown): void {
  if (!(thrown instanceof GameError))
    deps.log.error({ err: thrown, namespace: session.namespace }, "a connection could not be set up");
  if (session.connected) emitFailure(session, deps.observer.wireOf(thrown));
}

/** An event as Socket.IO hands it over: its name, its arguments, and a function at the end where the client waits. */
function receive(deps: AttachDeps, table: DispatchTable, session: SocketSession, args: unknown[]): void {
  // Packets that were read together come one by one, also after the end of their connection. They count as sent before it.
  if (session.isClosedHere) return;
  const last = args.at(-1);
  const acknowledge = typeof last === "function" ? (last as (ack: object) => void) : undefined;
  const raw = args[1] === last && acknowledge ? undefined : args[1];
  const done = dispatch(table, session, { event: args[0], raw, acknowledge }, deps.hooks, session.commands);
  if (done) void deps.inFlight.track(done);
}

/** The error that Socket.IO refuses a connection with: its message is the code. */
function refusal(thrown: unknown, data: WireError, log: Log): Error & { data: WireError } {
  if (!(thrown instanceof GameError)) log.error({ err: thrown }, "a connection could not be judged");
  // Without a stack: there may be many of them.
  return { name: "Error", message: data.code, data };
}
