/** What becomes of messages: entries of their channel's stream, noted for pages that do not reach so far. */
import { GameError } from "../../core/errors.ts";
import type { DeadlineChange } from "../../core/ports/deadlines.ts";
import { append, put } from "../../core/ports/documents.ts";
import { sameStream } from "../../core/ports/streams.ts";
import { transact } from "../../core/transact.ts";
import { type Changes, changesOf } from "./amendments.ts";
import { type Channel, logOf } from "./channels.ts";
import type { ChatContext } from "./context.ts";
import type { DeletedEntry, EditedEntry } from "./entries.ts";
import type { Relay } from "./relay.ts";

/** A change to the message at an offset. */
export interface Amended {
  readonly message: number;
  readonly entry: EditedEntry | DeletedEntry;
}

export function createAmend({ services: { store, settings, timers } }: ChatContext, relay: Relay) {
  const { retention } = settings;

  /** The list with some more; those of messages that are no longer kept are left out. */
  function noted(changes: Changes, amended: readonly Amended[], end: number): Changes {
    const again = new Set(amended.map(({ message }) => message));
    const kept = changes.of.filter(
      ({ message }) => !again.has(message) && message > end - retention.maxLength,
    );
    const added = amended.map(({ message, entry }) =>
      entry.kind === "deleted" ? { message } : { message, edit: { nonce: entry.nonce, after: end } },
    );
    return { epoch: changes.epoch, of: [...kept, ...added] };
  }

  /**
   * All of it in one change. What is deleted already is not deleted again.
   * @param reopened the same channel again, where what guards it has changed; throws where it is not the user's any more
   * @param audit what goes along where anything changes
   * @returns how many messages it changed
   * @throws GameError `not_found` for an edit of a deleted message
   */
  return async function amend(
    channel: Channel,
    amended: readonly Amended[],
    reopened: () => Promise<Channel>,
    audit: readonly DeadlineChange[] = [],
  ): Promise<number> {
    const key = changesOf(channel);
    let now = channel;
    const [end] = await store.streams.positions([logOf(channel)]);
    if (!end) throw new GameError("unavailable");
    const { result } = await transact(
      store.documents,
      key,
      async (lost) => {
        if (now.guards?.some(({ name }) => name === lost)) now = await reopened();
        return store.documents.load(key);
      },
      (current) => {
        const kept = current && sameStream(current.state.epoch, end.epoch) ? current.state.of : [];
        const gone = new Set(kept.flatMap(({ message, edit }) => (edit ? [] : [message])));
        if (amended.some(({ message, entry }) => entry.kind === "edited" && gone.has(message)))
          throw new GameError("not_found");
        const left = amended.filter(({ message }) => !gone.has(message));
        if (left.length === 0) return { result: 0 };
        const changes = noted({ epoch: end.epoch, of: kept }, left, end.offset);
        return {
          result: left.length,
          change: {
            documents: [put(key, current?.version ?? 0, changes)],
            ...(now.guards === undefined ? {} : { unchanged: now.guards }),
            append: left.map(({ entry }) => append(logOf(now), entry, retention)),
            deadlines: [...audit, ...(now.kind === "private" ? [relay.order(now)] : [])],
          },
        };
      },
    );
    if (channel.kind === "private" || audit.length > 0) timers.nudge(logOf(channel).partition);
    return result;
  };
}
