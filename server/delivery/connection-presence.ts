/** Presence of this worker's connections: told to the store, told again where it forgot, untold when they end. */
import { GameError } from "../../core/contract/errors.ts";
import type { ConnectionId } from "../../core/ids.ts";
import type { Attendant, ConnectionPresence } from "../../core/ports/connection-presence.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Presence, PresenceScope } from "../../core/ports/store/presence.ts";

/** Tellings under way at the same time when all are told anew. */
const PARALLEL = 100;

interface Entry {
  readonly scope: PresenceScope;
  readonly subject: string;
  readonly connection: ConnectionId;
  readonly reliable: boolean;
  readonly profile?: () => unknown;
}

const isIn = (entry: Entry, scope: PresenceScope, subject: string): boolean =>
  entry.subject === subject && entry.scope.name === scope.name;

export interface RunningConnectionPresence extends ConnectionPresence {
  /** Takes an ended connection out of everything it was counted in. */
  drop(session: Attendant): Promise<void>;
  /** Tells every connection anew: the store forgot them, or took this worker for dead. */
  retellAll(): Promise<void>;
  /** Tries again what the store could not be told while it was away. */
  retry(): Promise<void>;
  readonly pending: number;
  /** Connections that are counted in something. */
  readonly size: number;
}

export function createConnectionPresence(presence: Presence, log: Log): RunningConnectionPresence {
  /** Lists instead of maps: most connections are counted in one thing, and there are many connections. */
  const counted = new Map<ConnectionId, readonly Entry[]>();
  /** Connections that the store could not be told of, or that it must still forget; keyed by what they are. */
  const toJoin = new Map<string, Entry>();
  const toLeave = new Map<string, Entry>();
  const keyOf = ({ scope, subject, connection }: Entry) => `${scope.name}\n${subject}\n${connection}`;

  const connect = (entry: Entry, max?: number) =>
    presence.connect(entry.scope, {
      subject: entry.subject,
      connection: entry.connection,
      reliable: entry.reliable,
      ...(entry.profile === undefined ? {} : { profile: entry.profile() }),
      ...(max === undefined ? {} : { max }),
    });

  const find = (connection: ConnectionId, scope: PresenceScope, subject: string): Entry | undefined =>
    counted.get(connection)?.find((entry) => isIn(entry, scope, subject));

  function remember(entry: Entry): void {
    const { connection, scope, subject } = entry;
    const others = counted.get(connection)?.filter((other) => !isIn(other, scope, subject)) ?? [];
    counted.set(connection, [...others, entry]);
  }

  function forget(connection: ConnectionId, scope: PresenceScope, subject: string): Entry | undefined {
    const entry = find(connection, scope, subject);
    const others = counted.get(connection)?.filter((other) => other !== entry) ?? [];
    if (others.length === 0) counted.delete(connection);
    else counted.set(connection, others);
    return entry;
  }

  async function leaveEntry(entry: Entry): Promise<{ connections: number }> {
    const key = keyOf(entry);
    toJoin.delete(key);
    try {
      return await presence.disconnect(entry.scope, entry.subject, entry.connection);
    } catch (err) {
      log.debug({ err }, "presence could not be told of an ended connection; tried again");
      toLeave.set(key, entry);
      return { connections: 0 };
    }
  }

  /** Connections in the local list, for an answer while the store is away. */
  function knownHere(scope: PresenceScope, subject: string): number {
    let count = 0;
    for (const own of counted.values()) if (own.some((entry) => isIn(entry, scope, subject))) count++;
    return count;
  }

  async function inBatches(entries: Entry[], work: (entry: Entry) => Promise<unknown>): Promise<void> {
    for (let i = 0; i < entries.length; i += PARALLEL)
      await Promise.all(entries.slice(i, i + PARALLEL).map(work));
  }

  return {
    get pending() {
      return toJoin.size + toLeave.size;
    },
    get size() {
      return counted.size;
    },
    async join(scope, session, as) {
      const entry: Entry = {
        scope,
        subject: as.subject,
        connection: session.id,
        reliable: session.reliable,
        ...(as.profile === undefined ? {} : { profile: as.profile }),
      };
      const key = keyOf(entry);
      // Before the store is asked: a disconnect that is tried again meanwhile would take it out.
      toLeave.delete(key);
      try {
        const result = await connect(entry, as.max);
        if (!result.refused) {
          remember(entry);
          // The connection may have ended while the store was asked.
          if (!session.connected) await leaveEntry(forget(session.id, scope, as.subject) ?? entry);
        }
        return result;
      } catch (err) {
        const away = err instanceof GameError && err.code === "unavailable";
        if (away && as.max === undefined && session.connected) {
          remember(entry);
          toJoin.set(key, entry);
        } else if (!find(session.id, scope, as.subject)) {
          // The store may have counted it all the same, and nobody else would take it out again.
          toLeave.set(key, entry);
        }
        if (!away || as.max !== undefined) throw err;
        return { connections: Math.max(1, knownHere(scope, as.subject)), refused: false };
      }
    },
    async leave(scope, session, subject) {
      const entry = forget(session.id, scope, subject);
      return entry ? leaveEntry(entry) : { connections: 0 };
    },
    async drop(session) {
      const own = counted.get(session.id);
      if (!own) return;
      counted.delete(session.id);
      await Promise.all(own.map(leaveEntry));
    },
    async retellAll() {
      await inBatches([...counted.values()].flat(), async (entry) => {
        if (find(entry.connection, entry.scope, entry.subject)) await connect(entry);
      });
    },
    async retry() {
      await inBatches([...toLeave.values()], async (entry) => {
        // Joined again while the others were told of.
        if (toLeave.get(keyOf(entry)) !== entry) return;
        await presence.disconnect(entry.scope, entry.subject, entry.connection);
        if (toLeave.get(keyOf(entry)) === entry) toLeave.delete(keyOf(entry));
      });
      await inBatches([...toJoin.values()], async (entry) => {
        if (find(entry.connection, entry.scope, entry.subject)) await connect(entry);
        toJoin.delete(keyOf(entry));
      });
    },
  };
}
