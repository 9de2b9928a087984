import assert from "node:assert/strict";
import { deadlineKind } from "../../core/ports/store/deadlines.ts";
import type { PresenceScope } from "../../core/ports/store/presence.ts";
import type { OpenStore } from "./open.ts";
import { freshStore, range } from "./open.ts";
import { chat, connect, dueEdges, id, recordOf, world } from "./presence-support.ts";

/** What holds between workers, for stores that several can share. */
export function workersSuite(open: OpenStore): void {
  const opened = freshStore(open);
  const both = () => {
    const { store, second, clock } = opened();
    if (second === undefined) throw new Error("this suite is for stores with a second worker");
    return { store, second, clock };
  };

  it("what a dead worker left is disconnected by another, with its edges, once", async () => {
    const { store, second, clock } = both();
    await store.presence.heartbeat({ name: "dead" });
    await second.presence.heartbeat({ name: "lives" });
    const dead = (await second.presence.workers()).find(({ info }) => info.name === "dead")?.worker;
    assert.ok(dead);
    await connect(store, 1, "ann");
    await connect(store, 2, "ann");
    await store.presence.connect(chat, { subject: "bob", connection: id(3), reliable: true });
    await connect(second, 4, "bob");
    await connect(store, 5, "cid", world);
    await dueEdges(second);
    clock.advance(16_000);
    await second.presence.heartbeat({ name: "lives" });
    const counting: PresenceScope = {
      ...chat,
      counted: [{ kind: deadlineKind("test:counted"), afterMs: 0 }],
    };
    const swept = await Promise.all(range(5).map(() => second.presence.sweep([counting, world], 15_000)));
    assert.deepEqual(new Set(swept.flat()), new Set([dead]));
    assert.equal((await recordOf(second, "ann"))?.connections, 0);
    const bob = await recordOf(second, "bob");
    assert.deepEqual([bob?.connections, bob?.reliable], [1, 0]);
    assert.equal(await recordOf(second, "cid", world), undefined);
    assert.deepEqual(await dueEdges(second), ["test:counted", "test:offline"]);
    assert.ok((await second.presence.workers()).every(({ worker }) => worker !== dead));
    assert.deepEqual(await second.presence.sweep([chat, world], 15_000), []);
  });

  it("a swept worker that lives is told so, and can tell its connections anew", async () => {
    const { store, second, clock } = both();
    await store.presence.heartbeat({ name: "slow" });
    await connect(store, 1);
    clock.advance(16_000);
    await second.presence.heartbeat({});
    await second.presence.sweep([chat], 15_000);
    assert.equal(await store.presence.heartbeat({ name: "slow" }), false);
    assert.deepEqual(await connect(store, 1), { connections: 1, refused: false });
    assert.equal(await store.presence.heartbeat({ name: "slow" }), true);
    assert.deepEqual(await second.presence.sweep([chat], 15_000), []);
    assert.equal((await recordOf(second))?.connections, 1);
  });
}
