import assert from "node:assert/strict";
import { Type } from "typebox";
import { defineGame } from "../../../core/games/game.ts";
import { asId, type RoomId } from "../../../core/ids.ts";
import { indexPut } from "../../../core/ports/store/documents.ts";
import { bool, choice, int } from "../../../core/realtime/fields.ts";
import { arena } from "../../../games/arena.ts";
import { dashDice } from "../../../games/dash-dice.ts";
import { gameContract } from "../../../namespaces/game/index.ts";
import { listKeys } from "../../../namespaces/game/listing/stored.ts";
import { asGame } from "../../../namespaces/game/realtime/as-game.ts";
import { keys } from "../../../namespaces/game/rooms/stored.ts";
import type { RoomView } from "../../../namespaces/game/schema.ts";
import { onEachSetup, type TestApp } from "../../support/app.ts";
import type { Client } from "./playing.ts";

const labelled = defineGame({
  ...dashDice,
  name: "labelled",
  labels: Type.Object({
    mode: Type.Union([Type.Literal("casual"), Type.Literal("ranked")], { default: "casual" }),
    skill: Type.Optional(Type.Integer({ minimum: 0 })),
  }),
});
const storeOf = (app: TestApp) => app.workers[0]?.services.store ?? assert.fail("there is a worker");

describe("labels of rooms", () => {
  onEachSetup((setup) => {
    /** Rooms of ann's with these labels; the names of rooms that a search finds. */
    async function withRooms(rooms: Readonly<Record<string, object>>) {
      const app = await setup.start({ app: { games: [labelled] } });
      const ann = await app.connect(gameContract, "ann");
      const made: Record<string, RoomView> = {};
      for (const [name, wish] of Object.entries(rooms))
        made[name] = (await ann.call("room:create", { game: "dash-dice", name, ...wish })).room;
      await app.runDue();
      const find = async (filter: object, from: Client = ann) =>
        (await from.call("room:list", filter)).rooms.map(({ name }) => name);
      return { app, ann, made, find };
    }

    it("are shown, and found by value, by any of some, and by a range of numbers; types differ", async () => {
      const { app, made, find } = await withRooms({
        one: { labels: { mode: "ranked", skill: 1_200, pvp: true } },
        two: { labels: { mode: "casual", skill: -3.5 } },
        three: { labels: { mode: "ranked", skill: "1200", pvp: false } },
        four: {},
        five: { labels: { mode: "ranked", skill: 900 }, game: "relay" },
      });
      assert.deepEqual(made.one?.labels, { mode: "ranked", skill: 1_200, pvp: true });
      assert.ok(!("labels" in (made.four ?? {})));
      const guest = await app.connect(gameContract, null, { worker: 1 });
      const expected: readonly [filter: object, found: string[]][] = [
        [{ mode: "ranked" }, ["five", "three", "one"]],
        [{ mode: ["casual", "ranked"] }, ["five", "three", "two", "one"]],
        [{ skill: 1_200 }, ["one"]],
        [{ skill: "1200" }, ["three"]],
        [{ skill: ["1200", 1_200] }, ["three", "one"]],
        [{ skill: { min: 900 } }, ["five", "one"]],
        [{ skill: { min: -10, max: 900 } }, ["five", "two"]],
        [{ skill: { max: 899.9 } }, ["two"]],
        [{ skill: {} }, ["five", "two", "one"]],
        [{ skill: { min: 5, max: 4 } }, []],
        [{ pvp: true, mode: "ranked" }, ["one"]],
        [{ pvp: false, skill: { min: 0 } }, []],
        [{ never: "x" }, []],
        [{}, ["five", "four", "three", "two", "one"]],
      ];
      for (const [labels, found] of expected)
        assert.deepEqual(await find({ labels }, guest), found, JSON.stringify(labels));
      assert.deepEqual(await find({ game: "relay", labels: { mode: "ranked" } }), ["five"]);
      assert.deepEqual(await find({ phase: "playing", labels: { mode: "ranked" } }), []);
    });

    it("pages of a search give each room once, newest first", async () => {
      const rooms = Object.fromEntries(
        Array.from({ length: 9 }, (_, at) => [`r${at}`, { labels: { odd: at % 2 === 1, at } }]),
      );
      const { ann } = await withRooms(rooms);
      const walks: readonly [labels: Record<string, object | boolean>, expected: number[]][] = [
        [{ odd: true }, [7, 5, 3, 1]],
        [{ odd: [true, false] }, [8, 7, 6, 5, 4, 3, 2, 1, 0]],
        [{ at: { min: 2, max: 6 } }, [6, 5, 4, 3, 2]],
      ];
      for (const [labels, expected] of walks) {
        const seen: string[] = [];
        for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
          const page = await ann.call("room:list", { labels, limit: 2, ...(cursor && { cursor }) });
          seen.push(...page.rooms.map(({ name }) => name));
          cursor = page.cursor;
        }
        assert.deepEqual(
          seen,
          expected.map((at) => `r${at}`),
        );
      }
      assert.equal((await ann.refused("room:list", { cursor: "junk" })).code, "invalid_payload");
    });

    it("a rare one is found at once among many rooms", async () => {
      const { app, ann, made, find } = await withRooms({ rare: { labels: { map: "moon", size: 7 } } });
      const { documents } = storeOf(app);
      const view = { ...(made.rare as RoomView), labels: { map: "earth" } };
      const count = 2_500;
      for (let from = 0; from < count; from += 500)
        await documents.commit({
          partition: keys.lobby().partition,
          index: Array.from({ length: 500 }, (_, at) =>
            indexPut(keys.lobby(), `fill-${from + at}`, 1e15 + at, { ...view, name: "fill" }),
          ),
        });
      assert.equal((await find({}))[0], "fill");
      assert.deepEqual(await find({ labels: { map: "moon" } }), ["rare"]);
      assert.deepEqual(await find({ labels: { size: { min: 1, max: 9 } } }), ["rare"]);
      const none = await ann.call("room:list", { labels: { map: "sun" } });
      assert.deepEqual(none, { ok: true, rooms: [] });
    });

    it("their index entries follow the room, and go with it", async () => {
      const { app, ann, made, find } = await withRooms({ one: { labels: { mode: "ranked", skill: 5 } } });
      const { room_id } = made.one as RoomView;
      const { indexes, documents } = storeOf(app);
      const sizes = () =>
        Promise.all(
          [
            listKeys.byLabel("mode", "ranked"),
            listKeys.byLabel("mode", "casual"),
            listKeys.byLabel("skill", 5),
            listKeys.byNumber("skill"),
          ].map((key) => indexes.size(key)),
        );
      assert.deepEqual(await sizes(), [1, 0, 1, 1]);
      const { room } = await ann.call("room:update", { room_id, labels: { mode: "casual", skill: 6 } });
      assert.deepEqual(room.labels, { mode: "casual", skill: 6 });
      await app.runDue();
      assert.deepEqual(await sizes(), [0, 1, 0, 1]);
      assert.deepEqual(await find({ labels: { skill: { min: 6, max: 6 } } }), ["one"]);
      assert.deepEqual(await find({ labels: { mode: "ranked" } }), []);
      await ann.call("room:update", { room_id, labels: { skill: null } });
      await app.runDue();
      assert.deepEqual(await sizes(), [0, 1, 0, 0]);
      await ann.call("room:leave", { room_id });
      await app.runDue();
      assert.deepEqual(await sizes(), [0, 0, 0, 0]);
      assert.equal(await documents.load(listKeys.listed(asId<RoomId>(room_id))), undefined);
    });

    it("of no good form are refused, and so are wrong filters", async () => {
      const { ann, made } = await withRooms({ one: { labels: { a: 1 } } });
      const room_id = made.one?.room_id ?? "";
      const many = (count: number) =>
        Object.fromEntries(Array.from({ length: count }, (_, at) => [`l${at}`, at]));
      const wrong: readonly unknown[] = [
        { Upper: 1 },
        { "": 1 },
        { [`a${"b".repeat(40)}`]: 1 },
        { text: "x".repeat(81) },
        { list: ["a"] },
        { deep: { min: 1 } },
        many(9),
        "mode",
        ["mode"],
      ];
      for (const labels of [...wrong, { nothing: null }])
        assert.equal(
          (await ann.refused("room:create", { labels } as never)).code,
          "invalid_payload",
          JSON.stringify(labels),
        );
      for (const labels of [...wrong.slice(0, 4), many(8)])
        assert.equal(
          (await ann.refused("room:update", { room_id, labels } as never)).code,
          "invalid_payload",
          JSON.stringify(labels),
        );
      for (const labels of [{ a: [] }, { a: null }, { a: { min: "1" } }, { A: 1 }, many(9), { a: [{}] }])
        for (const event of ["room:list", "room:watch"] as const)
          assert.equal(
            (await ann.refused(event, { labels } as never)).code,
            "invalid_payload",
            JSON.stringify(labels),
          );
      const { room } = await ann.call("room:update", { room_id, labels: { ...many(7), __proto__: null } });
      assert.equal(Object.keys(room.labels ?? {}).length, 8);
    });

    it("that a game declares must fit, have its defaults, and go back to them", async () => {
      const { ann, find, app } = await withRooms({ one: { game: "labelled", labels: { skill: 3 } } });
      assert.deepEqual(await find({ labels: { mode: "casual" } }), ["one"]);
      const { room } = await ann.call("room:create", { game: "labelled", labels: { mode: "ranked" } });
      assert.deepEqual(room.labels, { mode: "ranked" });
      const change = (labels: Record<string, string | number | null>) => ({ room_id: room.room_id, labels });
      const back = await ann.call("room:update", change({ mode: null }));
      assert.deepEqual(back.room.labels, { mode: "casual" });
      const misspelt = await ann.refused("room:create", { game: "labelled", labels: { moed: "ranked" } });
      assert.match(misspelt.message, /did you mean mode/);
      for (const labels of [{ mode: "chess" }, { skill: -1 }, { skill: "3" }, { skill: 1.5 }]) {
        assert.equal(
          (await ann.refused("room:create", { game: "labelled", labels })).code,
          "invalid_payload",
        );
        assert.equal((await ann.refused("room:update", change(labels))).code, "invalid_payload");
      }
      await app.runDue();
      assert.deepEqual(await find({ labels: { mode: "ranked" } }), []);
    });

    it("and the name are changed by the owner alone, until the game is over", async () => {
      const { app, ann, made } = await withRooms({ one: { game: "labelled", max_players: 3 } });
      const { room_id } = made.one as RoomView;
      const bob = await app.connect(gameContract, "bob", { worker: 1 });
      const update = (more: object) => ({ room_id, ...more });
      assert.equal((await bob.refused("room:update", update({ name: "mine" }))).code, "not_found");
      await bob.call("room:join", { room_id });
      assert.equal((await bob.refused("room:update", update({ name: "mine" }))).code, "forbidden");
      await ann.call("room:update", update({ name: "ours", labels: { skill: 9 } }));
      const told = await bob.next("room:updated", ({ room }) => room.name === "ours");
      assert.deepEqual(told.room.labels, { mode: "casual", skill: 9 });
      for (const max_players of [1, 5_000]) await ann.refused("room:update", update({ max_players }));
      assert.equal((await ann.call("room:update", update({ max_players: 2 }))).room.max_players, 2);
      await ann.call("room:start", { room_id });
      assert.equal((await ann.refused("room:update", update({ max_players: 3 }))).code, "conflict");
      await ann.call("room:update", update({ labels: { skill: 10 } }));
      await bob.next("room:updated", ({ room }) => room.labels?.skill === 10);
      await bob.call("room:leave", { room_id });
      await ann.next("game_ended");
      assert.equal((await ann.refused("room:update", update({ name: "late" }))).code, "conflict");
      assert.equal((await ann.refused("room:update", { room_id: "nowhere" })).code, "not_found");
    });
  });

  it("that are declared badly are told as the game is defined", () => {
    const wrong = (labels: never) => () => defineGame({ ...dashDice, labels });
    const text = Type.String();
    assert.throws(wrong(Type.String() as never), /labels must be an object schema/);
    assert.throws(wrong(Type.Object({ mode: text }) as never), /each label must be optional, or have/);
    assert.throws(wrong(Type.Object({ Mode: Type.Optional(text) }) as never), /label "Mode" must be/);
    const list = Type.Array(text, { default: [] });
    assert.throws(wrong(Type.Object({ tags: list }) as never), /the default of label "tags"/);
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`l${at}`, Type.Optional(text)]));
    assert.throws(wrong(Type.Object(many) as never), /8 labels at most/);
  });

  it("of a real-time game are fields with an initial value", () => {
    const { labelsOf } = asGame({
      ...arena,
      labels: { mode: choice("casual", "ranked"), level: int(1, 9), hard: bool() },
    } as never);
    assert.deepEqual(labelsOf({ mode: "ranked" }), { mode: "ranked", level: 1, hard: false });
    assert.throws(() => labelsOf({ level: 10 }), /label level must be a whole number/);
    assert.throws(() => labelsOf({ levle: 1 }), /did you mean level/);
  });
});
