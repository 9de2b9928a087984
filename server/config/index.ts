/** Reads the configuration from a YAML file and the environment, checks all of it, and freezes it. */
import { assemble } from "./assemble.ts";
import type { Config } from "./config.ts";
import { type Env, readSources } from "./sources.ts";
import { readValues } from "./values.ts";

export type { AuthConfig, Config } from "./config.ts";
export { toSettings } from "./config.ts";
export { parseDuration } from "./parse.ts";

/** The configuration has mistakes: all of them, a line each. The process says them and exits with 78 (EX_CONFIG). */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the configuration has mistakes:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/**
 * @param options.env usually `process.env`; it wins over the file
 * @param options.cwd where `config.yaml` is looked for and relative paths begin
 * @throws ConfigError with every mistake; it never holds a secret
 */
export function loadConfig(options: { readonly env: Env; readonly cwd?: string }): {
  readonly config: Config;
  readonly warnings: readonly string[];
} {
  const context = { env: options.env, cwd: options.cwd ?? process.cwd() };
  const sources = readSources(context.env, context.cwd);
  const problems = [...sources.problems];
  const warnings = [...sources.warnings];
  const config = assemble(readValues(sources, problems), context, problems, warnings);
  if (problems.length > 0) throw new ConfigError(problems);
  return { config: deepFreeze(config), warnings };
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
