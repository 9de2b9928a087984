/** Entries of a channel's stream, the ids of messages, and the payloads that clients receive. */
import { newId, type UserId } from "../../../core/ids.ts";
import type { StreamEntry, StreamPosition } from "../../../core/ports/store/streams.ts";
import { iso } from "../../../core/time.ts";
import type { ChannelItem, ModerationAction, ModerationPayload } from "../schema.ts";
import type { Channel } from "./channels.ts";

interface EntryBase {
  /** Random; with the offset it names the entry for good. */
  readonly nonce: string;
  /** When it was written, by the store's clock. */
  readonly at: number;
  /** The user who wrote it. */
  readonly by: UserId;
}

export interface MessageEntry extends EntryBase {
  readonly kind: "message";
  readonly name: string;
  /** The current text; empty if the message was deleted. */
  readonly content: string;
  readonly replyTo?: string;
  readonly edited?: true;
  readonly deleted?: true;
}

export interface EditedEntry extends EntryBase {
  readonly kind: "edited";
  readonly messageId: string;
  readonly author: UserId;
  readonly content: string;
}

export interface DeletedEntry extends EntryBase {
  readonly kind: "deleted";
  readonly messageId: string;
  readonly author: UserId;
}

/** @param at the store's time */
export const deletion = (at: number, by: UserId, messageId: string, author: UserId): DeletedEntry => ({
  kind: "deleted",
  nonce: newId("d"),
  at,
  by,
  messageId,
  author,
});

export interface ModerationEntry extends EntryBase {
  readonly kind: "moderation";
  readonly action: ModerationAction;
  readonly user: UserId;
  readonly reason: string;
  readonly until?: number;
  /** Of a report: the reported message. */
  readonly report?: {
    readonly channel: string;
    readonly channelId: string;
    readonly messageId: string;
    readonly content: string;
  };
}

/** A user joined a named channel, left it or was removed. */
export interface MemberEntry extends EntryBase {
  readonly kind: "member";
  readonly change: "joined" | "left" | "removed";
  readonly user: UserId;
  /** Whether all members are notified, or only the user's own devices. */
  readonly told: boolean;
}

export interface SlowEntry extends EntryBase {
  readonly kind: "slow";
  readonly seconds: number;
}

/** The last entry of a named channel. */
export interface ClosedEntry extends EntryBase {
  readonly kind: "closed";
}

/** Entries that pages of a channel return. */
export type ItemEntry = MessageEntry | EditedEntry | DeletedEntry | ModerationEntry;
export type Entry = ItemEntry | MemberEntry | SlowEntry | ClosedEntry;

export const isItem = (at: StreamEntry<Entry>): at is StreamEntry<ItemEntry> =>
  at.entry.kind !== "member" && at.entry.kind !== "slow" && at.entry.kind !== "closed";

/** Digits of an offset in an id, base 36: ids of one channel sort in the order of the stream. */
const OFFSET_DIGITS = 11;
const ID = /^([0-9a-z]{11})\.([A-Za-z0-9_-]{1,40})$/;

/** The id of an entry: where it stands, and a random part that no other entry at that place has. */
export const entryId = (offset: number, nonce: string): string =>
  `${offset.toString(36).padStart(OFFSET_DIGITS, "0")}.${nonce}`;

export function parseEntryId(id: string): { readonly offset: number; readonly nonce: string } | undefined {
  const [, digits, nonce] = ID.exec(id) ?? [];
  if (digits === undefined || nonce === undefined) return undefined;
  const offset = Number.parseInt(digits, 36);
  return offset >= 1 && Number.isSafeInteger(offset) ? { offset, nonce } : undefined;
}

/** The author of an entry's message, for block lists; undefined for acts of moderators. */
export function authorOf(entry: ItemEntry): UserId | undefined {
  if (entry.kind === "moderation") return undefined;
  return entry.kind === "message" ? entry.by : entry.author;
}

function placeOf(channel: Channel, author: UserId, entry: Entry, at: StreamPosition) {
  const other = channel.pair?.find((id) => id !== author);
  return {
    channel: channel.name,
    channel_id: channel.id,
    ...(other === undefined ? {} : { to: other }),
    epoch: at.epoch,
    offset: at.offset,
    timestamp: iso(entry.at),
  };
}

export function messagePayload(channel: Channel, entry: MessageEntry, at: StreamPosition) {
  return {
    message_id: entryId(at.offset, entry.nonce),
    ...placeOf(channel, entry.by, entry, at),
    user: entry.name,
    user_id: entry.by,
    content: entry.content,
    ...(entry.replyTo === undefined ? {} : { reply_to: entry.replyTo }),
  };
}

export function editedPayload(channel: Channel, entry: EditedEntry, at: StreamPosition) {
  return {
    message_id: entry.messageId,
    ...placeOf(channel, entry.author, entry, at),
    user_id: entry.author,
    by: entry.by,
    content: entry.content,
  };
}

export function deletedPayload(channel: Channel, entry: DeletedEntry, at: StreamPosition) {
  return {
    message_id: entry.messageId,
    ...placeOf(channel, entry.author, entry, at),
    user_id: entry.author,
    by: entry.by,
  };
}

/** @param channel absent for sanctions that apply everywhere */
export function moderationPayload(
  channel: Channel | undefined,
  entry: ModerationEntry,
  at: { readonly offset: number },
): ModerationPayload {
  return {
    action: entry.action,
    user_id: entry.user,
    by: entry.by,
    ...(entry.until === undefined ? {} : { until: iso(entry.until) }),
    reason: entry.reason,
    ...(channel === undefined ? {} : { channel: channel.name, channel_id: channel.id }),
    ...(entry.report === undefined
      ? {}
      : {
          channel: entry.report.channel,
          channel_id: entry.report.channelId,
          message_id: entry.report.messageId,
          content: entry.report.content,
        }),
    offset: at.offset,
    timestamp: iso(entry.at),
  };
}

/** A message's edited text, or its deletion. */
export type EditState = { readonly deleted: true } | { readonly content: string };
export type EditStates = ReadonlyMap<number, EditState>;

/** The edit state in a message's own entry; undefined if it was never changed. */
export function editStateOf({ content, edited, deleted }: MessageEntry): EditState | undefined {
  if (deleted) return { deleted };
  return edited ? { content } : undefined;
}

/** Edit states by message offset, from some entries. A message's own entry takes precedence, and a deletion is final. */
export function editStatesIn(entries: readonly StreamEntry<Entry>[]): Map<number, EditState> {
  const found = new Map<number, EditState>();
  for (const { entry } of entries) {
    if (entry.kind !== "edited" && entry.kind !== "deleted") continue;
    const offset = parseEntryId(entry.messageId)?.offset;
    if (offset === undefined) continue;
    if (entry.kind === "deleted") found.set(offset, { deleted: true });
    else if (!isDeleted(found.get(offset))) found.set(offset, { content: entry.content });
  }
  for (const { offset, entry } of entries) {
    const own = entry.kind === "message" ? editStateOf(entry) : undefined;
    if (own) found.set(offset, own);
  }
  return found;
}

const isDeleted = (state: EditState | undefined) => state !== undefined && "deleted" in state;

/** An entry as `history` and `sync` return it: with the message's current text, or none if it was deleted. */
export function itemOf(
  channel: Channel,
  { offset, entry }: StreamEntry<ItemEntry>,
  epoch: string,
  states: EditStates,
): ChannelItem {
  const at = { epoch, offset };
  switch (entry.kind) {
    case "message": {
      const state = states.get(offset);
      const event = { event: "chat_message", ...messagePayload(channel, entry, at) } as const;
      if (!state) return event;
      if ("deleted" in state) return { ...event, content: "", deleted: true };
      return { ...event, content: state.content, edited: true };
    }
    case "edited": {
      const state = states.get(parseEntryId(entry.messageId)?.offset ?? 0);
      const payload = editedPayload(channel, entry, at);
      if (!state) return { event: "message_edited", ...payload };
      return {
        event: "message_edited",
        ...payload,
        content: "deleted" in state ? "" : state.content,
      };
    }
    case "deleted":
      return { event: "message_deleted", ...deletedPayload(channel, entry, at) };
    case "moderation":
      return { event: "moderation", ...moderationPayload(channel, entry, at) };
  }
}
