import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { Player } from "../../examples/demo/player.ts";
import type { RoomsContract } from "../../namespaces/rooms/events.ts";
import { type Cluster, figure, quietly, startCluster } from "./venues.ts";

const CLIENTS = 8;
const PAUSE_MS = 60;
const ATTEMPT_MS = 2_000;
const GIVE_UP_MS = 10_000;
const HEALTH_PAUSE_MS = 20;

/** One client that publishes without end, sending each message again until it is acknowledged. */
async function publisher(url: string, name: string) {
  const player = new Player({ url, userId: name, token: await quietly.token(name, { name }) });
  const channel = await player.enter<RoomsContract>("/");
  await channel.call("subscribe", { room: "hall" });
  const acknowledged: { id: string; offset: number }[] = [];
  const failed: string[] = [];
  const warnings: { reconnect_in_ms: number }[] = [];
  let reconnects = 0;
  let retries = 0;
  let running = true;
  player.manager.on("reconnect", () => {
    reconnects++;
  });
  channel.socket.on("server_draining", (payload) => warnings.push(payload));

  async function publish(id: string): Promise<void> {
    for (const until = Date.now() + GIVE_UP_MS; Date.now() < until; retries++) {
      const ack = await channel.socket
        .timeout(ATTEMPT_MS)
        .emitWithAck("publish", { room: "hall", data: id, client_msg_id: id })
        .catch(() => undefined);
      if (ack?.ok) return void acknowledged.push({ id, offset: ack.offset });
      // A new connection is a new subscriber.
      if (ack?.error.code === "not_subscribed")
        await channel.socket
          .timeout(ATTEMPT_MS)
          .emitWithAck("subscribe", { room: "hall" })
          .catch(() => undefined);
      await delay(PAUSE_MS);
    }
    failed.push(id);
  }
  const done = (async () => {
    for (let at = 0; running; at++) {
      await publish(`${name}-${at}`);
      await delay(PAUSE_MS);
    }
  })();
  return {
    get reconnects() {
      return reconnects;
    },
    get retries() {
      return retries;
    },
    acknowledged,
    failed,
    warnings,
    async stop() {
      running = false;
      await done;
      player.close();
    },
  };
}

/** Asks for /health on new connections, one after the other, until stopped. @returns what went wrong */
function watchHealth(url: string) {
  const errors: string[] = [];
  let requests = 0;
  let running = true;
  const done = (async () => {
    while (running) {
      requests++;
      await fetch(`${url}/health`, { headers: { connection: "close" } }).then(
        async (answer) => {
          if (!answer.ok) errors.push(`status ${answer.status}`);
          await answer.text();
        },
        (err: unknown) => errors.push(String(err instanceof Error ? (err.cause ?? err) : err)),
      );
      await delay(HEALTH_PAUSE_MS);
    }
  })();
  return {
    async stop() {
      running = false;
      await done;
      return { errors, requests };
    },
  };
}

describe("pm2 reload under load", function () {
  this.timeout(60_000);
  let cluster: Cluster;

  before(async function () {
    this.timeout(120_000);
    cluster = await startCluster();
  });
  after(() => cluster?.close());

  it("loses no command, tells every client, costs it one reconnect at most, and no HTTP error", async () => {
    const { pm2 } = cluster;
    const before = await pm2.pids();
    const clients = await Promise.all(
      Array.from({ length: CLIENTS }, (_, at) => publisher(pm2.url, `client-${at}`)),
    );
    const health = watchHealth(pm2.url);
    await delay(500);
    const startedAt = performance.now();
    await pm2.reload();
    figure("pm2 reload took (ms)", performance.now() - startedAt);
    await delay(2_000);
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
    for (const client of clients) assert.ok(client.reconnects <= 1, `${client.reconnects} reconnects`);
    const warnings = clients.flatMap((client) => client.warnings);
    figure("clients told server_draining", warnings.length);
    assert.ok(warnings.length > 0);
    for (const { reconnect_in_ms } of warnings) assert.ok(reconnect_in_ms >= 0);
    assert.deepEqual(errors, []);
    assert.equal(await pm2.errors(), "");
    assert.ok(!(await pm2.logs()).some((line) => ["error", "fatal"].includes(line["log.level"])));
  });
});
