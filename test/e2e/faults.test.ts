import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { findMatch, type Match, move, playToTheEnd } from "../../examples/demo/dice.ts";
import { nextTurn, startFight, takeTurn } from "../../examples/demo/fight.ts";
import { assemble, type Cast, dismiss } from "../../examples/demo/stage.ts";
import { type Cluster, figure, startCluster, timeUntil } from "./venues.ts";

const MOVES_BEFORE = 6;
const OUTAGE_MS = 5_000;

async function movesOf(match: Match, count: number): Promise<void> {
  for (let i = 0; i < count && match.state.winner === null; i++) await move(match);
}

describe("faults while two users play on two PM2 workers", () => {
  let cluster: Cluster;
  let cast: Cast;

  before(async function () {
    this.timeout(120_000);
    cluster = await startCluster();
  });
  after(() => cluster?.close());
  beforeEach(() => cluster.whole());
  afterEach(() => {
    if (cast) dismiss(cast);
  });

  it("kill -9 of one worker in the middle of the game: it goes on from where it was", async () => {
    cast = await assemble(cluster.stage);
    const match = await findMatch(cluster.stage, cast);
    await movesOf(match, MOVES_BEFORE);
    const dead = cast.bob.worker;
    await cluster.pm2.kill(await cluster.pidOf(dead));
    const killedAt = performance.now();
    for (const { player, game } of match.seats) {
      const { state, version, room } = await game.callUntilAnswered("room:state", { room_id: match.id });
      figure(`${player.name} plays again after (ms)`, performance.now() - killedAt);
      assert.equal(version, match.version);
      assert.deepEqual(state, match.state);
      assert.equal(room.phase, "playing");
    }
    assert.notEqual(cast.bob.worker, dead);
    await playToTheEnd(cluster.stage, match);
  });

  it("kill -9 of the worker that started a turn: it times out once, elsewhere, at most a second late", async () => {
    // Over WebSocket alone, so that bob's connection does not pass through the worker that is killed.
    cast = await assemble({ ...cluster.stage, transports: ["websocket"] });
    const { ann, bob } = cast;
    const fight = await startFight(cluster.stage, cast, { turnSeconds: 2 });
    // The turn after ann's move is bob's, and ann's worker has started it.
    let turn = await nextTurn(fight);
    while (turn && turn.actor !== ann.userId) {
      await takeTurn(fight, turn.actor, turn.turn);
      turn = await nextTurn(fight);
    }
    assert.ok(turn);
    await takeTurn(fight, turn.actor, turn.turn);
    turn = await nextTurn(fight);
    assert.equal(turn?.actor, bob.userId);

    await cluster.pm2.kill(await cluster.pidOf(ann.worker));
    const { combat } = fight.fighters[1];
    const { payload: timeout } = await combat.next("combat_timeout");
    const lateMs = Date.now() - Date.parse(turn.deadline);
    figure("the turn timed out after its deadline by (ms)", lateMs);
    assert.equal(timeout.turn, turn.turn);
    assert.ok(lateMs >= 0 && lateMs <= 3_000, `${lateMs} ms after the deadline`);
    const { log } = await combat.call("combat_state", { combat_session_id: fight.id, log: true });
    const ofTurn = log?.filter((entry) => entry.actor === bob.userId && entry.turn === turn.turn);
    assert.deepEqual(
      ofTurn?.map(({ cause }) => cause),
      ["timeout"],
    );
    assert.deepEqual(combat.kept("combat_timeout"), []);
  });

  const outages = [
    {
      name: "Redis stopped for five seconds and started again",
      begin: () => cluster.redis.stop(),
      end: () => cluster.redis.restart(),
    },
    {
      name: "Redis frozen for five seconds",
      begin: async () => cluster.redis.freeze(),
      end: async () => cluster.redis.thaw(),
    },
  ];
  for (const { name, begin, end } of outages)
    it(`${name}: commands are answered within a second, no process ends, all works after`, async () => {
      cast = await assemble(cluster.stage);
      const match = await findMatch(cluster.stage, cast);
      await movesOf(match, MOVES_BEFORE);
      const workers = [cast.ann.worker, cast.bob.worker];
      const processes = await cluster.pm2.pids();

      await begin();
      const endAt = performance.now() + OUTAGE_MS;
      let slowestMs = 0;
      let asked = 0;
      while (performance.now() < endAt) {
        for (const { game } of match.seats) {
          const startedAt = performance.now();
          const ack = await game.socket.timeout(3_000).emitWithAck("room:create", { game: "dash-dice" });
          slowestMs = Math.max(slowestMs, performance.now() - startedAt);
          assert.equal(ack.ok, false);
          assert.equal(ack.error.code, "unavailable");
          asked++;
        }
        await delay(200);
      }
      figure("commands while Redis was away", asked);
      figure("slowest answer (ms)", slowestMs);
      assert.ok(slowestMs <= 3_000, `answered after ${slowestMs} ms`);
      for (let request = 0; request < 4; request++) {
        const health = await fetch(`${cluster.pm2.url}/health`, { headers: { connection: "close" } });
        assert.equal(health.status, 200);
        const { status, reasons } = (await health.json()) as { status: string; reasons?: string[] };
        assert.equal(status, "degraded");
        assert.ok(reasons?.length);
      }

      await end();
      for (const { player, game } of match.seats) {
        const backMs = await timeUntil(async () => {
          const ack = await game.socket.timeout(3_000).emitWithAck("room:state", { room_id: match.id });
          if (ack.ok) assert.deepEqual(ack.state, match.state);
          return ack.ok;
        }, 2_000);
        figure(`${player.name}'s commands work again after (ms)`, backMs);
      }
      assert.deepEqual([cast.ann.worker, cast.bob.worker], workers, "nobody had to reconnect");
      assert.deepEqual(await cluster.pm2.pids(), processes, "no process ended");
      await timeUntil(async () => {
        const health = await fetch(`${cluster.pm2.url}/health`, { headers: { connection: "close" } });
        return ((await health.json()) as { status: string }).status === "healthy";
      }, 2_000);
      await playToTheEnd(cluster.stage, match);
    });
});
