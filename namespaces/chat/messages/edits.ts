/** Edits and deletions: each appends an entry to the channel's stream, and replaces the message's own entry. */

import { transact } from "../../../core/consistency/transact.ts";
import { GameError } from "../../../core/contract/errors.ts";
import type { DeadlineChange } from "../../../core/ports/store/deadlines.ts";
import { append } from "../../../core/ports/store/documents.ts";
import type { ChatContext } from "../context.ts";
import type { Channel } from "../model/channels.ts";
import {
  type DeletedEntry,
  type EditedEntry,
  type Entry,
  type MessageEntry,
  parseEntryId,
} from "../model/entries.ts";
import type { PrivateDelivery } from "./private-delivery.ts";

/** A change to the message at an offset. */
export interface Edited {
  readonly message: number;
  readonly entry: EditedEntry | DeletedEntry;
}

interface Change extends Edited {
  readonly before: MessageEntry;
}

/** The message, if it is still there. */
function stillThere({ message, entry }: Edited, found: Entry | undefined): Change[] {
  const there =
    found?.kind === "message" && !found.deleted && found.nonce === parseEntryId(entry.messageId)?.nonce;
  return there ? [{ message, entry, before: found }] : [];
}

/** The message as it is from now on. */
const after = ({ before, entry }: Change): MessageEntry =>
  entry.kind === "edited"
    ? { ...before, content: entry.content, edited: true }
    : { ...before, content: "", deleted: true };

export function createEdits(
  { services: { store, settings, timers } }: ChatContext,
  privateDelivery: PrivateDelivery,
) {
  const { retention } = settings;

  /**
   * Applies edits and deletions in one change. Messages that are deleted already are skipped.
   * @param reopened opens the same channel again, if its guards changed; throws if it is no longer the user's
   * @param audit audit entries to write if anything changes
   * @returns how many messages it changed
   * @throws GameError `not_found` for an edit of a deleted message
   */
  return async function apply(
    channel: Channel,
    edited: readonly Edited[],
    reopened: () => Promise<Channel>,
    audit: readonly DeadlineChange[] = [],
  ): Promise<number> {
    const key = channel.log;
    const { partition, name } = key;
    let now = channel;
    const { result } = await transact(
      store.documents,
      // Only writers of the same message wait for each other.
      { partition, name: `${name}:${edited.map(({ message }) => message).join()}` },
      async (lost) => {
        if (now.guards?.some((guard) => guard.name === lost)) now = await reopened();
        return store.streams.at(
          key,
          edited.map(({ message }) => message),
        );
      },
      ({ epoch, entries }) => {
        const changes = edited.flatMap((one, at) => stillThere(one, entries[at]));
        if (edited.length > changes.length && edited.some(({ entry }) => entry.kind === "edited"))
          throw new GameError("not_found");
        if (changes.length === 0) return { result: 0 };
        return {
          result: changes.length,
          change: {
            ...(now.guards === undefined ? {} : { unchanged: now.guards }),
            replace: changes.map((change) => ({
              name,
              epoch,
              offset: change.message,
              expected: change.before,
              entry: after(change),
            })),
            append: changes.map(({ entry }) => append(key, entry, retention)),
            deadlines: [...audit, ...(now.kind === "private" ? [privateDelivery.order(now)] : [])],
          },
        };
      },
    );
    if (channel.kind === "private" || audit.length > 0) timers.wake(partition);
    return result;
  };
}
