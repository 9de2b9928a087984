/** Append to channels: messages, and what becomes of them. Each is one atomic change of the channel's partition. */

import { AGAIN, untilDone } from "../../../core/consistency/transact.ts";
import type { Turn } from "../../../core/contract/contract.ts";
import { GameError } from "../../../core/contract/errors.ts";
import { newId } from "../../../core/ids.ts";
import { commandId } from "../../../core/ports/store/keys.ts";
import { iso } from "../../../core/time.ts";
import type { ChatContext, ChatSession } from "../context.ts";
import { MODERATORS } from "../delivery/channel-stream.ts";
import { acceptContent, type FilteredMessage } from "../filters/filter.ts";
import type { Access, Named, Purpose } from "../membership/access.ts";
import { type Channel, sameChannel } from "../model/channels.ts";
import { deletion, type EditedEntry, entryId, type MessageEntry } from "../model/entries.ts";
import { contentOf } from "../model/rules.ts";
import type { Audit } from "../moderation/audit.ts";
import { type Append, createAppend, Lanes, type Written } from "./append.ts";
import { createEdits } from "./edits.ts";
import type { History } from "./history.ts";
import type { PrivateDelivery } from "./private-delivery.ts";

export interface Saying extends Named {
  readonly content: string;
  readonly client_msg_id?: string;
  readonly reply_to?: string;
}

interface Message {
  readonly saying: Saying;
  /** As `contentOf` gives it. */
  readonly content: string;
  /** The command's idempotency id. */
  readonly key: string | undefined;
  readonly turn: Turn;
}

/** A message, and the channel it went to. */
interface Said {
  readonly channel: Channel;
  readonly written: Written;
}

type IfUnsaid = NonNullable<FilteredMessage["ifUnsaid"]>;

/** Has what was noted of a text taken back where that fails, or nothing new was said. */
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

/** What an entry takes beside its text. */
const ENTRY_BYTES = 256;

export function createMessages(
  context: ChatContext,
  access: Access,
  history: History,
  relay: PrivateDelivery,
  audit: Audit,
) {
  const { services, options } = context;
  const { log } = services;
  const edits = createEdits(context, relay);
  const { write, known } = createAppend(context, history, relay);
  const lanes = new Lanes();
  const filterSettings = {
    filter: options.filter,
    timeoutMs: options.filterTimeoutMs ?? 1_000,
    fallback: options.filterFallback ?? "refuse",
    log,
  };

  /** @param content as `contentOf` gives it */
  function accept(session: ChatSession, channel: Channel, content: string, ifUnsaid: IfUnsaid) {
    const about = { userId: session.userId, channel: channel.name, channelId: channel.id };
    return acceptContent(filterSettings, { ...about, content, ifUnsaid });
  }

  /** Writes a message that the filter let pass. */
  async function store(
    session: ChatSession,
    channel: Channel,
    { saying, content, key, turn }: Message,
    ifUnsaid: IfUnsaid,
  ): Promise<Said> {
    const message = {
      kind: "message",
      nonce: newId("m"),
      by: session.userId,
      name: session.identity.name,
      content,
      ...(saying.reply_to === undefined ? {} : { replyTo: saying.reply_to }),
    } as const;
    let now = options.filter ? await reopened(session, channel, saying) : channel;
    if (options.filter?.heard && channel.kind !== "private") {
      context.pendingWrites.add(message.nonce);
      ifUnsaid(() => void context.pendingWrites.take(message.nonce));
    }
    const attempt = (slowS: number): Append => {
      const entry: MessageEntry = { ...message, at: services.store.now() };
      return { channel: now, entry, key, slowMs: slowS * 1_000 };
    };
    const slowS = access.slowS(session, now);
    const writing = attempt(typeof slowS === "number" ? slowS : await slowS);
    const place = `${session.id} ${now.id}`;
    const ahead = lanes.ahead(place, writing);
    if (ahead) await ahead;
    const lane = lanes.enter(place, writing);
    const again = async () => {
      // It is written again behind those that were said before it, and may be written again themselves.
      await lane.turn.mine;
      now = await reopened(session, channel, saying);
      return write(attempt(await access.slowS(session, now)));
    };
    try {
      const first = write(writing);
      // In slow mode the next message is judged by this one.
      if (writing.slowMs === 0) turn.placed();
      let written = await first;
      written ??= await untilDone(async () => (await again()) ?? AGAIN);
      return { channel: now, written };
    } finally {
      lane.leave();
    }
  }

  async function judgeAndStore(
    session: ChatSession,
    channel: Channel,
    message: Message,
    ifUnsaid: IfUnsaid,
  ): Promise<Said> {
    let content: string;
    try {
      content = await accept(session, channel, message.content, ifUnsaid);
    } catch (refusal) {
      // A repeat of what was said is not judged again.
      const written = await known(channel, message.key);
      if (written) return { channel, written };
      throw refusal;
    }
    return store(session, channel, { ...message, content }, ifUnsaid);
  }

  /**
   * Opened again: what the user may do can have ended meanwhile. Their guild or party can also be another by now, and what was meant
   * for the one must not be said in the other.
   */
  async function reopened(
    session: ChatSession,
    before: Channel,
    named: Named,
    purpose: Purpose = "write",
  ): Promise<Channel> {
    return sameChannel(before, await access.open(session, named, purpose));
  }

  /** For the audit stream, where it is another's message. */
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

  /** The message, where the user may change it: its author, or a moderator. */
  async function own(session: ChatSession, channel: Channel, messageId: string) {
    const message = await history.message(channel, messageId);
    if (message.entry.by !== session.userId && !session.hasRole(...MODERATORS))
      throw new GameError("forbidden");
    return message;
  }

  return {
    async say(session: ChatSession, saying: Saying, turn: Turn) {
      // Cheap, and tells of a bad text before anything is asked of the store.
      const text = contentOf(saying.content);
      // What is there already is not awaited: most messages are on their way to the store before this returns.
      const channel = access.opened(session, saying) ?? (await access.open(session, saying, "write"));
      const paid = services.storageQuotas.stored(session, ENTRY_BYTES + saying.content.length);
      if (paid) await paid;
      const { mine } = turn;
      if (mine) await mine;
      const key =
        saying.client_msg_id === undefined ? undefined : commandId(session.userId, saying.client_msg_id);
      const message = { saying, content: text, key, turn };
      const said = options.filter
        ? await noting(
            (ifUnsaid) => judgeAndStore(session, channel, message, ifUnsaid),
            ({ written }) => !written.duplicate,
          )
        : await store(session, channel, message, () => {});
      return { channel: said.channel, result: resultOf(said.channel, said.written) };
    },

    async edit(session: ChatSession, messageId: string, named: Named, content: string): Promise<void> {
      const text = contentOf(content);
      const channel = await access.open(session, named, "write");
      await services.storageQuotas.stored(session, ENTRY_BYTES + content.length);
      const { entry, offset } = await own(session, channel, messageId);
      await noting(async (ifUnsaid) => {
        const accepted = await accept(session, channel, text, ifUnsaid);
        // The filter may take long.
        const now = options.filter ? await reopened(session, channel, named) : channel;
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
          () => reopened(session, channel, named),
          audited(session, "edit", now, entry, messageId),
        );
      });
    },

    /** Whoever is muted, or blocked, may still take back what they said. */
    async remove(session: ChatSession, messageId: string, named: Named): Promise<void> {
      const channel = await access.open(session, named, "read");
      const { entry, offset } = await own(session, channel, messageId);
      await edits(
        channel,
        [{ message: offset, entry: deletion(services.store.now(), session.userId, messageId, entry.by) }],
        () => reopened(session, channel, named, "read"),
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
