import assert from "node:assert/strict";
import { once } from "node:events";
import { startEmbedded } from "../support/app.ts";
import { RawEngine } from "../support/raw-engine.ts";

describe("a client that does not read", () => {
  const LARGE = "x".repeat(500_000);
  const FEW = 15;

  it("is cut for the bytes that wait for it, also where they are few packets", async () => {
    const app = await startEmbedded();
    const raw = await RawEngine.open(app.url);
    await raw.connect("/", { token: app.token("deaf") });
    const [socket] = app.workers[0]?.io.of("/").sockets.values() ?? [];
    assert.ok(socket);
    const connection = socket.conn;
    const queued = () => (connection as unknown as { writeBuffer: unknown[] }).writeBuffer.length;
    const cut = once(socket, "disconnect");
    raw.ws.pause();
    while (socket.connected) {
      // The network takes the first ones; after each handing over as many wait again.
      const handedOver = once(connection, "drain");
      for (let packets = queued(); packets < FEW; packets++) socket.emit("message", { data: LARGE });
      await Promise.race([cut, handedOver]);
    }
    assert.equal(socket.connected, false);
    assert.ok(queued() <= FEW);
  });
});
