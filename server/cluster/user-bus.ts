/**
 * Messages about one user, by a topic that only the workers with connections of theirs listen to. On one topic for all, each worker would
 * hear every user's: that grows with users times workers.
 *
 * A worker of an older version listens to no such topic. While one is on the list, everything goes to all workers as before, and every
 * worker hears both ways.
 */
import type { UserId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import { type Topic, topic, type UserBus } from "../../core/ports/store/bus.ts";
import type { Store } from "../../core/ports/store/store.ts";
import type { SessionRegistry } from "../sessions/registry.ts";
import type { SocketSession } from "../sessions/socket-session.ts";

/** What a worker tells of itself with its heartbeat: it listens to topics of users. */
export const HEARS_USERS = { hears_users: true } as const;
/** The list of workers is read when other workers are on it, and this often: one may say something else of itself. */
const LOOK_MS = 10_000;
/** For more users at once, one message to all workers costs less. */
const FEW_USERS = 16;
/** Hints of the last beats that are kept, for a worker of an older version that was not noticed yet. Rounds find what the others told of. */
const MAX_KEPT = 256;
/** Kinds of messages that are noted as unknown. */
const MAX_UNKNOWN = 100;

/** What travels on a user's topic. */
interface UserMessage {
  /** The topic that it would have on its own. */
  readonly kind: string;
  readonly message: unknown;
}

const userTopic = (user: UserId): Topic<UserMessage> => topic<UserMessage>(`user:${user}`);

export interface RunningUserBus extends UserBus {
  /** Whether messages about these users go to their workers alone now. */
  goesTo(users: readonly UserId[]): boolean;
  /** Resolves when this worker hears what is said to the user from now on. Never rejects. */
  enter(session: SocketSession): Promise<void>;
  /** After the session has left the registry. */
  exit(session: SocketSession): void;
  /** After each heartbeat. @throws GameError `unavailable` */
  look(): Promise<void>;
  /** Users who are listened to. */
  readonly size: number;
  close(): void;
}

export interface UserBusOptions {
  readonly store: Store;
  readonly registry: Pick<SessionRegistry, "ofUser">;
  readonly log: Log;
}

export function createUserBus({ store, registry, log }: UserBusOptions): RunningUserBus {
  const { bus, presence } = store;
  const listeners = new Map<string, Set<(message: never) => void>>();
  const heard = new Set<UserId>();
  const unknown = new Set<string>();
  /** False until the list was read: to all workers is right in any case. */
  let isDirect = false;
  /** What was said since the last beat, and since the one before, to be said to all where it turns out that not all hear. */
  let said: (() => void)[] = [];
  let saidBefore: (() => void)[] = [];
  let listed: string | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;

  const group = bus.group((at, given) => {
    const { kind, message } = (given ?? {}) as Partial<UserMessage>;
    const known = listeners.get(String(kind));
    if (known === undefined) return noteUnknown(at, String(kind));
    for (const listener of known) {
      try {
        listener(message as never);
      } catch (err) {
        log.error({ err, kind }, "a listener to messages about users threw");
      }
    }
  });

  /** As of a newer version: once for each kind. */
  function noteUnknown(at: string, kind: string): void {
    if (unknown.has(kind) || unknown.size >= MAX_UNKNOWN) return;
    unknown.add(kind);
    log.info(
      { topic: at, kind: kind.slice(0, 64) },
      "a message about a user is of a kind that is not known here",
    );
  }

  const isHere = (user: UserId): boolean => {
    for (const _ of registry.ofUser(user)) return true;
    return false;
  };

  const goesTo = (users: readonly UserId[]) => isDirect && users.length <= FEW_USERS;

  return {
    goesTo,
    get size() {
      return heard.size;
    },

    async publish(kind, users, messageFor, { isHint = true } = {}) {
      if (!goesTo(users)) {
        await bus.publish(kind, messageFor(users));
        return;
      }
      if (isHint && said.length < MAX_KEPT) said.push(() => void bus.publish(kind, messageFor(users)));
      await Promise.all(
        users.map((user) => bus.publish(userTopic(user), { kind: kind.topic, message: messageFor([user]) })),
      );
    },

    async subscribe(kind, listener) {
      const end = await bus.subscribe(kind, listener);
      const known = listeners.get(kind.topic) ?? new Set();
      listeners.set(kind.topic, known.add(listener));
      return () => {
        end();
        known.delete(listener);
        if (known.size === 0 && listeners.get(kind.topic) === known) listeners.delete(kind.topic);
      };
    },

    async enter({ userId, identity }) {
      // Nothing is kept for guests, and they are spoken to by their connection.
      if (!store.shared || identity.anonymous) return;
      heard.add(userId);
      await group.add(userTopic(userId).topic);
    },

    exit({ userId }) {
      if (!heard.has(userId) || isHere(userId)) return;
      heard.delete(userId);
      group.remove(userTopic(userId).topic);
    },

    async look() {
      if (!store.shared) return;
      const now = performance.now();
      const kept = [...saidBefore, ...said];
      saidBefore = said;
      said = [];
      if (isDirect && presence.listed === listed && now - lookedAt < LOOK_MS) return;
      const { listed: seen } = presence;
      const workers = await presence.workers();
      listed = seen;
      lookedAt = now;
      const all = workers.length > 0 && workers.every(({ info }) => info.hears_users === true);
      if (all !== isDirect)
        log.debug(
          {},
          all ? "events to a user go to the user's workers" : "events to a user go to all workers",
        );
      if (isDirect && !all) for (const sayToAll of kept) sayToAll();
      isDirect = all;
    },

    close() {
      group.close();
      heard.clear();
    },
  };
}
