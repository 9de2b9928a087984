/** One address may have so many connections to a worker, and make so many in a time, whatever it says of itself. */
import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { io, type Socket } from "socket.io-client";
import { createAddressLimit } from "../../server/sessions/address-limit.ts";
import { clientAddress, networkOf } from "../../server/sessions/client-address.ts";
import { closeAll, startEmbedded, startTwoWorkers, type TestApp } from "../support/app.ts";
import { codeOf, get } from "../support/http.ts";
import { closePlain, openPlain, type PlainClient } from "../support/plain.ts";
import { RawEngine } from "../support/raw-engine.ts";
import { countedRefusals, type Refusal, refusalOf } from "../support/refusals.ts";
import { until } from "../support/until.ts";

describe("the address of a client", () => {
  const requestOf = (remoteAddress: string, forwarded?: string) => ({
    headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded },
    socket: { remoteAddress },
  });
  const hops = (trusted: number) => (_address: string, hop: number) => hop < trusted;

  it("is that of the peer, or what trusted proxies say", () => {
    const table = [
      ["10.0.0.1", "203.0.113.7", 0, "10.0.0.1"],
      ["10.0.0.1", "203.0.113.7", 1, "203.0.113.7"],
      ["10.0.0.1", "198.51.100.1, 203.0.113.7", 1, "203.0.113.7"],
      ["10.0.0.1", "198.51.100.1, 203.0.113.7", 2, "198.51.100.1"],
      ["10.0.0.1", "203.0.113.7", 5, "203.0.113.7"],
      ["10.0.0.1", undefined, 1, "10.0.0.1"],
      ["10.0.0.1", "203.0.113.7:4711", 1, "203.0.113.7"],
      ["10.0.0.1", "[2001:db8::7]:4711", 1, "2001:db8::7"],
      ["10.0.0.1", "unknown", 1, "10.0.0.1"],
      ["10.0.0.1", "nobody, 203.0.113.7", 2, "203.0.113.7"],
    ] as const;
    for (const [peer, forwarded, trusted, expected] of table)
      assert.equal(
        clientAddress(requestOf(peer, forwarded), hops(trusted)),
        expected,
        `${forwarded} ${trusted}`,
      );
  });

  it("counts as itself, or as its /64 of IPv6; IPv4 within IPv6 is IPv4", () => {
    const table = {
      "203.0.113.7": "203.0.113.7",
      "::ffff:203.0.113.7": "203.0.113.7",
      "::ffff:cb00:7107": "203.0.113.7",
      "64:ff9b::203.0.113.7": "203.0.113.7",
      "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
      "2001:DB8:1:2::": "2001:db8:1:2::/64",
      "2001:db8::6": "2001:db8:0:0::/64",
      "fe80::1%eth0": "fe80:0:0:0::/64",
      "::1": "::1",
    };
    for (const [address, network] of Object.entries(table)) assert.equal(networkOf(address), network);
    for (const text of ["", "unknown", "1.2.3", "::1::"]) assert.equal(networkOf(text), undefined, text);
  });
});

describe("connections of one address", () => {
  const sockets: Socket[] = [];
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.disconnect();
    closePlain();
    await closeAll();
  });
  const PROXIED = { TRUST_PROXY: "1", WEBSOCKET_LIMITS_MAX_CONNECTIONS_PER_ADDRESS: "3" };
  const from = (address: string) => ({ "X-Forwarded-For": address });

  const plain = (app: TestApp, user: string, address: string, worker = 0): PlainClient =>
    openPlain(app.urls[worker] ?? "", "/ws/game", {
      query: { token: app.token(user) },
      headers: from(address),
    });

  function connect(app: TestApp, token: string, address: string, transport: "polling" | "websocket") {
    const socket = io(`${app.url}/chat`, {
      ...{ transports: [transport], forceNew: true, reconnection: false, auth: { token } },
      extraHeaders: from(address),
    });
    sockets.push(socket);
    return new Promise<Socket>((resolve, reject) => {
      socket.once("connect", () => resolve(socket)).once("connect_error", reject);
    });
  }

  it("are refused past the limit, whatever the transport, before a token is looked at; others' are not", async () => {
    const app = await startEmbedded({ env: PROXIED });
    const token = app.token("ann");
    await connect(app, token, "203.0.113.7", "polling");
    await connect(app, app.token("bob"), "::ffff:203.0.113.7", "websocket");
    await plain(app, "cid", "203.0.113.7").next("welcome");

    for (const transport of ["polling", "websocket"] as const)
      for (const given of [token, "not.a.token"]) {
        const refusal: Refusal = await refusalOf(connect(app, given, "203.0.113.7", transport));
        assert.equal(refusal.message, "rate_limited", `${transport} ${given}`);
        assert.match(String(refusal.data?.message), /address may have 3 connections/);
        assert.equal(typeof refusal.data?.retry_after_ms, "number");
      }
    const fourth = plain(app, "dan", "203.0.113.7");
    assert.equal((await fourth.next("error")).code, "rate_limited");
    assert.equal((await fourth.closed).code, 4408);
    assert.equal(await countedRefusals(app, "rate_limited"), 5);
    await connect(app, token, "203.0.113.8", "polling");
    await plain(app, "dan", "198.51.100.1").next("welcome");
  });

  it("of IPv6 are those of a /64", async () => {
    const app = await startEmbedded({ env: PROXIED });
    for (const host of ["1", "2", "ffff:1"]) await plain(app, host, `2001:db8:0:1::${host}`).next("welcome");
    assert.equal((await plain(app, "x", "2001:db8:0:1:9::").closed).code, 4408);
    await plain(app, "x", "2001:db8:0:2::1").next("welcome");
  });

  it("free their place when they end", async () => {
    const app = await startEmbedded({ env: PROXIED });
    const clients = ["a", "b", "c"].map((user) => plain(app, user, "203.0.113.7"));
    await Promise.all(clients.map((client) => client.next("welcome")));
    assert.equal((await plain(app, "d", "203.0.113.7").closed).code, 4408);
    clients[0]?.close();
    await until("a place is free", async () => {
      await plain(app, "d", "203.0.113.7").next("welcome", () => true);
      return true;
    });
  });

  it("are counted by each worker", async () => {
    const app = await startTwoWorkers({ env: PROXIED });
    for (const worker of [0, 1]) {
      for (const user of ["a", "b", "c"]) await plain(app, user, "203.0.113.7", worker).next("welcome");
      assert.equal((await plain(app, "d", "203.0.113.7", worker).closed).code, 4408);
    }
  });

  it("neither evade the limit nor use up another's with a forged header, where no proxy is trusted", async () => {
    const app = await startEmbedded({ env: { WEBSOCKET_LIMITS_MAX_CONNECTIONS_PER_ADDRESS: "3" } });
    for (const nr of [1, 2, 3]) await plain(app, "ann", `198.51.100.${nr}`).next("welcome");
    assert.equal((await plain(app, "ann", "198.51.100.4").closed).code, 4408);
    assert.equal(
      (await refusalOf(connect(app, app.token("ann"), "198.51.100.5", "polling"))).message,
      "rate_limited",
    );
  });

  it("have no limit at 0, and loopback addresses have none where nothing is said", async () => {
    for (const max of [undefined, "0"]) {
      const env = max === undefined ? {} : { WEBSOCKET_LIMITS_MAX_CONNECTIONS_PER_ADDRESS: max };
      const app = await startEmbedded({ env: { ...env, WEBSOCKET_LIMITS_MAX_CONNECTIONS_PER_USER: "0" } });
      await Promise.all(Array.from({ length: 60 }, () => plain(app, "ann", "203.0.113.7").next("welcome")));
      assert.equal(app.workers[0]?.held().addresses, 0);
    }
  });

  it("are 1,000 where nothing is said, for addresses that are no loopback", () => {
    const limit = createAddressLimit({
      ...{ max: undefined, rate: undefined, now: () => 0 },
      addressOf: ({ headers }) => String(headers.host),
    });
    const connection = (host: string) => ({
      request: { headers: { host } } as IncomingMessage,
      once: () => undefined,
    });
    const counted = (host: string) => {
      const one = connection(host);
      limit.count(one);
      return () => limit.check(one);
    };
    for (let at = 0; at < 1_000; at++) counted("203.0.113.7")();
    assert.throws(counted("203.0.113.7"), { code: "rate_limited" });
    for (let at = 0; at < 1_500; at++) counted("127.0.0.1")();
  });

  it("that are refused end with their transport, so that they hold nothing", async () => {
    const app = await startEmbedded({
      env: { WEBSOCKET_LIMITS_MAX_CONNECTIONS_PER_ADDRESS: "1" },
    });
    const first = await RawEngine.open(app.url);
    await first.connect("/chat", { token: app.token("ann") });
    const second = await RawEngine.open(app.url);
    assert.match(await second.connect("/chat", { token: app.token("ann") }), /^4\/chat,.*rate_limited/);
    const since = performance.now();
    await second.closed;
    assert.ok(performance.now() - since < 4_000, "long before the deadline for joining a namespace");
    first.close();
  });

  it("that come too fast are refused before the upgrade, with a code and a time; health and metrics are not", async () => {
    const app = await startEmbedded({ env: { ...PROXIED, RATE_LIMITS_ADDRESS: "2/10s" } });
    for (const user of ["a", "b"]) await plain(app, user, "203.0.113.7").next("welcome");
    const handshake = `${app.url}/socket.io/?EIO=4&transport=polling`;
    const refused = await get(handshake, { headers: from("203.0.113.7") });
    assert.deepEqual([refused.status, codeOf(refused)], [429, "rate_limited"]);
    assert.ok(Number(refused.headers.get("retry-after")) >= 1);
    const upgrade = plain(app, "c", "203.0.113.7");
    const status = await new Promise((resolve) =>
      upgrade.ws.once("unexpected-response", (_request, response) => resolve(response.statusCode)),
    );
    assert.equal(status, 429);
    assert.equal(await countedRefusals(app, "address", { headers: from("203.0.113.7") }), 2);
    for (let at = 0; at < 5; at++)
      assert.equal((await get(`${app.url}/health`, { headers: from("203.0.113.7") })).status, 200);
    assert.equal((await get(handshake, { headers: from("203.0.113.8") })).status, 200);
    await app.advance(10_000);
    assert.equal((await get(handshake, { headers: from("203.0.113.7") })).status, 200);
  });
});
