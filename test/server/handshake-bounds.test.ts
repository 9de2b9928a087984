/** What a client says while it connects: `auth`, headers, address. Bounded before it is read, answered with a code, and not kept. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type http from "node:http";
import type { Socket } from "socket.io";
import { WebSocket } from "ws";
import { NAMESPACES } from "../../core/contract/contract.ts";
import { gameContract } from "../../namespaces/game/index.ts";
import { roomsContract } from "../../namespaces/rooms/index.ts";
import { closeAll, startEmbedded, type TestApp } from "../support/app.ts";
import { codeOf, get, post } from "../support/http.ts";
import { RawEngine } from "../support/raw-engine.ts";

const ADMIN = { ADMIN_USERNAME: "operator", ADMIN_PASSWORD: "rather-long-and-not-obvious" };
const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

/** The code of a CONNECT's refusal. @param auth JSON text */
async function refusalOf(app: TestApp, namespace: string, auth: string): Promise<string> {
  const raw = await RawEngine.open(app.url);
  const nsp = namespace === "/" ? "" : `${namespace},`;
  raw.send(`0${nsp}${auth}`);
  const answer = await raw
    .next((text) => text.startsWith(`4${nsp}`))
    .catch((err: unknown) => assert.fail(`${namespace} ${auth.slice(0, 20)}: ${err}`));
  raw.close();
  return (JSON.parse(answer.slice(1 + nsp.length)) as { data: { code: string } }).data.code;
}

describe("auth of a CONNECT", () => {
  afterEach(closeAll);

  it("is refused with a code in every namespace where it is too long, too deep or no object", async () => {
    const app = await startEmbedded({ env: { ...ADMIN, AUTH_MODE: "dev" } });
    for (const namespace of [...NAMESPACES, "/admin"])
      for (const [auth, code] of [
        [`{"token":"${"x".repeat(8_200)}"}`, "payload_too_large"],
        [`{"list":[${"[],".repeat(300_000)}[]]}`, "payload_too_large"],
        [`{"token":${nested(40)}}`, "payload_too_large"],
        ["null", "invalid_payload"],
        ["[]", "invalid_payload"],
        ['"x"', "invalid_payload"],
        ["7", "invalid_payload"],
        ["{", "invalid_json"],
      ] as const)
        assert.equal(await refusalOf(app, namespace, auth), code, `${namespace} ${auth.slice(0, 20)}`);
  });

  it("may be a token of 4,096 characters and other fields", async () => {
    const app = await startEmbedded();
    const auth = { token: "x".repeat(4_096), device: "y".repeat(3_500) };
    assert.equal(await refusalOf(app, "/chat", JSON.stringify(auth)), "token_invalid");
  });

  it("is not kept once the client is in, or refused; listeners of the application have seen it", async () => {
    const app = await startEmbedded({ env: ADMIN });
    const [worker] = app.workers;
    const seen: unknown[] = [];
    const sockets: Socket[] = [];
    for (const namespace of ["/game", "/chat", "/admin"])
      worker?.io.of(namespace).use((socket, next) => {
        sockets.push(socket);
        next();
      });
    worker?.io.of("/game").on("connection", (socket) => seen.push(socket.handshake.auth.device));
    const raw = await RawEngine.open(app.url);
    const token = app.token("ann");
    await raw.connect("/game", { token, device: "a-phone" });
    await raw.connect("/admin", { username: ADMIN.ADMIN_USERNAME, password: ADMIN.ADMIN_PASSWORD });
    assert.ok((await raw.connect("/chat", { token: "bad", device: "another" })).startsWith("4"));
    assert.deepEqual(seen, ["a-phone"]);
    assert.ok(sockets.length >= 2);
    for (const { handshake, nsp } of sockets) assert.deepEqual(handshake.auth, {}, nsp.name);
    raw.send('2/game,1["ping"]');
    await raw.next((text) => text.startsWith("3/game,1"));
    raw.close();
  });

  it("a client is known by what it said there, and joins further namespaces by its header", async () => {
    const app = await startEmbedded();
    const token = app.token("ann");
    const ws = new WebSocket(`${app.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`, {
      headers: { authorization: `Bearer ${token}`, "x-padding": "x".repeat(9_000) },
    });
    const heard: string[] = [];
    ws.on("message", (data) => heard.push(String(data)));
    await once(ws, "open");
    for (const namespace of ["/game", "/chat"]) {
      ws.send(`40${namespace},`);
      while (!heard.some((text) => text.startsWith(`40${namespace},`))) await once(ws, "message");
    }
    ws.terminate();
  });
});

describe("headers and address of a request", () => {
  afterEach(closeAll);

  /** The status of an upgrade that is refused. */
  async function upgradeStatus(
    url: string,
    headers: Record<string, string> = {},
  ): Promise<number | undefined> {
    const ws = new WebSocket(url.replace("http", "ws"), { headers });
    ws.on("error", () => undefined);
    const [, response] = (await once(ws, "unexpected-response")) as [unknown, http.IncomingMessage];
    ws.terminate();
    return response.statusCode;
  }

  it("are refused with a code where they are too long or too many, on every entrance", async () => {
    const app = await startEmbedded();
    const long = `x=${"x".repeat(8_200)}`;
    const many = Object.fromEntries(Array.from({ length: 140 }, (_, at) => [`x-${at}`, "1"]));
    for (const path of ["/health", "/api/websocket", "/socket.io/?EIO=4&transport=polling"]) {
      const addressed = await get(`${app.url}${path}${path.includes("?") ? "&" : "?"}${long}`);
      assert.deepEqual([addressed.status, codeOf(addressed)], [414, "payload_too_large"], path);
      const crowded = await get(app.url + path, { headers: many });
      assert.deepEqual([crowded.status, codeOf(crowded)], [431, "payload_too_large"], path);
    }
    for (const path of ["/ws?", "/ws/room?", "/socket.io/?EIO=4&transport=websocket&"]) {
      assert.equal(await upgradeStatus(`${app.url}${path}${long}`), 414, path);
      assert.equal(await upgradeStatus(app.url + path, many), 431, path);
    }
  });

  it("of 16 KB are refused by their form, and what is kept of a connection is far less", async () => {
    const app = await startEmbedded({ env: { AUTH_MODE: "dev" } });
    const headers = Object.fromEntries(
      Array.from({ length: 12 }, (_, at) => [`x-${at}`, "y".repeat(at % 2 === 0 ? 1_200 : 20)]),
    );
    const client = await app.connect(gameContract, "ann");
    const url = `${app.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket&client_id=me&x=${"z".repeat(4_000)}`;
    const ws = new WebSocket(url, { headers });
    await once(ws, "message");
    const engine = app.workers[0]?.io.engine as unknown as {
      clients: Record<string, { request: { headers: object; _query: object } }>;
    };
    const kept = Object.values(engine.clients).map(({ request }) =>
      JSON.stringify([request.headers, request._query]),
    );
    for (const text of kept) assert.ok(text.length < 2_000, `${text.length} characters`);
    assert.ok(kept.some((text) => text.includes('"client_id":"me"')));
    ws.terminate();
    client.disconnect();
    assert.equal(
      await upgradeStatus(`${app.url}/ws`, { "x-long": "x".repeat(20_000) }).catch(() => 431),
      431,
    );
  });

  it("a forwarded address that is long keeps the part that the proxy wrote", async () => {
    const app = await startEmbedded({ env: { TRUST_PROXY: "true", AUTH_MODE: "dev" } });
    const forwarded = `${"203.0.113.9, ".repeat(200)}198.51.100.7`;
    const ws = new WebSocket(`${app.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`, {
      headers: { "x-forwarded-for": forwarded },
    });
    await once(ws, "message");
    const engine = app.workers[0]?.io.engine as unknown as {
      clients: Record<string, { request: http.IncomingMessage }>;
    };
    const [connection] = Object.values(engine.clients);
    const kept = String(connection?.request.headers["x-forwarded-for"]);
    assert.ok(kept.endsWith("198.51.100.7") && kept.length <= 1_024, kept);
    ws.terminate();
  });
});

describe("a token for a connection that is there", () => {
  afterEach(closeAll);

  it("is refused unread where it is longer than a token can be", async () => {
    const app = await startEmbedded();
    const ann = await app.connect(roomsContract, "ann");
    for (const token of ["x".repeat(4_097), "x".repeat(400_000), ["x"]])
      assert.equal((await ann.refused("refresh_token", { token })).code, "invalid_payload");
    assert.equal((await ann.refused("refresh_token", { token: "x".repeat(4_096) })).code, "token_invalid");
  });
});

describe("a body of the HTTP API", () => {
  afterEach(closeAll);

  it("is not read for a caller who may not", async () => {
    const app = await startEmbedded({ env: { AUTH_MODE: "jwt" } });
    const body = `{"user_id":"ann","message_type":"x","data":${nested(40)}`;
    for (const path of ["/api/websocket", "/api/tokens/revoke"]) {
      const nobody = await post(app.url + path, body);
      assert.deepEqual([nobody.status, codeOf(nobody)], [401, "unauthorized"]);
      const player = await post(app.url + path, body, { token: app.token("ann") });
      assert.deepEqual([player.status, codeOf(player)], [403, "forbidden"]);
      const service = await post(app.url + path, body, { token: app.token("svc", { roles: ["service"] }) });
      assert.deepEqual([service.status, codeOf(service)], [413, "payload_too_large"]);
    }
  });
});
