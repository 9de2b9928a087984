import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createNeighbours } from "../../server/cluster/neighbours.ts";
import { until } from "../support/until.ts";

const warnings: string[] = [];
const log = {
  debug() {},
  info() {},
  warn: (_fields: object, text: string) => void warnings.push(text),
  error() {},
};

describe("workers of one host", () => {
  let folder = "";
  const opened: { close(): Promise<void> }[] = [];
  const worker = () => {
    const made = createNeighbours(log, folder);
    opened.push(made);
    return made;
  };
  /** Two that know each other, and what the second has heard. */
  async function pair() {
    const [one, other] = [worker(), worker()];
    const heard: unknown[] = [];
    await one.listen("one", () => undefined);
    const end = await other.listen("other", (message) => heard.push(message));
    await until("there is a way", () => one.send("other", "first"));
    await until("it is heard", () => heard.length > 0);
    heard.length = 0;
    return { one, other, heard, end };
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "muster-test-"));
    warnings.length = 0;
  });
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("hear each other in order, also what is large and what is sent in one go", async () => {
    const { one, heard } = await pair();
    const sent = Array.from({ length: 200 }, (_, at) => ({ at, text: "é\n".repeat(at * 50) }));
    for (const message of sent) assert.ok(one.send("other", message));
    await until("all is heard", () => heard.length === sent.length);
    assert.deepEqual(heard, sent);
  });

  it("are told at once where nobody of that name is here, or not any more", async () => {
    const { one, end } = await pair();
    assert.equal(one.send("nobody", "x"), false);
    await end();
    await until("it is known", () => !one.send("other", "x"));
    assert.deepEqual(await readdir(folder), ["one.sock"]);
  });

  it("are told where one does not keep up", async () => {
    const { one } = await pair();
    const sockets: net.Socket[] = [];
    const deaf = net.createServer((socket) => void sockets.push(socket.pause()));
    await new Promise<void>((resolve) => deaf.listen(join(folder, "deaf.sock"), resolve));
    await until("there is a way", () => one.send("deaf", "x"));
    let sent = 0;
    while (one.send("deaf", "x".repeat(100_000))) {
      sent++;
      assert.ok(sent < 1_000, "nothing bounds what waits");
    }
    assert.ok(sent >= 40);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => deaf.close(resolve));
  });

  it("end a link that is no worker's, and go on", async () => {
    const { one, heard } = await pair();
    const socket = net.connect(join(folder, "other.sock"));
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.on("error", () => undefined);
    socket.write("no JSON\n");
    await until("that is told", () => warnings.length > 0);
    const flood = Buffer.alloc(1_000_000, "x");
    for (let at = 0; at < 10; at++) socket.write(flood);
    await closed;
    assert.ok(one.send("other", "after it"));
    await until("it is heard", () => heard.includes("after it"));
  });
});
