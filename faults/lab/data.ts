/** Redis on the lab's hosts: one server, a primary under Sentinels, or a Cluster. */
import { setTimeout as delay } from "node:timers/promises";
import { ask } from "../../test/support/redis-groups.ts";
import { until } from "../waiting.ts";
import type { BadLinks } from "./links.ts";
import {
  type Placing,
  type Program,
  REDIS_PORT,
  SENTINEL_PORT,
  startRedisOn,
  startSentinelOn,
} from "./programs.ts";

const SETTLED_WITHIN_MS = 20_000;
const SLOTS = 16_384;

export interface Data {
  readonly url: string;
  /** Every host that has a part of it. */
  readonly hosts: readonly string[];
  /** Where writes went at the start. */
  readonly primary: string;
}

export type StartData = (placing: Placing, keep: (program: Program) => void) => Promise<Data>;

export const oneRedis =
  (host: string): StartData =>
  async (placing, keep) => {
    const server = await startRedisOn(placing, host);
    keep(server);
    return { url: `redis://${server.address}:${server.port}`, hosts: [host], primary: host };
  };

/** Workers reach it over another network; it is started, and looked at, as always. */
export const overBadLinks =
  (links: Pick<BadLinks, "address">, start: StartData): StartData =>
  async (placing, keep) => {
    const data = await start(placing, keep);
    const url = data.hosts.reduce(
      (text, host) => text.replaceAll(`${placing.network.address(host)}:`, `${links.address(host)}:`),
      data.url,
    );
    return { ...data, url };
  };

/**
 * A primary, a replica on each other host, a Sentinel on each host; two Sentinels agree that the primary is gone.
 * @param minReplicas so many replicas must be in touch for the primary to write; 0: it writes alone
 */
export const sentinels =
  (hosts: readonly string[], minReplicas: number): StartData =>
  async (placing, keep) => {
    const [first = "", ...others] = hosts;
    const guard = ["--min-replicas-to-write", String(minReplicas), "--min-replicas-max-lag", "2"];
    const timing = ["--repl-ping-replica-period", "1", "--repl-timeout", "5"];
    const primary = await startRedisOn(placing, first, [...guard, ...timing]);
    keep(primary);
    const follows = ["--replicaof", primary.address, String(REDIS_PORT)];
    for (const host of others) {
      const replica = await startRedisOn(placing, host, [...follows, ...guard, ...timing]);
      keep(replica);
      await until("a replica follows", () => linked(replica), SETTLED_WITHIN_MS);
    }
    const watchers: Program[] = [];
    for (const host of hosts) {
      const sentinel = await startSentinelOn(placing, host);
      keep(sentinel);
      watchers.push(sentinel);
      await ask(sentinel, "SENTINEL", "MONITOR", "game", primary.address, String(REDIS_PORT), "2");
      const times = ["down-after-milliseconds", "1000", "failover-timeout", "5000"];
      await ask(sentinel, "SENTINEL", "SET", "game", ...times);
    }
    const known = new RegExp(`slaves=${others.length},sentinels=${hosts.length}`);
    for (const sentinel of watchers)
      await until(
        "the Sentinels know each other",
        async () => known.test(String(await ask(sentinel, "INFO", "sentinel"))),
        SETTLED_WITHIN_MS,
      );
    const addresses = hosts.map((host) => `${placing.network.address(host)}:${SENTINEL_PORT}`);
    return { url: `redis+sentinel://${addresses.join(",")}/game`, hosts, primary: first };
  };

async function linked(replica: Program): Promise<boolean> {
  return String(await ask(replica, "INFO", "replication")).includes("master_link_status:up");
}

/** A primary with a third of the slots on each host, without replicas. */
export const cluster =
  (hosts: readonly string[]): StartData =>
  async (placing, keep) => {
    const nodes: Program[] = [];
    for (const host of hosts) {
      const own = ["--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf"];
      const timing = ["--cluster-node-timeout", "1500", "--cluster-require-full-coverage", "no"];
      const node = await startRedisOn(placing, host, [...own, ...timing]);
      keep(node);
      nodes.push(node);
    }
    const [first] = nodes;
    if (first === undefined) throw new Error("a Cluster needs a host");
    for (const [at, node] of nodes.entries()) {
      await ask(node, "CLUSTER", "SET-CONFIG-EPOCH", String(at + 1));
      if (node !== first) await ask(first, "CLUSTER", "MEET", node.address, String(node.port));
      const [from = 0, to = 0] = [at, at + 1].map((part) => Math.round((part * SLOTS) / nodes.length));
      await ask(node, "CLUSTER", "ADDSLOTSRANGE", String(from), String(to - 1));
    }
    for (const node of nodes)
      await until(
        "the Cluster is whole",
        async () => {
          const told = String(await ask(node, "CLUSTER", "INFO"));
          return (
            told.includes("cluster_state:ok") &&
            told.includes(`cluster_known_nodes:${nodes.length}`) &&
            told.includes("cluster_slots_ok:16384")
          );
        },
        SETTLED_WITHIN_MS,
      );
    await delay(500);
    const addresses = nodes.map(({ address, port }) => `${address}:${port}`);
    return { url: `redis+cluster://${addresses.join(",")}`, hosts, primary: hosts[0] ?? "" };
  };
