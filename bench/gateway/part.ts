/** Fan-out of the plain WebSocket gateway beside a bare `ws` server and beside our own Socket.IO path, measured in turn. */
import { fill, type Part, perCpuSecond, withSides } from "../parts/part.ts";
import type { Run, Side, SideOptions } from "../support/side.ts";

const ROOM = "arena";

const BESIDE: readonly (SideOptions & { readonly name: string })[] = [
  { kind: "muster", name: "our Socket.IO" },
  { kind: "ws-once", plain: true, name: "bare ws, text once" },
  { kind: "ws-each", plain: true, name: "bare ws, text per recipient" },
];

export const gateway: Part = {
  name: "gateway",
  summary: "messages to plain WebSocket clients, beside bare ws and our own Socket.IO path",
  async run(budget, add) {
    const { seconds, rounds, quick } = budget;
    const members = quick ? 500 : 1_000;
    const muster: SideOptions = { kind: "muster", plain: true, plainBroadcast: budget.plainBroadcast };
    await withSides([muster, ...BESIDE], async (plain, ...others) => {
      if (!plain) return;
      for (const side of [plain, ...others]) await fill(side, members, ROOM);
      for (const event of ["publish", "broadcast"] as const) {
        const task = { task: "send", event, room: ROOM, senders: 16, outstanding: 4, seconds } as const;
        const runs = new Map<Side, Run[]>([plain, ...others].map((side) => [side, []]));
        for (const side of runs.keys()) await side.run({ ...task, seconds: 0.5 });
        for (let round = 0; round < rounds; round++)
          for (const [side, of] of runs) of.push(await side.run(task));
        for (const [at, other] of others.entries()) {
          const what = `${event}, ${members} members, beside ${BESIDE[at]?.name}`;
          const both = { bare: runs.get(other) ?? [], muster: runs.get(plain) ?? [] };
          add(perCpuSecond("gateway", what, "deliveries/CPU s", both, (run) => run.events));
        }
      }
    });
  },
};
