/** How full Redis is, by `INFO memory`: the fullest primary counts, since any key can be the next one there. */
import type { Log } from "../../../../core/ports/log.ts";
import { createSpaceWatch, type Measured, partOf, type SpaceWatch } from "../../space-watch.ts";
import type { RedisConnection } from "./connection.ts";

export interface SpaceLimits {
  /** What the store may hold, where that is less than it could; of a cluster, each primary. */
  readonly capacityBytes?: number | undefined;
  /** Of it, what messages may not take. */
  readonly reservePercent: number;
}

const INFO = ["INFO", "memory"];

export function createRedisSpace(
  connection: Pick<RedisConnection, "sendToAll">,
  { capacityBytes = Number.POSITIVE_INFINITY, reservePercent }: SpaceLimits,
  log: Log,
): SpaceWatch {
  let warned = false;

  function measuredIn(reply: unknown): Measured | undefined {
    const fields = fieldsOf(String(reply));
    const number = (name: string) => Number(fields.get(name) ?? 0);
    const policy = fields.get("maxmemory_policy");
    if (!warned && policy !== undefined && policy !== "noeviction") {
      warned = true;
      log.warn({ policy }, "Redis may evict what is stored: set maxmemory-policy noeviction");
    }
    // What replicas and the append-only file wait for does not count against `maxmemory`.
    const usedBytes = number("used_memory") - number("mem_not_counted_for_evict");
    const most = Math.min(number("maxmemory") || number("total_system_memory"), capacityBytes);
    if (!Number.isFinite(usedBytes)) return undefined;
    return { usedBytes, capacityBytes: most > 0 && Number.isFinite(most) ? most : undefined };
  }

  return createSpaceWatch({
    log,
    reserveOf: partOf(reservePercent),
    async look() {
      const all = (await connection.sendToAll(INFO)).flatMap((reply) => measuredIn(reply) ?? []);
      const [fullest] = all.sort((one, other) => fullnessOf(other) - fullnessOf(one));
      if (fullest === undefined) throw new Error("no primary tells how full it is");
      return fullest;
    },
  });
}

const fullnessOf = ({ usedBytes, capacityBytes }: Measured): number =>
  capacityBytes === undefined ? 0 : usedBytes / capacityBytes;

/** Lines of `name:value`. */
function fieldsOf(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return fields;
}
