/** Users who stay, some of whom watch; and users who change their status, and who come and go. */
import { createSecretKey } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { mintToken } from "../../server/auth/mint.ts";
import { Client } from "../support/client.ts";
import type { Changed, PresenceLoad, PresenceLoadReply } from "./messages.ts";

/** Users who change at the same time; each of the watchers watches them all. */
const LANES = 50;
/** Connections that are made at the same time. */
const AT_ONCE = 20;
/** `welcome`, and the list. */
const GREETINGS = 2;

const load = JSON.parse(process.env.BENCH_LOAD ?? "{}") as PresenceLoad;
const { hostname: host, port } = new URL(load.url);
const key = createSecretKey(Buffer.from(process.env.BENCH_SECRET ?? ""));
const reply = (message: PresenceLoadReply) => process.send?.(message);

/** Resolves when the user has been shown in. */
async function come(userId: string): Promise<Client> {
  const claims = { userId, issuedAt: Math.floor(Date.now() / 1_000), ttlMs: 3_600_000 };
  const token = mintToken(key, { algorithms: ["HS256"] }, claims);
  const client = new Client({ host, port: Number(port), namespaces: ["/game"], token });
  const greeted = new Promise<void>((resolve) => {
    client.onEvent = () => {
      if (client.events >= GREETINGS) resolve();
    };
  });
  await client.ready;
  await greeted;
  client.onEvent = undefined;
  return client;
}

const call = (client: Client, event: string) =>
  new Promise<void>((resolve) => {
    client.onAck = () => resolve();
    client.command("/game,", 0, event);
  });

const nameOf = (lane: number) => `changing${lane}`;

async function settle(): Promise<Client[]> {
  const clients: Client[] = [];
  let next = 0;
  const lane = async () => {
    while (next < load.users) clients.push(await come(`user${next++}`));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  const names = JSON.stringify(Array.from({ length: LANES }, (_, at) => nameOf(at)));
  for (const client of clients.slice(0, load.watchers))
    await call(client, `["presence:watch",{"user_ids":${names}}]`);
  return clients;
}

/** Lets every lane change again and again; the time that is measured begins after the warm-up. */
async function measure(
  kind: "status" | "churn",
  settled: readonly Client[],
  change: (lane: number, round: number) => Promise<number>,
): Promise<void> {
  let changes = 0;
  let over = false;
  const lanes = Array.from({ length: LANES }, async (_, lane) => {
    for (let round = 0; !over; round++) {
      const made = await change(lane, round);
      // Not `changes += await …`, which would read the sum before the others have added to it.
      changes += made;
    }
  });
  await wait(load.warmUpMs);
  const toldSoFar = () => settled.reduce((sum, client) => sum + client.events, 0);
  reply({ begins: kind });
  const before = { changes, told: toldSoFar() };
  await wait(load.measureMs);
  const ended: Changed = { changes: changes - before.changes, told: toldSoFar() - before.told };
  over = true;
  reply({ ended });
  await Promise.all(lanes);
}

process.on("disconnect", () => process.exit(1));
process.on("message", () => process.exit(0));
try {
  const settled = await settle();
  const changing = await Promise.all(Array.from({ length: LANES }, (_, lane) => come(nameOf(lane))));
  await measure("status", settled, async (lane, round) => {
    const client = changing[lane];
    if (!client) return 0;
    await call(client, `["status",{"status":"${round % 2 === 0 ? "away" : "busy"}"}]`);
    return 1;
  });
  for (const client of changing) client.close();
  await measure("churn", settled, async (lane) => {
    (await come(nameOf(lane))).close();
    return 2;
  });
} catch (err) {
  reply({ failed: err instanceof Error ? err.message : String(err) });
}
