/** Clients that go on although refused: what it costs them, and that it costs nobody else. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { gameContract } from "../../namespaces/game/index.ts";
import { roomsContract } from "../../namespaces/rooms/index.ts";
import { closeAll, onEachSetup, startEmbedded, type TestApp } from "../support/app.ts";
import { connectClient } from "../support/client.ts";
import { closePlain, openPlain } from "../support/plain.ts";
import { RawEngine } from "../support/raw-engine.ts";
import { refusalOf } from "../support/refusals.ts";
import { until } from "../support/until.ts";

const COMMANDS = 3_000;

/** The connection's WebSocket on the server, where its user has only one. */
function webSocketOf(app: TestApp, user: string): { readonly isPaused: boolean } {
  for (const socket of app.workers[0]?.io.of("/").sockets.values() ?? [])
    if (socket.data.user_id === user) {
      const conn = socket.conn as unknown as {
        ws?: { isPaused: boolean };
        transport: { socket?: { isPaused: boolean } };
      };
      return conn.ws ?? conn.transport.socket ?? assert.fail("it polls");
    }
  return assert.fail(`${user} is not there`);
}

const disconnected = (socket: { once(event: "disconnect", listener: () => void): unknown }) =>
  new Promise<void>((resolve) => void socket.once("disconnect", resolve));

const FLOODS: Readonly<
  Record<
    string,
    (
      app: TestApp,
    ) => Promise<{ send(times: number): void; ended: Promise<unknown>; again(): Promise<object> }>
  >
> = {
  async "plain WebSocket"(app) {
    const client = openPlain(app.url, "/ws", { query: { token: app.token("mallory") } });
    await client.next("connected");
    return {
      send(times) {
        for (let at = 0; at < times; at++) client.ws.send(`{"type":"ping","id":"${at}"}`);
      },
      ended: client.closed,
      async again() {
        const next = openPlain(app.url, "/ws", { query: { token: app.token("mallory") } });
        const { code, retry_after_ms } = await next.next("error");
        assert.equal((await next.closed).code, 4408);
        return { code, retry_after_ms };
      },
    };
  },
  async "Socket.IO over WebSocket"(app) {
    const raw = await RawEngine.open(app.url);
    await raw.connect("/", { token: app.token("mallory") });
    return {
      send(times) {
        for (let at = 0; at < times; at++) raw.ws.send(`42${at}["ping",{}]`);
      },
      ended: once(raw.ws, "close"),
      async again() {
        const { data } = await refusalOf(app.connect(roomsContract, "mallory"));
        return { code: data?.code, retry_after_ms: data?.retry_after_ms };
      },
    };
  },
};

describe("a client that goes on although refused", () => {
  afterEach(() => {
    closePlain();
    return closeAll();
  });

  for (const [kind, open] of Object.entries(FLOODS))
    describe(kind, () => {
      it("is read more slowly, then cut, and its user gets no connection for ten seconds; others are served", async () => {
        const app = await startEmbedded();
        const bob = await app.connect(roomsContract, "bob");
        const flood = await open(app);
        const socket = webSocketOf(app, "mallory");
        flood.send(200);
        await until("it is not read", () => socket.isPaused);
        await until("it is read again", () => !socket.isPaused);
        flood.send(COMMANDS);
        await flood.ended;
        assert.equal((await bob.raw("ping", {})).ok, true);
        const { code, retry_after_ms } = (await flood.again()) as { code: string; retry_after_ms: number };
        assert.equal(code, "rate_limited");
        assert.ok(retry_after_ms > 0 && retry_after_ms <= 10_000);
        await app.advance(10_001);
        await app.connect(roomsContract, "mallory");
        await app.connect(roomsContract, "carol");
      });

      it("is not held for a burst that is a little too large", async () => {
        const app = await startEmbedded();
        const flood = await open(app);
        const socket = webSocketOf(app, "mallory");
        let wasHeld = false;
        const look = setInterval(() => {
          wasHeld ||= socket.isPaused;
        }, 1);
        flood.send(60);
        const bob = await app.connect(roomsContract, "bob");
        await bob.call("ping", {});
        clearInterval(look);
        assert.equal(wasHeld, false);
      });
    });

  it("without a token is kept out by its address, where others are let in, and none behind a proxy that names nobody", async () => {
    const app = await startEmbedded({ env: { TRUST_PROXY: "1" } });
    const guest = (address?: string) =>
      connectClient<typeof gameContract>({
        url: app.url,
        namespace: "/game",
        name: "guest",
        auth: {},
        ...(address !== undefined && { headers: { "x-forwarded-for": address } }),
      });
    for (const address of ["203.0.113.7", undefined]) {
      const flooding = await guest(address);
      const ended = disconnected(flooding.socket);
      for (let at = 0; at < COMMANDS; at++) flooding.socket.emit("ping", {});
      await ended;
    }
    const { data } = await refusalOf(guest("203.0.113.7"));
    assert.equal(data?.code, "rate_limited");
    for (const address of ["203.0.113.8", undefined]) (await guest(address)).disconnect();
    await app.connect(gameContract, "ann");
  });

  onEachSetup((setup) => {
    it("in one namespace loses its whole connection, and is remembered until its time is over", async () => {
      const app = await setup.start();
      const ann = await app.connect(roomsContract, "ann");
      const ended = disconnected(ann.socket);
      const from = performance.now();
      for (let at = 0; at < COMMANDS; at++) ann.socket.emit("ping", {});
      await ended;
      // With the eighth time that it is held; by refusals alone it would take three times as long.
      assert.ok(performance.now() - from < 10_000);
      assert.equal(app.workers[0]?.held().users_cut, 1);
      await app.advance(10_001);
      await until("it is forgotten", () => app.workers[0]?.held().users_cut === 0);
    });
  });
});
