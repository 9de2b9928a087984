import assert from "node:assert/strict";
import { onEachSetup, type TestApp } from "../../support/app.ts";
import { get } from "../../support/http.ts";
import { until } from "../../support/until.ts";
import { type Client, gameOf } from "./playing.ts";

/** Of the whole cluster, by their names without `muster_realtime_`. */
async function figuresOf(app: TestApp): Promise<Readonly<Record<string, number>>> {
  const { body } = await get(`${app.url}/metrics`);
  const lines = String(body.text).matchAll(/^muster_realtime_(\w+) ([\d.e+-]+)$/gm);
  return Object.fromEntries([...lines].map(([, name = "", value]) => [name, Number(value)]));
}

describe("the metrics of real-time rooms", () => {
  onEachSetup((setup) => {
    it("tell rooms, players, steps, inputs and the age of frames, and are back at nought when all are over", async () => {
      const { app, room_id, clients } = await gameOf(setup, ["ann", "bob"], {
        game: "arena",
        options: { bots: 2 },
      });
      const [ann] = clients as [Client];
      await ann.next("game_frame");
      // More than ever wait: the oldest are dropped, and told.
      for (let from = 1; from < 400; from += 8)
        ann.socket.emit("game:input", {
          room_id,
          inputs: Array.from({ length: 8 }, (_, at) => [from + at, 1, 0, 0, 0]),
        });
      await until("inputs are lost", async () => ((await figuresOf(app)).inputs_lost_total ?? 0) > 0);
      const running = await figuresOf(app);
      assert.deepEqual([running.rooms, running.players], [1, 2]);
      assert.ok(Number(running.steps_total) > 0 && Number(running.inputs_total) >= 200);
      assert.ok(Number(running.frame_age_seconds_count) > 0);
      assert.equal(running.takeovers_total, 0);
      for (const client of clients) await client.call("room:leave", { room_id });
      await until("it is over", async () => (await figuresOf(app)).rooms === 0);
      const over = await figuresOf(app);
      assert.deepEqual([over.players, over.inputs_waiting], [0, 0]);
    });
  });
});
