/** The command line of `muster load`. */
import { availableParallelism } from "node:os";
import type { UserIdentity } from "../../../load/engine/crowd.ts";
import { parseThreshold, type Threshold } from "../../../load/report/thresholds.ts";
import { parseDuration } from "../../config/index.ts";
import { readOptions, UsageError } from "../command.ts";

export const USAGE = `usage: muster load SCENARIO [options]
Lets many users play a scenario on a server that runs already, and tells how quickly it answered.
SCENARIO is the name of a shipped one (--list), or a file (.ts, .js, .mjs) whose default export defineScenario has made.
  --url URL            the server; again for more workers, which users take in turn (MUSTER_URL, or http://127.0.0.1:3000)
  --users N            how many users; default: the scenario's, or 100
  --ramp 10s           over which time they come; default: the scenario's, or 10s
  --duration 30s       how long all of them stay; default: the scenario's, or 30s
  --processes N        load processes; default: one per 500 users, and at most one less than there are cores
  --set NAME=VALUE     a parameter of the scenario; may be given again
  --fail CONDITION     exit code 1 where it holds, such as 'p99:publish>50ms', 'error_rate>1%', 'server_cpu>0.9'; again for more
  --json FILE          the result as JSON; - prints it, and the text goes to standard error
  --html FILE          the report with plots, in one file that needs no network
  --token-command CMD  prints the token of the user $MUSTER_LOAD_USER; default: tokens are signed with JWT_SECRET
  --dev                users say who they are, without tokens: for a server with AUTH_MODE=dev
  --anonymous          without tokens or names: for scenarios of guests
  --metrics URL        whose /metrics are read; default: --url (with METRICS_TOKEN, where it is set); none: nobody's
  --seed N             of what users do by chance; default 1
  --quiet              no lines while it runs
  --list               the shipped scenarios with their parameters
  -h, --help           this text

Exit codes: 0 done, and no condition of --fail held; 1 one of them held; 64 wrong arguments, or no such scenario; 69 the server can't be
reached or refuses; 70 a load process died; 78 no key for tokens, or the configuration has mistakes.`;

const MOST_USERS = 200_000;
const MOST_PROCESSES = 64;
const USERS_PER_PROCESS = 500;
const DEFAULT_URL = "http://127.0.0.1:3000";
const LONGEST_MS = 24 * 3_600_000;

export interface LoadArguments {
  readonly scenario: string;
  readonly urls: readonly string[];
  readonly users: number | undefined;
  readonly rampMs: number | undefined;
  readonly durationMs: number | undefined;
  readonly processes: number | undefined;
  readonly set: readonly string[];
  readonly fail: readonly Threshold[];
  readonly json: string | undefined;
  readonly html: string | undefined;
  readonly tokenCommand: string | undefined;
  readonly identity: UserIdentity;
  /** Undefined: those of `urls`. */
  readonly metrics: readonly string[] | undefined;
  readonly seed: number;
  readonly quiet: boolean;
}

/** @returns undefined for `--list`. @throws UsageError */
export function readLoadArguments(args: readonly string[]): LoadArguments | undefined {
  const { values, positionals } = parse(args);
  if (values.list) return undefined;
  const [scenario, ...others] = positionals;
  if (scenario === undefined)
    throw new UsageError("the name of a scenario or its file is needed; --list has those that are shipped");
  if (others.length > 0) throw new UsageError(`${others.join(" ")}: one scenario at a time`);
  const sources = ["anonymous", "dev", "token-command"] as const;
  const chosen = sources.filter((name) => values[name] !== undefined).map((name) => `--${name}`);
  if (chosen.length > 1) throw new UsageError(`${chosen.join(" and ")} contradict each other`);
  const urls = values.url ?? [process.env.MUSTER_URL || DEFAULT_URL];
  for (const url of urls) checkUrl("--url", url);
  const metrics = values.metrics;
  for (const url of metrics ?? []) if (url !== "none") checkUrl("--metrics", url);
  return {
    ...{ scenario, urls, set: values.set ?? [], json: values.json, html: values.html },
    users: count("--users", values.users, MOST_USERS),
    processes: count("--processes", values.processes, MOST_PROCESSES),
    rampMs: duration("--ramp", values.ramp),
    durationMs: duration("--duration", values.duration),
    fail: (values.fail ?? []).map(thresholdOf),
    tokenCommand: values["token-command"],
    identity: values.dev ? "name" : values.anonymous ? "guest" : "token",
    metrics: metrics?.includes("none") ? [] : metrics,
    seed: count("--seed", values.seed, 2 ** 31) ?? 1,
    quiet: values.quiet ?? false,
  };
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  const texts = { type: "string", multiple: true } as const;
  const flag = { type: "boolean" } as const;
  return readOptions({
    args: [...args],
    allowPositionals: true,
    options: {
      ...{ url: texts, set: texts, fail: texts, metrics: texts },
      ...{ users: text, ramp: text, duration: text, processes: text, seed: text },
      ...{ json: text, html: text, "token-command": text },
      ...{ anonymous: flag, dev: flag, quiet: flag, list: flag },
    },
  });
}

function checkUrl(option: string, url: string): void {
  let parsed: URL | undefined;
  try {
    parsed = new URL(url);
  } catch {}
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol))
    throw new UsageError(`${option} ${url} is no address such as http://127.0.0.1:3000`);
  if (parsed.username !== "" || parsed.password !== "" || parsed.search !== "" || parsed.hash !== "")
    throw new UsageError(`${option} takes an address without user, query or fragment`);
}

function count(option: string, text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > most)
    throw new UsageError(`${option} is a whole number from 1 to ${most}`);
  return value;
}

function duration(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms === undefined || !(ms <= LONGEST_MS))
    throw new UsageError(`${option} is no duration such as 90s, 2m or 500ms, of a day at most`);
  return ms;
}

/** @throws UsageError */
export function thresholdOf(text: string): Threshold {
  try {
    return parseThreshold(text);
  } catch (thrown) {
    throw new UsageError(`--fail ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
}

/** Leaves a core to the server, where it is on this machine. */
export const usualProcesses = (users: number) =>
  Math.max(1, Math.min(availableParallelism() - 1, Math.ceil(users / USERS_PER_PROCESS), MOST_PROCESSES));
