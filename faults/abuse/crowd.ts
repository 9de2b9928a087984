/** Rows 32 and 33: very many connections, and very many commands. */
import { setImmediate as turn } from "node:timers/promises";
import { type Opened, openSocket, within } from "./clients.ts";
import { abuseRow } from "./row.ts";
import type { Target } from "./target.ts";

const PER_ADDRESS = 100;
const PER_USER = 50;

async function letIn({ first }: Opened): Promise<boolean> {
  const text = await within(first);
  return typeof text === "string" && text !== "late" && !text.includes('"type":"error"');
}

export const manyConnections = abuseRow({
  id: "32",
  title: "very many connections of one address and of one user; forged addresses",
  tried: `1,000 of one address, 300 of one user, forged X-Forwarded-For behind one proxy`,
  mustHold: `at most ${PER_ADDRESS} of an address on a worker, ${PER_USER} of a user in all; others are let in`,
  env: {
    TRUST_PROXY: "1",
    WEBSOCKET_LIMITS_MAX_CONNECTIONS_PER_ADDRESS: String(PER_ADDRESS),
    WEBSOCKET_LIMITS_MAX_CONNECTIONS_PER_USER: String(PER_USER),
    RATE_LIMITS_ADDRESS: "off",
  },
  async attack(target) {
    const held: Opened[] = [];
    const open = (worker: number, user: string, forwarded: string) => {
      const url = target.urls[worker % target.urls.length] ?? target.urls[0];
      const one = openSocket(url, `/ws/game?token=${target.token(user)}`, { "x-forwarded-for": forwarded });
      held.push(one);
      return letIn(one);
    };
    const inBatches = async (count: number, make: (at: number) => Promise<boolean>) => {
      let admitted = 0;
      for (let at = 0; at < count; at += 50)
        admitted += (
          await Promise.all(Array.from({ length: Math.min(50, count - at) }, (_, i) => make(at + i)))
        ).filter(Boolean).length;
      return admitted;
    };
    const workers = target.urls.length;
    const few = target.quick ? 4 : 1;
    // What stands left of the last address was written by the client itself.
    const one = await inBatches((1_000 / few) * workers, (at) =>
      open(at, `crowd-${at}`, `192.0.2.${at % 250}, 203.0.113.7`),
    );
    target.note(`of ${(1_000 / few) * workers} of one address let in`, one);
    target.expect(one <= PER_ADDRESS * workers && one > 0, `${one} connections of one address were let in`);
    const user = await inBatches(300 / few, (at) => open(at, "mallory", `198.51.100.${at % 250}`));
    target.note(`of ${300 / few} of one user let in`, user);
    target.expect(user <= PER_USER && user > 0, `${user} connections of one user were let in`);
    const others = await inBatches(20, (at) => open(at, `other-${at}`, `203.0.113.${100 + at}`));
    target.note("of 20 others let in", others);
    target.expect(others === 20, `${20 - others} of 20 others were refused`);
    for (const { ws } of held) ws.terminate();
    await Promise.all(held.map(({ closed }) => within(closed)));
  },
});

/** What a flood has unsent before it waits, in bytes: the server reads no faster. */
const UNSENT = 1_000_000;
const BATCH = 250;
const COMMANDS = [
  { type: "ping" },
  { type: "publish", room: "flood", data: "x".repeat(50) },
  { type: "subscribe", room: "flood" },
];

async function flood(target: Target, worker: number, user: string): Promise<void> {
  const url = target.urls[worker % target.urls.length] ?? target.urls[0];
  const socket = openSocket(url, `/ws?token=${target.token(user)}`);
  if ((await within(socket.status)) !== 101) {
    target.note("not let in");
    return;
  }
  const { ws } = socket;
  ws.on("message", (data: Buffer) => {
    const text = data.toString("latin1", 0, 400);
    if (text.includes("rate_limited")) target.note("refused");
    else if (text.includes('"ok":true')) target.note("served");
  });
  let sent = 0;
  while (target.goesOn() && ws.readyState === ws.OPEN) {
    if (ws.bufferedAmount < UNSENT)
      for (let at = 0; at < BATCH; at++)
        ws.send(JSON.stringify({ ...COMMANDS[sent++ % COMMANDS.length], id: sent }));
    await turn();
  }
  target.note("sent", sent);
  if (ws.readyState !== ws.OPEN) target.note(`cut with ${await socket.closed}`);
  ws.terminate();
}

export const floods = abuseRow({
  id: "33",
  title: "floods of commands: one client, and one user on all workers",
  tried: "as many commands as can be written, on one connection, then of one user on every worker",
  mustHold: "refused, then cut; served at most what the user's limit says",
  async attack(target) {
    const counts = { served: 0, refused: 0 };
    const counting: Target = {
      ...target,
      note(what, times = 1) {
        if (what === "served" || what === "refused") counts[what] += times;
        target.note(what, times);
      },
    };
    const startedAt = performance.now();
    for (let at = 0; target.goesOn() || at === 0; at++) {
      await flood(counting, at, "mallory");
      await Promise.all(target.urls.map((_, worker) => flood(counting, worker, "eve")));
      // A client that was cut comes back, as often as it can.
      await turn();
    }
    const seconds = Math.ceil((performance.now() - startedAt) / 1_000) + 1;
    // Two users, each with three kinds of commands at 20 a second, or 400 in all.
    target.expect(counts.served <= 2 * 400 * seconds, `${counts.served} were served in ${seconds} s`);
    target.expect(counts.refused > 0, "nothing was refused");
  },
});
