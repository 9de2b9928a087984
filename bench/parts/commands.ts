import { besideBare, inTurns, type Part, perCpuSecond } from "./part.ts";

export const commands: Part = {
  name: "commands",
  summary: "acknowledged commands that store nothing",
  async run({ seconds, rounds, plainBroadcast, quick }, add) {
    await besideBare({ seconds, rounds, plainBroadcast, quick }, async (bare, muster) => {
      const task = { task: "connect", count: 200, namespaces: ["/"], atOnce: 20 } as const;
      await bare.run(task);
      await muster.run(task);
      const ping = { task: "ping", seconds } as const;
      await bare.run({ ...ping, seconds: 1 });
      await muster.run({ ...ping, seconds: 1 });
      const runs = await inTurns(rounds, { bare: () => bare.run(ping), muster: () => muster.run(ping) });
      add(perCpuSecond("commands", "ping, 200 connections", "acks/CPU s", runs, (run) => run.done));
    });
  },
};
