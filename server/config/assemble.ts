/** From single values to the configuration: every setting at its field, what is made of several, and the rules between them. */
import { resolve } from "node:path";
import { COMPUTED, type DefaultsContext } from "./computed-defaults.ts";
import type { Config } from "./config.ts";
import { chooseKeys, hasKeys } from "./key-material.ts";
import {
  checkAdmin,
  checkAuth,
  checkStore,
  checkUnused,
  checkWebsocket,
  filterService,
  readNodeEnv,
  tlsFiles,
} from "./rules.ts";
import type { Env } from "./sources.ts";
import {
  type ComputedPath,
  fieldOf,
  SETTING_PATHS,
  type SettingPath,
  settingAt,
  type ValueOf,
} from "./tree.ts";
import type { Values } from "./values.ts";

export interface AssembleContext {
  readonly env: Env;
  readonly cwd: string;
}

/** Always gives a configuration; it may be used only if no problem was added. */
export function assemble(
  values: Values,
  context: AssembleContext,
  problems: string[],
  warnings: string[],
): Config {
  const { get, isWritten } = values;
  const production = readNodeEnv(context.env, warnings);
  const keysAreGiven = hasKeys(values);
  const known: Omit<DefaultsContext, "authMode"> = {
    production,
    hasKeys: keysAreGiven,
    hasAdminLogin: isWritten("admin.username") && isWritten("admin.password"),
    adminMode: get("admin.mode"),
  };
  const authMode = get("auth.mode") ?? COMPUTED["auth.mode"]({ ...known, authMode: "dev" });
  const circumstances = { ...known, authMode };

  const config = { production };
  for (const path of SETTING_PATHS) {
    const { input, unused } = settingAt(path).about;
    // Null is 'off'.
    const value = get(path) ?? computed(path, circumstances);
    if (!input && unused === undefined && value !== undefined) place(config, fieldOf(path), value);
  }
  const { keys, algorithms } = chooseKeys(values, { cwd: context.cwd, production }, problems, warnings);
  place(config, "auth.keys", keys);
  place(config, "auth.algorithms", algorithms);
  const audience = get("auth.audience");
  place(config, "auth.audience", audience?.length ? audience : undefined);
  place(config, "server.tls", tlsFiles(values, context.cwd, problems));
  place(config, "store.dataDir", resolve(context.cwd, get("store.data_dir") ?? ""));
  place(config, "upstream.secretHeader", get("upstream.secret_header")?.toLowerCase());
  place(config, "chat.filter.service", filterService(values, problems));

  checkAuth(values, authMode, production, problems);
  checkWebsocket(values, problems);
  checkStore(values, problems);
  checkAdmin(values, get("admin.enabled") ?? COMPUTED["admin.enabled"](circumstances), production, problems);
  checkUnused(values, warnings);
  // Each field of the type is a setting's, or was placed above.
  return config as unknown as Config;
}

const isComputed = (path: SettingPath): path is ComputedPath => Object.hasOwn(COMPUTED, path);

function computed(path: SettingPath, circumstances: DefaultsContext): ValueOf<ComputedPath> | undefined {
  return isComputed(path) ? COMPUTED[path](circumstances) : undefined;
}

/** Puts a value at a path of names with dots; an absent value is an absent key. */
function place(target: object, path: string, value: unknown): void {
  const names = path.split(".");
  const last = names.pop() ?? "";
  let at = target as Record<string, unknown>;
  for (const name of names) {
    at[name] ??= {};
    at = at[name] as Record<string, unknown>;
  }
  if (value === undefined) delete at[last];
  else at[last] = value;
}
