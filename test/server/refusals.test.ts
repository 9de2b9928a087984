/** Who is turned away, and why: in the log, in the metrics, and in development in the client's hands. Never a token. */
import assert from "node:assert/strict";
import { createSecretKey, generateKeyPairSync } from "node:crypto";
import http from "node:http";
import type { AddressInfo } from "node:net";
import jwt from "jsonwebtoken";
import { WebSocket } from "ws";
import { asId, type UserId } from "../../core/ids.ts";
import { chatContract } from "../../namespaces/chat/schema.ts";
import { closeAll, SECRET, startEmbedded, startTwoWorkers, type TestApp } from "../support/app.ts";
import { connectClient } from "../support/client.ts";
import { get, post } from "../support/http.ts";
import { logBook } from "../support/log-book.ts";
import { closePlain, openPlain } from "../support/plain.ts";
import { assertNoToken, countedRefusals, only, refusalOf } from "../support/refusals.ts";
import { until } from "../support/until.ts";

const PRODUCTION = { NODE_ENV: "production", AUTH_MODE: "jwt" };
const KEY = createSecretKey(Buffer.from(SECRET));
const nowS = () => Math.floor(Date.now() / 1_000);
const signed = (claims: object, key = KEY, options: jwt.SignOptions = {}) =>
  jwt.sign({ sub: "ann", exp: nowS() + 600, ...claims }, key, options);

const refusedAt = (app: TestApp, namespace: string, auth: Record<string, unknown>) =>
  refusalOf(connectClient({ url: app.url, namespace, name: "nobody", auth }));

/** The body of the answer to an upgrade that is refused. */
function answerOf(address: string, headers: Record<string, string> = {}): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(address.replace(/^http/, "ws"), { headers });
    ws.on("unexpected-response", (_, response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.on("end", () => resolve(JSON.parse(text) as Record<string, unknown>));
    });
    ws.on("open", () => reject(new Error("it was let in")));
    ws.on("error", reject);
  });
}

describe("a connection that is turned away", () => {
  afterEach(async () => {
    closePlain();
    await closeAll();
  });

  const ISSUED = { JWT_ISSUER: "https://login.example", JWT_AUDIENCE: "muster" };
  const good = { iss: "https://login.example", aud: "muster" };
  const other = createSecretKey(Buffer.from("another secret of another server, long enough"));
  const cases: readonly (readonly [string, () => Record<string, unknown>, string, RegExp])[] = [
    ["no token", () => ({}), "unauthorized", /^no token was brought$/],
    ["a user_id alone", () => ({ user_id: "ann" }), "unauthorized", /AUTH_MODE=dev only$/],
    ["no JWT", () => ({ token: "sesame" }), "token_invalid", /^it is no JWT of three parts$/],
    [
      "a token that is too long",
      () => ({ token: "x".repeat(5_000) }),
      "token_invalid",
      /^it has 5000 characters/,
    ],
    [
      "another key",
      () => ({ token: signed(good, other) }),
      "token_invalid",
      /^the signature does not fit the key$/,
    ],
    [
      "another algorithm",
      () => ({ token: signed(good, KEY, { algorithm: "HS384" }) }),
      "token_invalid",
      /^alg "HS384" is none of HS256$/,
    ],
    [
      "an old token",
      () => ({ token: signed({ ...good, exp: nowS() - 180 }) }),
      "token_expired",
      /^exp was 3 minutes ago$/,
    ],
    [
      "a token of the future",
      () => ({ token: signed({ ...good, iat: nowS() + 7_300 }) }),
      "token_invalid",
      /^iat is 2 hours ahead$/,
    ],
    [
      "a token for later",
      () => ({ token: signed({ ...good, nbf: nowS() + 100 }) }),
      "token_invalid",
      /^nbf is .* ahead$/,
    ],
    [
      "another issuer",
      () => ({ token: signed({ ...good, iss: "https://evil.example" }) }),
      "token_invalid",
      /^issuer "https:\/\/evil.example" is not "https:\/\/login.example"$/,
    ],
    [
      "another audience",
      () => ({ token: signed({ ...good, aud: "shop" }) }),
      "token_invalid",
      /^audience "shop" is none of "muster"$/,
    ],
    ["no user", () => ({ token: signed({ ...good, sub: "" }) }), "token_invalid", /^sub is no user id: ""$/],
    [
      "a claim of another form",
      () => ({ token: signed({ ...good, guild_id: 5 }) }),
      "token_invalid",
      /^guild_id is no text/,
    ],
    [
      "another's user_id",
      () => ({ token: signed(good), user_id: "bob" }),
      "forbidden",
      /^the token is that of "ann", not of "bob"$/,
    ],
  ];
  for (const [what, auth, code, cause] of cases)
    it(`for ${what} is logged with its cause and counted, and told the cause in development`, async () => {
      const log = logBook();
      const app = await startEmbedded({ env: ISSUED, log });
      const given = auth();
      const refusal = await refusedAt(app, "/chat", given);
      assert.equal(refusal.message, code);
      assert.match(String(refusal.data?.cause), cause);
      const line = only(log.of("a connection was refused"));
      assert.deepEqual([line.level, line.fields.reason, line.fields.namespace], ["debug", code, "/chat"]);
      assert.equal(line.fields.entrance, "Socket.IO");
      assert.match(String(line.fields.cause), cause);
      assert.match(String(line.fields.address), /127\.0\.0\.1$/);
      assert.equal(only(log.of("refused connections")).fields.cause, line.fields.cause);
      assert.equal(await countedRefusals(app, code), 1);
      assertNoToken(log, given.token);
      const plain = openPlain(app.url, "/ws/chat", { query: given as Record<string, string> });
      assert.match(String((await plain.next("error")).cause), cause);
      assert.equal(log.of("a connection was refused", { entrance: "WebSocket", reason: code }).length, 1);
    });

  it("in production is told its code alone", async () => {
    const log = logBook();
    const app = await startEmbedded({ env: PRODUCTION, log });
    const refusal = await refusedAt(app, "/chat", { token: signed({ exp: nowS() - 30 }) });
    assert.deepEqual(refusal.data, { code: "token_expired", message: "the token has expired" });
    const plain = openPlain(app.url, "/ws/chat", { query: { token: "sesame" } });
    const { timestamp: _, ...frame } = await plain.next("error");
    assert.deepEqual(frame, { type: "error", code: "token_invalid", error: "the token is not valid here" });
    assert.equal(log.of("a connection was refused").length, 2);
    const ask = { token: app.token("operator", { roles: ["service"] }) };
    for (const reason of ["token_expired", "token_invalid"])
      assert.equal(await countedRefusals(app, reason, ask), 1);
    assert.equal(await countedRefusals(app, "server_full", ask), 0, "told before it happens");
  });

  it("because it was revoked, because the worker is full, because the user has too many", async () => {
    const log = logBook();
    const app = await startEmbedded({
      log,
      env: { WEBSOCKET_LIMITS_MAX_CONNECTIONS: "3", WEBSOCKET_LIMITS_MAX_CONNECTIONS_PER_USER: "2" },
    });
    const token = app.token("ann");
    await app.workers[0]?.revoke({ userId: asId<UserId>("ann") });
    await until("the revocation is known", async () => {
      const { data } = await refusedAt(app, "/chat", { token });
      return data?.code === "token_revoked" && data.cause === "it, or its user, was revoked";
    });
    for (let nr = 0; nr < 2; nr++) await app.connect(chatContract, "bob");
    assert.equal(
      (await refusedAt(app, "/chat", { token: app.token("bob") })).data?.cause,
      '"bob" has its 2 connections',
    );
    await app.connect(chatContract, "cat");
    await until("there is no room", async () => {
      const { data } = await refusedAt(app, "/chat", { token: app.token("dan") });
      return data?.cause === "this worker has its 3 connections";
    });
    for (const reason of ["token_revoked", "rate_limited", "server_full"])
      assert.ok((await countedRefusals(app, reason)) >= 1, reason);
  });

  it("at the door, for its origin or its path, is answered with why in development", async () => {
    const log = logBook();
    const app = await startEmbedded({ env: { AUTH_MODE: "jwt" }, log });
    const headers = { origin: "https://evil.example" };
    const answers = {
      origin: await answerOf(`${app.url}/ws/chat?token=${app.token("ann")}`, headers),
      path: await answerOf(`${app.url}/nowhere?token=${app.token("ann")}`),
      polling: (await get(`${app.url}/socket.io/?EIO=4&transport=polling`, { headers })).body,
    };
    for (const [door, { error }] of Object.entries(answers)) {
      const { code, cause } = error as Record<string, unknown>;
      const expected =
        door === "path" ? /^no WebSocket is served at "\/nowhere"$/ : /^origin "https:\/\/evil/;
      assert.equal(code, door === "path" ? "not_found" : "forbidden");
      assert.match(String(cause), expected);
    }
    assert.deepEqual([await countedRefusals(app, "origin"), await countedRefusals(app, "path")], [2, 1]);
    assert.equal(log.of("a connection was refused", { entrance: "WebSocket", reason: "origin" }).length, 1);
    assert.equal(log.of("a request was refused", { reason: "origin" }).length, 1);
    assertNoToken(log, app.token("ann"));
  });

  it("at the door in production is told no cause", async () => {
    const app = await startEmbedded({ env: PRODUCTION });
    const answer = await answerOf(`${app.url}/ws/chat`, { origin: "https://evil.example" });
    assert.deepEqual(answer, { error: { code: "forbidden", message: "this origin is not allowed" } });
  });

  it("before it is one: a session that is unknown, a handshake that is none", async () => {
    const log = logBook();
    const app = await startEmbedded({ log });
    const unknown = await get(`${app.url}/socket.io/?EIO=4&transport=polling&sid=nobody`);
    assert.equal(unknown.status, 400);
    await get(`${app.url}/socket.io/?EIO=3&transport=polling`);
    const half = await new Promise<number | undefined>((resolve, reject) => {
      const request = http.request(`${app.url}/ws`, {
        headers: { connection: "Upgrade", upgrade: "websocket" },
      });
      request.on("response", ({ statusCode }) => resolve(statusCode)).on("error", reject);
      request.end();
    });
    assert.equal(half, 400);
    for (const reason of ["unknown_session", "unsupported_protocol", "bad_handshake"]) {
      assert.equal(await countedRefusals(app, reason), 1, reason);
      only(log.of("a connection was refused", { reason }));
    }
    const ann = await app.connect(chatContract, "ann");
    const session = String(ann.socket.io.engine.id).replace(/^\w+/, "w_dead");
    const dead = await get(`${app.url}/socket.io/?EIO=4&transport=polling&sid=${session}`);
    assert.equal(dead.status, 400);
    await answerOf(`${app.url}/socket.io/?EIO=4&transport=websocket&sid=${session}`);
    assert.equal(await countedRefusals(app, "unknown_session"), 3);
    const causes = log
      .of("a connection was refused", { reason: "unknown_session" })
      .map(({ fields }) => fields.cause);
    assert.deepEqual(causes.slice(1), Array(2).fill("its worker is gone"));
  });

  it("of the HTTP API and the dashboard counts, and is told why in development", async () => {
    const log = logBook();
    const app = await startEmbedded({
      log,
      env: {
        AUTH_MODE: "jwt",
        API_KEY: "k".repeat(32),
        ADMIN_USERNAME: "operator",
        ADMIN_PASSWORD: "rather-long-one",
      },
    });
    const player = app.token("ann");
    const asked = [
      [{}, 401, "unauthorized", /no Authorization: Bearer/],
      [{ token: "sesame" }, 401, "token_invalid", /no JWT/],
      [{ token: player }, 403, "forbidden", /^service or admin is needed, not player$/],
    ] as const;
    for (const [ask, status, code, cause] of asked) {
      const { status: got, body } = await post(
        `${app.url}/api/websocket`,
        { user_id: "a", message_type: "x" },
        ask,
      );
      const error = body.error as Record<string, unknown>;
      assert.deepEqual([got, error.code], [status, code]);
      assert.match(String(error.cause), cause);
      assert.match(String(only(log.of("a request was refused", { reason: code })).fields.cause), cause);
      assert.equal(await countedRefusals(app, code), 1);
    }
    const wrong = await refusedAt(app, "/admin", { username: "operator", password: "guessed-wrongly" });
    assert.deepEqual([wrong.message, wrong.data?.code], ["invalid credentials", "unauthorized"]);
    const line = only(log.of("a log-in was refused"));
    assert.equal(line.fields.cause, "the user or the password is wrong");
    assert.equal(await countedRefusals(app, "unauthorized"), 2);
    assert.ok(!JSON.stringify(log.lines).includes("guessed-wrongly"));
    assertNoToken(log, player);
    await post(`${app.url}/api/websocket`, "{", { token: "k".repeat(32) });
    assert.equal(only(log.of("a request failed")).fields.code, "invalid_json");
  });

  it("is counted over all workers", async () => {
    const app = await startTwoWorkers();
    for (const url of app.urls)
      await connectClient({ url, namespace: "/chat", name: "nobody" }).catch(() => undefined);
    assert.equal(await countedRefusals(app, "unauthorized"), 2);
  });

  it("because no published key fits, or none can be had", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const keys = [{ ...publicKey.export({ format: "jwk" }), kid: "one", use: "sig" }];
    const login = http.createServer((_, res) => res.end(JSON.stringify({ keys }))).listen(0, "127.0.0.1");
    await new Promise((resolve) => login.once("listening", resolve));
    const { port } = login.address() as AddressInfo;
    try {
      const env = { JWT_SECRET: "", JWT_JWKS_URL: `http://127.0.0.1:${port}/keys` };
      const app = await startEmbedded({ env });
      const by = (kid: string) => ({ token: signed({}, privateKey, { algorithm: "RS256", keyid: kid }) });
      const unknown = await refusedAt(app, "/chat", by("two"));
      assert.deepEqual([unknown.message, unknown.data?.cause], ["token_invalid", 'kid "two" is not known']);
      const other = await startEmbedded({ env: { ...env, JWT_JWKS_URL: "http://127.0.0.1:9/keys" } });
      const away = await refusedAt(other, "/chat", by("one"));
      assert.equal(away.message, "unavailable");
      assert.match(String(away.data?.cause), /^the keys at http:\/\/127\.0\.0\.1:9\/keys cannot be had: ./);
    } finally {
      login.close();
    }
  });
});
