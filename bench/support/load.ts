/** The load process: keeps its clients from one task to the next. */
import { createSecretKey } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { mintToken } from "../../server/auth/mint.ts";
import { Client } from "./client.ts";
import type { LoadReply, Outcome, PipelinedWork, Task } from "./messages.ts";
import { preparePipelined } from "./pipelined.ts";

/** Clients that read the time out of what they get. */
const OBSERVERS = 10;
const PAYLOAD = "x".repeat(24);

const { BENCH_URL = "http://127.0.0.1", BENCH_SECRET, BENCH_PLAIN } = process.env;
const { hostname: host, port } = new URL(BENCH_URL);
const key = BENCH_SECRET ? createSecretKey(Buffer.from(BENCH_SECRET)) : undefined;
const clients: Client[] = [];
let latencies: number[] = [];
let done = 0;
let refused = 0;
let made = 0;

function tokenOf(user: number, guildSize: number | undefined): string | undefined {
  return (
    key &&
    mintToken(
      key,
      { algorithms: ["HS256"] },
      {
        userId: `user${user}`,
        issuedAt: Math.floor(Date.now() / 1_000),
        ttlMs: 3_600_000,
        ...(guildSize === undefined ? {} : { guildId: `guild${Math.floor(user / guildSize)}` }),
      },
    )
  );
}

async function connectMany(task: Extract<Task, { task: "connect" }>): Promise<void> {
  const tokens = Array.from({ length: task.count }, () => tokenOf(made++, task.guildSize));
  startMeasuring();
  let next = 0;
  const lane = async () => {
    while (next < tokens.length) {
      const token = tokens[next++];
      const client = new Client({
        host,
        port: Number(port),
        namespaces: task.namespaces,
        ...(token === undefined ? {} : { token }),
        ...(BENCH_PLAIN ? { plain: true } : {}),
      });
      clients.push(await client.ready);
      done++;
    }
  };
  await Promise.all(Array.from({ length: task.atOnce }, lane));
}

async function subscribeAll(room: string): Promise<void> {
  startMeasuring();
  await Promise.all(
    clients.map(
      (client) =>
        new Promise<void>((resolve) => {
          client.onAck = () => resolve();
          client.command("", 0, `["subscribe",{"room":"${room}"}]`);
        }),
    ),
  );
  done = clients.length;
}

const OK = Buffer.from('"ok":true');

/** Keeps `outstanding` commands of each client under way, or sends so many a second, until the time is over. */
async function keepSending(
  senders: readonly Client[],
  options: {
    readonly seconds: number;
    readonly outstanding: number;
    readonly perSecond?: number;
    readonly namespace: string;
    readonly body: () => string;
    /** The latencies are those of deliveries, read elsewhere. */
    readonly deliveries?: true;
  },
): Promise<void> {
  const { seconds, outstanding, namespace, body, deliveries } = options;
  let sending = true;
  startMeasuring();
  const begun = performance.now();
  const sendFrom: (() => void)[] = [];
  for (const client of senders) {
    const sentAt = new Map<number, number>();
    let id = 0;
    const send = () => {
      sentAt.set(++id, performance.now());
      client.command(namespace, id, body());
    };
    client.onAck = (acknowledged, chunk, start, end) => {
      const at = sentAt.get(acknowledged);
      sentAt.delete(acknowledged);
      if (chunk.subarray(start, end).indexOf(OK) < 0) refused++;
      else if (at !== undefined && sending) {
        done++;
        if (!deliveries) latencies.push(performance.now() - at);
      }
      if (sending && options.perSecond === undefined) send();
    };
    sendFrom.push(send);
  }
  if (options.perSecond === undefined)
    for (let i = 0; i < outstanding; i++) for (const send of sendFrom) send();
  else
    for (let sent = 0; performance.now() - begun < seconds * 1_000; await wait(2))
      for (; sent < ((performance.now() - begun) / 1_000) * options.perSecond; sent++)
        sendFrom[sent % sendFrom.length]?.();
  await wait(Math.max(0, begun + seconds * 1_000 - performance.now()));
  sending = false;
}

const STAMP = Buffer.from('"t":');

/** Measures from the moment a message was sent to the moment an observer has it. */
function observeDeliveries(): void {
  for (const client of clients.slice(-OBSERVERS))
    client.onEvent = (chunk, start, end) => {
      const at = chunk.subarray(start, end).indexOf(STAMP);
      if (at < 0) return;
      const from = start + at + STAMP.length;
      latencies.push(performance.now() - Number(chunk.toString("latin1", from, chunk.indexOf(",", from))));
    };
}

const measured = { events: 0, at: 0, cpu: process.cpuUsage() };
const eventsSoFar = () => clients.reduce((sum, client) => sum + client.events, 0);

function startMeasuring(): void {
  latencies = [];
  done = 0;
  refused = 0;
  Object.assign(measured, { events: eventsSoFar(), at: performance.now(), cpu: process.cpuUsage() });
}

function outcome(): Outcome {
  const seconds = (performance.now() - measured.at) / 1_000;
  const { user, system } = process.cpuUsage(measured.cpu);
  latencies.sort((a, b) => a - b);
  const percentile = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0;
  return {
    done,
    events: eventsSoFar() - measured.events,
    refused,
    seconds,
    p50Ms: percentile(0.5),
    p99Ms: percentile(0.99),
    loadCpu: (user + system) / 1e6 / seconds,
  };
}

/** What has been sent may still be on its way; the next task must not count it. */
async function settle(): Promise<void> {
  for (let before = -1, now = eventsSoFar(); before !== now; before = now, now = eventsSoFar())
    await wait(150);
  for (const client of clients) {
    client.onAck = undefined;
    client.onEvent = undefined;
  }
}

async function run(task: Task): Promise<void> {
  switch (task.task) {
    case "connect":
      return connectMany(task);
    case "subscribe":
      return subscribeAll(task.room);
    case "call":
      return keepSending(clients, {
        ...task,
        outstanding: 1,
        namespace: "",
        body: () => `["${task.event}",{}]`,
      });
    case "send": {
      const where = task.event === "publish" ? `"room":"${task.room}",` : "";
      const body = () => `["${task.event}",{${where}"data":{"t":${performance.now()},"p":"${PAYLOAD}"}}]`;
      observeDeliveries();
      return keepSending(clients.slice(0, task.senders), { ...task, namespace: "", body, deliveries: true });
    }
    case "chat":
      return keepSending(clients, {
        ...task,
        namespace: "/chat,",
        body: () =>
          `["chat_message",{"channel":"guild","content":"a message of some length, as people write them"}]`,
      });
    case "pipelined":
      return keepPipelined(task);
    case "drop":
      startMeasuring();
      for (const client of clients.splice(0)) client.close();
  }
}

const pipelined = new Map<PipelinedWork, Awaited<ReturnType<typeof preparePipelined>>>();

async function keepPipelined({ work, seconds, outstanding }: Extract<Task, { task: "pipelined" }>) {
  const prepared =
    pipelined.get(work) ??
    (await preparePipelined(work, { host, port: Number(port), ...(key === undefined ? {} : { key }) }));
  pipelined.set(work, prepared);
  const { sender, namespace, body } = prepared;
  await keepSending([sender], { seconds, outstanding, namespace, body: () => body });
}

const reply = (message: LoadReply) => process.send?.(message);

process.on("message", (message: Task | { readonly ask: "stop" }) => {
  if ("ask" in message) return process.exit(0);
  run(message)
    .then(async () => {
      reply({ outcome: outcome() });
      await settle();
      reply({ ready: true });
    })
    .catch((err: unknown) => reply({ failed: String(err) }));
});
process.on("disconnect", () => process.exit(1));
reply({ ready: true });
