/** The commands of a namespace by name: its own, those that every namespace has, and the application's. */
import { KeyedMutex } from "../../core/async.ts";
import type { Contract, NamespaceName } from "../../core/contract/contract.ts";
import type { NamespaceModule } from "../../core/contract/namespace.ts";
import type { Identity } from "../../core/contract/session.ts";
import { asId, type DeliveryId } from "../../core/ids.ts";
import { iso } from "../../core/time.ts";
import { commonCommands } from "../../middleware/common.ts";
import { compileCommand, compileTable, type DispatchTable } from "../../middleware/compiled-command.ts";
import type { SocketSession } from "../sessions/socket-session.ts";
import type { AttachDeps } from "./attach.ts";

/** @throws Error where the application's event has the name of one that is there */
export function commandTable<C extends Contract>(
  deps: AttachDeps,
  module: NamespaceModule<C>,
): DispatchTable {
  const { namespace } = module.contract;
  const table = compileTable(module);
  table.set(
    "refresh_token",
    compileCommand(namespace, "refresh_token", commonCommands.refresh_token, async (session, input) => {
      const own = session as SocketSession;
      const { token } = input as { token: string };
      const identity = await deps.refresh(own, token);
      await renewAll(deps, own.socket.conn, identity);
      return { expires_at: iso((identity.token?.expiresAt ?? 0) * 1_000) };
    }),
  );
  table.set(
    "ping",
    compileCommand(namespace, "ping", commonCommands.ping, (session, input) => {
      session.emit("pong", echoOf(namespace, input));
      // Clients of `/ws/matchmaking` know a `ping` as its answer.
      if (session.transport === "websocket" && "ping" in module.contract.events)
        session.emit("ping", { pong: true });
      return {};
    }),
  );
  table.set(
    "ack",
    compileCommand(namespace, "ack", commonCommands.ack, async (session, input) => {
      const { delivery_id } = input as { delivery_id: string };
      await deps.inbox.acknowledge(session as SocketSession, asId<DeliveryId>(delivery_id));
      return {};
    }),
  );
  for (const command of deps.customCommands(namespace)) {
    // Another name of a command gives way to an event of the application's own.
    if (table.get(command.name)?.name === command.name)
      throw new Error(`${namespace} has an event ${command.name} already: choose another name`);
    table.set(command.name, command);
  }
  return table;
}

/** Longest text that is taken for a time. */
const MAX_TIME = 40;

/** A client gets the time back that it has sent, to measure the round trip, where it has the form of this namespace's times. */
function echoOf(namespace: NamespaceName, input: unknown): { readonly timestamp?: string | number } {
  const { timestamp } = input as { readonly timestamp?: unknown };
  if (namespace === "/")
    return typeof timestamp === "number" && Number.isFinite(timestamp) ? { timestamp } : {};
  return typeof timestamp === "string" && timestamp.length <= MAX_TIME && ISO_TIME.test(timestamp)
    ? { timestamp }
    : {};
}

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)$/;

/** The refreshes of each transport connection: its namespaces are told of it before those of the next. */
const refreshing = new KeyedMutex<object>();

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
  return refreshing.run(connection, async () => {
    for (const [session, before] of renewed) await emitRefreshed(deps, session, before);
  });
}

/** What follows from the new claims is no part of taking them: the token is good even where that fails. */
async function emitRefreshed(deps: AttachDeps, session: SocketSession, before: Identity): Promise<void> {
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
