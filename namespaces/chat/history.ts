/** Reading channels: pages of history, what a cursor missed, and the texts that messages have by now. */
import { GameError } from "../../core/errors.ts";
import type { UserId } from "../../core/ids.ts";
import { type DocumentKey, documentKey, partitions } from "../../core/ports/keys.ts";
import {
  type StreamEntry,
  type StreamPage,
  type StreamPosition,
  sameStream,
} from "../../core/ports/streams.ts";
import { type Channel, logOf } from "./channels.ts";
import type { ChatContext } from "./context.ts";
import {
  type Amendments,
  amendmentsIn,
  authorOf,
  type Entry,
  type ItemEntry,
  isItem,
  itemOf,
  type MessageEntry,
  parseEntryId,
} from "./entries.ts";
import type { ChannelItem } from "./events.ts";

/** Entries read at a time. */
const CHUNK = 500;
/**
 * Characters that one `sync` gives at most, over all its channels, so that a single answer does not make its connection a slow
 * one. A channel beyond is not recovered: its client asks for history, page by page.
 */
const MAX_MISSED_CHARACTERS = 800_000;
/** About what an entry takes beside its text. */
const ENTRY_CHARACTERS = 300;

/** What is left of a `sync` answer. */
export interface Budget {
  characters: number;
}

export const syncBudget = (): Budget => ({ characters: MAX_MISSED_CHARACTERS });

/** A message that was edited or deleted. The edit's own offset is not known when this is committed with it. */
export interface ChangedMessage {
  readonly message: number;
  /** The edit that holds: its random part, and an offset that it stands after. Absent: deleted. */
  readonly edit?: { readonly nonce: string; readonly after: number };
}

/** Which messages of a channel were edited or deleted, so that a page need not read all that came after it. */
export interface Changes {
  readonly epoch: string;
  readonly of: readonly ChangedMessage[];
}

export const changesOf = (channel: Channel): DocumentKey<Changes> =>
  documentKey<Changes>(
    partitions.channel(channel.id),
    channel.instance === undefined ? "changes" : `changes:${channel.instance}`,
  );

export interface Range {
  readonly before?: number;
  readonly after?: number;
  readonly limit: number;
}

export interface Missed extends StreamPosition {
  readonly recovered: boolean;
  readonly messages: ChannelItem[];
}

export function createHistory({ services: { store } }: ChatContext) {
  const { streams, documents } = store;

  const readPage = (channel: Channel, { before, after, limit }: Range): Promise<StreamPage<Entry>> =>
    streams.read(logOf(channel), {
      limit,
      ...(after === undefined ? { before: before ?? Number.MAX_SAFE_INTEGER } : { after }),
      ...(after !== undefined && before !== undefined ? { before } : {}),
    });

  async function entryAt(channel: Channel, offset: number): Promise<Entry | undefined> {
    const page = await streams.read(logOf(channel), { after: offset - 1, limit: 1 });
    const [found] = page.entries;
    return found?.offset === offset ? found.entry : undefined;
  }

  /** The entry with this random part, which stands soon after an offset. */
  async function entryAfter(channel: Channel, offset: number, nonce: string): Promise<Entry | undefined> {
    for (let after = offset, limit = 10; ; limit = CHUNK) {
      const { entries } = await streams.read(logOf(channel), { after, limit });
      const found = entries.find(({ entry }) => entry.nonce === nonce);
      const last = entries.at(-1);
      if (found || !last) return found?.entry;
      after = last.offset;
    }
  }

  /** What became of the messages among some entries: from the entries themselves, and from the channel's list of changes. */
  async function amendmentsFor(
    channel: Channel,
    epoch: string,
    entries: readonly StreamEntry<Entry>[],
  ): Promise<Amendments> {
    const changes = (await documents.load(changesOf(channel)))?.state;
    const found = amendmentsIn(entries);
    if (!changes || !sameStream(changes.epoch, epoch)) return found;
    const wanted = new Set(entries.map(({ offset, entry }) => messageOffset(offset, entry)));
    const inPage = new Map(entries.map(({ entry }) => [entry.nonce, entry]));
    await Promise.all(
      changes.of.map(async ({ message, edit }) => {
        if (!wanted.has(message)) return;
        if (!edit) return void found.set(message, { deleted: true });
        const entry = inPage.get(edit.nonce) ?? (await entryAfter(channel, edit.after, edit.nonce));
        if (entry?.kind === "edited") found.set(message, { content: entry.content });
      }),
    );
    return found;
  }

  async function itemsOf(
    channel: Channel,
    epoch: string,
    entries: readonly StreamEntry<ItemEntry>[],
  ): Promise<ChannelItem[]> {
    const amended = await amendmentsFor(channel, epoch, entries);
    return entries.map((entry) => itemOf(channel, entry, epoch, amended));
  }

  /** All after a cursor up to the end; undefined where some of it is gone, or it is more than is left. */
  async function after(
    channel: Channel,
    cursor: StreamPosition,
    budget: Budget,
  ): Promise<{ readonly end: StreamPosition; readonly entries: StreamEntry<Entry>[] | undefined }> {
    const entries: StreamEntry<Entry>[] = [];
    let at = cursor.offset;
    let { characters } = budget;
    for (;;) {
      const page = await streams.read(logOf(channel), { after: at, limit: CHUNK });
      const end = { epoch: page.epoch, offset: page.offset };
      const gone =
        page.epoch !== cursor.epoch || at > page.offset || (page.first > at + 1 && at < page.offset);
      if (gone || (page.offset - at) * ENTRY_CHARACTERS > characters) return { end, entries: undefined };
      for (const { entry } of page.entries) characters -= charactersOf(entry);
      if (characters < 0) return { end, entries: undefined };
      entries.push(...page.entries);
      at = page.entries.at(-1)?.offset ?? page.offset;
      if (at >= page.offset) {
        budget.characters = characters;
        return { end, entries };
      }
    }
  }

  return {
    /** A page as this user may see it: without what was said by those whom the user blocks. */
    async page(channel: Channel, range: Range, blocked: ReadonlySet<UserId>) {
      let { before, after: from } = range;
      const forward = from !== undefined;
      for (let limit = range.limit; ; limit = CHUNK) {
        const page = await readPage(channel, {
          limit,
          ...(before === undefined ? {} : { before }),
          ...(from === undefined ? {} : { after: from }),
        });
        const visible = page.entries
          .filter((at) => isItem(at))
          .filter(({ entry }) => isVisible(entry, blocked));
        const kept = forward ? visible.slice(0, range.limit) : visible.slice(-range.limit);
        const first = page.entries[0]?.offset ?? 0;
        const last = page.entries.at(-1)?.offset ?? 0;
        const onward = forward ? last < Math.min(page.offset, (before ?? Infinity) - 1) : first > page.first;
        const more = page.entries.length > 0 && onward;
        if (kept.length > 0 || !more)
          return {
            messages: await itemsOf(channel, page.epoch, kept),
            epoch: page.epoch,
            offset: page.offset,
            has_more: more || kept.length < visible.length,
          };
        // A page full of what the user does not want to see: on to the next.
        if (forward) from = last;
        else before = first;
      }
    },

    /** What a cursor missed. @param budget what may be given; reduced by what is */
    async missed(
      channel: Channel,
      cursor: StreamPosition,
      budget: Budget,
      blocked: ReadonlySet<UserId>,
    ): Promise<Missed> {
      const { end, entries } = await after(channel, cursor, budget);
      if (!entries) return { ...end, recovered: false, messages: [] };
      const visible = entries.filter((at) => isItem(at)).filter(({ entry }) => isVisible(entry, blocked));
      return { ...end, recovered: true, messages: await itemsOf(channel, end.epoch, visible) };
    },

    /**
     * A message by its id, as it was written.
     * @throws GameError `not_found`
     */
    async message(
      channel: Channel,
      id: string,
    ): Promise<{ readonly entry: MessageEntry; readonly offset: number }> {
      const parsed = parseEntryId(id);
      const entry = parsed && (await entryAt(channel, parsed.offset));
      if (!parsed || entry?.kind !== "message" || entry.nonce !== parsed.nonce)
        throw new GameError("not_found");
      return { entry, offset: parsed.offset };
    },

    /** A message as `history` gives it now. */
    async current(channel: Channel, offset: number, entry: MessageEntry): Promise<ChannelItem | undefined> {
      const [position] = await streams.positions([logOf(channel)]);
      const [item] = position ? await itemsOf(channel, position.epoch, [{ offset, entry }]) : [];
      return item;
    },

    /** All that a user said and that is kept, oldest first, up to where the channel ended when this began. */
    async *messagesOf(channel: Channel, user: UserId): AsyncGenerator<StreamEntry<MessageEntry>[]> {
      const [end] = await streams.positions([logOf(channel)]);
      for (let after = 0, to = (end?.offset ?? 0) + 1; ; ) {
        const { entries } = await streams.read(logOf(channel), { after, before: to, limit: 100 });
        const last = entries.at(-1);
        if (!last) return;
        after = last.offset;
        yield entries.flatMap(({ offset, entry }) =>
          entry.kind === "message" && entry.by === user ? [{ offset, entry }] : [],
        );
      }
    },

    /** Where a message stands that was sent with this random part; looked for from the end of the stream. */
    async find(channel: Channel, nonce: string): Promise<StreamPosition | undefined> {
      for (let before = Number.MAX_SAFE_INTEGER; ; ) {
        const page = await streams.read(logOf(channel), { before, limit: CHUNK });
        const found = page.entries.find(({ entry }) => entry.nonce === nonce);
        if (found) return { epoch: page.epoch, offset: found.offset };
        const [oldest] = page.entries;
        if (!oldest || oldest.offset <= page.first) return undefined;
        before = oldest.offset;
      }
    },
  };
}

const charactersOf = (entry: Entry): number =>
  ENTRY_CHARACTERS + ("content" in entry ? entry.content.length : 0);

const messageOffset = (offset: number, entry: Entry): number =>
  entry.kind === "edited" ? (parseEntryId(entry.messageId)?.offset ?? 0) : offset;

function isVisible(entry: ItemEntry, blocked: ReadonlySet<UserId>): boolean {
  const author = authorOf(entry);
  return author === undefined || !blocked.has(author);
}

export type History = ReturnType<typeof createHistory>;
