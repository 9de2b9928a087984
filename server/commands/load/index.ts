/** `muster load`: many users at once, for a server and a game of one's own. */
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import type { LoadResult } from "../../../load/report/result.ts";
import type { Tally } from "../../../load/report/tally.ts";
import { textOfResult } from "../../../load/report/text.ts";
import { type Command, EXIT, print, readConfig, say } from "../command.ts";
import { type LoadArguments, readLoadArguments, USAGE } from "./arguments.ts";
import { LoadRunError, textOf } from "./failures.ts";
import { findClient, tryServer } from "./preflight.ts";
import { planOf, runLoad } from "./run.ts";
import { loadScenario, SHIPPED } from "./scenario-file.ts";
import type { ServerFigures } from "./server-figures.ts";
import { secretTokens, supplyOf, type TokenPlan } from "./tokens.ts";

/** How often a line says how it goes, where no terminal shows it. */
const LINE_EVERY_S = 5;

async function list(): Promise<void> {
  const scenarios = await Promise.all(SHIPPED.map(async (name) => [name, await loadScenario(name)] as const));
  for (const [name, { summary, params = {} }] of scenarios) {
    print(`${name.padEnd(14)}${summary}`);
    for (const [key, value] of Object.entries(params)) print(`${" ".repeat(16)}--set ${key}=${value}`);
  }
}

function tokenPlanOf({ identity, tokenCommand }: LoadArguments): TokenPlan {
  if (identity !== "token") return { kind: identity };
  return tokenCommand === undefined
    ? secretTokens(readConfig().config)
    : { kind: "command", command: tokenCommand };
}

/** For `/metrics`: one that the environment names, or one with the role, where there is a key. */
function metricsTokenOf(plan: TokenPlan): () => Promise<string | undefined> {
  const { METRICS_TOKEN } = process.env;
  return async () => {
    if (METRICS_TOKEN) return METRICS_TOKEN;
    return plan.kind === "secret"
      ? supplyOf(plan).tokenFor("load-metrics", { roles: ["service"] })
      : undefined;
  };
}

/** A line for each second in a terminal, over the one before; elsewhere now and then. */
function progressOf({ quiet }: LoadArguments, users: number) {
  const isTerminal = process.stderr.isTTY === true;
  return {
    line(tally: Tally, second: number, server: ServerFigures | undefined): void {
      if (quiet || (!isTerminal && second % LINE_EVERY_S !== 0)) return;
      const { active, begun } = tally.users();
      const { done, failed } = tally.sinceLast();
      const seconds = isTerminal ? 1 : LINE_EVERY_S;
      const slowest = tally.slowest();
      const parts = [
        `${String(second).padStart(4)} s`,
        `${active} active of ${begun} users that came (${users})`,
        `${Math.round(done / seconds)}/s`,
        `${failed} failed`,
        ...(slowest === undefined ? [] : [`${slowest.name} p99 ${slowest.p99.toFixed(1)} ms`]),
        ...(server?.newest === undefined ? [] : [`server ${server.newest.cpu.toFixed(2)} cores`]),
      ];
      if (isTerminal) process.stderr.write(`\r\x1b[K${parts.join("  ")}`);
      else say(parts.join("  "));
    },
    end(): void {
      if (!quiet && isTerminal) process.stderr.write("\r\x1b[K");
    },
  };
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (cause) {
    throw new LoadRunError("report_not_written", `${file} can't be written: ${textOf(cause)}`, { cause });
  }
}

async function publish(result: LoadResult, { json, html }: LoadArguments): Promise<void> {
  (json === "-" ? say : print)(textOfResult(result));
  if (json === "-") print(JSON.stringify(result));
  else if (json !== undefined) await write(json, `${JSON.stringify(result, null, 1)}\n`);
  if (html === undefined) return;
  const { makePage } = await import("./html.ts");
  await write(html, await makePage(result));
}

/** The first Ctrl-C ends the run with a result, the second ends all at once. */
function untilInterrupted(): { readonly signal: AbortSignal; end(): void } {
  const interrupted = new AbortController();
  const interrupt = () => {
    if (interrupted.signal.aborted) process.exit(130);
    say("\nending; again to end at once");
    interrupted.abort();
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  return {
    signal: interrupted.signal,
    end: () => void process.off("SIGINT", interrupt).off("SIGTERM", interrupt),
  };
}

async function load(args: LoadArguments): Promise<number> {
  const client = await findClient();
  const scenario = await loadScenario(args.scenario);
  const plan = planOf(scenario, args);
  const tokens = tokenPlanOf(args);
  const user = `load-probe-${randomBytes(4).toString("hex")}`;
  for (const url of plan.urls) await tryServer(url, { tokens: supplyOf(tokens), user, client });
  const progress = progressOf(args, plan.users);
  const interruption = untilInterrupted();
  try {
    const result = await runLoad(args, {
      ...{ scenario, plan, tokens, metricsToken: metricsTokenOf(tokens) },
      onProgress: progress.line,
      interrupted: interruption.signal,
    });
    progress.end();
    await publish(result, args);
    return result.thresholds.every(({ passed }) => passed) ? EXIT.ok : EXIT.failed;
  } finally {
    interruption.end();
  }
}

export const loadCommand: Command = {
  usage: USAGE,
  async run(args) {
    const given = readLoadArguments(args);
    try {
      if (given !== undefined) return await load(given);
      await findClient();
      await list();
      return EXIT.ok;
    } catch (thrown) {
      if (!(thrown instanceof LoadRunError)) throw thrown;
      say(`muster load: ${thrown.code}: ${thrown.message}`);
      return thrown.exit;
    }
  },
};
