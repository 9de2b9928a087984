/** Settings read one by one; each mistake is one line, and reading goes on. */

import type { Sources } from "./sources.ts";
import { type SettingPath, settingAt, type ValueOf } from "./tree.ts";

export interface Values {
  /** The checked value, or the default where nothing (or nothing right) was written; undefined where there is none. */
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
    const { type, about } = settingAt(path);
    const problemsBefore = problems.length;
    const value = type.read(raw, (below, message) => problems.push(`${below} of ${where} ${message}`));
    if (value !== undefined) values.set(path, value);
    else if (problems.length === problemsBefore)
      problems.push(
        `${where}: ${about.secret ? "the value (not shown)" : shown(raw)} is not ${type.allowed}`,
      );
  }
  return {
    get: <P extends SettingPath>(path: P) =>
      (values.has(path) ? values.get(path) : defaultOf(path)) as ValueOf<P> | undefined,
    isWritten: (path) => sources.written.has(path),
    nameOf: (path) => sources.written.get(path)?.where ?? settingAt(path).about.env[0],
  };
}

function defaultOf(path: SettingPath): unknown {
  const { type, about } = settingAt(path);
  return about.default === undefined ? undefined : type.read(about.default);
}

/** In quotes, on one line, no longer than a line of a terminal. */
function shown(raw: unknown): string {
  const text = JSON.stringify(raw) ?? String(raw);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
