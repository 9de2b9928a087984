/**
 * Sends events to rooms, users and namespaces, best effort: to rooms and namespaces over Socket.IO's adapter, encoded once, on any worker; to
 * a few users over the bus of users, to their workers alone.
 */
import type { Server } from "socket.io";
import { PacketType } from "socket.io-parser";
import type { Contract, NamespaceName } from "../../core/contract/contract.ts";
import type { ConnectionId, UserId } from "../../core/ids.ts";
import type { NamespaceOutbound, Outbound, SendOptions, Shedding } from "../../core/ports/outbound.ts";
import { topic } from "../../core/ports/store/bus.ts";
import { rooms } from "../../core/rooms.ts";
import type { RunningUserBus } from "../cluster/user-bus.ts";
import { stamp } from "../sessions/socket-session.ts";
import { EncodedPayload, encodedPayload } from "../socketio/encoded-event.ts";

export interface Sender extends Outbound {
  /** The untyped form, for what arrives by HTTP or is delivered from a stream. `room` undefined: everybody; several: each once. */
  send(
    namespace: NamespaceName,
    room: string | readonly string[] | undefined,
    event: string,
    payload: unknown,
    options?: SendOptions & {
      readonly exceptUser?: string;
      readonly exceptEach?: readonly ConnectionId[];
    },
  ): void;
  /** To every connection of these users in the namespace. */
  sendToUsers(
    namespace: NamespaceName,
    users: readonly UserId[],
    event: string,
    payload: unknown,
    options?: SendOptions,
  ): void;
}

/** An event on its way to users, stamped. */
interface UserEvent {
  readonly namespace: NamespaceName;
  readonly users: readonly UserId[];
  readonly event: string;
  readonly payload: unknown;
  readonly options?: SendOptions;
}

const userEventTopic = topic<UserEvent>("outbound:user");

export interface OutboundOptions {
  readonly io: Server;
  readonly now: () => number;
  readonly disconnectUser: Outbound["disconnectUser"];
  readonly shedding: Shedding;
  readonly userBus: RunningUserBus;
}

export interface RunningOutbound extends Sender {
  /** From here on it hears what other workers send to users. */
  start(): Promise<void>;
  close(): void;
}

export function createOutbound(given: OutboundOptions): RunningOutbound {
  const { io, now, disconnectUser, shedding, userBus } = given;
  let end: (() => void) | undefined;
  shedAtAdapters(io, shedding);
  const send: Sender["send"] = (namespace, room, event, payload, options) =>
    sendStamped(namespace, room, event, stamp(namespace, payload, now()), options);
  const sendStamped: Sender["send"] = (namespace, room, event, payload, options = {}) => {
    // Newest wins: the next one says what this one would have said.
    if (options.volatile && shedding.volatile) return shedding.left();
    // To Socket.IO no rooms at all are everybody.
    if (Array.isArray(room) && room.length === 0) return;
    let target = io.of(namespace).except([]);
    if (room !== undefined) target = target.to(typeof room === "string" ? room : [...room]);
    if (options.except) target = target.except(options.except);
    if (options.exceptEach?.length) target = target.except([...options.exceptEach]);
    if (options.exceptUser) target = target.except(rooms.user(options.exceptUser as UserId));
    if (options.exceptUsers?.length) target = target.except(options.exceptUsers.map(rooms.user));
    if (options.local) target = target.local;
    // Socket.IO's own `volatile` drops whatever follows the first packet of a turn of the event loop, on the fastest client too.
    if (options.volatile) target = target.except(rooms.slow());
    target.emit(event, payload);
  };
  const sendToUsers: Sender["sendToUsers"] = (namespace, users, event, given, options) => {
    if (options?.volatile && shedding.volatile) return shedding.left();
    const payload = stamp(namespace, given, now());
    if (options?.local || !userBus.goesTo(users)) {
      sendStamped(namespace, users.map(rooms.user), event, payload, options);
      return;
    }
    // It never rejects, and tells the connections of this worker within the call.
    const eventFor = (of: readonly UserId[]) => ({
      ...{ namespace, users: of, event, payload },
      ...(options === undefined ? {} : { options }),
    });
    void userBus.publish(userEventTopic, users, eventFor, { isHint: false });
  };
  return {
    send,
    sendToUsers,
    async start() {
      end = await userBus.subscribe(userEventTopic, ({ namespace, users, event, payload, options }) =>
        sendStamped(namespace, users.map(rooms.user), event, payload, { ...options, local: true }),
      );
    },
    close: () => end?.(),
    in<C extends Contract>(contract: C): NamespaceOutbound<C> {
      const namespace = contract.namespace;
      return {
        toRoom: (room, event, payload, options) => send(namespace, room, event, payload, options),
        // There are hundreds of these in one tick: without the operators that Socket.IO makes of each.
        fieldsToRoom(room, event, fields, { volatile = false, local = false } = {}) {
          if (volatile && shedding.volatile) return shedding.left();
          const payload = new EncodedPayload(encodedPayload(namespace, fields, now()));
          const { adapter } = io.of(namespace);
          // Of other workers' connections it is not known here whether any is slow.
          const sparesSlow = volatile && (!local || adapter.rooms.has(rooms.slow()));
          adapter.broadcast(
            { type: PacketType.EVENT, data: [event, payload] },
            { rooms: new Set([room]), except: sparesSlow ? SLOW : NONE, flags: { local } },
          );
        },
        toUser: (user, event, payload, options) => sendToUsers(namespace, [user], event, payload, options),
        toAll: (event, payload, options) => send(namespace, undefined, event, payload, options),
      };
    },
    disconnectUser,
  };
}

const SLOW = new Set([rooms.slow()]);
const NONE: Set<string> = new Set();

/** Has no members. */
const NOBODY: ReadonlySet<string> = new Set(["nobody:"]);

interface Targets {
  readonly rooms: ReadonlySet<string>;
  readonly except?: ReadonlySet<string>;
}

/** What broadcasts come down to at an adapter, those of other workers too. Public in its code, not in its types. */
interface Applying {
  apply(targets: Targets, send: unknown): void;
}

/** Volatile events that other workers broadcast: only these are meant for all but the slow. */
function shedAtAdapters(io: Server, shedding: Shedding): void {
  const watch = ({ adapter }: { readonly adapter: object }) => {
    if (!isApplying(adapter)) return;
    const { apply } = adapter;
    adapter.apply = (targets, send) => {
      const isShed = shedding.volatile && targets.except?.has(rooms.slow());
      if (isShed) shedding.left();
      apply.call(adapter, isShed ? { ...targets, rooms: NOBODY } : targets, send);
    };
  };
  watch(io.sockets);
  io.on("new_namespace", watch);
}

const isApplying = (adapter: object): adapter is Applying =>
  "apply" in adapter && typeof adapter.apply === "function";
