/** Writing to channels: messages, and what becomes of them. Each is one atomic change of the channel's partition. */

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
import { createAppend, Lanes, type Written } from "./append.ts";
import { createEdits } from "./edits.ts";
import type { History } from "./history.ts";
import type { PrivateDelivery } from "./private-delivery.ts";

export interface Saying extends Named {
  readonly content: string;
  readonly client_msg_id?: string;
  readonly reply_to?: string;
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

  async function accept(
    session: ChatSession,
    channel: Channel,
    content: string,
    ifUnsaid: IfUnsaid,
  ): Promise<string> {
    const about = { userId: session.userId, channel: channel.name, channelId: channel.id };
    return acceptContent(filterSettings, { ...about, content, ifUnsaid });
  }

  /** Writes a message that the filter let pass. */
  async function store(
    session: ChatSession,
    channel: Channel,
    { saying, content, key, turn }: { saying: Saying; content: string; key: string | undefined; turn: Turn },
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
    let now = await still(session, channel, saying);
    if (options.filter?.heard && channel.kind !== "private") {
      context.pendingWrites.add(message.nonce);
      ifUnsaid(() => void context.pendingWrites.take(message.nonce));
    }
    const attempt = async () => {
      const slowMs = (await access.slowS(session, now)) * 1_000;
      const entry: MessageEntry = { ...message, at: services.store.now() };
      return { channel: now, entry, key, slowMs };
    };
    const writing = await attempt();
    const lane = await lanes.enter(`${session.id} ${now.id}`, writing);
    const again = async () => {
      // It is written again behind those that were said before it, and may be written again themselves.
      await lane.before;
      now = await reopened(session, channel, saying);
      return write(await attempt());
    };
    try {
      let under: Promise<Written | undefined> | undefined = write(writing);
      // In slow mode the next message is judged by this one.
      if (writing.slowMs === 0) turn.placed();
      return await untilDone<Said>(async () => {
        under ??= again();
        const written = await under;
        under = undefined;
        return written ? { channel: now, written } : AGAIN;
      });
    } finally {
      lane.leave();
    }
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

  /** After the filter, however long its answer took. */
  const still = (session: ChatSession, channel: Channel, named: Named) =>
    options.filter ? reopened(session, channel, named) : Promise.resolve(channel);

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
      contentOf(saying.content);
      const channel = await access.open(session, saying, "write");
      await services.storageQuotas.stored(session, ENTRY_BYTES + saying.content.length);
      await turn.mine;
      const key =
        saying.client_msg_id === undefined ? undefined : commandId(session.userId, saying.client_msg_id);
      const judgeAndStore = async (ifUnsaid: IfUnsaid): Promise<Said> => {
        let content: string;
        try {
          content = await accept(session, channel, saying.content, ifUnsaid);
        } catch (refusal) {
          // A repeat of what was said is not judged again.
          const written = await known(channel, key);
          if (written) return { channel, written };
          throw refusal;
        }
        return store(session, channel, { saying, content, key, turn }, ifUnsaid);
      };
      const said = await noting(judgeAndStore, ({ written }) => !written.duplicate);
      return { channel: said.channel, result: resultOf(said.channel, said.written) };
    },

    async edit(session: ChatSession, messageId: string, named: Named, content: string): Promise<void> {
      contentOf(content);
      const channel = await access.open(session, named, "write");
      await services.storageQuotas.stored(session, ENTRY_BYTES + content.length);
      const { entry, offset } = await own(session, channel, messageId);
      await noting(async (ifUnsaid) => {
        const accepted = await accept(session, channel, content, ifUnsaid);
        const now = await still(session, channel, named);
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
