/** Where settings are written: the YAML file and the environment. Finds them, and what is no setting at all. */
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseDocument } from "yaml";
import { closest, didYouMean } from "../../core/did-you-mean.ts";
import { SETTING_PATHS, type SettingPath, settingAt } from "./tree.ts";

export type Env = Readonly<Record<string, string | undefined>>;

/** What was written, and where: `WEBSOCKET_PORT`, or `websocket.port in config.yaml`. */
interface Written {
  readonly raw: unknown;
  readonly where: string;
}

export interface Sources {
  readonly written: ReadonlyMap<SettingPath, Written>;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

const PATHS: ReadonlySet<string> = new Set(SETTING_PATHS);
const isSetting = (path: string): path is SettingPath => PATHS.has(path);
const ENV_NAMES = [
  ...SETTING_PATHS.flatMap((path) => {
    const { env, fallbackEnv = [] } = settingAt(path).about;
    return [...env, ...fallbackEnv];
  }),
  "CONFIG_FILE",
  "NODE_ENV",
];
/** Names that begin like this are ours alone, so that an unknown one is a mistake. */
const OWN_PREFIX = /^(WEBSOCKET|RATE_LIMITS)_/;
/** Kubernetes tells every pod of a service called `websocket` in this form. */
const INJECTED = /_SERVICE_(HOST|PORT)|_PORT_\d+_(TCP|UDP)/;

/** The environment over the file. */
export function readSources(env: Env, cwd: string): Sources {
  const written = new Map<SettingPath, Written>();
  const problems: string[] = [];
  const warnings: string[] = [];
  readFile(env, cwd, written, problems);
  readEnvironment(env, written, problems);
  for (const name of Object.keys(env)) {
    if (ENV_NAMES.includes(name) || INJECTED.test(name)) continue;
    if (OWN_PREFIX.test(name)) problems.push(`${name} is not a setting${didYouMean(name, ENV_NAMES)}`);
    else if (name.length > 6 && closest(name, ENV_NAMES, 2) !== undefined)
      warnings.push(`${name} is not a setting${didYouMean(name, ENV_NAMES)}`);
  }
  return { written, problems, warnings };
}

function readEnvironment(env: Env, written: Map<SettingPath, Written>, problems: string[]): void {
  for (const path of SETTING_PATHS) {
    const { env: names, fallbackEnv = [] } = settingAt(path).about;
    const given = names.filter((name) => isSet(env[name]));
    const [first, ...others] = given.length > 0 ? given : fallbackEnv.filter((name) => isSet(env[name]));
    if (first === undefined) continue;
    written.set(path, { raw: env[first], where: first });
    for (const other of others)
      if (env[other] !== env[first])
        problems.push(
          `${first} and ${other} name the same setting and have different values: set one of them`,
        );
  }
}

/** A variable that is empty (`JWT_SECRET=` in a compose file) is not set. */
const isSet = (value: string | undefined) => value !== undefined && value.trim() !== "";

function readFile(env: Env, cwd: string, written: Map<SettingPath, Written>, problems: string[]): void {
  const named = isSet(env.CONFIG_FILE) ? env.CONFIG_FILE : undefined;
  const file = named ?? "config.yaml";
  const absolute = resolve(cwd, file);
  if (named === undefined && !existsSync(absolute)) return;
  try {
    const document = parseDocument(readFileSync(absolute, "utf8"), { prettyErrors: true });
    for (const error of document.errors)
      problems.push(`${file}: ${error.message.split("\n")[0] ?? error.code}`);
    // Maps instead of objects, so that no key of the file means anything to JavaScript.
    if (document.errors.length === 0) collect(document.toJS({ mapAsMap: true }), "", file, written, problems);
  } catch (cause) {
    const reason = cause instanceof Error && "code" in cause ? String(cause.code) : "it is not YAML";
    problems.push(`${named === undefined ? file : `CONFIG_FILE: ${file}`} cannot be read (${reason})`);
  }
}

function collect(
  node: unknown,
  prefix: string,
  file: string,
  written: Map<SettingPath, Written>,
  problems: string[],
): void {
  if (node === null || node === undefined) return;
  if (!(node instanceof Map)) {
    problems.push(`${prefix === "" ? file : `${prefix} in ${file}`} is not a section of settings`);
    return;
  }
  for (const [key, value] of node as Map<unknown, unknown>) {
    const path = prefix === "" ? String(key) : `${prefix}.${key}`;
    if (isSetting(path)) {
      if (value !== null) written.set(path, { raw: plain(value), where: `${path} in ${file}` });
    } else if (SETTING_PATHS.some((known) => known.startsWith(`${path}.`))) {
      collect(value, path, file, written, problems);
    } else problems.push(`${path} in ${file} is not a setting${didYouMean(path, siblings(prefix))}`);
  }
}

/** The names that could stand beside an unknown one, and every full path for a key in the wrong section. */
function siblings(prefix: string): readonly string[] {
  const depth = prefix === "" ? 1 : prefix.split(".").length + 1;
  return [...SETTING_PATHS.map((path) => path.split(".").slice(0, depth).join(".")), ...SETTING_PATHS];
}

/** Maps as objects; `fromEntries` defines even `__proto__` as a key like any other. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!(value instanceof Map)) return value;
  return Object.fromEntries([...value].map(([key, inner]) => [String(key), plain(inner)]));
}
