import assert from "node:assert/strict";
import { asId, type UserId } from "../../../core/ids.ts";
import type { Lease } from "../../../core/ports/store/leases.ts";
import { gameContract } from "../../../namespaces/game/index.ts";
import { createContext } from "../../../namespaces/matchmaking/context.ts";
import { createMatch } from "../../../namespaces/matchmaking/match/create.ts";
import { parseModes } from "../../../namespaces/matchmaking/mode-config.ts";
import { matchmakingContract } from "../../../namespaces/matchmaking/schema.ts";
import { ENTERING_MS, keys, PARTITION } from "../../../namespaces/matchmaking/store.ts";
import { onEachSetup, type TestApp, type TestClient } from "../../support/app.ts";
import { closePlain, openPlain } from "../../support/plain.ts";
import { connectAll, counted, type Player, placeOf, queueSize, storeOf } from "./clients.ts";

const MODES =
  "matchmaking:\n  modes:\n" +
  "    aside: { game: dash-dice, concurrent: true }\n" +
  "    asked: { game: dash-dice, ready_check: { accept_s: 600 } }\n" +
  "    open: { game: relay, players_per_team: 2, min_players_per_team: 1, fill_wait_s: 0, backfill: true }\n" +
  "    pairs: { game: dash-dice, players_per_team: 2 }\n" +
  "    held: { game: dash-dice, teams: 32 }\n";
const classic = { game_mode: "classic" };

type Game = TestClient<typeof gameContract>;

/** Puts two users, or more, into a match of a mode. */
async function matched(players: readonly Player[], game_mode = "classic"): Promise<string> {
  for (const player of players) await player.call("queue_join", { game_mode });
  const found = await Promise.all(players.map((player) => player.next("match_found")));
  await Promise.all(players.map((player) => player.next("game_started")));
  const ids = new Set(found.map(({ match_id }) => match_id));
  assert.equal(ids.size, 1);
  return found[0]?.match_id ?? "";
}

const onGame = (app: TestApp, users: readonly string[]): Promise<Game[]> =>
  Promise.all(users.map((user, at) => app.connect(gameContract, user, { worker: at % 2 === 0 ? 0 : 1 })));

/** Ends a match of two: one leaves. */
async function end(match_id: string, [keeper, leaver]: readonly Game[]): Promise<void> {
  await leaver?.call("room:leave", { room_id: match_id });
  await keeper?.next("game_ended", ({ room_id }) => room_id === match_id);
}

describe("/matchmaking: one match at a time", () => {
  afterEach(closePlain);

  onEachSetup((setup) => {
    it("who plays a match joins no queue, from no device, until it is over", async () => {
      const app = await setup.start({ yaml: MODES });
      const [ann, bob] = await connectAll(app, ["ann", "bob"]);
      assert.ok(ann && bob);
      const match_id = await matched([ann, bob]);
      const phone = await app.connect(matchmakingContract, "ann", { worker: 1 });
      const plain = openPlain(app.urls.at(-1) ?? "", "/ws/matchmaking", {
        query: { token: app.token("ann") },
      });
      for (const device of [ann, phone])
        for (const game_mode of ["classic", "asked"]) {
          const refusal = await device.refused("queue_join", { game_mode });
          assert.deepEqual([refusal.code, refusal.match_id], ["conflict", match_id]);
        }
      const answer = (await plain.callEnveloped("queue_join", classic)) as {
        error?: Record<string, unknown>;
      };
      assert.deepEqual([answer.error?.code, answer.error?.match_id], ["conflict", match_id]);
      assert.equal(await queueSize(app, "classic"), 0);
      const games = await onGame(app, ["ann", "bob"]);
      await end(match_id, games);
      await ann.call("queue_join", classic);
      await bob.call("queue_join", classic);
      assert.notEqual((await ann.next("match_found")).match_id, match_id);
    });

    it("who has left the match may queue while the others play on", async () => {
      const app = await setup.start({ yaml: MODES });
      const players = await connectAll(app, ["ann", "bob", "cid", "dan"]);
      const match_id = await matched(players, "pairs");
      const [ann] = await onGame(app, ["ann"]);
      await ann?.call("room:leave", { room_id: match_id });
      await players[0]?.call("queue_join", classic);
      assert.equal((await players[1]?.refused("queue_join", classic))?.match_id, match_id);
    });

    it("a match that everybody has dropped out of keeps nobody from queueing", async () => {
      const app = await setup.start({ yaml: MODES });
      const players = await connectAll(app, ["ann", "bob"]);
      const match_id = await matched(players);
      const games = await onGame(app, ["ann", "bob"]);
      for (const game of games) await game.call("room:state", { room_id: match_id });
      for (const client of [...players, ...games]) client.disconnect();
      for (const user of ["ann", "bob"]) await counted(app, user, 0);
      await app.runDue();
      await app.advance(40_000);
      await app.runDue();
      for (const player of await connectAll(app, ["ann", "bob"])) await player.call("queue_join", classic);
    });

    it("a party with a member in a match is refused, and told whom", async () => {
      const app = await setup.start({ yaml: MODES });
      const [ann, bob, cid] = await connectAll(app, ["ann", "bob", "cid"]);
      assert.ok(ann && bob && cid);
      const { party } = await ann.call("party_create", {});
      await ann.call("party_invite", { user_id: "bob" });
      await bob.call("party_join", { party_id: party.party_id });
      const match_id = await matched([bob, cid]);
      const wish = { game_mode: "pairs", party_id: party.party_id };
      const { code, ...details } = await ann.refused("queue_join", wish);
      assert.deepEqual([code, details.user_id, details.match_id], ["conflict", "bob", match_id]);
      await end(match_id, await onGame(app, ["bob", "cid"]));
      await ann.call("queue_join", wish);
      assert.deepEqual(await placeOf(app, "bob").then((place) => place?.ticketId !== undefined), true);
    });

    it("from the commit that forms the match on, before its room is there; but not for ever, should it never be", async () => {
      const app = await setup.start({ yaml: MODES });
      const players = await connectAll(app, ["ann", "bob"]);
      for (const player of players) await player.call("queue_join", { game_mode: "held" });
      const store = storeOf(app);
      const places = await store.documents.loadMany(
        ["ann", "bob"].map((user) => keys.place(asId<UserId>(user))),
      );
      const tickets = await store.documents.loadMany(
        places.flatMap((place) => (place?.state.ticketId ? [keys.ticket(place.state.ticketId)] : [])),
      );
      const paired = tickets.flatMap((ticket) => (ticket ? [ticket.state] : []));
      const lease = (await store.leases.acquire(PARTITION, "tick:test", "t", 3_000)) as Lease;
      // No worker knows this mode, so none starts its game.
      const mode = parseModes({ gone: { game: "dash-dice" } }).get("gone");
      const [worker] = app.workers;
      assert.ok(worker && mode && paired.length === 2);
      const context = createContext(worker.services, parseModes());
      assert.equal(
        await createMatch(context, { tickets: paired, teams: paired.map((one) => [one]) }, mode, lease),
        "created",
      );
      for (const player of players) {
        const refusal = await player.refused("queue_join", classic);
        assert.equal(refusal.code, "conflict");
        assert.match(String(refusal.match_id), /^m_/);
      }
      await app.advance(ENTERING_MS);
      for (const player of players) await player.call("queue_join", classic);
      assert.ok(await players[0]?.next("match_found"));
    });

    it("a ready check is no match yet; with the last answer it is one", async () => {
      const app = await setup.start({ yaml: MODES });
      const [ann, bob] = await connectAll(app, ["ann", "bob"]);
      assert.ok(ann && bob);
      for (const player of [ann, bob]) await player.call("queue_join", { game_mode: "asked" });
      const { match_id } = await ann.next("match_found");
      await bob.next("match_found");
      assert.equal((await ann.refused("queue_join", classic)).code, "already_queued");
      for (const player of [ann, bob]) await player.call("match_accept", { match_id });
      assert.equal((await ann.refused("queue_join", classic)).match_id, match_id);
      assert.equal((await bob.refused("queue_join", classic)).match_id, match_id);
    });

    it("whoever was put into a free seat of a match plays it", async () => {
      const app = await setup.start({ yaml: MODES });
      const players = await connectAll(app, ["ann", "bob"]);
      for (const player of players) await player.call("queue_join", { game_mode: "open" });
      const { match_id, players: order } = (await players[0]?.next("match_found")) ?? assert.fail();
      for (const player of players) await player.next("game_started");
      await players.find(({ name }) => name === order[0])?.call("match_backfill", { match_id });
      const cid = await app.connect(matchmakingContract, "cid", { worker: 1 });
      await cid.call("queue_join", { game_mode: "open" });
      assert.equal((await cid.next("match_found")).match_id, match_id);
      const refusal = await cid.refused("queue_join", classic);
      assert.deepEqual([refusal.code, refusal.match_id], ["conflict", match_id]);
      const [game] = await onGame(app, ["cid"]);
      await game?.call("room:leave", { room_id: match_id });
      await cid.call("queue_join", classic);
    });

    it("matches of a concurrent mode run beside others, whichever was first", async () => {
      const app = await setup.start({ yaml: MODES });
      const [ann, bob] = await connectAll(app, ["ann", "bob"]);
      assert.ok(ann && bob);
      const first = await matched([ann, bob], "aside");
      const second = await matched([ann, bob], "classic");
      const third = await matched([ann, bob], "aside");
      assert.equal((await ann.refused("queue_join", classic)).match_id, second);
      const [game] = await onGame(app, ["ann"]);
      const { matches } = (await game?.call("room:mine", {})) ?? assert.fail();
      assert.deepEqual(
        matches.map(({ match_id, game_mode }) => [match_id, game_mode]),
        [
          [first, "aside"],
          [second, "classic"],
          [third, "aside"],
        ],
      );
    });

    describe("and another game of the same match", () => {
      /** Two of four have left the match, and ann has won it, as bob was away for too long. He is back. */
      async function overFor(app: TestApp) {
        const players = await connectAll(app, ["ann", "bob", "cid", "dan"]);
        const match_id = await matched(players, "pairs");
        const games = await onGame(app, ["ann", "bob", "cid", "dan"]);
        await games[3]?.call("room:leave", { room_id: match_id });
        await games[2]?.call("room:leave", { room_id: match_id });
        games[1]?.disconnect();
        await counted(app, "bob", 0, "/game");
        await app.runDue();
        await app.advance(40_000);
        await app.runDue();
        await games[0]?.next("game_ended");
        const [bob] = await onGame(app, ["bob"]);
        assert.ok(games[0] && bob);
        return { players, match_id, ann: games[0], bob };
      }

      it("who waits in a queue agrees to none, and who has agreed and queues agrees no more", async () => {
        const app = await setup.start({ yaml: MODES });
        const { players, match_id: room_id, ann, bob } = await overFor(app);
        await players[0]?.call("queue_join", { game_mode: "held" });
        assert.equal((await ann.refused("room:rematch", { room_id })).code, "conflict");
        await players[0]?.call("queue_leave", {});
        await ann.call("room:rematch", { room_id });
        await players[0]?.call("queue_join", { game_mode: "held" });
        const { room } = await bob.call("room:rematch", { room_id });
        assert.deepEqual([room.phase, room.rematch], ["ended", ["bob"]]);
      });

      it("it keeps its players from every queue as the first did, and is counted as theirs", async () => {
        const app = await setup.start({ yaml: MODES });
        const { players, match_id: room_id, ann, bob } = await overFor(app);
        await players[0]?.call("queue_join", classic);
        await players[0]?.call("queue_leave", {});
        await ann.call("room:rematch", { room_id });
        const { room } = await bob.call("room:rematch", { room_id });
        assert.equal(room.phase, "playing");
        for (const player of players.slice(0, 2))
          assert.equal((await player.refused("queue_join", classic)).match_id, room_id);
        assert.equal(await placeOf(app, "ann"), undefined);
      });

      it("of an agreement and a queue_join at the same moment never both hold", async () => {
        const app = await setup.start({ yaml: MODES });
        const { players, match_id: room_id, ann, bob } = await overFor(app);
        await bob.call("room:rematch", { room_id });
        for (let round = 0; round < 5; round++) {
          await Promise.all([
            ann.raw("room:rematch", { room_id }),
            players[0]?.raw("queue_join", { game_mode: "held" }),
          ]);
          const { room } = await bob.call("room:state", { room_id });
          const waits = (await placeOf(app, "ann"))?.ticketId !== undefined;
          assert.notEqual(waits, room.phase === "playing", `round ${round}`);
          if (!waits) return;
          assert.deepEqual(room.rematch, ["bob"]);
          await players[0]?.call("queue_leave", {});
        }
      });
    });
  });
});
