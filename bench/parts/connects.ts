import { NAMESPACES } from "../../core/contract/contract.ts";
import { besideBare, inTurns, type Part, perCpuSecond } from "./part.ts";

export const connects: Part = {
  name: "connects",
  summary: "new connections, ours with a token that is verified and a presence that is counted",
  async run(budget, add) {
    await besideBare(budget, async (bare, muster) => {
      for (const [what, namespaces] of [
        ["one namespace", ["/"]],
        ["all six namespaces", NAMESPACES],
      ] as const) {
        const task = { task: "connect", count: budget.quick ? 500 : 1_500, namespaces, atOnce: 32 } as const;
        const once = async (side: typeof bare) => {
          const run = await side.run(task);
          await side.run({ task: "drop" });
          return run;
        };
        await once(bare);
        await once(muster);
        const runs = await inTurns(budget.rounds, { bare: () => once(bare), muster: () => once(muster) });
        const title = `${task.count} at a time, ${what}`;
        add(perCpuSecond("connects", title, "connections/CPU s", runs, (run) => run.done));
      }
    });
  },
};
