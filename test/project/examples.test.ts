import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { closeAll, startEmbedded } from "../support/app.ts";
import { openBrowser } from "../support/browser.ts";
import { ensureBuilt } from "../support/built.ts";
import { WAIT_MS } from "../support/patience.ts";
import { serverFolder } from "../support/server-process.ts";

const root = path.resolve(import.meta.dirname, "../..");

/** Runs a program to its end, at most ten seconds. */
function run(file: string, env: Record<string, string>): Promise<{ code: number | null; output: string }> {
  const loader = file.endsWith(".ts") ? ["--import=tsx/esm"] : [];
  const child = spawn(process.execPath, [...loader, path.join(root, file)], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 40_000,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, output })));
}

/** The client's guide shows the program as it is run. */
function isInClientGuide(file: string): void {
  const [, program = "?"] = readFileSync(path.join(root, file), "utf8").split(/^\/\/ .*\n/);
  const shown = program.trim().replace("../../client/index.ts", "muster-server/client");
  assert.ok(
    readFileSync(path.join(root, "docs/client.md"), "utf8").includes(shown),
    "the guide has another text",
  );
}

describe("examples", () => {
  afterEach(closeAll);

  it("the first conversation runs as the README has it", async () => {
    const app = await startEmbedded({ env: { AUTH_MODE: "dev" } });
    const file = "examples/first-conversation/index.mjs";
    const { code, output } = await run(file, { MUSTER_URL: app.url });
    assert.equal(code, 0, output);
    assert.match(output, /bob heard: hello bob/);
    assert.match(output, /bob missed: \[ 'while you were away' \]/);
    const [, program] = readFileSync(path.join(root, file), "utf8").split(/^\/\/ .*\n/);
    assert.ok(
      readFileSync(path.join(root, "README.md"), "utf8").includes(program?.trim() ?? "?"),
      "the README has another text",
    );
  });

  it("the race is run to its end, as the guide of real-time games has it", async () => {
    const file = "examples/realtime-game/index.ts";
    const { code, output } = await run(file, {});
    assert.equal(code, 0, output);
    assert.match(output, /the winner is ann/);
    const [, program] = readFileSync(path.join(root, file), "utf8").split(/^\/\/ .*\n/);
    const text = program
      ?.trim()
      .replace("../../client/index.ts", "muster-server/client")
      .replace("../../server/index.ts", "muster-server");
    assert.ok(
      readFileSync(path.join(root, "docs/write-a-realtime-game.md"), "utf8").includes(text ?? "?"),
      "the guide has another text",
    );
  });

  it("a server that is started with the tracer sends spans to a collector, the last ones as it stops", async () => {
    const file = "examples/tracing/tracing.mjs";
    const [, program = "?"] = readFileSync(path.join(root, file), "utf8").split(/^\/\/ .*\n/);
    assert.ok(
      readFileSync(path.join(root, "docs/tracing.md"), "utf8").includes(program.trim()),
      "the page has another text",
    );
    let sent = "";
    const collector = createServer((request, response) => {
      request.on("data", (part) => (sent += part));
      request.on("end", () => response.end("{}"));
    }).listen(0, "127.0.0.1");
    await once(collector, "listening");
    const { port } = collector.address() as AddressInfo;
    const folder = await serverFolder();
    try {
      const server = folder.start({
        TRACING: "true",
        TRACE_SHARE: "1",
        NODE_OPTIONS: `--import=${path.join(root, file)}`,
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
        AUTH_MODE: "dev",
      });
      await server.listening;
      const { code, output } = await run("examples/first-conversation/index.mjs", { MUSTER_URL: server.url });
      assert.equal(code, 0, output);
      server.kill("SIGTERM");
      const { code: ended, stderr } = await server.ended;
      assert.equal(ended, 0, stderr);
      for (const name of ["/ publish", "store streams.append", "deliver", "service.name"])
        assert.ok(sent.includes(`"${name}"`), `no ${name} in ${sent.slice(0, 2_000)}`);
    } finally {
      await folder.close();
      collector.close();
    }
  });

  it("the chat runs as its guide has it", async () => {
    const app = await startEmbedded({ env: { AUTH_MODE: "dev" } });
    const file = "examples/chat/index.mjs";
    const { code, output } = await run(file, { MUSTER_URL: app.url });
    assert.equal(code, 0, output);
    for (const line of [
      /bob heard: wood for sheep\?/,
      /'chat_message wood for two sheep\?'/,
      /'chat_message deal'/,
      /'message_edited wood for two sheep\?'/,
      /bob has unread: 1 last: deal/,
      /bob is told: mute haggling/,
      /bob may write: false muted/,
    ])
      assert.match(output, line);
    const [, program] = readFileSync(path.join(root, file), "utf8").split(/^\/\/ .*\n/);
    assert.ok(
      readFileSync(path.join(root, "docs/chat.md"), "utf8").includes(program?.trim() ?? "?"),
      "the guide has another text",
    );
  });

  it("rooms are found as their guide has it", async () => {
    const app = await startEmbedded({ env: { AUTH_MODE: "dev" } });
    const file = "examples/find-rooms/index.mjs";
    const { code, output } = await run(file, { MUSTER_URL: app.url });
    assert.equal(code, 0, output);
    assert.deepEqual(output.trim().split("\n"), [
      "rooms: [ 'the arena (1200)' ]",
      "rooms: [ 'the arena (1250)' ]",
      "found: [ 'the arena' ]",
      "rooms: []",
    ]);
    const [, program] = readFileSync(path.join(root, file), "utf8").split(/^\/\/ .*\n/);
    assert.ok(
      readFileSync(path.join(root, "docs/finding-rooms.md"), "utf8").includes(program?.trim() ?? "?"),
      "the guide has another text",
    );
  });

  it("the page without a bundler is played in two windows, as the guide of the client has it", async function () {
    this.timeout(120_000);
    await ensureBuilt();
    const app = await startEmbedded({ env: { AUTH_MODE: "dev" } });
    const html = readFileSync(path.join(root, "examples/page/index.html"), "utf8");
    assert.ok(
      readFileSync(path.join(root, "docs/client.md"), "utf8").includes(html),
      "the guide has another text",
    );
    // A server of its own: the page is of another origin than the game.
    const script = readFileSync(path.join(root, "dist/client-package/muster-client.min.js"));
    const pages = createServer((req, res) => {
      const isScript = req.url?.endsWith(".js") === true;
      res.setHeader("content-type", isScript ? "text/javascript" : "text/html");
      res.end(isScript ? script : html.replace("http://localhost:3000", app.url));
    }).listen(0, "127.0.0.1");
    await once(pages, "listening");
    const browser = await openBrowser();
    try {
      const open = async (query: string) => {
        const page = await browser.newPage();
        await page.goto(`http://127.0.0.1:${(pages.address() as AddressInfo).port}/${query}`);
        return page;
      };
      const ann = await open("?user=ann");
      const told = ann.locator("#told");
      await told.filter({ hasText: "room=" }).waitFor({ timeout: WAIT_MS });
      const room = /room=(\S+)/.exec((await told.textContent()) ?? "")?.[1] ?? "";
      const bob = await open(`?user=bob&room=${encodeURIComponent(room)}`);
      for (const page of [ann, bob])
        await page.locator("#told").filter({ hasText: "ann has the turn" }).waitFor({ timeout: WAIT_MS });
      await bob.click("#roll");
      await bob.locator("#told").filter({ hasText: "not your turn" }).waitFor({ timeout: WAIT_MS });
      await ann.click("#roll");
      await told.filter({ hasText: /bob has the turn|and [2-6] points/ }).waitFor({ timeout: WAIT_MS });
    } finally {
      await browser.close();
      pages.closeAllConnections();
      pages.close();
    }
  });

  it("the typed client runs as its guide has it", async () => {
    const app = await startEmbedded({ env: { AUTH_MODE: "dev" } });
    const file = "examples/client/index.ts";
    const { code, output } = await run(file, { MUSTER_URL: app.url });
    assert.equal(code, 0, output);
    for (const line of [
      /bob is connected/,
      /bob is reconnecting/,
      /bob heard: \[ 'hello', 'are you there\?' \]/,
      /bob was told: psst/,
      /refused: forbidden/,
      /ann is ended closed/,
    ])
      assert.match(output, line);
    isInClientGuide(file);
  });

  it("a game is followed over a reload as the client's guide has it", async () => {
    const app = await startEmbedded({ env: { AUTH_MODE: "dev" } });
    const file = "examples/follow/index.ts";
    const { code, output } = await run(file, { MUSTER_URL: app.url });
    assert.equal(code, 0, output);
    for (const line of [
      /in the lobby are ann and bob/,
      /ann follows no more: closed/,
      /ann is back in the game: true/,
      /ann hears that (ann|bob) has won/,
      /bob hears that (ann|bob) has won/,
      /scores: ann \d+, bob \d+/,
    ])
      assert.match(output, line);
    isInClientGuide(file);
  });
});
