import assert from "node:assert/strict";
import { asId, type DeliveryId, type UserId, type WorkerId } from "../../core/ids.ts";
import { indexKey, partitions, presenceScope } from "../../core/ports/store/keys.ts";
import type { Store } from "../../core/ports/store/store.ts";
import type { Timers } from "../../core/ports/timers.ts";
import { gameContract } from "../../namespaces/game/index.ts";
import type { GameContract } from "../../namespaces/game/schema.ts";
import { createUserBus } from "../../server/cluster/user-bus.ts";
import { createInbox, type RunningInbox } from "../../server/delivery/inbox/inbox.ts";
import { boundsOf } from "../../server/delivery/inbox/ledger.ts";
import { SessionRegistry } from "../../server/sessions/registry.ts";
import { ReliableSender } from "../../server/sessions/reliable-sender.ts";
import type { SocketSession } from "../../server/sessions/socket-session.ts";
import { type ConnectAs, onEachSetup, type TestApp, type TestClient } from "../support/app.ts";
import { uniquePrefix } from "../support/redis.ts";
import { here, workshop } from "../support/redis-store.ts";
import { silent } from "./live-support.ts";

const ANN = asId<UserId>("ann");
const opted: ConnectAs = { auth: { reliable: true } };
const inboxOf = indexKey(partitions.user(ANN), "inbox:/game");
/** What runs when a deadline is due, by its kind. */
const ran = new Map<string, (payload: unknown) => Promise<void>>();
const timers: Timers = {
  on: ({ kind }, handle) =>
    void ran.set(kind, (payload) =>
      handle({ partition: partitions.user(ANN), id: "", dueAt: 0, payload: payload as never }),
    ),
  wake: () => undefined,
};
const achievementOf = (achievement: string) => ({ user_id: "ann", achievement });

const deliver = (app: TestApp, achievement: string, worker = 0) =>
  app.workers[worker]?.services.inbox.deliver(
    gameContract,
    ANN,
    "achievement",
    achievementOf(achievement),
    asId<DeliveryId>(achievement),
  );
const waiting = async (app: TestApp) => app.workers[0]?.services.store.indexes.size(inboxOf);

async function cleared(app: TestApp): Promise<void> {
  while ((await waiting(app)) !== 0) await new Promise(setImmediate);
}

/** Resolves when no worker counts a connection of the user any more. */
async function gone(app: TestApp): Promise<void> {
  const scope = { name: presenceScope("/game"), online: [], offline: [] };
  const counted = async () => (await app.workers[0]?.services.store.presence.get(scope, [ANN]))?.[0];
  while (((await counted())?.connections ?? 0) > 0) await new Promise(setImmediate);
}

/** After an answer to this, whatever was sent on connection has arrived. */
const settled = (client: TestClient<GameContract>) => client.call("user:list", {});
const came = (client: TestClient<GameContract>) =>
  client.pending("achievement").map(({ achievement }) => achievement);

onEachSetup((setup) => {
  describe("reliable events", () => {
    it("wait for a user who is away, come with a delivery id, and go when they are acknowledged", async () => {
      const app = await setup.start();
      assert.deepEqual(await deliver(app, "first"), { online: false });
      await deliver(app, "second");
      const ann = await app.connect(gameContract, "ann", { ...opted, worker: 1 });
      const got = [await ann.next("achievement"), await ann.next("achievement")];
      assert.deepEqual(
        got.map((payload) => [payload.achievement, (payload as { delivery_id?: string }).delivery_id]),
        [
          ["first", "first"],
          ["second", "second"],
        ],
      );
      await cleared(app);
      const again = await app.connect(gameContract, "ann", opted);
      await settled(again);
      assert.deepEqual(came(again), []);
    });

    it("that are delivered twice under one id, also by two workers, are one", async () => {
      const app = await setup.start();
      const ann = await app.connect(gameContract, "ann", opted);
      await Promise.all([deliver(app, "once"), deliver(app, "once", app.workers.length - 1)]);
      await ann.next("achievement");
      await cleared(app);
      await deliver(app, "once");
      await deliver(app, "after");
      assert.equal((await ann.next("achievement")).achievement, "after");
    });

    it("that are delivered together come in their order, and the same together again, by another worker, are no more", async () => {
      const app = await setup.start();
      const names = ["a", "b", "c"];
      const together = (worker: number) =>
        app.workers.at(worker)?.services.inbox.deliverAll(
          gameContract,
          ANN,
          "abc",
          names.map((name) => ({
            event: "achievement",
            payload: achievementOf(name),
            id: asId<DeliveryId>(name),
          })),
        );
      await together(0);
      await together(-1);
      assert.equal(await waiting(app), 3);
      const ann = await app.connect(gameContract, "ann", opted);
      for (const name of names) await ann.next("achievement", ({ achievement }) => achievement === name);
      const told = ann.log.flatMap(({ event, payload }) => (event === "achievement" ? [payload] : []));
      assert.deepEqual(
        told.map((each) => (each as { achievement: string }).achievement),
        names,
      );
      await cleared(app);
      await together(-1);
      assert.equal(await waiting(app), 0);
    });

    it("come again on the next connection where nobody acknowledged, and stop for all once a device does", async () => {
      const app = await setup.start();
      const deaf = await app.connect(gameContract, "ann", opted);
      deaf.acknowledges = false;
      await settled(deaf);
      await deliver(app, "kept");
      await deaf.next("achievement");
      const phone = await app.connect(gameContract, "ann", { ...opted, worker: 1 });
      await phone.next("achievement");
      await cleared(app);
      const later = await app.connect(gameContract, "ann", opted);
      await settled(later);
      assert.deepEqual(came(later), []);
    });

    it("come once to a client that did not opt in, and are done with then", async () => {
      const app = await setup.start();
      const ann = await app.connect(gameContract, "ann");
      await settled(ann);
      await deliver(app, "online");
      await ann.next("achievement");
      await cleared(app);
      ann.disconnect();
      // To a connection that seems to be there, a client that acknowledges nothing has got it.
      await gone(app);
      await deliver(app, "offline");
      const back = await app.connect(gameContract, "ann");
      await back.next("achievement", ({ achievement }) => achievement === "offline");
      await cleared(app);
      const third = await app.connect(gameContract, "ann");
      await settled(third);
      assert.deepEqual(came(third), []);
    });

    it("wait for a device that acknowledges, though a client that does not has got them", async () => {
      const app = await setup.start();
      const phone = await app.connect(gameContract, "ann", { ...opted, worker: 1 });
      phone.acknowledges = false;
      const page = await app.connect(gameContract, "ann");
      await settled(phone);
      await settled(page);
      await deliver(app, "kept");
      await Promise.all([phone.next("achievement"), page.next("achievement")]);
      page.disconnect();
      phone.disconnect();
      await gone(app);
      // The phone is on its way back; until then others get each once per connection, and end nothing.
      await deliver(app, "meanwhile");
      for (const worker of [0, 1] as const) {
        const again = await app.connect(gameContract, "ann", { worker });
        await again.next("achievement", ({ achievement }) => achievement === "kept");
        await again.next("achievement", ({ achievement }) => achievement === "meanwhile");
        await settled(again);
        assert.deepEqual(came(again), []);
        again.disconnect();
      }
      const back = await app.connect(gameContract, "ann", { ...opted, worker: 1 });
      await back.next("achievement", ({ achievement }) => achievement === "kept");
      await back.next("achievement", ({ achievement }) => achievement === "meanwhile");
      await cleared(app);
    });

    it("beyond a thousand push out the oldest, and a client that comes then gets all that are kept", async () => {
      const app = await setup.start();
      for (let at = 0; at < 1_020; at += 60)
        await Promise.all(
          Array.from({ length: 60 }, (_, i) => deliver(app, `a${at + i}`, i % app.workers.length)),
        );
      assert.equal(await waiting(app), 1_000);
      const ann = await app.connect(gameContract, "ann", opted);
      await ann.next("achievement", ({ achievement }) => achievement.startsWith("a10"));
      await cleared(app);
      assert.equal(
        new Set(ann.log.filter((r) => r.event === "achievement").map((r) => r.payload)).size,
        1_000,
      );
    });
  });
});

/** A connection to a sender: what was emitted, and the answer that each awaits. */
function fakeSession(reliable: boolean) {
  const emitted: { id: unknown; waitMs: number; done: (acknowledged: boolean) => void }[] = [];
  const session = {
    id: "c1",
    userId: ANN,
    namespace: "/game",
    reliable,
    connected: true,
    identity: { anonymous: false },
    waiting: undefined,
    socket: { conn: {} },
    emit: (_: string, payload: { delivery_id?: string }) =>
      emitted.push({ id: payload.delivery_id, waitMs: 0, done() {} }),
    emitReliable: (
      _: string,
      payload: { delivery_id?: string },
      waitMs: number,
      done: (acknowledged: boolean) => void,
    ) => emitted.push({ id: payload.delivery_id, waitMs, done }),
  } as unknown as SocketSession;
  return { session, emitted };
}

const id = (name: string | number) => asId<DeliveryId>(`d${name}`);

describe("a reliable sender", () => {
  it("waits two seconds for an acknowledgement, then twice as long each time, thirty at most", () => {
    const { session, emitted } = fakeSession(true);
    const sender = new ReliableSender(session, () => undefined);
    sender.send(id(1), "achievement", {});
    for (let tries = 0; tries < 7; tries++) {
      emitted.at(-1)?.done(false);
      sender.tick();
    }
    assert.deepEqual(
      emitted.map(({ waitMs }) => waitMs / 1_000),
      [2, 4, 8, 16, 30, 30, 30, 30],
    );
  });

  it("awaits a bounded number of answers of a client that gives none, and leaves the rest in the store", () => {
    const { session, emitted } = fakeSession(true);
    const sender = new ReliableSender(session, () => undefined);
    for (let at = 0; at < 5_000; at++) sender.send(id(at), "achievement", {});
    assert.equal(emitted.length, 32);
    assert.ok(!sender.hasRoomAgain());
    for (let round = 0; round < 10; round++) {
      for (const { done } of emitted.splice(0)) done(false);
      sender.tick();
      assert.equal(emitted.length, 32);
    }
    sender.close();
    for (const { done } of emitted.splice(0)) done(false);
    sender.tick();
    assert.equal(emitted.length, 0);
  });

  it("lets nothing wait for ever behind what is never acknowledged", () => {
    const { session, emitted } = fakeSession(true);
    const acknowledged: string[] = [];
    const sender = new ReliableSender(session, (done) => acknowledged.push(done));
    for (let at = 0; at < 40; at++) sender.send(id(at), "achievement", {});
    for (const { done } of emitted.splice(0)) done(false);
    sender.tick();
    for (const { id: sent, done } of emitted.splice(0)) if (Number(String(sent).slice(1)) >= 32) done(true);
    assert.deepEqual(acknowledged, [32, 33, 34, 35, 36, 37, 38, 39].map(id));
  });

  it("sends the same id once, and no more once another device has settled it", () => {
    const { session, emitted } = fakeSession(true);
    const sender = new ReliableSender(session, () => assert.fail("nobody has acknowledged here"));
    sender.send(id(1), "achievement", {});
    sender.send(id(1), "achievement", {});
    assert.equal(emitted.length, 1);
    sender.settle(id(1));
    emitted[0]?.done(true);
    sender.tick();
    assert.equal(emitted.length, 1);
  });
});

describe("inboxes of two workers on Redis", () => {
  const { redis, open } = workshop();
  const started: RunningInbox[] = [];
  afterEach(() => {
    for (const inbox of started.splice(0)) inbox.close();
  });

  async function inboxOn(store: Store, session?: SocketSession, roundSeconds = 3_600) {
    const registry = new SessionRegistry();
    if (session) registry.add(session);
    const inbox = createInbox({
      store,
      userBus: createUserBus({ store, registry, log: silent }),
      timers,
      registry,
      log: silent,
      deviceMs: 60_000,
      bounds: boundsOf(1_000, 100),
      scopeOf: () => here,
      roundSeconds,
    });
    await inbox.start();
    started.push(inbox);
    return inbox;
  }
  async function twoStores(): Promise<[Store, Store]> {
    const { url } = await redis();
    const prefix = uniquePrefix();
    return [
      await open(url, { prefix, worker: asId<WorkerId>("w1") }),
      await open(url, { prefix, worker: asId<WorkerId>("w2") }),
    ];
  }
  /** The worker dies, or its link does, right after the commit. */
  const mute = (store: Store) => ({ ...store, bus: { ...store.bus, publish: () => Promise.resolve(false) } });
  async function sent(emitted: readonly unknown[]): Promise<void> {
    while (emitted.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  it("what one worker has stored and could not tell, the other tells when the outbox repeats it", async () => {
    const [one, other] = await twoStores();
    const { session, emitted } = fakeSession(true);
    const dying = await inboxOn(mute(one));
    const living = await inboxOn(other, session);
    await dying.deliverTo("/game", ANN, "achievement", {}, id(1));
    await living.deliverTo("/game", ANN, "achievement", {}, id(1));
    await sent(emitted);
    assert.deepEqual(
      emitted.map((each) => each.id),
      ["d1"],
    );
    // Acknowledged, a repeat is told to nobody.
    emitted[0]?.done(true);
    while ((await other.indexes.size(inboxOf)) > 0) await new Promise(setImmediate);
    const { session: next, emitted: more } = fakeSession(true);
    const third = await inboxOn(other, next);
    await third.deliverTo("/game", ANN, "achievement", {}, id(1));
    await third.deliverTo("/game", ANN, "achievement", {}, id(2));
    await sent(more);
    assert.deepEqual(
      more.map((each) => each.id),
      ["d2"],
    );
  });

  it("a device is waited for after its worker has died, and for no longer than it counts as one", async () => {
    const [one, other] = await twoStores();
    const phone = fakeSession(true);
    const dying = await inboxOn(one, phone.session);
    await dying.enter(phone.session);
    dying.close();
    const page = fakeSession(false);
    let ahead = 0;
    const living = await inboxOn({ ...other, now: () => other.now() + ahead }, page.session);
    await living.deliverTo("/game", ANN, "achievement", {}, id(1));
    await sent(page.emitted);
    await living.rescan();
    assert.equal(await other.indexes.size(inboxOf), 1);
    ahead = 300_000;
    await living.rescan();
    assert.equal(await other.indexes.size(inboxOf), 0);
    assert.deepEqual(
      page.emitted.map((each) => each.id),
      ["d1"],
    );
  });

  it("entries that nobody fetches go after two weeks, the younger ones later", async () => {
    const [store] = await twoStores();
    let ahead = 0;
    const later = { ...store, now: () => store.now() + ahead };
    const inbox = await inboxOn(later);
    const DAY = 86_400_000;
    await inbox.deliverTo("/game", ANN, "achievement", {}, id(1));
    ahead = 10 * DAY;
    await inbox.deliverTo("/game", ANN, "achievement", {}, id(2));
    assert.equal(await store.deadlines.size(), 1);
    const box = { user: ANN, namespace: "/game" };
    ahead = 15 * DAY;
    await ran.get("inbox:expiry")?.(box);
    assert.deepEqual(
      (await store.indexes.page(inboxOf, { limit: 9 })).members.map(({ member }) => member),
      ["d2"],
    );
    ahead = 25 * DAY;
    await ran.get("inbox:expiry")?.(box);
    assert.equal(await store.indexes.size(inboxOf), 0);
    assert.equal(await store.deadlines.size(), 0);
  });

  it("what no message told of is found by the round", async () => {
    const [one, other] = await twoStores();
    const { session, emitted } = fakeSession(true);
    await inboxOn(other, session, 1);
    const dying = await inboxOn(mute(one));
    await dying.deliverTo("/game", ANN, "achievement", {}, id(1));
    await sent(emitted);
    assert.equal(emitted[0]?.id, "d1");
  });
});
