/**
 * Delivers the entries of a private channel to both users. A write leaves an outbox entry in its own change. The worker that claims it
 * walks the channel's stream from the end of the last walk. Each entry goes into the other user's inbox (reliable, in order, known by
 * its id), and to the writer's own devices once the step is stored.
 */
import { GameError } from "../../../core/contract/errors.ts";
import { asId, type DeliveryId, type UserId } from "../../../core/ids.ts";
import { type DeadlineChange, deadlineKind, schedule } from "../../../core/ports/store/deadlines.ts";
import { put } from "../../../core/ports/store/documents.ts";
import { type DocumentKey, documentKey, partitions } from "../../../core/ports/store/keys.ts";
import { type StreamEntry, type StreamPosition, sameStream } from "../../../core/ports/store/streams.ts";
import type { ChatContext } from "../context.ts";
import { createConversations } from "../membership/conversations.ts";
import { type Channel, privateChannel } from "../model/channels.ts";
import { deletedPayload, type Entry, editedPayload, entryId, messagePayload } from "../model/entries.ts";
import { chatContract } from "../schema.ts";

const deliveryDue = deadlineKind<{ readonly pair: readonly [UserId, UserId] }>("chat:relay");

/** Entries taken in one step, and their bytes: well within a sender's share of an inbox, or the step would push out its own. */
const STEP = 50;
const STEP_BYTES = 64 * 1_024;
/** How much longer the end of the last walk is kept than the channel's stream. */
const SLACK_MS = 3_600_000;
/** The end of the last walk, and the time until which the present walker counts as alive. */
interface DeliveredUntil extends StreamPosition {
  readonly walkedUntil?: number;
  /** The last entry of the step under way. A worker that takes the walk over delivers exactly these entries again. */
  readonly step?: number;
}

/** Longer than any step: a walker that is silent for this long is dead. */
const WALK_MS = 4_000;
/** How often, and how far apart, a worker looks again while another walks the channel. */
const WAITS = 60;
const WAIT_MS = 25;

const deliveredOf = (channel: Channel): DocumentKey<DeliveredUntil> =>
  documentKey<DeliveredUntil>(partitions.channel(channel.id), "relayed");

type Walk = (channel: Channel) => Promise<void>;

/** At most one walk of a channel runs in this process, and one waits for it. Calls meanwhile share the waiting one. */
export function joinWalks(walk: Walk) {
  const last = new Map<string, Promise<void>>();
  const coming = new Map<string, Promise<void>>();

  return {
    /** Resolves when a walk that began after the call is over. */
    next(channel: Channel): Promise<void> {
      const { id } = channel;
      const shared = coming.get(id);
      if (shared) return shared;
      const before = last.get(id);
      const begin = () => {
        coming.delete(id);
        return walk(channel);
      };
      const mine = (before ? before.then(begin, begin) : walk(channel)).finally(() => {
        if (last.get(id) === mine) last.delete(id);
      });
      if (before) coming.set(id, mine);
      last.set(id, mine);
      return mine;
    },
    /** Whether a walk waits that has not begun. */
    isComing: ({ id }: Pick<Channel, "id">): boolean => coming.has(id),
  };
}

export function createPrivateDelivery({ services, outbound }: ChatContext) {
  const { store, inbox, timers, settings } = services;
  const { documents, streams } = store;
  const conversations = createConversations(services);
  const stepLimit = Math.max(1, Math.min(STEP, Math.floor(settings.limits.inboxPerSender / 2)));

  /** The event of an entry; undefined if it has none. */
  function eventOf(channel: Channel, { offset, entry }: StreamEntry<Entry>, epoch: string) {
    const at = { epoch, offset };
    switch (entry.kind) {
      case "message":
        if (entry.deleted) return undefined;
        return { event: "chat_message", payload: messagePayload(channel, entry, at) } as const;
      case "edited":
        return { event: "message_edited", payload: editedPayload(channel, entry, at) } as const;
      case "deleted":
        return { event: "message_deleted", payload: deletedPayload(channel, entry, at) } as const;
      default:
        return undefined;
    }
  }

  /** Delivers each entry into the inboxes of the users in the pair who did not write it. */
  async function deliver(
    channel: Channel,
    step: string,
    entries: readonly StreamEntry<Entry>[],
    epoch: string,
  ): Promise<void> {
    const events = entries.flatMap((at) => {
      const event = eventOf(channel, at, epoch);
      if (!event) return [];
      const id = asId<DeliveryId>(entryId(at.offset, at.entry.nonce));
      return [{ ...event, id, origin: { from: at.entry.by } }];
    });
    for (const user of channel.pair ?? []) {
      const others = events.filter(({ origin }) => origin.from !== user);
      if (others.length > 0) await inbox.deliverAll(chatContract, user, step, others);
    }
  }

  function emitToWriters(channel: Channel, entries: readonly StreamEntry<Entry>[], epoch: string): void {
    for (const at of entries) {
      const found = eventOf(channel, at, epoch);
      if (found) outbound.toUser(at.entry.by, found.event, found.payload);
    }
  }

  /**
   * Walks the channel to where its end was when the walk began. Only one walker at a time, or an
   * earlier message could arrive last.
   * @returns false where another worker walks it
   */
  async function walk(channel: Channel): Promise<boolean> {
    const [one, other] = channel.pair ?? [];
    if (one === undefined || other === undefined) return true;
    const key = deliveredOf(channel);
    const before = await documents.load(key);
    if ((before?.state.walkedUntil ?? 0) > store.now()) return false;
    let version = before?.version ?? 0;
    let at: StreamPosition = before
      ? { epoch: before.state.epoch, offset: before.state.offset }
      : { epoch: "", offset: 0 };

    /** @param step the last entry about to be delivered. Default: none, the walk is over */
    const note = async (position: StreamPosition, step?: number): Promise<boolean> => {
      const state: DeliveredUntil =
        step === undefined ? position : { ...position, step, walkedUntil: store.now() + WALK_MS };
      const noted = await documents.commit({
        partition: key.partition,
        // It outlives the stream: the stream's time starts anew with each entry, and this one's with the walk after it.
        documents: [put(key, version, state, settings.retention.ttlMs + SLACK_MS)],
      });
      if (noted.outcome !== "committed") return false;
      version = noted.versions[0] ?? version;
      return true;
    };

    let planned = before?.state.step;
    let emit = () => {};
    // Entries written meanwhile are for the next walk, so that this one ends.
    for (let end = Number.POSITIVE_INFINITY; at.offset < end; ) {
      let from = at.offset;
      const bounds =
        planned === undefined
          ? { limit: stepLimit, maxBytes: STEP_BYTES }
          : { limit: Math.max(1, planned - from) };
      let page = await streams.read(channel.log, { after: from, ...bounds });
      // A stream that began anew is walked from its beginning.
      if (at.epoch !== "" && !sameStream(at.epoch, page.epoch)) {
        planned = undefined;
        from = 0;
        page = await streams.read(channel.log, { after: from, limit: stepLimit, maxBytes: STEP_BYTES });
      }
      const { entries, epoch } = page;
      const last = entries.at(-1);
      if (!last) break;
      if (end === Number.POSITIVE_INFINITY) end = page.offset;
      // Planned entries may be gone from the stream.
      const step = planned !== undefined && last.offset <= planned ? planned : last.offset;
      if (!(await note(at, step))) return false;
      emit();
      const writers = new Set(entries.flatMap(({ entry }) => (entry.kind === "message" ? [entry.by] : [])));
      await Promise.all([
        conversations.list(one, other, last.entry.at, writers.has(one)),
        conversations.list(other, one, last.entry.at, writers.has(other)),
      ]);
      await deliver(channel, `${channel.id} ${epoch} ${from}-${step}`, entries, epoch);
      at = { epoch, offset: last.offset };
      planned = undefined;
      emit = () => emitToWriters(channel, entries, epoch);
    }
    if (version === (before?.version ?? 0)) return true;
    if (!(await note(at))) return false;
    emit();
    return true;
  }

  const bring = joinWalks(async (channel) => {
    for (let tries = 0; tries < WAITS; tries++) {
      if (await walk(channel)) return;
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    }
    // The deadline fires again.
    throw new GameError("unavailable", {
      message: "another worker is still delivering this channel",
    });
  });

  timers.on(deliveryDue, ({ payload: { pair } }) => bring.next(privateChannel(...pair)));

  return {
    /** The outbox entry that goes into a private channel's change; then `timers.wake` its partition. */
    order(channel: Channel): DeadlineChange {
      if (!channel.pair) throw new Error("only private channels have two users to deliver to");
      return schedule(deliveryDue, "relay", store.now(), { pair: channel.pair });
    },
    /** After the change: the order is carried out soon. */
    wake(channel: Channel): void {
      // A walk that has not begun will include this entry. The timers remove the order at their next look.
      if (!bring.isComing(channel)) timers.wake(channel.log.partition);
    },
  };
}

export type PrivateDelivery = ReturnType<typeof createPrivateDelivery>;
