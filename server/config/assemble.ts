/** From single values to the configuration: defaults, and the rules between settings. */
import { accessSync, constants } from "node:fs";
import { resolve } from "node:path";
import type { AuthConfig, Config } from "./config.ts";
import { chooseKeys, hasKeys, isObvious } from "./key-material.ts";
import { assembleLimits } from "./limits.ts";
import { inWords } from "./setting-types.ts";
import type { SettingPath } from "./settings.ts";
import type { Env } from "./sources.ts";
import type { Values } from "./values.ts";

const DAY_MS = 86_400_000;
/** Without a limit a single connection could keep a core busy with refusals. */
const CONNECTION_RULE = { max: 200, windowMs: 1000 };
const USER_RULE = { max: 400, windowMs: 1000 };
const MIN_API_KEY = 24;
const MIN_PASSWORD = 12;
/** Claims that can be no user's id. */
const OTHER_CLAIMS: ReadonlySet<string> = new Set([
  "exp",
  "iat",
  "nbf",
  "iss",
  "aud",
  "jti",
  "roles",
  "skill",
]);

export interface Context {
  readonly env: Env;
  readonly cwd: string;
}

/** Always gives a configuration; it may be used only if no problem was added. */
export function assemble(values: Values, context: Context, problems: string[], warnings: string[]): Config {
  const { get } = values;
  const production = readNodeEnv(context.env, warnings);
  const auth = assembleAuth(values, context, production, problems, warnings);
  const tls = assembleTls(values, context.cwd, problems);
  for (const path of ["websocket.read_buffer_size", "websocket.write_buffer_size"] as const)
    if (values.isWritten(path))
      warnings.push(`${values.nameOf(path)} has no effect: Node has no such buffers to size`);
  return {
    production,
    server: {
      host: get("websocket.host") ?? (auth.mode === "dev" ? "127.0.0.1" : "0.0.0.0"),
      port: get("websocket.port") ?? 3000,
      plainEndpoints: get("websocket.enabled") ?? true,
      ...(tls === undefined ? {} : { tls }),
      trustProxy: get("server.trust_proxy") ?? 0,
      publicMetrics: get("server.public_metrics") ?? false,
      compression: get("server.compression") ?? false,
      fastBroadcast: get("server.fast_broadcast") ?? true,
      drainMs: get("server.drain_time") ?? 10_000,
    },
    websocket: assembleWebsocket(values, problems),
    auth,
    cors: { origins: get("cors.origins") ?? [] },
    admin: assembleAdmin(values, production, problems),
    store: {
      ...optional("redisUrl", get("store.redis_url")),
      ...optional("redisPassword", get("store.redis_password")),
      ...optional("redisSentinelPassword", get("store.redis_sentinel_password")),
      dataDir: resolve(context.cwd, get("store.data_dir") ?? "data"),
    },
    log: { level: get("log.level") ?? "info", format: get("log.format") ?? (production ? "ecs" : "pretty") },
    rateLimits: {
      ...optional("global", get("rate_limits.global") ?? undefined),
      ...optional("connection", orDefault(get("rate_limits.connection"), CONNECTION_RULE)),
      ...optional("user", orDefault(get("rate_limits.user"), USER_RULE)),
      events: get("rate_limits.events") ?? {},
      roles: get("rate_limits.roles") ?? {},
      longestRefusalMs: get("rate_limits.longest_refusal") ?? 60_000,
    },
    grace: {
      presenceMs: get("grace.presence") ?? 10_000,
      seatMs: get("grace.seat") ?? 30_000,
      ticketMs: get("grace.ticket") ?? 30_000,
      deviceMs: get("grace.device") ?? DAY_MS,
    },
    retention: {
      maxLength: get("retention.max_length") ?? 10_000,
      ttlMs: get("retention.ttl") ?? DAY_MS,
      onceTtlMs: get("retention.once") ?? 300_000,
    },
    limits: assembleLimits(values),
    upstream: {
      ...optional("url", get("upstream.url")),
      ...optional("secret", get("upstream.secret")),
      secretHeader: (get("upstream.secret_header") ?? "authorization").toLowerCase(),
      timeoutMs: get("upstream.timeout") ?? 2000,
    },
    matchmaking: { local: get("matchmaking.local") ?? false, modes: get("matchmaking.modes") ?? {} },
    rooms: { openBroadcast: get("rooms.open_broadcast") ?? !production },
    chat: {
      filter: assembleFilter(values, problems),
    },
    presence: { pushedUsers: get("presence.pushed_users") ?? 200 },
  };
}

function assembleFilter({ get, nameOf }: Values, problems: string[]): Config["chat"]["filter"] {
  const url = get("chat.filter_url");
  const secret = get("chat.filter_secret");
  if (secret !== undefined && url === undefined)
    problems.push(`${nameOf("chat.filter_url")} is missing: a secret was given for the service there`);
  return {
    words: get("chat.filter_words") ?? [],
    action: get("chat.filter_action") ?? "mask",
    links: get("chat.filter_links") ?? "allow",
    repeats: get("chat.filter_repeats") ?? "allow",
    shouting: get("chat.filter_shouting") ?? "allow",
    ...(url === undefined ? {} : { service: { url, ...optional("secret", secret) } }),
    timeoutMs: get("chat.filter_timeout") ?? 1000,
    fallback: get("chat.filter_fallback") ?? "refuse",
  };
}

/** `exactOptionalPropertyTypes`: an absent value is an absent key. */
function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: V });
}

/** Null is 'off', undefined is 'not said'. */
const orDefault = <V>(value: V | null | undefined, initial: V): V | undefined =>
  value === undefined ? initial : (value ?? undefined);

function readNodeEnv(env: Env, warnings: string[]): boolean {
  const name = env.NODE_ENV?.trim().toLowerCase() ?? "";
  if (name.startsWith("prod") && name !== "production")
    warnings.push(`NODE_ENV is ${JSON.stringify(env.NODE_ENV)}: only production is production`);
  return name === "production";
}

function assembleAuth(
  values: Values,
  context: Context,
  production: boolean,
  problems: string[],
  warnings: string[],
): AuthConfig {
  const { get, nameOf } = values;
  const mode = get("auth.mode") ?? (production || hasKeys(values) ? "jwt" : "dev");
  const { keys, algorithms } = chooseKeys(values, { cwd: context.cwd, production }, problems, warnings);
  if (production && mode === "dev")
    problems.push(
      `${nameOf("auth.mode")}: dev lets anybody in and is not for production; set jwt and a key, or leave NODE_ENV=production out`,
    );
  if (mode === "jwt" && !hasKeys(values))
    problems.push(
      "JWT_SECRET, JWT_SECRET_FILE, JWT_PUBLIC_KEY_FILE or JWT_JWKS_URL: one of them is needed to verify tokens",
    );
  const apiKey = get("auth.api_key");
  if (production && apiKey !== undefined && (apiKey.length < MIN_API_KEY || isObvious(apiKey)))
    problems.push(
      `${nameOf("auth.api_key")}: the key is easily guessed (${apiKey.length} characters; ${MIN_API_KEY} are needed); make one with: openssl rand -base64 32`,
    );
  const audience = get("auth.audience");
  const userClaim = get("auth.user_claim");
  if (userClaim !== undefined && OTHER_CLAIMS.has(userClaim))
    problems.push(`${nameOf("auth.user_claim")}: ${userClaim} is a claim that means something else`);
  return {
    mode,
    keys,
    algorithms,
    ...optional("issuer", get("auth.issuer")),
    ...optional("audience", audience?.length ? audience : undefined),
    ...optional("userClaim", userClaim),
    maxTokenAgeMs: get("auth.max_token_age") ?? 3650 * DAY_MS,
    ...optional("apiKey", apiKey),
  };
}

function assembleWebsocket(values: Values, problems: string[]): Config["websocket"] {
  const { get, nameOf } = values;
  const pingIntervalMs = get("websocket.ping_interval") ?? 54_000;
  const pongWaitMs = get("websocket.pong_wait") ?? 60_000;
  if (pongWaitMs <= pingIntervalMs)
    problems.push(
      `${nameOf("websocket.pong_wait")} (${inWords(pongWaitMs)}) must be longer than ${nameOf("websocket.ping_interval")} (${inWords(pingIntervalMs)})`,
    );
  return {
    timeoutMs: get("websocket.timeout") ?? 30_000,
    maxMessageBytes: get("websocket.max_message_size") ?? 512_000,
    pingIntervalMs,
    pongWaitMs,
    writeWaitMs: get("websocket.write_wait") ?? 10_000,
    cleanupIntervalMs: get("websocket.cleanup_interval") ?? 60_000,
    maxConnections: get("websocket.limits.max_connections") ?? 0,
    maxConnectionsPerUser: get("websocket.limits.max_connections_per_user") ?? 50,
    maxConnectionsPerRoom: get("websocket.limits.max_connections_per_room") ?? 0,
  };
}

function assembleTls(values: Values, cwd: string, problems: string[]): Config["server"]["tls"] {
  const paths = ["server.tls_cert_file", "server.tls_key_file"] as const;
  const [certFile, keyFile] = paths.map((path) => readable(values, path, cwd, problems));
  const missing = paths.find((path) => !values.isWritten(path));
  if (missing !== undefined && paths.some(values.isWritten))
    problems.push(`${values.nameOf(missing)} is missing: a certificate and its key are given together`);
  return certFile === undefined || keyFile === undefined ? undefined : { certFile, keyFile };
}

function readable(
  values: Values,
  path: SettingPath & ("server.tls_cert_file" | "server.tls_key_file"),
  cwd: string,
  problems: string[],
): string | undefined {
  const given = values.get(path);
  if (given === undefined) return undefined;
  const file = resolve(cwd, given);
  try {
    accessSync(file, constants.R_OK);
  } catch {
    problems.push(`${values.nameOf(path)}: ${file} cannot be read`);
  }
  return file;
}

function assembleAdmin(values: Values, production: boolean, problems: string[]): Config["admin"] {
  const { get, nameOf, isWritten } = values;
  const username = get("admin.username");
  const password = get("admin.password");
  const given = isWritten("admin.username") && isWritten("admin.password");
  const enabled = get("admin.enabled") ?? (given || !production);
  if (isWritten("admin.username") !== isWritten("admin.password"))
    problems.push(
      `${nameOf(isWritten("admin.username") ? "admin.password" : "admin.username")} is missing: the dashboard's user and password are given together`,
    );
  else if (enabled && production && !given)
    problems.push("ADMIN_USERNAME and ADMIN_PASSWORD are needed for the dashboard in production");
  if (production && password !== undefined && (password.length < MIN_PASSWORD || isObvious(password)))
    problems.push(
      `${nameOf("admin.password")}: the password is easily guessed (${MIN_PASSWORD} characters are needed)`,
    );
  return {
    enabled,
    ...optional("username", username),
    ...optional("password", password),
    mode: get("admin.mode") ?? (production ? "production" : "development"),
  };
}
