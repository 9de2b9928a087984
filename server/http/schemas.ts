/** Shapes of the HTTP API: what validates bodies, and what the OpenAPI document shows. */
import { Type } from "typebox";
import { NAMESPACES, ROLES } from "../../core/contract/contract.ts";

const Id = Type.String({ minLength: 1, maxLength: 128 });
const Count = Type.Integer({ minimum: 0 });
const IsoTime = Type.String({ format: "date-time" });

export const ErrorBody = Type.Object({
  error: Type.Object(
    { code: Type.String(), message: Type.String(), retry_after_ms: Type.Optional(Type.Number()) },
    { additionalProperties: true },
  ),
});

/** Exactly one target of four is checked by the route: a schema's own words for it would help nobody. */
export const BroadcastBody = Type.Object({
  user_id: Type.Optional(Id),
  /** More than 1,000 are answered with 413, which a schema cannot say. */
  user_ids: Type.Optional(Type.Array(Id, { minItems: 1, description: "At most 1,000." })),
  room: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 300,
      description: "As clients of the namespace name it; `namespace` goes with it.",
    }),
  ),
  namespace: Type.Optional(
    Type.Enum([...NAMESPACES], {
      description:
        "Alone: everybody there. With users: only their connections there. With a room: whose room it is.",
    }),
  ),
  message_type: Type.String({
    pattern: "^[A-Za-z][A-Za-z0-9_:.-]{0,127}$",
    description: "The name of the event that clients get.",
  }),
  data: Type.Optional(
    Type.Unknown({ description: "The payload. An object, but on `/`, where anything is sent as `data`." }),
  ),
  reliable: Type.Optional(
    Type.Boolean({ description: "Kept until each user has acknowledged it; reaches at most 1,000 users." }),
  ),
});

export const BroadcastAnswer = Type.Object({
  delivered_to: Type.Integer({ minimum: 0, description: "Users with a connection that was told of it." }),
  queued_for: Type.Integer({
    minimum: 0,
    description: "Users for whom a reliable event waits, with no connection where it is kept.",
  }),
});

export const StatisticsAnswer = Type.Object({
  connections: Type.Integer({
    minimum: 0,
    description: "Transport connections of all workers; each carries up to one connection per namespace.",
  }),
  users: Type.Integer({
    minimum: 0,
    description: "Users with a connection; past 10,000 a user on two workers counts twice.",
  }),
  rooms: Type.Integer({ minimum: 0, description: "Rooms of `/` with members." }),
  relay_rooms: Type.Integer({ minimum: 0, description: "Relay rooms with members." }),
  namespaces: Type.Record(Type.String(), Type.Object({ users: Count, connections: Count })),
  queues: Type.Record(Type.String(), Count, { description: "Tickets that wait, by mode." }),
  workers: Type.Array(
    Type.Object({
      worker: Type.String(),
      ...{ clients: Count, users: Count, uptime_s: Count },
      load: Type.Number({ minimum: 0, maximum: 1, description: "From 0 (idle) to 1 (nothing more fits)." }),
    }),
  ),
  uptime_s: Type.Integer({ minimum: 0, description: "Since the oldest worker that lives was started." }),
  timestamp: IsoTime,
});

export const HealthAnswer = Type.Object({
  status: Type.Enum(["healthy", "degraded"]),
  clients: Type.Integer({
    minimum: 0,
    description: "Transport connections of all workers; of this one alone while the store is away.",
  }),
  rooms: Type.Integer({ minimum: 0, description: "Rooms of `/` with members on any worker." }),
  reasons: Type.Optional(
    Type.Array(Type.String(), {
      description:
        "While degraded. In production what exactly is wrong is for operators; others get a fixed text.",
    }),
  ),
});
export const ReadyAnswer = Type.Object({
  ready: Type.Boolean(),
  store: Type.Boolean({ description: "Whether this worker has the store." }),
  reason: Type.Optional(Type.String()),
});

const Figures = Type.Object({
  uptime_s: Type.Number(),
  connections: Type.Object({ active: Count, total: Count, errors: Count }),
  messages: Type.Object({ received: Count, sent: Count, errors: Count, per_second: Type.Number() }),
  bytes: Type.Object({ received: Count, sent: Count }),
  latency_ms: Type.Object({
    average: Type.Number(),
    p50: Type.Number(),
    p95: Type.Number(),
    p99: Type.Number(),
  }),
  rooms: Type.Record(Type.String(), Type.Object({ rooms: Type.Optional(Count), members: Count })),
  queues: Type.Record(Type.String(), Count),
  rate_limited: Type.Record(Type.String(), Count),
  slow_clients_cut: Count,
});
export const MetricsAnswer = Type.Object({ report: Type.String(), timestamp: IsoTime, metrics: Figures });

export const RevokeBody = Type.Object({
  user_id: Type.Optional(Id),
  jti: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
});
export const RevokeAnswer = Type.Object({
  revoked: Type.Literal(true),
  user_id: Type.Optional(Type.String()),
  jti: Type.Optional(Type.String()),
  tokens_until: Type.String({ format: "date-time", description: "Tokens issued up to then are refused." }),
});

export const DevTokenBody = Type.Object({
  user_id: Id,
  name: Type.Optional(Type.String({ maxLength: 64 })),
  roles: Type.Optional(Type.Array(Type.Enum([...ROLES]), { maxItems: ROLES.length })),
  ttl_s: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 86_400, description: "How long it is good for. Default: a day." }),
  ),
});
export const DevTokenAnswer = Type.Object({ token: Type.String(), expires_in: Type.Number() });

export const GlobalStats = Type.Object({
  total_connections: Type.Integer({ minimum: 0, description: "Transport connections of all workers." }),
  timestamp: IsoTime,
});
export const RoomStats = Type.Object({
  room_id: Type.String(),
  connection_count: Type.Integer({
    minimum: 0,
    description: "Connections in the room, on all workers; also those that are not listed.",
  }),
  connections: Type.Array(
    Type.Object({
      id: Type.String(),
      room_id: Type.String(),
      user_id: Type.String(),
      client_id: Type.String(),
      connected_at: IsoTime,
    }),
    { description: "At most 1,000 of each worker." },
  ),
  timestamp: IsoTime,
});
