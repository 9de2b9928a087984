/** From what a game asks, and what one of everything costs, to what to buy. Pure. */
import type { Load } from "./load.ts";
import type { ActName, UnitCosts } from "./unit-costs.ts";

const MICROS = 1e6;
const MB = 2 ** 20;
/** The store spreads over so many parts of a Redis Cluster. */
const MOST_PRIMARIES = 16;
/** Redis keeps them for the topic of a connected user: measured with 50,000 of them on Redis 7. */
const TOPIC_BYTES = 234;

interface Limit {
  readonly name: string;
  /** How many times this load it takes before this is full, however much is bought. */
  readonly factor: number;
}

export interface Plan {
  /** Undefined: no number of workers is enough. */
  readonly workers: number | undefined;
  /** What decides how many: their CPU or their memory. */
  readonly workersBy: "cpu" | "memory";
  /** Cores that all workers use. */
  readonly workerCores: number;
  /** Memory that all workers use. */
  readonly workerMb: number;
  readonly redisCores: number;
  /** Undefined: more than a Redis Cluster spreads over. */
  readonly primaries: number | undefined;
  readonly redisOperations: number;
  readonly redisMb: number;
  /** Megabits a second: to the clients, and from Redis to the workers. */
  readonly clientMbits: number;
  readonly redisMbits: number;
  /** The first to be full, then the others. */
  readonly limits: readonly Limit[];
}

/** Of each act in a second. */
function ratesOf(load: Load): Record<ActName, number> {
  const perUser = (perMinute: number) => (load.users * perMinute) / 60;
  return {
    command: perUser(load.commands),
    publish: perUser(load.publishes),
    chat: perUser(load.chats),
    direct: perUser(load.directs),
    status: perUser(load.statuses),
    connect: load.users / (load.sessionMinutes * 60),
    match: load.matches / 60,
  };
}

/** What the load costs in a second, on so many workers. Times are microseconds of CPU. */
export function spentOf(load: Load, costs: UnitCosts, workers: number) {
  const rates = ratesOf(load);
  const sum = (cost: (act: ActName) => number) =>
    (Object.keys(rates) as ActName[]).reduce((total, act) => total + rates[act] * cost(act), 0);
  const messages = rates.publish + rates.chat;
  const deliveries = messages * load.members;
  const ticks = load.realtimeRooms * load.players * load.hz;
  /** Workers beside the sender's that have followers of a message. */
  const others =
    messages * Math.min(Math.max(0, load.members - 1), workers - 1) +
    // Of private messages, those whose receiver is on another worker. No other hears of them.
    rates.direct * (1 - 1 / workers);
  const { acts, worker, quiet } = costs;
  const sessions = load.users * load.namespaces;
  return {
    workerMicros:
      sum((act) => acts[act].workerMicros.value) +
      sessions * quiet.workerMicros.value +
      deliveries * costs.deliveryMicros.value +
      ticks * costs.playerTickMicros.value +
      others * costs.hearMicros.value +
      workers * worker.workerMicros.value,
    redisMicros:
      sum((act) => acts[act].redisMicros.value) +
      sessions * quiet.redisMicros.value +
      others * costs.hearRedisMicros.value +
      workers * worker.redisMicros.value,
    operations:
      sum((act) => acts[act].operations.value) +
      sessions * quiet.operations.value +
      workers * worker.operations.value,
    redisOutBytes:
      sum((act) => acts[act].redisOutBytes.value) +
      sessions * quiet.redisOutBytes.value +
      others * costs.hearBytes.value +
      workers * worker.redisOutBytes.value,
    clientBytes: deliveries * costs.deliveryBytes.value + ticks * costs.playerTickBytes.value,
    deliveries,
  };
}

function connectionBytes(load: Load, costs: UnitCosts): number {
  return costs.connectionBytes.value + (load.namespaces - 1) * costs.namespaceBytes.value;
}

/** The least number of workers whose cores are enough. Undefined: none is. */
function workersByCpu(load: Load, costs: UnitCosts): number | undefined {
  const enough = (workers: number) =>
    spentOf(load, costs, workers).workerMicros <= workers * load.use * MICROS;
  const MOST = 100_000;
  if (!enough(MOST)) {
    // What grows with the workers may still leave room at fewer of them.
    let workers = 1;
    while (workers < MOST && !enough(workers)) workers = Math.ceil(workers * 1.05);
    return workers < MOST ? workers : undefined;
  }
  let [low, high] = [0, MOST];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (enough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

export function planOf(load: Load, costs: UnitCosts): Plan {
  const byCpu = workersByCpu(load, costs);
  const room = load.workerMb * MB * 0.75 - costs.workerBytes.value;
  const byMemory = Math.ceil((load.users * connectionBytes(load, costs)) / Math.max(room, MB));
  const workers = byCpu === undefined ? undefined : Math.max(1, byCpu, byMemory);
  const spent = spentOf(load, costs, workers ?? 1);
  const primaries = Math.max(1, Math.ceil(spent.redisMicros / MICROS / load.use));
  const { storedBytes } = costs;
  const stored =
    load.users * (load.namespaces * storedBytes.users + TOPIC_BYTES) +
    load.rooms * storedBytes.rooms +
    load.tickets * storedBytes.tickets +
    load.messages * storedBytes.messages;
  return {
    workers,
    workersBy: byMemory > (byCpu ?? 0) ? "memory" : "cpu",
    workerCores: spent.workerMicros / MICROS,
    workerMb: ((workers ?? 0) * costs.workerBytes.value + load.users * connectionBytes(load, costs)) / MB,
    redisCores: spent.redisMicros / MICROS,
    primaries: primaries > MOST_PRIMARIES ? undefined : primaries,
    redisOperations: spent.operations,
    redisMb: stored / MB,
    clientMbits: (spent.clientBytes * 8) / MICROS,
    redisMbits: (spent.redisOutBytes * 8) / MICROS,
    limits: limitsOf(load, costs, spent.redisMicros),
  };
}

/** What cannot be bought: parts of the store that lie on one primary. */
function limitsOf(load: Load, costs: UnitCosts, redisMicros: number): Limit[] {
  const rates = ratesOf(load);
  const { acts } = costs;
  const redis = (act: ActName) => (rates[act] * acts[act].redisMicros.value) / MICROS;
  const factor = (used: number, most = load.use) => (used > 0 ? most / used : Number.POSITIVE_INFINITY);
  return [
    { name: "presence of one namespace, on one primary", factor: factor(redis("connect") + redis("status")) },
    { name: "matchmaking, on one primary", factor: factor(redis("match")) },
    { name: "all primaries of a cluster", factor: factor(redisMicros / MICROS, load.use * MOST_PRIMARIES) },
  ]
    .filter((limit) => Number.isFinite(limit.factor))
    .sort((a, b) => a.factor - b.factor);
}
