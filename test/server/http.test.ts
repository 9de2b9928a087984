import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { Validator } from "@seriousme/openapi-schema-validator";
import type { Router } from "express";
import type { Role } from "../../core/contract/contract.ts";
import { gameContract } from "../../namespaces/game/schema.ts";
import { matchmakingContract } from "../../namespaces/matchmaking/schema.ts";
import { roomsContract } from "../../namespaces/rooms/schema.ts";
import { loadConfig } from "../../server/config/index.ts";
import { createHttpApp, type HttpDeps } from "../../server/http/app.ts";
import { openApiPath } from "../../server/http/openapi.ts";
import { closeAll, onEachSetup, startEmbedded, startTwoWorkers, type TestApp } from "../support/app.ts";
import { type Ask, codeOf, get, post } from "../support/http.ts";

const API_KEY = "an-api-key-of-the-tests-that-is-long-enough";
const JWT = { AUTH_MODE: "jwt", API_KEY };
const PRODUCTION = {
  ...JWT,
  NODE_ENV: "production",
  JWT_SECRET: "kX2vQ9-rTz7LmW4bYc8NfJ6hGp3sDq1e",
  API_KEY: "Zr8-tQm3VxW6kLp9BnY2cHd5GfS7jRe4",
};
const KEY = { token: PRODUCTION.API_KEY };

const withRole = (app: TestApp, role: Role): Ask => ({ token: app.token("someone", { roles: [role] }) });

interface Operation {
  readonly summary: string;
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> };
  readonly responses: Readonly<Record<string, unknown>>;
}
type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

describe("HTTP API", () => {
  afterEach(closeAll);

  it("tells of exactly the routes that it serves", async () => {
    const app = await startEmbedded({ env: { AUTH_MODE: "dev" } });
    const { body } = await get(`${app.url}/api/openapi.json`);
    const told = Object.entries(body.paths as Paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    );
    const served = servedBy(expressApp({ AUTH_MODE: "dev" }).router);
    const isConsole = (operation: string) => operation.includes("/api/console/");
    assert.deepEqual(told.filter((operation) => !isConsole(operation)).sort(), served.sort());
    assert.ok(told.includes("post /api/websocket") && told.includes("get /ws/{room_id}/stats"));
  });

  it("has an OpenAPI document whose bodies are the schemas that validate", async () => {
    const app = await startEmbedded({ env: { AUTH_MODE: "dev" } });
    const { body } = await get(`${app.url}/api/openapi.json`);
    assert.equal(body.openapi, "3.1.0");
    const judged = await new Validator().validate({ ...body });
    assert.ok(judged.valid, JSON.stringify(judged.errors));
    for (const [path, operations] of Object.entries(body.paths as Paths))
      for (const [method, { summary, requestBody, responses }] of Object.entries(operations)) {
        assert.ok(summary && responses["200"], `${method} ${path}`);
        if (method !== "post" || path === "/api/console/logout") continue;
        const schema = requestBody?.content["application/json"]?.schema;
        assert.ok(schema && "properties" in schema, `${path} has a body`);
        // A field of a type that no schema has: the document and the check agree that it is wrong.
        const wrong = Object.fromEntries(
          Object.keys(schema.properties as object).map((name) => [name, [[]]]),
        );
        const token = app.token("svc", { roles: ["service"] });
        const reply = await post(`${app.url}${path}`, wrong, { token });
        assert.deepEqual([path, reply.status, codeOf(reply)], [path, 400, "invalid_payload"]);
        assert.ok(responses["400"]);
      }
  });

  it("answers unknown paths, other methods and broken paths in the form of its errors", async () => {
    const app = await startEmbedded({ env: JWT });
    const answers: readonly (readonly [string, string, number, string])[] = [
      ["GET", "/nothing", 404, "not_found"],
      ["POST", "/dev/token", 404, "not_found"],
      ["POST", "/health", 405, "method_not_allowed"],
      ["DELETE", "/api/websocket", 405, "method_not_allowed"],
      ["GET", "/api/tokens/revoke", 405, "method_not_allowed"],
      ["PUT", "/ws/stats", 405, "method_not_allowed"],
      ["GET", "/ws/%E0%A4%A/stats", 400, "invalid_payload"],
    ];
    for (const [method, path, status, code] of answers) {
      const response = await fetch(app.url + path, { method });
      const { error } = (await response.json()) as { error: { code: string; message: string } };
      assert.deepEqual([method, path, response.status, error.code], [method, path, status, code]);
      assert.ok(error.message);
      if (status === 405) assert.match(response.headers.get("allow") ?? "", /GET|POST/);
    }
  });

  it("keeps strict headers, and asks no browser for TLS that is not there", async () => {
    const app = await startEmbedded({ env: JWT });
    const { headers } = await get(`${app.url}/health`);
    const policy = headers.get("content-security-policy") ?? "";
    assert.match(policy, /default-src 'self'/);
    assert.doesNotMatch(policy, /unsafe|https?:|upgrade-insecure-requests/);
    assert.equal(headers.get("strict-transport-security"), null);
    assert.equal(headers.get("x-powered-by"), null);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
  });

  it("asks for a key or a role in production, but not for health", async () => {
    const app = await startEmbedded({ env: PRODUCTION });
    for (const path of ["/health", "/ready", "/api/v1/websocket/health", "/api/openapi.json"])
      assert.equal((await get(app.url + path)).status, 200, path);
    const guarded = [
      "/metrics",
      "/api/websocket",
      "/api/v1/websocket/metrics",
      "/ws/stats",
      "/ws/some-room/stats",
    ];
    for (const path of guarded) {
      const nobody = await get(app.url + path);
      assert.deepEqual([path, nobody.status, codeOf(nobody)], [path, 401, "unauthorized"]);
      assert.equal((await get(app.url + path, { token: "x.y.z" })).status, 401, path);
      assert.equal((await get(app.url + path, KEY)).status, 200, path);
    }
  });

  it("shows metrics and statistics to everybody with PUBLIC_METRICS, the XR clients' routes still to operators", async () => {
    const app = await startEmbedded({ env: { ...PRODUCTION, PUBLIC_METRICS: "true" } });
    for (const path of ["/metrics", "/api/websocket", "/api/v1/websocket/metrics"])
      assert.equal((await get(app.url + path)).status, 200, path);
    for (const path of ["/ws/stats", "/ws/some-room/stats"])
      assert.equal((await get(app.url + path)).status, 401, path);
  });

  it("tells the XR clients' statistics to the roles service and admin under AUTH_MODE=jwt", async () => {
    const app = await startEmbedded({ env: JWT });
    for (const path of ["/ws/stats", "/ws/some-room/stats"]) {
      for (const role of ["player", "moderator"] as const)
        assert.equal((await get(app.url + path, withRole(app, role))).status, 403, `${path} ${role}`);
      for (const role of ["service", "admin"] as const)
        assert.equal((await get(app.url + path, withRole(app, role))).status, 200, `${path} ${role}`);
    }
  });

  it("refuses room ids of the XR clients' statistics that no room can have", async () => {
    const app = await startEmbedded({ env: JWT });
    const reply = await get(`${app.url}/ws/game/stats`, { token: API_KEY });
    assert.deepEqual([reply.status, codeOf(reply)], [400, "invalid_payload"]);
  });

  it("is degraded, not unhealthy, while the store is away, and refuses what needs it", async () => {
    const { startRedis } = await import("../support/redis.ts");
    const redis = await startRedis();
    try {
      const app = await startEmbedded({ env: { ...JWT, REDIS_URL: redis.url } });
      await redis.stop();
      let health = await get(`${app.url}/health`);
      while (health.body.status !== "degraded") health = await get(`${app.url}/health`);
      assert.equal(health.status, 200);
      assert.ok(Array.isArray(health.body.reasons));
      const token = { token: API_KEY };
      const statistics = await get(`${app.url}/api/websocket`, token);
      assert.deepEqual([statistics.status, codeOf(statistics)], [503, "unavailable"]);
      const sent = await post(`${app.url}/api/websocket`, { user_id: "ann", message_type: "x" }, token);
      assert.deepEqual([sent.status, codeOf(sent)], [503, "unavailable"]);
      assert.equal((await get(`${app.url}/metrics`)).status, 200, "of this worker alone");
    } finally {
      await closeAll();
      await redis.close();
    }
  });

  it("tells in production only operators why it is degraded, and refuses nobody", async () => {
    const { startRedis } = await import("../support/redis.ts");
    const redis = await startRedis();
    try {
      const app = await startEmbedded({
        env: { ...PRODUCTION, PUBLIC_METRICS: "true", REDIS_URL: redis.url },
      });
      const tokenOf = async (role: Role) => {
        const token = await app.workers[0]?.mintToken({ userId: "someone", roles: [role], ttlMs: 60_000 });
        assert.ok(token);
        return { token };
      };
      await redis.stop();
      const reasonsFor = async (path: string, ask: Ask) => {
        const { status, body } = await get(app.url + path, ask);
        assert.equal(status, 200);
        return Array.isArray(body.reasons) ? body.reasons.join() : "";
      };
      while (!(await reasonsFor("/health", KEY)).includes("ECONNREFUSED"));
      for (const path of ["/health", "/api/v1/websocket/health"]) {
        for (const ask of [{}, { token: "x.y.z" }, await tokenOf("player"), await tokenOf("moderator")])
          assert.equal(await reasonsFor(path, ask), "the store is not available");
        for (const ask of [KEY, await tokenOf("service"), await tokenOf("admin")])
          assert.match(await reasonsFor(path, ask), /ECONNREFUSED/);
      }
    } finally {
      await closeAll();
      await redis.close();
    }
  });
});

/** The Express app alone: putting it together touches none of the parts that only requests need. */
function expressApp(env: Readonly<Record<string, string>>) {
  const { config } = loadConfig({ cwd: tmpdir(), env });
  const deps: Pick<HttpDeps, "config"> & {
    store: object;
    security: object;
    metrics: object;
    described: object;
  } = {
    config,
    store: {},
    security: {},
    metrics: {},
    described: { contracts: [], events: [], games: [], realtimeGames: [] },
  };
  return createHttpApp(deps as unknown as HttpDeps);
}

/** Every route of an Express router and of the routers in it, as OpenAPI writes them; pages and `all` handlers are none. */
function servedBy(router: Router): string[] {
  return router.stack.flatMap((layer) => {
    if (layer.route) {
      const { path, stack } = layer.route;
      return stack
        .filter(({ method, name }) => method !== undefined && name === "serve")
        .map(({ method }) => `${method} ${openApiPath(path)}`);
    }
    const { handle } = layer as unknown as { handle: Partial<Router> };
    return handle.stack ? servedBy(handle as Router) : [];
  });
}

onEachSetup((setup) => {
  describe("statistics", () => {
    it("are of the whole cluster: users once, connections, rooms, queues", async () => {
      const app = await setup.start({ env: JWT });
      const ann = await app.connect(roomsContract, "ann");
      await app.connect(gameContract, "ann", { worker: 1 });
      const bob = await app.connect(matchmakingContract, "bob", { worker: 1 });
      await app.connect(gameContract, null, { worker: 1 });
      await ann.call("subscribe", { room: "lobby" });
      await ann.call("relay:join", { room_id: "studio" });
      await bob.call("queue_join", { game_mode: "classic" });
      await app.runDue();
      const { body } = await get(`${app.url}/api/websocket`, { token: API_KEY });
      const namespaces = body.namespaces as Record<string, { users: number; connections: number }>;
      assert.deepEqual(
        [body.connections, body.users, body.rooms, body.relay_rooms, body.queues],
        [4, 2, 1, 1, { classic: 1 }],
      );
      assert.deepEqual(namespaces["/game"], { users: 1, connections: 2 });
      assert.deepEqual(namespaces["/chat"], { users: 0, connections: 0 });
      assert.equal((body.workers as unknown[]).length, app.workers.length);
      assert.equal(typeof body.uptime_s, "number");
      const global = await get(`${app.url}/ws/stats`, { token: API_KEY });
      assert.equal(global.body.total_connections, 4);
    });

    it("of a relay room name its connections on every worker", async () => {
      const app = await setup.start({ env: JWT });
      const ann = await app.connect(roomsContract, "ann");
      const bob = await app.connect(roomsContract, "bob", { worker: 1 });
      for (const client of [ann, bob]) await client.call("relay:join", { room_id: "studio" });
      const { body } = await get(`${app.url}/ws/studio/stats`, { token: API_KEY });
      const connections = body.connections as { id: string; user_id: string; connected_at: string }[];
      assert.deepEqual([body.room_id, body.connection_count], ["studio", 2]);
      assert.deepEqual(
        new Map(connections.map(({ id, user_id }) => [id, user_id])),
        new Map([
          [ann.socket.id, "ann"],
          [bob.socket.id, "bob"],
        ]),
      );
      assert.ok(connections.every(({ connected_at }) => !Number.isNaN(Date.parse(connected_at))));
    });
  });

  describe("POST /api/tokens/revoke", () => {
    it("ends the user's connections on every worker and refuses the token from then on", async () => {
      const app = await setup.start({ env: JWT });
      // The one token all along: a newer one would be good.
      const auth = { token: app.token("ann") };
      const ann = await app.connect(gameContract, "ann", { worker: 1, auth });
      const bob = await app.connect(gameContract, "bob");
      const reply = await post(`${app.url}/api/tokens/revoke`, { user_id: "ann" }, { token: API_KEY });
      assert.deepEqual([reply.status, reply.body.user_id], [200, "ann"]);
      const error = (await ann.nextAny("error")) as { code: string };
      assert.equal(error.code, "token_revoked");
      await assert.rejects(app.connect(gameContract, "ann", { worker: 1, auth }), {
        message: "token_revoked",
      });
      await bob.call("room:list", {});
    });

    it("is for services alone, and for one of user_id and jti", async () => {
      const app = await setup.start({ env: JWT });
      const url = `${app.url}/api/tokens/revoke`;
      const good = { user_id: "nobody" };
      assert.equal((await post(url, good)).status, 401);
      for (const role of ["player", "moderator", "admin"] as const)
        assert.equal((await post(url, good, withRole(app, role))).status, 403, role);
      assert.equal((await post(url, { jti: "t1" }, withRole(app, "service"))).status, 200);
      for (const body of [{}, { user_id: "a", jti: "b" }, { user_id: "" }, { jti: 7 }, "{"])
        assert.equal((await post(url, body, { token: API_KEY })).status, 400, JSON.stringify(body));
    });
  });
});

describe("POST /dev/token", () => {
  afterEach(closeAll);

  it("gives a token that connects, under AUTH_MODE=dev", async () => {
    const app = await startTwoWorkers({ env: { AUTH_MODE: "dev" } });
    const { body } = await post(`${app.url}/dev/token`, { user_id: "ann", roles: ["service"] });
    const reply = await post(`${app.urls[1]}/api/tokens/revoke`, { jti: "x" }, { token: String(body.token) });
    assert.equal(reply.status, 200);
    for (const wrong of [{}, { user_id: "" }, { user_id: "a", roles: ["king"] }, "[]"])
      assert.equal((await post(`${app.url}/dev/token`, wrong)).status, 400, JSON.stringify(wrong));
  });

  it("tells who sends something else than JSON what is needed", async () => {
    const app = await startEmbedded({ env: { AUTH_MODE: "dev" } });
    for (const body of [undefined, new URLSearchParams({ user_id: "ann" })]) {
      const reply = await fetch(`${app.url}/dev/token`, { method: "POST", ...(body && { body }) });
      const { error } = (await reply.json()) as { error: { code: string; message: string } };
      assert.equal(reply.status, 400);
      assert.equal(error.message, "body: JSON is needed, with content-type: application/json");
    }
  });
});
