import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";

const root = path.resolve(import.meta.dirname, "../..");
const LIMIT_MS = 90_000;

interface Walk {
  readonly files: readonly string[];
  readonly moves: number;
  readonly returns: number;
}

/** What `npm run trace` counts, over two workers and a Redis of its own. */
async function traced(subject: "chat" | "match"): Promise<Walk> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--import=tsx", "scripts/trace.ts", subject, "--json"],
    { cwd: root, timeout: LIMIT_MS },
  );
  return JSON.parse(stdout) as Walk;
}

/** What a reader has to follow: more files, or more of a to and fro between them, are harder to enter. */
describe("the walk of", () => {
  it("a chat message, from its handler to the acknowledgement, is short", async () => {
    const { files, returns } = await traced("chat");
    assert.equal(files[0], "namespaces/chat/handlers.ts");
    assert.ok(files.includes("server/store/redis/streams.ts"), files.join());
    assert.equal(files.at(-1), "middleware/dispatch.ts");
    assert.ok(files.length <= 24, `${files.length} files:\n${files.join("\n")}`);
    assert.ok(returns <= 25, `${returns} returns`);
  }).timeout(LIMIT_MS);

  it("a match, from the queue to its players, is short within matchmaking", async () => {
    const { files } = await traced("match");
    assert.ok(files.includes("namespaces/matchmaking/match/create.ts"), files.join());
    assert.ok(files.length <= 15, `${files.length} files:\n${files.join("\n")}`);
  }).timeout(LIMIT_MS);
});
