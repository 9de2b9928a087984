/** Appends a message to its channel: one atomic change, guarded by the versions that permitted it. */
import type { CommandTurn } from "../../../core/contract/contract.ts";
import { GameError } from "../../../core/contract/errors.ts";
import type { UserId } from "../../../core/ids.ts";
import { append, type Change, put } from "../../../core/ports/store/documents.ts";
import { documentKey, partitions } from "../../../core/ports/store/keys.ts";
import type { StreamPosition } from "../../../core/ports/store/streams.ts";
import { PipelinedTurn } from "../../../middleware/command-queue.ts";
import type { ChatContext } from "../context.ts";
import { type Channel, encodeId } from "../model/channels.ts";
import type { MessageEntry } from "../model/entries.ts";
import type { History } from "./history.ts";
import type { PrivateDelivery } from "./private-delivery.ts";

/** The parts of the first message that answer a repeat. */
export type Said = Pick<MessageEntry, "nonce" | "at">;

export interface Written extends StreamPosition {
  readonly entry: Said;
  readonly duplicate: boolean;
}

export interface Append {
  readonly channel: Channel;
  readonly entry: MessageEntry;
  /** The command's idempotency id. */
  readonly key: string | undefined;
  /** Milliseconds that must lie between two messages of the user; 0: no slow mode. */
  readonly slowMs: number;
}

const saidOf = ({ nonce, at }: MessageEntry): Said => ({ nonce, at });

/** When a user last wrote in a channel with slow mode. */
const spokeOf = (channel: Channel, user: UserId) =>
  documentKey<number>(partitions.channel(channel.id), `spoke:${encodeId(user)}`);

export function createAppend(
  { services: { store, settings } }: ChatContext,
  history: History,
  privateDelivery: PrivateDelivery,
) {
  const { documents, streams } = store;
  const { retention, onceTtlMs } = settings;

  /** The quick way, if only the stream changes. */
  async function appendOnly({ channel, entry }: Append): Promise<Written> {
    return { ...(await streams.append(channel.log, entry, retention)), entry };
  }

  async function repeated(channel: Channel, first: Said): Promise<Written> {
    const at = await history.find(channel, first.nonce);
    if (!at) throw new GameError("conflict", { message: "sent before, and no longer stored" });
    return { ...at, entry: first, duplicate: true };
  }

  /** The message that a command with this id wrote before. @throws GameError `conflict` if it is no longer stored */
  async function known(channel: Channel, key: string | undefined): Promise<Written | undefined> {
    if (key === undefined) return undefined;
    const first = await documents.resultOf(channel.log.partition, key);
    return first === undefined ? undefined : repeated(channel, first as Said);
  }

  async function slowed({ channel, entry, key, slowMs }: Append): Promise<Partial<Change> | Written> {
    const spoke = spokeOf(channel, entry.by);
    const last = await documents.load(spoke);
    const waitMs = (last?.state ?? Number.NEGATIVE_INFINITY) + slowMs - entry.at;
    if (waitMs > 0) {
      // A repeat is not a second message.
      const first = await known(channel, key);
      if (first) return first;
      throw new GameError("rate_limited", {
        message: "this channel is in slow mode",
        details: { retry_after_ms: waitMs },
      });
    }
    return { documents: [put(spoke, last?.version ?? 0, entry.at, slowMs)] };
  }

  async function commit(appender: Append): Promise<Written | undefined> {
    const { channel, entry, key } = appender;
    // Without slow mode nothing is awaited before the commit, so that messages reach the store in the order of the calls.
    const slow = appender.slowMs === 0 ? {} : await slowed(appender);
    if ("duplicate" in slow) return slow;
    const done = await documents.commit({
      ...slow,
      partition: channel.log.partition,
      append: [append(channel.log, entry, retention)],
      ...(channel.guards === undefined ? {} : { unchanged: channel.guards }),
      ...(channel.kind === "private" ? { deadlines: [privateDelivery.order(channel)] } : {}),
      ...(key === undefined ? {} : { once: { id: key, result: saidOf(entry), ttlMs: onceTtlMs } }),
    });
    if (done.outcome === "conflict") return undefined;
    if (done.outcome === "duplicate") return repeated(channel, done.result as Said);
    const [at] = done.outcome === "committed" ? done.positions : [];
    if (!at) throw new GameError("unavailable");
    if (channel.kind === "private") privateDelivery.wake(channel);
    return { ...at, entry, duplicate: false };
  }

  /**
   * @returns undefined if the channel's guards changed: check again whether the user may write
   * @throws GameError `rate_limited` in slow mode; `conflict` for a repeat whose message is no longer stored
   */
  function write(appender: Append): Promise<Written | undefined> {
    const { channel, key, slowMs } = appender;
    // One place for ids of commands, whatever the channel is like by the time of the repeat.
    const alone =
      key === undefined && channel.kind !== "private" && channel.guards === undefined && slowMs === 0;
    return alone ? appendOnly(appender) : commit(appender);
  }

  return { write, known };
}

interface Lane {
  /** Of a channel; those with the same versions count as the same. */
  readonly guards: Channel["guards"];
  count: number;
  /** Placed when all of them have ended. */
  last: PipelinedTurn;
}

const sameGuards = (one: Channel["guards"], other: Channel["guards"]) =>
  one === other || JSON.stringify(one ?? []) === JSON.stringify(other ?? []);

/**
 * The messages of one session under way to one channel. All are guarded by the same versions: if one is refused for a change, the later
 * ones are too. So no message is stored before an earlier one.
 */
export class Lanes {
  readonly #lanes = new Map<string, Lane>();

  /** A promise to await before the message enters; undefined: none. One at a time. */
  ahead(key: string, { channel, slowMs }: Append): Promise<void> | undefined {
    const lane = this.#lanes.get(key);
    if (!lane || (slowMs === 0 && sameGuards(lane.guards, channel.guards))) return undefined;
    return new PipelinedTurn(lane.last).mine;
  }

  /**
   * The message goes on its way.
   * @param key the session and the channel
   * @returns `turn.mine` ends with the messages before it; `leave` is called when this one has ended
   */
  enter(key: string, { channel }: Append): { readonly turn: CommandTurn; leave(): void } {
    const known = this.#lanes.get(key);
    const turn = new PipelinedTurn(known?.last);
    const lane = known ?? { guards: channel.guards, count: 0, last: turn };
    lane.last = turn;
    if (lane.count++ === 0) this.#lanes.set(key, lane);
    return {
      turn,
      leave: () => {
        turn.placed();
        if (--lane.count === 0 && this.#lanes.get(key) === lane) this.#lanes.delete(key);
      },
    };
  }
}
