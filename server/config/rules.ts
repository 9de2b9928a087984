/** Rules between settings, and what is made of several of them. */
import { accessSync, constants } from "node:fs";
import { resolve } from "node:path";
import type { Config } from "./config.ts";
import { hasKeys, isObvious } from "./key-material.ts";
import { inWords } from "./parse.ts";
import type { Env } from "./sources.ts";
import { SETTING_PATHS, settingAt } from "./tree.ts";
import type { Values } from "./values.ts";

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

export function readNodeEnv(env: Env, warnings: string[]): boolean {
  const name = env.NODE_ENV?.trim().toLowerCase() ?? "";
  if (name.startsWith("prod") && name !== "production")
    warnings.push(`NODE_ENV is ${JSON.stringify(env.NODE_ENV)}: only production is production`);
  return name === "production";
}

/** A warning for each setting that was written and has no effect. */
export function checkUnused({ isWritten, nameOf }: Values, warnings: string[]): void {
  for (const path of SETTING_PATHS) {
    const { unused } = settingAt(path).about;
    if (unused !== undefined && isWritten(path)) warnings.push(`${nameOf(path)} has no effect: ${unused}`);
  }
}

export function checkAuth(
  values: Values,
  mode: Config["auth"]["mode"],
  production: boolean,
  problems: string[],
): void {
  const { get, nameOf } = values;
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
  const userClaim = get("auth.user_claim");
  if (userClaim !== undefined && OTHER_CLAIMS.has(userClaim))
    problems.push(`${nameOf("auth.user_claim")}: ${userClaim} is a claim that means something else`);
}

export function checkWebsocket({ get, nameOf }: Values, problems: string[]): void {
  const pingIntervalMs = get("websocket.ping_interval") ?? 0;
  const pongWaitMs = get("websocket.pong_wait") ?? 0;
  if (pongWaitMs <= pingIntervalMs)
    problems.push(
      `${nameOf("websocket.pong_wait")} (${inWords(pongWaitMs)}) must be longer than ${nameOf("websocket.ping_interval")} (${inWords(pingIntervalMs)})`,
    );
}

export function checkStore({ get, nameOf }: Values, problems: string[]): void {
  if (get("store.redis_url") === undefined && (get("store.redis_replicas_confirm") ?? 0) > 0)
    problems.push(
      `${nameOf("store.redis_replicas_confirm")}: the embedded store has no replicas; give ${nameOf("store.redis_url")}, or leave it out`,
    );
}

export function filterService(
  { get, nameOf }: Values,
  problems: string[],
): Config["chat"]["filter"]["service"] {
  const url = get("chat.filter_url");
  const secret = get("chat.filter_secret");
  if (secret !== undefined && url === undefined)
    problems.push(`${nameOf("chat.filter_url")} is missing: a secret was given for the service there`);
  if (url === undefined) return undefined;
  return { url, ...(secret === undefined ? {} : { secret }) };
}

export function tlsFiles(values: Values, cwd: string, problems: string[]): Config["server"]["tls"] {
  const paths = ["server.tls_cert_file", "server.tls_key_file"] as const;
  const [certFile, keyFile] = paths.map((path) => readable(values, path, cwd, problems));
  const missing = paths.find((path) => !values.isWritten(path));
  if (missing !== undefined && paths.some(values.isWritten))
    problems.push(`${values.nameOf(missing)} is missing: a certificate and its key are given together`);
  return certFile === undefined || keyFile === undefined ? undefined : { certFile, keyFile };
}

function readable(
  values: Values,
  path: "server.tls_cert_file" | "server.tls_key_file",
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

export function checkAdmin(values: Values, enabled: boolean, production: boolean, problems: string[]): void {
  const { get, nameOf, isWritten } = values;
  if (isWritten("admin.username") !== isWritten("admin.password"))
    problems.push(
      `${nameOf(isWritten("admin.username") ? "admin.password" : "admin.username")} is missing: the dashboard's user and password are given together`,
    );
  else if (enabled && production && !isWritten("admin.password"))
    problems.push("ADMIN_USERNAME and ADMIN_PASSWORD are needed for the dashboard in production");
  const viewer = ["admin.viewer_username", "admin.viewer_password"] as const;
  const missing = viewer.find((path) => !isWritten(path));
  if (missing !== undefined && viewer.some(isWritten))
    problems.push(`${nameOf(missing)} is missing: a viewer's user and password are given together`);
  if (get("admin.viewer_username") !== undefined && get("admin.viewer_username") === get("admin.username"))
    problems.push(`${nameOf("admin.viewer_username")}: the viewer needs another name than admin.username`);
  for (const path of ["admin.password", "admin.viewer_password"] as const) {
    const given = get(path);
    if (production && given !== undefined && (given.length < MIN_PASSWORD || isObvious(given)))
      problems.push(
        `${nameOf(path)}: the password is easily guessed (${MIN_PASSWORD} characters are needed)`,
      );
  }
}
