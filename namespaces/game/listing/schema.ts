/** The part of `/game`'s contract that is about finding rooms: their labels, and their list, once and live. */
import { type Static, Type } from "typebox";
import { command, event } from "../../../core/contract/contract.ts";
import { MAX_LABELS } from "../../../core/games/labels.ts";
import { ChangedLabels, LabelName, LabelValue, RoomShape } from "../rooms/payloads.ts";

/** Printable: no control characters. */
export const RoomName = Type.Optional(
  Type.String({ minLength: 1, maxLength: 80, pattern: "^[^\\u0000-\\u001f\\u007f]*$" }),
);

/** Values of which a room may have any. */
const MAX_ALTERNATIVES = 10;

/** A value, any of some, or a range of numbers, both ends in it. */
const LabelWish = Type.Union([
  LabelValue,
  Type.Array(LabelValue, { minItems: 1, maxItems: MAX_ALTERNATIVES }),
  Type.Object({ min: Type.Optional(Type.Number()), max: Type.Optional(Type.Number()) }),
]);

const FilterFields = {
  game: Type.Optional(Type.String({ minLength: 1, maxLength: 40 })),
  phase: Type.Optional(Type.Union([Type.Literal("lobby"), Type.Literal("playing")])),
  /** Only rooms with a free seat (true), or only full ones (false). */
  open: Type.Optional(Type.Boolean()),
  /** Rooms that have all of these: a value, any value of a list, or a number from `min` to `max`. */
  labels: Type.Optional(
    Type.Record(LabelName, LabelWish, { maxProperties: MAX_LABELS, additionalProperties: false }),
  ),
};
const RoomFilterShape = Type.Object(FilterFields);

/** Which rooms are looked for. */
export type RoomFilter = Static<typeof RoomFilterShape>;

const Limit = Type.Optional(Type.Integer({ minimum: 1, maximum: 100 }));
/** Names the list in its events: the same for the same filter. */
const Watch = Type.String({ maxLength: 40 });
const Page = { rooms: Type.Array(RoomShape), cursor: Type.Optional(Type.String()) };

export const listCommands = {
  "room:update": command({
    summary:
      "Changes the room until its game is over; owner only, and not in a match. Labels are replaced one by one: `null` takes one away, or back to the game's default. `max_players` changes in the lobby only.",
    input: Type.Object({
      room_id: Type.String({ minLength: 1, maxLength: 200 }),
      name: RoomName,
      labels: ChangedLabels,
      max_players: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
    }),
    result: Type.Object({ room: RoomShape }),
    rate: { max: 10, windowMs: 1_000 },
  }),
  "room:list": command({
    order: "read",
    summary:
      "The public rooms that are not over, newest first. With filters a page that has a cursor can have fewer rooms than `limit`.",
    input: Type.Object({
      ...FilterFields,
      cursor: Type.Optional(Type.String({ maxLength: 500 })),
      limit: Limit,
    }),
    result: Type.Object(Page),
    anonymous: true,
  }),
  "room:watch": command({
    summary:
      "The first page of the list, which is then live on this connection: `room:listed` and `room:unlisted` say what changes, about 0.1 s later. `watch` names the list in these events. A connection watches four lists at most.",
    input: Type.Object({ ...FilterFields, limit: Limit }),
    result: Type.Object({ watch: Watch, ...Page }),
    anonymous: true,
    rate: { max: 10, windowMs: 1_000 },
  }),
  "room:unwatch": command({
    summary: "Ends the watch of this name, or all of this connection.",
    input: Type.Object({ watch: Type.Optional(Watch) }),
    result: Type.Object({}),
    anonymous: true,
  }),
};

export const listEvents = {
  "room:listed": event({
    summary: "A room that has come into a watched list, or has changed in it.",
    payload: Type.Object({ watch: Watch, room: RoomShape }),
    delivery: "ordinary",
  }),
  "room:unlisted": event({
    summary: "A room that no longer fits a watched list. It may come for a room that the client never saw.",
    payload: Type.Object({ watch: Watch, room_id: Type.String() }),
    delivery: "ordinary",
  }),
  "room:list": event({
    summary:
      "The first page of a watched list anew, in place of all that the client has of it: changes were missed, or more than 20 rooms of it changed within 0.1 s. At most once in two seconds.",
    payload: Type.Object({ watch: Watch, ...Page }),
    delivery: "ordinary",
  }),
};
