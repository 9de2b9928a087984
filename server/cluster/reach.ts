/**
 * Whom an event reaches: the users with a connection that is told of it, on any worker that lives. The workers themselves are asked:
 * presence also counts connections of a worker that was just killed, and knows neither guests nor what a connection listens to.
 */
import type { Server, Socket } from "socket.io";
import type { NamespaceName } from "../../core/contract/contract.ts";
import { asId, type UserId, type WorkerId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Store } from "../../core/ports/store/store.ts";
import type { RoomName } from "../../core/rooms.ts";
import { acceptsEvent } from "../sessions/accepted-events.ts";
import type { SessionRegistry } from "../sessions/registry.ts";
import { createClusterRequest } from "./request.ts";

/** Users whom one worker names for counting them apart. */
const MAX_NAMED = 20_000;

/** What is sent, and where to. Neither `room` nor `users`: everybody in the namespaces. */
interface Target {
  readonly event: string;
  readonly namespaces: readonly NamespaceName[];
  readonly room?: RoomName;
  readonly users?: readonly UserId[];
}

interface Reached {
  readonly users: ReadonlySet<UserId>;
  /** Users beyond those that a worker names; one on two such workers counts twice. */
  readonly unnamed: number;
}

export interface Reach {
  /** @throws GameError `unavailable` where the other workers cannot be asked */
  of(target: Target): Promise<Reached>;
  close(): void;
}

interface Answer {
  readonly users: readonly UserId[];
  readonly unnamed: number;
}

export interface ReachOptions {
  readonly io: Server;
  readonly registry: SessionRegistry;
  readonly store: Store;
  readonly worker: WorkerId;
  readonly log: Log;
}

export async function createReach(options: ReachOptions): Promise<Reach> {
  const { io, registry, store, worker, log } = options;

  function* socketsOf({ namespaces, room, users }: Target): Iterable<Socket> {
    for (const namespace of namespaces) {
      if (users !== undefined) {
        for (const user of users)
          for (const session of registry.ofUser(user, namespace)) yield session.socket;
        continue;
      }
      const nsp = io.of(namespace);
      if (room === undefined) yield* nsp.sockets.values();
      for (const id of (room !== undefined && nsp.adapter.rooms.get(room)) || []) {
        const socket = nsp.sockets.get(id);
        if (socket) yield socket;
      }
    }
  }

  function answer(target: Target): Answer {
    const found = new Set<UserId>();
    for (const socket of socketsOf(target))
      if (socket.connected && acceptsEvent(socket, target.event)) found.add(userOf(socket));
    const users = [...found].slice(0, MAX_NAMED);
    return { users, unnamed: found.size - users.length };
  }

  const request = await createClusterRequest<Target, Answer>({
    store,
    worker,
    log,
    name: "reach",
    answer,
  });
  return {
    async of(target) {
      const answers = await request.askAll(target);
      return {
        users: new Set(answers.flatMap(({ users }) => users)),
        unnamed: answers.reduce((sum, { unnamed }) => sum + unnamed, 0),
      };
    },
    close: () => request.close(),
  };
}

/** Who a socket speaks for. */
export const userOf = (socket: Socket): UserId =>
  asId<UserId>(String(socket.data.user_id ?? guestOf(socket.id)));

const GUEST = "anonymous:";
const guestOf = (connection: string) => GUEST + connection;

/** The connection that a guest is; undefined for a user with a name. A guest is in no room of its user's. */
export const guestConnection = (user: UserId): string | undefined =>
  user.startsWith(GUEST) ? user.slice(GUEST.length) : undefined;
