/** Rows 3 to 7: what Redis itself can do to its workers. */
import { setTimeout as delay } from "node:timers/promises";
import { createClient } from "redis";
import { io } from "socket.io-client";
import { connectTalker, observerOf } from "../chatter.ts";
import { check } from "../checker.ts";
import { type ConversationOptions, converse } from "../conversation.ts";
import { ms, percentile } from "../figures.ts";
import type { Operation, Outcome } from "../history.ts";
import type { Row, RowContext } from "../row.ts";
import { openStage, type Stage } from "../stage.ts";
import { until } from "../waiting.ts";

/** Long streams: nothing is trimmed while a row runs. */
const LONG = { RETENTION_MAX_LENGTH: "1000000" };

const talk = ({ draws, quick }: RowContext): Omit<ConversationOptions, "during"> => ({
  draws,
  users: quick ? 10 : 40,
  perChannel: 5,
  messages: quick ? 400 : 4_000,
  withinMs: 90_000,
  perSecond: quick ? 150 : 400,
});

async function onStage<R>(stage: Stage, work: () => Promise<R>): Promise<R> {
  try {
    return await work();
  } finally {
    await stage.close();
  }
}

/** Whether every worker says of itself what is asked. */
async function healthIs(stage: Stage, status: "healthy" | "degraded"): Promise<boolean> {
  for (const { url } of stage.workers) {
    const answer = (await (await fetch(`${url}/health`)).json()) as { status?: unknown };
    if (answer.status !== status) return false;
  }
  return true;
}

function exits(stage: Stage): string[] {
  const count = stage.workers.reduce((sum, worker) => sum + worker.unexpectedExits, 0);
  return count === 0 ? [] : [`${count} workers exited`];
}

export const redisKilled: Row = {
  id: "3",
  title: "Redis killed and started again on its append-only file",
  async run(context) {
    const stage = await openStage({ env: LONG });
    return onStage(stage, async () => {
      const kills = context.quick ? 1 : 5;
      const { verdict, acknowledged } = await converse(stage, {
        ...talk(context),
        async during() {
          for (let at = 0; at < kills; at++) {
            await delay(500 + context.draws.below(1_000));
            await stage.redis?.kill();
            await delay(context.draws.below(1_500));
            await stage.redis?.restart();
            context.progress(`kill ${at + 1} of ${kills}`);
            await until("workers are healthy", () => healthIs(stage, "healthy"), 10_000);
          }
        },
      });
      const problems = exits(stage);
      if (verdict.gapsTold > 0) problems.push(`${verdict.gapsTold} gaps told: an epoch has changed`);
      return { verdict, figures: `${acknowledged} acknowledged, ${kills} kills`, problems };
    });
  },
};

export const redisEmptied: Row = {
  id: "4",
  title: "Redis comes back empty",
  async run({ quick, progress }) {
    const stage = await openStage({ appendFsync: "no", env: LONG });
    return onStage(stage, async () => {
      const talkers = await Promise.all(
        Array.from({ length: quick ? 4 : 10 }, (_, at) => connectTalker(stage, `user-${at}`, "channel-0")),
      );
      const [first] = talkers;
      if (!first) throw new Error("nobody talks");
      const operations: Operation[] = [];
      const say = async (id: string) => {
        const operation = { id, stream: "channel-0", sender: first.name, outcome: await first.send(id) };
        operations.push(operation);
        return operation.outcome;
      };
      const before: Outcome[] = [];
      for (let at = 0; at < 20; at++) before.push(await say(`before-${at}`));
      await stage.redis?.kill();
      await stage.redis?.restart();
      const healthyMs = await until("workers are healthy", () => healthIs(stage, "healthy"), 10_000);
      const told = () => talkers.every(({ seen }) => seen.some(({ kind }) => kind === "gap"));
      const toldMs = await until("all are told of the gap", told, 5_000);
      progress(`all told after ${ms(toldMs)}`);
      const after: Outcome[] = [];
      for (let at = 0; at < 20; at++) after.push(await say(`after-${at}`));
      const kept = new Map([["channel-0", await first.read()]]);
      await until("all have seen the last message", () => talkers.every((t) => has(t, "after-19")), 5_000);
      const problems = exits(stage);
      const epochOf = (outcomes: readonly Outcome[]) =>
        new Set(outcomes.map((o) => (o.kind === "ok" ? o.epoch : "none")));
      for (const epoch of epochOf(after))
        if (epochOf(before).has(epoch)) problems.push("the epoch is the same");
      const twice = talkers.filter(({ seen }) => seen.filter(({ kind }) => kind === "gap").length > 1);
      if (twice.length > 0) problems.push(`${twice.length} were told more than once`);
      // What was before is gone, and everybody was told so: only what came after can be compared.
      const verdict = check({
        operations: operations.filter(({ id }) => id.startsWith("after")),
        observers: talkers.map((talker) => {
          const { seen, ...rest } = observerOf(talker);
          return {
            ...rest,
            seen: seen.filter((item) => item.kind === "entry" && item.id.startsWith("after")),
          };
        }),
        final: kept,
      });
      for (const talker of talkers) talker.close();
      return {
        verdict,
        figures: `healthy after ${ms(healthyMs)}, everybody told once after ${ms(toldMs)}`,
        problems,
      };
    });
  },
};

const has = ({ seen }: { seen: readonly { kind: string; id?: string }[] }, id: string) =>
  seen.some((item) => item.id === id);

export const redisAway: Row = {
  id: "5",
  title: "Redis frozen, and Redis gone, for a while",
  async run(context) {
    const stage = await openStage({ env: LONG });
    return onStage(stage, async () => {
      const awayMs = context.quick ? 3_000 : 10_000;
      const answers: number[] = [];
      const degraded: number[] = [];
      const back: number[] = [];
      const problems: string[] = [];

      /** One command at a time, each tried once, while Redis is away. */
      async function probe(name: string): Promise<void> {
        const prober = await connectTalker(stage, name, "probe", stage.workers[0]?.url);
        const raw = probeOf(stage, name);
        await raw.ready;
        for (const [leave, come] of [
          [() => stage.redis?.freeze(), () => stage.redis?.thaw()],
          [() => stage.redis?.kill(), () => stage.redis?.restart()],
        ] as const) {
          await leave();
          const goneAt = performance.now();
          const health = until("health is degraded", () => healthIs(stage, "degraded"), 5_000);
          while (performance.now() - goneAt < awayMs) {
            const askedAt = performance.now();
            const code = await raw.ask();
            answers.push(performance.now() - askedAt);
            if (code !== "unavailable") problems.push(`a command was answered ${code} without Redis`);
            await delay(100);
          }
          degraded.push(await health);
          await come();
          const backAt = performance.now();
          while ((await raw.ask()) !== "ok") await delay(20);
          back.push(performance.now() - backAt);
          context.progress(`served again after ${ms(back.at(-1) ?? 0)}`);
        }
        prober.close();
        raw.close();
      }
      const { verdict, acknowledged } = await converse(stage, {
        ...talk(context),
        during: () => probe("prober"),
      });
      problems.push(...exits(stage));
      const slowest = percentile(answers, 1);
      if (slowest > 1_000) problems.push(`a command was answered after ${ms(slowest)} only`);
      if (Math.max(...back) > 2_000) problems.push(`served again only after ${ms(Math.max(...back))}`);
      return {
        verdict,
        figures: `${acknowledged} acknowledged; answered within ${ms(slowest)}, degraded after ${ms(Math.max(...degraded))}, served again after ${ms(Math.max(...back))}`,
        problems: [...new Set(problems)],
      };
    });
  },
};

/** A client without the helper's retries: what the server itself answers, and when. */
function probeOf(stage: Stage, name: string) {
  const socket = io(`${stage.workers[1]?.url}/chat`, {
    transports: ["websocket"],
    forceNew: true,
    auth: { token: stage.token(name, { guildId: "probe" }) },
  });
  return {
    ready: new Promise<void>((resolve) => socket.once("connect", () => resolve())),
    async ask(): Promise<string> {
      const command = { channel: "guild", content: "probe" };
      const answer = await socket
        .timeout(5_000)
        .emitWithAck("chat_message", command)
        .catch(() => ({ ok: false, error: { code: "no_answer" } }));
      return answer.ok ? "ok" : answer.error.code;
    },
    close: () => void socket.disconnect(),
  };
}

export const linksCut: Row = {
  id: "6",
  title: "the workers' subscriber links to Redis are cut",
  async run(context) {
    const stage = await openStage({ env: LONG });
    return onStage(stage, async () => {
      const cuts = context.quick ? 3 : 10;
      const { verdict, acknowledged } = await converse(stage, {
        ...talk(context),
        async during() {
          for (let at = 0; at < cuts; at++) {
            await delay(300 + context.draws.below(500));
            await stage.redis?.command("CLIENT", "KILL", "TYPE", "pubsub");
          }
        },
      });
      return { verdict, figures: `${acknowledged} acknowledged, ${cuts} cuts`, problems: exits(stage) };
    });
  },
};

export const redisFull: Row = {
  id: "7",
  title: "Redis is full",
  async run({ quick, progress }) {
    const stage = await openStage({ redisArgs: ["--maxmemory-policy", "noeviction"], env: LONG });
    return onStage(stage, async () => {
      const talker = await connectTalker(stage, "ann", "channel-0");
      const raw = probeOf(stage, "bob");
      await raw.ready;
      const operations: Operation[] = [];
      const say = async (id: string) =>
        operations.push({ id, stream: "channel-0", sender: "ann", outcome: await talker.send(id) });
      for (let at = 0; at < 50; at++) await say(`before-${at}`);
      await stage.redis?.command("CONFIG", "SET", "maxmemory", "1mb");
      const refused = new Map<string, number>();
      for (let at = 0; at < (quick ? 20 : 100); at++) {
        const code = await raw.ask();
        refused.set(code, (refused.get(code) ?? 0) + 1);
      }
      progress(`answers while full: ${[...refused].map(([code, count]) => `${count} ${code}`).join(", ")}`);
      await stage.redis?.command("CONFIG", "SET", "maxmemory", "0");
      const backMs = await until("commands are accepted", async () => (await raw.ask()) === "ok", 5_000);
      for (let at = 0; at < 50; at++) await say(`after-${at}`);
      const final = new Map([["channel-0", await talker.read()]]);
      await until("all is seen", () => has(talker, "after-49"), 5_000);
      const evicted = await statistic(stage, "evicted_keys");
      const problems = exits(stage);
      if (evicted > 0) problems.push(`${evicted} keys were evicted`);
      if (refused.has("ok") || refused.has("no_answer") || refused.has("internal"))
        problems.push(`answers while Redis was full: ${[...refused.keys()].join(", ")}`);
      const verdict = check({ operations, observers: [observerOf(talker)], final });
      talker.close();
      raw.close();
      return { verdict, figures: `evicted ${evicted}, accepted again after ${ms(backMs)}`, problems };
    });
  },
};

async function statistic(stage: Stage, name: string): Promise<number> {
  const redis = createClient({ url: stage.redis?.url ?? "" });
  redis.on("error", () => undefined);
  await redis.connect();
  try {
    const info = await redis.info("stats");
    return Number(new RegExp(`^${name}:(\\d+)`, "m").exec(info)?.[1] ?? Number.NaN);
  } finally {
    redis.destroy();
  }
}
