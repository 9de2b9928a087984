/** What becomes of messages: entries of their channel's stream, noted for pages that do not reach so far. */
import { GameError } from "../../core/errors.ts";
import type { DeadlineChange } from "../../core/ports/deadlines.ts";
import { append } from "../../core/ports/documents.ts";
import { sameStream } from "../../core/ports/streams.ts";
import { update } from "../../core/versioned.ts";
import { type Channel, logOf } from "./channels.ts";
import type { ChatContext } from "./context.ts";
import type { DeletedEntry, EditedEntry } from "./entries.ts";
import { type Changes, changesOf } from "./history.ts";
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
   * @param audit what goes along where anything changes
   * @returns how many messages it changed
   * @throws GameError `not_found` for an edit of a deleted message
   */
  return async function amend(
    channel: Channel,
    amended: readonly Amended[],
    audit: readonly DeadlineChange[] = [],
  ): Promise<number> {
    const [end] = await store.streams.positions([logOf(channel)]);
    if (!end) throw new GameError("unavailable");
    const { result } = await update(store.documents, changesOf(channel), (current) => {
      const kept = current && sameStream(current.state.epoch, end.epoch) ? current.state.of : [];
      const changes = { epoch: end.epoch, of: kept };
      const gone = new Set(changes.of.flatMap(({ message, edit }) => (edit ? [] : [message])));
      if (amended.some(({ message, entry }) => entry.kind === "edited" && gone.has(message)))
        throw new GameError("not_found");
      const left = amended.filter(({ message }) => !gone.has(message));
      if (left.length === 0) return { state: undefined, result: 0 };
      return {
        state: noted(changes, left, end.offset),
        result: left.length,
        with: {
          append: left.map(({ entry }) => append(logOf(channel), entry, retention)),
          deadlines: [...audit, ...(channel.kind === "private" ? [relay.order(channel)] : [])],
        },
      };
    });
    if (channel.kind === "private" || audit.length > 0) timers.nudge(logOf(channel).partition);
    return result;
  };
}
