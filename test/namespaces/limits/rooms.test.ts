import assert from "node:assert/strict";
import { roomsContract } from "../../../namespaces/rooms/index.ts";
import { onEachSetup, type TestApp, type TestClient } from "../../support/app.ts";

type Client = TestClient<typeof roomsContract>;

const connect = (app: TestApp, name: string, worker: 0 | 1 = 0): Promise<Client> =>
  app.connect(roomsContract, name, { worker });
const codeOf = (ack: { ok: boolean; error?: { code: string } }) => (ack.ok ? "ok" : (ack.error?.code ?? ""));
const count = (all: readonly string[], one: string) => all.filter((each) => each === one).length;

/** One user's two connections subscribe to rooms by turns, in one go. */
async function subscribeAll(devices: readonly Client[], rooms: readonly string[]): Promise<string[]> {
  const acks = await Promise.all(
    rooms.map((room, at) => devices[at % devices.length]?.raw("subscribe", { room })),
  );
  return acks.map((ack) => codeOf(ack ?? { ok: false }));
}
const named = (prefix: string, many: number) => Array.from({ length: many }, (_, at) => `${prefix}${at}`);

onEachSetup((setup) => {
  describe("limits of /", () => {
    const env = { RATE_LIMITS_EVENTS: "subscribe=off,publish=off", RATE_LIMITS_USER: "off" };

    it("a user brings a bounded number of rooms into being in a day, whichever devices are used", async () => {
      const app = await setup.start({ env: { ...env, LIMITS_STREAMS_PER_USER: "10" } });
      const devices = [await connect(app, "ann"), await connect(app, "ann", 1)];
      const outcomes = await subscribeAll(devices, named("a", 16));
      assert.deepEqual([count(outcomes, "ok"), count(outcomes, "rate_limited")], [10, 6]);
      const refusal = (await devices[0]?.refused("subscribe", { room: "one more" })) as {
        retry_after_ms?: number;
      };
      assert.ok(Number(refusal.retry_after_ms) > 86_000_000 && Number(refusal.retry_after_ms) <= 86_400_000);
      // What is there already is nobody's doing; others have days of their own.
      const bob = await connect(app, "bob", 1);
      await bob.call("subscribe", { room: "bobs" });
      await bob.call("publish", { room: "bobs", data: 1 });
      assert.equal(codeOf((await devices[1]?.raw("subscribe", { room: "bobs" })) ?? { ok: false }), "ok");
    });

    it("rooms that others have spoken in cost nothing, however often one comes and goes", async () => {
      const app = await setup.start({ env: { ...env, LIMITS_STREAMS_PER_USER: "2" } });
      const bob = await connect(app, "bob");
      await bob.call("subscribe", { room: "talk" });
      await bob.call("publish", { room: "talk", data: 1 });
      await bob.call("unsubscribe", { room: "talk" });
      const ann = await connect(app, "ann", 1);
      for (let at = 0; at < 6; at++) {
        await ann.call("subscribe", { room: "talk" });
        await ann.call("unsubscribe", { room: "talk" });
      }
      assert.deepEqual(await subscribeAll([ann], named("new", 3)), ["ok", "ok", "rate_limited"]);
    });

    it("a user is in a bounded number of rooms, whichever devices are used; one that is left, or gone, makes room", async () => {
      const app = await setup.start({ env: { ...env, LIMITS_ROOMS_PER_USER: "6" } });
      const devices = [await connect(app, "ann"), await connect(app, "ann", 1)];
      const outcomes = await subscribeAll(devices, named("a", 10));
      assert.deepEqual([count(outcomes, "ok"), count(outcomes, "conflict")], [6, 4]);
      const joined = await Promise.all(
        named("x", 10).map((room_id, at) => devices[at % 2]?.raw("relay:join", { room_id }) ?? assert.fail()),
      );
      assert.equal(
        joined.map(codeOf).filter((code) => code === "ok").length,
        6,
        "relay rooms are counted apart",
      );
      const mine = outcomes.indexOf("ok");
      await devices[mine % 2]?.call("unsubscribe", { room: `a${mine}` });
      await devices[0]?.call("subscribe", { room: "b" });
      assert.equal((await devices[1]?.refused("subscribe", { room: "c" }))?.code, "conflict");
      // Again in the same room, by the same connection: nothing more is counted.
      await devices[0]?.call("subscribe", { room: "b" });
      devices[0]?.disconnect();
      while (!(await devices[1]?.raw("subscribe", { room: "c" }))?.ok) await new Promise(setImmediate);
      const bob = await connect(app, "bob");
      await bob.call("subscribe", { room: "c" });
    });

    it("there is a bounded number of rooms in all, of each kind, and one that is left makes room", async () => {
      const app = await setup.start({ env: { ...env, LIMITS_ROOMS: "4" } });
      const [ann, bob] = [await connect(app, "ann"), await connect(app, "bob", 1)];
      const outcomes = await subscribeAll([ann, bob], named("r", 4));
      assert.deepEqual(outcomes, ["ok", "ok", "ok", "ok"]);
      assert.equal((await bob.refused("subscribe", { room: "r4" })).code, "server_full");
      await bob.call("subscribe", { room: "r0" });
      await ann.call("relay:join", { room_id: "x" });
      await ann.call("unsubscribe", { room: "r2" });
      await bob.call("subscribe", { room: "r4" });
    });

    it("in all, too, only so many come to be in a day", async () => {
      const app = await setup.start({ env: { ...env, LIMITS_STREAMS: "5" } });
      const [ann, bob] = [await connect(app, "ann"), await connect(app, "bob", 1)];
      const outcomes = await subscribeAll([ann, bob], named("r", 8));
      assert.deepEqual([count(outcomes, "ok"), count(outcomes, "server_full")], [5, 3]);
    });

    it("a user stores a bounded amount in a day, in order up to the last, and a service as much as it likes", async () => {
      const app = await setup.start({ env: { ...env, LIMITS_STORED_PER_USER: "40kb" } });
      const ann = await connect(app, "ann");
      const bob = await connect(app, "bob", 1);
      const { epoch, offset } = await bob.call("subscribe", { room: "talk" });
      await ann.call("subscribe", { room: "talk" });
      const text = "x".repeat(500);
      const acks = await Promise.all(
        Array.from({ length: 120 }, (_, at) => ann.raw("publish", { room: "talk", data: { at, text } })),
      );
      const said = acks.map(codeOf);
      const ok = count(said, "ok");
      assert.ok(ok > 60 && ok < 80, `${ok} were taken`);
      assert.equal(count(said, "rate_limited"), 120 - ok);
      const again = await bob.call("subscribe", { room: "talk", since: { epoch, offset } });
      assert.deepEqual(
        (again.messages ?? []).map(({ data }) => (data as { at: number }).at),
        Array.from({ length: ok }, (_, at) => at),
      );
      const service = await app.connect(roomsContract, "jobs", { claims: { roles: ["service"] } });
      await service.call("subscribe", { room: "talk" });
      for (let at = 0; at < 5; at++)
        await service.call("publish", { room: "talk", data: "y".repeat(20_000) });
    });
  });
});
