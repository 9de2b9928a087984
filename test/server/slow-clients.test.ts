import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
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
    const queued = () => (socket.conn as unknown as { writeBuffer: unknown[] }).writeBuffer.length;
    raw.ws.pause();
    for (let looks = 0; socket.connected && looks < 3_000; looks++) {
      if (queued() < FEW) socket.emit("message", { data: LARGE });
      await delay(1);
    }
    assert.equal(socket.connected, false);
    assert.ok(queued() <= FEW);
  });
});
