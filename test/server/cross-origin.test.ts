/** What pages of other origins may read: with cookies where they are allowed, nothing where they are not, on every answer. */
import assert from "node:assert/strict";
import { closeAll, startEmbedded, startTwoWorkers, type TestApp } from "../support/app.ts";

const GAME = "https://game.example";
const ENV = {
  AUTH_MODE: "jwt",
  CORS_ORIGINS: `${GAME},http://localhost:8080`,
  WEBSOCKET_MAX_MESSAGE_SIZE: "10000",
};
const LOOK_ALIKES = [
  "null",
  "http://game.example",
  "https://game.example:8443",
  "https://game.example.evil.example",
  "https://agame.example",
  "https://GAME.example",
  "https://game.example/",
  "https://game.example@evil.example",
  "http://localhost",
  "http://127.0.0.1",
  "https://",
  "*",
];

interface Asked {
  readonly status: number;
  readonly path: string;
  readonly init?: RequestInit;
}

const poll = (sid: string) => `/socket.io/?EIO=4&transport=polling${sid && `&sid=${sid}`}`;
const sends = (body: string, headers: Record<string, string> = {}): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json", ...headers },
  body,
});

/** An answer of every kind. */
function everyAnswer(app: TestApp): readonly Asked[] {
  const player = { authorization: `Bearer ${app.token("ann")}` };
  const service = { authorization: `Bearer ${app.token("svc", { roles: ["service"] })}` };
  return [
    { status: 200, path: "/health" },
    { status: 200, path: "/ready" },
    { status: 200, path: "/" },
    { status: 200, path: poll("") },
    { status: 200, path: "/socket.io/socket.io.js" },
    { status: 400, path: poll("unknown") },
    { status: 400, path: poll("w_dead.0123456789") },
    { status: 400, path: poll("w_dead.0123456789"), init: sends("40") },
    { status: 400, path: "/socket.io/?EIO=3&transport=polling" },
    { status: 400, path: "/socket.io/?EIO=4&transport=pigeon" },
    { status: 400, path: "/socket.io/?EIO=4&transport=websocket" },
    { status: 400, path: "/ws/%zz/stats" },
    { status: 401, path: "/api/websocket", init: sends("{}") },
    { status: 401, path: "/ws/stats" },
    { status: 403, path: "/api/websocket", init: sends("{}", player) },
    { status: 404, path: "/nowhere" },
    { status: 405, path: "/health", init: sends("{}") },
    { status: 400, path: "/api/websocket", init: sends("{", service) },
    { status: 413, path: "/api/websocket", init: sends(JSON.stringify("x".repeat(20_000)), service) },
    { status: 414, path: `/health?${"x".repeat(9_000)}` },
  ];
}

/** The headers that a browser goes by. */
const readable = ({ headers }: Response) => ({
  origin: headers.get("access-control-allow-origin"),
  credentials: headers.get("access-control-allow-credentials"),
  vary: (headers.get("vary") ?? "").split(/,\s*/).includes("Origin"),
});

const ask = (app: TestApp, { path, init }: Pick<Asked, "path" | "init">, origin: string, worker = 0) =>
  fetch(`${app.urls[worker] ?? app.url}${path}`, { ...init, headers: { ...init?.headers, origin } });

const preflight = (app: TestApp, path: string, origin: string) =>
  fetch(app.url + path, {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization, content-type, x-own",
    },
  });

describe("pages of other origins", () => {
  afterEach(closeAll);

  it("that are allowed read every answer, with credentials, refusals of all kinds too", async () => {
    const app = await startEmbedded({ env: ENV });
    for (const origin of [GAME, "http://localhost:8080", app.url])
      for (const asked of everyAnswer(app)) {
        const answer = await ask(app, asked, origin);
        const what = `${asked.init?.method ?? "GET"} ${asked.path}`;
        assert.deepEqual([what, answer.status], [what, asked.status]);
        assert.deepEqual(readable(answer), { origin, credentials: "true", vary: true }, what);
        await answer.arrayBuffer();
      }
  });

  it("that are allowed may ask on every path, with the headers that they need", async () => {
    const app = await startEmbedded({ env: ENV });
    for (const path of [poll(""), poll("w_dead.0123456789"), "/api/websocket", "/health", "/nowhere"]) {
      const answer = await preflight(app, path, GAME);
      assert.equal(answer.status, 204, path);
      assert.deepEqual(readable(answer), { origin: GAME, credentials: "true", vary: true });
      assert.match(answer.headers.get("access-control-allow-methods") ?? "", /GET.*POST/);
      assert.equal(answer.headers.get("access-control-allow-headers"), "authorization, content-type, x-own");
      assert.equal(answer.headers.get("access-control-max-age"), "600");
    }
  });

  it("that only look like an allowed one, and pages without one, read nothing and may not connect", async () => {
    const app = await startEmbedded({ env: ENV });
    for (const origin of LOOK_ALIKES) {
      for (const asked of everyAnswer(app)) {
        const answer = await ask(app, asked, origin);
        const mayNotAsk = asked.path.startsWith("/socket.io/") || asked.init?.method === "POST";
        assert.equal(answer.status, mayNotAsk ? 403 : asked.status, `${origin}: ${asked.path}`);
        const { origin: told, vary } = readable(answer);
        assert.deepEqual([told, vary], [null, true], `${origin}: ${asked.path}`);
        await answer.arrayBuffer();
      }
      for (const path of [poll(""), "/api/websocket", "/health"]) {
        const answer = await preflight(app, path, origin);
        assert.deepEqual([answer.status, readable(answer).origin], [403, null], `${origin}: ${path}`);
      }
    }
  });

  it("get what another worker answers with the same headers, once", async () => {
    const app = await startTwoWorkers({ env: ENV });
    const opened = await ask(app, { path: poll("") }, GAME, 0);
    const { sid } = JSON.parse((await opened.text()).slice(1)) as { sid: string };
    for (const worker of [0, 1]) {
      const answer = await ask(
        app,
        { path: poll(sid), init: { method: "POST", body: `40{"token":"x"}` } },
        GAME,
        worker,
      );
      assert.equal(answer.status, 200);
      assert.deepEqual(readable(answer), { origin: GAME, credentials: "true", vary: true });
    }
  });

  it("read a refusal of a server that cannot serve them now", async () => {
    const { startRedis } = await import("../support/redis.ts");
    const redis = await startRedis();
    try {
      const app = await startEmbedded({
        env: { ...ENV, API_KEY: "an-api-key-that-is-long-enough-for-it", REDIS_URL: redis.url },
      });
      await redis.stop();
      const headers = { authorization: "Bearer an-api-key-that-is-long-enough-for-it" };
      const answer = await ask(app, { path: "/api/websocket", init: { headers } }, GAME);
      assert.equal(answer.status, 503);
      assert.deepEqual(readable(answer), { origin: GAME, credentials: "true", vary: true });
    } finally {
      await closeAll();
      await redis.close();
    }
  });

  it("are all welcome in development, each by its name; a page without an origin without cookies", async () => {
    const app = await startEmbedded({ env: { AUTH_MODE: "dev" } });
    for (const origin of ["http://localhost:5173", "https://anywhere.example"])
      assert.deepEqual(readable(await ask(app, { path: poll("") }, origin)), {
        origin,
        credentials: "true",
        vary: true,
      });
    assert.deepEqual(readable(await ask(app, { path: poll("") }, "null")), {
      origin: "null",
      credentials: null,
      vary: true,
    });
  });

  it("leave no trace in answers to what is no page", async () => {
    const app = await startEmbedded({ env: ENV });
    const answer = await fetch(`${app.url}/health`);
    assert.deepEqual(readable(answer), { origin: null, credentials: null, vary: true });
  });
});
