import assert from "node:assert/strict";
import { partitions } from "../../core/ports/store/keys.ts";
import { HOSTILE_NAMES } from "./hostile.ts";
import type { OpenStore } from "./open.ts";
import { freshStore, range } from "./open.ts";

const partition = partitions.matchmaking();

export function leasesSuite(open: OpenStore): void {
  const opened = freshStore(open);

  it("one owner at a time; the holder that asks again keeps its token", async () => {
    const { store, second } = opened();
    const lease = await store.leases.acquire(partition, "tick", "w1", 5_000);
    assert.ok(lease);
    assert.deepEqual({ ...lease, token: 0 }, { partition, name: "tick", owner: "w1", token: 0 });
    assert.equal(await (second ?? store).leases.acquire(partition, "tick", "w2", 5_000), undefined);
    assert.deepEqual(await store.leases.acquire(partition, "tick", "w1", 5_000), lease);
  });

  it("of 20 that ask at once exactly one gets it", async () => {
    const { store, second } = opened();
    const got = await Promise.all(
      range(20).map((i) => ((i % 2 && second) || store).leases.acquire(partition, "tick", `w${i}`, 5_000)),
    );
    assert.equal(got.filter((lease) => lease !== undefined).length, 1);
  });

  it("after its ttl another may have it, with a larger token; the former cannot renew or release", async () => {
    const { store, clock } = opened();
    const first = await store.leases.acquire(partition, "tick", "w1", 5_000);
    assert.ok(first);
    clock.advance(4_000);
    assert.equal(await store.leases.acquire(partition, "tick", "w2", 5_000), undefined);
    clock.advance(1_001);
    const next = await store.leases.acquire(partition, "tick", "w2", 5_000);
    assert.ok(next);
    assert.ok(next.token > first.token);
    assert.equal(await store.leases.renew(first, 5_000), false);
    await store.leases.release(first);
    assert.equal(await store.leases.acquire(partition, "tick", "w3", 5_000), undefined);
    assert.equal(await store.leases.renew(next, 5_000), true);
  });

  it("renewing, and asking again, extend it", async () => {
    const { store, clock } = opened();
    const lease = await store.leases.acquire(partition, "tick", "w1", 5_000);
    assert.ok(lease);
    clock.advance(4_000);
    assert.equal(await store.leases.renew(lease, 5_000), true);
    clock.advance(4_000);
    assert.equal(await store.leases.acquire(partition, "tick", "w2", 5_000), undefined);
    assert.equal((await store.leases.acquire(partition, "tick", "w1", 5_000))?.token, lease.token);
    clock.advance(4_000);
    assert.equal(await store.leases.acquire(partition, "tick", "w2", 5_000), undefined);
    clock.advance(1_001);
    assert.ok(await store.leases.acquire(partition, "tick", "w2", 5_000));
  });

  it("a released lease is free at once, and the next holder's token is larger", async () => {
    const { store } = opened();
    const first = await store.leases.acquire(partition, "tick", "w1", 5_000);
    assert.ok(first);
    await store.leases.release(first);
    assert.equal(await store.leases.renew(first, 5_000), false);
    const next = await store.leases.acquire(partition, "tick", "w2", 5_000);
    assert.ok(next && next.token > first.token);
    await store.leases.release(next);
    const back = await store.leases.acquire(partition, "tick", "w1", 5_000);
    assert.ok(back && back.token > next.token);
    assert.equal(await store.leases.renew(first, 5_000), false);
  });

  it("tokens still grow when nobody has held the lease for a long time", async () => {
    const { store, clock } = opened();
    const first = await store.leases.acquire(partition, "tick", "w1", 5_000);
    clock.advance(30 * 86_400_000);
    const next = await store.leases.acquire(partition, "tick", "w2", 5_000);
    assert.ok(first && next && next.token > first.token);
  });

  it("names and partitions are apart from each other, hostile ones too", async () => {
    const { store } = opened();
    for (const name of HOSTILE_NAMES) {
      assert.ok(await store.leases.acquire(partition, name, "w1", 5_000));
      const lease = await store.leases.acquire(partitions.room(name), name, name, 5_000);
      assert.deepEqual([lease?.name, lease?.owner], [name, name]);
      assert.ok(lease && (await store.leases.renew(lease, 5_000)));
    }
    assert.ok(await store.leases.acquire(partitions.room("a:b"), "c", "w1", 5_000));
    assert.ok(await store.leases.acquire(partitions.room("a"), "b:c", "w2", 5_000));
  });
}
