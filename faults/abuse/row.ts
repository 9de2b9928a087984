/** Makes a row of an abuse: one process on the embedded store, then two workers under PM2 on one Redis, with bystanders before, during and after. */
import { setTimeout as delay } from "node:timers/promises";
import { checkEffects } from "../effects.ts";
import { ms, percentile } from "../figures.ts";
import type { Row, RowContext } from "../row.ts";
import { until } from "../waiting.ts";
import { lagOf } from "./herd.ts";
import { watchLogs } from "./logs.ts";
import { type Phase, type Watch, watch } from "./measure.ts";
import { setApart, setTogether } from "./pinned.ts";
import { openScene, type Scene } from "./scene.ts";
import type { Abuse, Target } from "./target.ts";

/**
 * How the goals are judged. The short form runs beside other tests: there only what was refused and cut counts, and a sign of life.
 *
 * Of memory two things are judged: what a worker holds of an abuse once its garbage is collected, and by how much it grows meanwhile.
 * V8 lets its young generation grow to 48 MB under any load, and gives pages back late: that much is no abuse's.
 */
const GOALS = {
  full: { heldMb: 16, growthMb: 96, p99Share: 1.2, p99MoreMs: 5, tries: 2, times: 2, forMs: 5_000 },
  quick: { heldMb: 60, growthMb: 200, p99Share: 1, p99MoreMs: 2_000, tries: 1, times: 1, forMs: 1_500 },
};
const BACK_WITHIN_MS = 10_000;
const SETTLE_MS = 500;
const LAG_EVERY_MS = 500;
/** Of one worker in the first minute, and in each further one: each cause has a line a minute. The fuzzer meets nearly all that there are. */
const MAX_LOG_LINES = { first: 250, more: 130 };

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

async function clientsOfAll(urls: readonly string[]): Promise<number> {
  const counts = await Promise.all([...new Set(urls)].map(clientsOf));
  return counts.reduce((sum, count) => sum + count, 0);
}

async function once(abuse: Abuse, scene: Scene, context: RowContext): Promise<Outcome> {
  const { name: store, workers } = scene;
  const { quick, draws, seconds, frames, progress } = context;
  const goals = quick ? GOALS.quick : GOALS.full;
  const forMs = seconds === undefined ? goals.forMs : seconds * 1_000;
  const urls = workers.map(({ url }) => url);
  const [first, ...others] = urls;
  if (first === undefined) throw new Error("there is no worker");
  const problems = new Set<string>();
  const counted = new Map<string, number>();
  const seen = await watch(scene);
  const lags: number[] = [];
  const looking = setInterval(() => void lagOf(first).then((lag) => lags.push(lag)), LAG_EVERY_MS);
  const shared = setApart({
    workers: workers.map(({ pid }) => pid),
    bystanders: seen.pid,
    others: [scene.redisPid],
  });
  for (const text of shared) progress(`${store}: ${text}`);
  try {
    await delay(forMs / 3);
    const heldBefore = await scene.heldMb();
    // What waited meanwhile is told ten times a second.
    await delay(SETTLE_MS);
    await seen.phase();
    await delay(forMs);
    const before = await seen.phase();
    const clients = await clientsOfAll(urls);
    const logs = await watchLogs(scene);
    const loggedFrom = performance.now();
    let endsAt = 0;
    const target: Target = {
      urls: [first, ...others],
      workers: workers.length,
      draws: draws.fork(store),
      quick,
      frames,
      token: (user, claims) => logs.used(scene.token(user, claims)),
      goesOn: () => performance.now() < endsAt,
      note: (what, times = 1) => void counted.set(what, (counted.get(what) ?? 0) + times),
      expect: (isSo, what) => void (isSo || problems.add(`${store}: ${what}`)),
      progress: (text) => progress(`${store}: ${text}`),
    };
    const phases: Phase[] = [];
    const backMs: number[] = [];
    let lagMs = 0;
    for (let left = abuse.times ?? goals.times; left > 0; left--) {
      endsAt = performance.now() + forMs;
      lags.length = 0;
      await abuse.attack(target);
      const worst = percentile(lags, 1);
      lagMs = Math.max(lagMs, worst);
      phases.push(await seen.phase());
      const since = performance.now();
      await until(
        "as many clients as before",
        async () => (await clientsOfAll(urls)) <= clients,
        BACK_WITHIN_MS,
      )
        .then(() => served(seen, since + BACK_WITHIN_MS))
        .then(() => backMs.push(performance.now() - since))
        .catch((err: Error) => problems.add(`${store}: not back: ${err.message}`));
      await seen.phase();
      await delay(forMs);
      phases.push(await seen.phase());
    }

    for (const worker of workers) {
      if (!worker.alive || worker.unexpectedExits > 0)
        problems.add(`${store}: a worker ended: ${(await worker.tail()).slice(-500)}`);
      if (/uncaughtException|unhandledRejection/i.test(await worker.tail()))
        problems.add(`${store}: an error that nobody caught is in the log`);
    }
    const { lines, leak } = await logs.logged();
    const minutes = (performance.now() - loggedFrom) / 60_000;
    if (lines > MAX_LOG_LINES.first + MAX_LOG_LINES.more * Math.max(0, minutes - 1))
      problems.add(`${store}: a worker wrote ${lines} lines to its log`);
    if (leak !== undefined) problems.add(`${store}: a token is in the log: ${leak}`);
    const growths = grownBy(before, phases);
    const most = () => Math.max(goals.growthMb, abuse.maxGrowthMb ?? 0);
    const held = Math.max(...(await scene.heldMb()).map((mb, at) => mb - (heldBefore[at] ?? 0)));
    if (held > Math.max(goals.heldMb, abuse.maxHeldMb ?? 0))
      problems.add(`${store}: a worker holds ${held.toFixed(0)} MB of it`);
    for (const [at, growth] of growths.entries())
      if (growth > most()) problems.add(`${store}: a worker grew by ${growth.toFixed(0)} MB, time ${at + 1}`);
    const slope = phases[0]?.slopeMb ?? 0;
    if (abuse.maxSlopeMb !== undefined && slope > abuse.maxSlopeMb)
      problems.add(`${store}: a worker goes on growing, by ${slope.toFixed(1)} MB a minute`);
    const failures = new Map<string, number>();
    for (const code of phases.flatMap((phase) => phase.failed))
      failures.set(code, (failures.get(code) ?? 0) + 1);
    if (failures.size > 0)
      problems.add(
        `${store}: commands of bystanders failed: ${[...failures].map(([code, times]) => `${times} × ${code}`).join(", ")}`,
      );
    const onlySlow = problems.size === 0;
    const { p99Share, p99MoreMs } = abuse.unlimited ? GOALS.quick : goals;
    const isMore = (was: number, is: number) => is > Math.max(was * p99Share, was + p99MoreMs);
    for (const [at, phase] of phases.entries()) {
      const when = at % 2 === 0 ? "during" : "after";
      if (isMore(before.p99, phase.p99) || phase.answers === 0)
        problems.add(`${store}: p99 of bystanders ${when} is ${ms(phase.p99)}, before ${ms(before.p99)}`);
      // Less what the disk alone takes longer meanwhile: a commit waits for the one that is under way, and for itself.
      const ownMs = phase.storedP99 - 2 * Math.max(0, phase.diskP99 - before.diskP99);
      if (isMore(before.storedP99, ownMs))
        problems.add(
          `${store}: p99 of stored commands ${when} is ${ms(phase.storedP99)} (disk ${ms(phase.diskP99)}), before ${ms(before.storedP99)} (disk ${ms(before.diskP99)})`,
        );
    }
    const exits = workers.reduce((sum, { unexpectedExits }) => sum + unexpectedExits, 0);
    return {
      figures: [
        `${store}: p99 ${[before, ...phases].map(({ p99 }) => ms(p99)).join(" / ")}`,
        `stored ${[before, ...phases].map(({ storedP99 }) => ms(storedP99)).join(" / ")}`,
        `disk ${[before, ...phases].map(({ diskP99 }) => ms(diskP99)).join(" / ")}`,
        `event loop ${ms(lagMs)}`,
        `held ${held < 0 ? "" : "+"}${held.toFixed(1)} MB`,
        `RSS ${growths.map((growth) => `${growth < 0 ? "" : "+"}${growth.toFixed(0)}`).join(" then ")} MB`,
        ...(phases[0]?.slopeMb === undefined ? [] : [`at last ${phases[0].slopeMb.toFixed(1)} MB a minute`]),
        `CPU ${(phases[0]?.cpu ?? []).map((share) => `${(share * 100).toFixed(0)} %`).join(" + ")}`,
        `without a core ${[before, ...phases].map(({ coreless }) => `${(coreless * 100).toFixed(0)} %`).join(" / ")}`,
        `back after ${backMs.map(ms).join(" and ")}`,
        ...[...counted].map(([what, times]) => `${what}: ${times}`),
        `log lines ${lines}`,
        `exits ${exits}`,
      ].join(", "),
      problems: [...problems],
      onlySlow: onlySlow && problems.size > 0,
      failed: [...failures.values()].reduce((sum, times) => sum + times, 0),
    };
  } finally {
    clearInterval(looking);
    setTogether();
    await seen.end();
  }
}

/** Resolves when a bystander has been served since the call. */
async function served(seen: Watch, endsAt: number): Promise<void> {
  while ((await seen.phase()).answers === 0) {
    if (performance.now() > endsAt) throw new Error("bystanders are not served");
    await delay(100);
  }
}

/** Of the worker that grew most, each time: from what it had before to the most of it while the abuse lasted, or once it was over. */
function grownBy(before: Phase, phases: readonly Phase[]): number[] {
  const growths: number[] = [];
  let from = before;
  for (let at = 0; at + 1 < phases.length; at += 2) {
    const [during, after] = [phases[at], phases[at + 1]];
    if (!during || !after) break;
    const each = from.rssMb.map(
      (rss, worker) => Math.max(during.rssMb[worker] ?? 0, after.rssMb[worker] ?? 0) - rss,
    );
    growths.push(Math.max(...each));
    from = after;
  }
  return growths;
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
      const places = context.quick ? (["embedded"] as const) : (["embedded", "PM2 and Redis"] as const);
      for (const place of places) {
        const scene = await openScene(abuse, place);
        try {
          let outcome = await once(abuse, scene, context);
          for (let left = (context.quick ? GOALS.quick : GOALS.full).tries - 1; left > 0; left--) {
            if (!outcome.onlySlow) break;
            context.progress(`${outcome.problems.join("; ")}: once more`);
            outcome = await once(abuse, scene, context);
          }
          context.progress(outcome.figures);
          figures.push(outcome.figures);
          problems.push(...outcome.problems);
          failed += outcome.failed;
        } finally {
          await scene.close();
        }
      }
      const verdict = checkEffects([
        { id: "commands of bystanders", answers: ["all"], effects: failed === 0 ? 1 : 0 },
      ]);
      return { verdict, figures: figures.join("; "), problems };
    },
  };
}
