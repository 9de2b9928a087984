/** Messages: send, edit and delete. Each is one atomic change of the channel's partition. */

import { AGAIN, untilDone } from "../../../core/consistency/transact.ts";
import { type CommandTurn, MODERATORS } from "../../../core/contract/contract.ts";
import { GameError } from "../../../core/contract/errors.ts";
import { newId } from "../../../core/ids.ts";
import { commandId } from "../../../core/ports/store/keys.ts";
import { iso } from "../../../core/time.ts";
import type { ChatContext, ChatSession } from "../context.ts";
import type { Typing } from "../delivery/typing.ts";
import { acceptContent, type FilteredMessage } from "../filters/filter.ts";
import type { Access, ChannelName, Purpose, Writable } from "../membership/access.ts";
import { type Channel, sameChannel } from "../model/channels.ts";
import { deletion, type EditedEntry, entryId, type MessageEntry } from "../model/entries.ts";
import { contentOf } from "../model/rules.ts";
import type { Audit } from "../moderation/audit.ts";
import { type Append, createAppend, Lanes, type Written } from "./append.ts";
import { createEdits } from "./edits.ts";
import type { History } from "./history.ts";
import type { PrivateDelivery } from "./private-delivery.ts";

export interface NewMessage extends ChannelName {
  readonly content: string;
  readonly client_msg_id?: string;
  readonly reply_to?: string;
}

/** A message, and the channel it went to. */
interface Said {
  readonly channel: Channel;
  readonly written: Written;
}

/** A message that is checked and filtered. */
interface Accepted {
  readonly message: NewMessage;
  readonly content: string;
  /** The command's idempotency id. */
  readonly key: string | undefined;
}

type IfUnsaid = NonNullable<FilteredMessage["ifUnsaid"]>;

/** Lets a filter withdraw its notes on a text if sending fails or the message is a repeat. */
async function noting<R>(
  run: (ifUnsaid: IfUnsaid) => Promise<R>,
  isNew: (result: R) => boolean = () => true,
): Promise<R> {
  const noted: (() => void)[] = [];
  let isSaid = false;
  try {
    const result = await run((takeBack) => void noted.push(takeBack));
    isSaid = isNew(result);
    return result;
  } finally {
    if (!isSaid) for (const takeBack of noted) takeBack();
  }
}

/** Bytes that an entry takes beside its text. */
const ENTRY_BYTES = 256;

export interface MessageParts {
  readonly access: Access;
  readonly history: History;
  readonly privateDelivery: PrivateDelivery;
  readonly typing: Pick<Typing, "sent">;
  readonly audit: Audit;
}

export function createMessages(context: ChatContext, parts: MessageParts) {
  const { services, options } = context;
  const { access, history, privateDelivery, typing, audit } = parts;
  const { log } = services;
  const edits = createEdits(context, privateDelivery);
  const { write, known } = createAppend(context, history, privateDelivery);
  const lanes = new Lanes();
  const { filter } = options;
  const filterSettings = {
    timeoutMs: options.filterTimeoutMs ?? 1_000,
    fallback: options.filterFallback ?? "refuse",
    log,
  };

  /** The text as the filter gives it back. */
  function filtered(
    session: ChatSession,
    channel: Channel,
    content: string,
    ifUnsaid: IfUnsaid,
  ): string | Promise<string> {
    if (!filter) return content;
    const about = { userId: session.userId, channel: channel.name, channelId: channel.id };
    return acceptContent(filter, filterSettings, { ...about, content, ifUnsaid });
  }

  /** Writes a message that the filter let pass. */
  async function store(
    session: ChatSession,
    opened: Writable,
    { message: { reply_to, ...name }, content, key }: Accepted,
    turn: CommandTurn,
    ifUnsaid: IfUnsaid,
  ): Promise<Said> {
    const message = {
      kind: "message",
      nonce: newId("m"),
      by: session.userId,
      name: session.identity.name,
      content,
      ...(reply_to === undefined ? {} : { replyTo: reply_to }),
    } as const;
    const openedAgain = async (): Promise<Writable> => {
      const now = await access.openToWrite(session, name);
      return { ...now, channel: sameChannel(opened.channel, now.channel) };
    };
    // A filter may take long.
    let now = filter ? await openedAgain() : opened;
    if (filter?.heard && now.channel.kind !== "private") {
      context.pendingWrites.add(message.nonce);
      ifUnsaid(() => void context.pendingWrites.take(message.nonce));
    }
    const attempt = (): Append => ({ ...now, entry: { ...message, at: services.store.now() }, key });
    const first = attempt();
    const place = `${session.id} ${first.channel.id}`;
    const ahead = lanes.ahead(place, first);
    if (ahead) await ahead;
    const lane = lanes.enter(place, first);
    const again = async () => {
      // It is written again behind those that were said before it, and may be written again themselves.
      await lane.turn.mine;
      now = await openedAgain();
      return write(attempt());
    };
    try {
      const writing = write(first);
      // In slow mode the next message is judged by this one.
      if (first.slowMs === 0) turn.placed();
      let written = await writing;
      written ??= await untilDone(async () => (await again()) ?? AGAIN);
      return { channel: now.channel, written };
    } finally {
      lane.leave();
    }
  }

  /**
   * Opens the channel again, because the user's permission may have ended. If their guild or party has changed, a text for the old one
   * must not reach the new one.
   */
  async function reopened(
    session: ChatSession,
    before: Channel,
    name: ChannelName,
    purpose: Purpose,
  ): Promise<Channel> {
    return sameChannel(before, await access.open(session, name, purpose));
  }

  async function filterAndStore(
    session: ChatSession,
    opened: Writable,
    given: Accepted,
    turn: CommandTurn,
    ifUnsaid: IfUnsaid,
  ): Promise<Said> {
    const { channel } = opened;
    let content: string;
    try {
      content = await filtered(session, channel, given.content, ifUnsaid);
    } catch (refusal) {
      // The repeat of a message is not filtered again.
      const written = await known(channel, given.key);
      if (written) return { channel, written };
      throw refusal;
    }
    return store(session, opened, { ...given, content }, turn, ifUnsaid);
  }

  /** The audit entry, if it is another user's message. */
  function audited(
    session: ChatSession,
    action: "edit" | "delete",
    channel: Channel,
    entry: MessageEntry,
    messageId: string,
  ) {
    if (entry.by === session.userId) return [];
    return [audit.order(session, { action, channel, user: entry.by, messageId })];
  }

  /** The message, if the user may change it: its author, or a moderator. A private channel has no moderators. */
  async function changeable(session: ChatSession, channel: Channel, messageId: string) {
    const message = await history.message(channel, messageId);
    const moderates = channel.kind !== "private" && session.hasRole(...MODERATORS);
    if (message.entry.by !== session.userId && !moderates) throw new GameError("forbidden");
    return message;
  }

  return {
    async say(session: ChatSession, message: NewMessage, turn: CommandTurn) {
      // Cheap, and refuses a bad text before any read of the store.
      const content = contentOf(message.content);
      // No await for a known channel: most messages reach the store's queue before this returns.
      const opened = access.knownToWrite(session, message) ?? (await access.openToWrite(session, message));
      const stored = services.storageQuotas.message(session, ENTRY_BYTES + content.length);
      if (stored) await stored;
      const { mine } = turn;
      if (mine) await mine;
      const { client_msg_id } = message;
      const key = client_msg_id === undefined ? undefined : commandId(session.userId, client_msg_id);
      const accepted: Accepted = { message, content, key };
      const said = filter
        ? await noting(
            (ifUnsaid) => filterAndStore(session, opened, accepted, turn, ifUnsaid),
            ({ written }) => !written.duplicate,
          )
        : await store(session, opened, accepted, turn, () => {});
      const result = resultOf(said.channel, said.written);
      typing.sent(session, said.channel);
      return result;
    },

    async edit(session: ChatSession, messageId: string, name: ChannelName, text: string): Promise<void> {
      const content = contentOf(text);
      const channel = await access.open(session, name, "write");
      await services.storageQuotas.message(session, ENTRY_BYTES + content.length);
      const { entry, offset } = await changeable(session, channel, messageId);
      await noting(async (ifUnsaid) => {
        const accepted = await filtered(session, channel, content, ifUnsaid);
        const now = filter ? await reopened(session, channel, name, "write") : channel;
        const edited: EditedEntry = {
          kind: "edited",
          nonce: newId("e"),
          at: services.store.now(),
          by: session.userId,
          messageId,
          author: entry.by,
          content: accepted,
        };
        await edits(
          now,
          [{ message: offset, entry: edited }],
          () => reopened(session, channel, name, "write"),
          audited(session, "edit", now, entry, messageId),
        );
      });
    },

    /** A user who is muted, or blocked, may still delete their own message. */
    async remove(session: ChatSession, messageId: string, name: ChannelName): Promise<void> {
      const channel = await access.open(session, name, "read");
      const { entry, offset } = await changeable(session, channel, messageId);
      await edits(
        channel,
        [{ message: offset, entry: deletion(services.store.now(), session.userId, messageId, entry.by) }],
        () => reopened(session, channel, name, "read"),
        audited(session, "delete", channel, entry, messageId),
      );
    },
  };
}

const resultOf = (channel: Channel, written: Written) => ({
  message_id: entryId(written.offset, written.entry.nonce),
  channel_id: channel.id,
  epoch: written.epoch,
  offset: written.offset,
  timestamp: iso(written.entry.at),
  ...(written.duplicate ? { duplicate: true as const } : {}),
});
