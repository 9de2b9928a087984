/** Events of named channels. */
import { Type } from "typebox";
import { command, event, STAFF } from "../../../core/contract/contract.ts";
import { channelFields, Empty, MAX_PAGE, UserId } from "../model/payloads.ts";

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
    summary: "Creates a named channel: open, by invitation or by role. It is kept until it is deleted.",
    input: Type.Object({
      channel,
      access: Type.Optional(access),
      roles: Type.Optional(Type.Array(role, { maxItems: 4 })),
      description: Type.Optional(Type.String({ maxLength: 200, pattern: "^[^\\u0000-\\u001f\\u007f]*$" })),
    }),
    result: Type.Object({ ...placeFields, access }),
    roles: STAFF,
  }),
  channel_delete: command({
    summary: "Deletes a named channel for all its members. Its messages are no longer available.",
    input: Type.Object({ channel }),
    result: Empty,
    roles: STAFF,
  }),
  channel_join: command({
    summary:
      "Joins a named channel on all of the user's devices, until the user leaves it. A repeat changes nothing.",
    input: Type.Object({ channel }),
    result: Type.Object({ ...placeFields, epoch: Type.String(), offset: Type.Integer() }),
  }),
  channel_leave: command({
    summary: "Leaves a named channel.",
    input: Type.Object({ channel }),
    result: Empty,
  }),
  channel_invite: command({
    summary: "Invites a user to a channel by invitation, and notifies the user.",
    input: Type.Object({ channel, user_id: UserId }),
    result: Empty,
    roles: STAFF,
  }),
  channel_remove: command({
    summary: "Removes a member from a named channel, or withdraws an invitation.",
    input: Type.Object({ channel, user_id: UserId }),
    result: Empty,
    roles: STAFF,
  }),
  channel_list: command({
    order: "read",
    summary: "Lists the named channels that the user can join, by name.",
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
    summary: "Lists the members of a named channel in the order in which they joined.",
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
    summary: "The user is invited to a channel.",
    payload: Type.Object({ ...placeFields, from: Type.String(), description: Type.String() }),
    delivery: "reliable",
  }),
  channel_member: event({
    summary:
      "A user joined, left or was removed. Channels by invitation notify all members; other channels notify only that user.",
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
