/** All rows of the lab. */
import { setTimeout as delay } from "node:timers/promises";
import type { Row, RowContext } from "../../row.ts";
import { cluster, oneRedis, sentinels } from "../data.ts";
import type { Network } from "../network.ts";
import { DATA_HOSTS, HOSTS, type Lab } from "../stage.ts";
import { networkRow } from "./network.ts";
import { roomRows } from "./rooms.ts";
import { type LabFault, rowOf } from "./talk.ts";

const [DATA] = DATA_HOSTS;
const CUT_MS = 15_000;

async function partTwoHosts({ network }: Lab, { draws, progress }: RowContext): Promise<void> {
  const one = draws.pick(HOSTS);
  const other = draws.pick(HOSTS.filter((host) => host !== one));
  const mend = await network.part(one, [other]);
  progress(`${one} and ${other} are cut from each other`);
  await delay(CUT_MS);
  await mend();
}

async function cutPrimary({ network, data }: Lab, { progress }: RowContext): Promise<void> {
  const mend = await network.part(
    data.primary,
    data.hosts.filter((host) => host !== data.primary),
  );
  progress(`${data.primary} is cut from the others`);
  await delay(CUT_MS);
  await mend();
}

/** The halves of `cut`: what one side sends arrives, and no answer comes. */
const ONE_WAY: readonly LabFault[] = (["to", "from"] as const).map((way) => ({
  id: `cut-${way}`,
  title: `what goes ${way} Redis is dropped, and not what comes the other way`,
  tried: `packets ${way === "to" ? "from one of three hosts to Redis" : "from Redis to one of three hosts"} are dropped for 15 s`,
  data: oneRedis(DATA),
  async during({ network, data }: Lab, { draws, progress }: RowContext) {
    const host = draws.pick(HOSTS);
    const mend =
      way === "to" ? await network.cut(host, data.hosts) : await network.cut(data.hosts[0] ?? "", [host]);
    progress(`${host} is cut one way`);
    await delay(CUT_MS);
    await mend();
  },
}));

const faults: readonly LabFault[] = [
  {
    id: "cut",
    title: "a host is cut from Redis, and not from its clients",
    tried: "packets between one of three hosts and Redis are dropped both ways for 15 s",
    data: oneRedis(DATA),
    async during({ network, data }, { draws, progress }) {
      const host = draws.pick(HOSTS);
      const mend = await network.part(host, data.hosts);
      progress(`${host} is cut from Redis`);
      await delay(CUT_MS);
      await mend();
    },
  },
  ...ONE_WAY,
  {
    id: "hosts",
    title: "two hosts are cut from each other",
    tried: "packets between two of three hosts are dropped both ways for 15 s; Redis is on another host",
    data: oneRedis(DATA),
    sticky: true,
    during: partTwoHosts,
  },
  {
    id: "vanish",
    title: "a host vanishes",
    tried: "the link of one of three hosts goes down and its processes are killed; 15 s later it is back",
    data: oneRedis(DATA),
    sticky: true,
    async during({ network, hosts }, { draws, progress }) {
      const host = draws.pick(hosts);
      const plug = await network.unplug(host.name);
      await Promise.all(host.workers.map((worker) => worker.end("SIGKILL")));
      progress(`${host.name} is gone`);
      await delay(CUT_MS);
      await plug();
      await Promise.all(host.workers.map((worker) => worker.start()));
    },
  },
  {
    id: "deploy",
    title: "a rolling deploy, host by host",
    tried: "both workers of each host get SIGTERM and are started again, one host after the other",
    data: oneRedis(DATA),
    sticky: true,
    async during({ hosts }, { progress }) {
      for (const { name, workers } of hosts) {
        await Promise.all(workers.map((worker) => worker.end("SIGTERM")));
        await Promise.all(workers.map((worker) => worker.start()));
        progress(`${name} has the new version`);
        await delay(2_000);
      }
    },
  },
  {
    id: "cluster",
    title: "two of the hosts of a Redis Cluster are cut from each other",
    tried: "a primary of three on each host; packets between two of the hosts are dropped both ways for 15 s",
    data: cluster(HOSTS),
    during: partTwoHosts,
  },
  {
    id: "slow",
    title: "Redis is far away",
    tried: "packets between all hosts and Redis take 40 ms ± 10 each way",
    data: oneRedis(DATA),
    links: { delayMs: 40, jitterMs: 10, lostOfThousand: 0 },
    answeredWithinMs: 1_000,
    during: () => delay(CUT_MS),
  },
  {
    id: "lossy",
    title: "packets get lost between hosts and Redis",
    tried: "one of fifty packets between all hosts and Redis is lost, each way; the others take 2 ms ± 1",
    data: oneRedis(DATA),
    links: { delayMs: 2, jitterMs: 1, lostOfThousand: 20 },
    answeredWithinMs: 1_000,
    during: () => delay(CUT_MS),
  },
  {
    id: "split",
    title: "Redis' primary is cut from its replicas and Sentinels, and not from the workers",
    tried:
      "packets between the primary's host and those of two replicas are dropped both ways for 15 s; min-replicas-to-write 0",
    data: sentinels(DATA_HOSTS, 0),
    mayLose: "the old primary writes alone, and what it wrote is gone when it follows the new one",
    backWithinMs: Number.POSITIVE_INFINITY,
    during: cutPrimary,
  },
  {
    id: "split-guarded",
    title: "the same, and the primary writes only with a replica in touch",
    tried: "the same with min-replicas-to-write 1, min-replicas-max-lag 2",
    data: sentinels(DATA_HOSTS, 1),
    mayLose: "what the old primary wrote before it knew that no replica was in touch, for about two seconds",
    during: cutPrimary,
  },
  {
    id: "split-confirmed",
    title: "the same, and a command is acknowledged when a replica has it",
    tried: "the same with min-replicas-to-write 0 and store.redis_replicas_confirm 1",
    data: sentinels(DATA_HOSTS, 0),
    env: { REDIS_REPLICAS_CONFIRM: "1" },
    during: cutPrimary,
  },
];

export const labRows = (network: Network): readonly Row[] => [
  networkRow(network),
  ...faults.map(rowOf(network)),
  ...roomRows(network),
];
