import assert from "node:assert/strict";
import type { App } from "../../../server/app.ts";
import { closeAll, type Setup, startTwoWorkers } from "../../support/app.ts";
import type { RealtimeView } from "../../support/realtime.ts";
import { until } from "../../support/until.ts";
import { arenaOf, play } from "./arena-playing.ts";
import type { Client } from "./playing.ts";

const setup: Setup = { name: "Redis, two workers", start: startTwoWorkers };

/** Two players, each on a worker of their own: the one whose worker steps the room, and the other. */
async function apart(env: Readonly<Record<string, string>> = {}) {
  const table = await arenaOf(setup, ["ann", "bob"], {}, { env: { DRAIN_TIME: "2s", ...env } });
  const { workers } = table.app;
  const at = workers.findIndex(({ modules }) => modules.realtime().rooms === 1);
  assert.ok(at >= 0, "nobody steps the room");
  const [owner, other] = [workers[at], workers[1 - at]] as [App, App];
  const [near, far] = [table.views[at], table.views[1 - at]] as [RealtimeView, RealtimeView];
  const [nearClient, farClient] = [table.clients[at], table.clients[1 - at]] as [Client, Client];
  return { ...table, owner, other, near, far, nearClient, farClient };
}

const takenOver = ({ syncs }: RealtimeView) => syncs.find(({ reason }) => reason === "takeover");

describe("a worker that stops", () => {
  afterEach(closeAll);

  it("hands its real-time rooms over, and all players go on from its last tick, those of its own connections too", async () => {
    const { room_id, owner, other, near, far, farClient } = await apart();
    const playing = play(farClient, room_id, far, { x: 1, y: 0, aim: 0, fire: false });
    await far.until("inputs", ({ ack }) => ack > 5);
    const closed = owner.close();
    const sync = await far.until("the take-over", takenOver);
    const last = far.frames.filter(({ epoch }) => epoch < sync.epoch).at(-1);
    assert.equal(sync.tick, last?.tick, "ticks were lost, or played twice");
    const seen = await near.until("the take-over", takenOver);
    assert.equal(seen.epoch, sync.epoch);
    await near.until("frames of the new owner", ({ frames }) =>
      frames.some(({ epoch }) => epoch === sync.epoch),
    );
    await far.until("inputs after it", ({ ack }) => ack > Number(last?.ack) + 5);
    playing.stop();
    await closed;
    const { counts } = other.modules.realtime();
    assert.deepEqual([counts.handovers, counts.takeovers, counts.gaps.counts.at(-1)], [1, 0, 0]);
    assert.deepEqual(far.faults, []);
  });

  it("leaves a room that no other worker may take standing, and it goes on as soon as one may", async () => {
    const { owner, other, far, farClient } = await apart({ LIMITS_REALTIME_ROOMS: "1" });
    const { room } = await farClient.call("room:create", { game: "arena" });
    await farClient.call("room:start", { room_id: room.room_id });
    await until("the other worker steps as many rooms as it may", () => other.modules.realtime().rooms === 1);
    await owner.close();
    assert.equal(takenOver(far), undefined);
    await farClient.call("room:leave", { room_id: room.room_id });
    await far.until("the take-over", takenOver);
    assert.equal(other.modules.realtime().counts.handovers, 0);
  });
});
