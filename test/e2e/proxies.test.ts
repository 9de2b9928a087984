import assert from "node:assert/strict";
import http from "node:http";
import { freePort } from "../support/free-port.ts";
import { isInstalled, PROXIES, startProxy } from "../support/proxy.ts";
import { startRedis } from "../support/redis.ts";
import { type ServerProcess, serverFolder } from "../support/server-process.ts";
import { KINDS, progress, startPublisher, watchHealth } from "./publishers.ts";
import { figure, SECRET, timeUntil } from "./venues.ts";

const READY_WITHIN_MS = 10_000;

/** Asks from many addresses, which the balancers spread over the workers, until this one answers: it is in use. */
async function seesWorker(url: string, worker: string | undefined): Promise<boolean> {
  for (let last = 2; last < 34; last++)
    if ((await workerAnswering(`127.0.0.${last}`, `${url}/ready`)) === worker) return true;
  return false;
}

function workerAnswering(localAddress: string, url: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const req = http.get(url, { localAddress, agent: false }, (res) => {
      res.resume().once("end", () => resolve(res.headers["x-muster-worker"]));
    });
    req.on("error", reject);
  });
}

/** The examples of `deploy/`, each with its real program: two workers behind it are replaced one after the other. */
describe("behind a proxy, with the configuration of deploy/", function () {
  this.timeout(90_000);

  for (const name of Object.keys(PROXIES) as (keyof typeof PROXIES)[])
    it(`${name}: workers are restarted in turn, clients are told, nothing is lost, no request fails`, async function () {
      if (!isInstalled(name)) {
        console.log(`      skipped: ${name} is not installed (apt-get install ${name})`);
        return this.skip();
      }
      const redis = await startRedis({ appendOnly: "always" });
      const server = await serverFolder();
      const ends: (() => Promise<unknown>)[] = [() => redis.close(), () => server.close()];
      try {
        const start = (port: number): ServerProcess =>
          server.start({
            AUTH_MODE: "jwt",
            JWT_SECRET: SECRET,
            REDIS_URL: redis.url,
            TRUST_PROXY: "1",
            DRAIN_TIME: "3s",
            ...(port === 0 ? {} : { WEBSOCKET_PORT: String(port) }),
          });
        const workers = [start(0), start(await freePort())];
        await Promise.all(workers.map(({ listening }) => listening));
        const [one, two] = workers.map(({ port }) => `127.0.0.1:${port}`);
        assert.ok(one && two);
        const proxy = await startProxy(name, [one, two]);
        ends.push(() => proxy.close());
        await timeUntil(async () => (await fetch(`${proxy.url}/ready`)).ok, READY_WITHIN_MS);
        assert.equal((await fetch(`${proxy.url}/metrics`)).status, 404);
        const clients = await Promise.all(
          KINDS.map((kind, at) => startPublisher(proxy.url, `client-${at}`, kind)),
        );
        const health = watchHealth(proxy.url);
        await progress(clients, 3);
        for (const [at, worker] of workers.entries()) {
          worker.kill("SIGTERM");
          assert.equal((await worker.ended).code, 0);
          const next = start(worker.port);
          workers[at] = next;
          await next.listening;
          const started = next.logs().find(({ message }) => message === "listening");
          assert.ok(started?.worker);
          await timeUntil(() => seesWorker(proxy.url, started.worker), READY_WITHIN_MS);
          await progress(clients, 3);
        }
        await Promise.all(clients.map((client) => client.stop()));
        const { errors } = await health.stop();
        figure("reconnects per client", clients.map(({ reconnects }) => reconnects).join(" "));
        assert.deepEqual(errors, []);
        assert.deepEqual(
          clients.flatMap(({ failed }) => failed),
          [],
        );
        const offsets = clients.flatMap(({ acknowledged }) => acknowledged.map(({ offset }) => offset));
        assert.deepEqual(
          offsets.sort((a, b) => a - b),
          Array.from({ length: offsets.length }, (_, at) => at + 1),
          "each once, none lost",
        );
        for (const client of clients) assert.deepEqual(client.cutUntold, [], `${client.name}: cut untold`);
      } finally {
        for (const end of ends.reverse()) await end();
      }
    });
});
