/** Events of named channels. */
import { Type } from "typebox";
import { command, event } from "../../../core/contract/contract.ts";
import { channelFields, Empty, MAX_PAGE, UserId } from "../model/payloads.ts";

const staff = ["moderator", "admin", "service"] as const;
const { channel } = channelFields;
const access = Type.Union([Type.Literal("open"), Type.Literal("invite"), Type.Literal("role")]);
const role = Type.Union([
  Type.Literal("player"),
  Type.Literal("moderator"),
  Type.Literal("admin"),
  Type.Literal("service"),
]);
const pageFields = {
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 500 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_PAGE })),
};
const placeFields = { channel: Type.String(), channel_id: Type.String() };

export const namedCommands = {
  channel_create: command({
    summary:
      "Makes a channel by a name of its own: open, by invitation or by role. Kept until it is deleted.",
    input: Type.Object({
      channel,
      access: Type.Optional(access),
      roles: Type.Optional(Type.Array(role, { maxItems: 4 })),
      description: Type.Optional(Type.String({ maxLength: 200, pattern: "^[^\\u0000-\\u001f\\u007f]*$" })),
    }),
    result: Type.Object({ ...placeFields, access }),
    roles: staff,
  }),
  channel_delete: command({
    summary: "Ends a named channel for all; what was said there is not given any more.",
    input: Type.Object({ channel }),
    result: Empty,
    roles: staff,
  }),
  channel_join: command({
    summary:
      "Comes into a named channel, for all of the user's devices, until it is left. Again: nothing more happens.",
    input: Type.Object({ channel }),
    result: Type.Object({ ...placeFields, epoch: Type.String(), offset: Type.Integer() }),
  }),
  channel_leave: command({
    summary: "Goes out of a named channel.",
    input: Type.Object({ channel }),
    result: Empty,
  }),
  channel_invite: command({
    summary: "Lets a user join a channel that is by invitation, and tells them.",
    input: Type.Object({ channel, user_id: UserId }),
    result: Empty,
    roles: staff,
  }),
  channel_remove: command({
    summary: "Takes a member out of a named channel, or an invitation back.",
    input: Type.Object({ channel, user_id: UserId }),
    result: Empty,
    roles: staff,
  }),
  channel_list: command({
    order: "read",
    summary: "The named channels that the user could join, by name.",
    input: Type.Object(pageFields),
    result: Type.Object({
      channels: Type.Array(
        Type.Object({
          channel: Type.String(),
          access,
          roles: Type.Optional(Type.Array(role)),
          description: Type.String(),
          members: Type.Integer(),
        }),
      ),
      cursor: Type.Optional(Type.String()),
    }),
  }),
  channel_members: command({
    order: "read",
    summary: "Who is in a named channel, in the order in which they came.",
    input: Type.Object({ channel, ...pageFields }),
    result: Type.Object({
      user_ids: Type.Array(Type.String()),
      count: Type.Integer(),
      cursor: Type.Optional(Type.String()),
    }),
  }),
};

export const namedEvents = {
  channel_invited: event({
    summary: "The user may join a channel.",
    payload: Type.Object({ ...placeFields, from: Type.String(), description: Type.String() }),
    delivery: "reliable",
  }),
  channel_member: event({
    summary:
      "Somebody came into a channel that is by invitation, or left it; of other channels only the user is told.",
    payload: Type.Object({
      ...placeFields,
      user_id: Type.String(),
      change: Type.Union([Type.Literal("joined"), Type.Literal("left"), Type.Literal("removed")]),
      by: Type.String(),
      timestamp: Type.String(),
    }),
    delivery: "stream",
  }),
  channel_closed: event({
    summary: "A named channel was deleted.",
    payload: Type.Object({ ...placeFields, by: Type.String(), timestamp: Type.String() }),
    delivery: "stream",
  }),
};
