/** Finding entries of a channel: by their tags, so that few are read, and page by page where older ones have none. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { GameError } from "../../../core/contract/errors.ts";
import type { UserId } from "../../../core/ids.ts";
import type { Store } from "../../../core/ports/store/store.ts";
import type { StreamEntry, StreamPosition } from "../../../core/ports/store/streams.ts";
import type { Channel } from "../model/channels.ts";
import { type Entry, type MessageEntry, parseEntryId } from "../model/entries.ts";
import { authorTag, nonceEndOf, readTag, type Tag } from "../model/tags.ts";

/** Entries whose tags are looked at in one step. */
const WINDOW = 1_000;

/** The tags of some entries of a channel, by offset; one that has none, or a strange one, is undefined. */
export interface TagsBetween extends StreamPosition {
  readonly tags: readonly (readonly [offset: number, tag: Tag | undefined])[];
  /** Whether every one is known. */
  readonly complete: boolean;
}

export function createLookup({ streams }: Store) {
  async function entryAt(channel: Channel, offset: number): Promise<Entry | undefined> {
    const page = await streams.read(channel.log, { after: offset - 1, limit: 1 });
    const [found] = page.entries;
    return found?.offset === offset ? found.entry : undefined;
  }

  /** Tags of the entries after an offset, up to `limit` or the end of the channel. */
  async function tagsAfter(channel: Channel, after: number, limit: number): Promise<TagsBetween> {
    const found = await streams.tags(channel.log, { after, limit });
    const first = Math.max(after + 1, found.first);
    const count = Math.max(0, Math.min(limit, found.offset - first + 1));
    const tags = Array.from({ length: count }, (_, at) => {
      const tag = found.tags.get(first + at);
      return [first + at, tag === undefined ? undefined : readTag(tag)] as const;
    });
    const complete = tags.every(([, tag]) => tag !== undefined);
    return { epoch: found.epoch, offset: found.offset, tags, complete };
  }

  /** The entries among some that stand between two offsets, without these; oldest first, page by page. */
  async function* entriesAmong(
    channel: Channel,
    wanted: ReadonlySet<number>,
    after: number,
    before: number,
  ): AsyncGenerator<StreamEntry<Entry>[]> {
    for (let at = after; ; ) {
      const { entries } = await streams.read(channel.log, { after: at, before, limit: WINDOW });
      const last = entries.at(-1);
      if (!last) return;
      yield entries.filter(({ offset }) => wanted.has(offset));
      at = last.offset;
      if (at + 1 >= before) return;
      // Others have their turn before the next page.
      await nextTurn();
    }
  }

  /** The entries between two offsets, without these, whose tags are wanted, and those without a tag. */
  async function* entriesTagged(
    channel: Channel,
    { after, before }: { readonly after: number; readonly before: number },
    isWanted: (tag: Tag) => boolean,
  ): AsyncGenerator<StreamEntry<Entry>[]> {
    const { tags } = await tagsAfter(channel, after, before - after - 1);
    const wanted = tags.flatMap(([offset, tag]) => (tag === undefined || isWanted(tag) ? [offset] : []));
    const [first] = wanted;
    const last = wanted.at(-1);
    if (first !== undefined && last !== undefined)
      yield* entriesAmong(channel, new Set(wanted), first - 1, last + 1);
  }

  const endOf = async (channel: Channel): Promise<StreamPosition> => {
    const [end] = await streams.positions([channel.log]);
    if (!end) throw new GameError("unavailable");
    return end;
  };

  return {
    entryAt,
    tagsAfter,
    endOf,

    /**
     * A message by its id, with its current text.
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

    /** All stored messages of a user that are not deleted, oldest first, up to the channel's end at the start. */
    async *messagesOf(channel: Channel, user: UserId): AsyncGenerator<StreamEntry<MessageEntry>[]> {
      const author = authorTag(user);
      const end = await endOf(channel);
      for (let after = 0; after < end.offset; after += WINDOW) {
        const range = { after, before: Math.min(after + WINDOW, end.offset) + 1 };
        for await (const some of entriesTagged(channel, range, (tag) => tag.author === author))
          yield some.flatMap(({ offset, entry }) =>
            entry.kind === "message" && entry.by === user && !entry.deleted ? [{ offset, entry }] : [],
          );
      }
    },

    /** The position of the message with this nonce, searched from the end of the stream. */
    async find(channel: Channel, nonce: string): Promise<StreamPosition | undefined> {
      const nonceEnd = nonceEndOf(nonce);
      const { epoch, offset } = await endOf(channel);
      for (let last = offset; last > 0; last -= WINDOW) {
        const range = { after: Math.max(0, last - WINDOW), before: last + 1 };
        for await (const some of entriesTagged(channel, range, (tag) => tag.nonceEnd === nonceEnd)) {
          const found = some.find(({ entry }) => entry.nonce === nonce);
          if (found) return { epoch, offset: found.offset };
        }
      }
      return undefined;
    },
  };
}

export type Lookup = ReturnType<typeof createLookup>;
