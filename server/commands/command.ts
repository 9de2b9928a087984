/** What the commands of `muster` have in common. */
import { type ParseArgsConfig, parseArgs } from "node:util";
import { didYouMean } from "../../core/did-you-mean.ts";
import { type Config, ConfigError, loadConfig } from "../config/index.ts";

/** Of sysexits(3), where there is a name for it. */
export const EXIT = { ok: 0, failed: 1, usage: 64, unavailable: 69, software: 70, config: 78 } as const;

export interface Command {
  /** All of its help: begins with `usage: muster …`. */
  readonly usage: string;
  /**
   * @returns the exit code
   * @throws UsageError, ConfigError, or any error whose message says what to do
   */
  run(args: readonly string[]): Promise<number>;
}

/** The arguments are wrong; the text says how. */
export class UsageError extends Error {}

export const print = (text: string) => void process.stdout.write(`${text}\n`);
/** On standard error, where it is not in the way of what a command prints. */
export const say = (text: string) => void process.stderr.write(`${text}\n`);

/** The same as `parseArgs` of Node, with the nearest name where one is not known. @throws UsageError */
export function readOptions<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const unknown = /^Unknown option '(-\S*)'/.exec(message)?.[1];
    if (unknown === undefined) throw new UsageError(message.split(". To specify")[0] ?? message);
    const known = Object.keys(config.options ?? {}).map((name) => `--${name}`);
    throw new UsageError(`${unknown} is not an option of this command${didYouMean(unknown, known)}`);
  }
}

/** For a command that takes nothing. @throws UsageError */
export function takesNothing(args: readonly string[]): void {
  if (args.length > 0) throw new UsageError(`${args[0]} is not an argument of this command`);
}

/** @throws UsageError where it is not one folder */
export function onlyFolder(positionals: readonly string[]): string {
  const [folder, ...others] = positionals;
  if (folder === undefined || folder === "") throw new UsageError("the folder of the backup is needed");
  if (others.length > 0) throw new UsageError(`${others.join(" ")}: one folder at a time`);
  return folder;
}

/** The server's own configuration, of the folder that the command runs in. @throws ConfigError */
export const readConfig = (): { readonly config: Config; readonly warnings: readonly string[] } =>
  loadConfig({ env: process.env });

export { ConfigError };
