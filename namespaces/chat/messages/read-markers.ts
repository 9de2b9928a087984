/** Read markers of users, and unread counts. */

import { update } from "../../../core/consistency/transact.ts";
import { GameError } from "../../../core/contract/errors.ts";
import type { UserId } from "../../../core/ids.ts";
import type { Spend } from "../../../core/ports/reading.ts";
import { type DocumentKey, documentKey, partitions } from "../../../core/ports/store/keys.ts";
import { MAX_PAGE_BYTES } from "../../../core/ports/store/pages.ts";
import type { StreamPosition } from "../../../core/ports/store/streams.ts";
import { rooms } from "../../../core/rooms.ts";
import type { ChatContext, ChatSession } from "../context.ts";
import type { EphemeralEvents } from "../delivery/ephemeral.ts";
import type { Access, ChannelName } from "../membership/access.ts";
import { conversationsOf, MAX_CONVERSATIONS } from "../membership/conversations.ts";
import { type Channel, peerOf, privateChannel, roomOf } from "../model/channels.ts";
import { moveReadMarker, type ReadMarker, reachOf } from "../model/rules.ts";
import { authorTag, readTag, shortOf, TAG_BYTES, type Tag, tagOf } from "../model/tags.ts";
import type { History } from "./history.ts";

/** Entries counted after a read marker; with more entries the count is a lower bound. */
const WINDOW = 500;
/** How long the read markers of an inactive user are kept: 90 days. */
const KEPT_MS = 90 * 24 * 3_600_000;
/** Channels counted at the same time. */
const PARALLEL = 8;
/** Entries among which a channel's last message is looked for. */
const NEWEST = 20;
/** Bytes of one list of channels; the rest is on the next page. */
const LIST_BYTES = 128 * 1_024;
const NOBODY: ReadonlySet<UserId> = new Set();

export interface ListedChannel {
  readonly channel: string;
  readonly channel_id: string;
  readonly to?: UserId;
  readonly unread: number;
}

const readMarkersOf = (user: UserId): DocumentKey<readonly ReadMarker[]> =>
  documentKey<readonly ReadMarker[]>(partitions.user(user), "chat:marks");

/** A page of the user's channels. */
export interface ChannelPage<V> {
  readonly channels: V[];
  readonly has_more?: true;
  /** For the next page. */
  readonly cursor?: string;
}

/** The parts of a tag that counting needs. */
type Counted = Pick<Tag, "kind" | "author" | "message"> & { readonly offset: number };

export function createReadMarkers(
  { services: { store, reading }, members }: ChatContext,
  access: Access,
  history: History,
  ephemeral: EphemeralEvents,
) {
  const { documents, streams, indexes } = store;

  function publish(user: UserId, channel: Channel, offset: number): void {
    const payload = { channel: channel.name, channel_id: channel.id, user_id: user, offset };
    const sent = { event: "read", payload, by: user } as const;
    if (channel.kind === "party") ephemeral.publish({ ...sent, room: roomOf(channel) });
    for (const one of channel.pair ?? []) ephemeral.publish({ ...sent, room: rooms.user(one) }, one);
  }

  /** Counts the unread messages among some entries, oldest first. */
  function countOf(user: UserId, blocked: ReadonlySet<UserId>, entries: Iterable<Counted>): number {
    const unread = new Set<number>();
    const silent = new Set([user, ...blocked].map(authorTag));
    for (const { offset, kind, author, message } of entries) {
      if (kind === "message" && author !== undefined && !silent.has(author)) unread.add(offset);
      if (kind === "deleted" && message !== undefined) unread.delete(message);
    }
    return unread.size;
  }

  /** The entries of a channel in which older servers wrote some without tags, read page by page. */
  async function* entriesAfter(channel: Channel, after: number, spend: Spend): AsyncGenerator<Counted> {
    for (let at = after, left = WINDOW; left > 0; ) {
      const page = await streams.read(channel.log, { after: at, limit: left });
      await spend(page.bytes);
      for (const { offset, entry } of page.entries) {
        const tag = readTag(tagOf(entry));
        if (tag) yield { offset, ...tag };
      }
      const last = page.entries.at(-1);
      if (!last) return;
      left -= page.entries.length;
      at = last.offset;
    }
  }

  async function unreadIn(
    user: UserId,
    channel: Channel,
    { marker, end, spend }: { marker: ReadMarker | undefined; end: StreamPosition; spend: Spend },
  ): Promise<number> {
    let reach = marker ? reachOf(marker, end.epoch) : 0;
    if (reach >= end.offset) return 0;
    let found = await history.tagsAfter(channel, reach, WINDOW);
    if (marker && found.epoch !== end.epoch && reachOf(marker, found.epoch) !== reach) {
      reach = reachOf(marker, found.epoch);
      found = await history.tagsAfter(channel, reach, WINDOW);
    }
    await spend(found.tags.length * TAG_BYTES);
    const blocked = members.get(user)?.blocks?.users ?? NOBODY;
    const counted: Counted[] = [];
    if (found.complete) for (const [offset, tag] of found.tags) counted.push({ offset, ...(tag as Tag) });
    else for await (const one of entriesAfter(channel, reach, spend)) counted.push(one);
    return countOf(user, blocked, counted);
  }

  /** The user's channels in the order of the list: private ones last, and among these the latest first. */
  async function channelsOf(session: ChatSession): Promise<Channel[]> {
    const own = await access.channels(session);
    const { members: recent } = await indexes.page(conversationsOf(session.userId), {
      limit: MAX_CONVERSATIONS,
      reverse: true,
      maxBytes: MAX_PAGE_BYTES,
    });
    return [...own, ...recent.map(({ value }) => privateChannel(session.userId, value.with))];
  }

  /** A page of the user's channels, each seen by `view`. */
  const eachChannel = <V extends object>(
    session: ChatSession,
    cursor: string | undefined,
    view: (channel: Channel, listed: ListedChannel, end: StreamPosition, spend: Spend) => Promise<V>,
  ): Promise<ChannelPage<V>> =>
    reading.turn(session, async (spend) => {
      const user = session.userId;
      const all = await channelsOf(session);
      const channels = all.slice(cursor === undefined ? 0 : placeOf(cursor, all));
      const ends = await streams.positions(channels.map(({ log }) => log));
      const readMarkers = new Map(
        ((await documents.load(readMarkersOf(user)))?.state ?? []).map((marker) => [
          marker.channelId,
          marker,
        ]),
      );
      const views: V[] = [];
      let bytes = 0;
      for (let i = 0; i < channels.length && bytes < LIST_BYTES; i += PARALLEL)
        for (const seen of await Promise.all(
          channels.slice(i, i + PARALLEL).map(async (channel, at) => {
            const end = ends[i + at];
            if (!end) throw new GameError("unavailable");
            const to = peerOf(channel, user);
            const marker = readMarkers.get(channel.id);
            const listed: ListedChannel = {
              channel: channel.name,
              channel_id: channel.id,
              ...(to === undefined ? {} : { to }),
              unread: await unreadIn(user, channel, { marker, end, spend }),
            };
            return view(channel, listed, end, spend);
          }),
        )) {
          bytes += Buffer.byteLength(JSON.stringify(seen));
          views.push(seen);
        }
      const next = channels[views.length];
      if (next === undefined) return { channels: views };
      return {
        channels: views,
        has_more: true,
        cursor: cursorOf(next, all.length - channels.length + views.length),
      };
    });

  /** The newest message that is not deleted or blocked, as `history` returns it now. */
  async function lastIn(channel: Channel, end: StreamPosition, blocked: ReadonlySet<UserId>, spend: Spend) {
    if (end.offset === 0) return undefined;
    const found = await history.tagsAfter(channel, Math.max(0, end.offset - NEWEST), NEWEST);
    if (!found.complete) {
      const { messages } = await history.page(channel, { limit: NEWEST }, blocked, spend);
      return messages.findLast((item) => item.event === "chat_message" && item.deleted !== true);
    }
    const silent = new Set([...blocked].map(authorTag));
    const deleted = new Set(found.tags.map(([, tag]) => (tag?.kind === "deleted" ? tag.message : undefined)));
    const last = found.tags.findLast(
      ([offset, tag]) => tag?.kind === "message" && !silent.has(tag.author ?? "") && !deleted.has(offset),
    );
    const entry = last && (await history.entryAt(channel, last[0]));
    return last && entry?.kind === "message" ? history.current(channel, last[0], entry) : undefined;
  }

  return {
    async read(session: ChatSession, name: ChannelName, offset: number): Promise<void> {
      const channel = await access.open(session, name, "read");
      const [end] = await streams.positions([channel.log]);
      if (!end) throw new GameError("unavailable");
      if (offset > end.offset)
        throw new GameError("invalid_payload", { message: "offset: beyond the end of the channel" });
      const marker: ReadMarker = { channelId: channel.id, epoch: end.epoch, offset };
      const { committed } = await update(documents, readMarkersOf(session.userId), (current) => ({
        state: moveReadMarker(current?.state ?? [], marker),
        result: undefined,
        ttlMs: KEPT_MS,
      }));
      if (committed) publish(session.userId, channel, offset);
    },

    unread: (session: ChatSession, cursor?: string) =>
      eachChannel(session, cursor, (_channel, listed) => Promise.resolve(listed)),

    /** Each channel with its end, and its last message among the newest entries. */
    overview: (session: ChatSession, cursor?: string) =>
      eachChannel(session, cursor, async (channel, listed, { epoch, offset }, spend) => {
        const blocked = members.get(session.userId)?.blocks?.users ?? NOBODY;
        const last = await lastIn(channel, { epoch, offset }, blocked, spend);
        return { ...listed, epoch, offset, ...(last?.event === "chat_message" ? { last } : {}) };
      }),
  };
}

/** Where a page of the list begins: the channel, and its place in the list when the previous page was made. */
const cursorOf = ({ id }: Channel, at: number) => `${at}:${shortOf(id)}`;

/** @throws GameError `invalid_payload` for a text that is no cursor of a list of channels */
function placeOf(cursor: string, channels: readonly Channel[]): number {
  const [, at, id] = /^(\d{1,4}):(.+)$/s.exec(cursor) ?? [];
  if (at === undefined) throw new GameError("invalid_payload", { message: "cursor: not one of this list" });
  const found = channels.findIndex((channel) => shortOf(channel.id) === id);
  return found < 0 ? Number(at) : found;
}
