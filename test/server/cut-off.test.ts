/** A worker that is cut from Redis, and not from its clients. */
import assert from "node:assert/strict";
import type { StoreHealth } from "../../core/ports/store/store.ts";
import { createInFlight } from "../../middleware/command-queue.ts";
import { chatContract } from "../../namespaces/chat/index.ts";
import { outwardHost } from "../../server/cluster/peers.ts";
import { createCutOff } from "../../server/process/cut-off.ts";
import { closeAll, startTwoWorkers, type TestApp } from "../support/app.ts";
import { get } from "../support/http.ts";
import { logBook } from "../support/log-book.ts";
import { openPlain } from "../support/plain.ts";
import { until } from "../support/until.ts";

const AWAY = { ok: false, reason: "Redis is not available: made up" } as const;
const HOUR_MS = 3_600_000;
const ENV = { CUT_OFF_AFTER: "50ms", PUBLIC_METRICS: "true" };

/** Two workers, some of which say that they have no Redis once it is said of them. */
async function start(away: ReadonlySet<number>): Promise<TestApp> {
  return startTwoWorkers({
    env: ENV,
    wrapStore: (store, at) => {
      const own = Object.create(store) as typeof store;
      return Object.assign(own, { health: () => (away.has(at) ? AWAY : store.health()) });
    },
  });
}

const ready = async (url = "") => (await get(`${url}/ready`)).body;

describe("a worker that is cut from Redis and not from its clients", () => {
  afterEach(closeAll);

  it("says so, lets them go to a worker that has it, takes no new ones, and takes clients again when it has it", async () => {
    const away = new Set<number>();
    const app = await start(away);
    const [url = ""] = app.urls;
    const ann = await app.connect(chatContract, "ann");
    assert.deepEqual(await ready(url), { ready: true, store: true });
    away.add(0);
    const { reconnect_in_ms } = (await ann.next("server_draining")) as { reconnect_in_ms: number };
    assert.ok(reconnect_in_ms >= 0 && reconnect_in_ms <= 2_100, String(reconnect_in_ms));
    await until("its connection is ended", () => !ann.socket.connected);
    const reason = "cut from the store, which other workers have";
    assert.deepEqual(await ready(url), { ready: false, store: false, reason });
    const refused = await fetch(`${url}/socket.io/?EIO=4&transport=polling`);
    assert.equal(refused.status, 503);
    const { error } = (await refused.json()) as { error: { code: string; retry_after_ms: number } };
    assert.deepEqual([error.code, error.retry_after_ms], ["unavailable", 500]);
    const plain = openPlain(url, "/ws/chat");
    assert.deepEqual(await plain.closed, { code: 1013, reason: "unavailable" });
    const text = String((await get(`${url}/metrics`)).body.text);
    for (const line of [
      "muster_cut_off 1",
      "muster_cut_off_released_total 1",
      "muster_cut_off_refused_total 2",
    ])
      assert.ok(text.includes(line), line);

    const elsewhere = await app.connect(chatContract, "ann", { worker: 1 });
    assert.equal(elsewhere.socket.connected, true);
    away.clear();
    await until("it takes clients again", async () => (await ready(url)).ready === true);
    const again = await app.connect(chatContract, "ann");
    assert.equal(again.socket.connected, true);
  });

  it("keeps them while no other worker has it either, and when another has it only just", async () => {
    const answers = [false, true, false, true, true];
    let health: StoreHealth = AWAY;
    const gone: string[] = [];
    const session = {
      emit: (event: string) => void gone.push(event),
      socket: { conn: { close: () => void sessions.clear() } },
    };
    const sessions = new Set([session]);
    const cutOff = createCutOff({
      store: { health: () => health },
      registry: { all: () => sessions },
      inFlight: createInFlight(),
      log: logBook(),
      afterMs: HOUR_MS,
      anyIsWell: () => Promise.resolve(answers.shift() ?? false),
    });
    while (answers.length > 0) {
      await cutOff.look();
      assert.equal(cutOff.reason, undefined);
    }
    health = { ok: true };
    await cutOff.look();
    assert.deepEqual([gone, cutOff.counts, sessions.size], [[], { released: 0, refused: 0 }, 1]);
    await cutOff.close();
  });

  it("is reached by others at the host that it listens at, and at an outward address where it listens at all", () => {
    assert.equal(outwardHost("10.1.2.3"), "10.1.2.3");
    const everywhere = outwardHost("0.0.0.0");
    assert.ok(everywhere === undefined || !/^(127\.|0\.0|::)/.test(everywhere), everywhere);
  });
});
