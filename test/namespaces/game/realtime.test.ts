import assert from "node:assert/strict";
import { gameContract } from "../../../namespaces/game/index.ts";
import { onEachSetup } from "../../support/app.ts";
import { plain, type RealtimeView, viewOf } from "../../support/realtime.ts";
import { arenaOf, game, play } from "./arena-playing.ts";
import type { Client } from "./playing.ts";

describe("/game real-time rooms", () => {
  onEachSetup((setup) => {
    it("start when the owner says so, and every player gets the state and then its changes", async () => {
      const { views, clients } = await arenaOf(setup, ["ann", "bob"]);
      const [ann, bob] = views as [RealtimeView, RealtimeView];
      for (const client of clients) await client.next("game_started", ({ game: name }) => name === "arena");
      assert.equal(ann.syncs[0]?.reason, "joined");
      assert.deepEqual([ann.syncs[0]?.you, bob.syncs[0]?.you], ["ann", "bob"]);
      assert.deepEqual([ann.syncs[0]?.hz, ann.syncs[0]?.send_every], [30, 1]);
      assert.ok(ann.shipOf("ann") && ann.shipOf("bob") && bob.shipOf("ann"));
      await ann.until("ten frames", ({ frames }) => frames.length >= 10);
      assert.deepEqual([ann.faults, bob.faults], [[], []]);
    });

    it("a ship moves by its player's inputs, which are acknowledged and then saved, and both forms show the same", async () => {
      const { room_id, clients, views } = await arenaOf(setup, ["ann", "bob"]);
      const [, client] = clients as [Client, Client];
      const [ann, bob] = views as [RealtimeView, RealtimeView];
      const before = Number(ann.shipOf("bob")?.aim);
      const playing = play(client, room_id, bob, { x: 0, y: 0, aim: 1.5, fire: false });
      await bob.until("a saved input", ({ saved }) => saved >= 5);
      assert.ok(bob.ack >= bob.saved);
      const turned = await ann.until("the turn", (view) => Number(view.shipOf("bob")?.aim) !== before);
      assert.ok(turned);
      playing.stop();
      await bob.until("all inputs taken", ({ ack }) => ack === playing.seq());
      const seen = new Map<number, unknown>();
      await bob.until("five more frames", (view) => seen.set(view.tick, plain(view.state)).size > 5);
      const [mine, theirs] = await ann.until("one of those", (view) => {
        const known = seen.get(view.tick);
        return known === undefined ? undefined : [plain(view.state), known];
      });
      assert.deepEqual(mine, theirs);
      assert.deepEqual([ann.faults, bob.faults], [[], []]);
    });

    it("whoever sends five inputs per tick gets as far as an honest player, and is told what was dropped", async () => {
      const { room_id, clients, views } = await arenaOf(setup, ["ann", "bob"]);
      const [ann, bob] = views as [RealtimeView, RealtimeView];
      const [honest, fast] = clients as [Client, Client];
      // Both turn by what they send: the number of the input that was taken shows in `ack`.
      play(honest, room_id, ann, { x: 0, y: 0, aim: 0, fire: false });
      play(fast, room_id, bob, { x: 0, y: 0, aim: 0, fire: false }, 5);
      const lost = await bob.until(
        "what was lost",
        ({ frames }) => frames.findLast(({ lost }) => lost)?.lost,
      );
      assert.ok(Number(lost[0]) <= Number(lost[1]));
      await ann.until("inputs", ({ ack }) => ack > 30);
      assert.equal(
        ann.frames.find(({ lost: some }) => some),
        undefined,
      );
    });

    it("sends each tick once to everybody, wherever they and the room are", async () => {
      const { views } = await arenaOf(setup, ["ann", "bob"]);
      // Longer than a second: workers tell each other anew by then which rooms they follow.
      for (const view of views) await view.until("fifty frames", ({ frames }) => frames.length >= 50);
      assert.deepEqual(
        views.flatMap(({ faults }) => faults),
        [],
      );
    });

    it("refuses wrong inputs with a reason, and those of strangers and spectators", async () => {
      const { app, room_id, clients } = await arenaOf(setup, ["ann"]);
      const [ann] = clients as [Client];
      const refused = async (client: Client, inputs: unknown[]) =>
        (await client.refused("game:input", { room_id, inputs })).code;
      assert.equal(await refused(ann, [[1, 0, 0]]), "invalid_payload");
      assert.equal(await refused(ann, [{ seq: 1, x: 7 }]), "invalid_payload");
      assert.equal(
        await refused(ann, [{ seq: 1, x: 0, y: 0, aim: 0, fire: "x".repeat(300) }]),
        "payload_too_large",
      );
      assert.equal(await refused(ann, Array(9).fill([1, 0, 0, 0, 0])), "invalid_payload");
      const stranger = await app.connect(gameContract, "eve");
      assert.equal(await refused(stranger, [[1, 0, 0, 0, 0]]), "not_found");
      await stranger.call("room:join", { room_id, spectate: true });
      assert.equal(await refused(stranger, [[1, 0, 0, 0, 0]]), "not_found");
      assert.equal((await ann.refused("game:action", { room_id, action: "x" })).code, "not_found");
    });

    it("a spectator on another worker gets the state and its changes, without anybody's own fields", async () => {
      const { app, room_id, views } = await arenaOf(setup, ["ann"]);
      const eve = await app.connect(gameContract, "eve", { worker: 1 });
      const view = viewOf(eve, room_id, game);
      await eve.call("room:join", { room_id, spectate: true, form: "columns" });
      await view.until("frames", ({ frames }) => frames.length > 3);
      assert.equal(view.syncs.at(-1)?.you, null);
      assert.deepEqual(view.own, {});
      assert.ok(view.shipOf("ann"));
      assert.equal(view.shipOf("ann")?.reload, 0);
      await views[0]?.until("own fields", ({ own }) => own.ships !== undefined);
      assert.deepEqual(view.faults, []);
    });

    it("room:state answers with what it sends as game_sync, in the form that it names", async () => {
      const { room_id, clients, views } = await arenaOf(setup, ["ann", "bob"]);
      const answer = await clients[1]?.call("room:state", { room_id, form: "objects" });
      const sync = await views[1]?.until("the answer", ({ syncs }) =>
        syncs.find(({ reason }) => reason === "asked"),
      );
      assert.ok(answer !== undefined && sync !== undefined);
      assert.ok(answer.tick !== undefined && answer.epoch === sync.epoch);
      assert.equal(Object.keys((answer.state as { ships: object }).ships).length, 2);
      assert.equal(answer.room.phase, "playing");
    });

    it("ends with a result that all are told, and starts anew for a rematch", async () => {
      const { room_id, clients, views } = await arenaOf(setup, ["ann", "bob"], {
        seconds: 10,
        target: 1,
        bots: 5,
      });
      const [ann, bob] = clients as [Client, Client];
      const { result } = await ann.next("game_ended");
      assert.ok(["target", "time"].includes((result as { reason: string }).reason));
      await bob.next("game_ended");
      const state = await ann.call("room:state", { room_id });
      assert.equal(state.room.phase, "ended");
      await ann.call("room:rematch", { room_id });
      await bob.call("room:rematch", { room_id });
      await views[1]?.until(
        "the next game",
        ({ syncs }) => syncs.length > 1 && syncs.at(-1)?.reason === "joined",
      );
      const epoch = views[1]?.epoch ?? 0;
      assert.ok(epoch > (views[1]?.syncs[0]?.epoch ?? 0));
    });

    it("bots fill the arena, and one takes the seat of a player who leaves", async () => {
      const { room_id, clients, views } = await arenaOf(setup, ["ann", "bob"], { bots: 3 });
      const [ann] = views as [RealtimeView];
      assert.equal(ann.state.ships?.size, 5);
      await clients[1]?.call("room:leave", { room_id });
      const at = () => [ann.shipOf("bob")?.x, ann.shipOf("bob")?.y].join();
      const before = at();
      await ann.until("a move of the bot", () => at() !== before);
    });
  });
});
