/** What becomes of messages: entries of their channel's stream, noted for pages that do not reach so far. */
import { GameError } from "../../core/errors.ts";
import type { DeadlineChange } from "../../core/ports/deadlines.ts";
import { append, put } from "../../core/ports/documents.ts";
import { sameStream } from "../../core/ports/streams.ts";
import { type Channel, logOf } from "./channels.ts";
import type { ChatContext } from "./context.ts";
import type { DeletedEntry, EditedEntry } from "./entries.ts";
import { type Changes, changesOf } from "./history.ts";
import type { Relay } from "./relay.ts";

/** How often it starts over when others change the same at the same time. */
const TRIES = 12;

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

  /** @returns undefined where what guards the channel has changed */
  async function attempt(
    channel: Channel,
    amended: readonly Amended[],
    audit: readonly DeadlineChange[],
  ): Promise<number | undefined> {
    const [end] = await store.streams.positions([logOf(channel)]);
    if (!end) throw new GameError("unavailable");
    const key = changesOf(channel);
    for (let tries = 0; tries < TRIES; tries++) {
      const current = await store.documents.load(key);
      const kept = current && sameStream(current.state.epoch, end.epoch) ? current.state.of : [];
      const changes = { epoch: end.epoch, of: kept };
      const gone = new Set(changes.of.flatMap(({ message, edit }) => (edit ? [] : [message])));
      if (amended.some(({ message, entry }) => entry.kind === "edited" && gone.has(message)))
        throw new GameError("not_found");
      const left = amended.filter(({ message }) => !gone.has(message));
      if (left.length === 0) return 0;
      const done = await store.documents.commit({
        partition: key.partition,
        documents: [put(key, current?.version ?? 0, noted(changes, left, end.offset))],
        ...(channel.guards === undefined ? {} : { unchanged: channel.guards }),
        append: left.map(({ entry }) => append(logOf(channel), entry, retention)),
        deadlines: [...audit, ...(channel.kind === "private" ? [relay.order(channel)] : [])],
      });
      if (done.outcome === "committed") return left.length;
      if (done.outcome === "conflict" && channel.guards?.some(({ name }) => name === done.name))
        return undefined;
    }
    throw new GameError("unavailable", { message: "too many changes at the same time, try again" });
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
    let now = channel;
    for (let tries = 0; tries < TRIES; tries++) {
      const changed = await attempt(now, amended, audit);
      if (changed !== undefined) {
        if (channel.kind === "private" || audit.length > 0) timers.nudge(logOf(channel).partition);
        return changed;
      }
      now = await reopened();
    }
    throw new GameError("unavailable");
  };
}
