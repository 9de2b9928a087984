/** Writing to channels: messages, and what becomes of them. Each is one atomic change of the channel's partition. */
import { GameError } from "../../core/errors.ts";
import { newId, type UserId } from "../../core/ids.ts";
import { append } from "../../core/ports/documents.ts";
import { commandId } from "../../core/ports/keys.ts";
import type { StreamPosition } from "../../core/ports/streams.ts";
import { iso } from "../../core/time.ts";
import type { Access, Named } from "./access.ts";
import { createAmend } from "./amend.ts";
import { type Channel, logOf } from "./channels.ts";
import type { ChatContext, ChatSession } from "./context.ts";
import { type DeletedEntry, type EditedEntry, entryId, type MessageEntry } from "./entries.ts";
import { MODERATORS } from "./feed.ts";
import { acceptContent } from "./filter.ts";
import type { History } from "./history.ts";
import type { Relay } from "./relay.ts";
import { contentOf } from "./rules.ts";

export interface Saying extends Named {
  readonly content: string;
  readonly client_msg_id?: string;
  readonly reply_to?: string;
}

interface Written extends StreamPosition {
  readonly entry: MessageEntry;
  readonly duplicate: boolean;
}

export function createMessages(context: ChatContext, access: Access, history: History, relay: Relay) {
  const { services, options } = context;
  const { store, settings, timers, log } = services;
  const amend = createAmend(context, relay);
  const filterSettings = {
    filter: options.filter,
    timeoutMs: options.filterTimeoutMs ?? 1_000,
    fallback: options.filterFallback ?? "refuse",
    log,
  };

  async function accept(session: ChatSession, channel: Channel, content: string): Promise<string> {
    return acceptContent(filterSettings, { userId: session.userId, channelId: channel.id, content });
  }

  async function write(channel: Channel, entry: MessageEntry, key: string | undefined): Promise<Written> {
    const { retention } = settings;
    const appended = await store.streams.append(logOf(channel), entry, {
      ...retention,
      ...(key === undefined ? {} : { idempotencyKey: key }),
    });
    // Of a repeat the first entry counts; gone from the stream, only its place is known.
    const first = appended.entry?.kind === "message" ? appended.entry : entry;
    return { ...appended, entry: first };
  }

  /** A private message is written together with the outbox entry that tells it. */
  async function writePrivate(
    channel: Channel,
    entry: MessageEntry,
    key: string | undefined,
  ): Promise<Written> {
    const { retention, onceTtlMs } = settings;
    const done = await store.documents.commit({
      partition: logOf(channel).partition,
      append: [append(logOf(channel), entry, retention)],
      deadlines: [relay.order(channel)],
      ...(key === undefined ? {} : { once: { id: key, result: entry, ttlMs: onceTtlMs } }),
    });
    if (done.outcome === "duplicate") {
      const first = done.result as MessageEntry;
      const at = await history.find(channel, first.nonce);
      if (!at) throw new GameError("conflict", { message: "sent before, and no longer kept" });
      return { ...at, entry: first, duplicate: true };
    }
    const [at] = done.outcome === "committed" ? done.positions : [];
    if (!at) throw new GameError("unavailable");
    return { ...at, entry, duplicate: false };
  }

  const deletion = (session: ChatSession, messageId: string, author: UserId): DeletedEntry => ({
    kind: "deleted",
    nonce: newId("d"),
    at: store.now(),
    by: session.userId,
    messageId,
    author,
  });

  /** The message, where the user may change it: its author, or a moderator. */
  async function own(session: ChatSession, channel: Channel, messageId: string) {
    const message = await history.message(channel, messageId);
    if (message.entry.by !== session.userId && !session.hasRole(...MODERATORS))
      throw new GameError("forbidden");
    return message;
  }

  return {
    async say(session: ChatSession, saying: Saying) {
      // Cheap, and tells of a bad text before anything is asked of the store.
      contentOf(saying.content);
      const channel = await access.open(session, saying, "write");
      const entry: MessageEntry = {
        kind: "message",
        nonce: newId("m"),
        at: store.now(),
        by: session.userId,
        name: session.identity.name,
        content: await accept(session, channel, saying.content),
        ...(saying.reply_to === undefined ? {} : { replyTo: saying.reply_to }),
      };
      const key =
        saying.client_msg_id === undefined ? undefined : commandId(session.userId, saying.client_msg_id);
      const written = await (channel.kind === "private" ? writePrivate : write)(channel, entry, key);
      if (channel.kind === "private") timers.nudge(logOf(channel).partition);
      return {
        channel,
        result: {
          message_id: entryId(written.offset, written.entry.nonce),
          channel_id: channel.id,
          epoch: written.epoch,
          offset: written.offset,
          timestamp: iso(written.entry.at),
          ...(written.duplicate ? { duplicate: true as const } : {}),
        },
      };
    },

    async edit(session: ChatSession, messageId: string, named: Named, content: string): Promise<void> {
      contentOf(content);
      const channel = await access.open(session, named, "write");
      const { entry, offset } = await own(session, channel, messageId);
      const edited: EditedEntry = {
        kind: "edited",
        nonce: newId("e"),
        at: store.now(),
        by: session.userId,
        messageId,
        author: entry.by,
        content: await accept(session, channel, content),
      };
      await amend(channel, [{ message: offset, entry: edited }]);
    },

    /** Whoever is muted, or blocked, may still take back what they said. */
    async remove(session: ChatSession, messageId: string, named: Named): Promise<void> {
      const channel = await access.open(session, named, "read");
      const { entry, offset } = await own(session, channel, messageId);
      await amend(channel, [{ message: offset, entry: deletion(session, messageId, entry.by) }]);
    },

    /** Deletes all that a user said in a channel and that is kept. @returns how many messages */
    async purge(session: ChatSession, user: UserId, named: Named): Promise<number> {
      const channel = await access.open(session, named, "read");
      let deleted = 0;
      for await (const page of history.messagesOf(channel, user))
        deleted += await amend(
          channel,
          page.map(({ offset, entry }) => {
            const messageId = entryId(offset, entry.nonce);
            return { message: offset, entry: deletion(session, messageId, user) };
          }),
        );
      return deleted;
    },
  };
}
