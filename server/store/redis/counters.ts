/** Counters of all workers. */
import type { SharedCounters } from "../../../core/ports/store/counters.ts";
import type { Partition } from "../../../core/ports/store/keys.ts";
import type { RedisContext } from "./context.ts";
import { settled } from "./link/one-question.ts";
import { number, wholeMs } from "./reply.ts";

export function createCounters({ keys, run }: RedisContext): SharedCounters {
  return {
    async add(deltas, ttlMs) {
      const totals = deltas.map((): number | undefined => undefined);
      // A counter is a partition of its own.
      const groups = [...keys.byShard(deltas, ({ key }) => key as Partition)];
      const adds = groups.map(async (group) => {
        const chosen = group.flatMap((at) => deltas[at] ?? []);
        const names = chosen.map(({ key }) => keys.counter(key));
        const reply = await run("counters_add", names, [wholeMs(ttlMs), ...chosen.map(({ add }) => add)]);
        for (const [i, at] of group.entries()) totals[at] = number(reply, i + 1);
      });
      await settled(adds);
      return totals;
    },
  };
}
