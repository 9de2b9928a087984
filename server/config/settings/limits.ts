/** Settings of how much there may be, how often, and for how long. */

import { section, setting } from "../setting.ts";
import {
  duration,
  integer,
  number,
  rateRule,
  rateRules,
  roleRules,
  size,
  unlimitedByZero,
} from "../setting-types.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const many = unlimitedByZero(integer(0, 1_000_000_000));

export const rateLimits = section(
  "How often events may come: sliding windows; off: no limit; as text 60/10s.",
  {
    global: setting(rateRule, {
      description: "All users together, on all workers.",
      default: "off",
      env: ["RATE_LIMITS_GLOBAL"],
    }),
    // Without a limit a single connection could keep a core busy with refusals.
    connection: setting(rateRule, {
      description: "All events of one connection.",
      default: { max: 200, window: "1s" },
      env: ["RATE_LIMITS_CONNECTION"],
    }),
    user: setting(rateRule, {
      description: "All events of one user, on all workers.",
      default: { max: 400, window: "1s" },
      env: ["RATE_LIMITS_USER"],
    }),
    address: setting(rateRule, {
      description:
        "New connections of one address, on each worker. Loopback addresses only where websocket.limits.max_connections_per_address is set.",
      default: { max: 2000, window: "10s" },
      env: ["RATE_LIMITS_ADDRESS"],
    }),
    guesses: setting(rateRule, {
      description:
        "Wrong join codes of one user, on all workers; all users of one address have ten times as many.",
      default: { max: 10, window: "1m" },
      env: ["RATE_LIMITS_GUESSES"],
    }),
    connection_bytes: setting(unlimitedByZero(size(0, 2 ** 40)), {
      description: "Bytes of messages of one connection in ten seconds; 0: no limit.",
      default: "20mb",
      env: ["RATE_LIMITS_CONNECTION_BYTES"],
    }),
    user_bytes: setting(unlimitedByZero(size(0, 2 ** 40)), {
      description: "Bytes of messages of one user in ten seconds, on all workers; 0: no limit.",
      default: "40mb",
      env: ["RATE_LIMITS_USER_BYTES"],
    }),
    events: setting(rateRules, {
      description:
        "By event, in place of what its contract says. In the environment chat_message=60/10s,roll=off.",
      default: {},
      example: { chat_message: { max: 60, window: "10s", burst: { max: 5, window: "1s" } } },
      env: ["RATE_LIMITS_EVENTS"],
    }),
    roles: setting(roleRules, {
      description: "By role and event, in place of these. In the environment as JSON.",
      default: {},
      example: { moderator: { chat_message: "300/10s" } },
      env: ["RATE_LIMITS_ROLES"],
    }),
    longest_refusal: setting(duration(0, HOUR), {
      description:
        "The longest refusal of a user that goes on although refused; 0: never longer than the window.",
      default: "1m",
      env: ["RATE_LIMITS_LONGEST_REFUSAL"],
    }),
  },
);

export const grace = section("How long a user may be away before it counts.", {
  presence: setting(duration(0, HOUR), {
    description: "Before a user is told as offline.",
    default: "10s",
    env: ["GRACE_PRESENCE"],
  }),
  seat: setting(duration(0, HOUR), {
    description: "Before a player loses a seat in a room, a match or a fight.",
    default: "30s",
    env: ["GRACE_SEAT"],
  }),
  ticket: setting(duration(0, HOUR), {
    description: "Before a ticket leaves the queue.",
    default: "30s",
    env: ["GRACE_TICKET"],
  }),
  device: setting(duration(MINUTE, 14 * DAY), {
    description:
      "How long reliable events wait for a device that acknowledges them; other clients do not end them meanwhile.",
    default: "1d",
    env: ["GRACE_DEVICE"],
  }),
});

export const retention = section("How long messages and results are kept.", {
  max_length: setting(integer(1, 1_000_000), {
    description: "Messages of a room or channel.",
    default: 10_000,
    env: ["RETENTION_MAX_LENGTH"],
  }),
  max_bytes: setting(size(64 * 1024, 2 ** 30), {
    description:
      "Bytes of the messages of a room or channel. Redis looks at each large message, and at some of the small ones.",
    default: "16mb",
    env: ["RETENTION_MAX_BYTES"],
  }),
  ttl: setting(duration(MINUTE, 3650 * DAY), {
    description: "How long the messages of a room or channel are kept after the last one.",
    default: "24h",
    env: ["RETENTION_TTL"],
  }),
  once: setting(duration(MINUTE, DAY), {
    description: "How long the result of a command with an id of the client's is given again.",
    default: "5m",
    env: ["RETENTION_ONCE"],
    field: "retention.onceTtlMs",
  }),
});

export const limits = section("How much there may be, on all workers; 0: no limit. See docs/operations.md.", {
  inbox: setting(integer(10, 5_000), {
    description:
      "Reliable events that wait for a user in a namespace: the server's own, and as many of players'.",
    default: 1000,
    env: ["LIMITS_INBOX"],
  }),
  inbox_per_sender: setting(integer(1, 5_000), {
    description: "Of the events of players that wait for a user: those of one player.",
    default: 100,
    env: ["LIMITS_INBOX_PER_SENDER"],
  }),
  rooms: setting(many, {
    description: "Rooms of / with members, and as many relay rooms.",
    default: 200_000,
    env: ["LIMITS_ROOMS"],
  }),
  rooms_per_user: setting(many, {
    description: "Rooms of each kind that the connections of one user are in.",
    default: 2000,
    env: ["LIMITS_ROOMS_PER_USER"],
  }),
  streams: setting(many, {
    description: "Rooms of / and private channels that come to be in 24 hours.",
    default: 2_000_000,
    env: ["LIMITS_STREAMS"],
  }),
  streams_per_user: setting(many, {
    description: "Of these, by one user.",
    default: 10_000,
    env: ["LIMITS_STREAMS_PER_USER"],
  }),
  stored: setting(unlimitedByZero(size(0, 2 ** 50)), {
    description: "What all users together have stored in 24 hours.",
    default: 0,
    env: ["LIMITS_STORED"],
  }),
  stored_per_user: setting(unlimitedByZero(size(0, 2 ** 40)), {
    description:
      "What one user has stored in 24 hours: messages, actions, rooms and fights; a tenth of the store at most, or a thousandth once it is half full.",
    default: "1gb",
    env: ["LIMITS_STORED_PER_USER"],
  }),
  reports_per_user: setting(many, {
    description: "Messages that one user reports in 24 hours.",
    default: 100,
    env: ["LIMITS_REPORTS_PER_USER"],
  }),
  game_rooms: setting(many, {
    description: "Rooms of /game. Matches come on top.",
    default: 20_000,
    env: ["LIMITS_GAME_ROOMS"],
  }),
  game_rooms_per_user: setting(integer(1, 200), {
    description: "Rooms of /game in which one user has a seat.",
    default: 20,
    env: ["LIMITS_GAME_ROOMS_PER_USER"],
  }),
  realtime_rooms: setting(integer(1, 10_000), {
    description: "Real-time rooms that run on one worker at the same time.",
    default: 200,
    env: ["LIMITS_REALTIME_ROOMS"],
  }),
  realtime_late_share: setting(number(0, 1), {
    description:
      "The share of late steps, for three seconds, above which a worker hands some of its real-time rooms to one that is less busy; 0: never.",
    default: 0.1,
    env: ["LIMITS_REALTIME_LATE_SHARE"],
  }),
  realtime_begin_elsewhere: setting(number(0, 1), {
    description:
      "The load of a worker from which new real-time rooms of its players begin on one with clearly less; 1: only where it is full.",
    default: 0.6,
    env: ["LIMITS_REALTIME_BEGIN_ELSEWHERE"],
  }),
  spectators: setting(many, {
    description: "Connections that watch one room of /game without a seat, on each worker.",
    default: 1000,
    env: ["LIMITS_SPECTATORS"],
  }),
  lonely_room: setting(duration(MINUTE, 365 * DAY), {
    description: "How long a room of /game waits whose owner stays alone.",
    default: "1h",
    env: ["LIMITS_LONELY_ROOM"],
  }),
  fights: setting(many, {
    description: "Fights of /combat that have not ended.",
    default: 20_000,
    env: ["LIMITS_FIGHTS"],
  }),
  fights_per_user: setting(integer(1, 1_000), {
    description: "Fights that one user has made or joined.",
    default: 100,
    env: ["LIMITS_FIGHTS_PER_USER"],
  }),
  parties: setting(many, {
    description: "Parties.",
    default: 100_000,
    env: ["LIMITS_PARTIES"],
  }),
  channels: setting(many, {
    description: "Named channels of /chat.",
    default: 10_000,
    env: ["LIMITS_CHANNELS"],
  }),
  channels_per_user: setting(many, {
    description: "Named channels that one moderator has made.",
    default: 1000,
    env: ["LIMITS_CHANNELS_PER_USER"],
  }),
  entities: setting(many, {
    description: "Entities of /world, without persistent ones.",
    default: 100_000,
    env: ["LIMITS_ENTITIES"],
  }),
  entities_per_zone: setting(many, {
    description: "Of these, in one zone.",
    default: 5000,
    env: ["LIMITS_ENTITIES_PER_ZONE"],
  }),
  entities_per_user: setting(many, {
    description: "Of these, of one user in all zones.",
    default: 500,
    env: ["LIMITS_ENTITIES_PER_USER"],
  }),
  persistent_entities: setting(many, {
    description: "Persistent entities of /world, in all zones.",
    default: 100_000,
    env: ["LIMITS_PERSISTENT_ENTITIES"],
  }),
  zones: setting(many, {
    description: "Zones that are open at a time, on each worker.",
    default: 10_000,
    env: ["LIMITS_ZONES"],
  }),
  zones_per_user: setting(many, {
    description: "Zones that one user opens in an hour.",
    default: 1000,
    env: ["LIMITS_ZONES_PER_USER"],
  }),
});
