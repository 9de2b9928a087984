/** One run from its first user to its result. */
import { randomBytes } from "node:crypto";
import { availableParallelism, loadavg } from "node:os";
import { groupSizeOf, type LoadPlan } from "../../../load/engine/plan.ts";
import { type LoadResult, RESULT_KIND, RESULT_VERSION } from "../../../load/report/result.ts";
import { short, Tally } from "../../../load/report/tally.ts";
import { judge } from "../../../load/report/thresholds.ts";
import type { LoadParameters, Scenario } from "../../../load/scenario.ts";
import { packageVersion } from "../../package-version.ts";
import { type LoadArguments, thresholdOf, usualProcesses } from "./arguments.ts";
import { startCrew } from "./crew.ts";
import { LoadRunError } from "./failures.ts";
import { parametersOf } from "./scenario-file.ts";
import { type ServerFigures, watchServer } from "./server-figures.ts";
import type { TokenPlan } from "./tokens.ts";

const USERS = 100;
const RAMP_MS = 10_000;
const DURATION_MS = 30_000;

export interface RunContext {
  readonly scenario: Scenario;
  readonly plan: LoadPlan;
  readonly tokens: TokenPlan;
  /** For `/metrics`. */
  readonly metricsToken: () => Promise<string | undefined>;
  /** Called each second. */
  onProgress(tally: Tally, second: number, server: ServerFigures | undefined): void;
  /** Ends the run early, with a result. */
  readonly interrupted: AbortSignal;
}

/** @throws LoadRunError */
export function planOf(scenario: Scenario, args: LoadArguments): LoadPlan {
  const params = parametersOf(scenario, args.set);
  const users = args.users ?? scenario.users ?? USERS;
  let groupSize: number;
  try {
    groupSize = groupSizeOf(scenario, params);
  } catch (cause) {
    throw new LoadRunError("scenario_invalid", cause instanceof Error ? cause.message : String(cause));
  }
  const groups = Math.ceil(users / groupSize);
  return {
    run: randomBytes(4).toString("hex"),
    ...{ users, groupSize, params, seed: args.seed, urls: args.urls },
    processes: Math.min(args.processes ?? usualProcesses(users), groups),
    rampMs: args.rampMs ?? scenario.rampMs ?? RAMP_MS,
    durationMs: args.durationMs ?? scenario.durationMs ?? DURATION_MS,
  };
}

/** Names that say that a value is nobody's to read. */
const SECRET = /(^|_)(secret|token|password|passphrase|credential|key)s?($|_)/;
const HIDDEN = "(not shown)";

/** For reports, which are handed on: texts whose names say that they are secret are left out. */
export const shownParameters = (params: LoadParameters): LoadParameters =>
  Object.fromEntries(
    Object.entries(params).map(([name, value]) => [
      name,
      typeof value === "string" && value !== "" && SECRET.test(name) ? HIDDEN : value,
    ]),
  );

const planResult = ({
  run,
  urls,
  users,
  groupSize,
  processes,
  rampMs,
  durationMs,
  seed,
  params,
}: LoadPlan) => ({
  ...{ run, urls, users, group_size: groupSize, processes },
  ...{ ramp_seconds: rampMs / 1_000, duration_seconds: durationMs / 1_000, seed },
  params: shownParameters(params),
});

/** @throws LoadRunError */
export async function runLoad(args: LoadArguments, context: RunContext): Promise<LoadResult> {
  const { scenario, plan, tokens, interrupted, onProgress } = context;
  const thresholds = [...(scenario.fail ?? []).map(thresholdOf), ...args.fail];
  const tally = new Tally(plan.rampMs);
  let told = -1;
  let servers: ServerFigures[] = [];
  const crew = await startCrew({
    ...{ scenario: args.scenario, plan, tokens },
    onTick(process, tick) {
      tally.add(process, tick);
      const second = Math.floor(tick.second);
      if (second <= told) return;
      told = second;
      onProgress(tally, second, servers[0]);
    },
  });
  const stop = () => crew.stop();
  interrupted.addEventListener("abort", stop);
  try {
    const beganAt = crew.go();
    servers = (args.metrics ?? plan.urls.slice(0, 1)).map((url) =>
      watchServer({ url, token: context.metricsToken, beganAt }),
    );
    const { unfinished } = await crew.ended;
    const seconds = (Date.now() - beganAt) / 1_000;
    const server = await Promise.all(servers.splice(0).map((one) => one.close()));
    const ramp = Math.min(seconds, plan.rampMs / 1_000);
    const hold = Math.max(0, Math.min(seconds, (plan.rampMs + plan.durationMs) / 1_000) - ramp);
    const { begun, mostActive, left, restarts } = tally.users();
    const isShort = seconds < (plan.rampMs + plan.durationMs) / 1_000 - 0.5;
    const measured: Omit<LoadResult, "thresholds"> = {
      ...{ kind: RESULT_KIND, version: RESULT_VERSION },
      scenario: {
        ...{ name: scenario.name, file: args.scenario },
        ...(scenario.summary !== undefined && { summary: scenario.summary }),
      },
      began_at: new Date(beganAt).toISOString(),
      ...{ seconds: short(seconds), hold_seconds: short(hold) },
      ended: interrupted.aborted ? "interrupted" : isShort ? "all_users_left" : "time",
      plan: planResult(plan),
      users: { begun, most_active: mostActive, left, restarts },
      actions: tally.actions({ ramp, hold }),
      counters: tally.counters(hold),
      errors: tally.errors(),
      ...{ unfinished, server, processes: tally.processes(), points: tally.series.points() },
      machine: { cores: availableParallelism(), load_average: short(loadavg()[0] ?? 0) },
      ...{ node: process.version, muster: packageVersion() },
    };
    return { ...measured, thresholds: judge(thresholds, measured) };
  } finally {
    interrupted.removeEventListener("abort", stop);
    await Promise.all(servers.map((one) => one.close()));
    crew.close();
  }
}
