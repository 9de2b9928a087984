/** The long runs, only when they are named: a million acknowledged operations while workers, Redis or the one process die. */
import { setTimeout as delay } from "node:timers/promises";
import { converse } from "../conversation.ts";
import type { Row, RowContext } from "../row.ts";
import { openStage, type Stage } from "../stage.ts";

const OPERATIONS = 1_000_000;
const DEFAULT_SECONDS = 1_800;
/** Between two faults, at least and at most so much more. */
const CALM_MS = 15_000;

type Fault = (stage: Stage, context: RowContext) => Promise<string>;

async function run(stage: Stage, context: RowContext, faults: readonly Fault[]) {
  const limitMs = (context.seconds ?? DEFAULT_SECONDS) * 1_000;
  const until = performance.now() + limitMs;
  let broken = 0;
  try {
    const { verdict, acknowledged, seconds } = await converse(stage, {
      draws: context.draws,
      users: 160,
      perChannel: 2,
      messages: OPERATIONS,
      withinMs: limitMs,
      urlOf: (at) => stage.workers[at % stage.workers.length]?.url,
      async during({ said }) {
        while (said() < OPERATIONS && performance.now() < until) {
          await delay(Math.min(CALM_MS + context.draws.below(CALM_MS), until - performance.now()));
          if (said() >= OPERATIONS) return;
          const what = await context.draws.pick(faults)(stage, context);
          broken++;
          context.progress(`${said()} answered; ${what}`);
        }
      },
    });
    const rate = Math.round(acknowledged / seconds);
    const figures = `${acknowledged} acknowledged in ${Math.round(seconds)} s (${rate}/s), ${broken} faults`;
    return { verdict, figures, problems: [] };
  } finally {
    await stage.close();
  }
}

const killWorker: Fault = async (stage, { draws }) => {
  const worker = draws.pick(stage.workers);
  await worker.end("SIGKILL");
  await delay(draws.below(1_000));
  await worker.start();
  return "a worker was killed";
};

const killRedis: Fault = async (stage, { draws }) => {
  await stage.redis?.kill();
  await delay(draws.below(1_000));
  await stage.redis?.restart();
  return "Redis was killed";
};

const cutLinks: Fault = async (stage) => {
  await stage.redis?.command("CLIENT", "KILL", "TYPE", "pubsub");
  return "subscriber links were cut";
};

const env = { RETENTION_MAX_LENGTH: "1000000" };

export const longRedis: Row = {
  id: "long-redis",
  title: "a million operations on Redis with appendfsync always",
  onRequest: true,
  run: async (context) => run(await openStage({ env }), context, [killWorker, killRedis, cutLinks]),
};

export const longEmbedded: Row = {
  id: "long-embedded",
  title: "a million operations on the embedded store",
  onRequest: true,
  run: async (context) => run(await openStage({ store: "embedded", env }), context, [killWorker]),
};

/** What weaker settings of Redis give: an honest figure for the docs, not a promise. */
export const longEverysec: Row = {
  id: "long-everysec",
  title: "the same on Redis with appendfsync everysec (loss is expected here)",
  onRequest: true,
  run: async (context) => run(await openStage({ env, appendFsync: "everysec" }), context, [killRedis]),
};
