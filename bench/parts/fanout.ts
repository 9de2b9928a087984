import type { Task } from "../support/messages.ts";
import { besideBare, fill, inTurns, type Part, perCpuSecond } from "./part.ts";

const ROOM = "arena";

/** How many send, and how many messages each has under way: many are what can be joined, one is the least. */
const LOADS = [
  ["publish", 16, 4],
  ["broadcast", 16, 4],
  ["broadcast", 1, 1],
] as const;

export const fanout: Part = {
  name: "fanout",
  summary: "messages to a room, through a stream (publish) and without one (broadcast)",
  async run(budget, add) {
    const { seconds, rounds, quick } = budget;
    for (const members of quick ? [1_000] : [100, 1_000])
      await besideBare(budget, async (bare, muster) => {
        await fill(bare, members, ROOM);
        await fill(muster, members, ROOM);
        for (const [event, senders, outstanding] of LOADS) {
          const task = { task: "send", event, room: ROOM, senders, outstanding, seconds } as const;
          const warm: Task = { ...task, seconds: 0.5 };
          await bare.run(warm);
          await muster.run(warm);
          const runs = await inTurns(rounds, { bare: () => bare.run(task), muster: () => muster.run(task) });
          add(
            perCpuSecond(
              "fanout",
              `${event}, ${members} members, ${senders * outstanding} under way`,
              "deliveries/CPU s",
              runs,
              (run) => run.events,
            ),
          );
        }
      });
  },
};
