/** A mixed load that is predicted from the unit costs, and then made: on two workers, with everything at a steady rate. */
import { setTimeout as wait } from "node:timers/promises";
import { type Cluster, startCluster } from "../growth/cluster.ts";
import type { Client } from "../support/client.ts";
import { call } from "../support/pipelined.ts";
import { FIELDS, type Load } from "./load.ts";
import { spentOf } from "./model.ts";
import type { Check, UnitCosts } from "./unit-costs.ts";

const WORKERS = 2;
const SECONDS = 20;
const WARM_UP_S = 4;
/** In rooms of so many, all on one worker each. */
const ROOM = 20;
const USERS = 200;
/** Of these, with presence in `/game`: each is told of the others, as many as where the costs were measured. */
const IN_GAME = 48;
/** Of all users, in a second. */
const RATES = { command: 60, publish: 20, chat: 5, direct: 10, status: 4, connect: 2 };

const perMinute = (rate: number) => (rate * 60) / USERS;
const standard = Object.fromEntries(
  Object.entries(FIELDS).map(([name, field]) => [name, field.standard]),
) as unknown as Load;

/** The part of the load with messages to rooms, which reach one worker, and the part with chat, which reaches both. */
const ROOMS: Load = {
  ...standard,
  users: USERS,
  namespaces: (2 * USERS + IN_GAME) / USERS,
  sessionMinutes: USERS / RATES.connect / 60,
  commands: perMinute(RATES.command),
  publishes: perMinute(RATES.publish),
  ...{ chats: 0, directs: perMinute(RATES.direct), statuses: perMinute(RATES.status), members: ROOM },
};

/** What so many seconds of it cost, by the model. */
function predict(costs: UnitCosts) {
  const rooms = spentOf(ROOMS, { ...costs, ...nobodyHears }, WORKERS);
  // Chat of a user in a minute, with as many users, and nothing else of theirs.
  const chatting: Load = {
    ...ROOMS,
    ...{ commands: 0, publishes: 0, directs: 0, statuses: 0, sessionMinutes: 1e9 },
    ...{ chats: perMinute(RATES.chat), members: USERS },
  };
  const chat = spentOf(chatting, { ...costs, ...without(costs) }, WORKERS);
  const sum = (read: (spent: typeof rooms) => number) => read(rooms) + read(chat);
  return {
    workerMicros: sum(({ workerMicros }) => workerMicros),
    redisMicros: sum(({ redisMicros }) => redisMicros),
    operations: sum(({ operations }) => operations),
    redisOutBytes: sum(({ redisOutBytes }) => redisOutBytes),
  };
}

const ZERO = { value: 0, low: 0, high: 0 };
/** Members of a room are on one worker here. */
const nobodyHears = { hearMicros: ZERO, hearRedisMicros: ZERO, hearBytes: ZERO };
const nothingOf = (costs: UnitCosts["worker"]) =>
  Object.fromEntries(Object.keys(costs).map((name) => [name, ZERO])) as unknown as UnitCosts["worker"];
/** Quiet connections and workers are counted once. */
const without = ({ worker }: UnitCosts) => ({ quiet: nothingOf(worker), worker: nothingOf(worker) });

/** @throws Error where a process or a command fails */
export async function checkPrediction(costs: UnitCosts, told: (line: string) => void): Promise<Check> {
  const predicted = predict(costs);
  told(`predicted: ${(predicted.workerMicros / 1e6).toFixed(3)} cores of workers`);
  const cluster = await startCluster(WORKERS);
  try {
    const users = await connectAll(cluster);
    await perform(cluster, users, WARM_UP_S);
    const before = await cluster.use();
    const begun = performance.now();
    await perform(cluster, users, SECONDS);
    const after = await cluster.use();
    const seconds = (performance.now() - begun) / 1_000;
    const cpu = (of: typeof after) => of.workers.reduce((sum, { cpuMicros }) => sum + cpuMicros, 0);
    const row = (what: string, unit: string, expected: number, measured: number) => {
      told(`${what}: ${expected.toFixed(3)} predicted, ${(measured / seconds).toFixed(3)} measured`);
      return { what, unit, predicted: expected, measured: measured / seconds };
    };
    const { redis } = after;
    return {
      at: new Date().toISOString(),
      scenario: scenarioText(),
      rows: [
        row("CPU of both workers", "cores", predicted.workerMicros / 1e6, (cpu(after) - cpu(before)) / 1e6),
        row(
          "CPU of Redis",
          "cores",
          predicted.redisMicros / 1e6,
          (redis.cpuMicros - before.redis.cpuMicros) / 1e6,
        ),
        row("Redis operations", "a second", predicted.operations, redis.operations - before.redis.operations),
        row("bytes from Redis", "a second", predicted.redisOutBytes, redis.outBytes - before.redis.outBytes),
      ],
    };
  } finally {
    await cluster.close();
  }
}

function scenarioText(): string {
  const rates = Object.entries(RATES).map(([act, rate]) => `${rate} × ${act}`);
  return `${USERS} users on / and /chat of ${WORKERS} workers, ${IN_GAME} of them on /game, rooms of ${ROOM}, chat that reaches all; in a second ${rates.join(", ")}; for ${SECONDS} seconds`;
}

interface Users {
  readonly root: readonly Client[];
  readonly chat: readonly Client[];
  readonly game: readonly Client[];
}

/** A client for each namespace: a third of the connections that one would make for all three, but with the same sessions. */
async function connectAll(cluster: Cluster): Promise<Users> {
  const connect = (namespace: string, count = USERS) =>
    Promise.all(
      Array.from({ length: count }, (_, at) =>
        cluster.connect(Math.floor(at / ROOM) % WORKERS, `user${at}`, [namespace]),
      ),
    );
  const users = {
    root: await connect("/"),
    chat: await connect("/chat"),
    game: await connect("/game", IN_GAME),
  };
  for (const [at, client] of users.root.entries())
    await call(client, "", `["subscribe",{"room":"room${Math.floor(at / ROOM)}"}]`);
  return users;
}

async function perform(cluster: Cluster, { root, chat, game }: Users, seconds: number): Promise<void> {
  const works: Readonly<Record<keyof typeof RATES, (at: number) => void | Promise<void>>> = {
    command: (at) => root[at % USERS]?.command("", at, '["ping",{}]'),
    publish: (at) =>
      root[at % USERS]?.command(
        "",
        at,
        `["publish",{"room":"room${Math.floor((at % USERS) / ROOM)}","data":{"text":"of some length, as such messages have"}}]`,
      ),
    chat: (at) =>
      chat[at % USERS]?.command(
        "/chat,",
        at,
        '["chat_message",{"channel":"global","content":"of some length, as people write them"}]',
      ),
    direct: (at) => {
      const from = at % USERS;
      // Of the same room, and so of the same worker.
      const to = from - (from % ROOM) + ((from + 1) % ROOM);
      chat[from]?.command(
        "/chat,",
        at,
        `["chat_message",{"channel":"private","to":"user${to}","content":"of some length"}]`,
      );
    },
    status: (at) =>
      game[at % IN_GAME]?.command(
        "/game,",
        at,
        `["status",{"status":"${Math.floor(at / IN_GAME) % 2 === 0 ? "away" : "busy"}"}]`,
      ),
    connect: async (at) => (await cluster.connect(at % WORKERS, `coming${at % 50}`, ["/game"])).close(),
  };
  const under: Promise<void>[] = [];
  const sent = new Map<string, number>();
  const begun = performance.now();
  for (let now = 0; now < seconds; now = (performance.now() - begun) / 1_000) {
    for (const [act, work] of Object.entries(works)) {
      const due = Math.floor(Math.min(now, seconds) * RATES[act as keyof typeof RATES]);
      for (let at = sent.get(act) ?? 0; at < due; at++) {
        const done = work(at);
        if (done) under.push(done);
      }
      sent.set(act, due);
    }
    await wait(2);
  }
  await Promise.all(under);
}
