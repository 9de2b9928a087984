import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { closeAll, startEmbedded } from "../support/app.ts";

const root = path.resolve(import.meta.dirname, "../..");

/** Runs a program to its end, at most ten seconds. */
function run(file: string, env: Record<string, string>): Promise<{ code: number | null; output: string }> {
  const loader = file.endsWith(".ts") ? ["--import=tsx/esm"] : [];
  const child = spawn(process.execPath, [...loader, path.join(root, file)], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 10_000,
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
