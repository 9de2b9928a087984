/** The Admin UI's buttons, by its protocol: what its page sends, and what its own server side does then. */
import assert from "node:assert/strict";
import type { Socket } from "socket.io-client";
import { roomsContract } from "../../namespaces/rooms/schema.ts";
import { createConsoleAudit } from "../../server/console/audit.ts";
import { closeAll, onEachSetup, startEmbedded, type TestApp } from "../support/app.ts";
import { connectClient, type TestClient } from "../support/client.ts";
import { logBook } from "../support/log-book.ts";
import { closePlain, openPlain } from "../support/plain.ts";
import { until } from "../support/until.ts";

const LOGIN = { username: "operator", password: "rather-long-and-not-obvious" };
const ENV = {
  AUTH_MODE: "dev",
  ADMIN_USERNAME: LOGIN.username,
  ADMIN_PASSWORD: LOGIN.password,
  ADMIN_MODE: "development",
};
/** As `instrument()` of the package lists them. */
const BUTTONS = ["EMIT", "JOIN", "LEAVE", "DISCONNECT", "MJOIN", "MLEAVE", "MDISCONNECT"];

type Answer = { readonly ok: boolean; readonly error?: { readonly code: string; readonly message: string } };
const open: Socket[] = [];

async function enter(app: TestApp): Promise<TestClient<never>> {
  const watcher = await connectClient<never>({ url: app.url, namespace: "/admin", name: "w", auth: LOGIN });
  open.push(watcher.socket);
  return watcher;
}

const press = (watcher: TestClient<never>, ...args: [string, ...unknown[]]): Promise<Answer> =>
  watcher.socket.timeout(20_000).emitWithAck(...args);

const audited = async (app: TestApp) => {
  const { store } = app.workers[0]?.services ?? assert.fail();
  const { entries } = await createConsoleAudit(store).page({ limit: 100 });
  return entries as readonly Readonly<Record<string, unknown>>[];
};

const closeWatchers = () => {
  for (const socket of open.splice(0)) socket.disconnect();
  closePlain();
};

onEachSetup((setup) => {
  describe("the dashboard's buttons", () => {
    afterEach(closeWatchers);

    it("send, join, leave and disconnect on all workers, each written to the audit and the log", async () => {
      const log = logBook("info");
      const app = await setup.start({ env: ENV, log });
      const ann = await app.connect(roomsContract, "ann", { worker: 0 });
      const bob = await app.connect(roomsContract, "bob", { worker: 1 });
      const watcher = await enter(app);
      const config = (await watcher.nextAny("config")) as { supportedFeatures: string[] };
      assert.deepEqual(config.supportedFeatures, [...BUTTONS, "AGGREGATED_EVENTS", "ALL_EVENTS"]);
      const id = bob.socket.id ?? "";
      const marks = async (text: string) => {
        assert.deepEqual(await press(watcher, "emit", "/", undefined, "mark", { text }), { ok: true });
        const isIt = (payload: unknown) => (payload as { text: string }).text === text;
        await Promise.all([ann, bob].map((client) => client.nextAny("mark", isIt)));
      };

      await marks("a secret text");
      assert.deepEqual(await press(watcher, "join", "/", "vip", id), { ok: true });
      await watcher.nextAny("room_joined");
      await press(watcher, "emit", "/", "vip", "only", { n: 1 });
      await bob.nextAny("only");
      // As the page sends it: without an acknowledgement.
      watcher.socket.emit("leave", "/", "vip");
      await watcher.nextAny("room_left");
      await press(watcher, "emit", "/", "vip", "only", { n: 2 });
      await press(watcher, "emit", "/", id, "only", { n: 3 });
      await bob.nextAny("only", (payload) => (payload as { n: number }).n === 3);
      await marks("after");
      assert.ok(!ann.log.some(({ event }) => event === "only"));
      assert.equal(bob.log.filter(({ event }) => event === "only").length, 2);
      assert.deepEqual(await press(watcher, "_disconnect", "/", false, id), { ok: true });
      assert.equal(await bob.nextAny("(disconnect)"), "io server disconnect");
      assert.ok(ann.socket.connected);

      const acts = await audited(app);
      assert.deepEqual(
        acts.map(({ action }) => String(action).replace("admin_ui.", "")),
        ["emit", "join", "emit", "leave", "emit", "emit", "emit", "disconnect"],
      );
      assert.deepEqual(acts[1]?.input, { namespace: "/", to: id, room: "vip" });
      assert.deepEqual(acts[7]?.input, { namespace: "/", to: id, whole_connection: false });
      assert.ok(acts.every(({ by, address, failed }) => by === LOGIN.username && address && !failed));
      assert.equal(log.of("the dashboard acted", { by: LOGIN.username }).length, acts.length);
      assert.doesNotMatch(
        JSON.stringify([acts, log.lines]),
        /a secret text/,
        "what an event carries is kept",
      );
    });
  });
});

describe("the dashboard's buttons", () => {
  afterEach(async () => {
    closeWatchers();
    await closeAll();
  });

  it("are refused with a message where it is read-only, which production is unless it is told otherwise", async () => {
    for (const [env, isReadOnly] of [
      [{ ADMIN_MODE: "production" }, true],
      [{ ADMIN_MODE: "development", ADMIN_READ_ONLY: "true" }, true],
      [{ ADMIN_MODE: "production", ADMIN_READ_ONLY: "false" }, false],
    ] as const) {
      const app = await startEmbedded({ env: { ...ENV, ...env } });
      const ann = await app.connect(roomsContract, "ann");
      const watcher = await enter(app);
      const config = (await watcher.nextAny("config")) as { supportedFeatures: string[] };
      assert.equal(config.supportedFeatures.includes("DISCONNECT"), !isReadOnly);
      const answer = await press(watcher, "emit", "/", undefined, "fake", {});
      assert.deepEqual(
        [answer.ok, answer.error?.code],
        isReadOnly ? [false, "forbidden"] : [true, undefined],
      );
      if (!isReadOnly) continue;
      assert.match(answer.error?.message ?? "", /read-only: admin\.read_only/);
      watcher.socket.emit("_disconnect", "/", true);
      const told = (await watcher.nextAny("error")) as { code: string; event: string };
      assert.deepEqual([told.code, told.event], ["forbidden", "_disconnect"]);
      await ann.call("ping", {});
      assert.ok(!ann.log.some(({ event }) => event === "fake"));
      assert.deepEqual(await audited(app), []);
    }
  });

  it("are refused where they make no sense, and do nothing to the dashboard itself", async () => {
    const app = await startEmbedded({ env: ENV });
    const ann = await app.connect(roomsContract, "ann");
    const watcher = await enter(app);
    const long = "x".repeat(300);
    const wrong: [string, ...unknown[]][] = [
      ["emit"],
      ["emit", "/nowhere", undefined, "e"],
      ["emit", { name: "/" }, undefined, "e"],
      ["emit", "/", undefined, ""],
      ["emit", "/", undefined, "disconnect"],
      ["emit", "/", undefined, "ack", {}],
      ["emit", "/", { room: 1 }, "e"],
      ["emit", "/", undefined, long],
      ["join", "/"],
      ["join", "/", 7],
      ["leave", "/", long],
      ["_disconnect", "/", true, ["x"]],
      ["_disconnect", "/admin", true],
    ];
    for (const args of wrong)
      assert.equal(
        (await press(watcher, ...args)).error?.code,
        "invalid_payload",
        JSON.stringify(args).slice(0, 60),
      );
    assert.ok(!app.workers[0]?.io._nsps.has("/nowhere"));
    assert.deepEqual(await audited(app), []);
    assert.ok(ann.socket.connected && watcher.socket.connected);
    const codes: (string | undefined)[] = [];
    for (let at = 0; at < 60; at++) codes.push((await press(watcher, "leave", "/", "nobody")).error?.code);
    assert.ok(codes.includes("rate_limited"));
  });

  it("reach plain WebSocket clients too, whatever an event carries", async () => {
    const app = await startEmbedded({ env: ENV });
    const plain = openPlain(app.url, "/ws/game", { query: { user_id: "ann" } });
    await plain.next("welcome");
    const watcher = await enter(app);
    for (const args of [[], ["text"], [null], [7, 8], [[1]], [{ type: "x", id: 1 }], [new Uint8Array([1])]])
      assert.deepEqual(await press(watcher, "emit", "/game", undefined, "odd", ...args), { ok: true });
    await press(watcher, "emit", "/game", undefined, "news", { text: "hello" });
    assert.equal((await plain.next("news")).text, "hello");
    await press(watcher, "_disconnect", "/game", true);
    await plain.closed;
  });
});

describe("the dashboard's lists", () => {
  afterEach(async () => {
    closeWatchers();
    await closeAll();
  });

  it("have the namespaces also when nobody is there, so that the page shows who comes", async () => {
    const app = await startEmbedded({ env: ENV });
    const watcher = await enter(app);
    assert.deepEqual(await watcher.nextAny("all_sockets"), []);
    const before = watcher.log.slice(
      0,
      watcher.log.findIndex(({ event }) => event === "all_sockets"),
    );
    const named = before.filter(({ event }) => event === "socket_updated").map(({ payload }) => payload);
    assert.ok(
      named.some((update) => (update as { nsp: string }).nsp === "/"),
      "no namespace to select",
    );
  });

  it("tell of a connection that goes from polling to WebSocket, in each of its namespaces", async () => {
    const app = await startEmbedded({ env: ENV });
    const watcher = await enter(app);
    await watcher.nextAny("all_sockets");
    const ann = await app.connect(roomsContract, "ann", { transports: ["polling", "websocket"] });
    const shown = () => {
      let transport: string | undefined;
      for (const { event, payload } of watcher.log) {
        const update = payload as { id?: string; transport?: string };
        if (/^socket_(connected|updated)$/.test(event) && update.id === ann.socket.id)
          transport = update.transport ?? transport;
      }
      return transport;
    };
    await until("WebSocket", () => ann.socket.io.engine.transport.name === "websocket");
    await until("the transport on the page", () => shown() === "websocket");
    const listed = await enter(app);
    const [socket] = (await listed.nextAny("all_sockets")) as { transport: string }[];
    assert.equal(socket?.transport, "websocket");
    watcher.socket.disconnect();
    listed.socket.disconnect();
    const [server] = app.workers[0]?.io.of("/").sockets.values() ?? [];
    await until("no listener", () => server?.conn.listenerCount("upgrade") === 0);
    assert.equal(app.workers[0]?.held().watched_sockets, 0);
  });
});
