/** Settings of what users do: rooms, chat, games, combat, the world, matchmaking. */

import { section, setting } from "../setting.ts";
import {
  boolean,
  choice,
  duration,
  integer,
  list,
  namedObjects,
  number,
  text,
  url,
  word,
} from "../setting-types.ts";
import { ZONE_SETTINGS, zones } from "./zones.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const treatment = choice("allow", "mend", "refuse");

export const upstream = section("A gateway that decides over commands of queues and games.", {
  url: setting(url("an address", "http", "https"), {
    description: "Where it is. Queueing and game actions are forwarded there.",
    example: "http://api-gateway:8080",
    env: ["API_GATEWAY_URL"],
  }),
  secret: setting(text("one line of text"), {
    description: "Sent along with each request.",
    env: ["API_GATEWAY_SECRET"],
    secret: true,
  }),
  secret_header: setting(text("the name of a header", 64), {
    description: "The header with the secret. authorization: as a bearer token; any other: as it is.",
    default: "authorization",
    env: ["API_GATEWAY_SECRET_HEADER"],
  }),
  timeout: setting(duration(50, MINUTE), {
    description: "How long a command waits for its answer.",
    default: "2s",
    env: ["API_GATEWAY_TIMEOUT"],
  }),
});

export const matchmaking = section("Queues and parties.", {
  local: setting(boolean, {
    description: "Whether the queue stays here although there is a gateway.",
    default: false,
    env: ["MATCHMAKING_LOCAL"],
  }),
  modes: setting(namedObjects, {
    description: "Modes by name, beside classic: docs/matchmaking.md. In the environment as JSON.",
    default: {},
    env: ["MATCHMAKING_MODES"],
  }),
  max_party_size: setting(integer(2, 64), {
    description: "Players in a party. A mode may take smaller parties only.",
    default: 16,
    env: ["MATCHMAKING_MAX_PARTY_SIZE"],
  }),
});

export const rooms = section("Rooms of /.", {
  open_broadcast: setting(boolean, {
    description: "Whether every user may broadcast on /, instead of the roles service and admin.",
    computed: "outside production",
    example: true,
    env: ["ROOMS_OPEN_BROADCAST"],
  }),
});

export const chat = section("Chat, and what its messages must not have.", {
  typing_time: setting(duration(100, 10 * MINUTE), {
    description: "How long a user types that does not say so again.",
    default: "6s",
    env: ["CHAT_TYPING_TIME"],
  }),
  filter_words: setting(list(text("a word", 100), "a list of words"), {
    description: "Words that messages must not have.",
    default: [],
    env: ["CHAT_FILTER_WORDS"],
    field: "chat.filter.words",
  }),
  filter_action: setting(choice("mask", "refuse"), {
    description: "mask puts stars in place of such a word; refuse refuses the message.",
    default: "mask",
    env: ["CHAT_FILTER_ACTION"],
    field: "chat.filter.action",
  }),
  filter_links: setting(treatment, {
    description: "Links: mend puts [link] in their place.",
    default: "allow",
    env: ["CHAT_FILTER_LINKS"],
    field: "chat.filter.links",
  }),
  filter_repeats: setting(treatment, {
    description: "aaaaaaaaaaaa (mend: fewer), and the same text again and again.",
    default: "allow",
    env: ["CHAT_FILTER_REPEATS"],
    field: "chat.filter.repeats",
  }),
  filter_shouting: setting(treatment, {
    description: "CAPITALS ONLY (mend: small letters).",
    default: "allow",
    env: ["CHAT_FILTER_SHOUTING"],
    field: "chat.filter.shouting",
  }),
  filter_url: setting(url("an address", "http", "https"), {
    description: "A service that decides over every message.",
    example: "http://filter:8080/judge",
    env: ["CHAT_FILTER_URL"],
    input: true,
  }),
  filter_secret: setting(text("one line of text"), {
    description: "Sent along to the service as a bearer token.",
    env: ["CHAT_FILTER_SECRET"],
    secret: true,
    input: true,
  }),
  filter_timeout: setting(duration(10, 10_000), {
    description: "How long a message waits for the service.",
    default: "1s",
    env: ["CHAT_FILTER_TIMEOUT"],
    field: "chat.filter.timeoutMs",
  }),
  filter_fallback: setting(choice("pass", "refuse"), {
    description: "What becomes of a message when the service does not answer.",
    default: "refuse",
    env: ["CHAT_FILTER_FALLBACK"],
    field: "chat.filter.fallback",
  }),
});

export const presence = section("The list of users in /game.", {
  pushed_users: setting(integer(0, 100_000), {
    description: "With more users than this the list is paged on request only.",
    default: 200,
    env: ["PRESENCE_PUSHED_USERS"],
  }),
});

export const game = section("Rooms of /game.", {
  default_game: setting(word(64), {
    description: "The game of a room that names none. Absent: relay.",
    example: "dash-dice",
    env: ["GAME_DEFAULT_GAME"],
  }),
  ended_room: setting(duration(1000, 30 * DAY), {
    description: "How long a room is kept after its game.",
    default: "10m",
    env: ["GAME_ENDED_ROOM"],
  }),
});

export const combat = section("Fights of /combat.", {
  turn_time: setting(duration(1000, HOUR), {
    description: "How long a turn may take, where combat_create does not say.",
    default: "30s",
    env: ["COMBAT_TURN_TIME"],
  }),
  join_time: setting(duration(1000, DAY), {
    description: "How long a fight waits for its players.",
    default: "60s",
    env: ["COMBAT_JOIN_TIME"],
  }),
  forfeit_after: setting(integer(1, 1000), {
    description: "Turns in a row that a player may let pass before it is out.",
    default: 3,
    env: ["COMBAT_FORFEIT_AFTER"],
  }),
  keep_ended: setting(duration(1000, 30 * DAY), {
    description: "How long an ended fight can still be looked at.",
    default: "1h",
    env: ["COMBAT_KEEP_ENDED"],
  }),
});

export const world = section("Movement in zones of /world.", {
  tick_hz: setting(number(0.1, 100), {
    description: "Frames a second.",
    default: 10,
    env: ["WORLD_TICK_HZ"],
  }),
  ...ZONE_SETTINGS,
  zones: setting(zones, {
    description: "Zones with settings of their own, which else hold as above. In the environment as JSON.",
    default: {},
    example: { arena: { view_distance: 40, max_players: 64 } },
    env: ["WORLD_ZONES"],
  }),
  only_named_zones: setting(boolean, {
    description: "Whether only the zones named in zones exist, instead of all that are entered.",
    default: false,
    env: ["WORLD_ONLY_NAMED_ZONES"],
  }),
  max_entities_per_user: setting(integer(0, 1_000_000), {
    description: "Entities that one user may have in a zone.",
    default: 100,
    env: ["WORLD_MAX_ENTITIES_PER_USER"],
  }),
  max_persistent_per_zone: setting(integer(0, 1_000_000), {
    description: "Persistent entities of a zone.",
    default: 1000,
    env: ["WORLD_MAX_PERSISTENT_PER_ZONE"],
  }),
});
