import assert from "node:assert/strict";
import fc from "fast-check";
import { SETTLE_TICKS } from "../../../namespaces/world/interest/interest.ts";
import { AT_ONCE } from "../../../namespaces/world/interest/viewers.ts";
import type { WorldTick } from "../../../namespaces/world/schema.ts";
import { act, Client, people, replica, run, sorted, ZoneFixture } from "./support.ts";

const frames = (client: Client): WorldTick[] =>
  client.sent.filter((sent) => sent.event === "world_tick").map((sent) => sent.payload as WorldTick);

describe("world zone", () => {
  it("after every tick each client knows all players around it, where they are, and nobody else", () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 120, size: "max" }), (acts) => {
        run(acts, (fixture) => {
          for (const client of fixture.clients) {
            assert.deepEqual(client.faults, []);
            assert.deepEqual(sorted(client.known), sorted(fixture.truth(client)));
          }
        });
      }),
      { numRuns: 400 },
    );
  });

  it("clients that lose every volatile frame know all when the others have come to rest", () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 120, size: "max" }), (acts) => {
        const clients = people();
        for (const client of clients) client.losesVolatile = true;
        const fixture = run(acts, () => {}, clients);
        for (let i = 0; i <= SETTLE_TICKS; i++) fixture.tick();
        for (const client of fixture.clients)
          assert.deepEqual(sorted(client.known), sorted(fixture.truth(client)));
      }),
      { numRuns: 200 },
    );
  });

  it("sends one frame per client and tick however often a player moved, with its newest position", () => {
    const fixture = new ZoneFixture();
    const [ann, bob] = [new Client("1", "ann"), new Client("2", "bob")];
    fixture.enter(ann, 0, 0);
    fixture.enter(bob, 1, 1);
    fixture.tick();
    bob.sent.length = 0;
    for (let x = 1; x <= 5; x++) fixture.move(ann, x, 0);
    fixture.tick();
    assert.deepEqual(
      frames(bob).map((frame) => frame.moved),
      [[["ann", 5, 0]]],
    );
  });

  it("moves alone are volatile, comings and goings are not", () => {
    const fixture = new ZoneFixture();
    const [ann, bob] = [new Client("1", "ann"), new Client("2", "bob")];
    fixture.enter(ann, 0, 0);
    fixture.tick();
    ann.sent.length = 0;
    fixture.enter(bob, 1, 1);
    fixture.tick();
    fixture.move(bob, 2, 2);
    fixture.tick();
    fixture.leave(bob);
    fixture.tick();
    assert.deepEqual(
      ann.sent.map((sent) => sent.volatile),
      [false, true, false],
    );
  });

  it("sends nothing where nothing happens", () => {
    const fixture = new ZoneFixture();
    const [ann, bob] = [new Client("1", "ann"), new Client("2", "bob")];
    fixture.enter(ann, 0, 0);
    fixture.enter(bob, 1_000, 0);
    for (let i = 0; i <= SETTLE_TICKS; i++) fixture.tick();
    ann.sent.length = 0;
    fixture.move(bob, 1_001, 0);
    for (let i = 0; i <= 2 * SETTLE_TICKS; i++) fixture.tick();
    assert.deepEqual(ann.sent, []);
  });

  it("with updates each nothing is sent twice, since nothing is volatile", () => {
    const fixture = new ZoneFixture();
    const [ann, bob] = [new Client("1", "ann", "each"), new Client("2", "bob")];
    fixture.enter(ann, 0, 0);
    fixture.enter(bob, 1, 1);
    fixture.move(bob, 2, 2);
    for (let i = 0; i <= 2 * SETTLE_TICKS; i++) fixture.tick();
    assert.deepEqual(
      ann.sent.map((sent) => [sent.event, sent.volatile]),
      [["player_entered", false]],
    );
    assert.deepEqual(sorted(ann.known), [["bob", { x: 2, y: 2 }]]);
  });

  it("with updates each moves are left out while the worker sheds them, and all is known when the others have come to rest", () => {
    let shedsMoves = true;
    const paging = { ...AT_ONCE, shedsMoves: () => shedsMoves };
    const fixture = new ZoneFixture("here", undefined, paging);
    const [ann, bob, cid] = [new Client("1", "ann", "each"), new Client("2", "bob"), new Client("3", "cid")];
    for (const client of [ann, bob, cid]) {
      client.losesVolatile = true;
      fixture.enter(client, 0, 0);
    }
    fixture.tick();
    ann.sent.length = 0;
    fixture.move(bob, 2, 2);
    fixture.tick();
    assert.equal(ann.sent.length, 0);
    shedsMoves = false;
    fixture.move(cid, 3, 3);
    for (let i = 0; i <= 3 * SETTLE_TICKS; i++) fixture.tick();
    assert.deepEqual(sorted(ann.known), [
      ["bob", { x: 2, y: 2 }],
      ["cid", { x: 3, y: 3 }],
    ]);
    ann.sent.length = 0;
    fixture.move(bob, 4, 4);
    for (let i = 0; i <= 3 * SETTLE_TICKS; i++) fixture.tick();
    assert.deepEqual(
      ann.sent.map((sent) => [sent.event, sent.volatile]),
      [["player_movement", false]],
      "once it sheds no more, nothing is sent twice",
    );
  });

  it("an entity's change is sent once, in a frame that is not volatile", () => {
    const fixture = new ZoneFixture();
    const ann = new Client("1", "ann");
    fixture.enter(ann, 0, 0);
    for (let i = 0; i <= SETTLE_TICKS; i++) fixture.tick();
    ann.sent.length = 0;
    const traits = { id: "tree", kind: "plant", data: undefined, owner: ann.userId, persistent: false };
    fixture.zone.putEntity(traits, { replica: replica("here"), since: 1 }, 5, 5);
    for (let i = 0; i <= 2 * SETTLE_TICKS; i++) fixture.tick();
    assert.deepEqual(
      ann.sent.map((sent) => [sent.event, sent.volatile]),
      [["world_tick", false]],
    );
    assert.ok(ann.entities.has("tree"));
  });

  it("a user that came and went between two ticks was never there", () => {
    const fixture = new ZoneFixture();
    const [ann, bob] = [new Client("1", "ann"), new Client("2", "bob")];
    fixture.enter(ann, 0, 0);
    fixture.tick();
    ann.sent.length = 0;
    fixture.enter(bob, 1, 1);
    fixture.leave(bob);
    fixture.tick();
    assert.deepEqual(ann.sent, []);
    assert.equal(fixture.zone.population, 1);
  });

  it("of a user's two connections the newest moves the avatar, and the older one watches it", () => {
    const fixture = new ZoneFixture();
    const [old, young] = [new Client("1", "ann"), new Client("2", "ann")];
    fixture.enter(old, 0, 0);
    fixture.tick();
    fixture.enter(young, 5, 5);
    fixture.tick();
    assert.equal(fixture.zone.population, 1);
    assert.deepEqual(sorted(old.known), [["ann", { x: 5, y: 5 }]]);
    assert.deepEqual(sorted(young.known), []);
    fixture.leave(old);
    fixture.tick();
    assert.equal(fixture.zone.population, 1);
  });
});
