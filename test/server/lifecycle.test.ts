import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Log } from "../../core/ports/log.ts";
import { roomsContract } from "../../namespaces/rooms/index.ts";
import { type AppOptions, createApp } from "../../server/app.ts";
import { loadConfig } from "../../server/config/index.ts";
import { Lifecycle, type LifecyclePart, PHASES } from "../../server/process/lifecycle.ts";
import { closeAll, startEmbedded } from "../support/app.ts";

const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };
const never = new Promise<void>(() => undefined);

/** Parts that write down what is done with them. */
function recorder() {
  const errors: object[] = [];
  const events: string[] = [];
  const lifecycle = new Lifecycle({ ...quiet, error: (fields) => void errors.push(fields) });
  const part = (name: string, more: LifecyclePart = {}): LifecyclePart => ({
    start() {
      events.push(`start ${name}`);
      return more.start?.();
    },
    close() {
      events.push(`close ${name}`);
      return more.close?.();
    },
  });
  return { lifecycle, events, errors, part };
}

describe("lifecycle", () => {
  it("starts by phases and closes in the reverse order, whatever the order of adding", async () => {
    const { lifecycle, events, part } = recorder();
    for (const phase of PHASES.toReversed())
      for (const one of ["a", "b"]) lifecycle.add(phase, `${phase} ${one}`, part(`${phase} ${one}`));
    await lifecycle.start();
    const names = PHASES.flatMap((phase) => [`${phase} a`, `${phase} b`]);
    assert.deepEqual(
      events.splice(0),
      names.map((name) => `start ${name}`),
    );
    await lifecycle.close();
    assert.deepEqual(
      events,
      names.toReversed().map((name) => `close ${name}`),
    );
  });

  it("waits for each part before the next, both ways", async () => {
    const { lifecycle, events, part } = recorder();
    const slowly = (word: string) => async () => {
      await new Promise(setImmediate);
      events.push(word);
    };
    lifecycle.add("store", "a", part("a", { start: slowly("a started") }));
    lifecycle.add("sockets", "b", part("b", { close: slowly("b closed") }));
    await lifecycle.start();
    await lifecycle.close();
    assert.deepEqual(events, ["start a", "a started", "start b", "close b", "b closed", "close a"]);
  });

  for (const failing of PHASES)
    it(`a start that fails in the phase ${failing} starts nothing after it, and everything is closed`, async () => {
      const { lifecycle, events, part } = recorder();
      const fails = { start: () => Promise.reject(new Error("no")) };
      for (const phase of PHASES) lifecycle.add(phase, phase, part(phase, phase === failing ? fails : {}));
      await assert.rejects(lifecycle.start(), { message: "no" });
      const started = PHASES.slice(0, PHASES.indexOf(failing) + 1);
      assert.deepEqual(
        events.splice(0),
        started.map((phase) => `start ${phase}`),
      );
      await lifecycle.close();
      assert.deepEqual(
        events,
        PHASES.toReversed().map((phase) => `close ${phase}`),
      );
    });

  it("a part that throws, rejects or hangs is logged by name, and the rest is closed", async () => {
    const { lifecycle, events, errors, part } = recorder();
    lifecycle.add("store", "the store", part("the store"));
    lifecycle.add("services", "one", part("one", { close: () => never }), 20);
    lifecycle.add("services", "two", part("two", { close: () => Promise.reject(new Error("rejected")) }));
    lifecycle.add(
      "clients",
      "three",
      part("three", {
        close() {
          throw new Error("thrown");
        },
      }),
    );
    await lifecycle.close();
    assert.deepEqual(events, ["close three", "close two", "close one", "close the store"]);
    const told = errors.map((fields) => [Reflect.get(fields, "part"), String(Reflect.get(fields, "err"))]);
    assert.deepEqual(told, [
      ["three", "Error: thrown"],
      ["two", "Error: rejected"],
      ["one", "Error: it was not closed within 20 ms"],
    ]);
  });

  it("a second close joins the first, also from within a part", async () => {
    const { lifecycle, events, part } = recorder();
    let closedTwice: Promise<void> | undefined;
    const closeAgain = () => {
      closedTwice = lifecycle.close();
    };
    lifecycle.add("store", "a", part("a"));
    lifecycle.add("clients", "b", part("b", { close: closeAgain }));
    await Promise.all([lifecycle.close(), lifecycle.close()]);
    await closedTwice;
    assert.deepEqual(events, ["close b", "close a"]);
  });

  it("takes no part once it closes, for nobody would close it", async () => {
    const { lifecycle, part } = recorder();
    await lifecycle.close();
    assert.throws(() => lifecycle.add("store", "late", part("late")), /late was added/);
  });
});

describe("an application whose start fails", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "muster-lifecycle-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const start = (env: Record<string, string> = {}, options: Partial<AppOptions> = {}) =>
    createApp(loadConfig({ cwd: folder, env: { WEBSOCKET_PORT: "0", LOG_LEVEL: "silent", ...env } }).config, {
      log: quiet,
      ...options,
    });
  /** Nobody can subscribe to topics that begin like this. */
  const withoutTopic = (prefix: string): Partial<AppOptions> => ({
    wrapStore: (store) => ({
      ...store,
      bus: {
        publish: (topic, message) => store.bus.publish(topic, message),
        group: (listener) => store.bus.group(listener),
        subscribe: (topic, listener) =>
          topic.topic.startsWith(prefix) ? failure() : store.bus.subscribe(topic, listener),
      },
    }),
  });
  const failure = () => Promise.reject(new Error("injected"));

  const cases: Record<string, () => Promise<unknown>> = {
    "the HTTP server": () => {
      writeFileSync(join(folder, "bad.pem"), "no certificate");
      return start({ TLS_CERT_FILE: "bad.pem", TLS_KEY_FILE: "bad.pem" });
    },
    "a service": () => start({}, withoutTopic("")),
    "a namespace": () => start({}, { world: { tickMs: -1 } }),
    "the inbox, which starts after everything is made": () => start({}, withoutTopic("inbox:")),
  };
  for (const [what, fails] of Object.entries(cases))
    it(`closes what was opened: ${what}`, async () => {
      await assert.rejects(fails, /injected|certificate|PEM|tickMs/);
      // The lock on the folder would refuse a second store.
      const app = await start({ DRAIN_TIME: "0" });
      await app.listen();
      await app.close();
    });

  it("closes the store although a part before it cannot be closed", async () => {
    const errors: string[] = [];
    const log: Log = { ...quiet, error: (_fields, message) => void errors.push(message) };
    const app = await start({}, { log });
    Object.assign(app.io, { close: failure });
    await app.listen();
    await app.close();
    assert.deepEqual(errors, ["Socket.IO could not be closed; the rest is closed"]);
    await (await start()).close();
  });
});

describe("an application that closes", () => {
  afterEach(closeAll);

  it("joins a second close to the first, and lets it skip the waiting", async () => {
    const app = await startEmbedded({ env: { DRAIN_TIME: "60s" } });
    const [worker] = app.workers;
    assert.ok(worker);
    await app.connect(roomsContract, "ann");
    const held = worker.io.engine;
    const startedAt = performance.now();
    const first = worker.close();
    await Promise.all([first, worker.close({ skip: AbortSignal.abort() })]);
    assert.equal(held.clientsCount, 0);
    // Clients are let go over two seconds where nothing skips it.
    assert.ok(performance.now() - startedAt < 1_900);
  });
});
