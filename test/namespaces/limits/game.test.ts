import assert from "node:assert/strict";
import { Type } from "typebox";
import { action, defineGame } from "../../../core/games/game.ts";
import { indexKey, partitions } from "../../../core/ports/store/keys.ts";
import type { Store } from "../../../core/ports/store/store.ts";
import { gameContract } from "../../../namespaces/game/index.ts";
import { onEachSetup, type TestApp, type TestClient } from "../../support/app.ts";
import { until } from "../../support/until.ts";

/** Over when somebody says so. */
const brief = defineGame<{ readonly over: boolean }>({
  name: "brief",
  players: { min: 2, max: 2 },
  setup: () => ({ over: false }),
  actions: { finish: action(Type.Object({}), () => ({ state: { over: true } })) },
  result: ({ over }) => (over ? { winners: [], reason: "over" } : undefined),
});

type Client = TestClient<typeof gameContract>;

const places = indexKey<null>(partitions.quota("rooms"), "places");
const size = async (app: TestApp) => app.workers[0]?.services.store.indexes.size(places);

async function create(client: Client, count: number, input: object = {}): Promise<string[]> {
  const acks = await Promise.all(Array.from({ length: count }, () => client.raw("room:create", input)));
  return acks.map((ack) => (ack.ok ? "ok" : ack.error.code));
}
const count = (all: readonly string[], one: string) => all.filter((each) => each === one).length;

onEachSetup((setup) => {
  describe("limits of rooms in /game", () => {
    it("a user has a bounded number of rooms, whichever devices make them", async () => {
      const app = await setup.start({ env: { LIMITS_GAME_ROOMS_PER_USER: "6" } });
      const devices = [
        await app.connect(gameContract, "ann"),
        await app.connect(gameContract, "ann", { worker: 1 }),
      ];
      const outcomes = (await Promise.all(devices.map((each) => create(each, 8)))).flat();
      assert.deepEqual([count(outcomes, "ok"), count(outcomes, "conflict")], [6, 10]);
    });

    it("a room that another device is just making counts, though nothing of it is stored yet", async () => {
      let isHeld = false;
      let looks = 0;
      let goOn: () => void = () => undefined;
      const held = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      // Who forgets what is not there looks for it twice.
      const looked = (partition: string | undefined) => {
        if (isHeld && partition?.startsWith("game:") && ++looks === 4) goOn();
      };
      const wrapStore = (store: Store): Store => {
        const documents: Store["documents"] = {
          ...store.documents,
          async commit(change) {
            const isRoom = change.partition.startsWith("game:") && !isHeld;
            if (isRoom) {
              isHeld = true;
              await held;
            }
            return store.documents.commit(change);
          },
          async load(key) {
            const found = await store.documents.load(key);
            looked(key.partition);
            return found;
          },
          async loadMany(wanted) {
            const found = await store.documents.loadMany(wanted);
            looked(wanted[0]?.partition);
            return found;
          },
        };
        return Object.assign(Object.create(store), { documents });
      };
      const app = await setup.start({ env: { LIMITS_GAME_ROOMS_PER_USER: "1" }, wrapStore });
      const [one, two] = [
        await app.connect(gameContract, "ann"),
        await app.connect(gameContract, "ann", { worker: 1 }),
      ];
      const first = create(one, 1);
      await until("its commit is held", () => isHeld);
      const second = await create(two, 1);
      goOn();
      assert.deepEqual([second, await first], [["conflict"], ["ok"]]);
    });

    it("a room whose game is over gives its place away, and takes one again for the next game", async () => {
      const app = await setup.start({ env: { LIMITS_GAME_ROOMS: "1" }, app: { games: [brief] } });
      const [ann, bob] = [await app.connect(gameContract, "ann"), await app.connect(gameContract, "bob")];
      const cat = await app.connect(gameContract, "cat", { worker: 1 });
      const { room } = await ann.call("room:create", { game: brief.name });
      const { room_id } = room;
      await bob.call("room:join", { room_id });
      await ann.call("room:start", { room_id });
      assert.equal((await cat.refused("room:create", {})).code, "server_full");
      const playOn = async () => {
        await ann.call("game:action", { room_id, action: "finish" });
        await bob.next("game_ended");
        await until("its place is free", async () => (await size(app)) === 0);
      };
      await playOn();
      await ann.call("room:rematch", { room_id });
      await bob.call("room:rematch", { room_id });
      await bob.next("game_started", ({ version }) => version > 1);
      assert.equal((await cat.refused("room:create", {})).code, "server_full", "the next game has a place");
      await playOn();
      await cat.call("room:create", {});
      assert.equal((await ann.refused("room:rematch", { room_id })).code, "server_full");
    });

    it("a user who guesses join codes is refused, whichever worker is asked, right or wrong; others are not", async () => {
      const app = await setup.start({ env: { RATE_LIMITS_GUESSES: "3/1m" } });
      const ann = await app.connect(gameContract, "ann");
      const { room } = await ann.call("room:create", { private: true });
      const right = { join_code: room.join_code ?? "" };
      const eve = await app.connect(gameContract, "eve", { worker: 1 });
      for (let at = 0; at < 3; at++)
        assert.equal((await eve.refused("room:join", { join_code: `WRONG${at}` })).code, "not_found");
      const refusal = await eve.refused("room:join", right);
      assert.equal(refusal.code, "rate_limited");
      assert.ok(Number(refusal.retry_after_ms) > 0);
      const phone = await app.connect(gameContract, "eve");
      await until("the other worker knows", async () => {
        const ack = await phone.raw("room:join", { join_code: "WRONG9" });
        return !ack.ok && ack.error.code === "rate_limited";
      });
      const bob = await app.connect(gameContract, "bob", { worker: 1 });
      await bob.call("room:join", right);
      await app.advance(120_000);
      await eve.call("room:join", right);
    });

    it("guests who guess join codes are refused by their address, with all that have it", async () => {
      const app = await setup.start({ env: { RATE_LIMITS_GUESSES: "3/1m" } });
      const guesses = async () => {
        const guest = await app.connect(gameContract, null);
        const codes: string[] = [];
        for (let at = 0; at < 5; at++)
          codes.push((await guest.refused("room:join", { join_code: `WRONG${at}`, spectate: true })).code);
        return codes.filter((code) => code === "not_found").length;
      };
      let wrong = 0;
      for (let guest = 0; guest < 12; guest++) wrong += await guesses();
      assert.equal(wrong, 30);
      assert.equal(await guesses(), 0);
    });

    it("there is a bounded number of rooms in all; public and private ones make room when they end", async () => {
      const app = await setup.start({ env: { LIMITS_GAME_ROOMS: "5" } });
      const clients = [
        await app.connect(gameContract, "ann"),
        await app.connect(gameContract, "bob", { worker: 1 }),
      ];
      const [ann, bob] = clients;
      assert.ok(ann && bob);
      const outcomes = (await Promise.all([create(ann, 5), create(bob, 5, { private: true })])).flat();
      assert.deepEqual([count(outcomes, "ok"), count(outcomes, "server_full")], [5, 5]);
      // A refusal costs nobody a seat.
      for (const each of clients) {
        const { rooms } = await each.call("room:mine", {});
        for (const { room_id } of rooms) await each.call("room:leave", { room_id });
      }
      while ((await size(app)) !== 0) await app.runDue();
      assert.deepEqual(await create(bob, 5), ["ok", "ok", "ok", "ok", "ok"]);
    });

    it("a room whose owner stays alone ends; one that others have joined does not", async () => {
      const app = await setup.start({ env: { LIMITS_LONELY_ROOM: "1m" } });
      const ann = await app.connect(gameContract, "ann");
      const bob = await app.connect(gameContract, "bob", { worker: 1 });
      const { room: lonely } = await ann.call("room:create", {});
      const { room: shared } = await ann.call("room:create", {});
      await bob.call("room:join", { room_id: shared.room_id });
      await app.advance(61_000);
      await app.runDue();
      const { room } = await ann.next(
        "room:updated",
        (told) => told.room.room_id === lonely.room_id && told.room.phase === "ended",
      );
      assert.deepEqual(room.players, []);
      assert.equal((await bob.refused("room:join", { room_id: lonely.room_id })).code, "not_found");
      // And when it is alone again later.
      await bob.call("room:leave", { room_id: shared.room_id });
      await app.advance(61_000);
      await app.runDue();
      await ann.next(
        "room:updated",
        (told) => told.room.room_id === shared.room_id && told.room.phase === "ended",
      );
      assert.deepEqual((await ann.call("room:mine", {})).rooms, []);
    });
  });
});
