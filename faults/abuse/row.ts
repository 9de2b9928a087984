/** Makes a row of an abuse: one process on the embedded store, then two workers on one Redis, with bystanders before, during and after. */
import { setTimeout as delay } from "node:timers/promises";
import { checkEffects } from "../effects.ts";
import { ms } from "../figures.ts";
import type { Row, RowContext } from "../row.ts";
import { openStage, type Stage } from "../stage.ts";
import { until } from "../waiting.ts";
import { watchLogs } from "./logs.ts";
import { type Phase, watch } from "./measure.ts";
import { pinApart, unpin } from "./pinned.ts";
import type { Abuse, Target } from "./target.ts";

/** How the goals are judged. The short form runs beside other tests: there only what was refused and cut counts, and a sign of life. */
const GOALS = {
  full: { growthMb: 16, p99Share: 1.2, p99MoreMs: 5, tries: 2, forMs: 5_000 },
  quick: { growthMb: 150, p99Share: 1, p99MoreMs: 2_000, tries: 1, forMs: 1_500 },
};
const BACK_WITHIN_MS = 10_000;
/** Of one worker: each cause has a line, and one more a minute. The fuzzer meets nearly all that there are, about 120. */
const MAX_LOG_LINES = 250;

interface Outcome {
  readonly figures: string;
  readonly problems: readonly string[];
  /** The only problem is that bystanders waited longer: on a machine with other work it may be that work. */
  readonly onlySlow: boolean;
  readonly failed: number;
}

async function clientsOf(url: string): Promise<number> {
  const response = await fetch(`${url}/health`, { headers: { connection: "close" } });
  return ((await response.json()) as { clients: number }).clients;
}

async function once(abuse: Abuse, stage: Stage, store: string, context: RowContext): Promise<Outcome> {
  const { quick, draws, seconds, frames, progress } = context;
  const goals = quick ? GOALS.quick : GOALS.full;
  const forMs = seconds === undefined ? goals.forMs : seconds * 1_000;
  const [first, ...others] = stage.workers.map(({ url }) => url);
  if (first === undefined) throw new Error("there is no worker");
  const problems = new Set<string>();
  const counted = new Map<string, number>();
  const seen = await watch(stage);
  const isApart = pinApart([...stage.workers.map(({ pid }) => pid), stage.redis?.pid, seen.pid]);
  if (!isApart) progress(`${store}: attackers and workers share their cores`);
  try {
    await delay(forMs / 3);
    await seen.phase();
    await delay(forMs);
    const before = await seen.phase();
    const clients = await clientsOf(first);
    const logs = await watchLogs(stage);
    const endsAt = performance.now() + forMs;
    const target: Target = {
      urls: [first, ...others],
      draws: draws.fork(store),
      quick,
      frames,
      token: (user, claims) => logs.used(stage.token(user, claims)),
      goesOn: () => performance.now() < endsAt,
      note: (what, times = 1) => void counted.set(what, (counted.get(what) ?? 0) + times),
      expect: (isSo, what) => void (isSo || problems.add(`${store}: ${what}`)),
      progress: (text) => progress(`${store}: ${text}`),
    };
    await abuse.attack(target);
    const during = await seen.phase();
    await until("as many clients as before", async () => (await clientsOf(first)) <= clients, BACK_WITHIN_MS)
      .then((tookMs) => progress(`${store}: back after ${ms(tookMs)}`))
      .catch((err: Error) => problems.add(`${store}: ${err.message}`));
    await seen.phase();
    await delay(forMs);
    const after = await seen.phase();

    for (const worker of stage.workers) {
      if (!worker.alive || worker.unexpectedExits > 0)
        problems.add(`${store}: a worker ended: ${(await worker.tail()).slice(-500)}`);
      if (/uncaughtException|unhandledRejection/i.test(await worker.tail()))
        problems.add(`${store}: an error that nobody caught is in the log`);
    }
    const { lines, leak } = await logs.logged();
    if (lines > MAX_LOG_LINES) problems.add(`${store}: a worker wrote ${lines} lines to its log`);
    if (leak !== undefined) problems.add(`${store}: a token is in the log: ${leak}`);
    const growth = grown(before, [during, after]);
    if (growth > Math.max(goals.growthMb, abuse.maxGrowthMb ?? 0))
      problems.add(`${store}: a worker grew by ${growth.toFixed(0)} MB`);
    for (const phase of [during, after])
      if (phase.failed.length > 0)
        problems.add(
          `${store}: ${phase.failed.length} commands of bystanders failed: ${[...new Set(phase.failed)].join(", ")}`,
        );
    const onlySlow = problems.size === 0;
    const { p99Share, p99MoreMs } = abuse.unlimited ? GOALS.quick : goals;
    const mostMs = Math.max(before.p99 * p99Share, before.p99 + p99MoreMs);
    for (const [name, phase] of Object.entries({ during, after }))
      if (phase.p99 > mostMs || phase.answers === 0)
        problems.add(`${store}: p99 of bystanders ${name} is ${ms(phase.p99)}, before ${ms(before.p99)}`);
    const cpu = during.cpu.map((share) => `${(share * 100).toFixed(0)} %`).join(" + ");
    const exits = stage.workers.reduce((sum, { unexpectedExits }) => sum + unexpectedExits, 0);
    return {
      figures: `${store}: p99 ${ms(before.p99)} / ${ms(during.p99)} / ${ms(after.p99)}, RSS ${growth < 0 ? "" : "+"}${growth.toFixed(0)} MB, CPU ${cpu}, ${[...counted].map(([what, times]) => `${what}: ${times}`).join(", ")}, log lines ${lines}, exits ${exits}`,
      problems: [...problems],
      onlySlow: onlySlow && problems.size > 0,
      failed: during.failed.length + after.failed.length,
    };
  } finally {
    unpin();
    await seen.end();
  }
}

/** Of the worker that grew most. */
function grown(before: Phase, then: readonly Phase[]): number {
  const growths = before.rssMb.map((rss, at) => Math.max(...then.map((phase) => phase.rssMb[at] ?? 0)) - rss);
  return Math.max(...growths);
}

export function abuseRow(abuse: Abuse): Row {
  return {
    id: abuse.id,
    title: abuse.title,
    group: "abuse",
    tried: abuse.tried,
    mustHold: abuse.mustHold,
    async run(context) {
      const figures: string[] = [];
      const problems: string[] = [];
      let failed = 0;
      const stores = context.quick ? (["embedded"] as const) : (["embedded", "redis"] as const);
      for (const store of stores) {
        const stage = await openStage({
          store,
          appendFsync: "no",
          ...(abuse.unlimited ? {} : { limits: "default" }),
          // As a server logs that nobody has told otherwise.
          env: { LOG_LEVEL: "info", ...abuse.env },
        });
        try {
          let outcome = await once(abuse, stage, store, context);
          for (let left = (context.quick ? GOALS.quick : GOALS.full).tries - 1; left > 0; left--) {
            if (!outcome.onlySlow) break;
            context.progress(`${outcome.problems.join("; ")}: once more`);
            outcome = await once(abuse, stage, store, context);
          }
          context.progress(outcome.figures);
          figures.push(outcome.figures);
          problems.push(...outcome.problems);
          failed += outcome.failed;
        } finally {
          await stage.close();
        }
      }
      const verdict = checkEffects([
        { id: "commands of bystanders", answers: ["all"], effects: failed === 0 ? 1 : 0 },
      ]);
      return { verdict, figures: figures.join("; "), problems };
    },
  };
}
