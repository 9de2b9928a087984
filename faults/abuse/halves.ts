/** Rows 29 to 31: what is begun and not ended, and what is begun again and again. */
import net from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { RawEngine } from "../../test/support/raw-engine.ts";
import { openSocket, within } from "./clients.ts";
import { abuseRow } from "./row.ts";
import type { Target } from "./target.ts";

/** What a message and a handshake may take here, so that a row need not wait for thirty seconds. */
const TIMEOUT_MS = 2_000;
/** And the time in which the end of it must be noticed. */
const NOTICED_MS = 5_000;
const QUICK = { WEBSOCKET_TIMEOUT: `${TIMEOUT_MS}ms` };

/** Waits for the end of all, and says how many did not end. */
async function allEnd(target: Target, what: string, ends: readonly Promise<unknown>[]): Promise<void> {
  const limit = delay(TIMEOUT_MS + NOTICED_MS, "late" as const);
  const late = (await Promise.all(ends.map((end) => Promise.race([end, limit])))).filter(
    (end) => end === "late",
  );
  target.note(`${what}: cut`, ends.length - late.length);
  target.expect(late.length === 0, `${late.length} of ${ends.length} were not cut: ${what}`);
}

const spread = (target: Target, at: number) => target.urls[at % target.urls.length] ?? target.urls[0];
const times = <T>(count: number, make: (at: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => make(at));

export const halfMessages = abuseRow({
  id: "29",
  title: "attachments that never come, messages that never end",
  tried: "100 connections of each kind, on plain WebSocket and Socket.IO",
  mustHold: "given up or cut within 5 s of the time limit",
  env: QUICK,
  async attack(target) {
    const count = target.quick ? 10 : 100;
    const engines = await Promise.all(times(count, (at) => RawEngine.open(spread(target, at))));
    await Promise.all(
      engines.map((engine, at) =>
        engine.connect("/", { token: target.token(`m-${at % 10}`) }).catch(() => ""),
      ),
    );
    for (const engine of engines) {
      engine.send('52-["publish",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]');
      engine.send(Buffer.alloc(100_000));
    }
    const fragmented = times(2 * count, (at) =>
      openSocket(
        spread(target, at),
        at % 2 ? `/ws?token=${target.token(`f-${at % 40}`)}` : "/socket.io/?EIO=4&transport=websocket",
      ),
    );
    await Promise.all(
      fragmented.map(async ({ ws, status }) => {
        if ((await within(status)) !== 101) return;
        for (let at = 0; at < 1_000; at++) ws.send("x", { fin: false });
      }),
    );
    await Promise.all([
      // Such a packet is given up and answered; the connection may go on.
      allEnd(
        target,
        "unfinished attachments",
        engines.map((engine) =>
          engine.error().then(
            () => "answered",
            () => engine.closed,
          ),
        ),
      ),
      allEnd(
        target,
        "one-byte fragments",
        fragmented.map(({ closed }) => closed),
      ),
    ]);
    for (const { ws } of [...engines, ...fragmented]) ws.terminate();
  },
});

export const connectFloods = abuseRow({
  id: "30",
  title: "floods of CONNECT, and loops of joining and leaving",
  tried: "20,000 CONNECTs on one transport; joins and leaves without end",
  mustHold: "at most one session per namespace, then cut",
  async attack(target) {
    const count = target.quick ? 2_000 : 20_000;
    const token = target.token("mallory");
    for (const url of target.urls) {
      const engine = await RawEngine.open(url);
      for (let at = 0; at < count; at++) engine.send(`0/chat,{"token":"${token}"}`);
      const ended = await within(engine.closed.then(() => "cut"));
      const joined = engine.log.filter((text) => String(text).startsWith("0/chat,")).length;
      target.note(`flood: ${ended === "late" ? "stays" : ended}`);
      target.note("sessions told", joined);
      const health = (await (await fetch(`${url}/health`)).json()) as { clients: number };
      target.expect(health.clients < 100, `${health.clients} clients are counted after the flood`);
      target.expect(ended === "cut" || joined < 100, `${joined} sessions were made by one transport`);
      engine.close();
    }
    let loops = 0;
    while (target.goesOn()) {
      const engine = await RawEngine.open(spread(target, loops));
      for (let at = 0; at < 200; at++) {
        engine.send(`0/game,{"token":"${token}"}`);
        engine.send("1/game,");
      }
      const ended = await within(
        engine.closed.then(() => "cut"),
        500,
      );
      target.note(`join and leave: ${ended === "late" ? "served" : ended}`);
      engine.close();
      loops++;
    }
  },
});

const HALF_REQUESTS: Readonly<Record<string, string>> = {
  "silent TCP": "",
  "half a request": "GET /health HT",
  "half the headers": "GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ",
  "half a body":
    "POST /api/websocket HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
  "half an upgrade":
    "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ",
};

export const halfConnections = abuseRow({
  id: "31",
  title: "slow handshakes and half things",
  tried: "silent TCP, half requests, a byte each half second, upgrades without CONNECT: 100 of each",
  mustHold: "all cut within 5 s of the time limit",
  env: QUICK,
  async attack(target) {
    const count = target.quick ? 10 : 100;
    const open = (at: number, text: string) => {
      const socket = net.connect(Number(new URL(spread(target, at)).port), "127.0.0.1");
      const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
      socket.on("error", () => undefined).resume();
      if (text !== "") socket.write(text);
      return { socket, closed };
    };
    const kinds = Object.entries(HALF_REQUESTS).map(([what, text]) => ({
      what,
      all: times(count, (at) => open(at, text)),
    }));
    const slow = times(count, (at) => open(at, "GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: "));
    const drip = setInterval(() => {
      for (const { socket } of slow) if (socket.writable) socket.write("x");
    }, 500);
    const silent = times(count, (at) =>
      openSocket(spread(target, at), "/socket.io/?EIO=4&transport=websocket"),
    );
    try {
      await Promise.all([
        ...kinds.map(({ what, all }) =>
          allEnd(
            target,
            what,
            all.map(({ closed }) => closed),
          ),
        ),
        allEnd(
          target,
          "a byte each half second",
          slow.map(({ closed }) => closed),
        ),
        allEnd(
          target,
          "no CONNECT",
          silent.map(({ closed }) => closed),
        ),
      ]);
    } finally {
      clearInterval(drip);
      for (const { socket } of [...kinds.flatMap(({ all }) => all), ...slow]) socket.destroy();
      for (const { ws } of silent) ws.terminate();
    }
  },
});
