/** The part of `/game`'s contract that is about who is there. */
import { Type } from "typebox";
import { command, event } from "../../../core/contract/contract.ts";

/** Printable: no control characters. */
const PRINTABLE = "^[^\\u0000-\\u001f\\u007f]*$";
const Id = Type.String({ minLength: 1, maxLength: 200 });
const Cursor = Type.Optional(Type.String({ maxLength: 500 }));
const none = Type.Object({});

const Status = Type.Union([Type.Literal("online"), Type.Literal("away"), Type.Literal("busy")]);

/** The address of a picture, where the application's user service knows one. */
export const Picture = Type.Optional(Type.String());
const User = Type.Object({
  user_id: Type.String(),
  name: Type.String(),
  picture: Picture,
  status: Status,
  text: Type.Optional(Type.String()),
  /** 0: within the grace period. */
  connections: Type.Integer(),
});
/** Whether the whole list and its changes are pushed. */
export const Pushing = Type.Object({
  pushed: Type.Boolean(),
  /** With more users it is not. */
  max_users: Type.Integer(),
});
const UserPage = Type.Object({
  users: Type.Array(User),
  count: Type.Integer(),
  cursor: Type.Optional(Type.String()),
});

export const presenceCommands = {
  status: command({
    summary: "Sets what others see of the user in `presence`.",
    input: Type.Object({
      /** `invisible`: in no list, and nobody is notified. */
      status: Type.Union([...Status.anyOf, Type.Literal("invisible")]),
      text: Type.Optional(Type.String({ maxLength: 140, pattern: PRINTABLE })),
    }),
    result: none,
  }),
  "user:list": command({
    order: "read",
    summary: "The users who are here, in pages.",
    input: Type.Object({
      cursor: Cursor,
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
    }),
    result: UserPage,
    rate: { max: 10, windowMs: 1_000 },
  }),
  "presence:watch": command({
    summary:
      "Watches these users, the caller's guild or party instead of everybody: the answer has those that are here, then changes follow. Again: replaces the watch before.",
    input: Type.Object({
      user_ids: Type.Optional(Type.Array(Id, { maxItems: 500 })),
      guild: Type.Optional(Type.Boolean()),
      party: Type.Optional(Type.Boolean()),
    }),
    result: Type.Object({ users: Type.Array(User) }),
    rate: { max: 10, windowMs: 1_000 },
  }),
  "presence:unwatch": command({
    summary: "Watches everybody again, while the users are few.",
    input: none,
    result: none,
    rate: { max: 10, windowMs: 1_000 },
  }),
};

export const presenceEvents = {
  "user:list": event({
    summary:
      "The users that are here. With more users than are pushed, a first page with its cursor, on connection only.",
    payload: UserPage,
    delivery: "ordinary",
  }),
  "presence:push": event({
    summary: "The list of users is no longer pushed because there are too many, or is pushed again.",
    payload: Pushing,
    delivery: "ordinary",
  }),
  presence: event({
    summary:
      "Changes of the list of users, or of the watched users, at most five times a second. `updated` comes also where the number of a user's `connections` changes.",
    payload: Type.Object({
      joined: Type.Array(User),
      left: Type.Array(Type.String()),
      updated: Type.Array(User),
    }),
    delivery: "ordinary",
  }),
};
