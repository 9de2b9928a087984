/** Shapes of the console's HTTP API: its queries and bodies, and what the OpenAPI document shows of answers. */
import { Type } from "typebox";
import { NAMESPACES } from "../../core/contract/contract.ts";
import { MAX_DURATION_S, Reason } from "../../namespaces/chat/model/payloads.ts";

const Id = Type.String({ minLength: 1, maxLength: 128 });
const Time = Type.String({ format: "date-time" });
const Count = Type.Integer({ minimum: 0 });
const Namespace = Type.Enum([...NAMESPACES]);
const Cursor = Type.Optional(
  Type.String({ minLength: 1, maxLength: 1_024, description: "The `cursor` of the page before." }),
);
const Limit = Type.Optional(
  Type.Integer({ minimum: 1, maximum: 200, description: "Items of a page. Default: 50." }),
);
const Before = Type.Optional(
  Type.Integer({ minimum: 1, description: "The `offset` of the first entry of the page after." }),
);
const NextCursor = Type.Optional(Type.String({ description: "For the next page; absent at the end." }));
const list = Type.Array;
const any = (description: string) => Type.Object({}, { additionalProperties: true, description });

export const PageQuery = Type.Object({ cursor: Cursor, limit: Limit });
export const BeforeQuery = Type.Object({ before: Before, limit: Limit });
export const LimitQuery = Type.Object({ limit: Limit });
export const UsersQuery = Type.Object({
  namespace: Type.Optional(Namespace),
  cursor: Cursor,
  limit: Limit,
});
export const ConnectionsQuery = Type.Object({
  user: Type.Optional(Id),
  namespace: Type.Optional(Namespace),
  cursor: Cursor,
  limit: Limit,
});
export const RoomsQuery = Type.Object({
  list: Type.Optional(
    Type.Enum(["followed", "public", "root", "relay"], {
      description:
        "followed (default): rooms and matches of `/game` that somebody is connected to; public: those of the lobby, newest first; root: rooms of `/`; relay: relay rooms.",
    }),
  ),
  cursor: Cursor,
  limit: Limit,
});
export const LogQuery = Type.Object({
  round: Type.Optional(Type.Integer({ minimum: 1, description: "Default: the present or last game." })),
  after: Type.Optional(
    Type.Integer({ minimum: 0, description: "The offset of the last step that is known." }),
  ),
  as: Type.Optional(
    Type.String({
      maxLength: 128,
      description: "With the state after each step as this user sees it; empty: as a spectator does.",
    }),
  ),
  limit: Limit,
});

export const LoginBody = Type.Object({
  username: Type.String({ minLength: 1, maxLength: 256 }),
  password: Type.String({ minLength: 1, maxLength: 256 }),
});
const Role = Type.Enum(["viewer", "operator"]);
export const LoginAnswer = Type.Object({
  session: Type.String({ description: "For `Authorization: Bearer`." }),
  name: Type.String(),
  role: Role,
  expires_in: Type.Integer({ description: "Seconds." }),
});
export const MeAnswer = Type.Object({ name: Type.String(), role: Role });
export const LogoutAnswer = Type.Object({ logged_out: Type.Literal(true) });

export const WorkersAnswer = Type.Object({
  at: Time,
  store: Type.Object({
    kind: Type.String(),
    healthy: Type.Boolean(),
    used_bytes: Type.Number(),
    capacity_bytes: Type.Optional(Type.Number()),
  }),
  workers: list(any("What a worker tells of itself; `silent` where it did not answer in time.")),
});
export const ConnectionsAnswer = Type.Object({
  connections: list(any("One connection in one namespace.")),
  cursor: NextCursor,
});
export const UsersAnswer = Type.Object({
  total: Count,
  users: list(Type.Object({ user_id: Type.String(), connections: Count })),
  cursor: NextCursor,
});
export const UserAnswer = Type.Object({
  user_id: Type.String(),
  connections: list(any("Of the user, on all workers; up to 200.")),
  presence: Type.Record(Type.String(), Count, { description: "Connections by namespace." }),
  rooms: list(any("Rooms and matches that the user has a seat in.")),
  queue: any("The user's ticket, match and party."),
  sanctions: any("In every channel: mute, kick, ban."),
  channels: list(Type.String(), { description: "Named channels that the user is in." }),
  waiting_events: Type.Record(Type.String(), Count, {
    description: "Reliable events that wait for a device, by namespace.",
  }),
});
export const RoomsAnswer = Type.Object({
  rooms: list(any("A room; of `/` and relay rooms the name and its connections.")),
  cursor: NextCursor,
});
export const RoomAnswer = Type.Object({
  room: any("The room."),
  is_realtime: Type.Boolean(),
  tick: Type.Optional(Type.Integer({ description: "Of a real-time game." })),
  views: list(any("The state as one player sees it; `user_id` null: a spectator.")),
  result: Type.Optional(Type.Unknown({ description: "Of the last game that ended here." })),
});
export const LogAnswer = Type.Object({
  room_id: Type.String(),
  game: Type.String(),
  round: Count,
  complete: Type.Boolean({ description: "Whether the log is kept from its beginning." }),
  last: Type.Integer({ description: "The offset of the newest step." }),
  steps: list(any("A step: its offset, its entry, and the state where it was asked for.")),
});
export const QueuesAnswer = Type.Object({ queues: list(any("A mode's queue.")) });
export const QueueAnswer = Type.Object({
  queue_size: Count,
  tickets: list(
    any("A ticket, with its `waiting_for`, which is absent in a queue of more than 5,000 tickets."),
  ),
  cursor: NextCursor,
});
export const TicketAnswer = Type.Object({
  ticket_id: Type.String(),
  game_mode: Type.String(),
  waits: Type.Boolean(),
  history: list(any("A step: joined, changed, left or matched.")),
  matches: list(any("Matches that took the ticket.")),
});
export const ChannelsAnswer = Type.Object({ channels: list(any("A named channel.")), cursor: NextCursor });
export const ChannelAnswer = Type.Object({
  channel: Type.String(),
  slow_s: Count,
  sanctions: list(any("A user's mute, kick or ban in this named channel.")),
  entries: list(any("A message, an edit, or an act of a moderator.")),
  offset: Count,
  has_more: Type.Boolean(),
});
export const EntriesAnswer = Type.Object({
  entries: list(any("An entry, oldest first.")),
  has_more: Type.Boolean(),
});
export const StreamsAnswer = Type.Object({
  streams: list(any("A stream that connections follow.")),
  cursor: NextCursor,
});
export const DeadlinesAnswer = Type.Object({
  total: Count,
  now: Time,
  deadlines: list(
    Type.Object({ partition: Type.String(), kind: Type.String(), id: Type.String(), at: Time }),
  ),
});

/** Whom an act concerns, where in `/chat`, and why. */
const concerned = {
  user_id: Id,
  channel: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 300,
      description:
        "`global`, a named channel, `guild:<id>`, `party:<id>` or `room:<room_id>`. Left out: everywhere in `/chat`.",
    }),
  ),
  reason: Type.Optional(Reason),
};
export const SanctionBody = Type.Object({
  ...concerned,
  duration_s: Type.Optional(
    Type.Integer({ minimum: 1, maximum: MAX_DURATION_S, description: "Left out: without an end." }),
  ),
});
export const PardonBody = Type.Object(concerned);
export const RevokeUserBody = Type.Object({ user_id: Id });
export const DisconnectBody = Type.Object({ user_id: Id, namespace: Type.Optional(Namespace) });
export const UserActed = Type.Object({
  user_id: Type.String(),
  tokens_until: Type.Optional(
    Type.String({
      format: "date-time",
      description: "Of a revocation: tokens issued up to then are refused.",
    }),
  ),
});
export const SanctionAnswer = Type.Object({ user_id: Type.String(), until: Type.Optional(Time) });
