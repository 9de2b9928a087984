/** Deadlines: per shard a sorted set of what is due when, and a hash of payloads and claims. */

import { randomName } from "../../../core/ids.ts";
import type { ClaimedDeadline, Deadlines } from "../../../core/ports/store/deadlines.ts";
import type { Partition } from "../../../core/ports/store/keys.ts";
import type { RedisContext } from "./context.ts";
import type { Shard } from "./keys.ts";
import { settled } from "./link/one-question.ts";
import { decode, number, type Reply, text } from "./reply.ts";

/** The beginning of a deadline's name; the id follows. Scripts put ids behind it that only they know. */
export const deadlineNameStart = (partition: Partition, kind: string): string =>
  `${partition.length}:${kind.length}:${partition}${kind}`;

export const deadlineName = (partition: Partition, kind: string, id: string): string =>
  deadlineNameStart(partition, kind) + id;

function readName(name: string): { partition: Partition; kind: string; id: string } {
  const [partitionLength = "", kindLength = ""] = name.split(":", 2);
  const start = partitionLength.length + kindLength.length + 2;
  const kindStart = start + Number(partitionLength);
  const idStart = kindStart + Number(kindLength);
  return {
    partition: name.slice(start, kindStart) as Partition,
    kind: name.slice(kindStart, idStart),
    id: name.slice(idStart),
  };
}

export function createDeadlines({ connection, keys, run }: RedisContext): Deadlines {
  /**
   * Whether one script looks at all shards: every worker does so five times a second, with users or without. On a cluster each shard has
   * a slot of its own, which no script leaves. A server of a cluster may be named without saying so; it refuses.
   */
  let isTogether = !connection.sharded;

  async function claimIn(shard: Shard, limit: number, leaseMs: number): Promise<ClaimedDeadline[]> {
    const claims = `${randomName(9)}.`;
    const args = [limit, Math.ceil(leaseMs), claims];
    return readClaims(await run("deadlines_claim", [shard.due, shard.dueValues], args));
  }

  async function peek(shards: readonly Shard[], limit: number) {
    const dues = shards.map(({ due }) => due);
    const reply = await run("deadlines_peek", dues, [limit]);
    return Array.from({ length: (reply.length - 1) / 2 }, (_, i) => ({
      shard: shards[number(reply, 1 + 2 * i) - 1] as Shard,
      dueAt: number(reply, 2 + 2 * i),
    }));
  }

  async function peekAll(limit: number) {
    if (isTogether)
      try {
        return await peek(keys.shards, limit);
      } catch (error) {
        if (!isCrossSlot(error)) throw error;
        isTogether = false;
      }
    return (await settled(keys.shards.map((shard) => peek([shard], limit)))).flat();
  }

  /** How many of the oldest due deadlines of all shards lie in which; one turn where nothing is due. */
  async function share(limit: number): Promise<{ shard: Shard; count: number }[]> {
    const oldest = (await peekAll(limit)).sort((a, b) => a.dueAt - b.dueAt);
    const counts = new Map<Shard, number>();
    for (const { shard } of oldest.slice(0, limit)) counts.set(shard, (counts.get(shard) ?? 0) + 1);
    return [...counts].map(([shard, count]) => ({ shard, count }));
  }

  return {
    async claim(limit, leaseMs, partition) {
      if (limit < 1) return [];
      if (partition !== undefined) return claimIn(keys.shardOf(partition), limit, leaseMs);
      const shares = await share(limit);
      const claims = await settled(shares.map(({ shard, count }) => claimIn(shard, count, leaseMs)));
      return claims.flat().sort((a, b) => a.dueAt - b.dueAt);
    },

    async complete({ partition, kind, id, claim }) {
      const shard = keys.shardOf(partition);
      const args = [deadlineName(partition, kind, id), claim];
      await run("deadlines_complete", [shard.due, shard.dueValues], args);
    },

    async soonest(limit) {
      if (limit < 1) return [];
      const pages = keys.shards.map(async ({ due }) => {
        const [, ...fields] = await run("deadlines_soonest", [due], [limit]);
        return Array.from({ length: fields.length / 2 }, (_, i) => ({
          ...readName(text(fields, 2 * i)),
          at: number(fields, 2 * i + 1),
        }));
      });
      return (await settled(pages))
        .flat()
        .sort((a, b) => a.at - b.at)
        .slice(0, limit);
    },

    async size() {
      const sizes = await Promise.all(keys.shards.map(({ due }) => connection.ask("ZCARD", due)));
      return sizes.reduce<number>((sum, _, at) => sum + number(sizes, at), 0);
    },
  };
}

const isCrossSlot = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith("CROSSSLOT");

/** After the time: name, due, payload, claim of each. */
function readClaims(reply: Reply): ClaimedDeadline[] {
  return Array.from({ length: (reply.length - 1) / 4 }, (_, i) => {
    const at = 1 + 4 * i;
    return {
      ...readName(text(reply, at)),
      dueAt: number(reply, at + 1),
      payload: decode<unknown>(text(reply, at + 2)),
      claim: text(reply, at + 3),
    };
  });
}
