import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import { openPlain } from "../../load/engine/plain.ts";
import { LoadFailure } from "../../load/failure.ts";

const refused = (code: string) => (thrown: unknown) => thrown instanceof LoadFailure && thrown.code === code;

describe("a load user's plain WebSocket", () => {
  let server: WebSocketServer;

  beforeEach(async () => {
    server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    await once(server, "listening");
  });
  afterEach(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });

  const open = (signal: AbortSignal, helloWithinMs?: number) =>
    openPlain({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      path: "/ws/lobby/seats",
      token: undefined,
      signal,
      ...(helloWithinMs === undefined ? {} : { helloWithinMs }),
    });

  it("is opened by SERVER_HELLO, and given up where none comes", async () => {
    const { signal } = new AbortController();
    server.once("connection", (socket) => socket.send(JSON.stringify({ type: "SERVER_HELLO", payload: {} })));
    assert.equal((await open(signal)).connected, true);
    const ended = new Promise<void>((resolve) => {
      server.once("connection", (socket) => socket.once("close", () => resolve()));
    });
    await assert.rejects(open(signal, 20), refused("timeout"));
    await ended;
  });

  it("is given up when the run ends while it waits for SERVER_HELLO", async () => {
    const run = new AbortController();
    server.once("connection", (socket) => {
      // The client is open when it answers.
      socket.once("pong", () => run.abort());
      socket.ping();
    });
    await assert.rejects(open(run.signal), refused("stopped"));
  });
});
