import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "../../core/ports/log.ts";
import { createInFlight } from "../../middleware/command-queue.ts";
import { gameContract } from "../../namespaces/game/schema.ts";
import { type DrainableSession, drainSessions, RECONNECT_SPREAD_MS } from "../../server/process/drain.ts";
import { onEachSetup } from "../support/app.ts";

const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };
const alone = { amongOthers: false, onClosing() {} };
const never = new Promise<void>(() => undefined);

/** Sessions that write down what happens to them. */
function recorded(count: number) {
  const events: string[] = [];
  const sessions: DrainableSession[] = Array.from({ length: count }, (_, i) => ({
    emit: (event) => void events.push(`${event} ${i}`),
    socket: { conn: { close: () => void events.push(`close ${i}`) } },
  }));
  return { events, registry: { all: () => sessions } };
}

describe("draining", () => {
  it("says goodbye, waits for commands under way, then closes", async () => {
    const { events, registry } = recorded(2);
    const inFlight = createInFlight();
    void inFlight.track(delay(200)).then(() => events.push("command done"));
    const drained = drainSessions({ registry, inFlight, log: quiet, drainMs: 5_000, ...alone });
    await drained;
    assert.deepEqual(events, [
      "server_draining 0",
      "server_draining 1",
      "command done",
      "close 0",
      "close 1",
    ]);
  });

  it("waits no longer than the drain time for commands that hang, in all", async () => {
    const { events, registry } = recorded(1);
    const inFlight = createInFlight();
    void inFlight.track(never);
    const startedAt = performance.now();
    await drainSessions({ registry, inFlight, log: quiet, drainMs: 300, ...alone });
    const tookMs = performance.now() - startedAt;
    assert.ok(tookMs >= 290 && tookMs < 3_000, `took ${tookMs} ms`);
    assert.deepEqual(events, ["server_draining 0", "close 0"]);
  });

  it("among other workers clients are let go one by one, each when it was told", async () => {
    const startedAt = performance.now();
    const said: number[] = [];
    const closedAt: number[] = [];
    const sessions: DrainableSession[] = Array.from({ length: 20 }, (_, i) => ({
      emit: (_event, { reconnect_in_ms }) => void said.push(reconnect_in_ms),
      socket: {
        conn: {
          close() {
            closedAt[i] = performance.now() - startedAt;
          },
        },
      },
    }));
    let letIn = true;
    await drainSessions({
      registry: { all: () => sessions },
      inFlight: createInFlight(),
      log: quiet,
      drainMs: 2_000,
      amongOthers: true,
      onClosing() {
        letIn = false;
      },
    });
    assert.equal(letIn, false);
    assert.equal(closedAt.length, 20);
    for (const [i, at] of closedAt.entries())
      assert.ok(at >= (said[i] ?? 0) - 20 && at < (said[i] ?? 0) + 300, `said ${said[i]}, closed ${at}`);
    assert.ok(Math.max(...closedAt) - Math.min(...closedAt) > 200, "not all at once");
    assert.ok(Math.max(...closedAt) < 2_000, "within the drain time");
  });

  it("nobody to say goodbye to: nothing is waited for", async () => {
    const startedAt = performance.now();
    const drained = { registry: { all: () => [] }, inFlight: createInFlight(), log: quiet, drainMs: 60_000 };
    await drainSessions({ ...drained, amongOthers: true, onClosing() {} });
    assert.ok(performance.now() - startedAt < 100);
  });

  it("a second signal ends the waiting at once, and connections are still closed", async () => {
    const { events, registry } = recorded(500);
    const inFlight = createInFlight();
    void inFlight.track(never);
    const skip = new AbortController();
    const drained = drainSessions({
      registry,
      inFlight,
      log: quiet,
      drainMs: 60_000,
      amongOthers: true,
      onClosing() {},
      skip: skip.signal,
    });
    skip.abort();
    const startedAt = performance.now();
    await drained;
    assert.ok(performance.now() - startedAt < 500);
    assert.equal(events.filter((event) => event.startsWith("close")).length, 500);
  });
});

onEachSetup((setup) => {
  it("a stopping worker tells its clients when to come back, and takes nobody new", async () => {
    const app = await setup.start({ env: { DRAIN_TIME: "2s" } });
    const [worker] = app.workers;
    assert.ok(worker);
    const clients = await Promise.all(["ann", "bob"].map((name) => app.connect(gameContract, name)));
    const closed = worker.close();
    for (const client of clients) {
      const told = (await client.nextAny("server_draining")) as {
        reconnect_in_ms: number;
        timestamp: string;
      };
      assert.ok(told.reconnect_in_ms >= 0 && told.reconnect_in_ms <= RECONNECT_SPREAD_MS + 100);
      assert.equal(new Date(told.timestamp).toISOString(), told.timestamp);
      await client.nextAny("(disconnect)");
    }
    await assert.rejects(app.connect(gameContract, "cleo"));
    await closed;
  });

  it("commands that were sent before the goodbye are answered", async () => {
    const app = await setup.start({ env: { DRAIN_TIME: "2s" } });
    const client = await app.connect(gameContract, "ann");
    const answers = Array.from({ length: 10 }, () => client.raw("room:create", { game: "dash-dice" }));
    await client.call("user:list", {});
    const closed = app.workers[0]?.close();
    for (const ack of await Promise.all(answers)) assert.ok(ack.ok);
    await closed;
  });

  it("who has connected before the port closes is served, also where the server has not looked yet", async () => {
    const app = await setup.start({ env: { DRAIN_TIME: "2s" } });
    await app.connect(gameContract, "ann");
    const { port } = new URL(app.url);
    const sockets = Array.from({ length: 60 }, () => connect(Number(port), "127.0.0.1"));
    const answers = sockets.map(async (socket) => {
      socket.write("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
      let answer = "";
      for await (const part of socket.setEncoding("utf8")) answer += String(part);
      return answer.slice(0, "HTTP/1.1 200".length);
    });
    await Promise.race(sockets.map((socket) => once(socket, "connect")));
    const closed = app.workers[0]?.close();
    const got = await Promise.all(answers);
    assert.deepEqual(new Set(got), new Set(["HTTP/1.1 200"]));
    await closed;
  });
});
