import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { resolve } from "node:path";

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where no configuration is, and with one that has a mistake: help needs neither. */
const run = (file: string, ...args: string[]): Promise<Ended> =>
  new Promise((done) => {
    const command = ["--import", import.meta.resolve("tsx"), resolve(file), ...args];
    const options = { cwd: tmpdir(), env: { PATH: process.env.PATH, LOG_LEVEL: "loud" } };
    execFile(process.execPath, command, options, (error, stdout, stderr) =>
      done({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });

describe("the command line", function () {
  this.timeout(60_000);

  for (const [file, option, text] of [
    ["server/main.ts", "--help", /^usage: npm start\n.*Exit codes: /s],
    ["server/token.ts", "--help", /^usage: npm run token -- --user NAME .*--ttl 24h.*--help/s],
    ["server/replay.ts", "--help", /^usage: npm run replay -- ROOM .*Exit codes: 0 proved/s],
    ["server/token.ts", "-h", /^usage: npm run token/],
  ] as const)
    it(`${file} ${option} prints what it takes, and nothing else`, async () => {
      const { code, stdout, stderr } = await run(file, option);
      assert.deepEqual([code, stderr], [0, ""]);
      assert.match(stdout, text);
    });

  it("the server refuses arguments that it does not know", async () => {
    const { code, stdout, stderr } = await run("server/main.ts", "--port", "80");
    assert.deepEqual([code, stdout], [64, ""]);
    assert.match(stderr, /^muster: --port is not an argument\n\nusage: /);
  });
});
