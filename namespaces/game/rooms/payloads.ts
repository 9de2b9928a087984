/** The form of a room and its game on the wire. */
import { Type } from "typebox";
import { LABEL_NAME, MAX_LABEL_LENGTH, MAX_LABELS } from "../../../core/games/labels.ts";

export const LabelName = Type.String({ pattern: LABEL_NAME });
const Label = Type.Union([Type.String({ maxLength: MAX_LABEL_LENGTH }), Type.Number(), Type.Boolean()]);
/** What others find the room by. */
const Labels = Type.Record(LabelName, Label, { maxProperties: MAX_LABELS, additionalProperties: false });
export const GivenLabels = Type.Optional(Labels);
/** `null` takes a label away. */
export const ChangedLabels = Type.Optional(
  Type.Record(LabelName, Type.Union([...Label.anyOf, Type.Null()]), {
    maxProperties: 2 * MAX_LABELS,
    additionalProperties: false,
  }),
);
export const LabelValue = Label;

export const Player = Type.Object({
  user_id: Type.String(),
  name: Type.String(),
  /** False while the player's seat is held for the grace period. */
  connected: Type.Boolean(),
  /** True once the grace period was over during the game. */
  dropped: Type.Optional(Type.Literal(true)),
  team: Type.Optional(Type.Integer()),
});
export const RoomShape = Type.Object({
  room_id: Type.String(),
  name: Type.String(),
  game: Type.String(),
  owner: Type.String(),
  players: Type.Array(Player),
  max_players: Type.Integer(),
  private: Type.Boolean(),
  join_code: Type.Optional(Type.String()),
  phase: Type.Union([Type.Literal("lobby"), Type.Literal("playing"), Type.Literal("ended")]),
  /** ISO 8601. Absent in lists for a moment after an update of the server. */
  created_at: Type.Optional(Type.String()),
  /** Where there are any. */
  labels: GivenLabels,
  /** Of the game, where some were given. */
  options: Type.Optional(Type.Unknown()),
  /** Which game of the room this is, from 1 on; absent before the first. */
  round: Type.Optional(Type.Integer()),
  /** Once the game is over: who agrees to another. */
  rematch: Type.Optional(Type.Array(Type.String())),
});
/** A room that matchmaking made. */
export const MatchShape = Type.Intersect([
  RoomShape,
  Type.Object({ match_id: Type.String(), game_mode: Type.Optional(Type.String()) }),
]);
/** A step of a room's game, as its log has it. */
export const ReplayEntry = Type.Object({
  version: Type.Integer(),
  /** ISO 8601. */
  at: Type.String(),
  kind: Type.Union([
    Type.Literal("start"),
    Type.Literal("action"),
    Type.Literal("join"),
    Type.Literal("drop"),
    Type.Literal("timeout"),
    Type.Literal("end"),
  ]),
  /** All but `end`: the room's owner then, and what the generator gave. */
  owner: Type.Optional(Type.String()),
  draws: Type.Optional(Type.Array(Type.Integer())),
  /** `start`. */
  game: Type.Optional(Type.String()),
  players: Type.Optional(Type.Array(Type.String())),
  options: Type.Optional(Type.Unknown()),
  /** `start`: the team of each player that has one; `join`: that of the player who came. */
  teams: Type.Optional(Type.Record(Type.String(), Type.Integer())),
  team: Type.Optional(Type.Integer()),
  /** `action`, `join`, `drop`. */
  by: Type.Optional(Type.String()),
  action: Type.Optional(Type.String()),
  args: Type.Optional(Type.Unknown()),
  /** `end`. */
  result: Type.Optional(Type.Unknown()),
});
/** A part of the journal of a real-time game: what it goes on from, or what each tick took. */
export const JournalPart = Type.Union([
  Type.Object({
    kind: Type.Literal("snapshot"),
    game: Type.String(),
    /** ISO 8601. */
    at: Type.String(),
    seed: Type.Array(Type.Integer()),
    options: Type.Unknown(),
    epoch: Type.Integer(),
    players: Type.Array(Type.String()),
    acks: Type.Array(Type.Integer()),
    snapshot: Type.Unknown(),
  }),
  Type.Object({
    kind: Type.Literal("ticks"),
    epoch: Type.Integer(),
    from: Type.Integer(),
    players: Type.Optional(Type.Array(Type.String())),
    ticks: Type.Array(Type.Unknown()),
    /** Pairs of a tick and the hash of the state after it. */
    hashes: Type.Optional(Type.Array(Type.Unknown())),
  }),
]);
