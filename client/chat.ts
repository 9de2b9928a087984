/** Channels of `/chat`, followed over reconnects: each entry once and in order, or a notice of a gap. */
import type { ResultOf } from "../core/contract/contract.ts";
import type { ChannelItem, ChatContract } from "../namespaces/chat/schema.ts";
import { CommandError } from "./errors.ts";
import { Follower, type FollowerUpdate, type Position, resumeUntilDone } from "./follower.ts";
import type { NamespaceClient } from "./namespace.ts";

/** `private` is not among them: its messages are reliable events, which the server keeps until they are acknowledged. */
export type ChannelName = "global" | "guild" | "party" | (string & {});

export interface ChannelListener {
  /** A message, an edit, a deletion or a sanction: `entry.event` says which. */
  entry(entry: ChannelItem): void;
  /**
   * The channel is no longer the user's (a party that was left, a room that ended), or was deleted: nothing follows. `code` is the
   * server's, `forbidden` for a channel that was deleted.
   */
  ended?(code: string): void;
  /** Entries are gone for good, or the name means another channel now (another party or guild): ask for `history`; what follows continues after this position. */
  gap?(position: Position): void;
}

/** Live entries and notices: each names its stream. */
type LiveItem = Extract<ChannelItem, { readonly epoch: string }>;

interface FollowedChannel {
  readonly channel: string;
  readonly follower: Follower<ChannelItem>;
  readonly listener: ChannelListener;
}

export interface Channels {
  /** Follows a channel that is the user's, from its end on or after `since`. @throws CommandError */
  follow(channel: ChannelName, listener: ChannelListener, since?: Position): Promise<Position>;
  leave(channel: ChannelName): void;
}

/** Channels in one `sync`. */
const MAX_CURSORS = 50;

export function createChannels(client: NamespaceClient<ChatContract>): Channels {
  const followed = new Map<string, FollowedChannel>();
  /** Live entries that come before the first answer about their channel wait here. */
  const opening = new Map<string, LiveItem[]>();

  function deliver({ listener }: FollowedChannel, updates: readonly FollowerUpdate<ChannelItem>[]): void {
    for (const item of updates)
      client.notify("a channel", () =>
        item.kind === "entry" ? listener.entry(item.entry) : listener.gap?.(item.position),
      );
  }

  function arrive(item: LiveItem): void {
    const { channel, offset, epoch } = item;
    const f = followed.get(channel);
    if (f) deliver(f, f.follower.live(offset, item, epoch));
    else opening.get(channel)?.push(item);
  }

  /** All that wait to be resumed, in as many answers as it takes. @returns whether some must be resumed again */
  async function resumeAll(): Promise<boolean> {
    const waiting = [...followed.values()].filter((f) => f.follower.isResuming && !opening.has(f.channel));
    let again = false;
    for (let i = 0; i < waiting.length; i += MAX_CURSORS)
      if (await resumeSome(waiting.slice(i, i + MAX_CURSORS), true)) again = true;
    return again;
  }

  /** The channel is no longer the user's. */
  function end(channel: string, code: string): void {
    const f = followed.get(channel);
    followed.delete(channel);
    client.notify("a channel", () => f?.listener.ended?.(code));
  }

  /** @param first before all that waits, as a new connection needs it */
  async function resumeSome(some: readonly FollowedChannel[], first: boolean): Promise<boolean> {
    const cursors = some.map(({ channel, follower }) => ({ channel, ...follower.cursor }));
    const answer = await client.own("sync", { cursors }, { first }).catch((thrown: unknown) => {
      if (!isShutOut(thrown)) throw thrown;
      return { channels: [], refused: some.map(({ channel }) => ({ channel, code: thrown.code })) };
    });
    for (const { channel, code } of answer.refused ?? []) end(channel, code);
    return takeOver(some, answer.channels);
  }

  /** @returns whether some must be resumed again */
  function takeOver(
    some: readonly FollowedChannel[],
    channels: ResultOf<ChatContract, "sync">["channels"],
  ): boolean {
    let again = false;
    for (const { channel, epoch, offset, recovered, messages, has_more } of channels) {
      const f = some.find((asked) => asked.channel === channel);
      // Left meanwhile, or followed anew from elsewhere.
      if (!f || followed.get(channel) !== f) continue;
      const missed = messages.map((entry) => ({ offset: entry.offset, entry }));
      const more = has_more === true;
      const answer = f.follower.resumed({ epoch, offset, recovered, missed, more });
      deliver(f, answer.updates);
      if (answer.again) again = true;
    }
    return again;
  }

  const resume = () =>
    resumeUntilDone(client, resumeAll, () => [...followed.values()].some((f) => f.follower.isResuming));

  client.watch("chat_message", (payload) =>
    arrive({ ...payload, timestamp: text(payload), event: "chat_message" }),
  );
  client.watch("message_edited", (payload) =>
    arrive({ ...payload, timestamp: text(payload), event: "message_edited" }),
  );
  client.watch("message_deleted", (payload) =>
    arrive({ ...payload, timestamp: text(payload), event: "message_deleted" }),
  );
  client.watch("lost", ({ channel, epoch, offset }) => {
    const f = channel === undefined ? undefined : followed.get(channel);
    if (f) deliver(f, f.follower.lost({ epoch, offset }));
  });
  client.watch("channel_closed", ({ channel }) => end(channel, SHUT_OUT.code));
  client.socket.on("disconnect", () => {
    for (const f of followed.values()) f.follower.interrupt();
  });
  client.onConnected(() => void resume());

  return {
    follow: (channel, listener, since) => client.running(() => follow(channel, listener, since)),
    leave(channel) {
      followed.delete(channel);
    },
  };

  async function follow(channel: string, listener: ChannelListener, since?: Position): Promise<Position> {
    if (followed.has(channel) || opening.has(channel)) throw new Error(`${channel} is followed already`);
    const early: LiveItem[] = [];
    opening.set(channel, early);
    try {
      const at = since ?? (await client.own("history", { channel, limit: 1 }));
      const f = {
        channel,
        follower: new Follower<ChannelItem>({ epoch: at.epoch, offset: at.offset }),
        listener,
      };
      followed.set(channel, f);
      // Where the connection has gone meanwhile, the next one resumes.
      if (since || !client.connected) f.follower.interrupt();
      if (since) {
        while (await resumeSome([f], false));
        // The channel is not the user's: `ended` has said so, and the promise of this call must fail too.
        if (followed.get(channel) !== f) throw new CommandError("sync", SHUT_OUT);
      }
      for (const item of early) deliver(f, f.follower.live(item.offset, item, item.epoch));
      return f.follower.cursor;
    } catch (err) {
      followed.delete(channel);
      throw err;
    } finally {
      opening.delete(channel);
    }
  }
}

const SHUT_OUT = { code: "forbidden", message: "the channel is not yours" } as const;
const isShutOut = (thrown: unknown): thrown is CommandError =>
  thrown instanceof CommandError && (thrown.code === "forbidden" || thrown.code === "banned");

const text = ({ timestamp }: { readonly timestamp: string | number }) => String(timestamp);
