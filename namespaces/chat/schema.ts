/** The contract of `/chat`: channels as streams, private messages, read marks, moderation and the block list. */
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

// What clients of `/chat` see, as types.

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
      summary: "Says something in a channel. The same `client_msg_id` again gives the first acknowledgement.",
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
      summary: "Tells the others of a channel that the user types, or stopped. Ends by itself.",
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
        "What was missed in many channels, each from its cursor on: up to 256 KiB in one answer, and `has_more` where a channel goes on. Those that are no longer the user's are told apart; where all are, the command is refused.",
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
              description: "false: what was missed can't be given; ask for history",
            }),
            messages: Type.Array(ChannelItem),
            epoch: Type.String(),
            offset: Type.Integer(),
            has_more: Type.Optional(
              Type.Literal(true, {
                description:
                  "the answer is full: the rest is for the next `sync`, from this epoch and offset on",
              }),
            ),
          }),
        ),
        refused: Type.Optional(
          Type.Array(
            Type.Object({
              channel: Type.String(),
              to: Type.Optional(Type.String()),
              code: Type.String({ description: "forbidden or banned: the channel is no longer the user's" }),
            }),
          ),
        ),
      }),
    }),
    read: command({
      summary: "Marks a channel as read up to an offset. A mark never goes back.",
      input: Type.Object({ ...channelFields, offset: Offset }),
      result: Empty,
    }),
    unread: command({
      order: "read",
      summary: "How many messages of others stand after the user's mark in each of the user's channels.",
      input: listInput,
      result: Type.Object({ channels: Type.Array(Type.Object(listedFields)), ...listFields }),
      rate: { max: 10, windowMs: 1_000 },
    }),
    channels: command({
      order: "read",
      summary: "The user's channels with what is unread and the last message of each.",
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
        "Replaces the text of an own message. Moderators may edit any message, except in private channels.",
      input: Type.Object({ message_id: MessageId, ...channelFields, content: Content }),
      result: Type.Object({ message_id: Type.String() }),
      rate: { max: 60, windowMs: 10_000 },
    }),
    delete: command({
      summary:
        "Deletes an own message. Moderators may delete any message, except in private channels. A repeat changes nothing.",
      input: Type.Object({ message_id: MessageId, ...channelFields }),
      result: Type.Object({ message_id: Type.String() }),
    }),
    ...moderationCommands,
    ...namedCommands,
  }),
  events: {
    chat_message: event({
      summary: "Somebody said something. In `private` it is reliable and has a `delivery_id`.",
      payload: Type.Object(messageFields),
      delivery: "stream",
    }),
    message_edited: event({
      summary: "A message has a new text.",
      payload: Type.Object(editedFields),
      delivery: "stream",
    }),
    message_deleted: event({
      summary: "A message is gone.",
      payload: Type.Object(deletedFields),
      delivery: "stream",
    }),
    typing: event({
      summary: "Somebody types, or stopped.",
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
      summary: "What this connection knows of a channel has a gap that can't be filled: ask for history.",
      payload: Type.Object({
        channel: Type.Optional(
          Type.String({ description: "absent: sanctions that hold everywhere, or reports" }),
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
