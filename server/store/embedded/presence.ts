import type { ConnectionId, WorkerId } from "../../../core/ids.ts";
import { cancel, type DeadlineChange, schedule } from "../../../core/ports/store/deadlines.ts";
import { partitions } from "../../../core/ports/store/keys.ts";
import { ITEM_BYTES, PAGE_BYTES } from "../../../core/ports/store/pages.ts";
import type {
  EdgeDeadline,
  Presence,
  PresencePage,
  PresenceRecord,
  PresenceScope,
} from "../../../core/ports/store/presence.ts";
import type { EmbeddedDeadlines } from "./deadlines.ts";
import { decode, encode, endOf, KINDS, recordKey } from "./keys.ts";
import type { Kv } from "./kv.ts";
import { compareText, Sorted } from "./sorted.ts";

/** A subject of a scope; `true` for connections that acknowledge reliable events. */
interface Subject {
  readonly subject: string;
  readonly connections: Map<ConnectionId, boolean>;
  /** The encoded profile. */
  profile: string | undefined;
}

/** The subjects of one scope and their connections, in memory. */
class ScopeState {
  private readonly subjects = new Map<string, Subject>();
  private readonly names = new Sorted<string>(compareText);
  private total = 0;

  get(subject: string): Subject | undefined {
    return this.subjects.get(subject);
  }

  list(subject: string, profile: string | undefined): Subject {
    const listed = { subject, connections: new Map<ConnectionId, boolean>(), profile };
    this.subjects.set(subject, listed);
    this.names.insert(subject);
    return listed;
  }

  unlist({ subject }: Subject): void {
    if (this.subjects.delete(subject)) this.names.remove(subject);
  }

  add(subject: Subject, connection: ConnectionId, reliable: boolean): void {
    if (!subject.connections.has(connection)) this.total += 1;
    subject.connections.set(connection, reliable);
  }

  /** False where the connection was not counted. */
  remove(subject: Subject, connection: ConnectionId): boolean {
    const counted = subject.connections.delete(connection);
    if (counted) this.total -= 1;
    return counted;
  }

  /** Up to `limit` names after `cursor`, and whether there are more. */
  page(cursor: string | undefined, limit: number): { names: string[]; more: boolean } {
    let start = cursor === undefined ? 0 : this.names.before(cursor);
    if (cursor !== undefined && this.subjects.has(cursor)) start += 1;
    return { names: this.names.slice(start, start + limit), more: start + limit < this.names.size };
  }

  size(): { subjects: number; connections: number } {
    return { subjects: this.subjects.size, connections: this.total };
  }
}

function recordOf<P>({ subject, connections, profile }: Subject): PresenceRecord<P> {
  let reliable = 0;
  for (const acknowledges of connections.values()) if (acknowledges) reliable += 1;
  const known = profile === undefined ? undefined : decode<P>(profile);
  return { subject, connections: connections.size, reliable, profile: known as P };
}

/** A subject on disk. Connections are not: none of them outlives the process. */
type StoredSubject = readonly [scope: string, subject: string, connected: 0 | 1, profile: string | null];

const hasEdges = (scope: PresenceScope) => scope.online.length + scope.offline.length > 0;

export function createPresence(
  kv: Kv,
  deadlines: EmbeddedDeadlines,
  worker: WorkerId,
  now: () => number,
): Presence {
  const scopes = new Map<string, ScopeState>();
  const storedScopes = new Map<string, string>();
  let published: string | undefined = "{}";

  function stateOf(scope: string): ScopeState {
    const state = scopes.get(scope) ?? new ScopeState();
    scopes.set(scope, state);
    return state;
  }

  /** The scope's edges as a next process needs them, should this one die. */
  function keepScope(scope: PresenceScope): void {
    const text = encode(scope);
    if (storedScopes.get(scope.name) === text) return;
    storedScopes.set(scope.name, text);
    kv.put(recordKey(KINDS.scope, scope.name), text);
  }

  function keepSubject(scope: PresenceScope, { subject, connections, profile }: Subject): void {
    if (!hasEdges(scope)) return;
    keepScope(scope);
    const stored: StoredSubject = [scope.name, subject, connections.size > 0 ? 1 : 0, profile ?? null];
    kv.put(recordKey(KINDS.presence, scope.name, subject), encode(stored));
  }

  /** Resolves when what was put for the scope is on disk. One without edges has put nothing, and does not wait for the writes of others. */
  async function kept(scope: PresenceScope): Promise<void> {
    if (hasEdges(scope) || scope.counted?.length) await kv.durable();
  }

  function dropSubject(scope: PresenceScope, subject: Subject): void {
    stateOf(scope.name).unlist(subject);
    if (hasEdges(scope)) kv.put(recordKey(KINDS.presence, scope.name, subject.subject), null);
  }

  function edge(scope: PresenceScope, subject: string, set: "online" | "offline" | "counted"): void {
    const payload = { scope: scope.name, subject };
    const { online, offline, counted = [] } = scope;
    const passed = { online: offline, offline: [...online, ...counted], counted: [] }[set];
    const reached = { online, offline, counted }[set];
    if (passed.length + reached.length === 0) return;
    const changes: DeadlineChange[] = [
      ...passed.map(({ kind }: EdgeDeadline) => cancel(kind, subject)),
      ...reached.map(({ kind, afterMs }: EdgeDeadline) => schedule(kind, subject, now() + afterMs, payload)),
    ];
    deadlines.prepare(partitions.presence(scope.name), changes)();
  }

  function lastOneGone(scope: PresenceScope, subject: Subject): void {
    edge(scope, subject.subject, "offline");
    if (scope.offline.length === 0) dropSubject(scope, subject);
    else keepSubject(scope, subject);
  }

  // What a former process has left connected, is disconnected, with the same edges as if it had been told.
  const known = new Map<string, PresenceScope>();
  for (const { value } of kv.range(KINDS.scope, endOf(KINDS.scope))) {
    const scope = decode<PresenceScope>(value);
    known.set(scope.name, scope);
    storedScopes.set(scope.name, value);
  }
  for (const { key, value } of [...kv.range(KINDS.presence, endOf(KINDS.presence))]) {
    const [name, subject, connected, profile] = decode<StoredSubject>(value);
    const scope = known.get(name);
    if (scope === undefined) kv.put(key, null);
    else {
      const listed = stateOf(name).list(subject, profile ?? undefined);
      if (connected === 1) lastOneGone(scope, listed);
    }
  }

  return {
    async connect(scope, { subject, connection, reliable = false, profile, max }) {
      kv.assertOpen();
      const state = stateOf(scope.name);
      const text = profile === undefined ? undefined : encode(profile);
      const found = state.get(subject);
      const isNew = found?.connections.has(connection) !== true;
      const before = found?.connections.size ?? 0;
      if (isNew && max !== undefined && before >= max) return { connections: before, refused: true };
      const listed = found ?? state.list(subject, text);
      state.add(listed, connection, reliable);
      const hasNewProfile = text !== undefined && text !== listed.profile;
      if (hasNewProfile) listed.profile = text;
      if (isNew) edge(scope, subject, before === 0 ? "online" : "counted");
      if (before === 0 || hasNewProfile) {
        keepSubject(scope, listed);
        await kept(scope);
      }
      return { connections: listed.connections.size, refused: false };
    },

    async disconnect(scope, subject, connection) {
      kv.assertOpen();
      const state = stateOf(scope.name);
      const found = state.get(subject);
      if (found === undefined || !state.remove(found, connection))
        return { connections: found?.connections.size ?? 0 };
      if (found.connections.size === 0) {
        lastOneGone(scope, found);
        await kept(scope);
      } else edge(scope, subject, "counted");
      return { connections: found.connections.size };
    },

    async leave(scope, subject) {
      kv.assertOpen();
      const found = stateOf(scope.name).get(subject);
      if (found === undefined || found.connections.size > 0) return false;
      dropSubject(scope, found);
      await kept(scope);
      return true;
    },

    async update(scope, subject, profile) {
      kv.assertOpen();
      const found = stateOf(scope.name).get(subject);
      if (found === undefined) return false;
      found.profile = encode(profile);
      keepSubject(scope, found);
      await kept(scope);
      return true;
    },

    async get<P>(scope: PresenceScope, subjects: readonly string[]) {
      kv.assertOpen();
      const state = stateOf(scope.name);
      return subjects.map((subject) => {
        const found = state.get(subject);
        return found && recordOf<P>(found);
      });
    },

    async page<P>(
      scope: PresenceScope,
      options: { cursor?: string; limit: number },
    ): Promise<PresencePage<P>> {
      kv.assertOpen();
      const state = stateOf(scope.name);
      const { names, more } = state.page(options.cursor, options.limit);
      const records: PresenceRecord<P>[] = [];
      let bytes = 0;
      for (const name of names) {
        const found = state.get(name);
        if (found === undefined) continue;
        bytes += Buffer.byteLength(name) + Buffer.byteLength(found.profile ?? "") + ITEM_BYTES;
        if (records.length > 0 && bytes > PAGE_BYTES)
          return { records, cursor: records.at(-1)?.subject ?? name };
        records.push(recordOf<P>(found));
      }
      const last = names.at(-1);
      return more && last !== undefined ? { records, cursor: last } : { records };
    },

    async size(scope) {
      kv.assertOpen();
      return stateOf(scope.name).size();
    },

    async heartbeat(info) {
      kv.assertOpen();
      published = encode(info);
      return true;
    },

    listed: "",

    async retire() {
      published = undefined;
    },

    async workers() {
      kv.assertOpen();
      return published === undefined ? [] : [{ worker, info: decode<Record<string, unknown>>(published) }];
    },

    // No other worker can have left anything: there is one process, and it has cleaned up at its start.
    async sweep() {
      kv.assertOpen();
      return [];
    },
  };
}
