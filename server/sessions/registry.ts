/** The connections of this worker, by user and by transport connection. */
import type { NamespaceName } from "../../core/contract/contract.ts";
import type { UserId } from "../../core/ids.ts";
import type { SocketSession } from "./socket-session.ts";

export class SessionRegistry {
  readonly #byUser = new Map<UserId, Set<SocketSession>>();
  readonly #byTransport = new WeakMap<object, Set<SocketSession>>();
  /** Since when each is here. */
  readonly #since = new WeakMap<SocketSession, number>();
  readonly #now: () => number;
  #size = 0;

  /** @param now the store's time, which all workers share */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  add(session: SocketSession): void {
    this.#since.set(session, this.#now());
    addTo(this.#byUser, session.userId, session);
    addTo(this.#byTransport, session.socket.conn, session);
    this.#size++;
  }

  remove(session: SocketSession): void {
    if (!removeFrom(this.#byUser, session.userId, session)) return;
    removeFrom(this.#byTransport, session.socket.conn, session);
    this.#size--;
  }

  /** A user's sessions here, of one namespace or of all. @param until without those that came later, in the store's time */
  *ofUser(
    user: UserId,
    namespace?: NamespaceName,
    until = Number.POSITIVE_INFINITY,
  ): Iterable<SocketSession> {
    for (const session of this.#byUser.get(user) ?? [])
      if (
        (namespace === undefined || session.namespace === namespace) &&
        (this.#since.get(session) ?? 0) <= until
      )
        yield session;
  }

  /** Sessions on one transport connection (`socket.conn`): up to one per namespace. */
  onTransport(connection: object): Iterable<SocketSession> {
    return this.#byTransport.get(connection) ?? [];
  }

  /** The session of a transport connection in a namespace. */
  sessionOn(connection: object, namespace: NamespaceName): SocketSession | undefined {
    for (const session of this.onTransport(connection)) if (session.namespace === namespace) return session;
    return undefined;
  }

  *all(): Iterable<SocketSession> {
    for (const sessions of this.#byUser.values()) yield* sessions;
  }

  /** How many sessions there are in each namespace, by transport. */
  counts(): { readonly namespace: NamespaceName; readonly transport: string; readonly count: number }[] {
    const found = new Map<string, { namespace: NamespaceName; transport: string; count: number }>();
    for (const { namespace, transport } of this.all()) {
      const key = `${namespace} ${transport}`;
      const entry = found.get(key);
      if (entry) entry.count++;
      else found.set(key, { namespace, transport, count: 1 });
    }
    return [...found.values()];
  }

  users(): Iterable<UserId> {
    return this.#byUser.keys();
  }

  get size(): number {
    return this.#size;
  }

  get userCount(): number {
    return this.#byUser.size;
  }
}

/** What Map and WeakMap have in common here. */
interface SetsBy<K> {
  get(key: K): Set<SocketSession> | undefined;
  set(key: K, value: Set<SocketSession>): unknown;
  delete(key: K): boolean;
}

function addTo<K>(map: SetsBy<K>, key: K, session: SocketSession): void {
  const set = map.get(key);
  if (set) set.add(session);
  else map.set(key, new Set([session]));
}

function removeFrom<K>(map: SetsBy<K>, key: K, session: SocketSession): boolean {
  const set = map.get(key);
  if (!set?.delete(session)) return false;
  if (set.size === 0) map.delete(key);
  return true;
}
