/**
 * Sending from anywhere: the HTTP API, custom events and an application around this server use this one service. Targets are named
 * as clients name them; no name that is given here can be a room of the server's own.
 */
import type { Contract, NamespaceName } from "../core/contract.ts";
import { NAMESPACES } from "../core/contract.ts";
import { GameError } from "../core/errors.ts";
import {
  asId,
  type CombatId,
  type DeliveryId,
  newId,
  type RoomId,
  type UserId,
  type ZoneId,
} from "../core/ids.ts";
import type { PresenceScope } from "../core/ports/presence.ts";
import type { Store } from "../core/ports/store.ts";
import { type RoomName, rooms } from "../core/rooms.ts";
import type { RunningInbox } from "./inbox.ts";
import type { Sender } from "./outbound.ts";

/** Users that one reliable sending reaches, and ids that one sending may name. */
export const MAX_USERS = 1_000;
/** Inboxes written at the same time. */
const PARALLEL = 50;
const PAGE = 1_000;

/** What is sent. */
export interface Notice {
  readonly event: string;
  /** The payload: an object without `type` and `id` at its top level. On `/` anything: there it is sent as `{data}`. */
  readonly data?: unknown;
  /** Kept until each user has acknowledged it. */
  readonly reliable?: boolean;
  /** Names a reliable event for good, so that sending it again adds nothing. Left out: a new one. */
  readonly deliveryId?: DeliveryId;
}

/** Numbers of users: with a connection where it was sent, and those for whom it waits. */
export interface Sent {
  readonly deliveredTo: number;
  readonly queuedFor: number;
}

export interface Notify {
  /**
   * To every connection of these users, in all namespaces or in one. A reliable event is kept in the namespaces whose contract
   * has it, and in all where none has.
   * @throws GameError `payload_too_large` for more than 1,000 users, `invalid_payload`, `unavailable`
   */
  user(
    users: UserId | readonly UserId[],
    notice: Notice & { readonly namespace?: NamespaceName },
  ): Promise<Sent>;
  /**
   * To everybody in a room now: a room of `/`, a game room, a chat channel by its `channel_id`, a fight or a zone.
   * @throws GameError `not_found` where the namespace has no rooms, and as `user`
   */
  room(namespace: NamespaceName, room: string, notice: Notice): Promise<Sent>;
  /** To every connection of a namespace; reliable: to the users who are there now. @throws GameError as `user` */
  all(namespace: NamespaceName, notice: Notice): Promise<Sent>;
}

export interface NotifyOptions {
  readonly store: Store;
  readonly outbound: Sender;
  readonly inbox: RunningInbox;
  readonly contracts: readonly Contract[];
  scopeOf(namespace: NamespaceName): PresenceScope;
  /** The users with a connection in an internal room, on any worker. */
  usersIn(namespace: NamespaceName, room: RoomName): Promise<readonly UserId[]>;
  /** Users were sent an event by their names; it is theirs already. */
  onSent(event: string, namespaces: readonly NamespaceName[], users: readonly UserId[]): void;
}

export function createNotify(options: NotifyOptions): Notify {
  const { store, outbound, inbox, contracts, scopeOf } = options;

  /** The namespaces that keep a reliable event for a user who may be in none. */
  const keepersOf = (event: string): readonly NamespaceName[] => {
    const found = contracts.filter((contract) => Object.hasOwn(contract.events, event));
    return found.length > 0 ? found.map((contract) => contract.namespace) : NAMESPACES;
  };

  async function onlineIn(namespace: NamespaceName, users: readonly UserId[]): Promise<UserId[]> {
    const records = await store.presence.get(scopeOf(namespace), users);
    return users.filter((_, at) => (records[at]?.connections ?? 0) > 0);
  }

  async function keep(
    namespaces: readonly NamespaceName[],
    users: readonly UserId[],
    notice: Notice,
    deliveryId: DeliveryId,
  ): Promise<void> {
    const todo = namespaces.flatMap((namespace) => users.map((user) => ({ namespace, user })));
    for (let at = 0; at < todo.length; at += PARALLEL)
      await Promise.all(
        todo
          .slice(at, at + PARALLEL)
          .map(({ namespace, user }) =>
            inbox.deliverTo(namespace, user, notice.event, payloadFor(namespace, notice.data), deliveryId),
          ),
      );
  }

  async function toUsers(
    given: readonly UserId[],
    notice: Notice,
    namespaces: readonly NamespaceName[],
    keepers: readonly NamespaceName[],
  ): Promise<Sent> {
    const users = [...new Set(given)];
    if (users.length > MAX_USERS)
      throw new GameError("payload_too_large", { message: `at most ${MAX_USERS} users at a time` });
    for (const namespace of namespaces) payloadFor(namespace, notice.data);
    if (users.length === 0) return { deliveredTo: 0, queuedFor: 0 };
    const online = new Set((await Promise.all(namespaces.map((name) => onlineIn(name, users)))).flat());
    const deliveryId = notice.deliveryId ?? newId<DeliveryId>("d");
    if (notice.reliable) await keep(keepers, users, notice, deliveryId);
    const userRooms = users.map((user) => rooms.user(user));
    for (const namespace of namespaces) {
      if (notice.reliable && keepers.includes(namespace)) continue;
      const payload = payloadFor(namespace, notice.data);
      outbound.send(
        namespace,
        userRooms,
        notice.event,
        notice.reliable ? { ...payload, delivery_id: deliveryId } : payload,
      );
    }
    options.onSent(notice.event, namespaces, users);
    return {
      deliveredTo: online.size,
      queuedFor: notice.reliable ? users.length - online.size : 0,
    };
  }

  /** Users of a namespace with a connection, at most one more than a reliable sending may reach. */
  async function usersOf(namespace: NamespaceName): Promise<UserId[]> {
    const found: UserId[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.presence.page(scopeOf(namespace), {
        limit: PAGE,
        ...(cursor === undefined ? {} : { cursor }),
      });
      for (const record of page.records) if (record.connections > 0) found.push(asId<UserId>(record.subject));
      cursor = page.cursor;
    } while (cursor !== undefined && found.length <= MAX_USERS);
    return found;
  }

  return {
    user(users, { namespace, ...notice }) {
      const list = typeof users === "string" ? [users] : users;
      return namespace === undefined
        ? toUsers(list, notice, NAMESPACES, keepersOf(notice.event))
        : toUsers(list, notice, [namespace], [namespace]);
    },
    async room(namespace, name, notice) {
      const room = internalRoom(namespace, name);
      const payload = payloadFor(namespace, notice.data);
      const users = await options.usersIn(namespace, room);
      if (notice.reliable) return toUsers(users, notice, [namespace], [namespace]);
      outbound.send(namespace, room, notice.event, payload);
      return { deliveredTo: users.length, queuedFor: 0 };
    },
    async all(namespace, notice) {
      const payload = payloadFor(namespace, notice.data);
      if (notice.reliable) return toUsers(await usersOf(namespace), notice, [namespace], [namespace]);
      const { subjects } = await store.presence.size(scopeOf(namespace));
      outbound.send(namespace, undefined, notice.event, payload);
      return { deliveredTo: subjects, queuedFor: 0 };
    },
  };
}

/** The kinds of `core/rooms.ts`, and the channels that chat keeps for itself. */
const INTERNAL =
  /^(?:user|room|relay|match|channel|combat|zone|cell-batch|cell-each|presence|slow|role):|^\*/;

/** What chat calls the channel of a game room. */
const CHAT_OF_ROOM = /^room:./;

/** Whether a name has the form of the server's own rooms. It would reach none of them, but whoever gives it means one. */
export const isInternalName = (namespace: NamespaceName | undefined, name: string): boolean =>
  INTERNAL.test(name) && !(namespace === "/chat" && CHAT_OF_ROOM.test(name));

/** The room that clients of a namespace mean by a name. */
function internalRoom(namespace: NamespaceName, name: string): RoomName {
  if (isInternalName(namespace, name))
    throw new GameError("invalid_payload", { message: `room: ${name} is a name of the server's own rooms` });
  switch (namespace) {
    case "/":
      return rooms.room(name);
    case "/game":
      return rooms.match(asId<RoomId>(name));
    case "/chat":
      return rooms.channel(name);
    case "/combat":
      return rooms.combat(asId<CombatId>(name));
    case "/world":
      return rooms.zone(asId<ZoneId>(name));
    case "/matchmaking":
      throw new GameError("not_found", { message: "/matchmaking has no rooms" });
  }
}

/**
 * What clients of the namespace get besides `timestamp`, which is added when it is sent.
 * @throws GameError `invalid_payload` where the data cannot be a payload there
 */
export function payloadFor(namespace: NamespaceName, data: unknown = {}): object {
  if (namespace === "/") return { data };
  if (typeof data !== "object" || data === null || Array.isArray(data))
    throw new GameError("invalid_payload", { message: `data: must be an object in ${namespace}` });
  const { timestamp, ...payload } = data as Record<string, unknown>;
  for (const field of ["type", "id"])
    if (Object.hasOwn(payload, field))
      throw new GameError("invalid_payload", {
        message: `data: the field "${field}" belongs to the frame of plain WebSocket clients`,
      });
  // An earlier time that the sender tells of stays, in the form that all times have.
  const at = typeof timestamp === "string" ? Date.parse(timestamp) : Number.NaN;
  return Number.isNaN(at) ? payload : { ...payload, timestamp: new Date(at).toISOString() };
}
