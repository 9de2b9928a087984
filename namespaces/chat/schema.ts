/** The contract of `/chat`: channels as streams, private messages, read markers, moderation and the block list. */
import { Type } from "typebox";
import { command, defineContract, event, type PayloadOf } from "../../core/contract/contract.ts";
import { cursorsAliases, openAliases, typingAliases, withAliases } from "./aliases.ts";
import {
  ChannelItem,
  Content,
  channelFields,
  deletedFields,
  Empty,
  editedFields,
  listedFields,
  listFields,
  listInput,
  MAX_CURSORS,
  MAX_PAGE,
  MessageId,
  MessageItem,
  messageFields,
  Offset,
  Page,
} from "./model/payloads.ts";
import { moderationCommands, moderationEvents } from "./moderation/schema.ts";
import { namedCommands, namedEvents } from "./named/schema.ts";

// Types for clients of `/chat`.

export type ChatContract = typeof chatContract;

export type { AuditItem, ChannelItem } from "./model/payloads.ts";

export type ModerationPayload = PayloadOf<ChatContract, "moderation">;
export type ModerationAction = ModerationPayload["action"];

export const chatContract = defineContract({
  namespace: "/chat",
  access: "token",
  commands: withAliases({
    chat_message: command({
      order: "pipelined",
      summary:
        "Sends a message to a channel. A repeat with the same `client_msg_id` returns the first acknowledgement.",
      input: Type.Object({
        ...channelFields,
        content: Content,
        client_msg_id: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
        reply_to: Type.Optional(MessageId),
      }),
      aliases: openAliases,
      result: Type.Object({
        message_id: Type.String(),
        channel_id: Type.String(),
        epoch: Type.String(),
        offset: Type.Integer(),
        timestamp: Type.String(),
        duplicate: Type.Optional(Type.Literal(true)),
      }),
      rate: { max: 60, windowMs: 10_000 },
    }),
    typing: command({
      summary: "Notifies the other members that the user is typing, or has stopped. Typing ends by itself.",
      input: Type.Object({ ...channelFields, typing: Type.Boolean() }),
      aliases: typingAliases,
      result: Empty,
    }),
    history: command({
      order: "read",
      summary: "A page of a channel's stream, oldest first; without `before` and `after` the newest.",
      input: Type.Object({
        ...channelFields,
        before: Type.Optional(Offset),
        after: Type.Optional(Offset),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_PAGE })),
      }),
      result: Page,
    }),
    sync: command({
      order: "read",
      summary:
        "Returns the missed entries of many channels, each from its cursor on, up to 256 KiB per answer. `has_more` marks a channel with more entries. Channels that are no longer the user's are listed in `refused`. If all are, the command is refused.",
      input: Type.Object({
        cursors: Type.Array(
          Type.Object({
            ...channelFields,
            epoch: Type.String({ minLength: 1, maxLength: 128 }),
            offset: Offset,
          }),
          { maxItems: MAX_CURSORS },
        ),
      }),
      aliases: cursorsAliases,
      result: Type.Object({
        channels: Type.Array(
          Type.Object({
            channel: Type.String(),
            channel_id: Type.String(),
            to: Type.Optional(Type.String()),
            recovered: Type.Boolean({
              description: "false: the missed entries are gone; read `history`",
            }),
            messages: Type.Array(ChannelItem),
            epoch: Type.String(),
            offset: Type.Integer(),
            has_more: Type.Optional(
              Type.Literal(true, {
                description:
                  "the answer is full: request the rest with the next `sync`, from this epoch and offset on",
              }),
            ),
          }),
        ),
        refused: Type.Optional(
          Type.Array(
            Type.Object({
              channel: Type.String(),
              to: Type.Optional(Type.String()),
              code: Type.String({
                description: "`forbidden` or `banned`: the channel is no longer the user's",
              }),
            }),
          ),
        ),
      }),
    }),
    read: command({
      summary: "Marks a channel as read up to an offset. The read marker never moves back.",
      input: Type.Object({ ...channelFields, offset: Offset }),
      result: Empty,
    }),
    unread: command({
      order: "read",
      summary: "Counts the messages of others after the user's read marker, for each of the user's channels.",
      input: listInput,
      result: Type.Object({ channels: Type.Array(Type.Object(listedFields)), ...listFields }),
      rate: { max: 10, windowMs: 1_000 },
    }),
    channels: command({
      order: "read",
      summary: "Lists the user's channels, each with its unread count and last message.",
      input: listInput,
      result: Type.Object({
        channels: Type.Array(
          Type.Object({
            ...listedFields,
            epoch: Type.String(),
            offset: Type.Integer(),
            last: Type.Optional(MessageItem),
          }),
        ),
        ...listFields,
      }),
      rate: { max: 10, windowMs: 1_000 },
    }),
    edit: command({
      summary:
        "Replaces the text of the user's own message. Moderators may edit any message, except in private channels.",
      input: Type.Object({ message_id: MessageId, ...channelFields, content: Content }),
      result: Type.Object({ message_id: Type.String() }),
      rate: { max: 60, windowMs: 10_000 },
    }),
    delete: command({
      summary:
        "Deletes the user's own message. Moderators may delete any message, except in private channels. A repeat changes nothing.",
      input: Type.Object({ message_id: MessageId, ...channelFields }),
      result: Type.Object({ message_id: Type.String() }),
    }),
    ...moderationCommands,
    ...namedCommands,
  }),
  events: {
    chat_message: event({
      summary: "A user sent a message. In `private` the event is reliable and has a `delivery_id`.",
      payload: Type.Object(messageFields),
      delivery: "stream",
    }),
    message_edited: event({
      summary: "A message has a new text.",
      payload: Type.Object(editedFields),
      delivery: "stream",
    }),
    message_deleted: event({
      summary: "A message was deleted.",
      payload: Type.Object(deletedFields),
      delivery: "stream",
    }),
    typing: event({
      summary: "A user is typing, or has stopped.",
      payload: Type.Object({
        channel: Type.String(),
        channel_id: Type.String(),
        user_id: Type.String(),
        user: Type.String(),
        typing: Type.Boolean(),
      }),
      delivery: "volatile",
    }),
    read: event({
      summary: "A member of a party or private channel has read up to an offset.",
      payload: Type.Object({
        channel: Type.String(),
        channel_id: Type.String(),
        user_id: Type.String(),
        offset: Type.Integer(),
      }),
      delivery: "ordinary",
    }),
    ...moderationEvents,
    ...namedEvents,
    lost: event({
      summary: "This connection missed entries of a channel that cannot be recovered: read `history`.",
      payload: Type.Object({
        channel: Type.Optional(
          Type.String({ description: "absent: sanctions for all of `/chat`, or reports" }),
        ),
        channel_id: Type.String(),
        recovered: Type.Literal(false),
        epoch: Type.String(),
        offset: Type.Integer(),
      }),
      delivery: "ordinary",
    }),
  },
});
