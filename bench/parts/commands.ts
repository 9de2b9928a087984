import { besideBare, inTurns, type Part, perCpuSecond } from "./part.ts";

/** `echo` is acknowledged; `ping` is answered with an event and acknowledged. Neither stores anything. */
const COMMANDS = ["echo", "ping"] as const;

export const commands: Part = {
  name: "commands",
  summary: "commands that store nothing: 200 connections, one command of each under way",
  async run(budget, add) {
    await besideBare(budget, async (bare, muster) => {
      const connect = { task: "connect", count: 200, namespaces: ["/"], atOnce: 20 } as const;
      await bare.run(connect);
      await muster.run(connect);
      for (const event of COMMANDS) {
        const call = { task: "call", event, seconds: budget.seconds } as const;
        await bare.run({ ...call, seconds: 1 });
        await muster.run({ ...call, seconds: 1 });
        const runs = await inTurns(budget.rounds, {
          bare: () => bare.run(call),
          muster: () => muster.run(call),
        });
        add(perCpuSecond("commands", event, "acks/CPU s", runs, (run) => run.done));
      }
    });
  },
};
