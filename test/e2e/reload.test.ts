import assert from "node:assert/strict";
import { RECONNECT_SPREAD_MS } from "../../server/process/drain.ts";
import { KINDS, progress, startPublisher, watchHealth } from "./publishers.ts";
import { type Cluster, figure, startCluster } from "./venues.ts";

describe("pm2 reload under load", () => {
  let cluster: Cluster;

  before(async function () {
    this.timeout(120_000);
    cluster = await startCluster();
  });
  after(() => cluster?.close());

  it("loses no command, tells every client, costs each one reconnect, and no HTTP error", async () => {
    const { pm2 } = cluster;
    const before = await pm2.pids();
    const clients = await Promise.all(KINDS.map((kind, at) => startPublisher(pm2.url, `client-${at}`, kind)));
    const health = watchHealth(pm2.url);
    await progress(clients, 3);
    const startedAt = performance.now();
    await pm2.reload();
    figure("pm2 reload took (ms)", performance.now() - startedAt);
    await progress(clients, 3);
    await Promise.all(clients.map((client) => client.stop()));
    const { errors, requests } = await health.stop();

    const after = await pm2.pids();
    assert.equal(after.size, 2);
    for (const worker of after.keys()) assert.ok(!before.has(worker), "every worker is a new one");
    const acknowledged = clients.flatMap((client) => client.acknowledged);
    figure("commands acknowledged", acknowledged.length);
    figure(
      "of them sent again",
      clients.reduce((sum, { retries }) => sum + retries, 0),
    );
    figure("reconnects per client", clients.map(({ reconnects }) => reconnects).join(" "));
    figure("goodbyes per client", clients.map(({ goodbyes }) => goodbyes.length).join(" "));
    figure("/health requests", requests);

    assert.deepEqual(
      clients.flatMap((client) => client.failed),
      [],
    );
    const offsets = acknowledged.map(({ offset }) => offset).sort((a, b) => a - b);
    assert.deepEqual(
      offsets,
      Array.from({ length: offsets.length }, (_, at) => at + 1),
      "each once, none lost",
    );
    for (const { name, reconnects, goodbyes, cutUntold } of clients) {
      assert.equal(reconnects, 1, `${name}: reconnects`);
      assert.deepEqual(cutUntold, [], `${name}: cut without being told`);
      for (const reconnectInMs of goodbyes)
        assert.ok(reconnectInMs >= 0 && reconnectInMs <= RECONNECT_SPREAD_MS + 100, `${reconnectInMs}`);
    }
    assert.deepEqual(errors, []);
    assert.equal(await pm2.errors(), "");
    assert.ok(!(await pm2.logs()).some((line) => ["error", "fatal"].includes(line["log.level"])));
  });
});
