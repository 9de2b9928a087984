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
  const counted = new Map<ConnectionId, Map<string, Entry>>();
  /** Connections that the store could not be told of, or that it must still forget; keyed by what they are. */
  const toJoin = new Map<string, Entry>();
  const toLeave = new Map<string, Entry>();
  const nameOf = (scope: PresenceScope, subject: string) => `${scope.name}\n${subject}`;
  const keyOf = (entry: Entry) => `${nameOf(entry.scope, entry.subject)}\n${entry.connection}`;

  const connect = (entry: Entry, max?: number) =>
    presence.connect(entry.scope, {
      subject: entry.subject,
      connection: entry.connection,
      reliable: entry.reliable,
      ...(entry.profile === undefined ? {} : { profile: entry.profile() }),
      ...(max === undefined ? {} : { max }),
    });

  function remember(entry: Entry): void {
    const own = counted.get(entry.connection);
    const name = nameOf(entry.scope, entry.subject);
    if (own) own.set(name, entry);
    else counted.set(entry.connection, new Map([[name, entry]]));
  }

  function forget(connection: ConnectionId, name: string): Entry | undefined {
    const own = counted.get(connection);
    const entry = own?.get(name);
    own?.delete(name);
    if (own?.size === 0) counted.delete(connection);
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
    const name = nameOf(scope, subject);
    for (const own of counted.values()) if (own.has(name)) count++;
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
          if (!session.connected) await leaveEntry(forget(session.id, nameOf(scope, as.subject)) ?? entry);
        }
        return result;
      } catch (err) {
        const away = err instanceof GameError && err.code === "unavailable";
        if (away && as.max === undefined && session.connected) {
          remember(entry);
          toJoin.set(key, entry);
        } else if (!counted.get(session.id)?.has(nameOf(scope, as.subject))) {
          // The store may have counted it all the same, and nobody else would take it out again.
          toLeave.set(key, entry);
        }
        if (!away || as.max !== undefined) throw err;
        return { connections: Math.max(1, knownHere(scope, as.subject)), refused: false };
      }
    },
    async leave(scope, session, subject) {
      const entry = forget(session.id, nameOf(scope, subject));
      return entry ? leaveEntry(entry) : { connections: 0 };
    },
    async drop(session) {
      const own = counted.get(session.id);
      if (!own) return;
      counted.delete(session.id);
      await Promise.all([...own.values()].map(leaveEntry));
    },
    async retellAll() {
      const all = [...counted.values()].flatMap((own) => [...own.values()]);
      await inBatches(all, async (entry) => {
        if (counted.get(entry.connection)?.has(nameOf(entry.scope, entry.subject))) await connect(entry);
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
        if (counted.get(entry.connection)?.has(nameOf(entry.scope, entry.subject))) await connect(entry);
        toJoin.delete(keyOf(entry));
      });
    },
  };
}
