import assert from "node:assert/strict";
import fc from "fast-check";
import type { Log } from "../../../core/ports/log.ts";
import type { Bus, Topic } from "../../../core/ports/store/bus.ts";
import { ZoneReplication } from "../../../namespaces/world/replication.ts";
import { Client, sorted, ZoneFixture } from "./support.ts";

const log: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** A bus that delivers in order when told to, and may lose what is on its way. */
class LossyBus implements Pick<Bus, "publish" | "subscribe"> {
  readonly #listeners: ((message: unknown) => void)[] = [];
  #queue: unknown[] = [];
  published = 0;

  async publish<M>(_topic: Topic<M>, message: M): Promise<boolean> {
    this.published++;
    this.#queue.push(structuredClone(message));
    return true;
  }

  async subscribe<M>(_topic: Topic<M>, listener: (message: M) => void): Promise<() => void> {
    const added = listener as (message: unknown) => void;
    this.#listeners.push(added);
    return () => this.#listeners.splice(this.#listeners.indexOf(added), 1);
  }

  /** @param deaf the place of one who hears nothing of it */
  deliver(deaf?: number): void {
    for (let rounds = 0; this.#queue.length > 0 && rounds < 10; rounds++)
      for (const message of this.#queue.splice(0))
        for (const [at, listener] of [...this.#listeners].entries()) if (at !== deaf) listener(message);
  }

  lose(): void {
    this.#queue = [];
  }
}

const TICK_MS = 100;

/** One zone on several workers. */
class Workers {
  readonly bus = new LossyBus();
  readonly fixtures: ZoneFixture[] = [];
  readonly links: (ZoneReplication | undefined)[] = [];
  now = 1_000_000;

  async add(): Promise<ZoneFixture> {
    const fixture = new ZoneFixture(`worker ${this.fixtures.length}`, () => this.now);
    const replication = new ZoneReplication(fixture.zone, this.bus, log, () => this.now);
    this.fixtures.push(fixture);
    this.links.push(replication);
    await replication.open();
    return fixture;
  }

  /** One tick of every worker; what is on its way arrives, unless it is lost to all, or to one. */
  async tick(lost: "all" | number | undefined = undefined): Promise<void> {
    this.now += TICK_MS;
    for (const [at, fixture] of this.fixtures.entries()) {
      this.links[at]?.tick(this.now);
      if (this.links[at]) fixture.tick();
    }
    if (lost === "all") this.bus.lose();
    else this.bus.deliver(lost);
    await Promise.resolve();
  }

  async ticks(count: number): Promise<void> {
    for (let i = 0; i < count; i++) await this.tick();
  }

  /** What there is in the zone, as each worker has it. */
  entities(): (readonly [string, string, number, number])[][] {
    return this.fixtures.map((fixture) =>
      [...fixture.zone.allEntities()]
        .map(({ id, claim, x, y }) => [id, claim.replica as string, x, y] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  }

  populations(): (readonly [string, number, number])[][] {
    return this.fixtures.map((fixture) =>
      sorted(new Map([...fixture.zone.allPlayers()].map((player) => [player.id as string, player]))).map(
        ([id, { x, y }]) => [id, x, y] as const,
      ),
    );
  }
}

describe("world zone on several workers", () => {
  it("players of another worker come into view, move and leave", async () => {
    const workers = new Workers();
    const [here, there] = [await workers.add(), await workers.add()];
    const [ann, bob] = [new Client("1", "ann"), new Client("2", "bob")];
    here.enter(ann, 0, 0);
    there.enter(bob, 10, 0);
    await workers.ticks(3);
    assert.deepEqual(sorted(ann.known), [["bob", { x: 10, y: 0 }]]);
    there.move(bob, 20, 0);
    await workers.ticks(2);
    assert.deepEqual(sorted(ann.known), [["bob", { x: 20, y: 0 }]]);
    there.leave(bob);
    await workers.ticks(2);
    assert.deepEqual(sorted(ann.known), []);
    assert.deepEqual(ann.faults, []);
  });

  it("a worker that joins late has everybody after one exchange", async () => {
    const workers = new Workers();
    const here = await workers.add();
    for (let i = 0; i < 50; i++) here.enter(new Client(`${i}`, `user ${i}`), i, i);
    await workers.ticks(5);
    const there = await workers.add();
    await workers.ticks(2);
    assert.equal(there.zone.population, 50);
  });

  it("the players of a worker that falls silent are gone after a few seconds", async () => {
    const workers = new Workers();
    const [here, there] = [await workers.add(), await workers.add()];
    const ann = new Client("1", "ann");
    here.enter(ann, 0, 0);
    there.enter(new Client("2", "bob"), 1, 1);
    there.put("tree", "bob", 2, 2);
    await workers.ticks(3);
    assert.deepEqual([ann.known.size, ann.entities.size], [1, 1]);
    workers.links[1] = undefined;
    await workers.ticks(60);
    assert.deepEqual([ann.known.size, ann.entities.size], [0, 0]);
    assert.equal(here.zone.population, 1);
    assert.deepEqual(workers.entities()[0], []);
  });

  it("a worker that closes takes its players with it at once", async () => {
    const workers = new Workers();
    const [here, there] = [await workers.add(), await workers.add()];
    there.enter(new Client("2", "bob"), 1, 1);
    await workers.ticks(3);
    assert.equal(here.zone.population, 1);
    workers.links[1]?.close();
    workers.links[1] = undefined;
    await workers.ticks(1);
    assert.equal(here.zone.population, 0);
  });

  it("a user that enters on another worker too is one player, moved by the newest connection", async () => {
    const workers = new Workers();
    const [here, there] = [await workers.add(), await workers.add()];
    const [old, young] = [new Client("1", "ann"), new Client("2", "ann")];
    here.enter(old, 0, 0);
    await workers.ticks(3);
    there.enter(young, 5, 5);
    await workers.ticks(3);
    here.move(old, 9, 9);
    there.move(young, 6, 6);
    await workers.ticks(3);
    assert.deepEqual(workers.populations(), [[["ann", 6, 6]], [["ann", 6, 6]]]);
    assert.deepEqual(sorted(old.known), [["ann", { x: 6, y: 6 }]]);
    assert.equal(young.known.size, 0);
    assert.deepEqual([...old.faults, ...young.faults], []);
  });

  it("the batches of a worker about its own entities hold, though its clock has gone back", async () => {
    const workers = new Workers();
    const [here, there] = [await workers.add(), await workers.add()];
    there.enter(new Client("2", "bob"), 0, 0);
    await workers.ticks(3);
    there.put("tree", "bob", 1, 1);
    await workers.ticks(2);
    workers.now -= 60_000;
    there.drop("tree");
    there.put("tree", "bob", 2, 2);
    await workers.ticks(2);
    assert.deepEqual(workers.entities()[0], [["tree", "worker 1", 2, 2]]);
    assert.ok(here.zone.entity("tree"));
  });

  it("while nobody else follows the zone, movements are not published", async () => {
    const workers = new Workers();
    const here = await workers.add();
    const ann = new Client("1", "ann");
    here.enter(ann, 0, 0);
    await workers.ticks(1);
    const before = workers.bus.published;
    for (let x = 1; x <= 20; x++) {
      here.move(ann, x, 0);
      await workers.tick();
    }
    assert.ok(workers.bus.published - before <= 3, `${workers.bus.published - before} messages in 2 s`);
  });

  it("whatever the bus loses, the workers agree soon after it is well again", async () => {
    const step = fc.tuple(
      fc.constantFrom("enter", "move", "leave", "put", "put", "drop", "tick", "tick", "lost", "deaf"),
      fc.nat({ max: 5 }),
      fc.integer({ min: -300, max: 300 }),
      fc.integer({ min: -300, max: 300 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80, size: "max" }), async (steps) => {
        const workers = new Workers();
        for (let i = 0; i < 3; i++) await workers.add();
        const clients = Array.from({ length: 6 }, (_, i) => new Client(`${i}`, `user ${i}`));
        for (const [what, who, x, y] of steps) {
          const [client, fixture] = [clients[who], workers.fixtures[who % 3]];
          assert.ok(client && fixture);
          if (what === "tick") await workers.tick();
          else if (what === "lost") await workers.tick("all");
          else if (what === "deaf") await workers.tick(who % 3);
          // The same few ids on every worker: two may put one at the same time.
          else if (what === "put") fixture.put(`entity ${Math.abs(x) % 4}`, client.userId, x, y);
          else if (what === "drop") fixture.drop(`entity ${Math.abs(x) % 4}`);
          else if (what === "leave") fixture.leave(client);
          else if (what === "move") fixture.move(client, x, y);
          else fixture.enter(client, x, y);
        }
        await workers.ticks(70);
        for (const [first, ...others] of [workers.populations(), workers.entities()])
          for (const other of others) assert.deepEqual(other, first);
        for (const fixture of workers.fixtures)
          for (const client of fixture.clients) {
            assert.deepEqual(client.faults, []);
            assert.deepEqual(sorted(client.known), sorted(fixture.truth(client)));
            assert.deepEqual([...client.entities.keys()].sort(), fixture.entitiesOf(client));
          }
      }),
      { numRuns: 100 },
    );
  });
});
