import assert from "node:assert/strict";
import { runScenario } from "../../examples/demo/scenario.ts";
import { embedded } from "../../examples/demo/servers.ts";
import { type Cluster, startCluster } from "./venues.ts";

describe("the story, from two tokens to a finished game, chat, combat, world and an announcement", function () {
  this.timeout(60_000);
  const say = () => undefined;

  it("is told to its end on one process, with no service installed", async () => {
    const venue = await embedded(say);
    try {
      const { winner } = await runScenario({ ...venue, say });
      assert.match(winner, /^(ann|bob)-/);
    } finally {
      await venue.close();
    }
  });

  describe("on PM2", () => {
    let cluster: Cluster;
    before(async () => {
      cluster = await startCluster();
    });
    after(() => cluster?.close());

    it("is told to its end with the users on different workers", async () => {
      const { winner, workers } = await runScenario(cluster.stage);
      assert.match(winner, /^(ann|bob)-/);
      assert.equal(workers.size, 2);
      const known = await cluster.pm2.pids();
      for (const worker of workers) assert.ok(known.has(worker), `${worker} is a worker of PM2`);
      assert.equal(await cluster.pm2.errors(), "");
    });
  });
});
