import assert from "node:assert/strict";
import { asId, type RoomId } from "../../../core/ids.ts";
import { append } from "../../../core/ports/store/documents.ts";
import type { Store } from "../../../core/ports/store/store.ts";
import { gameContract } from "../../../namespaces/game/index.ts";
import { type ListChange, LOBBY, listKeys } from "../../../namespaces/game/listing/stored.ts";
import type { RoomView } from "../../../namespaces/game/schema.ts";
import { onEachSetup, type TestApp } from "../../support/app.ts";
import { PlainClient } from "../../support/plain.ts";
import { until } from "../../support/until.ts";
import type { Client } from "./playing.ts";

const KEEP = { maxLength: 2_000, ttlMs: 60_000 };
const storeOf = (app: TestApp) => app.workers[0]?.services.store ?? assert.fail("there is a worker");
const watchesOf = (app: TestApp) =>
  app.workers.reduce((sum, worker) => sum + (worker.held().room_watches ?? 0), 0);

/** A store whose streams tell nobody of their entries while it is deaf. */
function deafStore(store: Store, hearing: { readonly isDeaf: boolean }): Store {
  const streams = wrapped(store.streams, {
    subscribe: (key, listener) =>
      store.streams.subscribe(key, (notice) => {
        if (!hearing.isDeaf) listener(notice);
      }),
  });
  return wrapped(store, { streams });
}

const wrapped = <T extends object>(of: T, own: Partial<T>): T =>
  new Proxy(of, {
    get(_, name) {
      const value: unknown = Reflect.get(name in own ? own : of, name);
      return typeof value === "function" ? value.bind(of) : value;
    },
  });

describe("watched lists of rooms", () => {
  onEachSetup((setup) => {
    /** Ann makes rooms on one worker; bob, on another where there are two, watches those of this filter. */
    async function watched(filter: object, user: string | null = "bob") {
      const app = await setup.start();
      const ann = await app.connect(gameContract, "ann");
      const bob = await app.connect(gameContract, user, { worker: 1 });
      const make = async (wish: object = {}) =>
        (await ann.call("room:create", { game: "dash-dice", ...wish })).room;
      const first = await make({ name: "first", labels: { mode: "ranked" } });
      await app.runDue();
      const page = await bob.call("room:watch", filter);
      return { app, ann, bob, make, first, page };
    }
    const ids = (rooms: readonly RoomView[]) => rooms.map(({ room_id }) => room_id);
    const change = (ann: Client, room_id: string, labels: Record<string, string | number | null>) =>
      ann.call("room:update", { room_id, labels });

    it("begin with a page; then rooms come, change and go, on any worker, for guests too", async () => {
      const { ann, bob, make, first, page } = await watched({ labels: { mode: "ranked" } }, null);
      assert.deepEqual(ids(page.rooms), [first.room_id]);
      const { watch } = page;
      await make({ labels: { mode: "casual" } });
      const second = await make({ labels: { mode: "ranked" } });
      const listed = await bob.next("room:listed");
      assert.deepEqual([listed.watch, listed.room.room_id], [watch, second.room_id]);
      await change(ann, first.room_id, { mode: "casual" });
      const gone = await bob.next("room:unlisted");
      assert.deepEqual([gone.watch, gone.room_id], [watch, first.room_id]);
      await change(ann, first.room_id, { mode: "ranked", skill: 5 });
      const back = await bob.next("room:listed");
      assert.deepEqual(back.room.labels, { mode: "ranked", skill: 5 });
      await ann.call("room:leave", { room_id: second.room_id });
      assert.equal((await bob.next("room:unlisted")).room_id, second.room_id);
      assert.deepEqual(bob.pending("room:listed"), []);
    });

    it("tell once of a room that changes ten times at once, as it is at the end", async () => {
      const { app, ann, bob, first } = await watched({});
      // Waits for an earlier change, so that the ten are in one window.
      await change(ann, first.room_id, { n: 0 });
      await bob.next("room:listed");
      const stream = listKeys.changes();
      const view = (n: number): ListChange => ({
        id: asId<RoomId>(first.room_id),
        room: { ...first, labels: { n } },
        was: null,
      });
      const { documents } = storeOf(app);
      for (let n = 1; n <= 10; n++)
        await documents.commit({ partition: LOBBY, append: [append(stream, view(n), KEEP)] });
      const { room } = await bob.next("room:listed");
      assert.deepEqual(room.labels, { n: 10 });
      // What comes next is the next change: none of the ten was told apart, nor twice.
      await documents.commit({ partition: LOBBY, append: [append(stream, view(11), KEEP)] });
      assert.deepEqual((await bob.next("room:listed")).room.labels, { n: 11 });
    });

    it("give the whole first page where more rooms change than are told of", async () => {
      const { app, ann, bob, make, page } = await watched({ limit: 3 });
      const last = await make({ name: "last" });
      await bob.next("room:listed");
      const ghosts = Array.from({ length: 200 }, (_, at) => {
        const room_id = `ghost-${at}`;
        return append(
          listKeys.changes(),
          { id: asId<RoomId>(room_id), room: { ...last, room_id }, was: null },
          KEEP,
        );
      });
      await storeOf(app).documents.commit({ partition: LOBBY, append: ghosts });
      const anew = await bob.next("room:list");
      assert.equal(anew.watch, page.watch);
      assert.deepEqual(
        anew.rooms.map(({ name }) => name),
        ["last", "first"],
      );
      await change(ann, last.room_id, { n: 1 });
      // By an event of its own, or by the next page where the list still changes too much.
      await bob.until("the change of the last room", (log) =>
        log.some(({ payload }) => JSON.stringify(payload).includes('"labels":{"n":1}')) ? true : undefined,
      );
    });

    it("give the whole first page after changes that are gone", async () => {
      const hearing = { isDeaf: false };
      const app = await setup.start({ wrapStore: (store) => deafStore(store, hearing) });
      const bob = await app.connect(gameContract, "bob", { worker: 1 });
      const ann = await app.connect(gameContract, "ann");
      await ann.call("room:create", { name: "first" });
      await app.runDue();
      const { watch } = await bob.call("room:watch", {});
      await ann.call("room:create", { name: "second" });
      await bob.next("room:listed", ({ room }) => room.name === "second");
      hearing.isDeaf = true;
      const ghost: ListChange = { id: asId<RoomId>("ghost"), room: null, was: null };
      const trimming = Array.from({ length: 3 }, () =>
        append(listKeys.changes(), ghost, { ...KEEP, maxLength: 1 }),
      );
      await storeOf(app).documents.commit({ partition: LOBBY, append: trimming });
      const anew = await bob.next("room:list");
      assert.equal(anew.watch, watch);
      assert.deepEqual(
        anew.rooms.map(({ name }) => name),
        ["second", "first"],
      );
      // Found without a notice.
      await ann.call("room:create", { name: "third" });
      await bob.next("room:listed", ({ room }) => room.name === "third");
    });

    it("end by name, all together, and with the connection; a connection has four", async () => {
      const { app, bob, make, page } = await watched({});
      const names = [page.watch];
      for (const mode of ["a", "b", "c"])
        names.push((await bob.call("room:watch", { labels: { mode } })).watch);
      assert.equal(new Set(names).size, 4);
      const fifth = { labels: { mode: "d" } };
      assert.equal((await bob.refused("room:watch", fifth)).code, "conflict");
      // The same filter again is the same watch.
      assert.equal((await bob.call("room:watch", { labels: { mode: "a" } })).watch, names[1]);
      assert.equal(watchesOf(app), 4);
      await bob.call("room:unwatch", { watch: page.watch });
      await make({ name: "unseen" });
      await make({ name: "seen", labels: { mode: "a" } });
      const { room, watch } = await bob.next("room:listed");
      assert.deepEqual([room.name, watch], ["seen", names[1]]);
      await bob.call("room:unwatch", {});
      assert.equal(watchesOf(app), 0);
      await bob.call("room:watch", {});
      assert.equal(watchesOf(app), 1);
      bob.disconnect();
      await until("no watch is left", () => watchesOf(app) === 0);
    });

    it("serve plain WebSocket clients, and users who connect while rooms change", async () => {
      const { app, make, first } = await watched({});
      const plain = await new PlainClient(`${app.urls.at(-1)}/ws/game`).opened();
      const answer = await plain.call("room:watch", { labels: { mode: "ranked" } });
      assert.deepEqual(ids(answer.rooms as RoomView[]), [first.room_id]);
      const made = await make({ labels: { mode: "ranked" } });
      const frame = await plain.next("room:listed");
      assert.equal((frame.room as RoomView).room_id, made.room_id);
      plain.close();
      // Whoever comes at any moment ends with the same list.
      const changing = (async () => {
        for (let n = 0; n < 12; n++) await make({ name: `n${n}`, labels: { mode: "busy" } });
      })();
      const late = await app.connect(gameContract, "late", { worker: 1 });
      const { rooms } = await late.call("room:watch", { labels: { mode: "busy" } });
      await changing;
      const seen = new Set(ids(rooms));
      await late.until("all rooms", (log) => {
        for (const { event, payload } of log)
          if (event === "room:listed") seen.add((payload as { room: RoomView }).room.room_id);
        return seen.size === 12 ? true : undefined;
      });
    });
  });
});
