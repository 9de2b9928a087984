/** The same figures wherever they are told: health, metrics as text and as a report, statistics, those of relay rooms. */
import assert from "node:assert/strict";
import { chatContract } from "../../namespaces/chat/index.ts";
import { gameContract } from "../../namespaces/game/schema.ts";
import { roomsContract } from "../../namespaces/rooms/schema.ts";
import { worldContract } from "../../namespaces/world/index.ts";
import { closeAll, onEachSetup, startEmbedded, type TestApp } from "../support/app.ts";
import { json, startGateway, stopGateways } from "../support/gateway.ts";
import { get } from "../support/http.ts";
import { closePlain, openPlain } from "../support/plain.ts";

interface Told {
  readonly clients: number;
  readonly rooms: number;
  readonly relayRooms: number;
  /** Connections by namespace. */
  readonly sessions: Readonly<Record<string, number>>;
  readonly relayMembers: number;
}

/** What each place tells, asked of one worker at the same moment. */
async function told(url: string): Promise<Record<string, Partial<Told>>> {
  const [health, text, report, statistics, stats, room] = await Promise.all([
    get(`${url}/health`),
    get(`${url}/metrics`),
    get(`${url}/api/v1/websocket/metrics`),
    get(`${url}/api/websocket`),
    get(`${url}/ws/stats`),
    get(`${url}/ws/studio/stats`),
  ]);
  const lines = String(text.body.text).split("\n");
  const metric = (start: string) =>
    Number(
      lines
        .find((line) => line.startsWith(`${start} `))
        ?.split(" ")
        .at(-1),
    );
  const sessions: Record<string, number> = {};
  for (const line of lines) {
    const [, namespace, count] = /^muster_sessions\{namespace="([^"]+)".*\} (\d+)$/.exec(line) ?? [];
    if (namespace !== undefined) sessions[namespace] = (sessions[namespace] ?? 0) + Number(count);
  }
  const figures = report.body.metrics as {
    connections: { active: number };
    rooms: Record<string, { rooms?: number; members: number }>;
  };
  const namespaces = statistics.body.namespaces as Record<string, { connections: number }>;
  return {
    health: { clients: Number(health.body.clients), rooms: Number(health.body.rooms) },
    metrics: {
      clients: metric("websocket_clients_total"),
      rooms: metric("websocket_rooms_total"),
      relayRooms: metric('muster_rooms{kind="relay"}'),
      relayMembers: metric('muster_room_members{kind="relay"}'),
      sessions,
    },
    report: {
      clients: figures.connections.active,
      rooms: figures.rooms.room?.rooms ?? -1,
      relayRooms: figures.rooms.relay?.rooms ?? -1,
      relayMembers: figures.rooms.relay?.members ?? -1,
    },
    statistics: {
      clients: Number(statistics.body.connections),
      rooms: Number(statistics.body.rooms),
      relayRooms: Number(statistics.body.relay_rooms),
      sessions: Object.fromEntries(
        Object.entries(namespaces).flatMap(([name, { connections }]) =>
          connections > 0 ? [[name, connections]] : [],
        ),
      ),
    },
    "statistics by worker": {
      clients: (statistics.body.workers as { clients: number }[]).reduce(
        (sum, { clients }) => sum + clients,
        0,
      ),
    },
    "the XR clients'": { clients: Number(stats.body.total_connections) },
    "those of the relay room": { relayMembers: Number(room.body.connection_count) },
    "the list of the relay room": { relayMembers: (room.body.connections as unknown[]).length },
  };
}

/** Every place that tells a figure tells this one. */
function assertTold(places: Record<string, Partial<Told>>, expected: Told): void {
  const wanted = Object.fromEntries(
    Object.entries(places).map(([place, figures]) => [
      place,
      Object.fromEntries(Object.keys(figures).map((name) => [name, expected[name as keyof Told]])),
    ]),
  );
  assert.deepEqual(places, wanted);
}

onEachSetup((setup) => {
  describe("figures of the cluster", () => {
    afterEach(closePlain);

    it("are the same in every place and at every worker, at once", async () => {
      const app = await setup.start({ env: { AUTH_MODE: "dev" } });
      const none = { clients: 0, rooms: 0, relayRooms: 0, relayMembers: 0, sessions: {} };
      for (const url of app.urls) assertTold(await told(url), none);
      const ann = await app.connect(roomsContract, "ann");
      const bob = await app.connect(roomsContract, "bob", { worker: 1, transports: ["polling"] });
      await app.connect(gameContract, "ann", { worker: 1 });
      await app.connect(chatContract, "carl", { worker: 1 });
      await app.connect(worldContract, null);
      const plain = openPlain(app.urls.at(-1) ?? app.url, "/ws/studio", { query: { user_id: "dora" } });
      await plain.next("SERVER_HELLO");
      await ann.call("subscribe", { room: "lobby" });
      await bob.call("subscribe", { room: "lobby" });
      await bob.call("subscribe", { room: "attic" });
      await ann.call("relay:join", { room_id: "studio" });
      const expected = {
        clients: 6,
        rooms: 2,
        relayRooms: 1,
        relayMembers: 2,
        sessions: { "/": 3, "/game": 1, "/chat": 1, "/world": 1 },
      };
      for (const url of app.urls) assertTold(await told(url), expected);
      bob.disconnect();
      plain.close();
      await settled(app, 4);
      const after = {
        ...expected,
        clients: 4,
        rooms: 1,
        relayMembers: 1,
        sessions: { ...expected.sessions, "/": 1 },
      };
      for (const url of app.urls) assertTold(await told(url), after);
    });

    it("are those of who just connected, also for many who ask at the same time", async () => {
      const app = await setup.start();
      for (let clients = 1; clients <= 5; clients++) {
        await app.connect(roomsContract, `user${clients}`, { worker: clients % 2 === 0 ? 0 : 1 });
        const asked = await Promise.all(
          app.urls.flatMap((url) => Array.from({ length: 20 }, () => get(`${url}/health`))),
        );
        for (const { body } of asked) assert.equal(body.clients, clients);
      }
    });
  });
});

/** Until connections that have ended are out of the lists that every worker keeps. */
async function settled(app: TestApp, clients: number): Promise<void> {
  for (;;) {
    const open = app.workers.reduce((sum, worker) => sum + (worker.held().connections ?? 0), 0);
    const busy = app.workers.some((worker) => (worker.held().commands ?? 0) > 0);
    if (open === clients && !busy) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("health and the gateway", () => {
  afterEach(async () => {
    await closeAll();
    await stopGateways();
  });

  const env = (url: string) => ({ API_GATEWAY_URL: url, API_GATEWAY_TIMEOUT: "300ms" });

  async function until(app: TestApp, status: string) {
    for (;;) {
      const { body, status: code } = await get(`${app.url}/health`);
      assert.equal(code, 200);
      const { body: metrics } = await get(`${app.url}/metrics`);
      const up = /^muster_upstream_up (\d)$/m.exec(String(metrics.text))?.[1];
      if (body.status === status && up === (status === "healthy" ? "1" : "0")) return body;
    }
  }

  it("is degraded, with the cause, from when the gateway is gone until it is back, though nobody asks it", async () => {
    const gateway = await startGateway(json(200, {}));
    const app = await startEmbedded({ env: env(gateway.url) });
    await until(app, "healthy");
    await gateway.stop();
    const { reasons } = await until(app, "degraded");
    assert.match(String(reasons), /gateway 127\.0\.0\.1:\d+ cannot be reached: ECONNREFUSED/);
    assert.equal((await get(`${app.url}/ready`)).status, 200, "its clients are served all the same");
    assert.equal((await get(`${app.url}/api/v1/websocket/health`)).body.status, "degraded");
    await gateway.start();
    assert.equal((await until(app, "healthy")).reasons, undefined);
  });

  it("is degraded while the gateway takes connections, but fails at each command", async () => {
    const gateway = await startGateway(json(500, {}));
    const app = await startEmbedded({ env: env(gateway.url) });
    const { matchmakingContract } = await import("../../namespaces/matchmaking/schema.ts");
    const ann = await app.connect(matchmakingContract, "ann");
    for (let tries = 0; tries < 5; tries++)
      assert.equal((await ann.refused("queue_join", { game_mode: "classic" })).code, "unavailable");
    assert.match(String((await until(app, "degraded")).reasons), /fails: it is not asked for now/);
    gateway.answers(json(200, { ticket_id: "t1" }));
    await until(app, "healthy");
    assert.ok((await ann.raw("queue_join", { game_mode: "classic" })).ok);
  });

  it("names no hosts to everybody in production, and tells which service it is", async () => {
    const app = await startEmbedded({
      env: {
        ...env("http://127.0.0.1:1"),
        NODE_ENV: "production",
        JWT_SECRET: "kX2vQ9-rTz7LmW4bYc8NfJ6hGp3sDq1e",
        PUBLIC_METRICS: "true",
      },
    });
    const { reasons } = await until(app, "degraded");
    assert.deepEqual(reasons, ["the gateway is not available"]);
  });

  it("is healthy where no gateway is configured", async () => {
    await until(await startEmbedded(), "healthy");
  });
});
