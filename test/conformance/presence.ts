import assert from "node:assert/strict";
import { deadlineKind } from "../../core/ports/store/deadlines.ts";
import { PAGE_BYTES } from "../../core/ports/store/pages.ts";
import type { PresenceScope } from "../../core/ports/store/presence.ts";
import type { Store } from "../../core/ports/store/store.ts";
import { HOSTILE_NAMES, HOSTILE_VALUES } from "./hostile.ts";
import type { OpenedStore, OpenStore } from "./open.ts";
import { freshStore, range } from "./open.ts";
import { chat, connect, disconnect, dueEdges, GRACE_MS, id, recordOf, world } from "./presence-support.ts";

export function presenceSuite(open: OpenStore): void {
  const opened = freshStore(open);
  presenceCounting(opened);
  presenceEdges(opened);
  presenceListing(opened);
  presenceOfWorkers(opened);
}

function presenceCounting(opened: () => OpenedStore): void {
  it("counts a subject's connections, each once however often it is told", async () => {
    const { store, second } = opened();
    assert.deepEqual(await connect(store, 1), { connections: 1, refused: false });
    assert.deepEqual(await connect(store, 1), { connections: 1, refused: false });
    assert.deepEqual(await connect(second ?? store, 2), { connections: 2, refused: false });
    assert.deepEqual(await disconnect(store, 1), { connections: 1 });
    assert.deepEqual(await disconnect(store, 1), { connections: 1 });
    assert.deepEqual(await disconnect(second ?? store, 2), { connections: 0 });
    assert.deepEqual(await disconnect(store, "never", "nobody"), { connections: 0 });
    assert.equal(await recordOf(store, "nobody"), undefined);
  });

  it("counts the connections that acknowledge reliable events", async () => {
    const { store } = opened();
    await store.presence.connect(chat, { subject: "ann", connection: id(1), reliable: true });
    await store.presence.connect(chat, { subject: "ann", connection: id(2) });
    assert.equal((await recordOf(store))?.reliable, 1);
    assert.equal((await recordOf(store))?.connections, 2);
    await disconnect(store, 1);
    assert.equal((await recordOf(store))?.reliable, 0);
    assert.equal((await recordOf(store))?.connections, 1);
  });

  it("with max, a subject that has that many refuses another, not one that it knows", async () => {
    const { store, second } = opened();
    const limited = (worker: Store, n: number) =>
      worker.presence.connect(chat, { subject: "ann", connection: id(n), max: 5 });
    const done = await Promise.all(range(20).map((i) => limited((i % 2 && second) || store, i)));
    assert.equal(done.filter(({ refused }) => !refused).length, 5);
    assert.equal((await recordOf(store))?.connections, 5);
    const known = done.findIndex(({ refused }) => !refused);
    const again = await limited((known % 2 && second) || store, known);
    assert.deepEqual(again, { connections: 5, refused: false });
    const refused = done.findIndex((one) => one.refused);
    assert.deepEqual(await disconnect((refused % 2 && second) || store, refused), { connections: 5 });
  });

  it("scopes count apart", async () => {
    const { store } = opened();
    await connect(store, 1, "ann", chat);
    await connect(store, 2, "ann", world);
    await disconnect(store, 2, "ann", world);
    assert.equal((await recordOf(store, "ann", chat))?.connections, 1);
    assert.equal(await recordOf(store, "ann", world), undefined);
    assert.deepEqual(await store.presence.size(chat), { subjects: 1, connections: 1 });
    assert.deepEqual(await store.presence.size(world), { subjects: 0, connections: 0 });
  });
}

function presenceEdges(opened: () => OpenedStore): void {
  it("the first connection sets the online deadlines once, later ones none", async () => {
    const { store } = opened();
    await connect(store, 1);
    assert.deepEqual(await dueEdges(store), ["test:online"]);
    await connect(store, 1);
    await connect(store, 2);
    await disconnect(store, 1);
    assert.deepEqual(await dueEdges(store), []);
  });

  it("the last one gone sets the offline deadlines, each after its time", async () => {
    const { store, clock } = opened();
    await connect(store, 1);
    await dueEdges(store);
    await disconnect(store, 1);
    await disconnect(store, 1);
    assert.deepEqual(await dueEdges(store), ["test:offline"]);
    clock.advance(GRACE_MS - 5_000);
    assert.deepEqual(await dueEdges(store), []);
    clock.advance(5_001);
    assert.deepEqual(await dueEdges(store), ["test:grace"]);
    assert.equal(await store.deadlines.size(), 0);
  });

  it("each edge cancels the other's deadlines", async () => {
    const { store, clock } = opened();
    await connect(store, 1);
    await disconnect(store, 1);
    assert.deepEqual(await dueEdges(store), ["test:offline"]);
    await connect(store, 2);
    assert.deepEqual(await dueEdges(store), ["test:online"]);
    clock.advance(GRACE_MS + 1);
    assert.deepEqual(await dueEdges(store), []);
    assert.equal(await store.deadlines.size(), 0);
  });

  it("a count that changes without reaching 0 sets the counted deadlines, once for several changes", async () => {
    const { store, second } = opened();
    const scope: PresenceScope = { ...chat, counted: [{ kind: deadlineKind("test:counted"), afterMs: 0 }] };
    await connect(store, 1, "ann", scope);
    assert.deepEqual(await dueEdges(store, scope), ["test:online"]);
    await connect(store, 1, "ann", scope);
    assert.deepEqual(await dueEdges(store, scope), []);
    await connect(store, 2, "ann", scope);
    await connect(second ?? store, 3, "ann", scope);
    assert.deepEqual(await dueEdges(store, scope), ["test:counted"]);
    await disconnect(second ?? store, 3, "ann", scope);
    await disconnect(second ?? store, 3, "ann", scope);
    assert.deepEqual(await dueEdges(store, scope), ["test:counted"]);
    await disconnect(store, 1, "ann", scope);
    await disconnect(store, 2, "ann", scope);
    assert.deepEqual(await dueEdges(store, scope), ["test:offline"]);
  });

  it("20 connections at once are one edge, and their ends another", async () => {
    const { store, second } = opened();
    const worker = (i: number) => (i % 2 && second) || store;
    await Promise.all(range(20).map((i) => connect(worker(i), i)));
    assert.deepEqual(await dueEdges(store), ["test:online"]);
    await Promise.all(range(20).map((i) => disconnect(worker(i), i)));
    assert.deepEqual(await dueEdges(store), ["test:offline"]);
    assert.deepEqual((await recordOf(store))?.connections, 0);
  });

  it("a refused connection sets no edge", async () => {
    const { store } = opened();
    const refused = await store.presence.connect(chat, { subject: "ann", connection: id(1), max: 0 });
    assert.deepEqual(refused, { connections: 0, refused: true });
    assert.deepEqual(await dueEdges(store), []);
    assert.equal(await recordOf(store), undefined);
  });

  it("a subject without connections is listed until it leaves; exactly one leave is true", async () => {
    const { store, second } = opened();
    await connect(store, 1);
    assert.equal(await store.presence.leave(chat, "ann"), false);
    await disconnect(store, 1);
    assert.equal((await recordOf(store))?.connections, 0);
    assert.deepEqual(await store.presence.size(chat), { subjects: 1, connections: 0 });
    const left = await Promise.all(
      range(10).map((i) => ((i % 2 && second) || store).presence.leave(chat, "ann")),
    );
    assert.equal(left.filter(Boolean).length, 1);
    assert.equal(await recordOf(store), undefined);
    assert.deepEqual(await store.presence.size(chat), { subjects: 0, connections: 0 });
  });

  it("one that came back does not leave", async () => {
    const { store } = opened();
    await connect(store, 1);
    await disconnect(store, 1);
    await connect(store, 2);
    assert.equal(await store.presence.leave(chat, "ann"), false);
    assert.equal((await recordOf(store))?.connections, 1);
  });

  it("where a scope has no offline deadlines a subject is gone with its last connection", async () => {
    const { store } = opened();
    await connect(store, 1, "ann", world);
    await connect(store, 2, "ann", world);
    await disconnect(store, 1, "ann", world);
    assert.equal((await recordOf(store, "ann", world))?.connections, 1);
    await disconnect(store, 2, "ann", world);
    assert.equal(await recordOf(store, "ann", world), undefined);
    assert.equal(await store.presence.leave(world, "ann"), false);
  });
}

function presenceListing(opened: () => OpenedStore): void {
  it("a profile stays with the subject until it is replaced", async () => {
    const { store } = opened();
    const connectAs = (n: number, profile: unknown) =>
      store.presence.connect(chat, { subject: "ann", connection: id(n), profile });
    await connectAs(1, { name: "Ann", status: null });
    await connect(store, 2);
    assert.deepEqual((await recordOf(store))?.profile, { name: "Ann", status: null });
    await connectAs(3, { name: "Annie" });
    assert.deepEqual((await recordOf(store))?.profile, { name: "Annie" });
    assert.equal(await store.presence.update(chat, "ann", { name: "A" }), true);
    assert.deepEqual((await recordOf(store))?.profile, { name: "A" });
    assert.equal(await store.presence.update(chat, "nobody", { name: "N" }), false);
    assert.equal(await recordOf(store, "nobody"), undefined);
  });

  it("a profile is kept through the grace period and forgotten with the subject", async () => {
    const { store } = opened();
    await store.presence.connect(chat, { subject: "ann", connection: id(1), profile: { name: "Ann" } });
    await disconnect(store, 1);
    assert.deepEqual((await recordOf(store))?.profile, { name: "Ann" });
    await store.presence.leave(chat, "ann");
    await store.presence.connect(chat, { subject: "ann", connection: id(2), profile: { name: "New" } });
    assert.deepEqual((await recordOf(store))?.profile, { name: "New" });
  });

  it("get answers in the order asked", async () => {
    const { store } = opened();
    await connect(store, 1, "ann");
    await connect(store, 2, "bob");
    const records = await store.presence.get(chat, ["bob", "nobody", "ann", "bob"]);
    assert.deepEqual(
      records.map((record) => record?.subject),
      ["bob", undefined, "ann", "bob"],
    );
    assert.deepEqual(await store.presence.get(chat, []), []);
  });

  it("pages go through the subjects in order of their names, with a cursor until the end", async () => {
    const { store } = opened();
    const subjects = range(30).map((i) => `u${String(i).padStart(2, "0")}`);
    for (const [i, subject] of subjects.toReversed().entries()) await connect(store, i, subject);
    for (const limit of [4, 10, 30, 100]) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.presence.page(chat, { limit, ...(cursor === undefined ? {} : { cursor }) });
        assert.ok(page.records.length <= limit);
        seen.push(...page.records.map((record) => record.subject));
        cursor = page.cursor;
      } while (cursor !== undefined);
      assert.deepEqual(seen, subjects);
    }
    assert.deepEqual(await store.presence.size(chat), { subjects: 30, connections: 30 });
  });

  it("a page of large profiles is bounded in bytes, and goes on where it ended", async () => {
    const { store } = opened();
    const subjects = range(20).map((i) => `u${String(i).padStart(2, "0")}`);
    const profile = "x".repeat(40_000);
    for (const subject of subjects)
      await store.presence.connect(chat, { subject, connection: id(subject), profile });
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.presence.page(chat, {
        limit: 100,
        ...(cursor === undefined ? {} : { cursor }),
      });
      assert.ok(page.records.length > 0 && page.records.length * profile.length <= PAGE_BYTES);
      seen.push(...page.records.map((record) => record.subject));
      cursor = page.cursor;
    } while (cursor !== undefined);
    assert.deepEqual(seen, subjects);
  });

  it("hostile scopes, subjects, connections and profiles are kept as they are", async () => {
    const { store } = opened();
    for (const [i, name] of HOSTILE_NAMES.entries()) {
      const scope: PresenceScope = { ...chat, name };
      const profile = HOSTILE_VALUES[i % HOSTILE_VALUES.length];
      await store.presence.connect(scope, { subject: name, connection: id(name), profile });
      const record = await recordOf(store, name, scope);
      assert.deepEqual(record, { subject: name, connections: 1, reliable: 0, profile });
      assert.deepEqual(await dueEdges(store, scope), ["test:online"]);
      assert.deepEqual(await disconnect(store, name, name, scope), { connections: 0 });
    }
  });

  it("hostile subjects of one scope are all listed, page by page", async () => {
    const { store } = opened();
    for (const [i, name] of HOSTILE_NAMES.entries()) await connect(store, i, name, world);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.presence.page(world, {
        limit: 2,
        ...(cursor === undefined ? {} : { cursor }),
      });
      seen.push(...page.records.map((record) => record.subject));
      cursor = page.cursor;
    } while (cursor !== undefined);
    assert.deepEqual(seen.toSorted(), HOSTILE_NAMES.toSorted());
  });
}

function presenceOfWorkers(opened: () => OpenedStore): void {
  it("a worker is listed with what it last told, until it retires", async () => {
    const { store } = opened();
    await store.presence.heartbeat({ connections: 1 });
    assert.equal(await store.presence.heartbeat({ connections: 2, list: [], none: null }), true);
    const workers = await store.presence.workers();
    assert.deepEqual(
      workers.map(({ info }) => info),
      [{ connections: 2, list: [], none: null }],
    );
    await store.presence.retire();
    assert.deepEqual(
      (await store.presence.workers()).filter(({ info }) => info.connections === 2),
      [],
    );
  });

  it("a worker that tells of itself is not swept", async () => {
    const { store, clock } = opened();
    await store.presence.heartbeat({});
    await connect(store, 1);
    await dueEdges(store);
    for (const _ of range(4)) {
      clock.advance(5_000);
      assert.equal(await store.presence.heartbeat({}), true);
      assert.deepEqual(await store.presence.sweep([chat, world], 15_000), []);
    }
    assert.equal((await recordOf(store))?.connections, 1);
    assert.deepEqual(await dueEdges(store), []);
  });
}
