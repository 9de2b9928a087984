import { setTimeout as wait } from "node:timers/promises";
import type { NamespaceName } from "../../core/contract/contract.ts";
import { type Part, SETTLE_MS, shareOfCore, withSides } from "./part.ts";

export const idle: Part = {
  name: "idle",
  summary: "what connections cost while nothing happens",
  async run({ quick, seconds }, add) {
    const counts = quick ? [1_000, 4_000] : [1_000, 4_000, 8_000];
    const measure = (kind: "bare" | "muster", namespaces: readonly NamespaceName[]) =>
      withSides([{ kind }], async (side) => {
        const shares: number[] = [];
        let made = 0;
        for (const count of counts) {
          await side?.run({ task: "connect", count: count - made, namespaces, atOnce: 20 });
          made = count;
          await wait(SETTLE_MS);
          shares.push(await shareOfCore(side, seconds * 4_000));
        }
        return shares;
      });
    const bare = await measure("bare", ["/"]);
    const muster = await measure("muster", ["/"]);
    const chat = await measure("muster", ["/chat"]);
    for (const [at, count] of counts.entries()) {
      const row = { part: "idle", unit: "% of a core" } as const;
      const percent = (shares: readonly number[]) => 100 * (shares[at] ?? 0);
      const on = (line: string) => ({
        what: `${count} connections on ${line}`,
        growth: { of: "connections", at: count, line },
      });
      add({ ...row, ...on("/"), bare: percent(bare), muster: percent(muster) });
      add({ ...row, ...on("/chat"), muster: percent(chat) });
    }
  },
};
