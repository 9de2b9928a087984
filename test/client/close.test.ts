import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import path from "node:path";
import { closeAll, startEmbedded } from "../support/app.ts";

/** Takes connections and what is sent on them, and never answers. */
async function deafServer() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => undefined).resume());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

describe("a client that is closed", () => {
  afterEach(closeAll);

  it("leaves no timer, no connection and no rejection behind, whatever it was doing: its process ends", async () => {
    const app = await startEmbedded();
    const deaf = await deafServer();
    const program = path.join(import.meta.dirname, "programs/closes.ts");
    const child = spawn(
      process.execPath,
      ["--import=tsx/esm", program, app.url, app.token("ann", { guild_id: "g" }), deaf.url],
      { stdio: ["ignore", "pipe", "pipe"], timeout: 25_000 },
    );
    let output = "";
    let closedAt = 0;
    child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (text.includes("all closed")) closedAt = performance.now();
    });
    const [code] = await once(child, "exit");
    const tookMs = performance.now() - closedAt;
    deaf.close();
    assert.equal(code, 0, output);
    assert.match(output, /all closed/);
    assert.ok(tookMs < 10_000, `it lived for another ${Math.round(tookMs)} ms`);
  });
});
