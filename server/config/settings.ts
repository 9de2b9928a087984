/**
 * Every setting once: its place in the YAML file, its names in the environment (the first that is set counts), its kind and
 * its default. What depends on other settings is decided in rules.ts.
 */
import { ALGORITHMS } from "../auth/algorithms.ts";
import type { SettingType } from "./setting-types.ts";
import {
  boolean,
  choice,
  duration,
  integer,
  list,
  namedObjects,
  origin,
  rateRule,
  rateRules,
  redisUrl,
  roleRules,
  size,
  text,
  trustProxy,
  url,
} from "./setting-types.ts";

export interface Setting<T> {
  readonly kind: SettingType<T>;
  readonly env: readonly string[];
  /** Names that mean something else elsewhere: a later one gives way to an earlier without a word. */
  readonly fallbackEnv?: readonly string[];
  /** Never shown. */
  readonly secret?: true;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MANY = 1_000_000_000;

const setting = <T>(kind: SettingType<T>, ...env: string[]): Setting<T> => ({ kind, env });
const secret = (...env: string[]): Setting<string> => ({ kind: text("one line of text"), env, secret: true });
const path = (...env: string[]) => setting(text("the path of a file"), ...env);

const SETTINGS = {
  "websocket.enabled": setting(boolean, "WEBSOCKET_ENABLED"),
  "websocket.host": setting(text("a host name or address", 253), "WEBSOCKET_HOST"),
  "websocket.port": { ...setting(integer(0, 65_535), "WEBSOCKET_PORT"), fallbackEnv: ["PORT"] },
  "websocket.timeout": setting(duration(1000, 10 * MINUTE), "WEBSOCKET_TIMEOUT"),
  "websocket.read_buffer_size": setting(size(0, 2 ** 30), "WEBSOCKET_READ_BUFFER_SIZE"),
  "websocket.write_buffer_size": setting(size(0, 2 ** 30), "WEBSOCKET_WRITE_BUFFER_SIZE"),
  "websocket.max_message_size": setting(size(1024, 64 * 2 ** 20), "WEBSOCKET_MAX_MESSAGE_SIZE"),
  "websocket.ping_interval": setting(
    duration(100, HOUR),
    "WEBSOCKET_PING_INTERVAL",
    "WEBSOCKET_HEARTBEAT_INTERVAL",
  ),
  "websocket.pong_wait": setting(duration(200, HOUR), "WEBSOCKET_PONG_WAIT", "WEBSOCKET_CONNECTION_TIMEOUT"),
  "websocket.write_wait": setting(duration(100, 10 * MINUTE), "WEBSOCKET_WRITE_WAIT"),
  "websocket.cleanup_interval": setting(duration(1000, HOUR), "WEBSOCKET_CLEANUP_INTERVAL"),
  "websocket.limits.max_connections": setting(integer(0, 10_000_000), "WEBSOCKET_LIMITS_MAX_CONNECTIONS"),
  "websocket.limits.max_connections_per_user": setting(
    integer(0, 10_000_000),
    "WEBSOCKET_LIMITS_MAX_CONNECTIONS_PER_USER",
  ),
  "websocket.limits.max_connections_per_room": setting(
    integer(0, 10_000_000),
    "WEBSOCKET_LIMITS_MAX_CONNECTIONS_PER_ROOM",
  ),
  "server.tls_cert_file": path("TLS_CERT_FILE"),
  "server.tls_key_file": path("TLS_KEY_FILE"),
  "server.trust_proxy": setting(trustProxy, "TRUST_PROXY"),
  "server.public_metrics": setting(boolean, "PUBLIC_METRICS"),
  "server.compression": setting(boolean, "COMPRESSION"),
  "server.fast_broadcast": setting(boolean, "FAST_BROADCAST"),
  "server.drain_time": setting(duration(0, 10 * MINUTE), "DRAIN_TIME"),
  "auth.mode": setting(choice("dev", "jwt"), "AUTH_MODE"),
  "auth.secret": secret("JWT_SECRET"),
  "auth.secret_file": path("JWT_SECRET_FILE"),
  "auth.public_key_file": path("JWT_PUBLIC_KEY_FILE"),
  "auth.jwks_url": setting(url("an address", "https", "http"), "JWT_JWKS_URL"),
  "auth.algorithms": setting(
    list(
      {
        allowed: "",
        read: (raw: unknown) => ALGORITHMS.find((algorithm) => algorithm === raw),
      },
      `a list of ${ALGORITHMS.join(", ")}`,
    ),
    "JWT_ALGORITHMS",
  ),
  "auth.issuer": setting(text("the text of the claim iss"), "JWT_ISSUER"),
  "auth.audience": setting(
    list(text("one line of text"), "one text of the claim aud, or a list of them"),
    "JWT_AUDIENCE",
  ),
  "auth.user_claim": setting(text("the name of a claim", 128), "JWT_USER_CLAIM"),
  "auth.max_token_age": setting(duration(MINUTE, 3650 * DAY), "JWT_MAX_AGE"),
  "auth.api_key": secret("API_KEY"),
  "cors.origins": setting(
    list(origin, "a list of origins such as https://play.example.com (no path, no *)"),
    "CORS_ORIGINS",
  ),
  "admin.enabled": setting(boolean, "ADMIN_ENABLED"),
  "admin.username": setting(text("one line of text", 128), "ADMIN_USERNAME"),
  "admin.password": secret("ADMIN_PASSWORD"),
  "admin.mode": setting(choice("development", "production"), "ADMIN_MODE"),
  "store.redis_url": { ...setting(redisUrl, "REDIS_URL"), secret: true },
  "store.redis_password": secret("REDIS_PASSWORD"),
  "store.redis_sentinel_password": secret("REDIS_SENTINEL_PASSWORD"),
  "store.data_dir": setting(text("the path of a folder"), "DATA_DIR"),
  "log.level": setting(choice("fatal", "error", "warn", "info", "debug", "trace", "silent"), "LOG_LEVEL"),
  "log.format": setting(choice("ecs", "pretty"), "LOG_FORMAT"),
  "rate_limits.global": setting(rateRule, "RATE_LIMITS_GLOBAL"),
  "rate_limits.connection": setting(rateRule, "RATE_LIMITS_CONNECTION"),
  "rate_limits.user": setting(rateRule, "RATE_LIMITS_USER"),
  "rate_limits.events": setting(rateRules, "RATE_LIMITS_EVENTS"),
  "rate_limits.roles": setting(roleRules, "RATE_LIMITS_ROLES"),
  "rate_limits.longest_refusal": setting(duration(0, HOUR), "RATE_LIMITS_LONGEST_REFUSAL"),
  "grace.presence": setting(duration(0, HOUR), "GRACE_PRESENCE"),
  "grace.seat": setting(duration(0, HOUR), "GRACE_SEAT"),
  "grace.ticket": setting(duration(0, HOUR), "GRACE_TICKET"),
  "grace.device": setting(duration(MINUTE, 14 * DAY), "GRACE_DEVICE"),
  "retention.max_length": setting(integer(1, 1_000_000), "RETENTION_MAX_LENGTH"),
  "retention.ttl": setting(duration(MINUTE, 3650 * DAY), "RETENTION_TTL"),
  "retention.once": setting(duration(MINUTE, DAY), "RETENTION_ONCE"),
  "limits.inbox": setting(integer(10, 5_000), "LIMITS_INBOX"),
  "limits.inbox_per_sender": setting(integer(1, 5_000), "LIMITS_INBOX_PER_SENDER"),
  "limits.rooms": setting(integer(0, MANY), "LIMITS_ROOMS"),
  "limits.rooms_per_user": setting(integer(0, MANY), "LIMITS_ROOMS_PER_USER"),
  "limits.streams": setting(integer(0, MANY), "LIMITS_STREAMS"),
  "limits.streams_per_user": setting(integer(0, MANY), "LIMITS_STREAMS_PER_USER"),
  "limits.stored": setting(size(0, 2 ** 50), "LIMITS_STORED"),
  "limits.stored_per_user": setting(size(0, 2 ** 40), "LIMITS_STORED_PER_USER"),
  "limits.reports_per_user": setting(integer(0, MANY), "LIMITS_REPORTS_PER_USER"),
  "limits.game_rooms": setting(integer(0, MANY), "LIMITS_GAME_ROOMS"),
  "limits.game_rooms_per_user": setting(integer(1, 200), "LIMITS_GAME_ROOMS_PER_USER"),
  "limits.lonely_room": setting(duration(MINUTE, 365 * DAY), "LIMITS_LONELY_ROOM"),
  "limits.fights": setting(integer(0, MANY), "LIMITS_FIGHTS"),
  "limits.fights_per_user": setting(integer(1, 1_000), "LIMITS_FIGHTS_PER_USER"),
  "limits.parties": setting(integer(0, MANY), "LIMITS_PARTIES"),
  "limits.channels": setting(integer(0, MANY), "LIMITS_CHANNELS"),
  "limits.channels_per_user": setting(integer(0, MANY), "LIMITS_CHANNELS_PER_USER"),
  "limits.entities": setting(integer(0, MANY), "LIMITS_ENTITIES"),
  "limits.entities_per_zone": setting(integer(0, MANY), "LIMITS_ENTITIES_PER_ZONE"),
  "limits.entities_per_user": setting(integer(0, MANY), "LIMITS_ENTITIES_PER_USER"),
  "limits.zones": setting(integer(0, MANY), "LIMITS_ZONES"),
  "limits.zones_per_user": setting(integer(0, MANY), "LIMITS_ZONES_PER_USER"),
  "upstream.url": setting(url("an address", "http", "https"), "API_GATEWAY_URL"),
  "upstream.secret": secret("API_GATEWAY_SECRET"),
  "upstream.secret_header": setting(text("the name of a header", 64), "API_GATEWAY_SECRET_HEADER"),
  "upstream.timeout": setting(duration(50, MINUTE), "API_GATEWAY_TIMEOUT"),
  "matchmaking.local": setting(boolean, "MATCHMAKING_LOCAL"),
  "matchmaking.modes": setting(namedObjects, "MATCHMAKING_MODES"),
  "rooms.open_broadcast": setting(boolean, "ROOMS_OPEN_BROADCAST"),
  "chat.filter_words": setting(list(text("a word", 100), "a list of words"), "CHAT_FILTER_WORDS"),
  "chat.filter_action": setting(choice("mask", "refuse"), "CHAT_FILTER_ACTION"),
  "chat.filter_links": setting(choice("allow", "mend", "refuse"), "CHAT_FILTER_LINKS"),
  "chat.filter_repeats": setting(choice("allow", "mend", "refuse"), "CHAT_FILTER_REPEATS"),
  "chat.filter_shouting": setting(choice("allow", "mend", "refuse"), "CHAT_FILTER_SHOUTING"),
  "chat.filter_url": setting(url("an address", "http", "https"), "CHAT_FILTER_URL"),
  "chat.filter_secret": secret("CHAT_FILTER_SECRET"),
  "chat.filter_timeout": setting(duration(10, 10_000), "CHAT_FILTER_TIMEOUT"),
  "chat.filter_fallback": setting(choice("pass", "refuse"), "CHAT_FILTER_FALLBACK"),
  "presence.pushed_users": setting(integer(0, 100_000), "PRESENCE_PUSHED_USERS"),
} as const satisfies Readonly<Record<string, Setting<unknown>>>;

export type SettingPath = keyof typeof SETTINGS;
export type ValueOf<P extends SettingPath> = (typeof SETTINGS)[P] extends Setting<infer T> ? T : never;

export const SETTING_PATHS = Object.keys(SETTINGS) as readonly SettingPath[];
/** The union of what a setting's entry can hold. */
export const settingAt = (path: SettingPath): Setting<unknown> => SETTINGS[path];
