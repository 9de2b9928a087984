/** Settings read one by one; each mistake is one line, and reading goes on. */

import { type SettingPath, settingAt, type ValueOf } from "./settings.ts";
import type { Sources } from "./sources.ts";

export interface Values {
  /** The checked value, or undefined where nothing (or nothing right) was written. */
  get<P extends SettingPath>(path: P): ValueOf<P> | undefined;
  /** Whether something was written, right or wrong: a wrong value is not reported as missing too. */
  isWritten(path: SettingPath): boolean;
  /** How to call the setting in a message: where it was written, or its variable. */
  nameOf(path: SettingPath): string;
}

/** @param problems gets a line for each wrong value */
export function readValues(sources: Sources, problems: string[]): Values {
  const values = new Map<SettingPath, unknown>();
  for (const [path, { raw, where }] of sources.written) {
    const { kind, secret } = settingAt(path);
    const value = kind.read(raw);
    if (value === undefined)
      problems.push(`${where}: ${secret ? "the value (not shown)" : shown(raw)} is not ${kind.allowed}`);
    else values.set(path, value);
  }
  return {
    get: <P extends SettingPath>(path: P) => values.get(path) as ValueOf<P> | undefined,
    isWritten: (path) => sources.written.has(path),
    nameOf: (path) => sources.written.get(path)?.where ?? settingAt(path).env[0] ?? path,
  };
}

/** In quotes, on one line, no longer than a line of a terminal. */
function shown(raw: unknown): string {
  const text = JSON.stringify(raw) ?? String(raw);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
