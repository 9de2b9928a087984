import assert from "node:assert/strict";
import { onEachSetup } from "../../support/app.ts";
import { connectAll, counted, placeOf, queueSize } from "./clients.ts";

const DUEL =
  "matchmaking:\n  modes:\n    duel: { game: dash-dice, ready_check: { accept_s: 15, cool_down_s: 30 } }\n" +
  "    pairs: { game: dash-dice, players_per_team: 2, ready_check: {} }\n";
const duel = { game_mode: "duel" };

describe("/matchmaking: a ready check", () => {
  onEachSetup((setup) => {
    async function asked() {
      const app = await setup.start({ yaml: DUEL });
      const [ann, bob] = await connectAll(app, ["ann", "bob"], { auth: { reliable: true } });
      assert.ok(ann && bob);
      await ann.call("queue_join", duel);
      await bob.call("queue_join", duel);
      const found = await ann.next("match_found");
      await bob.next("match_found");
      return { app, ann, bob, found, match_id: found.match_id };
    }

    it("starts the game once all have accepted, on whatever workers", async () => {
      const { app, ann, bob, found, match_id } = await asked();
      const leftMs = Date.parse(found.accept_by ?? "") - app.now();
      assert.ok(leftMs > 10_000 && leftMs <= 15_000, found.accept_by);
      assert.deepEqual(
        await ann.call("match_accept", { match_id }).then((r) => [r.accepted, r.players]),
        [1, 2],
      );
      assert.deepEqual(ann.pending("game_started"), []);
      // Once more is the same answer.
      assert.equal((await ann.call("match_accept", { match_id })).accepted, 1);
      await bob.call("match_accept", { match_id });
      for (const player of [ann, bob]) {
        assert.equal((await player.next("game_started")).room_id, match_id);
        assert.equal((await player.next("queue_left")).reason, "matched");
        assert.deepEqual(player.pending("match_found"), []);
      }
      assert.equal((await bob.refused("match_decline", { match_id })).code, "conflict");
      assert.equal(await placeOf(app, "ann"), undefined);
    });

    it("that the mode does not have is none: to accept changes nothing, and nobody can decline", async () => {
      const app = await setup.start({ yaml: "matchmaking:\n  modes:\n    open: { game: dash-dice }\n" });
      const [ann, bob] = await connectAll(app, ["ann", "bob"]);
      assert.ok(ann && bob);
      for (const player of [ann, bob]) await player.call("queue_join", { game_mode: "open" });
      const { match_id } = await ann.next("match_found");
      for (const player of [ann, ann, bob]) {
        const { accepted, players } = await player.call("match_accept", { match_id });
        assert.deepEqual([accepted, players], [2, 2]);
        assert.equal((await player.refused("match_decline", { match_id })).code, "conflict");
      }
      for (const player of [ann, bob]) assert.equal((await player.next("game_started")).room_id, match_id);
    });

    it("starts one game when the last two accept at the same moment", async () => {
      const { ann, bob, match_id } = await asked();
      await Promise.all([ann.call("match_accept", { match_id }), bob.call("match_accept", { match_id })]);
      await ann.next("game_started");
      await bob.next("game_started");
      assert.deepEqual(ann.pending("game_started"), []);
    });

    it("declined, sends the other back with the age it had; the decliner waits out a cool-down", async () => {
      const { app, ann, bob, match_id } = await asked();
      await ann.call("match_accept", { match_id });
      const before = app.now();
      await app.advance(5_000);
      const declined = await bob.call("match_decline", { match_id });
      assert.ok(declined.retry_after_ms > 29_000 && declined.retry_after_ms <= 30_000);
      const cancelled = await ann.next("match_cancelled");
      assert.deepEqual([cancelled.reason, cancelled.requeued], ["declined", true]);
      const back = await ann.next("queue_joined", (joined) => joined.resumed === true);
      assert.ok((back.waited_s ?? 0) >= 5, `waited since ${before}`);
      assert.equal((await bob.next("match_cancelled")).requeued, false);
      assert.equal((await bob.next("queue_left")).reason, "left");
      assert.equal(await queueSize(app, "duel"), 1);

      const refusal = await bob.refused("queue_join", duel);
      assert.equal(refusal.code, "rate_limited");
      assert.ok(Number(refusal.retry_after_ms) > 20_000);
      assert.equal((await ann.refused("queue_join", duel)).code, "already_queued");
      await app.advance(30_500);
      await bob.call("queue_join", duel);
      assert.notEqual((await ann.next("match_found")).match_id, match_id);
    });

    it("that nobody ends in time is cancelled once, and who was silent has the cool-down", async () => {
      const { app, ann, bob, match_id } = await asked();
      await ann.call("match_accept", { match_id });
      await app.advance(15_500);
      await app.runDue();
      assert.deepEqual(await ann.next("match_cancelled").then((c) => [c.reason, c.requeued]), [
        "timeout",
        true,
      ]);
      const told = await bob.next("match_cancelled");
      assert.deepEqual([told.reason, told.requeued], ["timeout", false]);
      assert.ok((told.retry_after_ms ?? 0) > 0);
      assert.equal((await bob.refused("queue_join", duel)).code, "rate_limited");
      assert.equal((await ann.refused("match_accept", { match_id })).code, "conflict");
    });

    it("is answered with no by leaving the queue", async () => {
      const { ann, bob } = await asked();
      await bob.call("queue_leave", {});
      assert.equal((await ann.next("match_cancelled")).reason, "declined");
      assert.equal((await bob.refused("queue_join", duel)).code, "rate_limited");
    });

    it("holds its players: no second ticket while it runs", async () => {
      const { ann } = await asked();
      assert.equal((await ann.refused("queue_join", { game_mode: "classic" })).code, "already_queued");
    });

    it("is nobody else's to answer", async () => {
      const { app, match_id } = await asked();
      const [eve] = await connectAll(app, ["eve"]);
      assert.equal((await eve?.refused("match_accept", { match_id }))?.code, "not_found");
      assert.equal((await eve?.refused("match_decline", { match_id }))?.code, "not_found");
    });

    it("waits for one who drops and comes back in time, on another worker", async () => {
      const { app, ann, bob, match_id } = await asked();
      bob.disconnect();
      await counted(app, "bob", 0);
      await ann.call("match_accept", { match_id });
      const [back] = await connectAll(app, ["bob"]);
      await back?.call("match_accept", { match_id });
      assert.equal((await back?.next("game_started"))?.room_id, match_id);
    });
  });
});
