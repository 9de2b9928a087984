/** Measures what one of everything costs, in rounds: on two workers with one Redis, of which the second hears what is not for it. */
import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { LANES } from "../growth/act.ts";
import { ACTS } from "../growth/acts.ts";
import { type Cluster, startCluster } from "../growth/cluster.ts";
import { type Cost, costsOf, type GrowthBudget } from "../growth/measure.ts";
import { HEARD, HEARD_BY } from "../growth/messages.ts";
import { measureRealtime } from "../realtime/index.ts";
import { HZ, ROOM_SIZE } from "../realtime/messages.ts";
import { measureStored } from "../stored/fill.ts";
import { KINDS } from "../stored/kinds.ts";
import { type ActCosts, type Measured, measuredOf, STORED_NAMES, type UnitCosts } from "./unit-costs.ts";

export interface MeasureOptions {
  readonly rounds: number;
  readonly budget: GrowthBudget;
  /** Connections for their memory, and players of the smaller and the larger run. */
  readonly connections: number;
  readonly players: readonly [number, number];
  /** Of what `npm run stored` stores. */
  readonly share: number;
  told(line: string): void;
}

const KEPT_MS = 10_000;
/** Connected to measure what they cost while they do nothing. */
const UPKEEP_USERS = 150;
const SETTLE_MS = 3_000;
const REALTIME_MS = 10_000;

const MEASURED = [
  "idle",
  "command",
  "publish-alone",
  "publish-to-one",
  "publish-to-many",
  "chat-few",
  "direct",
  "status",
  "connect",
  "matches",
];

type Rounds = readonly Cost[];
const each = (rounds: Rounds, read: (cost: Cost) => number): Measured => measuredOf(rounds.map(read));
/** Differences of two acts, round by round. */
const differ = (more: Rounds, less: Rounds, read: (cost: Cost) => number): Measured =>
  measuredOf(more.map((cost, at) => read(cost) - read(less[at] ?? cost)));

const costsFrom = (rounds: Rounds): ActCosts => ({
  workerMicros: each(rounds, ({ workerMicros }) => workerMicros),
  redisMicros: each(rounds, ({ redisMicros }) => redisMicros),
  operations: each(rounds, ({ operations }) => operations),
  redisInBytes: each(rounds, ({ inBytes }) => inBytes),
  redisOutBytes: each(rounds, ({ outBytes }) => outBytes),
});

/** @throws Error where a process or a command fails */
export async function measureUnitCosts(options: MeasureOptions): Promise<UnitCosts> {
  const { rounds, budget, told } = options;
  const cluster = await startCluster(2);
  const measured = new Map<string, Rounds>();
  let quietOnes: Awaited<ReturnType<typeof measureQuiet>>;
  let upkeep: ActCosts;
  try {
    for (const name of MEASURED) {
      const act = [...ACTS, ...HEARD].find((one) => one.name === name);
      if (!act) throw new Error(`no act ${name}`);
      const costs = await costsOf(act, cluster, budget, rounds);
      measured.set(name, costs);
      told(`${name}: ${each(costs, ({ workerMicros }) => workerMicros).value.toFixed(0)} µs of workers`);
      await cluster.empty();
    }
    upkeep = await measureUpkeep(cluster, UPKEEP_USERS, rounds);
    await cluster.empty();
    quietOnes = await measureQuiet(cluster, options);
  } finally {
    await cluster.close();
  }
  const act = (name: string): Rounds => measured.get(name) ?? [];
  const [alone, toOne, toMany] = [act("publish-alone"), act("publish-to-one"), act("publish-to-many")];
  /** What one more member costs. */
  const delivered = (read: (cost: Cost) => number) => scaled(differ(toMany, toOne, read), HEARD_BY - 1);
  const deliveryMicros = delivered(({ apartMicros }) => apartMicros);
  const without = (rounds: Rounds, deliveries: number) =>
    rounds.map((cost) => ({
      ...cost,
      workerMicros: cost.workerMicros - deliveries * deliveryMicros.value,
    }));
  return {
    commit: commitOf(),
    machine: `${cpus()[0]?.model.trim() ?? "unknown CPU"}, ${cpus().length} cores, Node ${process.version}`,
    measuredAt: new Date().toISOString(),
    rounds,
    acts: {
      command: costsFrom(act("command")),
      publish: costsFrom(without(alone, 1)),
      chat: costsFrom(without(act("chat-few"), LANES)),
      direct: costsFrom(act("direct")),
      status: costsFrom(act("status")),
      connect: costsFrom(act("connect")),
      match: costsFrom(act("matches")),
    },
    worker: costsFrom(act("idle")),
    ...quietOnes,
    quiet: upkeep,
    deliveryMicros,
    deliveryBytes: delivered(({ clientBytes }) => clientBytes),
    hearMicros: each(toOne, ({ apartMicros }) => apartMicros - deliveryMicros.value),
    hearRedisMicros: differ(toOne, alone, ({ redisMicros }) => redisMicros),
    hearBytes: differ(toOne, alone, ({ outBytes }) => outBytes),
    ...(await measurePlayers(options)),
    storedBytes: await measureBytes(options),
  };
}

const scaled = ({ value, low, high }: Measured, by: number): Measured => ({
  value: value / by,
  low: low / by,
  high: high / by,
});

/** What connections that do nothing cost each second, in each of three namespaces, above what workers do anyway. */
async function measureUpkeep(cluster: Cluster, users: number, rounds: number): Promise<ActCosts> {
  const perSecond = async () => {
    const before = await cluster.use();
    const begun = performance.now();
    await wait(KEPT_MS);
    const after = await cluster.use();
    const seconds = (performance.now() - begun) / 1_000;
    const cpu = (use: typeof after) => use.workers.reduce((sum, { cpuMicros }) => sum + cpuMicros, 0);
    const of = (read: (use: typeof after) => number) => (read(after) - read(before)) / seconds;
    return {
      workerMicros: of(cpu),
      redisMicros: of(({ redis }) => redis.cpuMicros),
      operations: of(({ redis }) => redis.operations),
      inBytes: of(({ redis }) => redis.inBytes),
      outBytes: of(({ redis }) => redis.outBytes),
    };
  };
  await wait(SETTLE_MS);
  const idle = await perSecond();
  const namespaces = ["/", "/chat", "/game"];
  for (let at = 0; at < users; at += 10)
    await Promise.all(
      Array.from({ length: 10 }, (_, more) => cluster.connect(0, `upkeep${at + more}`, namespaces)),
    );
  await wait(SETTLE_MS);
  const seen: (typeof idle)[] = [];
  for (let round = 0; round < rounds; round++) seen.push(await perSecond());
  const sessions = users * namespaces.length;
  const each = (name: keyof typeof idle) =>
    measuredOf(seen.map((one) => (one[name] - idle[name]) / sessions));
  return {
    workerMicros: each("workerMicros"),
    redisMicros: each("redisMicros"),
    operations: each("operations"),
    redisInBytes: each("inBytes"),
    redisOutBytes: each("outBytes"),
  };
}

/** Memory of connections that do nothing. */
async function measureQuiet(cluster: Cluster, { connections, rounds, told }: MeasureOptions) {
  const look = async () => {
    await wait(SETTLE_MS);
    return (await cluster.use(true)).workers[0];
  };
  let made = 0;
  const connect = async (namespaces: readonly string[]) => {
    const before = await look();
    for (let at = 0; at < connections; at += 20)
      await Promise.all(Array.from({ length: 20 }, () => cluster.connect(0, `quiet${made++}`, namespaces)));
    const after = await look();
    return ((after?.rssBytes ?? 0) - (before?.rssBytes ?? 0)) / connections;
  };
  const workerBytes = measuredOf([(await look())?.rssBytes ?? 0]);
  const [one, three]: [number[], number[]] = [[], []];
  // What is made once does not count.
  await connect(["/"]);
  for (let round = 0; round < Math.min(2, rounds); round++) {
    one.push(await connect(["/"]));
    three.push(await connect(["/", "/chat", "/game"]));
  }
  told(`a quiet connection: ${measuredOf(one).value.toFixed(0)} bytes`);
  return {
    workerBytes,
    connectionBytes: measuredOf(one),
    namespaceBytes: measuredOf(three.map((bytes, at) => (bytes - (one[at] ?? 0)) / 2)),
  };
}

/** From the difference of two runs, so that what a worker does anyway is left out. */
async function measurePlayers({ players: [few, many], rounds, told }: MeasureOptions) {
  const micros: number[] = [];
  const bytes: number[] = [];
  for (let round = 0; round < Math.min(2, rounds); round++) {
    const run = (players: number) =>
      measureRealtime({ scene: "rooms", players: players - (players % ROOM_SIZE), measureMs: REALTIME_MS });
    const [less, more] = [await run(few), await run(many)];
    const ticks = more.framesPerSecond - less.framesPerSecond || (many - few) * HZ.rooms;
    micros.push(((more.serverCpu - less.serverCpu) * 1e6) / ticks);
    bytes.push(more.bytesPerSecond / more.framesPerSecond);
  }
  told(`a player's tick: ${measuredOf(micros).value.toFixed(1)} µs`);
  return { playerTickMicros: measuredOf(micros), playerTickBytes: measuredOf(bytes) };
}

async function measureBytes({ share, told }: MeasureOptions): Promise<UnitCosts["storedBytes"]> {
  const found: [string, number][] = [];
  for (const name of STORED_NAMES) {
    const kindOf = KINDS[name];
    if (!kindOf) throw new Error(`nothing stored is named ${name}`);
    let bytes = 0;
    await measureStored(kindOf, { share, repeats: 1 }, (row) => {
      bytes = row.bytesPerItem;
    });
    found.push([name, bytes]);
    told(`${name}: ${bytes.toFixed(0)} bytes each`);
  }
  return Object.fromEntries(found) as UnitCosts["storedBytes"];
}

function commitOf(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}
