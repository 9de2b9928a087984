/** Events of `/chat`: from checked input to the service. */
import type { Handlers } from "../../core/contract.ts";
import { asId, type UserId } from "../../core/ids.ts";
import type { ChatContract } from "./events.ts";
import type { ChatService } from "./service.ts";

/** Entries of a page that names no limit. */
const PAGE = 50;

export function chatHandlers(chat: ChatService): Handlers<ChatContract> {
  const { blocks, marks, moderation } = chat;
  return {
    chat_message: (session, input) => chat.say(session, input),
    async typing(session, input) {
      await chat.typing(session, input, input.typing);
      return {};
    },
    history: (session, { limit = PAGE, ...input }) => chat.history(session, input, { ...input, limit }),
    async sync(session, { cursors }) {
      return { channels: await chat.sync(session, cursors) };
    },
    async read(session, input) {
      await marks.read(session, input, input.offset);
      return {};
    },
    async unread(session) {
      return { channels: await marks.unread(session) };
    },
    async channels(session) {
      return { channels: await marks.overview(session) };
    },
    async edit(session, input) {
      await chat.edit(session, input.message_id, input, input.content);
      return { message_id: input.message_id };
    },
    async delete(session, input) {
      await chat.remove(session, input.message_id, input);
      return { message_id: input.message_id };
    },
    async purge(session, { user_id, channel }) {
      return { deleted: await chat.purge(session, asId<UserId>(user_id), { channel }) };
    },
    async report(session, input) {
      await moderation.report(session, input.message_id, input, input.reason);
      return {};
    },
    reports: (_session, input) => moderation.reports(input),
    async block(session, { user_id }) {
      await blocks.block(session.userId, asId<UserId>(user_id));
      return {};
    },
    async unblock(session, { user_id }) {
      await blocks.unblock(session.userId, asId<UserId>(user_id));
      return {};
    },
    async blocked(session) {
      return { user_ids: [...(await blocks.list(session.userId))] };
    },
    mute: (session, input) => moderation.sanction(session, "mute", input),
    unmute: (session, input) => moderation.pardon(session, "unmute", input),
    kick: (session, input) => moderation.sanction(session, "kick", input),
    ban: (session, input) => moderation.sanction(session, "ban", input),
    unban: (session, input) => moderation.pardon(session, "unban", input),
  };
}
