/** Shapes that more than one event of `/chat` has. */
import { type Static, Type } from "typebox";

/** Characters of a message after trimming. */
export const MAX_CONTENT = 2_000;
/** Messages in a page of history. */
export const MAX_PAGE = 100;
/** Channels in one `sync`. */
export const MAX_CURSORS = 50;
/** The longest sanction with an end, in seconds: a year. */
export const MAX_DURATION_S = 31_536_000;

/** The longest that slow mode keeps a user waiting, in seconds: six hours. */
export const MAX_SLOW_S = 21_600;

export const UserId = Type.String({ minLength: 1, maxLength: 256 });
export const MessageId = Type.String({ minLength: 1, maxLength: 64 });
export const Offset = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
/** Longer than the limit of a message, because blanks at its ends are trimmed before they count. */
export const Content = Type.String({ minLength: 1, maxLength: 2 * MAX_CONTENT });
export const Reason = Type.String({ maxLength: 200 });
export const Empty = Type.Object({});

/** Which channel; `to` names the other user of `private`. */
export const channelFields = {
  channel: Type.String({
    minLength: 1,
    maxLength: 64,
    description: "`global`, `guild`, `party`, `private`, `room:<room_id>` or a named channel",
  }),
  to: Type.Optional(UserId),
};

/** Fields of every channel event: where it happened. */
const placeFields = {
  channel: Type.String(),
  channel_id: Type.String(),
  to: Type.Optional(Type.String({ description: "private: the other user, as the author sees it" })),
  epoch: Type.String(),
  offset: Type.Integer(),
  timestamp: Type.String({ description: "when it was written" }),
};

export const messageFields = {
  message_id: Type.String(),
  ...placeFields,
  user: Type.String({ description: "the author's name" }),
  user_id: Type.String(),
  content: Type.String(),
  reply_to: Type.Optional(Type.String()),
};
export const editedFields = {
  message_id: Type.String(),
  ...placeFields,
  user_id: Type.String({ description: "the author of the message" }),
  by: Type.String({ description: "who changed it: the author or a moderator" }),
  content: Type.String(),
};
export const deletedFields = {
  message_id: Type.String(),
  ...placeFields,
  user_id: Type.String({ description: "the author of the message" }),
  by: Type.String(),
};
const moderationFields = {
  action: Type.Union([
    Type.Literal("mute"),
    Type.Literal("unmute"),
    Type.Literal("kick"),
    Type.Literal("ban"),
    Type.Literal("unban"),
    Type.Literal("report"),
  ]),
  user_id: Type.String(),
  by: Type.String(),
  until: Type.Optional(Type.String({ description: "absent: without an end" })),
  reason: Type.String(),
  channel: Type.Optional(Type.String({ description: "absent: everywhere" })),
  channel_id: Type.Optional(Type.String()),
  message_id: Type.Optional(Type.String()),
  content: Type.Optional(Type.String({ description: "report: the message as it was when it was reported" })),
  offset: Type.Integer(),
  timestamp: Type.String(),
};

const AUDITED = [
  "mute",
  "unmute",
  "kick",
  "ban",
  "unban",
  "edit",
  "delete",
  "purge",
  "slow_mode",
  "channel_create",
  "channel_delete",
  "invite",
  "remove",
] as const;

/** An act of a moderator: its author, time, user and channel. */
export type AuditItem = Static<typeof AuditItem>;
export const AuditItem = Type.Object({
  action: Type.Unsafe<(typeof AUDITED)[number]>(Type.Enum([...AUDITED])),
  by: Type.String(),
  user_id: Type.Optional(Type.String()),
  channel: Type.Optional(Type.String({ description: "absent: everywhere" })),
  channel_id: Type.Optional(Type.String()),
  reason: Type.Optional(Type.String()),
  until: Type.Optional(Type.String()),
  message_id: Type.Optional(Type.String()),
  seconds: Type.Optional(Type.Integer()),
  offset: Type.Integer(),
  timestamp: Type.String(),
});

/** A message as a page gives it. */
export const MessageItem = Type.Object({
  event: Type.Literal("chat_message"),
  ...messageFields,
  edited: Type.Optional(Type.Literal(true)),
  deleted: Type.Optional(Type.Literal(true, { description: "its content is gone: an empty text" })),
});

/** One of the user's channels, in lists of them. */
export const listedFields = {
  channel: Type.String(),
  channel_id: Type.String(),
  to: Type.Optional(Type.String()),
  unread: Type.Integer({ description: "counted among the next 500 entries after the read marker" }),
};

/** Of lists of the user's channels, which come in pages where they are long. */
export const listInput = Type.Object({
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
});
export const listFields = {
  has_more: Type.Optional(Type.Literal(true)),
  cursor: Type.Optional(Type.String({ description: "for the next page" })),
};

/** An entry of a channel's stream, as `history` and `sync` give it: with the name of its event. */
export type ChannelItem = Static<typeof ChannelItem>;
export const ChannelItem = Type.Union([
  MessageItem,
  Type.Object({ event: Type.Literal("message_edited"), ...editedFields }),
  Type.Object({ event: Type.Literal("message_deleted"), ...deletedFields }),
  Type.Object({ event: Type.Literal("moderation"), ...moderationFields }),
]);

export const Page = Type.Object({
  messages: Type.Array(ChannelItem),
  epoch: Type.String(),
  offset: Type.Integer({ description: "of the newest entry of the channel; 0 for none" }),
  has_more: Type.Boolean(),
  next: Type.Optional(
    Type.Integer({ description: "where there is more: `after`, or else `before`, of the next page" }),
  ),
});

export const Report = Type.Object(moderationFields);
