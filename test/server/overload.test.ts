/** A worker that is slower than its clients sheds work in an order, never what it has taken, and recovers by itself. */
import assert from "node:assert/strict";
import { io as connect } from "socket.io-client";
import { Type } from "typebox";
import { WebSocket } from "ws";
import { HeavyTalkers } from "../../middleware/rate-limit/talkers.ts";
import { chatContract } from "../../namespaces/chat/index.ts";
import { roomsContract } from "../../namespaces/rooms/index.ts";
import { defineEvent } from "../../server/custom-events.ts";
import { LoadLevels } from "../../server/process/load.ts";
import { closeAll, startEmbedded, type TestApp } from "../support/app.ts";
import { get } from "../support/http.ts";
import { until } from "../support/until.ts";

const BURN_MS = 120;

/** Keeps the event loop for a while. */
const burn = defineEvent({
  namespace: "/",
  name: "burn",
  schema: Type.Object({}),
  rate: { max: 10_000, windowMs: 1_000 },
  handle() {
    for (const end = performance.now() + BURN_MS; performance.now() < end; );
    return { burned: BURN_MS };
  },
});

const metric = async (app: TestApp, line: string): Promise<number> => {
  const text = String((await get(`${app.url}/metrics`)).body.text);
  const found = text.split("\n").find((each) => each.startsWith(`${line} `));
  return Number(found?.split(" ").at(-1));
};

/** What a new client is answered, over a transport. */
async function refusalOf(app: TestApp, transport: "polling" | "websocket" | "plain") {
  if (transport === "polling") {
    const answer = await fetch(`${app.url}/socket.io/?EIO=4&transport=polling`);
    const body = (await answer.json()) as { error: { code: string; retry_after_ms: number } };
    return { status: answer.status, retry: answer.headers.get("retry-after"), ...body.error };
  }
  const url = app.url.replace("http", "ws");
  const path = transport === "plain" ? "/ws" : "/socket.io/?EIO=4&transport=websocket";
  const ws = new WebSocket(`${url}${path}`);
  return new Promise<{ status: number; code: string; retry_after_ms: number }>((resolve, reject) => {
    ws.on("open", () => reject(new Error("it was let in")));
    ws.on("error", () => undefined);
    ws.on("unexpected-response", (_request, response) => {
      let text = "";
      response.on("data", (chunk) => (text += chunk));
      response.on("end", () => {
        const { error } = JSON.parse(text) as { error: { code: string; retry_after_ms: number } };
        resolve({ status: response.statusCode ?? 0, ...error });
      });
    });
  });
}

describe("a worker that is too slow for its clients", function () {
  this.timeout(60_000);
  afterEach(closeAll);

  it("refuses new connections, then volatile events, then who talks most; answers what it took; and recovers", async () => {
    const app = await startEmbedded({
      env: { OVERLOAD_DELAY: "60ms", OVERLOAD_AFTER: "500ms" },
      yaml: "rate_limits: { connection: off, user: off }\n",
      app: { events: [burn] },
    });
    const heavy = await app.connect(roomsContract, "heavy");
    const light = await app.connect(roomsContract, "light");
    const typist = await app.connect(chatContract, "typist");
    let goesOn = true;
    let answered = 0;
    let sent = 0;
    const burning = (async () => {
      while (goesOn) {
        sent++;
        const ack: { ok: boolean } = await heavy.socket.timeout(20_000).emitWithAck("burn", {});
        if (ack.ok) answered++;
      }
    })();

    await until("it takes no new connections", async () => (await get(`${app.url}/ready`)).status === 503);
    for (const transport of ["polling", "websocket", "plain"] as const) {
      const { status, code, retry_after_ms } = await refusalOf(app, transport);
      assert.deepEqual({ status, code }, { status: 503, code: "server_full" }, transport);
      assert.ok(retry_after_ms > 0);
    }
    const { body } = await get(`${app.url}/health`);
    assert.equal(body.status, "degraded");
    assert.match(String(body.reasons), /this worker is overloaded/);

    await until("volatile events are left out", async () => {
      await typist.call("typing", { channel: "global", typing: true });
      return (await metric(app, 'muster_shed_total{what="volatile"}')) > 0;
    });

    await until("who talks most is refused", async () => {
      const acks = await Promise.all(
        Array.from({ length: 30 }, () => heavy.raw("subscribe", { room: "lobby" })),
      );
      return acks.some((ack) => !ack.ok && ack.error.code === "rate_limited");
    });
    assert.equal((await light.raw("subscribe", { room: "lobby" })).ok, true);
    assert.equal(await metric(app, "muster_overload_level"), 3);
    assert.ok((await metric(app, 'muster_shed_total{what="commands"}')) > 0);

    goesOn = false;
    await burning;
    assert.ok(answered > 0 && answered <= sent);
    await until("it takes new connections", async () => (await get(`${app.url}/ready`)).status === 200);
    await app.connect(roomsContract, "late");
    assert.equal(await metric(app, "muster_overload_level"), 0);
    assert.equal((await get(`${app.url}/health`)).body.status, "healthy");
  });

  it("is never one where the bound is nought", async () => {
    const app = await startEmbedded({ env: { OVERLOAD_DELAY: "0" }, app: { events: [burn] } });
    const heavy = await app.connect(roomsContract, "heavy");
    for (let at = 0; at < 8; at++) await heavy.socket.emitWithAck("burn", {});
    assert.equal((await get(`${app.url}/ready`)).status, 200);
    const socket = connect(app.url, {
      transports: ["websocket"],
      auth: { token: app.token("ann") },
      forceNew: true,
    });
    await new Promise<void>((resolve) => socket.once("connect", resolve));
    socket.close();
  });
});

describe("levels of load", () => {
  it("rise while it is too slow, stay in between, and fall once it has been quick for as long", () => {
    const levels = new LoadLevels({ boundMs: 200, holdMs: 3_000 });
    let now = 0;
    const levelAfter = (delayMs: number, looks: number) => {
      for (let at = 0; at < looks; at++) {
        now += 500;
        levels.look(delayMs, now);
      }
      return levels.level;
    };
    assert.equal(levelAfter(500, 6), 0, "not yet");
    assert.equal(levelAfter(500, 1), 1);
    assert.equal(levelAfter(500, 6), 2);
    assert.equal(levelAfter(150, 50), 2, "in between nothing changes");
    assert.equal(levelAfter(500, 30), 3);
    assert.equal(levelAfter(10, 6), 3, "quick, but not for long");
    assert.equal(levelAfter(500, 1), 3);
    assert.equal(levelAfter(10, 7), 2);
    assert.equal(levelAfter(10, 6), 1);
    assert.equal(levelAfter(10, 6), 0);
    assert.equal(levelAfter(10, 20), 0);
  });
});

describe("heavy talkers", () => {
  it("may send twice the average of the second before, and nobody less than ten", () => {
    const talkers = new HeavyTalkers();
    const taken = (connection: string, times: number, now: number) =>
      Array.from({ length: times }, () => talkers.take(connection, now)).filter((wait) => wait === 0).length;
    assert.equal(taken("heavy", 100, 1_000), 10);
    assert.equal(talkers.take("heavy", 1_400), 600);
    for (const light of ["a", "b", "c"]) assert.equal(taken(light, 10, 1_500), 10);
    // Ten on average.
    assert.equal(taken("heavy", 100, 2_000), 20);
    assert.equal(taken("a", 1, 2_000), 1);
    talkers.forget();
    assert.equal(taken("heavy", 100, 2_100), 10);
  });
});
