/**
 * Sending from anywhere: the HTTP API, custom events and an application around this server use this one service. Targets are named
 * as clients name them; no name that is given here can be a room of the server's own.
 */
import type { Contract, NamespaceName } from "../../core/contract/contract.ts";
import { NAMESPACES } from "../../core/contract/contract.ts";
import { GameError } from "../../core/contract/errors.ts";
import {
  asId,
  type CombatId,
  type DeliveryId,
  newId,
  type RoomId,
  type UserId,
  type ZoneId,
} from "../../core/ids.ts";
import { type RoomName, rooms } from "../../core/rooms.ts";
import { guestConnection, type Reach } from "../cluster/reach.ts";
import type { RunningInbox } from "./inbox/inbox.ts";
import type { Sender } from "./outbound.ts";

/** Users that one reliable sending reaches, and ids that one sending may name. */
export const MAX_USERS = 1_000;
/** Inboxes written at the same time. */
const PARALLEL = 50;

/**
 * Socket.IO's own events, which it sends for nobody, and those by which connections live: they would mislead a client. A reliable one would
 * lie in the inbox, and keep all that follows it from the user.
 */
const RESERVED: ReadonlySet<string> = new Set([
  "connect",
  "connect_error",
  "disconnect",
  "disconnecting",
  "newListener",
  "removeListener",
  "ack",
  "token_expiring",
  "server_draining",
]);

/** Whether an event is the server's own to send. */
export const isReservedEvent = (event: string): boolean => RESERVED.has(event);

/** What is sent. */
export interface Notice {
  /** Not one of Socket.IO's own (`disconnect`), nor one by which connections live (`ack`, `server_draining`). */
  readonly event: string;
  /** The payload: an object without `type` and `id` at its top level. On `/` anything: there it is sent as `{data}`. */
  readonly data?: unknown;
  /** Kept until each user has acknowledged it. */
  readonly reliable?: boolean;
  /** Names a reliable event for good, so that sending it again adds nothing. Left out: a new one. */
  readonly deliveryId?: DeliveryId;
}

/**
 * Numbers of users: with a connection that was told of it, and those for whom it waits, having none where it is kept. A user who
 * was told in one namespace while it waits in another counts in both.
 */
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
  readonly outbound: Sender;
  readonly inbox: RunningInbox;
  readonly contracts: readonly Contract[];
  readonly reach: Reach;
  /** Users were sent an event by their names; it is theirs already. */
  onSent(event: string, namespaces: readonly NamespaceName[], users: readonly UserId[]): void;
}

export function createNotify(options: NotifyOptions): Notify {
  const { outbound, inbox, contracts, reach } = options;

  /** The namespaces that keep a reliable event for a user who may be in none. */
  const keepersOf = (event: string): readonly NamespaceName[] => {
    const found = contracts.filter((contract) => Object.hasOwn(contract.events, event));
    return found.length > 0 ? found.map((contract) => contract.namespace) : NAMESPACES;
  };

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
    checkEvent(notice);
    const users = [...new Set(given)];
    if (users.length > MAX_USERS)
      throw new GameError("payload_too_large", { message: `at most ${MAX_USERS} users at a time` });
    for (const namespace of namespaces) payloadFor(namespace, notice.data);
    if (users.length === 0) return { deliveredTo: 0, queuedFor: 0 };
    // Nothing is kept for guests: they are gone with their connection.
    const named = users.filter((user) => guestConnection(user) === undefined);
    const guests = users.flatMap((user) => guestConnection(user) ?? []);
    const keeping = notice.reliable ? named : [];
    const { event } = notice;
    const asked = [reach.of({ event, namespaces, users })];
    if (keeping.length > 0) asked.push(reach.of({ event, namespaces: keepers, users: keeping }));
    const [reached, atKeepers] = await Promise.all(asked);
    const deliveryId = notice.deliveryId ?? newId<DeliveryId>("d");
    if (keeping.length > 0) await keep(keepers, keeping, notice, deliveryId);
    for (const namespace of namespaces) {
      const kept = notice.reliable === true && keepers.includes(namespace);
      const payload = payloadFor(namespace, notice.data);
      const sent = notice.reliable ? { ...payload, delivery_id: deliveryId } : payload;
      outbound.send(namespace, guests, event, sent);
      if (!kept) outbound.sendToUsers(namespace, named, event, sent);
    }
    options.onSent(event, namespaces, users);
    return {
      deliveredTo: reached?.users.size ?? 0,
      queuedFor: keeping.filter((user) => atKeepers?.users.has(user) !== true).length,
    };
  }

  /** What is reliable goes to those who are there now, one by one; anything else to the room, or to all, at once. */
  async function toThoseThere(
    namespace: NamespaceName,
    room: RoomName | undefined,
    notice: Notice,
  ): Promise<Sent> {
    checkEvent(notice);
    const payload = payloadFor(namespace, notice.data);
    const { event } = notice;
    const namespaces = [namespace];
    const { users, unnamed } = await reach.of({ event, namespaces, ...(room === undefined ? {} : { room }) });
    if (notice.reliable) {
      if (unnamed > 0)
        throw new GameError("payload_too_large", { message: `at most ${MAX_USERS} users at a time` });
      return toUsers([...users], notice, namespaces, namespaces);
    }
    outbound.send(namespace, room, event, payload);
    return { deliveredTo: users.size + unnamed, queuedFor: 0 };
  }

  return {
    user(users, { namespace, ...notice }) {
      const list = typeof users === "string" ? [users] : users;
      return namespace === undefined
        ? toUsers(list, notice, NAMESPACES, keepersOf(notice.event))
        : toUsers(list, notice, [namespace], [namespace]);
    },
    async room(namespace, name, notice) {
      return toThoseThere(namespace, internalRoom(namespace, name), notice);
    },
    all: (namespace, notice) => toThoseThere(namespace, undefined, notice),
  };
}

function checkEvent({ event }: Notice): void {
  if (isReservedEvent(event))
    throw new GameError("invalid_payload", { message: `event: ${event} is an event of the server's own` });
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
