import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { rm } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setImmediate as immediate } from "node:timers/promises";
import { asId, newId, type WorkerId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import { topic } from "../../core/ports/store/bus.ts";
import { createRollingReload, type RollingReload } from "../../server/cluster/rolling-reload.ts";
import { createBus } from "../../server/store/embedded/in-memory.ts";
import { closeAll, startTwoWorkers } from "../support/app.ts";
import { leaveSocket } from "../support/killed.ts";
import { workshop } from "../support/redis-store.ts";
import { workersRedisUrl } from "../support/shared-redis.ts";

const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };

describe("rolling reload: workers on one port", () => {
  let bus: ReturnType<typeof createBus>;
  /** What each worker was told to do, in order. */
  let told: string[];
  const living = new Set<string>();
  const crashed = new Set<string>();
  const all = new Map<string, RollingReload>();
  const happening = new EventEmitter();

  beforeEach(() => {
    bus = createBus(quiet);
    told = [];
  });
  afterEach(async () => {
    for (const one of all.values()) await one.leaving();
    for (const set of [all, living, crashed]) set.clear();
    happening.removeAllListeners();
  });

  /** The slot is the name's first letter: `a2` replaces `a`. */
  async function arrive(name: string, group = "one"): Promise<void> {
    const say = (what: string) => {
      if (crashed.has(name)) return;
      told.push(`${name} ${what}`);
      happening.emit(`${name} ${what}`);
    };
    const rollingReload = await createRollingReload({
      bus: {
        publish: bus.publish,
        subscribe: (topic, listener) =>
          bus.subscribe(topic, (message) => {
            if (!crashed.has(name)) listener(message);
          }),
      },
      worker: asId<WorkerId>(name),
      port: { group, slot: name.slice(0, 1) },
      log: quiet,
      pause: () => say("pauses"),
      resume: async () => say("resumes"),
      async dead(among) {
        happening.emit(`${name} looks`);
        return among.filter((one) => !living.has(one));
      },
    });
    living.add(name);
    all.set(name, rollingReload);
    await rollingReload.arrived();
  }
  async function leave(name: string): Promise<void> {
    await all.get(name)?.leaving();
    all.delete(name);
  }
  const gone = (...names: string[]) => {
    for (const name of names) living.delete(name);
  };
  /** Resolves when a worker has been told, or does, so. */
  const heard = (what: string) => once(happening, what);
  /** It has looked who lives, and acted on it. */
  async function looks(name: string): Promise<void> {
    await heard(`${name} looks`);
    await immediate();
  }

  it("in a reload the old ones leave new connections to those who came, until their turn", async () => {
    for (const name of ["a", "b", "c", "a2"]) await arrive(name);
    await leave("a");
    assert.deepEqual(told, ["b pauses", "c pauses"]);
    gone("a");
    await looks("a2");
    await arrive("b2");
    await leave("b");
    assert.deepEqual(told, ["b pauses", "c pauses", "a2 pauses"], "b's clients are for b2 alone");
    const taken = heard("a2 resumes");
    gone("b");
    await Promise.all([taken, looks("b2")]);
    await arrive("c2");
    await leave("c");
    assert.deepEqual(told.slice(4), ["a2 pauses", "b2 pauses"]);
  });

  it("two that are replaced at the same time: whoever came takes connections in the end", async () => {
    for (const name of ["a", "b", "c", "b2", "a2"]) await arrive(name);
    await leave("a");
    await leave("b");
    assert.deepEqual(told, ["b pauses", "c pauses", "b2 pauses", "b2 resumes"]);
  });

  it("one that stops without a successor leaves the others as they are", async () => {
    for (const name of ["a", "b"]) await arrive(name);
    await leave("b");
    assert.deepEqual(told, []);
  });

  it("when the successors stop too, connections are taken again", async () => {
    for (const name of ["a", "b", "a2"]) await arrive(name);
    await leave("a");
    await leave("a2");
    assert.deepEqual(told, ["b pauses", "b resumes"]);
  });

  it("when the successors die, connections are taken again", async () => {
    for (const name of ["a", "b", "a2"]) await arrive(name);
    await leave("a");
    const taken = heard("b resumes");
    gone("a", "a2");
    await taken;
    assert.deepEqual(told, ["b pauses", "b resumes"]);
  });

  it("a second reload right after the first: those of the first pause, each until its turn", async () => {
    for (const name of ["a", "b", "a2"]) await arrive(name);
    await leave("a");
    gone("a");
    await looks("a2");
    await arrive("b2");
    await leave("b");
    const taken = heard("a2 resumes");
    gone("b");
    await taken;
    told = [];
    await arrive("a3");
    await leave("a2");
    assert.deepEqual(told, ["b2 pauses"]);
    gone("a2");
    await Promise.all([looks("a3"), looks("b2")]);
    assert.deepEqual(told, ["b2 pauses"]);
    await arrive("b3");
    await leave("b2");
    assert.deepEqual(told, ["b2 pauses", "a3 pauses"]);
  });

  it("who was started again after a crash is no older than the rest", async () => {
    for (const name of ["a", "b", "a2"]) await arrive(name);
    await leave("a");
    await arrive("b2");
    await leave("b");
    crashed.add("a2");
    gone("a", "b", "a2");
    told = [];
    for (const name of ["a3", "a4"]) await arrive(name);
    await leave("a3");
    gone("a3");
    await looks("b2");
    assert.deepEqual(told, ["b2 pauses"], "the next reload begins with it");
  });

  it("workers on another port do not count", async () => {
    await arrive("a");
    await arrive("b", "two");
    await arrive("a2");
    await leave("a");
    assert.deepEqual(told, []);
  });
});

describe("succession of workers on one host", () => {
  const shop = workshop();
  afterEach(closeAll);

  it("a successor that is killed while its predecessor stops is missed before the store has it for dead", async () => {
    const group = "the host";
    const app = await startTwoWorkers({ app: { sharedPort: { group, slot: "0" } } });
    const [worker] = app.workers;
    assert.ok(worker);
    const killed = newId<WorkerId>("w");
    const url = await workersRedisUrl();
    const redisPrefix = worker.worker.slice("w0-".length);
    const left = await shop.open(url, { worker: killed, prefix: redisPrefix });
    const socket = join(tmpdir(), `muster-${userInfo().uid}`, `${killed}.sock`);
    try {
      await leaveSocket(socket);
      await left.presence.heartbeat({});
      const answers = () =>
        fetch(`${app.url}/ready`, { headers: { connection: "close" } }).then(
          () => true,
          () => false,
        );
      assert.ok(await answers());
      await left.bus.publish(topic("worker-succession"), {
        event: "leaving",
        worker: newId("w"),
        successor: killed,
        generation: 1,
        group,
      });
      while (await answers());
      while (!(await answers()));
      const listed = (await worker.services.store.presence.workers()).map((one) => one.worker);
      assert.ok(listed.includes(killed), "nobody has swept it yet");
    } finally {
      await rm(socket, { force: true });
    }
  });
});
