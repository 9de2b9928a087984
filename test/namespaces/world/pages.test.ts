/** Crowds: answers and frames are bounded, and in the end a connection has been sent all that is around it. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { worldContract } from "../../../namespaces/world/index.ts";
import { onEachSetup } from "../../support/app.ts";
import { PlainClient } from "../../support/plain.ts";
import { Client, sorted, ZoneFixture } from "./support.ts";

const KB = 1_024;
const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
const bounds = (items: number) => ({ items, bytes: 1_000_000 });
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Zones with two items in an answer and one in a frame, which can be made to wait until a client takes them. */
function crowded() {
  let waiting: (() => void)[] | undefined;
  let now = 0;
  const fixture = new ZoneFixture("here", () => ++now, {
    answer: bounds(2),
    frame: bounds(1),
    taken: () => (waiting ? new Promise<void>((resolve) => void waiting?.push(resolve)) : Promise.resolve()),
  });
  return {
    fixture,
    stopReading() {
      waiting = [];
    },
    read() {
      for (const take of waiting ?? []) take();
      waiting = undefined;
    },
  };
}

function knowsAll(fixture: ZoneFixture, client: Client): void {
  assert.deepEqual(client.faults, []);
  assert.deepEqual(sorted(client.known), sorted(fixture.truth(client)), `players of ${client.id}`);
  // A client of these tests keeps entities that come in frames.
  if (client.updates === "batch")
    assert.deepEqual(
      [...client.entities.keys()].sort(),
      fixture.entitiesOf(client),
      `entities of ${client.id}`,
    );
}

type Act = readonly ["enter" | "move" | "put" | "drop" | "leave" | "tick", number, number, number];
const act: fc.Arbitrary<Act> = fc.tuple(
  fc.constantFrom("enter", "move", "move", "put", "put", "drop", "leave", "tick", "tick", "tick"),
  fc.nat({ max: 5 }),
  fc.integer({ min: -3, max: 3 }).map((n) => n * 60),
  fc.integer({ min: -1, max: 1 }).map((n) => n * 60),
);

describe("a crowded zone", () => {
  it("sends each connection all that is around it, a page a tick, whatever happens meanwhile", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 100, size: "max" }), async (acts) => {
        const { fixture } = crowded();
        const clients = ["ann", "bob", "cid", "dee", "eve", "fay"].map(
          (name, at) => new Client(`${at}`, name, at % 2 ? "each" : "batch"),
        );
        for (const [what, who, x, y] of acts) {
          const client = clients[who] ?? assert.fail("there are six");
          if (what === "tick") fixture.tick();
          else if (what === "leave") fixture.leave(client);
          else if (what === "move") fixture.move(client, x, y);
          else if (what === "put") fixture.put(`e${who}`, client.userId, x, y);
          else if (what === "drop") fixture.drop(`e${who}`);
          else fixture.enter(client, x, y);
          for (const each of clients) assert.deepEqual(each.faults, []);
          await Promise.resolve();
        }
        for (let tick = 0; tick < 60; tick++) {
          fixture.tick();
          await turn();
        }
        for (const client of clients) knowsAll(fixture, client);
      }),
      { numRuns: 60 },
    );
  });

  it("sends the next page when the one before was taken, with what moved in between", async () => {
    const { fixture, stopReading, read } = crowded();
    const others = ["b", "c", "d", "e", "f"].map((name) => new Client(name, name));
    for (const [at, other] of others.entries()) fixture.enter(other, at, 0);
    for (let tick = 0; tick < 10; tick++) {
      fixture.tick();
      await turn();
    }
    stopReading();
    const ann = new Client("a", "a");
    fixture.enter(ann, 0, 0);
    assert.deepEqual([...ann.known.keys()], ["b", "c"]);
    for (let tick = 0; tick < 5; tick++) {
      fixture.tick();
      await turn();
    }
    assert.equal(ann.known.size, 2);
    const [bob] = others;
    assert.ok(bob);
    fixture.move(bob, 1, 1);
    fixture.tick();
    read();
    for (let tick = 0; tick < 10; tick++) {
      await turn();
      fixture.tick();
    }
    knowsAll(fixture, ann);
  });
});

onEachSetup((setup) => {
  describe("a crowded zone, served", () => {
    const COUNT = 100;

    /** Each owner puts as many entities as fit; of 4 KB each. */
    async function crowd(app: Awaited<ReturnType<typeof setup.start>>) {
      const owner = await app.connect(worldContract, "owner");
      await owner.call("enter", { zone: "z", x: 0, y: 0 });
      const data = "d".repeat(4_000);
      for (let at = 0; at < COUNT; at++)
        await owner.call("entity_spawn", { entity_id: `e${at}`, kind: "tree", x: at % 10, y: at, data });
      // What is new in a tick is told to all who are there, as news; here it is to be there already.
      for (const { modules } of app.workers) modules.world.tick();
      return owner;
    }
    const env = { RATE_LIMITS_EVENTS: "entity_spawn=off,nearby=off" };

    it("nearby comes in pages, nearest first, each item once", async () => {
      const app = await setup.start({ env });
      const owner = await crowd(app);
      const seen: string[] = [];
      let pages = 0;
      for (let cursor: string | undefined, more = true; more; pages++) {
        const page: { entities: { entity_id: string }[]; cursor?: string; has_more?: true } =
          await owner.call("nearby", cursor === undefined ? {} : { cursor });
        assert.ok(bytesOf(page) <= 136 * KB, `${bytesOf(page)} bytes`);
        seen.push(...page.entities.map(({ entity_id }) => entity_id));
        cursor = page.cursor;
        more = page.has_more === true;
      }
      assert.ok(pages > 2, `${pages} pages`);
      assert.deepEqual([new Set(seen).size, seen.length], [COUNT, COUNT]);
      assert.equal(seen[0], "e0");
      assert.equal((await owner.refused("nearby", { cursor: "nowhere" })).code, "invalid_payload");
    });

    it("a connection that enters gets the nearest in the answer and the others in frames, over Socket.IO and plain WebSocket", async () => {
      const app = await setup.start({ env });
      await crowd(app);
      const ann = await app.connect(worldContract, "ann");
      const entered = await ann.call("enter", { zone: "z", x: 0, y: 0 });
      assert.ok(bytesOf(entered) <= 136 * KB, `${bytesOf(entered)} bytes`);
      assert.equal(entered.has_more, true);
      const seen = new Set(entered.entities.map(({ entity_id }) => entity_id));
      while (seen.size < COUNT) {
        const frame = await ann.next("world_tick", ({ entities }) => (entities?.entered.length ?? 0) > 0);
        assert.ok(bytesOf(frame) <= 72 * KB, `${bytesOf(frame)} bytes`);
        for (const { entity_id } of frame.entities?.entered ?? []) {
          assert.ok(!seen.has(entity_id), entity_id);
          seen.add(entity_id);
        }
      }
      const bob = new PlainClient(`${app.url}/ws/world`, { query: { token: app.token("bob") } });
      const answer = (await bob.call("enter", { zone: "z", x: 0, y: 0 })) as { entities?: object[] };
      for (let left = COUNT - (answer.entities?.length ?? 0); left > 0; left--)
        await bob.next("entity_spawn");
      bob.close();
    });
  });
});
