/** Shapes of what the console's HTTP API shows. A test compares each answer with them. */
import { type TSchema, Type } from "typebox";
import { NAMESPACES, ROLES } from "../../core/contract/contract.ts";
import { AuditItem } from "../../namespaces/chat/model/payloads.ts";
import { JournalPart, ReplayEntry, RoomShape } from "../../namespaces/game/rooms/payloads.ts";
import { matchmakingContract } from "../../namespaces/matchmaking/schema.ts";
import { fightFields } from "./routes/fights.ts";

const Id = Type.String();
const Time = Type.String({ format: "date-time" });
const Count = Type.Integer({ minimum: 0 });
const NextCursor = Type.Optional(Type.String({ description: "For the next page; absent at the end." }));
const list = Type.Array;
const optional = Type.Optional<TSchema>;
const byNamespace = (description: string) => Type.Record(Type.String(), Count, { description });

const HeardWorker = Type.Object({
  worker: Id,
  host: Type.String(),
  pid: Type.Integer(),
  node: Type.String({ description: "Its version of Node." }),
  uptime_s: Count,
  memory_bytes: Count,
  heap_bytes: Count,
  cpu_s: Type.Number(),
  sessions: byNamespace("Connections by namespace."),
  figures: Type.Record(Type.String(), Type.Number(), { description: "Counters since its start." }),
});
const SilentWorker = Type.Object(
  { worker: Id, silent: Type.Literal(true) },
  { description: "It did not answer in time." },
);
export const WorkersAnswer = Type.Object({
  at: Time,
  store: Type.Object({
    kind: Type.String(),
    healthy: Type.Boolean(),
    used_bytes: Type.Number(),
    capacity_bytes: Type.Optional(Type.Number()),
  }),
  workers: list(Type.Union([HeardWorker, SilentWorker])),
});

const Connection = Type.Object({
  id: Id,
  worker: Id,
  user_id: Id,
  name: Type.String(),
  roles: list(Type.Enum([...ROLES])),
  namespace: Type.Enum([...NAMESPACES]),
  transport: Type.String({ description: "websocket, polling or plain WebSocket." }),
  device: Type.Optional(Type.String({ description: "As its token or itself names it." })),
  address: Type.String(),
  connected_at: Time,
  reliable: Type.Boolean(),
  slow: Type.Boolean(),
  zone: Type.Optional(Type.String({ description: "Of `/world`: where it is." })),
});
export const ConnectionsAnswer = Type.Object({ connections: list(Connection), cursor: NextCursor });
export const UsersAnswer = Type.Object({
  total: Count,
  users: list(Type.Object({ user_id: Id, connections: Count })),
  cursor: NextCursor,
});

/** The join code lets others in: it is not shown. */
const { join_code: _, created_at: __, ...roomFields } = RoomShape.properties;
const Room = Type.Object({
  ...roomFields,
  match: Type.Boolean({ description: "Matchmaking made it." }),
  game_mode: Type.Optional(Type.String()),
  created_at: Time,
  version: Count,
  turn_ends_at: optional(Time),
});
const CountedRoom = Type.Object(
  { name: Type.String(), connections: Count },
  { description: "Of `/`, or a relay room." },
);

const ticket = {
  ticket_id: Id,
  game_mode: Type.String(),
  owner: Id,
  players: list(Type.Object({ user_id: Id, name: Type.String(), skill: Type.Optional(Type.Number()) })),
  party_id: Type.Optional(Id),
  skill: Type.Number(),
  region: Type.Optional(Type.String()),
  properties: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
  joined_at: Time,
  waited_s: Count,
  revision: Count,
};
const Match = Type.Object({
  match_id: Id,
  game_mode: Type.Optional(Type.String()),
  phase: Type.Optional(Type.Enum(["checking", "starting", "cancelled"])),
  teams: Type.Optional(list(list(Id))),
  accepted: Type.Optional(list(Id)),
  accept_by: optional(Time),
  cancelled: Type.Optional(Type.String({ description: "Why it was called off." })),
  culprits: Type.Optional(list(Id)),
});
const Sanction = Type.Object({
  by: Id,
  reason: Type.Optional(Type.String()),
  until: optional(Time),
});
const sanctions = { mute: optional(Sanction), kick: optional(Sanction), ban: optional(Sanction) };

export const UserAnswer = Type.Object({
  user_id: Id,
  connections: list(Connection, { description: "On all workers; up to 200." }),
  presence: byNamespace("Connections by namespace."),
  rooms: list(Room, { description: "Rooms and matches that the user has a seat in." }),
  fights: list(Type.Object(fightFields), {
    description: "That the user made or joined, newest first; ended ones go.",
  }),
  queue: Type.Object({
    ticket: Type.Optional(Type.Object(ticket)),
    match: Type.Optional(Match),
    entering_match: Type.Optional(Id),
    party_id: Type.Optional(Id),
    may_queue_at: optional(Time),
  }),
  sanctions: Type.Object(sanctions, { description: "In every channel." }),
  channels: list(Type.String(), { description: "Named channels that the user is in." }),
  waiting_events: byNamespace("Reliable events that wait for a device, by namespace."),
});
export const RoomsAnswer = Type.Object({
  rooms: list(Type.Union([Room, CountedRoom])),
  cursor: NextCursor,
});
export const RoomAnswer = Type.Object({
  room: Room,
  is_realtime: Type.Boolean(),
  tick: Type.Optional(Type.Integer({ description: "Of a real-time game." })),
  views: list(
    Type.Object({
      user_id: Type.Union([Id, Type.Null()], { description: "Null: a spectator." }),
      state: Type.Optional(Type.Unknown({ description: "As this player sees it." })),
      left_out: Type.Optional(Type.Literal(true, { description: "The answer would be too large with it." })),
    }),
  ),
  result: Type.Optional(Type.Unknown({ description: "Of the last game that ended here." })),
});
export const LogAnswer = Type.Object({
  room_id: Id,
  game: Type.String(),
  round: Count,
  complete: Type.Boolean({ description: "Whether the log is kept from its beginning." }),
  last: Type.Integer({ description: "The offset of the newest step." }),
  steps: list(
    Type.Object({
      offset: Count,
      entry: Type.Union([ReplayEntry, JournalPart]),
      state: Type.Optional(Type.Unknown({ description: "After it, where it was asked for." })),
    }),
  ),
});

export const QueuesAnswer = Type.Object({
  queues: list(
    Type.Object({
      game_mode: Type.String(),
      game: Type.String(),
      tickets: Count,
      matches_to_fill: Count,
      estimated_wait_s: Type.Number(),
      oldest_joined_at: optional(Time),
    }),
  ),
});
const { waiting_for: WaitingFor } = matchmakingContract.events.queue_status.payload.properties;
export const QueueAnswer = Type.Object({
  queue_size: Count,
  tickets: list(
    Type.Object({
      ...ticket,
      position: Count,
      waiting_for: Type.Optional(
        Type.Object(WaitingFor.properties, { description: "Absent in a queue of more than 5,000 tickets." }),
      ),
    }),
  ),
  cursor: NextCursor,
});
export const TicketAnswer = Type.Object({
  ticket_id: Id,
  game_mode: Type.String(),
  waits: Type.Boolean(),
  history: list(
    Type.Object({
      offset: Count,
      step: Type.Enum(["joined", "changed", "left", "matched"]),
      at: optional(Time),
      revision: Type.Optional(Count),
      skill: Type.Optional(Type.Number()),
      region: Type.Optional(Type.String()),
      match_id: Type.Optional(Id),
    }),
  ),
  matches: list(Match, { description: "Those that took the ticket." }),
});

export const ChannelsAnswer = Type.Object({
  channels: list(
    Type.Object({
      channel: Type.String(),
      access: Type.String(),
      description: Type.String(),
      members: Count,
    }),
  ),
  cursor: NextCursor,
});
const ChannelEntry = Type.Object({
  offset: Count,
  id: Id,
  at: Time,
  by: Id,
  kind: Type.Enum(["message", "edited", "deleted", "moderation", "member", "slow", "closed"]),
  name: Type.Optional(Type.String()),
  content: Type.Optional(Type.String()),
  reply_to: Type.Optional(Id),
  edited: Type.Optional(Type.Literal(true)),
  deleted: Type.Optional(Type.Literal(true)),
  message_id: Type.Optional(Id),
  author: Type.Optional(Id),
  action: Type.Optional(Type.String()),
  user_id: Type.Optional(Id),
  reason: Type.Optional(Type.String()),
  until: optional(Time),
  report: Type.Optional(
    Type.Object({ channel: Type.String(), channel_id: Id, message_id: Id, content: Type.String() }),
  ),
  change: Type.Optional(Type.Enum(["joined", "left", "removed"])),
  seconds: Type.Optional(Type.Number()),
});
const entries = { entries: list(ChannelEntry, { description: "Oldest first." }), has_more: Type.Boolean() };
export const ChannelAnswer = Type.Object({
  channel: Type.String(),
  slow_s: Count,
  sanctions: list(Type.Object({ user_id: Id, ...sanctions })),
  offset: Count,
  ...entries,
});
export const ReportsAnswer = Type.Object({ offset: Count, ...entries });
export const ModerationAnswer = Type.Object({
  entries: list(AuditItem, { description: "Oldest first." }),
  has_more: Type.Boolean(),
});
export const AuditAnswer = Type.Object({
  entries: list(
    Type.Object({
      offset: Count,
      at: Time,
      id: Id,
      by: Type.String(),
      address: Type.String(),
      action: Type.String(),
      input: Type.Object({}, { description: "What was asked for.", additionalProperties: true }),
      failed: Type.Optional(Type.String({ description: "The code of the failure." })),
    }),
    { description: "Oldest first." },
  ),
  has_more: Type.Boolean(),
});

export const StreamsAnswer = Type.Object({
  streams: list(
    Type.Object({
      partition: Type.String(),
      name: Type.String(),
      epoch: Type.String(),
      offset: Count,
      followers: Count,
      behind: Type.Integer({ minimum: 0, description: "Followers that still get what they missed." }),
      workers: Count,
    }),
  ),
  cursor: NextCursor,
});
export const DeadlinesAnswer = Type.Object({
  total: Count,
  now: Time,
  deadlines: list(
    Type.Object({ partition: Type.String(), kind: Type.String(), id: Type.String(), at: Time }),
  ),
});
