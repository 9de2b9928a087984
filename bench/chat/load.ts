/** The members of one channel: all hear, some talk as fast as they are acknowledged. */
import { createSecretKey } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { mintToken } from "../../server/auth/mint.ts";
import { Client } from "../support/client.ts";
import type { ChatLoad, ChatLoadReply, Delivered } from "./messages.ts";

const OK = Buffer.from('"ok":true');
const CONTENT = "well met, who comes along to the tower tonight?";
/** Connections that are made at the same time. */
const AT_ONCE = 20;

const load = JSON.parse(process.env.BENCH_LOAD ?? "{}") as ChatLoad;
const { hostname: host, port } = new URL(load.url);
const namespace = load.kind === "muster" ? "/chat" : "/";
const wire = load.kind === "muster" ? "/chat," : "";
const say =
  load.kind === "muster"
    ? `["chat_message",{"channel":"guild","content":"${CONTENT}"}]`
    : `["publish",{"room":"guild","data":{"content":"${CONTENT}"}}]`;

function tokenOf(member: number): { token: string } | object {
  const { BENCH_SECRET } = process.env;
  if (!BENCH_SECRET) return {};
  const claims = {
    userId: `user${member}`,
    guildId: "guild",
    issuedAt: Math.floor(Date.now() / 1_000),
    ttlMs: 3_600_000,
  };
  return { token: mintToken(createSecretKey(Buffer.from(BENCH_SECRET)), { algorithms: ["HS256"] }, claims) };
}

const call = (client: Client, event: string) =>
  new Promise<void>((resolve) => {
    client.onAck = () => resolve();
    client.command(wire, 0, event);
  });

async function connectAll(): Promise<Client[]> {
  const clients: Client[] = [];
  let next = 0;
  const lane = async () => {
    while (next < load.members) {
      const options = { host, port: Number(port), namespaces: [namespace], ...tokenOf(next++) };
      const client = await new Client(options).ready;
      // Answered once the channel is followed.
      await call(client, load.kind === "muster" ? '["blocked",{}]' : '["subscribe",{"room":"guild"}]');
      clients.push(client);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return clients;
}

async function measure(clients: readonly Client[]): Promise<Delivered> {
  const latencies: number[] = [];
  let [acknowledged, refused] = [0, 0];
  let phase: "warming" | "measuring" | "over" = "warming";
  for (const client of clients.slice(0, load.senders)) {
    const sentAt = new Map<number, number>();
    let id = 0;
    const send = () => {
      sentAt.set(++id, performance.now());
      client.command(wire, id, say);
    };
    client.onAck = (answered, chunk, start, end) => {
      const at = sentAt.get(answered);
      sentAt.delete(answered);
      if (phase === "measuring") {
        if (chunk.subarray(start, end).indexOf(OK) < 0) refused++;
        else if (at !== undefined) {
          acknowledged++;
          latencies.push(performance.now() - at);
        }
      }
      if (phase !== "over") send();
    };
    for (let i = 0; i < load.outstanding; i++) send();
  }
  const eventsSoFar = () => clients.reduce((sum, client) => sum + client.events, 0);
  await wait(load.warmUpMs);
  process.send?.({ phase: "measuring" } satisfies ChatLoadReply);
  phase = "measuring";
  const [before, begun] = [eventsSoFar(), performance.now()];
  await wait(load.measureMs);
  const seconds = (performance.now() - begun) / 1_000;
  const delivered = eventsSoFar() - before;
  phase = "over";
  latencies.sort((a, b) => a - b);
  const percentile = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0;
  return { acknowledged, delivered, refused, seconds, p50Ms: percentile(0.5), p99Ms: percentile(0.99) };
}

process.on("disconnect", () => process.exit(1));
// Begun by the parent, which listens by then; any other message is its wish to stop.
process.on("message", () => process.exit(0));
try {
  const reply: ChatLoadReply = { delivered: await measure(await connectAll()) };
  process.send?.(reply);
} catch (err) {
  const reply: ChatLoadReply = { failed: err instanceof Error ? err.message : String(err) };
  process.send?.(reply);
}
