/**
 * Reliable events. The user's inbox in the store is the truth; a bus message to the workers is the fast path, and a slow round
 * over the connected users finds what it did not tell.
 *
 * An entry ends when a device that acknowledges has done so. A connection that acknowledges nothing gets it once, and ends it only
 * where the user has no such device, and had none lately.
 */
import { every } from "../../../core/async.ts";
import type { Contract, NamespaceName } from "../../../core/contract/contract.ts";
import type { DeliveryId, UserId } from "../../../core/ids.ts";
import type { Inbox, Origin } from "../../../core/ports/inbox.ts";
import type { Log } from "../../../core/ports/log.ts";
import { topic, type UserBus } from "../../../core/ports/store/bus.ts";
import type { PresenceScope } from "../../../core/ports/store/presence.ts";
import type { Store } from "../../../core/ports/store/store.ts";
import type { Timers } from "../../../core/ports/timers.ts";
import { acceptsEvent } from "../../sessions/accepted-events.ts";
import type { SessionRegistry } from "../../sessions/registry.ts";
import { ReliableSender } from "../../sessions/reliable-sender.ts";
import type { SocketSession } from "../../sessions/socket-session.ts";
import { createDevices } from "./devices.ts";
import { joinClears } from "./joined-clears.ts";
import type { InboxBounds } from "./ledger.ts";
import { type Arriving, type Box, createStoredInboxes, type InboxEntry } from "./stored.ts";

/** A connected user's inbox is looked at this often, in seconds, for what the bus did not tell. */
const ROUND_SECONDS = 30;

interface Notice extends InboxEntry, Box {
  readonly deliveryId: DeliveryId;
  /** Whether a device of the user's is to acknowledge it. Left out by a server that did not know. */
  readonly hasDevice?: boolean;
}

interface Acknowledged extends Box {
  readonly deliveryId: DeliveryId;
}

const noticeTopic = topic<Notice>("inbox:notice");
/** Entries that are done with: no connection tries to send them any longer. */
const acknowledgedTopic = topic<Acknowledged>("inbox:acknowledged");

export interface InboxOptions {
  readonly store: Store;
  readonly userBus: UserBus;
  readonly timers: Timers;
  readonly registry: SessionRegistry;
  readonly log: Log;
  /** How long a user counts as one with a device that acknowledges after that device's last connection. */
  readonly deviceMs: number;
  readonly bounds: InboxBounds;
  /** Seconds in which every connected user's inbox is looked at once. */
  readonly roundSeconds?: number;
  /** The scope that counts a namespace's users. */
  scopeOf(namespace: NamespaceName): PresenceScope;
}

export interface RunningInbox extends Inbox {
  /** Delivery by namespace name, for what arrives by HTTP. */
  deliverTo(
    namespace: NamespaceName,
    user: UserId,
    event: string,
    payload: object,
    deliveryId: DeliveryId,
    origin?: Origin,
  ): Promise<{ online: boolean }>;
  start(): Promise<void>;
  /** A connection has come: from here on its user is known as one with a device, where it is one. Before the client is told. */
  enter(session: SocketSession): Promise<void>;
  /** Sends a new connection what waits for its user. */
  flush(session: SocketSession): Promise<void>;
  /** A client's `ack {delivery_id}`. */
  acknowledge(session: SocketSession, deliveryId: DeliveryId): Promise<void>;
  drop(session: SocketSession): void;
  /** Connections that reliable events are sent to. */
  readonly size: number;
  /** Looks at every connected user's inbox, after the store was away. */
  rescan(): Promise<void>;
  /** Entries that gave way to others since the start, by whose they were. */
  readonly dropped: { readonly server: number; readonly players: number };
  close(): void;
}

export function createInbox(options: InboxOptions): RunningInbox {
  const { store, userBus, registry, log, roundSeconds = ROUND_SECONDS } = options;
  const senders = new Map<SocketSession, ReliableSender>();
  const ends: (() => void)[] = [];
  const dropped = { server: 0, players: 0 };
  const stored = createStoredInboxes(store, options.timers, options.bounds, settle);
  const devices = createDevices(stored, store, options.deviceMs, log);

  function senderOf(session: SocketSession): ReliableSender {
    const existing = senders.get(session);
    if (existing) return existing;
    const created = new ReliableSender(session, (deliveryId) => {
      clear(boxOf(session), [deliveryId]).catch((err: unknown) =>
        log.debug(
          { err },
          "an acknowledgement could not be stored; the event is sent again on the next connection",
        ),
      );
    });
    senders.set(session, created);
    return created;
  }

  const boxOf = ({ userId, namespace }: SocketSession): Box => ({ user: userId, namespace });

  /** No worker tries to send these any longer. */
  function settle({ user, namespace }: Box, ids: readonly DeliveryId[]): void {
    for (const deliveryId of ids)
      void userBus.publish(acknowledgedTopic, [user], () => ({ user, namespace, deliveryId }));
  }

  const clear = joinClears(async (box, ids) => {
    await stored.clear(box, ids);
    settle(box, ids);
  });

  async function clearUnlessDevice(box: Box, ids: readonly DeliveryId[]): Promise<void> {
    if (await stored.clearUnlessDevice(box, ids)) settle(box, ids);
  }

  function onNotice(notice: Notice): void {
    let plain = false;
    let missed = false;
    for (const session of registry.ofUser(notice.user, notice.namespace)) {
      if (session.isSettingUp) continue; // `flush` sends it
      if (!acceptsEvent(session.socket, notice.event)) continue;
      const sent = senderOf(session).send(notice.deliveryId, notice.event, notice.payload);
      if (session.reliable) continue;
      plain = true;
      missed ||= !sent;
    }
    if (!plain || missed || notice.hasDevice) return;
    clearUnlessDevice(notice, [notice.deliveryId]).catch((err: unknown) =>
      log.debug({ err }, "an inbox could not be cleared; its entry waits for the next connection"),
    );
  }

  async function deliverAll(box: Box, name: string, arriving: readonly Arriving[]): Promise<void> {
    const { waiting, hasDevice, replaced, dropped } = await stored.deliver(box, name, arriving);
    settle(box, [...replaced, ...dropped]);
    const [first] = arriving;
    if (first && dropped.length > 0) noteDropped(box, dropped.length, first.origin);
    // Connections that have it already drop a repeat.
    for (const { id: deliveryId, entry } of arriving)
      if (waiting.has(deliveryId))
        void userBus.publish(noticeTopic, [box.user], () => ({ ...box, deliveryId, ...entry, hasDevice }));
  }

  const deliverTo: RunningInbox["deliverTo"] = async (
    namespace,
    user,
    event,
    payload,
    deliveryId,
    origin = {},
  ) => {
    await deliverAll({ user, namespace }, deliveryId, [
      { entry: { event, payload }, id: deliveryId, origin },
    ]);
    const [record] = await store.presence.get(options.scopeOf(namespace), [user]);
    return { online: (record?.connections ?? 0) > 0 };
  };

  /** What players lose they can cause as often as they like, so that is no line of the log's by default. */
  function noteDropped(box: Box, count: number, { from }: Origin): void {
    dropped[from === undefined ? "server" : "players"] += count;
    const fields = { ...box, dropped: count, ...(from === undefined ? {} : { from }) };
    const message = "an inbox is full; its oldest entries were dropped";
    if (from === undefined) log.warn(fields, message);
    else log.debug(fields, message);
  }

  /** As much as the connection has room for now. */
  async function sendPending(session: SocketSession): Promise<void> {
    const box = boxOf(session);
    let cursor: string | undefined;
    do {
      const page = await stored.page(box, cursor);
      if (!session.connected) return;
      const accepted = page.members.filter(({ value }) => acceptsEvent(session.socket, value.event));
      if (accepted.length === 0) {
        cursor = page.cursor;
        continue;
      }
      const sender = senderOf(session);
      const sent: DeliveryId[] = [];
      for (const { member, value } of accepted) {
        const id = member as DeliveryId;
        if (!sender.send(id, value.event, value.payload)) break;
        sent.push(id);
      }
      if (!session.reliable && sent.length > 0) await clearUnlessDevice(box, sent);
      cursor = sent.length < accepted.length ? undefined : page.cursor;
    } while (cursor !== undefined);
  }

  /** The slow round: each second a part of the sessions, all of them in `roundSeconds`. */
  let slice = 0;
  async function round(): Promise<void> {
    slice = (slice + 1) % roundSeconds;
    let at = 0;
    for (const session of registry.all()) {
      if (at++ % roundSeconds !== slice || session.isSettingUp || session.identity.anonymous) continue;
      await devices.refresh(session);
      // The embedded store's bus loses nothing.
      if (store.shared) await sendPending(session);
    }
  }

  const noteFailure = (err: unknown) =>
    log.debug({ err }, "an inbox could not be read; it is looked at again");
  const ticking = setInterval(() => {
    for (const [session, sender] of senders) {
      sender.tick();
      if (sender.hasRoomAgain()) void sendPending(session).catch(noteFailure);
    }
  }, 1_000);
  const endRounds = every(1_000, round, noteFailure);

  return {
    dropped,
    deliverTo,
    deliver: <C extends Contract>(
      contract: C,
      user: UserId,
      event: string,
      payload: unknown,
      deliveryId: DeliveryId,
      origin?: Origin,
    ) => deliverTo(contract.namespace, user, event, payload as object, deliveryId, origin),
    deliverAll: ({ namespace }, user, batch, events) =>
      deliverAll(
        { user, namespace },
        batch,
        events.map(({ event, payload, id, origin = {} }) => {
          return { entry: { event, payload: payload as object }, id, origin };
        }),
      ),
    async start() {
      ends.push(
        await userBus.subscribe(noticeTopic, onNotice),
        await userBus.subscribe(acknowledgedTopic, ({ user, namespace, deliveryId }) => {
          for (const session of registry.ofUser(user, namespace)) senders.get(session)?.settle(deliveryId);
        }),
      );
    },
    enter: (session) => devices.enter(session),
    async flush(session) {
      if (!session.identity.anonymous) await sendPending(session);
    },
    async acknowledge(session, deliveryId) {
      senders.get(session)?.settle(deliveryId);
      await clear(boxOf(session), [deliveryId]);
    },
    drop(session) {
      senders.get(session)?.close();
      senders.delete(session);
    },
    get size() {
      return senders.size;
    },
    async rescan() {
      for (const session of [...registry.all()])
        if (!session.isSettingUp && !session.identity.anonymous) await sendPending(session);
    },
    close() {
      clearInterval(ticking);
      endRounds();
      for (const end of ends) end();
      for (const sender of senders.values()) sender.close();
      senders.clear();
    },
  };
}
