/** What a connection and a user may send, in bytes: refused before it is parsed, with a time to wait, and cut where it goes on. */
import assert from "node:assert/strict";
import { roomsContract } from "../../namespaces/rooms/index.ts";
import { closeAll, onEachSetup, startEmbedded, startTwoWorkers, type TestApp } from "../support/app.ts";
import { get } from "../support/http.ts";
import { closePlain, type Json, openPlain } from "../support/plain.ts";
import { RawEngine } from "../support/raw-engine.ts";

/** Each of 40 KB; the rates of events allow them. */
const DATA = "x".repeat(40_000);
const rates = { RATE_LIMITS_EVENTS: "publish=off" };
const budgets = (connection: string, user: string) => ({
  ...rates,
  RATE_LIMITS_CONNECTION_BYTES: connection,
  RATE_LIMITS_USER_BYTES: user,
});

async function refusedBy(app: TestApp, limit: string): Promise<number> {
  const metrics = await get(`${app.url}/metrics`);
  const line = new RegExp(`^muster_rate_limited_total\\{limit="${limit}"\\} (\\d+)$`, "m");
  return Number(line.exec(String(metrics.body.text))?.[1] ?? 0);
}

onEachSetup((setup) => {
  describe("the budget of a connection in bytes", () => {
    afterEach(closePlain);

    it("refuses what is beyond it with the time to wait, and takes it after that", async () => {
      const app = await setup.start({ env: budgets("200kb", "0") });
      const ann = await app.connect(roomsContract, "ann");
      await ann.call("subscribe", { room: "r" });
      const acks = await Promise.all(
        Array.from({ length: 8 }, () => ann.raw("publish", { room: "r", data: DATA })),
      );
      const refused = acks.filter((ack) => !ack.ok);
      assert.ok(refused.length >= 2 && refused.length <= 4, `${refused.length} of 8`);
      const { code, retry_after_ms } = refused[0]?.ok === false ? refused[0].error : assert.fail();
      assert.equal(code, "rate_limited");
      const waitMs = Number(retry_after_ms);
      assert.ok(waitMs > 0 && waitMs <= 20_000, `${waitMs} ms`);
      assert.equal((await ann.raw("ping")).ok, true, "small messages too wait only for what is over");
      await app.advance(waitMs);
      assert.equal((await ann.raw("publish", { room: "r", data: DATA })).ok, true);
      assert.equal(await refusedBy(app, "connection_bytes"), refused.length);
    });

    it("holds for plain WebSocket, whose short frames are answered with their id", async () => {
      const app = await setup.start({ env: budgets("100kb", "0") });
      const plain = openPlain(app.url, "/ws", { query: { token: app.token("ann") } });
      await plain.call("subscribe", { room: "r" });
      for (let at = 0; at < 2; at++)
        assert.equal((await plain.call("publish", { room: "r", data: DATA })).ok, true);
      plain.send({ type: "publish", room: "r", data: DATA, id: "large" });
      assert.equal((await plain.next("error")).code, "rate_limited");
      const short = await plain.call("publish", { room: "r", data: "x".repeat(3_500) });
      assert.equal(short.ok || (short.error as Json).code === "rate_limited", true);
      const ids = Array.from({ length: 14 }, (_, at) => at);
      for (const id of ids) plain.send({ type: "publish", room: "r", data: "x".repeat(3_500), id });
      const answers = await Promise.all(ids.map((id) => plain.next("ack", (ack) => ack.id === id)));
      // A window may end meanwhile: then some have room again, and never all of them.
      const refused = answers.filter(({ ok }) => ok !== true);
      assert.ok(refused.length > 0);
      for (const { error } of refused) assert.equal((error as Json).code, "rate_limited");
    });

    it("what is attached counts, and what is skipped of it", async () => {
      const app = await setup.start({ env: budgets("200kb", "0") });
      const ann = await app.connect(roomsContract, "ann");
      await ann.call("subscribe", { room: "r" });
      const bytes = Buffer.alloc(40_000);
      const acks = await Promise.all(
        Array.from({ length: 8 }, () => ann.raw("publish", { room: "r", data: bytes })),
      );
      const refused = acks.filter((ack) => !ack.ok);
      assert.ok(refused.length >= 2, `${refused.length} of 8`);
      for (const ack of refused) assert.equal(ack.ok ? "" : ack.error.code, "rate_limited");
      assert.equal((await ann.raw("ping")).ok, true);
    });

    it("one that goes on although refused is cut, on every transport, and only it", async () => {
      const app = await setup.start({ env: budgets("100kb", "0") });
      const bob = await app.connect(roomsContract, "bob");
      const raw = await RawEngine.open(app.url);
      await raw.connect("/", { token: app.token("ann") });
      const plain = openPlain(app.url, "/ws", { query: { token: app.token("ann") } });
      await plain.next("connected");
      for (let at = 0; at < 40; at++) {
        raw.send(`2["publish",{"room":"r","data":"${DATA}"}]`);
        plain.send({ type: "publish", room: "r", data: DATA });
      }
      assert.deepEqual(await plain.closed, { code: 4408, reason: "rate_limited" });
      await raw.closed;
      const codes = raw.log.filter((packet) => String(packet).startsWith('2["error"'));
      assert.ok(String(codes.at(-1)).includes("rate_limited"), "it is told why");
      assert.equal((await bob.raw("ping")).ok, true);
    });
  });
});

describe("the budget of the dashboard's connections in bytes", () => {
  afterEach(closeAll);

  it("holds: one that sends without end is let go", async () => {
    const admin = { ADMIN_USERNAME: "operator", ADMIN_PASSWORD: "rather-long-and-not-obvious" };
    const app = await startEmbedded({ env: { ...budgets("100kb", "0"), ...admin } });
    const raw = await RawEngine.open(app.url);
    await raw.connect("/admin", { username: admin.ADMIN_USERNAME, password: admin.ADMIN_PASSWORD });
    for (let at = 0; at < 40; at++) raw.send(`2/admin,["event","${DATA}"]`);
    await raw.closed;
  });
});

describe("the budget of a user in bytes", () => {
  afterEach(closeAll);
  const publish = (data = DATA) => ({ room: "r", data });

  it("is one for the connections of a worker, and is not won back by connecting again", async () => {
    const app = await startEmbedded({ env: budgets("0", "180kb") });
    for (let times = 0; times < 2; times++) {
      const ann = await app.connect(roomsContract, "ann");
      await ann.call("subscribe", { room: "r" });
      for (let at = 0; at < 2; at++) await ann.call("publish", publish());
      ann.disconnect();
    }
    const ann = await app.connect(roomsContract, "ann");
    await ann.call("subscribe", { room: "r" });
    assert.equal((await ann.refused("publish", publish())).code, "rate_limited");
    const bob = await app.connect(roomsContract, "bob");
    await bob.call("subscribe", { room: "r" });
    await bob.call("publish", publish());
  });

  it("is shared by two workers", async () => {
    const app = await startTwoWorkers({ env: budgets("0", "400kb") });
    const here = await app.connect(roomsContract, "ann");
    const there = await app.connect(roomsContract, "ann", { worker: 1 });
    for (const client of [here, there]) await client.call("subscribe", { room: "r" });
    for (let at = 0; at < 10; at++) await here.call("publish", publish());
    // Alone the other worker would take forty of these.
    let taken = 0;
    const isRefused = async () => !(await there.raw("publish", publish("x".repeat(10_000)))).ok;
    while (taken < 30 && !(await isRefused())) {
      taken++;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.ok(taken < 30, `${taken} were taken`);
    assert.ok((await refusedBy(app, "user_bytes")) > 0);
  });
});
