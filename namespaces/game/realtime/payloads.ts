/** The form of a real-time room's inputs and frames on the wire. */
import { Type } from "typebox";
import { MAX_INPUTS } from "../../../core/realtime/inputs.ts";

const Id = Type.String({ minLength: 1, maxLength: 200 });
const Tick = Type.Integer({ minimum: 0 });

export const GameInput = Type.Object({
  room_id: Id,
  epoch: Type.Optional(Type.Integer({ minimum: 0 })),
  inputs: Type.Array(Type.Unknown(), { maxItems: MAX_INPUTS }),
  got: Type.Optional(Tick),
  seen: Type.Optional(Tick),
});

/** In the form that the connection has asked for: by collection. */
const Changes = Type.Record(Type.String(), Type.Unknown());

export const GameFrame = Type.Object({
  room_id: Type.String(),
  epoch: Type.Integer(),
  tick: Type.Integer(),
  base: Type.Integer(),
  set: Type.Optional(Changes),
  gone: Type.Optional(Changes),
  own: Type.Optional(Changes),
  events: Type.Optional(Type.Array(Type.Unknown())),
  /** Changed entities that had no place in this frame; they follow. */
  rest: Type.Optional(Type.Integer()),
  /** Events that had no place in it; they are gone. */
  events_lost: Type.Optional(Type.Integer()),
  ack: Type.Integer(),
  lead: Type.Integer(),
  saved: Type.Optional(Type.Integer()),
  lost: Type.Optional(Type.Array(Type.Integer())),
  skipped: Type.Optional(Type.Integer()),
});

export const GameSync = Type.Object({
  room_id: Type.String(),
  epoch: Type.Integer(),
  tick: Type.Integer(),
  state: Changes,
  /** Absent: the objects form. */
  form: Type.Optional(Type.Literal("columns")),
  own: Type.Optional(Changes),
  /** The receiver's user id where it plays; null for a spectator. */
  you: Type.Union([Type.String(), Type.Null()]),
  ack: Type.Integer(),
  lead: Type.Integer(),
  saved: Type.Integer(),
  hz: Type.Integer(),
  send_every: Type.Integer(),
  reason: Type.Union([
    Type.Literal("joined"),
    Type.Literal("gap"),
    Type.Literal("takeover"),
    Type.Literal("asked"),
  ]),
});
