import assert from "node:assert/strict";
import { gameContract } from "../../namespaces/game/index.ts";
import { matchmakingContract } from "../../namespaces/matchmaking/schema.ts";
import { onEachSetup } from "../support/app.ts";
import { counted, placeOf, queueSize } from "./matchmaking/clients.ts";

const CLASSIC = { game_mode: "classic" };
/** A mode that never finds anybody, so that tickets stay. */
const LONELY = "matchmaking:\n  modes:\n    lonely: { game: relay, teams: 64, max_wait_s: 120 }\n";
const lonely = { game_mode: "lonely" };

describe("/matchmaking", () => {
  onEachSetup((setup) => {
    describe("a queue", () => {
      it("tells a ticket, its position, the queue's size and an estimate", async () => {
        const app = await setup.start({ yaml: LONELY });
        const ann = await app.connect(matchmakingContract, "ann");
        const bob = await app.connect(matchmakingContract, "bob", { worker: 1 });
        const first = await ann.call("queue_join", lonely);
        const second = await bob.call("queue_join", lonely);
        assert.deepEqual([first.position, first.queue_size], [1, 1]);
        assert.deepEqual([second.position, second.queue_size], [2, 2]);
        assert.ok(second.estimated_wait_s >= 0);
        const event = await bob.next("queue_joined");
        assert.equal(event.ticket_id, second.ticket_id);
        assert.deepEqual([event.game_mode, event.position, event.queue_size], ["lonely", 2, 2]);
        assert.match(String(event.timestamp), /^\d{4}-\d\d-\d\dT.*Z$/);
      });

      it("takes a user once, on whatever device and worker", async () => {
        const app = await setup.start({ yaml: LONELY });
        const ann = await app.connect(matchmakingContract, "ann");
        const phone = await app.connect(matchmakingContract, "ann", { worker: 1 });
        await ann.call("queue_join", lonely);
        assert.equal((await ann.refused("queue_join", lonely)).code, "already_queued");
        assert.equal((await phone.refused("queue_join", CLASSIC)).code, "already_queued");
        // Every device hears of it.
        await phone.next("queue_joined");
      });

      it("gives one ticket to a user who queues on two workers at the same time, twenty times", async () => {
        const app = await setup.start({ yaml: LONELY });
        for (let at = 0; at < 20; at++) {
          const user = `user${at}`;
          const [one, two] = await Promise.all([
            app.connect(matchmakingContract, user, { worker: 0 }),
            app.connect(matchmakingContract, user, { worker: 1 }),
          ]);
          const acks = await Promise.all([one.raw("queue_join", lonely), two.raw("queue_join", lonely)]);
          assert.equal(acks.filter((ack) => ack.ok).length, 1, JSON.stringify(acks));
          const refused = acks.find((ack) => !ack.ok);
          assert.equal(refused && !refused.ok && refused.error.code, "already_queued");
          assert.equal(await queueSize(app, "lonely"), at + 1);
          one.disconnect();
          two.disconnect();
        }
      });

      it("gives the first result again for the same request_id, and queues once", async () => {
        const app = await setup.start({ yaml: LONELY });
        const ann = await app.connect(matchmakingContract, "ann");
        const again = await app.connect(matchmakingContract, "ann", { worker: 1 });
        const wish = { ...lonely, request_id: "r1" };
        const acks = await Promise.all([ann.call("queue_join", wish), again.call("queue_join", wish)]);
        acks.push(await again.call("queue_join", wish));
        assert.equal(new Set(acks.map((ack) => ack.ticket_id)).size, 1);
        assert.equal(await queueSize(app, "lonely"), 1);
        // Another user's command of the same id is another command.
        const bob = await app.connect(matchmakingContract, "bob");
        assert.notEqual((await bob.call("queue_join", wish)).ticket_id, acks[0]?.ticket_id);
      });

      it("is left on request, on any worker, once", async () => {
        const app = await setup.start({ yaml: LONELY });
        const ann = await app.connect(matchmakingContract, "ann");
        const phone = await app.connect(matchmakingContract, "ann", { worker: 1 });
        const { ticket_id } = await ann.call("queue_join", lonely);
        await phone.call("queue_leave", {});
        const left = await ann.next("queue_left");
        assert.deepEqual([left.ticket_id, left.reason], [ticket_id, "left"]);
        assert.equal((await ann.refused("queue_leave", {})).code, "not_queued");
        assert.equal(await queueSize(app, "lonely"), 0);
        await ann.call("queue_join", lonely);
      });

      it("lets a ticket expire after the mode's longest wait", async () => {
        const app = await setup.start({ yaml: LONELY });
        const ann = await app.connect(matchmakingContract, "ann");
        await ann.call("queue_join", lonely);
        await app.advance(119_000);
        await app.runDue();
        assert.equal(await queueSize(app, "lonely"), 1);
        await app.advance(2_000);
        await app.runDue();
        assert.equal((await ann.next("queue_left")).reason, "expired");
        assert.equal(await queueSize(app, "lonely"), 0);
      });

      it("takes other preferences without losing the place", async () => {
        const app = await setup.start({
          yaml: "matchmaking:\n  modes:\n    regional: { game: dash-dice, regions: [eu, us], region: same }\n",
        });
        const ann = await app.connect(matchmakingContract, "ann");
        const bob = await app.connect(matchmakingContract, "bob", { worker: 1 });
        assert.equal((await ann.refused("preferences", { region: "eu" })).code, "not_queued");
        const { ticket_id } = await ann.call("queue_join", { game_mode: "regional", region: "us" });
        await bob.call("queue_join", { game_mode: "regional", region: "eu" });
        const status = await ann.next("queue_status", (s) => s.queue_size === 2);
        assert.equal(status.waiting_for.reason, "region");
        assert.equal((await ann.refused("preferences", { region: "moon" })).code, "invalid_payload");
        assert.equal((await ann.call("preferences", { region: "eu" })).ticket_id, ticket_id);
        const found = await bob.next("match_found");
        // Their tickets can be of one millisecond.
        assert.deepEqual([...found.players].sort(), ["ann", "bob"]);
      });

      it("tells those who wait how they stand and what for", async () => {
        const app = await setup.start({ yaml: LONELY });
        const ann = await app.connect(matchmakingContract, "ann");
        const bob = await app.connect(matchmakingContract, "bob", { worker: 1 });
        await ann.call("queue_join", lonely);
        const alone = await ann.next("queue_status");
        assert.deepEqual([alone.position, alone.queue_size], [1, 1]);
        assert.deepEqual(alone.waiting_for, { reason: "players", candidates: 0, window: null });
        await bob.call("queue_join", lonely);
        const second = await bob.next("queue_status");
        assert.deepEqual([second.position, second.queue_size, second.waiting_for.candidates], [2, 2, 1]);
      });
    });

    describe("a drop", () => {
      it("leaves the ticket in its place, and the client that comes back on another worker is told of it", async () => {
        const app = await setup.start({ yaml: LONELY });
        const ann = await app.connect(matchmakingContract, "ann");
        const bob = await app.connect(matchmakingContract, "bob");
        const { ticket_id } = await ann.call("queue_join", lonely);
        await bob.call("queue_join", lonely);
        ann.disconnect();
        await counted(app, "ann", 0);
        await app.advance(20_000);
        await app.runDue();
        const back = await app.connect(matchmakingContract, "ann", { worker: 1 });
        const resumed = await back.next("queue_joined");
        assert.deepEqual(
          [resumed.ticket_id, resumed.resumed, resumed.position, resumed.queue_size],
          [ticket_id, true, 1, 2],
        );
        assert.ok((resumed.waited_s ?? 0) >= 20);
        // The grace period of that drop is over for good.
        await app.advance(31_000);
        await app.runDue();
        assert.equal((await placeOf(app, "ann"))?.ticketId, ticket_id);
      });

      it("takes the ticket out of the queue once the grace period is over", async () => {
        const app = await setup.start({ yaml: LONELY });
        const ann = await app.connect(matchmakingContract, "ann");
        await ann.call("queue_join", lonely);
        ann.disconnect();
        await counted(app, "ann", 0);
        await app.advance(31_000);
        await app.runDue();
        assert.equal(await queueSize(app, "lonely"), 0);
        const back = await app.connect(matchmakingContract, "ann", { worker: 1 });
        assert.equal((await back.refused("queue_leave", {})).code, "not_queued");
        assert.deepEqual(back.pending("queue_joined"), []);
      });

      it("of one of two devices changes nothing", async () => {
        const app = await setup.start({ yaml: LONELY });
        const ann = await app.connect(matchmakingContract, "ann");
        const phone = await app.connect(matchmakingContract, "ann", { worker: 1 });
        await ann.call("queue_join", lonely);
        ann.disconnect();
        await counted(app, "ann", 1);
        await app.advance(31_000);
        await app.runDue();
        await phone.call("queue_leave", {});
      });

      it("in the grace period can be matched; match_found waits for the player", async () => {
        const app = await setup.start();
        const ann = await app.connect(matchmakingContract, "ann");
        await ann.call("queue_join", CLASSIC);
        ann.disconnect();
        const bob = await app.connect(matchmakingContract, "bob", { worker: 1 });
        await bob.call("queue_join", CLASSIC);
        const { match_id } = await bob.next("match_found");
        const back = await app.connect(matchmakingContract, "ann", { worker: 1, auth: { reliable: true } });
        assert.equal((await back.next("match_found")).match_id, match_id);
        assert.equal((await back.next("game_started")).room_id, match_id);
      });
    });

    describe("a match", () => {
      it("is made of two players on two workers, and its game runs under its id to the end", async () => {
        const app = await setup.start();
        const ann = await app.connect(matchmakingContract, "ann", { auth: { reliable: true } });
        const bob = await app.connect(matchmakingContract, "bob", { worker: 1, auth: { reliable: true } });
        const game = {
          ann: await app.connect(gameContract, "ann"),
          bob: await app.connect(gameContract, "bob", { worker: 1 }),
        };
        await ann.call("queue_join", CLASSIC);
        await bob.call("queue_join", CLASSIC);
        const found = await ann.next("match_found");
        const { match_id } = await bob.next("match_found");
        assert.equal(found.match_id, match_id);
        assert.deepEqual(found.players, ["ann", "bob"]);
        assert.deepEqual(found.teams.flat().sort(), ["ann", "bob"]);
        assert.equal(found.game_mode, "classic");
        for (const player of [ann, bob]) {
          assert.equal((await player.next("queue_left")).reason, "matched");
          assert.deepEqual((await player.next("game_started")).room_id, match_id);
          assert.equal((await player.refused("queue_leave", {})).code, "not_queued");
        }
        let { state, version, room } = await game.ann.call("room:state", { room_id: match_id });
        for (let turn = 0; room.phase === "playing"; turn++) {
          assert.ok(turn < 2_000, "the game does not end");
          const of = state as { turn: string; turn_points?: number; points?: number };
          const player = of.turn === "ann" ? game.ann : game.bob;
          const action = turn % 4 === 3 ? "bank" : "roll";
          const ack = await player.raw("game:action", { room_id: match_id, action, version });
          if (!ack.ok && ack.error.code === "rate_limited") await app.advance(1_000);
          ({ state, version, room } = await player.call("room:state", { room_id: match_id }));
          if (turn % 8 === 7) await app.advance(1_000);
        }
        await app.runDue();
        for (const player of [ann, bob]) {
          const ended = await player.next("game_ended");
          assert.equal(ended.match_id, match_id);
          assert.notEqual(ended.result, null);
        }
        await ann.call("queue_join", CLASSIC);
      });

      it("is one match for each pair of many who come at once on both workers, and nobody is in two", async () => {
        const app = await setup.start();
        const clients = await Promise.all(
          Array.from({ length: 20 }, (_, at) =>
            app.connect(matchmakingContract, `user${at}`, { worker: at % 2 === 0 ? 0 : 1 }),
          ),
        );
        await Promise.all(clients.map((client) => client.call("queue_join", CLASSIC)));
        const found = await Promise.all(clients.map((client) => client.next("match_found")));
        const matches = new Map(found.map((each) => [each.match_id, each.players]));
        assert.equal(matches.size, 10);
        assert.equal(new Set([...matches.values()].flat()).size, 20);
        for (const client of clients) assert.deepEqual(client.pending("match_found"), []);
      });

      it("has fewer players where a full one does not come in time", async () => {
        const app = await setup.start({
          yaml: "matchmaking:\n  modes:\n    brawl: { game: dash-dice, teams: 4, min_teams: 2, fill_wait_s: 20 }\n",
        });
        const ann = await app.connect(matchmakingContract, "ann");
        const bob = await app.connect(matchmakingContract, "bob", { worker: 1 });
        await ann.call("queue_join", { game_mode: "brawl" });
        await bob.call("queue_join", { game_mode: "brawl" });
        const status = await bob.next("queue_status", (each) => each.queue_size === 2);
        assert.equal(status.waiting_for.reason, "players");
        await app.advance(19_000);
        await app.workers[0]?.modules.matchmaking.tick();
        assert.deepEqual(ann.pending("match_found"), []);
        await app.advance(2_000);
        assert.deepEqual((await ann.next("match_found")).players, ["ann", "bob"]);
        assert.equal((await bob.next("match_found")).teams.length, 2);
      });

      it("is told again to a client that did not acknowledge, with the same delivery id", async () => {
        const app = await setup.start();
        const ann = await app.connect(matchmakingContract, "ann", { auth: { reliable: true } });
        ann.acknowledges = false;
        const bob = await app.connect(matchmakingContract, "bob", { worker: 1 });
        await ann.call("queue_join", CLASSIC);
        await bob.call("queue_join", CLASSIC);
        const first = (await ann.next("match_found")) as { match_id: string; delivery_id?: string };
        assert.ok(first.delivery_id);
        ann.disconnect();
        const back = await app.connect(matchmakingContract, "ann", { worker: 1, auth: { reliable: true } });
        const second = (await back.next("match_found")) as { match_id: string; delivery_id?: string };
        assert.deepEqual([second.match_id, second.delivery_id], [first.match_id, first.delivery_id]);
      });

      it("puts together only skills that fit, from the token, and others as windows widen", async () => {
        const app = await setup.start({
          yaml: "matchmaking:\n  modes:\n    ranked: { game: dash-dice, skill: { window: 50, widen_per_s: 10, max_window: 500 } }\n",
          env: { AUTH_MODE: "jwt" },
        });
        const ranked = { game_mode: "ranked" };
        const ann = await app.connect(matchmakingContract, "ann", { claims: { skill: 1000 } });
        const bob = await app.connect(matchmakingContract, "bob", { worker: 1, claims: { skill: 1300 } });
        await ann.call("queue_join", ranked);
        // A client's own word does not count here.
        await bob.call("queue_join", { ...ranked, skill: 1000 });
        const status = await bob.next("queue_status", (s) => s.queue_size === 2);
        assert.equal(status.waiting_for.reason, "skill");
        assert.equal(status.waiting_for.candidates, 0);
        assert.deepEqual(ann.pending("match_found"), []);
        await app.advance(26_000);
        assert.equal((await ann.next("match_found")).match_id, (await bob.next("match_found")).match_id);
      });
    });
  });
});
