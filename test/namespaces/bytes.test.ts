/** Binary values in payloads: the same bytes for everybody, at once and later, on any worker; `{base64}` for who has JSON only. */
import assert from "node:assert/strict";
import { gameContract } from "../../namespaces/game/index.ts";
import { roomsContract } from "../../namespaces/rooms/index.ts";
import { worldContract } from "../../namespaces/world/index.ts";
import { onEachSetup } from "../support/app.ts";
import { closePlain, openPlain } from "../support/plain.ts";

const some = Buffer.from([0, 1, 2, 250, 255]);
const base64 = some.toString("base64");
const data = { image: some, tiles: [1, { hidden: some }], "\u0001": "text" };
const onSecond = { worker: 1 } as const;

/** As a client gets it: buffers are buffers. */
function assertData(got: unknown): void {
  assert.deepEqual(got, data);
  assert.ok(Buffer.isBuffer((got as typeof data).image));
}
const inJson = { image: { base64 }, tiles: [1, { hidden: { base64 } }], "\u0001": "text" };

describe("binary values", () => {
  afterEach(closePlain);

  onEachSetup((setup) => {
    it("that are published come live and from the past, to clients of both kinds", async () => {
      const app = await setup.start();
      const ann = await app.connect(roomsContract, "ann");
      const bob = await app.connect(roomsContract, "bob", onSecond);
      const plain = openPlain(app.urls.at(-1) ?? "", "/ws", { query: { token: app.token("cid") } });
      const { epoch } = await ann.call("subscribe", { room: "art" });
      await bob.call("subscribe", { room: "art" });
      await plain.call("subscribe", { room: "art" });
      await ann.call("publish", { room: "art", data, client_msg_id: "first" });
      for (const client of [ann, bob]) assertData((await client.next("message")).data);
      assert.deepEqual((await plain.next("message")).data, inJson);
      const repeated = await ann.call("publish", { room: "art", data: "other", client_msg_id: "first" });
      assert.equal(repeated.offset, 1);

      const since = { epoch, offset: 0 };
      const late = await app.connect(roomsContract, "dan", onSecond);
      const { messages } = await late.call("subscribe", { room: "art", since });
      assertData(messages?.[0]?.data);
      const latePlain = openPlain(app.url, "/ws", { query: { token: app.token("eve") } });
      const caught = await latePlain.call("subscribe", { room: "art", since });
      assert.deepEqual((caught.messages as { data: unknown }[])[0]?.data, inJson);
    });

    it("are told from what only looks like them", async () => {
      const app = await setup.start();
      const ann = await app.connect(roomsContract, "ann");
      const { epoch } = await ann.call("subscribe", { room: "art" });
      const alike = [{ type: "Buffer", data: [1, 2] }, { base64 }, { "\u0002a": "AAEC" }, "\u0002a\n{}"];
      await ann.call("publish", { room: "art", data: alike });
      await ann.call("publish", { room: "art", data: [...alike, some] });
      assert.deepEqual((await ann.next("message")).data, alike);
      assert.deepEqual((await ann.next("message")).data, [...alike, some]);
      const bob = await app.connect(roomsContract, "bob", onSecond);
      const { messages } = await bob.call("subscribe", { room: "art", since: { epoch, offset: 0 } });
      assert.deepEqual(
        messages?.map((message) => message.data),
        [alike, [...alike, some]],
      );
      assert.equal((await ann.refused("publish", { room: some, data: 1 })).code, "invalid_payload");
    });

    it("count with the text they come with, and no more than they are", async () => {
      const app = await setup.start({ env: { WEBSOCKET_MAX_MESSAGE_SIZE: "100000" } });
      const ann = await app.connect(roomsContract, "ann");
      const { epoch } = await ann.call("subscribe", { room: "art" });
      const large = Buffer.alloc(90_000, 200);
      await ann.call("publish", { room: "art", data: large });
      assert.deepEqual((await ann.next("message")).data, large);
      const { messages } = await ann.call("subscribe", { room: "art", since: { epoch, offset: 0 } });
      assert.deepEqual(messages?.[0]?.data, large);
      for (const tooLarge of [
        [large, "x".repeat(20_000)],
        [large, Buffer.alloc(20_000)],
      ])
        assert.equal(
          (await ann.refused("publish", { room: "art", data: tooLarge })).code,
          "payload_too_large",
        );
      await ann.call("publish", { room: "art", data: "still here" });
    });

    it("are broadcast and signalled to other workers", async () => {
      const app = await setup.start();
      const service = await app.connect(roomsContract, "srv", { claims: { roles: ["service"] } });
      const bob = await app.connect(roomsContract, "bob", onSecond);
      await service.call("broadcast", { data });
      assertData((await bob.next("message")).data);
      const ann = await app.connect(gameContract, "ann");
      const cid = await app.connect(gameContract, "cid", onSecond);
      const { room } = await ann.call("room:create", { game: "relay" });
      const { room_id } = room;
      await cid.call("room:join", { room_id });
      await ann.call("room:signal", { room_id, data });
      assertData((await cid.next("room:signal")).data);
    });

    it("are the state of a relayed game, also for who comes later, and with patches asked for", async () => {
      const app = await setup.start();
      const ann = await app.connect(gameContract, "ann");
      const bob = await app.connect(gameContract, "bob", onSecond);
      const { room } = await ann.call("room:create", { game: "relay" });
      const { room_id } = room;
      await bob.call("room:join", { room_id, patches: true });
      await ann.call("room:start", { room_id });
      await bob.next("game_started");
      for (const n of [1, 2]) {
        await ann.call("game:action", { room_id, action: "set", args: { state: { ...data, n } } });
        const { state, version } = await bob.next("game_state");
        assert.equal(version, n + 1);
        const { n: told, ...rest } = state as typeof data & { n: number };
        assert.equal(told, n);
        assertData(rest);
      }
      const { state } = await bob.call("room:state", { room_id });
      assert.deepEqual(state, { ...data, n: 2 });
      const plain = openPlain(app.urls.at(-1) ?? "", "/ws/game", { query: { token: app.token("bob") } });
      assert.deepEqual((await plain.call("room:state", { room_id })).state, { ...inJson, n: 2 });
    });

    it("are data of entities, also of those that stay", async () => {
      const app = await setup.start();
      const here = { zone: "hall", x: 0, y: 0 };
      const srv = await app.connect(worldContract, "srv", { claims: { roles: ["service"] } });
      const bob = await app.connect(worldContract, "bob", onSecond);
      await srv.call("enter", here);
      await bob.call("enter", here);
      const statue = { entity_id: "statue", kind: "statue", x: 1, y: 1, data, persistent: true };
      await srv.call("entity_spawn", statue);
      const tick = await bob.next("world_tick", ({ entities }) => entities !== undefined);
      assertData(tick.entities?.entered?.[0]?.data);
      const dan = await app.connect(worldContract, "dan", onSecond);
      assertData((await dan.call("enter", here)).entities[0]?.data);
    });
  });
});
