/** The current texts of messages. An edit or a deletion is an entry of its own, and also changes the message's entry. */
import type { Store } from "../../../core/ports/store/store.ts";
import type { StreamEntry } from "../../../core/ports/store/streams.ts";
import type { Channel } from "../model/channels.ts";
import {
  type EditState,
  type Entry,
  editStateOf,
  editStatesIn,
  type ItemEntry,
  itemOf,
  parseEntryId,
} from "../model/entries.ts";
import type { ChannelItem } from "../schema.ts";
import type { Lookup } from "./lookup.ts";

/** Entries whose tags are looked at in one step. */
const WINDOW = 2_000;

export function createEditStates({ streams }: Store, lookup: Lookup) {
  /** The edit states of messages at some offsets; `gone` has the offsets that are no longer stored. */
  async function statesNow(
    channel: Channel,
    offsets: readonly number[],
  ): Promise<{ readonly found: Map<number, EditState>; readonly gone: ReadonlySet<number> }> {
    const { entries } = await streams.at(channel.log, offsets);
    const found = new Map<number, EditState>();
    const gone = new Set<number>();
    for (const [at, offset] of offsets.entries()) {
      const entry = entries[at];
      const state = entry?.kind === "message" ? editStateOf(entry) : undefined;
      if (state) found.set(offset, state);
      if (!entry) gone.add(offset);
    }
    return { found, gone };
  }

  /** The last change, after an offset, of messages that are no longer stored. It is found by tags alone. */
  async function statesSince(
    channel: Channel,
    messages: ReadonlySet<number>,
    after: number,
  ): Promise<Map<number, EditState>> {
    const last = new Map<number, number | undefined>();
    for (let from = after; ; ) {
      const { tags } = await lookup.tagsAfter(channel, from, WINDOW);
      for (const [offset, tag] of tags) {
        if (tag?.message === undefined || !messages.has(tag.message)) continue;
        if (tag.kind === "deleted") last.set(tag.message, undefined);
        else if (!last.has(tag.message) || last.get(tag.message) !== undefined) last.set(tag.message, offset);
      }
      const end = tags.at(-1);
      if (!end) break;
      [from] = end;
    }
    const edits = [...last.values()].filter((offset) => offset !== undefined);
    const { entries } = await streams.at(channel.log, edits);
    const contentAt = new Map(
      entries.map((entry, at) => [edits[at], entry?.kind === "edited" ? entry.content : ""]),
    );
    return new Map(
      [...last].map(([message, edit]) => [
        message,
        edit === undefined ? { deleted: true } : { content: contentAt.get(edit) ?? "" },
      ]),
    );
  }

  return {
    /** Entries as clients receive them, with the current texts of messages. */
    async itemsOf(
      channel: Channel,
      epoch: string,
      entries: readonly StreamEntry<ItemEntry>[],
    ): Promise<ChannelItem[]> {
      const states = editStatesIn(entries);
      // Edits of messages outside this page must carry the current text, which is usually not the edit's own.
      const here = new Set(entries.map(({ offset }) => offset));
      const elsewhere = new Set(entries.flatMap(({ entry }) => messageOf(entry)));
      for (const offset of here) elsewhere.delete(offset);
      if (elsewhere.size > 0) {
        const { found, gone } = await statesNow(channel, [...elsewhere]);
        for (const [offset, state] of found) states.set(offset, state);
        const last = entries.at(-1)?.offset ?? 0;
        if (gone.size > 0)
          for (const [offset, state] of await statesSince(channel, gone, last)) states.set(offset, state);
      }
      return entries.map((entry) => itemOf(channel, entry, epoch, states));
    },
  };
}

const messageOf = (entry: Entry): number[] =>
  entry.kind === "edited" ? [parseEntryId(entry.messageId)?.offset ?? 0] : [];
