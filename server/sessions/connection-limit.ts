/**
 * How many connections one user may have, over all workers. What counts is the transport connection: a client with six namespaces
 * on one has one. The store counts, in one step with the check, so that connects at the same time cannot pass it together.
 */
import type { Socket } from "socket.io";
import { because, quoted } from "../../core/contract/cause.ts";
import type { Contract } from "../../core/contract/contract.ts";
import { GameError } from "../../core/contract/errors.ts";
import type { Identity } from "../../core/contract/session.ts";
import { type ConnectionId, newId, type UserId } from "../../core/ids.ts";
import type { PresenceScope } from "../../core/ports/store/presence.ts";
import type { RunningConnectionPresence } from "../delivery/connection-presence.ts";

/** When a refused client may try again: by then it may have closed another, or the store has missed a dead worker. */
const RETRY_MS = 5_000;

/** Connections by user; swept like all presence when a worker dies. */
export const connectionsScope: PresenceScope = { name: "connections", online: [], offline: [] };

/** Of Engine.IO, and of the plain gateway. */
interface Transport {
  readonly readyState: string;
  once(event: "close", listener: () => void): unknown;
}

type Authenticate = (socket: Socket, access: Contract["access"]) => Identity | Promise<Identity>;

export interface ConnectionLimit {
  /**
   * Counts the connection for the user that it turns out to speak for, until it closes. Again, for another namespace on it: counts
   * nothing. What it returns also rejects with GameError `rate_limited`.
   */
  guard(authenticate: Authenticate): Authenticate;
  /** Users that connections here count for. */
  readonly size: number;
}

/** A transport connection as attendance knows it. Its name is not the session's id, which would let others take it over. */
class Holder {
  readonly id = newId<ConnectionId>("t");
  readonly reliable = false;
  /** Users it counts for, or is being counted for. */
  readonly users = new Map<UserId, Promise<void>>();
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  get connected(): boolean {
    return this.#transport.readyState === "open";
  }
}

/** @param max 0: no limit */
export function createConnectionLimit(
  connectionPresence: RunningConnectionPresence,
  max: number,
): ConnectionLimit {
  const holders = new WeakMap<Transport, Holder>();
  /** Connections of this worker by user, those that are being counted among them: the limit while the store is away. */
  const here = new Map<UserId, number>();

  function holderOf(transport: Transport): Holder {
    const known = holders.get(transport);
    if (known !== undefined) return known;
    const holder = new Holder(transport);
    holders.set(transport, holder);
    transport.once("close", () => {
      for (const user of [...holder.users.keys()]) release(holder, user);
    });
    return holder;
  }

  function release(holder: Holder, user: UserId): void {
    if (!holder.users.delete(user)) return;
    const left = (here.get(user) ?? 1) - 1;
    if (left > 0) here.set(user, left);
    else here.delete(user);
    void connectionPresence.leave(connectionsScope, holder, user);
  }

  async function count(holder: Holder, user: UserId, before: number): Promise<void> {
    try {
      if (before < max && !(await isFull(holder, user))) return;
      throw new GameError("rate_limited", {
        message: `a user may have ${max} connections`,
        details: { retry_after_ms: RETRY_MS },
        cause: because("connections", `${quoted(user)} has its ${max} connections`),
      });
    } catch (err) {
      release(holder, user);
      throw err;
    }
  }

  /** While the store is away nobody is kept out by it: the connection is counted when it is back. */
  async function isFull(holder: Holder, user: UserId): Promise<boolean> {
    try {
      return (await connectionPresence.join(connectionsScope, holder, { subject: user, max })).refused;
    } catch (err) {
      if (!(err instanceof GameError) || err.code !== "unavailable") throw err;
      await connectionPresence.join(connectionsScope, holder, { subject: user });
      return false;
    }
  }

  async function take(transport: Transport, { userId, anonymous }: Identity): Promise<void> {
    // A guest is a user of its own, with this one connection.
    if (anonymous) return;
    // One that closed while its token was looked at tells of that no more: it would count for ever.
    if (transport.readyState !== "open") throw new GameError("unavailable");
    const holder = holderOf(transport);
    let counted = holder.users.get(userId);
    if (counted === undefined) {
      const before = here.get(userId) ?? 0;
      here.set(userId, before + 1);
      // Not at once: what `count` releases must be listed.
      counted = Promise.resolve().then(() => count(holder, userId, before));
      holder.users.set(userId, counted);
    }
    await counted;
  }

  return {
    get size() {
      return here.size;
    },
    guard: (authenticate) =>
      max === 0
        ? authenticate
        : async (socket, access) => {
            const identity = await authenticate(socket, access);
            await take(socket.conn, identity);
            return identity;
          },
  };
}
