import assert from "node:assert/strict";
import type { RoomId, UserId } from "../../../core/ids.ts";
import { asId } from "../../../core/ids.ts";
import { presenceScope } from "../../../core/ports/store/keys.ts";
import { gameContract } from "../../../namespaces/game/index.ts";
import { createRoomCommit } from "../../../namespaces/game/rooms/commit.ts";
import { createMembers, createSeats } from "../../../namespaces/game/rooms/seats.ts";
import { onEachSetup } from "../../support/app.ts";
import { collector } from "../../support/collector.ts";
import { act, always, type Client, gameOf, roomOf } from "./playing.ts";

const quick = { mode: "quickfire", target: 10 };

/** With sixes: the first player banks 12 of 10. */
async function win(client: Client, room_id: string): Promise<void> {
  await act(client, room_id, "roll");
  await act(client, room_id, "roll");
  await act(client, room_id, "bank");
}

describe("/game rooms", () => {
  onEachSetup((setup) => {
    describe("options", () => {
      it("are checked when the room is made, shown, and options that the game does not know are left out", async () => {
        const { app, clients } = await roomOf(setup, ["ann"], {
          options: { ...quick, junk: "x".repeat(500) },
        });
        const [ann] = clients as [Client];
        await app.runDue();
        const { rooms } = await ann.call("room:list", {});
        assert.deepEqual(rooms[0]?.options, quick);
        for (const options of [{ target: 1 }, { mode: "chess" }, "classic", []])
          assert.equal(
            (await ann.refused("room:create", { game: "dash-dice", options })).code,
            "invalid_payload",
          );
      });
    });

    describe("list", () => {
      it("filters by phase and free seats, in pages", async () => {
        const { app, clients, room_id } = await roomOf(setup, ["ann", "bob"]);
        const [ann, bob] = clients as [Client, Client];
        await ann.call("room:start", { room_id });
        const full = await ann.call("room:create", { game: "dash-dice", max_players: 2 });
        await bob.call("room:join", { room_id: full.room.room_id });
        for (let i = 0; i < 3; i++) await bob.call("room:create", { game: "dash-dice" });
        await app.runDue();
        const ids = async (filter: object) =>
          (await ann.call("room:list", filter)).rooms.map((room) => room.room_id);
        assert.deepEqual(await ids({ phase: "playing" }), [room_id]);
        assert.equal((await ids({ phase: "lobby" })).length, 4);
        assert.deepEqual(await ids({ open: false }), [full.room.room_id]);
        assert.equal((await ids({ phase: "lobby", open: true })).length, 3);
        const seen: string[] = [];
        let cursor: string | undefined;
        do {
          const page = await ann.call("room:list", {
            phase: "lobby",
            open: true,
            limit: 2,
            ...(cursor === undefined ? {} : { cursor }),
          });
          assert.ok(page.rooms.length <= 2);
          seen.push(...page.rooms.map((room) => room.room_id));
          cursor = page.cursor;
        } while (cursor !== undefined);
        assert.equal(new Set(seen).size, 3);
        assert.equal(seen.length, 3);
        for (const wrong of [{ phase: "ended" }, { open: 1 }])
          assert.equal((await ann.refused("room:list", wrong)).code, "invalid_payload");
      });
    });

    describe("owner", () => {
      it("a room passes on when its owner's seat expires", async () => {
        const { app, clients, room_id } = await roomOf(setup, ["ann", "bob", "cat"]);
        const [ann, bob, cat] = clients as [Client, Client, Client];
        ann.disconnect();
        await bob.next("room:updated", (p) => p.room.players.some((one) => !one.connected));
        await app.advance(31_000);
        await app.runDue();
        for (const one of [bob, cat]) {
          const { room } = await one.next("room:updated", (p) => p.room.owner === "bob");
          assert.deepEqual(
            room.players.map(({ user_id }) => user_id),
            ["bob", "cat"],
          );
        }
        await bob.call("room:start", { room_id });
      });
    });

    describe("kick", () => {
      it("takes the player's seat on all devices, notifies all, and the way back is closed", async () => {
        const { app, clients, room_id } = await roomOf(setup, ["ann", "bob", "cat"]);
        const [ann, bob, cat] = clients as [Client, Client, Client];
        const tab = await app.connect(gameContract, "bob");
        await tab.call("room:state", { room_id });
        await ann.call("room:kick", { room_id, user_id: "bob" });
        for (const one of [bob, tab])
          assert.equal((await one.next("room:left", (p) => p.room_id === room_id)).reason, "kicked");
        await cat.next("room:updated", (p) => p.room.players.length === 2);
        assert.equal((await bob.refused("room:join", { room_id })).code, "forbidden");
        assert.equal((await tab.refused("room:join", { room_id, spectate: true })).code, "forbidden");
        assert.equal((await bob.refused("room:state", { room_id })).code, "not_found");
      });

      it("in a running game does the same as leaving", async () => {
        const { clients, room_id } = await gameOf(setup, ["ann", "bob"]);
        const [ann] = clients as [Client];
        await ann.call("room:kick", { room_id, user_id: "bob" });
        const { result } = await ann.next("game_ended");
        assert.deepEqual((result as { winners: string[] }).winners, ["ann"]);
      });

      it("ends a spectator's watching", async () => {
        const { app, clients, room_id } = await gameOf(setup, ["ann", "bob"]);
        const [ann] = clients as [Client];
        const eve = await app.connect(gameContract, "eve", { worker: 1 });
        await eve.call("room:join", { room_id, spectate: true });
        await ann.call("room:kick", { room_id, user_id: "eve" });
        assert.equal((await eve.next("room:left")).reason, "kicked");
        await act(ann, room_id, "roll");
        assert.equal((await eve.refused("room:join", { room_id, spectate: true })).code, "forbidden");
        assert.deepEqual(eve.pending("game_state"), []);
      });

      it("is for the owner alone, not of oneself, and not a stranger's", async () => {
        const { app, clients, room_id } = await roomOf(setup, ["ann", "bob"]);
        const [ann, bob] = clients as [Client, Client];
        const eve = await app.connect(gameContract, "eve");
        assert.equal((await bob.refused("room:kick", { room_id, user_id: "ann" })).code, "forbidden");
        assert.equal((await ann.refused("room:kick", { room_id, user_id: "ann" })).code, "conflict");
        assert.equal((await eve.refused("room:kick", { room_id, user_id: "bob" })).code, "not_found");
        for (const user_id of [undefined, "", 7, ["bob"]])
          assert.equal((await ann.refused("room:kick", { room_id, user_id })).code, "invalid_payload");
      });
    });

    describe("rematch", () => {
      it("starts in the same room and seats when all agree, and the versions go on", async () => {
        const { clients, room_id } = await gameOf(setup, ["ann", "bob"], {
          random: always(6),
          options: quick,
        });
        const [ann, bob] = clients as [Client, Client];
        assert.equal((await ann.refused("room:rematch", { room_id })).code, "conflict");
        await win(ann, room_id);
        for (const one of clients) await one.next("game_ended");
        assert.deepEqual((await bob.call("room:rematch", { room_id })).room.rematch, ["bob"]);
        await ann.next("room:updated", (p) => p.room.rematch?.includes("bob") === true);
        const { room } = await ann.call("room:rematch", { room_id });
        assert.deepEqual([room.phase, room.round], ["playing", 2]);
        for (const one of clients) {
          const started = await one.next("game_started");
          assert.equal(started.version, 5);
          const state = started.state as { mode: string; players: { user_id: string; score: number }[] };
          assert.equal(state.mode, "quickfire");
          assert.deepEqual(
            state.players.map(({ user_id, score }) => [user_id, score]),
            [
              ["ann", 0],
              ["bob", 0],
            ],
          );
        }
        const late = { room_id, action: "roll", version: 2 };
        assert.equal((await ann.refused("game:action", late)).code, "stale_version");
        await win(ann, room_id);
        for (const one of clients) await one.next("game_ended");
      });

      it("agreement on both workers at the same time starts one game", async () => {
        const { clients, room_id } = await gameOf(setup, ["ann", "bob"], {
          random: always(6),
          options: quick,
        });
        const [ann, bob] = clients as [Client, Client];
        await win(ann, room_id);
        await Promise.all([ann, bob, ann, bob].map((one) => one.raw("room:rematch", { room_id })));
        for (const one of clients) assert.equal((await one.next("game_started")).version, 5);
        assert.equal((await ann.call("room:state", { room_id })).room.round, 2);
        for (const one of clients) assert.deepEqual(one.pending("game_started"), []);
      });

      it("waits for no player that has gone, and an agreement can be taken back", async () => {
        const { clients, room_id } = await gameOf(setup, ["ann", "bob", "cat"], {
          random: always(6),
          options: quick,
        });
        const [ann, bob, cat] = clients as [Client, Client, Client];
        await win(ann, room_id);
        await ann.call("room:rematch", { room_id });
        await bob.call("room:rematch", { room_id });
        assert.deepEqual((await bob.call("room:rematch", { room_id, agree: false })).room.rematch, ["ann"]);
        await bob.call("room:rematch", { room_id });
        await cat.call("room:leave", { room_id });
        for (const one of [ann, bob]) {
          const started = await one.next("game_started");
          assert.deepEqual(
            started.players.map(({ user_id }) => user_id),
            ["ann", "bob"],
          );
        }
        assert.equal((await cat.refused("room:rematch", { room_id })).code, "not_found");
      });

      it("needs as many players as the game does", async () => {
        const { clients, room_id } = await gameOf(setup, ["ann", "bob"], {
          random: always(6),
          options: quick,
        });
        const [ann, bob] = clients as [Client, Client];
        await bob.call("room:leave", { room_id });
        await ann.next("game_ended");
        assert.equal((await ann.refused("room:rematch", { room_id })).code, "conflict");
        for (const wrong of [{}, { room_id, agree: "yes" }])
          assert.equal((await ann.refused("room:rematch", wrong)).code, "invalid_payload");
      });
    });

    it("other namespaces learn which users have a seat, with every change", async () => {
      const { app, clients, room_id } = await roomOf(setup, ["ann", "bob"]);
      const [, bob] = clients as [Client, Client];
      const { services } = app.workers[0] ?? assert.fail("there is a worker");
      const scope = { name: presenceScope("/game"), online: [], offline: [] };
      const change = createRoomCommit(services, 600_000);
      const members = createMembers(services, createSeats(services, scope, change, new Map(), 20));
      const id = asId<RoomId>(room_id);
      const user = asId<UserId>("bob");
      assert.equal(await members.isMember(id, user), true);
      assert.deepEqual(await members.roomsOf(user), [room_id]);
      assert.deepEqual(await members.membersOf(id), ["ann", "bob"]);
      const three = [user, asId<UserId>("nobody"), asId<UserId>("ann")];
      assert.deepEqual(await members.roomsOfEach(three), [[room_id], [], [room_id]]);
      const told = collector<unknown>();
      // The worker that has a connection of bob's.
      for (const { services: own } of app.workers)
        await createMembers(own, createSeats(own, scope, change, new Map(), 20)).onChange((room, users) =>
          told.hear([room, users]),
        );
      await bob.call("room:leave", { room_id });
      assert.deepEqual((await told.reaches(1))[0], [room_id, ["bob"]]);
      assert.equal(await members.isMember(id, user), false);
      assert.equal(await members.isMember(asId<RoomId>("r_none"), user), false);
      assert.equal(await members.membersOf(asId<RoomId>("r_none")), undefined);
      assert.deepEqual(await members.roomsOfEach(three), [[], [], [room_id]]);
    });
  });
});
