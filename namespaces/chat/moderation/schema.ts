/** The part of `/chat`'s contract that moderators use, and the block lists of users. */
import { Type } from "typebox";
import { command, event, MODERATORS } from "../../../core/contract/contract.ts";
import {
  AuditItem,
  channelFields,
  Empty,
  MAX_DURATION_S,
  MAX_PAGE,
  MAX_SLOW_S,
  MessageId,
  Offset,
  Reason,
  Report,
  UserId,
} from "../model/payloads.ts";

/** Whom an act of a moderator concerns, where, and why. */
const concerned = {
  user_id: UserId,
  channel: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  reason: Type.Optional(Reason),
};

const sanction = (summary: string) =>
  command({
    summary,
    input: Type.Object({
      ...concerned,
      duration_s: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_DURATION_S })),
    }),
    result: Type.Object({ user_id: Type.String(), until: Type.Optional(Type.String()) }),
    roles: MODERATORS,
  });

const pardon = (summary: string) =>
  command({
    summary,
    input: Type.Object(concerned),
    result: Type.Object({ user_id: Type.String() }),
    roles: MODERATORS,
  });

export const moderationCommands = {
  purge: command({
    summary:
      "Deletes all stored messages of a user in a channel. Without a channel: in `global`, and then in all named channels (`continues`). Each deletion is an entry of its channel, so a full channel loses as many of its oldest entries.",
    input: Type.Object({ user_id: UserId, channel: Type.Optional(channelFields.channel) }),
    result: Type.Object({ deleted: Type.Integer(), continues: Type.Optional(Type.Literal(true)) }),
    roles: MODERATORS,
    rate: { max: 5, windowMs: 10_000 },
  }),
  report: command({
    summary: "Reports a message to the moderators.",
    input: Type.Object({
      message_id: MessageId,
      ...channelFields,
      reason: Type.String({ minLength: 1, maxLength: 200 }),
    }),
    result: Empty,
    rate: { max: 10, windowMs: 60_000 },
  }),
  reports: command({
    order: "read",
    summary: "Lists the stored reports, newest page first, for moderators who were away.",
    input: Type.Object({
      before: Type.Optional(Offset),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_PAGE })),
    }),
    result: Type.Object({ reports: Type.Array(Report), has_more: Type.Boolean() }),
    roles: MODERATORS,
  }),
  audit: command({
    order: "read",
    summary: "Lists every act of a moderator, newest page first.",
    input: Type.Object({
      before: Type.Optional(Offset),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_PAGE })),
    }),
    result: Type.Object({ entries: Type.Array(AuditItem), has_more: Type.Boolean() }),
    roles: MODERATORS,
  }),
  slow_mode: command({
    summary: "Sets the minimum seconds between two messages of one user in a channel; 0 ends slow mode.",
    input: Type.Object({
      channel: channelFields.channel,
      seconds: Type.Integer({ minimum: 0, maximum: MAX_SLOW_S }),
    }),
    result: Empty,
    roles: MODERATORS,
  }),
  block: command({
    summary: "Adds a user to the caller's block list: their messages are hidden from the caller everywhere.",
    input: Type.Object({ user_id: UserId }),
    result: Empty,
  }),
  unblock: command({
    summary: "Removes a user from the caller's block list.",
    input: Type.Object({ user_id: UserId }),
    result: Empty,
  }),
  blocked: command({
    order: "read",
    summary: "Lists the users on the caller's block list.",
    input: Empty,
    result: Type.Object({ user_ids: Type.Array(Type.String()) }),
  }),
  mute: sanction(
    "The user can read but not write, in a channel or everywhere. Without a duration the mute has no end.",
  ),
  unmute: pardon("Ends a mute."),
  kick: sanction("Removes the user from a channel, or from `/chat`, for a time. Default: one minute."),
  ban: sanction("Excludes the user from a channel, or from `/chat`. Without a duration the ban has no end."),
  unban: pardon("Ends a ban or a kick."),
};

export const moderationEvents = {
  moderation: event({
    summary: "A user was muted, kicked, banned or pardoned. For moderators also: a message was reported.",
    payload: Report,
    delivery: "stream",
  }),
  slow_mode: event({
    summary: "Slow mode of a channel began, changed or ended (0 seconds).",
    payload: Type.Object({
      channel: Type.String(),
      channel_id: Type.String(),
      seconds: Type.Integer(),
      by: Type.String(),
      timestamp: Type.String(),
    }),
    delivery: "stream",
  }),
};
