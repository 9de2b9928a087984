/**
 * The short form of `npm run lab`: that its namespaces can be made, cut and mended, and that nothing of them is left. It is skipped, with the
 * reason printed, where a machine lets nobody make namespaces; what the lab needs beside is installed by `npm run setup`.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { lacking } from "../../faults/lab/needs.ts";
import { ROOT } from "../support/built.ts";

const NAMES = "/run/netns";
const named = () => (existsSync(NAMES) ? readdirSync(NAMES).sort() : []);

describe("the lab, in short", function () {
  this.timeout(60_000);

  it("cuts hosts from each other in namespaces, mends them, and leaves none behind", async function () {
    const missing = await lacking();
    if (missing !== undefined) {
      console.log(`      skipped: the lab can't be run: ${missing}`);
      return this.skip();
    }
    const before = named();
    const args = ["--import=tsx", path.join(ROOT, "faults/lab/index.ts"), "--rows", "network", "--seed", "1"];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT, timeout: 50_000 });
    assert.match(stdout, /\| network \|.*\| 4 cuts, all mended \| held \|/);
    assert.deepEqual(named(), before);
  });
});
