import type { Task } from "../support/messages.ts";
import type { Side } from "../support/side.ts";
import { besideBare, inTurns, type Part, perCpuSecond } from "./part.ts";

const ROOM = "arena";

async function fill(side: Side, members: number): Promise<void> {
  await side.run({ task: "connect", count: members, namespaces: ["/"], atOnce: 20 });
  await side.run({ task: "subscribe", room: ROOM });
}

export const fanout: Part = {
  name: "fanout",
  summary: "messages to a room, through a stream (publish) and without one (broadcast)",
  async run(budget, add) {
    const { seconds, rounds, quick } = budget;
    for (const members of quick ? [1_000] : [100, 1_000])
      await besideBare(budget, async (bare, muster) => {
        await fill(bare, members);
        await fill(muster, members);
        for (const event of ["publish", "broadcast"] as const) {
          const task = { task: "send", event, room: ROOM, senders: 16, outstanding: 4, seconds } as const;
          const warm: Task = { ...task, seconds: 0.5 };
          await bare.run(warm);
          await muster.run(warm);
          const runs = await inTurns(rounds, { bare: () => bare.run(task), muster: () => muster.run(task) });
          add(
            perCpuSecond(
              "fanout",
              `${event}, ${members} members`,
              "deliveries/CPU s",
              runs,
              (run) => run.events,
            ),
          );
        }
      });
  },
};
