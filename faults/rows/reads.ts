/** Row 37: clients that read as much as they can, and what the others and the memory have of it. */
import { fork } from "node:child_process";
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Muster } from "../../client/index.ts";
import { connectMuster } from "../../client/index.ts";
import { checkEffects } from "../effects.ts";
import { ms, percentile } from "../figures.ts";
import type { Greed, Taken } from "../greedy.ts";
import type { Row, RowContext } from "../row.ts";
import { openStage, type Stage, type Worker } from "../stage.ts";
import { until } from "../waiting.ts";
import { device } from "./once.ts";

const GREEDY = 3;
/** Of a few milliseconds is one collection of garbage. */
const NOISE_MS = 5;
/** What the answers of three clients may take, with the heap that grows around them. */
const MAX_GROWTH_MB = 200;
const EVERY_MS = 20;
const AT_ONCE = 32;

async function rssMb({ pid }: Worker): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024;
}

async function each(count: number, write: (at: number) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < count; at += AT_ONCE)
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - at) }, (_, i) => write(at + i)));
}

/** Fills rooms and channels; @returns where each begins. */
async function fill(stage: Stage, url: string | undefined, users: readonly string[], quick: boolean) {
  const service = connectMuster({
    url: url ?? stage.balancer.url,
    token: stage.token("service", { roles: ["service"] }),
    withinMs: 60_000,
    manager: { transports: ["websocket"], forceNew: true },
  });
  const chat = service.in("/chat");
  const rooms: Greed["rooms"][number][] = [];
  for (const [room, count, size] of [
    ["heavy", 80, 500_000],
    ["long", quick ? 2_000 : 10_000, 100],
  ] as const) {
    const { epoch } = await service.rooms.follow(room, { message() {} });
    rooms.push({ room, epoch });
    const data = "x".repeat(size);
    // Large ones come back to their sender, who must keep up.
    if (size > 1_000) for (let at = 0; at < count; at++) await service.rooms.publish(room, data);
    else await each(count, () => service.rooms.publish(room, data));
    await service.rooms.leave(room);
  }
  const channels: Greed["channels"][number][] = [];
  const content = "c".repeat(1_900);
  for (let at = 0; at < (quick ? 10 : 40); at++) {
    const channel = `channel-${at}`;
    await chat.call("channel_create", { channel });
    await Promise.all(
      users.map(async (user) => {
        const one = device(stage, user, url);
        await one.in("/chat").call("channel_join", { channel });
        one.close();
      }),
    );
    await each(500, () => chat.call("chat_message", { channel, content }));
    const { epoch } = await chat.call("history", { channel, limit: 1 });
    channels.push({ channel, epoch });
  }
  service.close();
  return { rooms, channels };
}

interface Phase {
  readonly p50: number;
  readonly p99: number;
  readonly rss: number;
  readonly failed: number;
}

/** Two who talk to each other at the same worker, and one at each other worker who hears them. */
async function measure(stage: Stage, talkers: readonly Muster[], latencies: number[], forMs: number) {
  latencies.length = 0;
  let rss = 0;
  let failed = 0;
  const watch = setInterval(() => {
    for (const worker of stage.workers)
      rssMb(worker).then(
        (now) => {
          rss = Math.max(rss, now);
        },
        () => undefined,
      );
  }, 100);
  const end = performance.now() + forMs;
  await Promise.all(
    talkers.map(async ({ rooms }) => {
      while (performance.now() < end) {
        const sent = rooms.publish("talk", { at: performance.now() }).catch(() => failed++);
        await Promise.all([sent, delay(EVERY_MS)]);
      }
    }),
  );
  clearInterval(watch);
  const phase: Phase = { p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99), rss, failed };
  return phase;
}

/** Resolves when they have begun: a process that starts takes more of a small machine than any client. */
async function startGreedy(greed: Greed) {
  const child = fork(fileURLToPath(new URL("../greedy.ts", import.meta.url)), [JSON.stringify(greed)], {
    execArgv: ["--import", "tsx"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  let taken: Taken = { megabytes: 0, answers: {} };
  child.on("message", (told) => {
    taken = told as Taken;
  });
  await until("the greedy clients read", () => taken.megabytes > 0, 30_000);
  return {
    taken: () => taken,
    async end() {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill();
      await gone;
    },
  };
}

export const reads: Row = {
  id: "37",
  title: "three clients resume, page and list as much as they can",
  async run({ quick, seconds, progress }: RowContext) {
    const figures: string[] = [];
    const problems: string[] = [];
    let failed = 0;
    for (const store of ["redis", "embedded"] as const) {
      const stage = await openStage({ store });
      try {
        const url = stage.workers[0]?.url;
        const users = Array.from({ length: GREEDY }, (_, at) => `greedy-${at}`);
        const filled = await fill(stage, url, users, quick);
        progress(`${store}: filled`);
        const latencies: number[] = [];
        const talkers = ["ann", "bob"].map((name) => device(stage, name, url));
        await Promise.all(
          talkers.map(({ rooms }) =>
            rooms.follow("talk", {
              message: ({ data }) => latencies.push(performance.now() - (data as { at: number }).at),
            }),
          ),
        );
        const forMs = (seconds ?? (quick ? 4 : 15)) * 1_000;
        await measure(stage, talkers, latencies, forMs / 2);
        const before = await measure(stage, talkers, latencies, forMs);
        const greedy = await startGreedy({
          url: url ?? "",
          tokens: users.map((user) => stage.token(user)),
          ...filled,
        });
        const during = await measure(stage, talkers, latencies, forMs);
        const { megabytes, answers } = greedy.taken();
        await greedy.end();
        for (const talker of talkers) talker.close();
        failed += during.failed;
        const growth = during.rss - before.rss;
        progress(`${store}: they took ${megabytes.toFixed(0)} MB: ${JSON.stringify(answers)}`);
        figures.push(
          `${store}: p50 ${ms(before.p50)} → ${ms(during.p50)}, p99 ${ms(before.p99)} → ${ms(during.p99)}, memory ${before.rss.toFixed(0)} → ${during.rss.toFixed(0)} MB`,
        );
        progress(figures.at(-1) ?? "");
        if (during.p99 > Math.max(before.p99 * 1.2, before.p99 + NOISE_MS))
          problems.push(`${store}: the others' p99 went from ${ms(before.p99)} to ${ms(during.p99)}`);
        if (growth > MAX_GROWTH_MB) problems.push(`${store}: memory grew by ${growth.toFixed(0)} MB`);
        if (during.failed > 0) problems.push(`${store}: ${during.failed} messages of others failed`);
        for (const worker of stage.workers)
          if (!worker.alive || worker.unexpectedExits > 0) problems.push(`${store}: a worker ended`);
      } finally {
        await stage.close();
      }
    }
    const verdict = checkEffects([
      { id: "messages of others", answers: ["all"], effects: failed === 0 ? 1 : 0 },
    ]);
    return { verdict, figures: figures.join("; "), problems };
  },
};
