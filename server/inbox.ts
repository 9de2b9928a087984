/**
 * Reliable events. The user's inbox in the store is the truth; a bus message to the workers is the fast path, and a slow round
 * over the connected users finds what it did not tell.
 */
import type { Contract, NamespaceName } from "../core/contract.ts";
import type { DeliveryId, UserId } from "../core/ids.ts";
import { topic } from "../core/ports/bus.ts";
import { delist, enlist } from "../core/ports/documents.ts";
import type { Inbox } from "../core/ports/inbox.ts";
import type { IndexMember } from "../core/ports/indexes.ts";
import { type IndexKey, indexKey, partitions } from "../core/ports/keys.ts";
import type { Log } from "../core/ports/log.ts";
import type { PresenceScope } from "../core/ports/presence.ts";
import type { Store } from "../core/ports/store.ts";
import type { SessionRegistry } from "./sessions/registry.ts";
import { ReliableSender } from "./sessions/reliable-sender.ts";
import type { SocketSession } from "./sessions/socket-session.ts";
import { isTold } from "./sessions/told.ts";

/** Entries kept per user and namespace; the oldest gives way to a new one. */
const MAX_ENTRIES = 1_000;
/** An entry that nobody fetched for this long is dropped: 14 days. */
const MAX_AGE_MS = 14 * 24 * 3_600_000;
/** How long a delivery id is known after it was acknowledged, so that an outbox that repeats itself adds nothing. */
const KNOWN_MS = 3_600_000;
const PAGE = 100;
/** A connected user's inbox is looked at this often, in seconds, for what the bus did not tell. */
const ROUND_SECONDS = 30;

interface InboxEntry {
  readonly event: string;
  readonly payload: object;
}

interface Notice extends InboxEntry {
  readonly user: UserId;
  readonly namespace: NamespaceName;
  readonly deliveryId: DeliveryId;
}

interface Acknowledged {
  readonly user: UserId;
  readonly namespace: NamespaceName;
  readonly deliveryId: DeliveryId;
}

const noticeTopic = topic<Notice>("inbox:notice");
const acknowledgedTopic = topic<Acknowledged>("inbox:acknowledged");

const inboxKey = (user: UserId, namespace: NamespaceName): IndexKey<InboxEntry> =>
  indexKey(partitions.user(user), `inbox:${namespace}`);

export interface InboxOptions {
  readonly store: Store;
  readonly registry: SessionRegistry;
  readonly log: Log;
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
  ): Promise<{ online: boolean }>;
  start(): Promise<void>;
  /** Sends a new connection what waits for its user. */
  flush(session: SocketSession): Promise<void>;
  /** A client's `ack {delivery_id}`. */
  acknowledge(session: SocketSession, deliveryId: DeliveryId): Promise<void>;
  drop(session: SocketSession): void;
  /** Connections that reliable events are sent to. */
  readonly size: number;
  /** Looks at every connected user's inbox, after the store was away. */
  rescan(): Promise<void>;
  close(): void;
}

export function createInbox(options: InboxOptions): RunningInbox {
  const { store, registry, log, roundSeconds = ROUND_SECONDS } = options;
  const senders = new Map<SocketSession, ReliableSender>();
  const ends: (() => void)[] = [];

  function senderOf(session: SocketSession): ReliableSender {
    const existing = senders.get(session);
    if (existing) return existing;
    const created = new ReliableSender(session, (deliveryId) => {
      clear(session.userId, session.namespace, [deliveryId]).catch((err: unknown) =>
        log.debug(
          { err },
          "an acknowledgement could not be stored; the event is sent again on the next connection",
        ),
      );
    });
    senders.set(session, created);
    return created;
  }

  async function clear(user: UserId, namespace: NamespaceName, ids: readonly DeliveryId[]): Promise<void> {
    const key = inboxKey(user, namespace);
    await store.documents.commit({ partition: key.partition, index: ids.map((id) => delist(key, id)) });
    for (const deliveryId of ids) void store.bus.publish(acknowledgedTopic, { user, namespace, deliveryId });
  }

  function onNotice(notice: Notice): void {
    let plain = false;
    let reliable = false;
    for (const session of registry.ofUser(notice.user, notice.namespace)) {
      if (session.isSettingUp) continue; // `flush` sends it
      if (!isTold(session.socket, notice.event)) continue;
      senderOf(session).send(notice.deliveryId, notice.event, notice.payload);
      if (session.reliable) reliable = true;
      else plain = true;
    }
    if (plain && !reliable) void clearIfNobodyAcknowledges(notice);
  }

  /** What reached only clients that acknowledge nothing is done with. */
  async function clearIfNobodyAcknowledges({ user, namespace, deliveryId }: Notice): Promise<void> {
    try {
      const [record] = await store.presence.get(options.scopeOf(namespace), [user]);
      if (record && record.reliable === 0) await clear(user, namespace, [deliveryId]);
    } catch (err) {
      log.debug({ err }, "an inbox could not be cleared; its entry waits for the next connection");
    }
  }

  async function trim(user: UserId, namespace: NamespaceName): Promise<void> {
    const key = inboxKey(user, namespace);
    const beyond = async () => (await store.indexes.size(key)) - MAX_ENTRIES;
    const limit = await beyond();
    if (limit <= 0) return;
    const oldest = (await store.indexes.page(key, { limit })).members;
    // Counted again after they were read: what another worker has trimmed meanwhile must not be trimmed twice.
    const members = oldest.slice(0, Math.max(0, await beyond()));
    if (members.length === 0) return;
    log.warn(
      { user, namespace, dropped: members.length },
      "an inbox is full; its oldest entries were dropped",
    );
    await clear(
      user,
      namespace,
      members.map((m) => m.member as DeliveryId),
    );
  }

  const deliverTo: RunningInbox["deliverTo"] = async (namespace, user, event, payload, deliveryId) => {
    const key = inboxKey(user, namespace);
    const entry: InboxEntry = { event, payload };
    const done = await store.documents.commit({
      partition: key.partition,
      index: [enlist(key, deliveryId, store.now(), entry)],
      once: { id: `inbox:${namespace}:${deliveryId}`, result: null, ttlMs: KNOWN_MS },
    });
    // A repeat may be another worker's, made up for one that died before it could tell anybody. Connections that have it
    // already drop it.
    const waits = done.outcome === "committed" || (await store.indexes.get(key, deliveryId)) !== undefined;
    if (waits) void store.bus.publish(noticeTopic, { user, namespace, deliveryId, ...entry });
    if (done.outcome === "committed") await trim(user, namespace);
    const [record] = await store.presence.get(options.scopeOf(namespace), [user]);
    return { online: (record?.connections ?? 0) > 0 };
  };

  async function pending(user: UserId, namespace: NamespaceName): Promise<IndexMember<InboxEntry>[]> {
    const key = inboxKey(user, namespace);
    const found: IndexMember<InboxEntry>[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.indexes.page(key, {
        limit: PAGE,
        ...(cursor === undefined ? {} : { cursor }),
      });
      found.push(...page.members);
      cursor = page.cursor;
    } while (cursor !== undefined && found.length < MAX_ENTRIES);
    const oldest = store.now() - MAX_AGE_MS;
    const old = found.filter((m) => m.score < oldest);
    if (old.length > 0)
      await clear(
        user,
        namespace,
        old.map((m) => m.member as DeliveryId),
      );
    return found.filter((m) => m.score >= oldest);
  }

  async function sendPending(session: SocketSession): Promise<void> {
    const all = await pending(session.userId, session.namespace);
    const waiting = all.filter(({ value }) => isTold(session.socket, value.event));
    if (!session.connected || waiting.length === 0) return;
    const sender = senderOf(session);
    for (const { member, value } of waiting) sender.send(member as DeliveryId, value.event, value.payload);
    if (!session.reliable)
      await clear(
        session.userId,
        session.namespace,
        waiting.map((m) => m.member as DeliveryId),
      );
  }

  /** The slow round: each second a part of the sessions, all of them in `roundSeconds`. */
  let slice = 0;
  async function round(): Promise<void> {
    slice = (slice + 1) % roundSeconds;
    let at = 0;
    for (const session of registry.all())
      if (at++ % roundSeconds === slice && !session.isSettingUp && !session.identity.anonymous)
        await sendPending(session);
  }

  const noteFailure = (err: unknown) =>
    log.debug({ err }, "an inbox could not be read; it is looked at again");
  let rounding = false;
  const interval = setInterval(() => {
    for (const [session, sender] of senders) {
      sender.tick();
      if (sender.hasRoomAgain()) void sendPending(session).catch(noteFailure);
    }
    if (rounding || store.kind === "embedded") return;
    rounding = true;
    round()
      .catch(noteFailure)
      .finally(() => {
        rounding = false;
      });
  }, 1_000);

  return {
    deliverTo,
    deliver: <C extends Contract>(
      contract: C,
      user: UserId,
      event: string,
      payload: unknown,
      deliveryId: DeliveryId,
    ) => deliverTo(contract.namespace, user, event, payload as object, deliveryId),
    async start() {
      ends.push(
        await store.bus.subscribe(noticeTopic, onNotice),
        await store.bus.subscribe(acknowledgedTopic, ({ user, namespace, deliveryId }) => {
          for (const session of registry.ofUser(user, namespace)) senders.get(session)?.settle(deliveryId);
        }),
      );
    },
    async flush(session) {
      if (!session.identity.anonymous) await sendPending(session);
    },
    async acknowledge(session, deliveryId) {
      senders.get(session)?.settle(deliveryId);
      await clear(session.userId, session.namespace, [deliveryId]);
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
      clearInterval(interval);
      for (const end of ends) end();
      for (const sender of senders.values()) sender.close();
      senders.clear();
    },
  };
}
