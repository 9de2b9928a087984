/** What became of messages: the texts that they have by now. */
import { type DocumentKey, documentKey, partitions } from "../../core/ports/keys.ts";
import type { Store } from "../../core/ports/store.ts";
import { type StreamEntry, sameStream } from "../../core/ports/streams.ts";
import type { Channel } from "./channels.ts";
import { type Amendment, amendmentsIn, type Entry, type ItemEntry, itemOf, parseEntryId } from "./entries.ts";
import type { ChannelItem } from "./events.ts";
import type { Lookup } from "./lookup.ts";

/** So far a page's changes are looked for by the tags of what came after it; further, in the channel's list of changes. */
const REACH = 2_000;
/** Edits read at the same time. */
const PARALLEL = 16;

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

/** What happened to messages after a place in the channel, by their offsets. */
type Changed = ReadonlyMap<number, "deleted" | { readonly offset: number } | ChangedMessage["edit"]>;

export function createAmendments({ documents }: Store, lookup: Lookup) {
  async function changedByTags(channel: Channel, epoch: string, after: number): Promise<Changed | undefined> {
    const found = await lookup.tagsAfter(channel, after, REACH);
    const reached = (found.tags.at(-1)?.[0] ?? found.offset) >= found.offset;
    if (!found.complete || !reached || !sameStream(found.epoch, epoch)) return undefined;
    const changed = new Map<number, "deleted" | { readonly offset: number }>();
    for (const [offset, tag] of found.tags) {
      if (tag?.message === undefined) continue;
      if (tag.kind === "deleted") changed.set(tag.message, "deleted");
      else if (changed.get(tag.message) !== "deleted") changed.set(tag.message, { offset });
    }
    return changed;
  }

  async function changedByList(channel: Channel, epoch: string): Promise<Changed> {
    const changes = (await documents.load(changesOf(channel)))?.state;
    if (!changes || !sameStream(changes.epoch, epoch)) return new Map();
    return new Map(changes.of.map(({ message, edit }) => [message, edit ?? "deleted"]));
  }

  /** Of the messages among some entries, and of those that edits among them are of. */
  async function amendmentsFor(
    channel: Channel,
    entries: readonly StreamEntry<Entry>[],
    changed: Changed,
  ): Promise<Map<number, Amendment>> {
    const found = amendmentsIn(entries);
    const inPage = new Map(entries.map(({ entry }) => [entry.nonce, entry]));
    const at = new Map(entries.map(({ offset, entry }) => [offset, entry]));
    const wanted = [...new Set(entries.map(({ offset, entry }) => messageOffset(offset, entry)))];
    for (let i = 0; i < wanted.length; i += PARALLEL)
      await Promise.all(
        wanted.slice(i, i + PARALLEL).map(async (message) => {
          const change = changed.get(message);
          if (change === undefined) return;
          if (change === "deleted") return void found.set(message, { deleted: true });
          const entry =
            "offset" in change
              ? (at.get(change.offset) ?? (await lookup.entryAt(channel, change.offset)))
              : (inPage.get(change.nonce) ?? (await lookup.entryAfter(channel, change.after, change.nonce)));
          if (entry?.kind === "edited") found.set(message, { content: entry.content });
        }),
      );
    return found;
  }

  return {
    /** Entries as clients are given them, with the texts that messages have now. */
    async itemsOf(
      channel: Channel,
      epoch: string,
      entries: readonly StreamEntry<ItemEntry>[],
    ): Promise<ChannelItem[]> {
      const [first] = entries;
      if (!first) return [];
      const changed =
        (await changedByTags(channel, epoch, first.offset - 1)) ?? (await changedByList(channel, epoch));
      const amended = await amendmentsFor(channel, entries, changed);
      return entries.map((entry) => itemOf(channel, entry, epoch, amended));
    },
  };
}

const messageOffset = (offset: number, entry: Entry): number =>
  entry.kind === "edited" ? (parseEntryId(entry.messageId)?.offset ?? 0) : offset;
