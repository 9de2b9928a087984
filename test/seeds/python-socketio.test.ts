/** Debian's python3-socketio against the server, over both transports: another language's client, written by others. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { chatContract } from "../../namespaces/chat/schema.ts";
import { roomsContract } from "../../namespaces/rooms/schema.ts";
import { startTwoWorkers } from "../support/app.ts";
import type { Json } from "../support/plain.ts";
import { endSeeds, endWithTest, linesOf, objectIn } from "./support.ts";

// Other Pythons do not see Debian's packages.
const PYTHON = "/usr/bin/python3";
const PACKAGE = "/usr/lib/python3/dist-packages/socketio";

describe("python-socketio", () => {
  afterEach(endSeeds);

  for (const transport of ["polling", "websocket"])
    it(`joins, sends without waiting, acknowledges and gets a broadcast over ${transport}`, async () => {
      if (!existsSync(PACKAGE)) assert.fail("python3-socketio is not installed: npm run setup");
      const app = await startTwoWorkers();
      const script = path.join(import.meta.dirname, "clients/python_client.py");
      const child = spawn(PYTHON, [script, app.url, app.token("snake"), transport], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      endWithTest(child);
      const told = linesOf(child.stdout, objectIn);
      const next = async (what: string) => (await told.next(what, (line) => line.what === what)).data as Json;
      assert.equal(await next("transport"), transport);
      const { ok, room, client_count } = await next("subscribed");
      assert.deepEqual([ok, room, client_count], [true, "lounge", 1]);
      assert.equal(((await next("refused")).error as Json).code, "not_subscribed");

      const burst = await next("burst");
      assert.deepEqual([burst.ok, burst.offset], [true, 11]);
      const ann = await app.connect(roomsContract, "ann", { worker: 1 });
      const since = { epoch: String(burst.epoch), offset: 0 };
      const { messages } = await ann.call("subscribe", { room: "burst", since });
      assert.deepEqual(
        messages?.map(({ data }) => data),
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, "end"],
      );
      await ann.call("subscribe", { room: "lounge" });
      await ann.call("publish", { room: "lounge", data: { text: "for snakes", list: [1, { deep: true }] } });
      assert.deepEqual((await next("message")).data, { text: "for snakes", list: [1, { deep: true }] });
      const chatter = await app.connect(chatContract, "ann", { worker: 1 });
      await chatter.call("chat_message", { channel: "private", to: "snake", content: "sss" });
      assert.equal((await next("chat_message")).content, "sss");
      const code = await new Promise((resolve) => child.once("close", resolve));
      assert.equal(code, 0);
      const again = await app.connect(chatContract, "snake", { auth: { reliable: true } });
      await again.raw("ping", {});
      assert.deepEqual(again.pending("chat_message"), []);
    });
});
