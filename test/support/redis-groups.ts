/** Several real Redis servers that are one to their clients: a Redis Cluster, or a primary with a replica under Sentinels. */
import { createClient } from "redis";
import { freePort } from "./free-port.ts";
import { type RedisServer, startRedis } from "./redis.ts";
import { until } from "./until.ts";

const SLOTS = 16_384;
/** After so long without an answer the others take over for a node. */
const NODE_TIMEOUT_MS = 1_500;

/** One command, with any reply. */
export async function ask(
  { port, address = "127.0.0.1" }: Pick<RedisServer, "port"> & { readonly address?: string },
  ...words: string[]
): Promise<unknown> {
  const client = createClient({
    url: `redis://${address}:${port}`,
    socket: { reconnectStrategy: false, connectTimeout: 2_000 },
  });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await client.sendCommand(words);
  } finally {
    client.destroy();
  }
}

export interface RedisCluster {
  readonly url: string;
  /** Each has a third of the slots. */
  readonly primaries: readonly RedisServer[];
  /** One more primary, without slots, where it was asked for. */
  readonly spare: RedisServer | undefined;
  /** One for each primary, in the same order; none where they were not asked for. */
  readonly replicas: readonly RedisServer[];
  /** Moves a slot with its keys from one primary to another, as resharding does. */
  moveSlot(
    slot: number,
    from: RedisServer,
    to: RedisServer,
    options?: { readonly stopBeforeHandover?: boolean },
  ): Promise<void>;
  close(): Promise<void>;
}

export async function startRedisCluster(
  options: { readonly replicas?: boolean; readonly spare?: boolean } = {},
): Promise<RedisCluster> {
  const servers: RedisServer[] = [];
  async function start(): Promise<RedisServer> {
    const busPort = await freePort();
    const server = await startRedis({
      args: [
        ...["--cluster-enabled", "yes", "--cluster-port", String(busPort)],
        ...["--cluster-node-timeout", String(NODE_TIMEOUT_MS), "--cluster-config-file", "nodes.conf"],
        ...["--repl-diskless-sync-delay", "0", "--cluster-replica-validity-factor", "0"],
        ...["--cluster-require-full-coverage", "no"],
      ],
    });
    servers.push(server);
    buses.set(server, busPort);
    return server;
  }
  const buses = new Map<RedisServer, number>();
  const close = async () => {
    await Promise.all(servers.map((server) => server.close()));
  };
  try {
    const primaries = [await start(), await start(), await start()];
    const replicas = options.replicas ? [await start(), await start(), await start()] : [];
    const spare = options.spare ? await start() : undefined;
    const [first] = servers;
    if (first === undefined) throw new Error("no server");
    const ids = await Promise.all(
      servers.map(async (server) => String(await ask(server, "CLUSTER", "MYID"))),
    );
    for (const [at, server] of servers.entries()) {
      await ask(server, "CLUSTER", "SET-CONFIG-EPOCH", String(at + 1));
      if (server === first) continue;
      await ask(first, "CLUSTER", "MEET", "127.0.0.1", String(server.port), String(buses.get(server)));
    }
    for (const [at, server] of primaries.entries()) {
      const [from, to] = [at, at + 1].map((part) => Math.round((part * SLOTS) / primaries.length));
      await ask(server, "CLUSTER", "ADDSLOTSRANGE", String(from), String((to ?? 0) - 1));
    }
    for (const [at, server] of replicas.entries()) {
      const id = ids[at] ?? "";
      // It must have heard of its primary first.
      await until(
        "a replica knows its primary",
        async () => (await ask(server, "CLUSTER", "REPLICATE", id)) === "OK",
      );
    }
    for (const server of servers)
      await until("the cluster is whole", async () => {
        const info = String(await ask(server, "CLUSTER", "INFO"));
        const nodes = String(await ask(server, "CLUSTER", "NODES"));
        const told = nodes.trim().split("\n");
        const linked = told.filter(
          (line) =>
            / slave /.test(line.replace("myself,", " ")) || / master /.test(line.replace("myself,", " ")),
        );
        return (
          info.includes("cluster_state:ok") &&
          linked.length === servers.length &&
          !/fail|handshake/.test(nodes)
        );
      });
    for (const server of replicas)
      await until("a replica follows", async () =>
        String(await ask(server, "INFO", "replication")).includes("master_link_status:up"),
      );
    return {
      url: `redis+cluster://${primaries.map(({ port }) => `127.0.0.1:${port}`).join(",")}`,
      primaries,
      replicas,
      spare,
      async moveSlot(slot, from, to, { stopBeforeHandover = false } = {}) {
        const [fromId = "", toId = ""] = [from, to].map((server) => ids[servers.indexOf(server)]);
        await moveKeys(slot, from, to, fromId, toId);
        if (stopBeforeHandover) return;
        const others = [...primaries, ...(spare ? [spare] : [])].filter((one) => one !== from && one !== to);
        for (const server of [to, from, ...others])
          await ask(server, "CLUSTER", "SETSLOT", String(slot), "NODE", toId);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function moveKeys(
  slot: number,
  from: RedisServer,
  to: RedisServer,
  fromId: string,
  toId: string,
): Promise<void> {
  await ask(to, "CLUSTER", "SETSLOT", String(slot), "IMPORTING", fromId);
  await ask(from, "CLUSTER", "SETSLOT", String(slot), "MIGRATING", toId);
  for (;;) {
    const keys = await ask(from, "CLUSTER", "GETKEYSINSLOT", String(slot), "100");
    if (!Array.isArray(keys) || keys.length === 0) break;
    await ask(from, "MIGRATE", "127.0.0.1", String(to.port), "", "0", "5000", "KEYS", ...keys.map(String));
  }
}

export interface RedisUnderSentinels {
  readonly url: string;
  readonly primary: RedisServer;
  readonly replica: RedisServer;
  readonly sentinels: readonly RedisServer[];
  close(): Promise<void>;
}

/** Three Sentinels, of which two agree that the primary is gone. */
export async function startSentinels(): Promise<RedisUnderSentinels> {
  const servers: RedisServer[] = [];
  const keep = async (server: Promise<RedisServer>) => {
    servers.push(await server);
    return server;
  };
  const close = async () => {
    await Promise.all(servers.map((server) => server.close()));
  };
  try {
    const primary = await keep(startRedis({ args: ["--repl-diskless-sync-delay", "0"] }));
    const replica = await keep(startRedis({ args: ["--replicaof", "127.0.0.1", String(primary.port)] }));
    await until("the replica follows", async () =>
      String(await ask(replica, "INFO", "replication")).includes("master_link_status:up"),
    );
    const sentinels: RedisServer[] = [];
    for (let n = 0; n < 3; n++) {
      const sentinel = await keep(startRedis({ sentinel: true }));
      await ask(sentinel, "SENTINEL", "MONITOR", "game", "127.0.0.1", String(primary.port), "2");
      await ask(
        sentinel,
        "SENTINEL",
        "SET",
        "game",
        "down-after-milliseconds",
        "1000",
        "failover-timeout",
        "5000",
      );
      sentinels.push(sentinel);
    }
    for (const sentinel of sentinels)
      await until("the Sentinels know each other and the replica", async () => {
        const info = String(await ask(sentinel, "INFO", "sentinel"));
        return /slaves=1,sentinels=3/.test(info);
      });
    return {
      url: `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(",")}/game`,
      primary,
      replica,
      sentinels,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
