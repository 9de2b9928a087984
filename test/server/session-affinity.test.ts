import assert from "node:assert/strict";
import { once } from "node:events";
import { chmod, mkdtemp, readdir, rm, utimes } from "node:fs/promises";
import http from "node:http";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { asId, type WorkerId } from "../../core/ids.ts";
import type { roomsContract } from "../../namespaces/rooms/schema.ts";
import { createSessionAffinity, type SessionAffinity } from "../../server/cluster/session-affinity.ts";
import { spreadWithin } from "../../server/process/drain.ts";
import { closeAll, startTwoWorkers, type TestApp } from "../support/app.ts";
import { connectClient } from "../support/client.ts";
import { leaveSocket } from "../support/killed.ts";
import { type RoundRobin, startRoundRobin } from "../support/round-robin.ts";
import { until } from "../support/until.ts";

const UNKNOWN = { code: 1, message: "Session ID unknown" };
const POLLING = "/socket.io/?EIO=4&transport=polling";

const DRAIN_MS = 1_000;
const SPREAD_MS = spreadWithin(DRAIN_MS);

const workerOf = (socket: { io: { engine: { id?: string } } }) => socket.io.engine.id?.split(".", 1)[0];

async function get(url: string): Promise<{ status: number; body: string }> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(20_000) });
  return { status: answer.status, body: await answer.text() };
}

/** Opens an Engine.IO session over polling. @returns its id */
async function handshake(url: string): Promise<string> {
  const { body } = await get(url + POLLING);
  return JSON.parse(body.slice(1)).sid;
}

/** Asks to upgrade a session; resolves with the status and, for 101, the open socket. */
function upgrade(url: string, sid: string): Promise<{ status: number; body: string; socket?: Duplex }> {
  const req = http.request(`${url}/socket.io/?EIO=4&transport=websocket&sid=${sid}`, {
    headers: {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": Buffer.alloc(16).toString("base64"),
    },
    timeout: 3_000,
  });
  return new Promise((resolve, reject) => {
    req.on("upgrade", (_res, socket) => resolve({ status: 101, body: "", socket }));
    req.on("response", (res) => {
      let body = "";
      res.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      res.on("end", () => resolve({ status: res.statusCode ?? 0, body }));
    });
    req.on("timeout", () => req.destroy(new Error("no answer to the upgrade")));
    req.on("error", reject);
    req.end();
  });
}

describe("session affinity: a session stays with its worker without a sticky proxy", () => {
  let app: TestApp;
  let balancer: RoundRobin;

  beforeEach(async () => {
    app = await startTwoWorkers({ env: { DRAIN_TIME: `${DRAIN_MS}ms` } });
    balancer = await startRoundRobin(app.urls);
  });
  afterEach(async () => {
    await balancer.close();
    await closeAll();
  });

  const connect = (name: string, transports: ("polling" | "websocket")[]) =>
    connectClient<typeof roomsContract>({
      url: balancer.url,
      namespace: "/",
      name,
      auth: { token: app.token(name) },
      transports,
    });

  for (const transports of [["polling", "websocket"], ["polling"]] as ("polling" | "websocket")[][])
    it(`20 of 20 clients with ${transports.join(" and ")} connect and hear one another`, async () => {
      const clients = await Promise.all(
        Array.from({ length: 20 }, (_, i) => connect(`user-${i}`, transports)),
      );
      await Promise.all(clients.map((client) => client.call("subscribe", { room: "hall" })));
      const workers = new Set(clients.map((client) => client.socket.io.engine.id?.split(".", 1)[0]));
      assert.equal(workers.size, 2, "the balancer spreads them");
      await clients[0]?.call("publish", { room: "hall", data: { text: "hello" } });
      for (const client of clients) assert.deepEqual((await client.next("message")).data, { text: "hello" });
      for (const client of clients) client.disconnect();
    });

  it("large bodies and binary pass through polling whole", async () => {
    const [ann, bob] = [await connect("ann", ["polling"]), await connect("bob", ["polling"])];
    for (const client of [ann, bob]) {
      await client.call("subscribe", { room: "hall" });
      await client.call("relay:join", { room_id: "raw" });
    }
    const text = "ü€".repeat(60_000);
    await ann.call("publish", { room: "hall", data: text });
    assert.equal((await bob.next("message")).data, text);
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 256));
    await ann.call("relay", { room_id: "raw", data: bytes });
    assert.ok(bytes.equals((await bob.next("relay")).data as Buffer));
    for (const client of [ann, bob]) client.disconnect();
  });

  it("a session is found from either worker, and a made-up one is unknown at once", async () => {
    const sid = await handshake(app.urls[0] ?? "");
    const worker = sid.split(".", 1)[0];
    const hostile = [
      `${worker}.nobody`,
      `${app.workers[1]?.worker}.nobody`,
      "w_DeadDeadDeadDead.abcdefghijklmnopqrst",
      "../../../../tmp/x.sock",
      "..%2F..%2Fx.y",
      "../x.y",
      ".",
      "a.",
      ".a",
      "%00.a",
      "__proto__",
      "constructor.a",
      `${"a".repeat(4_000)}.b`,
    ];
    for (const url of app.urls)
      for (const one of hostile) {
        const { status, body } = await get(`${url}${POLLING}&sid=${one}`);
        assert.equal(status, 400, one.slice(0, 40));
        assert.deepEqual(JSON.parse(body), UNKNOWN, one.slice(0, 40));
      }
    const posted = await fetch(`${app.urls[1]}${POLLING}&sid=${sid}`, { method: "POST", body: "40" });
    assert.equal(await posted.text(), "ok");
  });

  it("an upgrade for a dead worker's session is refused with the same words", async () => {
    for (const url of app.urls) {
      const { status, body } = await upgrade(url, "w_DeadDeadDeadDead.abcdefghijklmnopqrst");
      assert.equal(status, 400);
      assert.deepEqual(JSON.parse(body), UNKNOWN);
    }
  });

  it("a stopping worker has the tunnels that it holds for others ended", async () => {
    const sid = await handshake(app.urls[0] ?? "");
    const { status, socket } = await upgrade(app.urls[1] ?? "", sid);
    assert.equal(status, 101);
    assert.ok(socket);
    socket.on("error", () => undefined);
    const closed = once(socket.resume(), "close");
    const startedAt = performance.now();
    await app.workers[1]?.close();
    await closed;
    assert.ok(performance.now() - startedAt < SPREAD_MS + 1_000, "no later than clients are told");
  });

  it("a second signal ends them at once", async () => {
    const sid = await handshake(app.urls[0] ?? "");
    const { socket } = await upgrade(app.urls[1] ?? "", sid);
    assert.ok(socket);
    socket.on("error", () => undefined);
    const closed = once(socket.resume(), "close");
    const startedAt = performance.now();
    await app.workers[1]?.close({ skip: AbortSignal.abort() });
    await closed;
    assert.ok(performance.now() - startedAt < SPREAD_MS);
  });

  it("who came in over a stopping worker is told before it is cut, wherever its session lives", async () => {
    const clients = await Promise.all(
      Array.from({ length: 8 }, (_, i) => connect(`user-${i}`, ["polling", "websocket"])),
    );
    const own = clients.filter(({ socket }) => workerOf(socket) === app.workers[0]?.worker);
    let told = 0;
    const untold: string[] = [];
    for (const { socket } of own) {
      let wasTold = false;
      socket.on("server_draining", ({ reconnect_in_ms }) => {
        assert.ok(reconnect_in_ms > 0 && reconnect_in_ms <= SPREAD_MS + 100);
        wasTold = true;
        told++;
      });
      socket.on("disconnect", () => {
        if (!wasTold) untold.push(socket.id ?? "");
      });
    }
    await app.workers[1]?.close();
    assert.deepEqual(untold, []);
    assert.ok(told > 0, "some of the other worker's clients came in over this one");
    for (const client of clients) client.disconnect();
  });

  it("a poll that waits on a stopping worker is answered, and the session lives on", async () => {
    const [first = "", second = ""] = app.urls;
    const sid = await handshake(first);
    const packet = `40/chat,${JSON.stringify({ token: app.token("ann") })}`;
    const posted = await fetch(`${first}${POLLING}&sid=${sid}`, { method: "POST", body: packet });
    assert.equal(await posted.text(), "ok");
    while (!(await get(`${first}${POLLING}&sid=${sid}`)).body.includes("40/chat"));
    const waiting = fetch(`${second}${POLLING}&sid=${sid}`, { signal: AbortSignal.timeout(20_000) });
    const engine = app.workers[0]?.io.engine as unknown as {
      clients: Record<string, { transport: { writable: boolean } }>;
    };
    await until("the poll waits", () => engine.clients[sid]?.transport.writable === true);
    const closed = app.workers[1]?.close();
    const answer = await waiting;
    assert.equal(answer.headers.get("connection"), "close");
    assert.equal(await answer.text(), "6", "nothing new");
    await closed;
    const alive = await fetch(`${first}${POLLING}&sid=${sid}`, { method: "POST", body: "3" });
    assert.equal(await alive.text(), "ok");
  });

  it("a worker whose own port has nobody left keeps the sessions that come over another", async () => {
    const server = app.workers[0]?.io.httpServer;
    const sid = await handshake(app.urls[0] ?? "");
    const { socket } = await upgrade(app.urls[1] ?? "", sid);
    assert.ok(socket && server);
    socket.on("error", () => undefined);
    await new Promise((resolve) => server.close(resolve));
    const alive = await get(`${app.urls[1]}${POLLING}&sid=nobody`);
    assert.equal(alive.status, 400);
    assert.equal(app.workers[0]?.io.engine.clientsCount, 1);
    socket.destroy();
  });
});

describe("the private sockets", () => {
  const stickies: SessionAffinity[] = [];
  const servers: net.Server[] = [];
  let folder = "";

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "muster-sticky-"));
  });
  afterEach(async () => {
    for (const sessionAffinity of stickies.splice(0)) await sessionAffinity.close();
    for (const server of servers.splice(0)) server.close();
    await rm(folder, { recursive: true, force: true });
  });

  const open = (worker: string, idleMs = 2_000) => {
    const sessionAffinity = createSessionAffinity(asId<WorkerId>(worker), { idleMs, folder });
    stickies.push(sessionAffinity);
    return sessionAffinity;
  };
  const nothing = () => undefined;

  async function abandon(name: string): Promise<void> {
    await leaveSocket(join(folder, name));
    await utimes(join(folder, name), new Date(0), new Date(0));
  }

  it("a new worker removes what killed ones left, and nothing of those who live", async () => {
    await abandon("w_dead.sock");
    await open("w_one").listen(nothing, nothing);
    await utimes(join(folder, "w_one.sock"), new Date(0), new Date(0));
    await open("w_two").listen(nothing, nothing);
    assert.deepEqual((await readdir(folder)).sort(), ["w_one.sock", "w_two.sock"]);
  });

  it("a worker that was killed is known at once from one that lives, that stopped, or that never was", async () => {
    const sessionAffinity = open("w_one");
    await sessionAffinity.listen(nothing, nothing);
    const stopped = open("w_two");
    await stopped.listen(nothing, nothing);
    await stopped.close();
    await abandon("w_killed.sock");
    const asked = ["w_killed", "w_one", "w_two", "w_never"].map((one) => asId<WorkerId>(one));
    assert.deepEqual(await Promise.all(asked.map((one) => sessionAffinity.wasKilled(one))), [
      true,
      false,
      false,
      false,
    ]);
  });

  it("a worker that stops takes its own away", async () => {
    const sessionAffinity = open("w_one");
    await sessionAffinity.listen(nothing, nothing);
    await sessionAffinity.close();
    assert.deepEqual(await readdir(folder), []);
  });

  it("a worker that accepts but never answers is given up", async () => {
    const frozen = net.createServer().listen(join(folder, "w_frozen.sock"));
    servers.push(frozen);
    await once(frozen, "listening");
    const sessionAffinity = open("w_one", 200);
    const front = http.createServer((req, res) => assert.ok(sessionAffinity.forward(req, res)));
    servers.push(front.listen(0, "127.0.0.1"));
    await once(front, "listening");
    const { port } = front.address() as net.AddressInfo;
    const { status, body } = await get(`http://127.0.0.1:${port}${POLLING}&sid=w_frozen.abc`);
    assert.equal(status, 400);
    assert.deepEqual(JSON.parse(body), UNKNOWN);
  });

  it("a folder that others can enter, or too long a path, is refused with what to do", async () => {
    await chmod(folder, 0o777);
    assert.throws(() => open("w_one"), /mode 0700.*TMPDIR/);
    folder = join(folder, "x".repeat(120));
    assert.throws(() => open("w_one"), /too long.*TMPDIR/);
    folder = join(folder, "..");
  });
});
