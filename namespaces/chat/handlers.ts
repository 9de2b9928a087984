/** Events of `/chat`: from checked input to the service. */
import type { Handlers } from "../../core/contract/contract.ts";
import { asId, type UserId } from "../../core/ids.ts";
import type { ChatContract } from "./schema.ts";
import type { ChatService } from "./service.ts";

/** Entries of a page that names no limit. */
const PAGE = 50;

export function chatHandlers(chat: ChatService): Handlers<ChatContract> {
  const { messages, blocks, readMarkers, moderation, named, audit } = chat;
  return {
    chat_message: (session, input, turn) => messages.say(session, input, turn),
    async typing(session, input) {
      await chat.typing.set(session, input, input.typing);
      return {};
    },
    history: (session, { limit = PAGE, ...input }) => chat.history(session, input, { ...input, limit }),
    sync: (session, { cursors }) => chat.sync(session, cursors),
    async read(session, input) {
      await readMarkers.read(session, input, input.offset);
      return {};
    },
    unread: (session, { cursor }) => readMarkers.unread(session, cursor),
    channels: (session, { cursor }) => readMarkers.overview(session, cursor),
    async edit(session, input) {
      await messages.edit(session, input.message_id, input, input.content);
      return { message_id: input.message_id };
    },
    async delete(session, input) {
      await messages.remove(session, input.message_id, input);
      return { message_id: input.message_id };
    },
    async purge(session, { user_id, channel }) {
      const user = asId<UserId>(user_id);
      if (channel !== undefined) return { deleted: await chat.purge(session, user, { channel }) };
      return { deleted: await chat.purgeEverywhere(session, user), continues: true };
    },
    async report(session, input) {
      await moderation.report(session, input.message_id, input, input.reason);
      return {};
    },
    reports: (session, input) => moderation.reports(session, input),
    audit: (session, { limit = PAGE, ...range }) => audit.page(session, { ...range, limit }),
    async slow_mode(session, { channel, seconds }) {
      await moderation.slow(session, channel, seconds);
      return {};
    },
    channel_create: (session, input) => named.create(session, input),
    async channel_delete(session, { channel }) {
      await named.remove(session, channel);
      return {};
    },
    async channel_join(session, input) {
      const { channel, position } = await named.join(session, input.channel);
      return { channel: channel.name, channel_id: channel.id, ...position };
    },
    async channel_leave(session, { channel }) {
      await named.leave(session, channel);
      return {};
    },
    async channel_invite(session, { channel, user_id }) {
      await named.invite(session, channel, asId<UserId>(user_id));
      return {};
    },
    async channel_remove(session, { channel, user_id }) {
      await named.expel(session, channel, asId<UserId>(user_id));
      return {};
    },
    channel_list: (session, { limit = PAGE, ...range }) => named.directory(session, { ...range, limit }),
    channel_members: (session, { channel, limit = PAGE, ...range }) =>
      named.members(session, channel, { ...range, limit }),
    async block(session, { user_id }) {
      await blocks.block(session.userId, asId<UserId>(user_id));
      return {};
    },
    async unblock(session, { user_id }) {
      await blocks.unblock(session.userId, asId<UserId>(user_id));
      return {};
    },
    async blocked(session) {
      return { user_ids: [...(await chat.blocked(session))] };
    },
    mute: (session, input) => moderation.sanction(session, "mute", input),
    unmute: (session, input) => moderation.pardon(session, "unmute", input),
    kick: (session, input) => moderation.sanction(session, "kick", input),
    ban: (session, input) => moderation.sanction(session, "ban", input),
    unban: (session, input) => moderation.pardon(session, "unban", input),
  };
}
