import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "../..");

/** `file:line code` of each line that says which error it must have. */
function expected(): string[] {
  const folder = path.join(root, "test/types");
  return readdirSync(folder)
    .filter((name) => name.endsWith(".ts"))
    .flatMap((name) =>
      readFileSync(path.join(folder, name), "utf8")
        .split("\n")
        .flatMap((line, at) => {
          const code = /\/\/ (TS\d+)$/.exec(line)?.[1];
          return code === undefined ? [] : [`test/types/${name}:${at + 1} ${code}`];
        }),
    );
}

describe("types", () => {
  it("refuse what breaks a contract, and nothing else", () => {
    const compiler = path.join(root, "node_modules/typescript/bin/tsc");
    const run = spawnSync(
      process.execPath,
      [compiler, "-p", "test/types/tsconfig.json", "--noEmit", "--pretty", "false"],
      {
        cwd: root,
        encoding: "utf8",
      },
    );
    const found = [...run.stdout.matchAll(/^(.+?)\((\d+),\d+\): error (TS\d+)/gm)].map(
      ([, file, line, code]) => `${file} ${line} ${code}`.replace(" ", ":"),
    );
    assert.ok(expected().length >= 8);
    assert.deepEqual(found.sort(), expected().sort(), run.stdout);
  });
});
