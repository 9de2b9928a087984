import assert from "node:assert/strict";
import { once } from "node:events";
import { chatContract } from "../../namespaces/chat/index.ts";
import { roomsContract } from "../../namespaces/rooms/index.ts";
import { createGuard } from "../../server/process/guarded.ts";
import { closeAll, startEmbedded, type TestApp } from "../support/app.ts";
import { connectClient } from "../support/client.ts";
import { RawEngine } from "../support/raw-engine.ts";

const LOGIN = { username: "operator", password: "rather-long-and-not-obvious" };
const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

describe("a guarded listener", () => {
  it("does its work, keeps what it throws to itself, and tells of many failures once", () => {
    const told: object[] = [];
    const log = { debug() {}, info() {}, warn() {}, error: (fields: object) => void told.push(fields) };
    const guard = createGuard(log, "test");
    const heard: number[] = [];
    const listener = guard((at: number) => {
      heard.push(at);
      if (at % 2 === 1) throw new Error("odd");
    });
    for (let at = 0; at < 6; at++) listener(at);
    assert.deepEqual(heard, [0, 1, 2, 3, 4, 5]);
    assert.equal(told.length, 1);
  });
});

for (const mode of ["development", "production"] as const)
  describe(`while the dashboard watches, in mode ${mode}`, () => {
    const ends: (() => void)[] = [];
    afterEach(async () => {
      for (const end of ends.splice(0)) end();
      await closeAll();
    });

    async function start(): Promise<TestApp> {
      const app = await startEmbedded({
        env: { ADMIN_USERNAME: LOGIN.username, ADMIN_PASSWORD: LOGIN.password, ADMIN_MODE: mode },
      });
      const watcher = await connectClient({
        url: app.url,
        namespace: "/admin",
        name: "watcher",
        auth: LOGIN,
      });
      ends.push(() => watcher.socket.disconnect());
      await watcher.nextAny("server_stats");
      return app;
    }

    it("no packet of a client ends the process or the others' service", async () => {
      const app = await start();
      const bob = await app.connect(roomsContract, "bob");
      await bob.call("subscribe", { room: "r" });
      const raw = await RawEngine.open(app.url);
      ends.push(() => raw.close());
      await raw.connect("/", { token: app.token("mallory") });
      const wide = JSON.stringify(Array.from({ length: 250_000 }, () => 1));
      const packets = [
        `2["publish",{"room":"r","data":${nested(20_000)}}]`,
        `2["publish",{"room":"r","data":${nested(200)}}]`,
        `2["publish",${wide.slice(1)}`,
        `2${wide}`,
        `3${wide}`,
        `21${wide}`,
        '2["publish",{"__proto__":{"toJSON":1},"toJSON":1,"constructor":2,"room":"r"}]',
        `2["${"n".repeat(400_000)}",1]`,
        `61-0[${nested(20_000)},{"_placeholder":true,"num":0}]`,
      ];
      for (const packet of packets) raw.send(packet);
      raw.send('277["ping"]');
      await raw.next((text) => text.startsWith("377["));
      await bob.call("publish", { room: "r", data: 1 });
      await bob.next("message");
    });

    it("what the dashboard's listeners throw reaches nobody", async () => {
      const app = await start();
      const [worker] = app.workers;
      const admin = worker?.io.of("/admin") ?? assert.fail();
      let thrown = 0;
      admin.emit = () => {
        thrown++;
        throw new RangeError("the page cannot be told");
      };
      const ann = await app.connect(chatContract, "ann");
      await ann.call("chat_message", { channel: "global", content: "hello" });
      await ann.next("chat_message");
      const socket = [...(worker?.io.of("/chat").sockets.values() ?? [])][0] ?? assert.fail();
      const gone = once(socket, "disconnect");
      ann.disconnect();
      await gone;
      // What cleans up after a connection is a listener too, behind the dashboard's.
      assert.equal(worker?.io.of("/chat").sockets.size, 0);
      await app.connect(chatContract, "bob");
      assert.equal(thrown > 0, mode === "development");
    });
  });
