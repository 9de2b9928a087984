import assert from "node:assert/strict";
import { io } from "socket.io-client";
import { WebSocket } from "ws";
import { closeAll, startEmbedded } from "../support/app.ts";
import { RawEngine } from "../support/raw-engine.ts";

const REFUSED = { code: "not_found", message: "there is no such namespace" };

describe("a namespace that is not there", () => {
  afterEach(closeAll);

  for (const transports of [["websocket"], ["polling"]])
    it(`is refused with a code, over ${transports[0]}`, async () => {
      const app = await startEmbedded();
      const socket = io(`${app.url}/nowhere`, { transports, forceNew: true, reconnection: false });
      const err = await new Promise<Error>((resolve) => socket.once("connect_error", resolve));
      socket.disconnect();
      assert.equal(err.message, "Invalid namespace");
      assert.deepEqual(Reflect.get(err, "data"), REFUSED);
    });

  it("is refused with a code to a client that speaks Socket.IO itself, whose connection goes on", async () => {
    const app = await startEmbedded();
    const engine = await RawEngine.open(app.url);
    const answer = await engine.connect("/nowhere", {});
    assert.deepEqual(JSON.parse(answer.slice("4/nowhere,".length)), {
      message: "Invalid namespace",
      data: REFUSED,
    });
    const token = app.token("ann");
    assert.match(await engine.connect("/chat", { token }), /^0\/chat,/);
    engine.close();
  });

  it("is refused with a code to a plain WebSocket client", async () => {
    const app = await startEmbedded();
    const ws = new WebSocket(`${app.url.replace(/^http/, "ws")}/nowhere`);
    const body = await new Promise<string>((resolve, reject) => {
      ws.on("error", reject);
      ws.on("unexpected-response", (_request, response) => {
        response.on("data", (data) => resolve(String(data)));
      });
    });
    assert.equal((JSON.parse(body) as { error: { code: string } }).error.code, "not_found");
    ws.terminate();
  });
});
