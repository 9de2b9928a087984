/** Lists and logs are bounded in bytes, and go on where an answer ends. */
import assert from "node:assert/strict";
import { asId, type CombatId, type RoomId, type UserId } from "../../core/ids.ts";
import { append, indexPut, put } from "../../core/ports/store/documents.ts";
import { partitions } from "../../core/ports/store/keys.ts";
import { fightKey } from "../../namespaces/combat/fight.ts";
import { combatContract } from "../../namespaces/combat/index.ts";
import { roomView } from "../../namespaces/game/delivery/view.ts";
import { gameContract } from "../../namespaces/game/index.ts";
import { keys } from "../../namespaces/game/rooms/stored.ts";
import { onEachSetup, type TestApp } from "../support/app.ts";

const KB = 1_024;
const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
const upTo = (end: number) => Array.from({ length: end }, (_, at) => at + 1);
const storeOf = (app: TestApp) => app.workers[0]?.services.store ?? assert.fail("there is a worker");

onEachSetup((setup) => {
  describe("lists", () => {
    it("of rooms with many players are bounded in bytes, and give each room once", async () => {
      const app = await setup.start();
      const ann = await app.connect(gameContract, "ann");
      const { room } = await ann.call("room:create", { game: "dash-dice" });
      const { documents } = storeOf(app);
      const made = await documents.load(keys.room(asId<RoomId>(room.room_id)));
      assert.ok(made);
      const view = roomView(made.state);
      const players = upTo(60).map((at) => ({
        ...view.players[0],
        user_id: `player-${at}`.padEnd(100, "x"),
      }));
      const names = upTo(80).map((at) => `room-${String(at).padStart(3, "0")}`);
      for (const some of [names.slice(0, 40), names.slice(40)])
        await documents.commit({
          partition: partitions.lobby(),
          index: some.map((name) =>
            indexPut(keys.lobby(), name, names.indexOf(name), { ...view, room_id: name, players } as never),
          ),
        });
      const seen: string[] = [];
      let pages = 0;
      for (let cursor: string | undefined, more = true; more; pages++) {
        const page: { rooms: { room_id: string }[]; cursor?: string } = await ann.call("room:list", {
          limit: 100,
          ...(cursor === undefined ? {} : { cursor }),
        });
        assert.ok(bytesOf(page) <= 140 * KB, `${bytesOf(page)} bytes`);
        seen.push(...page.rooms.map(({ room_id }) => room_id));
        cursor = page.cursor;
        more = cursor !== undefined;
      }
      assert.ok(pages > 3, `${pages} pages`);
      assert.deepEqual(seen.filter((id) => id.startsWith("room-")).toSorted(), names);
    });

    it("of what was done in a game are bounded in bytes, and go on", async () => {
      const app = await setup.start();
      const ann = await app.connect(gameContract, "ann");
      const { documents } = storeOf(app);
      const id = asId<RoomId>("over");
      const log = keys.log(id, 1);
      const by = asId<UserId>("ann");
      const args = { text: "x".repeat(10_000) };
      for (const version of upTo(60))
        await documents.commit({
          partition: log.partition,
          append: [
            append(
              log,
              { kind: "action", by, action: "say", args, version, at: 1, owner: by, draws: [] },
              { maxLength: 1_000, ttlMs: 60_000 },
            ),
          ],
        });
      const over = { game: "g", players: [by], result: { winners: [] } };
      const key = keys.ended(id, 1);
      await documents.commit({ partition: key.partition, documents: [put(key, 0, over as never)] });
      const seen: number[] = [];
      for (let cursor: number | undefined = 0; cursor !== undefined; ) {
        const page: { entries: { version: number }[]; cursor?: number } = await ann.call("match:replay", {
          room_id: id,
          cursor,
          limit: 500,
        });
        assert.ok(bytesOf(page) <= 140 * KB, `${bytesOf(page)} bytes`);
        seen.push(...page.entries.map(({ version }) => version));
        cursor = page.cursor;
      }
      assert.deepEqual(seen, upTo(60));
    });

    it("of what was done in a fight are bounded in bytes, and go on", async () => {
      const app = await setup.start();
      const ann = await app.connect(combatContract, "ann");
      const { combat_session_id } = await ann.call("combat_create", {
        participants: [
          { id: "ann", kind: "player", team: "heroes" },
          { id: "ogre", kind: "monster", team: "monsters" },
        ],
      });
      const { documents } = storeOf(app);
      const key = fightKey(asId<CombatId>(combat_session_id));
      const found = await documents.load(key);
      assert.ok(found);
      const log = upTo(300).map((seq) => ({
        ...{ seq, turn: seq, at: 1, cause: "player", actor: "ann", action: "wait", target: null },
        ...{ args: {}, effects: [{ kind: "said", text: "y".repeat(1_000) }], draws: [], version: seq },
      }));
      const state = { ...found.state, log } as unknown as typeof found.state;
      await documents.commit({ partition: key.partition, documents: [put(key, found.version, state)] });
      const seen: number[] = [];
      for (let after = 0, more = true; more; ) {
        const page = await ann.call("combat_state", { combat_session_id, log: true, after });
        assert.ok(bytesOf(page) <= 136 * KB, `${bytesOf(page)} bytes`);
        seen.push(...(page.log ?? []).map(({ seq }) => seq));
        after = seen.at(-1) ?? 0;
        more = page.has_more === true;
      }
      assert.deepEqual(seen, upTo(300));
    });
  });
});
