/** Reading channels: pages of history, and entries after a cursor. Answers are bounded in bytes, and name their continuation. */
import type { UserId } from "../../../core/ids.ts";
import type { Spend } from "../../../core/ports/reading.ts";
import type { StreamEntry, StreamPage, StreamPosition } from "../../../core/ports/store/streams.ts";
import type { ChatContext } from "../context.ts";
import type { Channel } from "../model/channels.ts";
import { authorOf, type Entry, type ItemEntry, isItem, type MessageEntry } from "../model/entries.ts";
import type { ChannelItem } from "../schema.ts";
import { createEditStates } from "./edit-states.ts";
import { createLookup } from "./lookup.ts";

/** Entries read at a time. */
const CHUNK = 500;
/** Bytes read at a time. */
const STEP_BYTES = 64 * 1_024;
/** Bytes that one page of history reads at most, if all its messages are by blocked users. */
const MAX_READ_BYTES = 1_024 * 1_024;
/** Of one answer of `history`. A large answer holds up everybody else. */
const ANSWER_BYTES = 128 * 1_024;
/** Of one answer of `sync`, over all its channels. */
const SYNC_BYTES = 256 * 1_024;

/** The bytes and entries left in a `sync` answer. */
export interface Budget {
  bytes: number;
}

export const syncBudget = (): Budget => ({ bytes: SYNC_BYTES });

export interface Range {
  readonly before?: number;
  readonly after?: number;
  readonly limit: number;
}

export interface HistoryPage extends StreamPosition {
  readonly messages: ChannelItem[];
  readonly has_more: boolean;
  /** Where there is more: the `after` of the next page, or its `before`. */
  readonly next?: number;
}

export interface Missed extends StreamPosition {
  readonly recovered: boolean;
  readonly messages: ChannelItem[];
  /** There is more after `offset`. */
  readonly has_more?: true;
}

const bytesOf = (item: ChannelItem): number => Buffer.byteLength(JSON.stringify(item)) + 1;

/** The first items that fit, at least one. @returns their bytes too */
function fitting(items: readonly ChannelItem[], maxBytes: number): { fit: ChannelItem[]; bytes: number } {
  const fit: ChannelItem[] = [];
  let bytes = 0;
  for (const item of items) {
    const more = bytesOf(item);
    if (fit.length > 0 && bytes + more > maxBytes) break;
    bytes += more;
    fit.push(item);
  }
  return { fit, bytes };
}

export function createHistory({ services: { store } }: ChatContext) {
  const { streams } = store;
  const lookup = createLookup(store);
  const { itemsOf } = createEditStates(store, lookup);

  const readPage = (channel: Channel, { before, after, limit }: Range): Promise<StreamPage<Entry>> =>
    streams.read(channel.log, {
      limit,
      maxBytes: ANSWER_BYTES,
      ...(after === undefined ? { before: before ?? Number.MAX_SAFE_INTEGER } : { after }),
      ...(after !== undefined && before !== undefined ? { before } : {}),
    });

  /** The entries of a page that a user may see. */
  const shownOf = (page: StreamPage<Entry>, blocked: ReadonlySet<UserId>): StreamEntry<ItemEntry>[] =>
    page.entries.filter((at) => isItem(at)).filter(({ entry }) => isVisible(entry, blocked));

  return {
    ...lookup,

    /** A page without the messages of users on the block list. */
    async page(
      channel: Channel,
      range: Range,
      blocked: ReadonlySet<UserId>,
      spend: Spend,
    ): Promise<HistoryPage> {
      let { before, after: from } = range;
      const forward = from !== undefined;
      for (let limit = range.limit, left = MAX_READ_BYTES; ; limit = CHUNK) {
        const page = await readPage(channel, {
          limit,
          ...(before === undefined ? {} : { before }),
          ...(from === undefined ? {} : { after: from }),
        });
        await spend(page.bytes);
        left -= page.bytes ?? 0;
        const visible = shownOf(page, blocked);
        const kept = forward ? visible.slice(0, range.limit) : visible.slice(-range.limit);
        const first = page.entries[0]?.offset ?? 0;
        const last = page.entries.at(-1)?.offset ?? 0;
        const onward = forward ? last < Math.min(page.offset, (before ?? Infinity) - 1) : first > page.first;
        const more = page.entries.length > 0 && onward;
        // All of this page is by blocked users: read the next.
        if (forward) from = last;
        else before = first;
        if (kept.length === 0 && more && left > 0) continue;
        const { epoch, offset } = page;
        const items = await itemsOf(channel, epoch, kept);
        const { fit } = fitting(forward ? items : items.toReversed(), ANSWER_BYTES);
        const messages = forward ? fit : fit.reverse();
        const has_more = more || messages.length < visible.length;
        const edge = (forward ? messages.at(-1) : messages[0])?.offset;
        const next = messages.length < visible.length && edge !== undefined ? edge : forward ? last : first;
        return { messages, epoch, offset, has_more, ...(has_more ? { next } : {}) };
      }
    },

    /** The entries after a cursor, within the answer's budget. @param budget is reduced by the returned entries */
    async missed(
      channel: Channel,
      cursor: StreamPosition,
      budget: Budget,
      blocked: ReadonlySet<UserId>,
      spend: Spend,
    ): Promise<Missed> {
      const messages: ChannelItem[] = [];
      const { epoch } = cursor;
      let at = cursor.offset;
      while (budget.bytes > 0) {
        const page = await streams.read(channel.log, { after: at, limit: CHUNK, maxBytes: STEP_BYTES });
        const { offset, first } = page;
        const gone = page.epoch !== epoch || at > offset || (first > at + 1 && at < offset);
        // The gathered entries are valid; the next `sync` reports that the rest is gone.
        if (gone && messages.length > 0) break;
        if (gone) return { epoch: page.epoch, offset, recovered: false, messages };
        await spend(page.bytes);
        const items = await itemsOf(channel, epoch, shownOf(page, blocked));
        const { fit, bytes } = fitting(items, budget.bytes);
        // An entry larger than the budget is returned alone.
        if (bytes > budget.bytes && messages.length > 0) break;
        messages.push(...fit);
        budget.bytes -= bytes;
        const edge = fit.at(-1)?.offset;
        if (fit.length < items.length && edge !== undefined)
          return { epoch, offset: edge, recovered: true, messages, has_more: true };
        at = page.entries.at(-1)?.offset ?? offset;
        if (at >= offset) return { epoch, offset, recovered: true, messages };
      }
      return { epoch, offset: at, recovered: true, messages, has_more: true };
    },

    /** A message as `history` gives it now. */
    async current(channel: Channel, offset: number, entry: MessageEntry): Promise<ChannelItem | undefined> {
      const { epoch } = await lookup.endOf(channel);
      const [item] = await itemsOf(channel, epoch, [{ offset, entry }]);
      return item;
    },
  };
}

function isVisible(entry: ItemEntry, blocked: ReadonlySet<UserId>): boolean {
  const author = authorOf(entry);
  return author === undefined || !blocked.has(author);
}

export type History = ReturnType<typeof createHistory>;
