import assert from "node:assert/strict";
import bcrypt from "bcryptjs";
import type { Socket } from "socket.io-client";
import { documentKey, partitions } from "../../core/ports/store/keys.ts";
import { gameContract } from "../../namespaces/game/schema.ts";
import { roomsContract } from "../../namespaces/rooms/schema.ts";
import { createAdminSessions } from "../../server/admin/login.ts";
import { localPage } from "../../server/admin/pages.ts";
import { shownEvent } from "../../server/admin/shown.ts";
import { closeAll, onEachSetup, type StartOptions, startEmbedded, type TestApp } from "../support/app.ts";
import { type ConnectOptions, connectClient, type TestClient } from "../support/client.ts";
import { get } from "../support/http.ts";
import { until } from "../support/until.ts";

const USER = "operator";
const PASSWORD = "rather-long-and-not-obvious";
const ENV = { ADMIN_USERNAME: USER, ADMIN_PASSWORD: PASSWORD, ADMIN_MODE: "production" };
const SECRETS = { NODE_ENV: "production", AUTH_MODE: "jwt", JWT_SECRET: "kX2vQ9-rTz7LmW4bYc8NfJ6hGp3sDq1e" };

type Watcher = TestClient<never>;
const open: Socket[] = [];

async function enter(
  app: TestApp,
  auth: Readonly<Record<string, unknown>> = { username: USER, password: PASSWORD },
  options: Partial<ConnectOptions> & { readonly worker?: number } = {},
): Promise<Watcher> {
  const { worker = 0, ...rest } = options;
  const url = app.urls[Math.min(worker, app.urls.length - 1)] ?? app.url;
  const client: Watcher = await connectClient({ url, namespace: "/admin", name: "watcher", auth, ...rest });
  open.push(client.socket);
  return client;
}

const refusal = async (entering: Promise<unknown>) => {
  const error: unknown = await entering.then(
    () => assert.fail("let in"),
    (err: unknown) => err,
  );
  return error as Error & { data?: { code: string; retry_after_ms?: number } };
};

/** Listeners for single events on this worker's players. */
const listenersOf = (app: TestApp) =>
  app.workers.flatMap((worker) =>
    [...worker.io.of("/").sockets.values()].map(
      (socket) => socket.listenersAny().length + socket.listenersAnyOutgoing().length,
    ),
  );

const startWith = (options: StartOptions = {}) =>
  startEmbedded({ ...options, env: { ...ENV, ...options.env } });

describe("dashboard", () => {
  afterEach(async () => {
    for (const socket of open.splice(0)) socket.disconnect();
    await closeAll();
  });

  it("is off in production unless user and password are configured", async () => {
    const off = await startEmbedded({ env: SECRETS });
    assert.equal((await get(`${off.url}/admin`)).status, 404);
    assert.equal((await refusal(enter(off))).message, "Invalid namespace");
    const on = await startEmbedded({ env: { ...SECRETS, ADMIN_USERNAME: USER, ADMIN_PASSWORD: PASSWORD } });
    assert.equal((await get(`${on.url}/admin`)).status, 200);
    const watcher = await enter(on);
    const { supportedFeatures } = (await watcher.nextAny("config")) as { supportedFeatures: string[] };
    assert.deepEqual(supportedFeatures, ["AGGREGATED_EVENTS"], "counters only, and nothing can be changed");
  });

  it("is off where players need tokens and nobody configured a password", async () => {
    const app = await startEmbedded({ env: { AUTH_MODE: "jwt" } });
    assert.equal((await get(`${app.url}/admin`)).status, 404);
    assert.equal(await app.workers[0]?.dashboardLogin(), undefined);
  });

  it("has a password of its own in development, never none", async () => {
    const app = await startEmbedded({ env: { AUTH_MODE: "dev" } });
    const made = await app.workers[0]?.dashboardLogin();
    assert.ok(made && made.password.length >= 16);
    await enter(app, { ...made });
    assert.equal(
      (await refusal(enter(app, { username: "admin", password: "admin" }))).data?.code,
      "unauthorized",
    );
  });

  it("does not show a configured password", async () => {
    const app = await startWith();
    assert.equal(await app.workers[0]?.dashboardLogin(), undefined);
  });

  it("refuses wrong credentials of any shape with one text", async () => {
    const app = await startWith();
    const wrong: Readonly<Record<string, unknown>>[] = [
      {},
      { username: USER },
      { username: USER, password: "wrong" },
      { username: "someone", password: PASSWORD },
      { username: USER, password: [PASSWORD] },
      { username: { toString: "x" }, password: PASSWORD },
      { username: USER, password: "x".repeat(7_000) },
      { sessionId: "guessed" },
      { sessionId: { length: 1 } },
      { token: app.token("ann", { roles: ["admin"] }) },
    ];
    for (const auth of wrong) {
      const { message, data } = await refusal(enter(app, auth));
      assert.deepEqual(
        [message, data?.code],
        ["invalid credentials", "unauthorized"],
        JSON.stringify(auth).slice(0, 80),
      );
    }
    const { message, data } = await refusal(enter(app, { username: USER, password: "x".repeat(9_000) }));
    assert.deepEqual([message, data?.code], ["invalid credentials", "payload_too_large"]);
  });

  it("takes a password that is configured as a bcrypt hash", async () => {
    const app = await startWith({ env: { ADMIN_PASSWORD: await bcrypt.hash(PASSWORD, 4) } });
    await enter(app);
    assert.equal(
      (await refusal(enter(app, { username: USER, password: "wrong" }))).data?.code,
      "unauthorized",
    );
  });

  it("stops who tries passwords, also with the right one then", async () => {
    const app = await startWith();
    const codes: (string | undefined)[] = [];
    for (let time = 0; time < 11; time++)
      codes.push((await refusal(enter(app, { username: USER, password: `guess ${time}` }))).data?.code);
    assert.deepEqual(codes, [...Array.from({ length: 10 }, () => "unauthorized"), "rate_limited"]);
    const { data } = await refusal(enter(app));
    assert.equal(data?.code, "rate_limited");
    assert.ok((data?.retry_after_ms ?? 0) > 0);
    await app.advance(61_000);
    await enter(app);
  });

  it("is for pages of this server alone, also in development", async () => {
    const app = await startWith({ env: { AUTH_MODE: "dev" } });
    const from = (origin: string) => enter(app, undefined, { headers: { origin } });
    assert.equal((await refusal(from("https://elsewhere.example"))).data?.code, "forbidden");
    await from(app.url);
  });

  it("relaxes the policy for styles on its own path alone, and names no other host", async () => {
    const app = await startWith();
    const policyOf = async (path: string) =>
      (await get(app.url + path)).headers.get("content-security-policy") ?? "";
    assert.match(await policyOf("/admin/ui/"), /style-src 'self' 'unsafe-inline'/);
    for (const path of ["/admin", "/health", "/"]) assert.doesNotMatch(await policyOf(path), /unsafe/, path);
    assert.doesNotMatch(await policyOf("/admin/ui/"), /https?:|script-src[^;]*unsafe/);
    const { body } = await get(`${app.url}/admin/ui/`);
    assert.doesNotMatch(String(body.text), /https?:\/\//);
    for (const file of ["icons/css/materialdesignicons.min.css", "favicon.png"])
      assert.equal((await get(`${app.url}/admin/ui/${file}`)).status, 200, file);
    assert.equal((await get(`${app.url}/admin/ui/../../package.json`)).status, 404);
    assert.equal((await get(`${app.url}/admin/ui/%2e%2e/%2e%2e/package.json`)).status, 404);
  });
});

onEachSetup((setup) => {
  describe("dashboard's session", () => {
    afterEach(() => {
      for (const socket of open.splice(0)) socket.disconnect();
    });

    it("goes on at any worker, and is void with other credentials", async () => {
      const app = await setup.start({ env: ENV });
      const first = await enter(app);
      const sessionId = await first.nextAny("session");
      for (const worker of [0, 1, 0, 1]) await enter(app, { sessionId }, { worker });
      const { documents } = app.workers[0]?.services.store ?? assert.fail();
      const stored = createAdminSessions(documents);
      assert.equal(await stored.exists(String(sessionId), "the fingerprint of others"), false);
      const own = await stored.open("mine");
      assert.equal(await stored.exists(own, "mine"), true);
      const plain = documentKey(partitions.system(), `admin-session:${own}`);
      assert.equal(await documents.load(plain), undefined, "the store has the id's hash, not the id");
    });

    it("has ten attempts a minute of one address, on all workers together and at the same time", async () => {
      const app = await setup.start({ env: ENV });
      const tries = await Promise.all(
        Array.from({ length: 24 }, (_, at) =>
          refusal(enter(app, { username: USER, password: `guess ${at}` }, { worker: at % 2 })),
        ),
      );
      const codes = tries.map(({ data }) => data?.code);
      assert.equal(codes.filter((code) => code === "unauthorized").length, 10, codes.join(" "));
      assert.equal(codes.filter((code) => code === "rate_limited").length, 14, codes.join(" "));
      for (const worker of [0, 1])
        assert.equal((await refusal(enter(app, undefined, { worker }))).data?.code, "rate_limited");
      await app.advance(61_000);
      await enter(app, undefined, { worker: 1 });
    });

    it("ends after twelve hours", async () => {
      const app = await setup.start({ env: ENV });
      const sessionId = await (await enter(app)).nextAny("session");
      await app.advance(12 * 3_600_000 + 1_000);
      assert.equal((await refusal(enter(app, { sessionId }))).data?.code, "unauthorized");
    }).timeout(120_000);
  });

  describe("dashboard's figures", () => {
    afterEach(() => {
      for (const socket of open.splice(0)) socket.disconnect();
    });

    it("are told of every worker and namespace, while somebody watches", async () => {
      const app = await setup.start({ env: ENV });
      await app.connect(roomsContract, "ann", { worker: 1 });
      const watcher = await enter(app);
      for (const { worker } of app.workers) {
        const stats = (await watcher.nextAny(
          "server_stats",
          (payload) => (payload as { serverId: string }).serverId === worker,
        )) as { namespaces: { name: string }[] };
        const names = stats.namespaces.map(({ name }) => name);
        for (const name of ["/", "/game", "/chat", "/combat", "/world", "/matchmaking"])
          assert.ok(names.includes(name), name);
      }
    });

    it("in development mode show sockets and events of every worker without cookies, tokens and session ids", async () => {
      const app = await setup.start({ env: { ...ENV, ADMIN_MODE: "development" } });
      const watcher = await enter(app);
      const shown: unknown[] = [];
      watcher.socket.onAny((...args: unknown[]) => shown.push(args));
      await watcher.nextAny("all_sockets");
      const ann = await app.connect(gameContract, "ann", { worker: 1 });
      const token = app.token("ann", { ttlMs: 7_200_000 });
      const bob = await connectClient<typeof roomsContract>({
        url: app.urls.at(-1) ?? "",
        namespace: "/",
        name: "bob",
        headers: { cookie: "session=top-secret", authorization: `Bearer ${app.token("bob")}` },
        query: { token: app.token("bob") },
      });
      open.push(bob.socket);
      await ann.refused("refresh_token", { token: "x.y.z" });
      await ann.raw("refresh_token", { token });
      await watcher.nextAny("socket_connected", (socket) => (socket as { id: string }).id === bob.socket.id);
      const second = await enter(app, undefined, { worker: 1 });
      const listed = (await second.nextAny("all_sockets")) as { id: string; data: { user_id: string } }[];
      assert.deepEqual(new Set(listed.map(({ data }) => data.user_id)), new Set(["ann", "bob"]));
      for (let time = 0; time < 2; time++) await watcher.nextAny("event_received");
      const everything = JSON.stringify([shown, listed]);
      for (const secret of ["top-secret", "Bearer", token, app.token("bob"), "x.y.z"])
        assert.ok(!everything.includes(secret), secret);
      assert.ok(everything.includes("(hidden)"));
    });

    it("in development mode cost players nothing while nobody watches", async () => {
      const app = await setup.start({ env: { ...ENV, ADMIN_MODE: "development" } });
      await app.connect(roomsContract, "ann");
      await app.connect(roomsContract, "bob", { worker: 1 });
      assert.deepEqual(listenersOf(app), [0, 0]);
      const watcher = await enter(app);
      await until("two listeners on each worker", () => listenersOf(app).every((count) => count === 2));
      watcher.socket.disconnect();
      await until("no listener on any worker", () => listenersOf(app).every((count) => count === 0));
    });
  });
});

describe("what the dashboard shows of events", () => {
  it("leaves out acknowledgements and fields that hold secrets", () => {
    const payload = { token: "t", password: "p", name: "ann" };
    assert.deepEqual(shownEvent(["login", payload, () => undefined]), [
      "login",
      { token: "(hidden)", password: "(hidden)", name: "ann" },
    ]);
    assert.equal(payload.token, "t", "the event itself is as it was");
  });

  it("passes on what has no secrets as it is", () => {
    const bytes = new Uint8Array([1, 2]);
    const args = ["relay", { data: bytes }, null, 7, ["token"]];
    assert.deepEqual(shownEvent(args), args);
  });

  it("hides secrets however deep they are", () => {
    assert.deepEqual(shownEvent(["e", [{ deep: { token: "t" } }]]), ["e", [{ deep: { token: "(hidden)" } }]]);
  });

  it("is a little of what is large, deep, endless or no data", () => {
    const deep = JSON.parse(`${"[".repeat(50_000)}${"]".repeat(50_000)}`) as unknown;
    const endless: Record<string, unknown> = {};
    endless.self = endless;
    const wide = Array.from({ length: 100_000 }, (_, at) => at);
    const named = JSON.parse(`{"__proto__":{"a":1},"${"k".repeat(100_000)}":1}`) as unknown;
    const odd = [10n, Symbol("s"), new Date(0), new Uint8Array(1_000), "x".repeat(1_000_000)];
    for (const payload of [deep, endless, wide, named, ...odd, odd]) {
      const text = JSON.stringify(shownEvent(["e", payload, () => undefined]));
      assert.ok(text.length < 5_000, `${text.length} characters`);
    }
    assert.deepEqual(shownEvent([10n, undefined, new Date(0)]), [
      "(bigint)",
      undefined,
      "1970-01-01T00:00:00.000Z",
    ]);
  });
});

describe("Admin UI's page", () => {
  it("is served without links to other hosts, whatever they are", () => {
    const html =
      '<head><link rel="stylesheet" href="https://fonts.example/x.css"><link href="css/a.css"></head>';
    const page = localPage(html);
    assert.doesNotMatch(page, /https:/);
    assert.match(page, /css\/a\.css/);
    assert.match(page, /icons\/css/);
  });
});
