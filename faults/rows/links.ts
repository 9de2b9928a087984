/** Rows 2 and 8 to 10: workers that stand still, and clients that say nothing, read nothing or acknowledge nothing. */
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { io } from "socket.io-client";
import WebSocket from "ws";
import { connectMuster } from "../../client/index.ts";
import { connectTalker, observerOf } from "../chatter.ts";
import { check, noCounts } from "../checker.ts";
import { checkEffects, type Effect } from "../effects.ts";
import { ms, percentile, seconds } from "../figures.ts";
import type { Operation } from "../history.ts";
import type { Row, RowContext } from "../row.ts";
import { openStage, type Worker } from "../stage.ts";
import { until } from "../waiting.ts";
import { device } from "./once.ts";

const KEPT = 100;
const NOTHING = { counts: noCounts(), gapsTold: 0, examples: [] };

export const frozenWorker: Row = {
  id: "2",
  title: "a worker stands still past its lease and past the stream's length",
  async run({ quick, progress }: RowContext) {
    const stage = await openStage({ env: { RETENTION_MAX_LENGTH: String(KEPT) } });
    try {
      const [frozen, other] = stage.workers;
      if (!frozen || !other) throw new Error("two workers are needed");
      const [ann, bob] = await Promise.all(
        [frozen, other].map(({ url }, at) => connectTalker(stage, `user-${at}`, "channel-0", url)),
      );
      if (!ann || !bob) throw new Error("nobody talks");
      const operations: Operation[] = [];
      const say = async (talker: typeof ann, id: string) => {
        const outcome = await talker.send(id);
        operations.push({ id, stream: "channel-0", sender: talker.name, outcome });
      };
      for (let at = 0; at < 20; at++) await say(at % 2 ? ann : bob, `before-${at}`);

      // One turn of a fight, seen by two devices: the one at the frozen worker acts too late.
      const [slow, fast] = [device(stage, "eve", frozen.url), device(stage, "eve", other.url)];
      const { combat_session_id } = await fast.in("/combat").call("combat_create", {
        participants: [
          { id: "eve", kind: "player", team: "heroes" },
          { id: "ogre", kind: "monster", team: "monsters" },
        ],
        turn_seconds: 600,
      });
      for (const muster of [slow, fast])
        await muster.in("/combat").call("combat_join", { combat_session_id });
      const { version } = await fast.in("/combat").call("combat_state", { combat_session_id });

      frozen.freeze();
      const move = { combat_session_id, action: "attack", version };
      const late = slow
        .in("/combat")
        .call("combat_action", move)
        .then(
          () => "accepted",
          (error: { code?: string }) => error.code ?? "failed",
        );
      await fast.in("/combat").call("combat_action", move);
      const frozenAt = performance.now();
      for (let at = 0; at < 3 * KEPT; at++) await say(bob, `while-${at}`);
      // Past the heartbeat's five seconds and every lease.
      await delay(Math.max(0, (quick ? 6_000 : 12_000) - (performance.now() - frozenAt)));
      frozen.thaw();
      progress("the worker goes on");
      const problems: string[] = [];
      const answer = await late;
      if (answer !== "stale_version") problems.push(`the late move was answered ${answer}`);
      for (let at = 0; at < 20; at++) await say(at % 2 ? ann : bob, `after-${at}`);
      await until(
        "all have seen the last",
        () =>
          [ann, bob].every(
            ({ seen }) =>
              seen.at(-1)?.kind === "entry" && seen.some((s) => s.kind === "entry" && s.id === "after-19"),
          ),
        20_000,
      );
      const kept = await bob.read();
      const verdict = check({
        operations,
        observers: [observerOf(ann), observerOf(bob)],
        final: new Map([["channel-0", kept]]),
        trimmed: new Map([["channel-0", (kept[0]?.offset ?? 1) - 1]]),
        dense: true,
      });
      for (const one of [ann, bob, slow, fast]) one.close();
      return { verdict, figures: `late writes accepted ${answer === "accepted" ? 1 : 0}`, problems };
    } finally {
      await stage.close();
    }
  },
};

const GRACE_MS = 1_000;
const PONG_WAIT_MS = 3_000;

export const halfOpen: Row = {
  id: "8",
  title: "half-open connections: packets are dropped and nobody is told",
  async run({ quick }: RowContext) {
    const stage = await openStage({
      env: {
        WEBSOCKET_PING_INTERVAL: "2s",
        WEBSOCKET_PONG_WAIT: `${PONG_WAIT_MS}ms`,
        GRACE_PRESENCE: `${GRACE_MS}ms`,
      },
    });
    try {
      const watcher = device(stage, "watcher", stage.workers[0]?.url);
      const left: string[] = [];
      watcher.in("/game").on("presence", (change) => left.push(...change.left));
      await watcher.in("/game").call("user:list", {});
      const count = quick ? 5 : 50;
      const names = Array.from({ length: count }, (_, at) => `gone-${at}`);
      const sockets = await Promise.all(
        names.map(async (name) => {
          const socket = io(`${stage.balancer.url}/game`, {
            transports: ["websocket"],
            forceNew: true,
            reconnection: false,
            auth: { token: stage.token(name) },
          });
          await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
          return socket;
        }),
      );
      stage.balancer.stallAll();
      const tookMs = await until("all are seen to be gone", () => new Set(left).size === count, 30_000);
      await delay(1_500);
      watcher.close();
      for (const socket of sockets) socket.disconnect();
      const effects = names.map((id) => ({
        id,
        answers: ["gone"],
        effects: left.filter((name) => name === id).length,
      }));
      const limitMs = PONG_WAIT_MS + GRACE_MS + 6_000;
      return {
        verdict: checkEffects(effects),
        figures: `${count} connections, all told as gone after ${seconds(tookMs)}`,
        problems: tookMs > limitMs ? [`told only after ${seconds(tookMs)}`] : [],
      };
    } finally {
      await stage.close();
    }
  },
};

async function rssMb({ pid }: Worker): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024;
}

/** Phases before a client goes silent, at most; less when memory grows by less than so much from one to the next. */
const MOST_WARM_UPS = 9;
const SETTLED_MB = 6;
const NOISE_MS = 5;

export const neverReads: Row = {
  id: "9",
  title: "a client that never reads, in a busy room",
  async run({ quick, progress }: RowContext) {
    const stage = await openStage({ workers: 1 });
    try {
      const [worker] = stage.workers;
      if (!worker) throw new Error("a worker is needed");
      const phaseMs = quick ? 4_000 : 20_000;
      const data = "x".repeat(16_000);
      const talkers = Array.from({ length: 8 }, (_, at) => device(stage, `talker-${at}`, worker.url));
      const latencies: number[] = [];
      await Promise.all(
        talkers.map(({ rooms }) =>
          rooms.follow("busy", {
            message: (message) => latencies.push(Date.now() - (message.data as { at: number }).at),
          }),
        ),
      );
      /** Lasts longer where something is waited for, since kernels queue megabytes before a server can notice. */
      async function phase(enough: () => boolean = () => true): Promise<{ p99: number; rss: number }> {
        latencies.length = 0;
        const end = performance.now() + phaseMs;
        const limit = end + 3 * phaseMs;
        let rss = 0;
        const watch = setInterval(
          () => void rssMb(worker as Worker).then((now) => (rss = Math.max(rss, now))),
          100,
        );
        await Promise.all(
          talkers.map(async ({ rooms }) => {
            while (performance.now() < end || (!enough() && performance.now() < limit)) {
              await rooms.publish("busy", { at: Date.now(), data });
              await delay(20);
            }
          }),
        );
        clearInterval(watch);
        return { p99: percentile(latencies, 0.99), rss };
      }
      const listener = await listening(worker, stage.token("silent"));
      // A heap grows for minutes under any load: what one client costs shows only when it has settled.
      let before = await phase();
      for (let warm = 1; warm < MOST_WARM_UPS; warm++) {
        const next = await phase();
        const grown = next.rss - before.rss;
        before = next;
        progress(`${before.rss.toFixed(0)} MB before`);
        if (grown < SETTLED_MB) break;
      }
      const silent = listener.stopReading();
      const during = await phase(() => silent.closedAt() > 0);
      const cut = silent.closedAt() > 0;
      silent.close();
      for (const talker of talkers) talker.close();
      const growth = during.rss - before.rss;
      progress(`p99 ${ms(before.p99)} without, ${ms(during.p99)} with the silent client`);
      const problems: string[] = [];
      if (!cut) problems.push("it was not cut");
      if (growth > 16) problems.push(`memory grew by ${growth.toFixed(0)} MB`);
      // A few milliseconds are as much as one collection of garbage takes.
      if (during.p99 > Math.max(before.p99 * 1.2, before.p99 + NOISE_MS))
        problems.push(`the others' p99 went from ${ms(before.p99)} to ${ms(during.p99)}`);
      return {
        verdict: NOTHING,
        figures: `memory ${growth.toFixed(0)} MB more, p99 of the others ${ms(before.p99)} → ${ms(during.p99)}`,
        problems,
      };
    } finally {
      await stage.close();
    }
  },
};

/** Subscribes to the busy room over a raw WebSocket, and reads from its socket until it is told to stop. */
async function listening(worker: Worker, token: string) {
  const socket = new WebSocket(`${worker.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
  socket.on("error", () => undefined);
  await new Promise<void>((resolve) => {
    socket.on("message", (frame) => {
      const text = String(frame);
      if (text.startsWith("0")) socket.send(`40${JSON.stringify({ token })}`);
      else if (text.startsWith("40")) socket.send(`42${JSON.stringify(["subscribe", { room: "busy" }])}`);
      else if (text === "2") socket.send("3");
      else if (text.includes("subscribed")) resolve();
    });
  });
  return {
    stopReading() {
      socket.pause();
      return isGone(worker, socket);
    },
  };
}

/** A paused socket is not told that it was closed: the server's own count of connections is asked. */
function isGone(worker: Worker, socket: WebSocket) {
  let at = 0;
  const timer = setInterval(() => {
    void fetch(`${worker.url}/health`)
      .then((answer) => answer.json())
      .then((health) => {
        if ((health as { clients: number }).clients <= 8 && at === 0) at = performance.now();
      })
      .catch(() => undefined);
  }, 250);
  return {
    closedAt: () => at,
    close() {
      clearInterval(timer);
      socket.terminate();
    },
  };
}

export const neverAcknowledges: Row = {
  id: "10",
  title: "a client that never acknowledges reliable events",
  async run({ quick }: RowContext) {
    const stage = await openStage();
    try {
      const [one, other] = stage.workers;
      const service = connectMuster({
        url: one?.url ?? "",
        token: stage.token("service", { roles: ["service"] }),
        manager: { transports: ["websocket"], forceNew: true },
      });
      const arrivals = new Map<string, number[]>();
      const deaf = io(`${one?.url}/game`, {
        transports: ["websocket"],
        forceNew: true,
        auth: { token: stage.token("ann"), reliable: true },
      });
      deaf.on("achievement", ({ achievement }: { achievement: string }) => {
        arrivals.set(achievement, [...(arrivals.get(achievement) ?? []), performance.now()]);
      });
      await new Promise<void>((resolve) => deaf.once("connect", () => resolve()));
      const count = quick ? 5 : 100;
      const names = Array.from({ length: count }, (_, at) => `a${at}`);
      for (const achievement of names)
        await service.in("/game").call("achievement", { user_id: "ann", achievement });
      await delay(quick ? 7_500 : 16_000);
      const tries = Math.max(...names.map((name) => arrivals.get(name)?.length ?? 0));
      const problems: string[] = [];
      // At 0, 2, 6, 14 and 30 seconds.
      if (tries < 2 || tries > 5) problems.push(`an event was sent ${tries} times`);
      const phone = device(stage, "ann", other?.url);
      const taken: string[] = [];
      phone.in("/game").on("achievement", ({ achievement }) => taken.push(achievement));
      await until("another device has all", () => new Set(taken).size === count, 20_000);
      await delay(1_000);
      const before = [...arrivals.values()].flat().length;
      await delay(4_500);
      const afterwards = [...arrivals.values()].flat().length - before;
      if (afterwards > 0) problems.push(`${afterwards} came again after another device had acknowledged`);
      const effects: Effect[] = names.map((id) => ({
        id,
        answers: ["stored"],
        effects: taken.filter((name) => name === id).length,
      }));
      deaf.disconnect();
      phone.close();
      service.close();
      return {
        verdict: checkEffects(effects),
        figures: `${count} events, each sent ${tries} times at most while unacknowledged`,
        problems,
      };
    } finally {
      await stage.close();
    }
  },
};
