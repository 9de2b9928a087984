import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ROOT } from "../support/built.ts";

describe("the build", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "muster-build-"));
    for (const name of [
      "scripts",
      "server/store/redis/scripts",
      "server/commands/template",
      "load/report/page",
      "proto/generated",
    ])
      await mkdir(join(folder, name), { recursive: true });
    await cp(join(ROOT, "scripts/build.mjs"), join(folder, "scripts/build.mjs"));
    await writeFile(join(folder, "server/store/redis/scripts/a.lua"), "return 1\n");
    await writeFile(join(folder, "package.json"), '{ "type": "module" }\n');
    await writeFile(
      join(folder, "tsconfig.build.json"),
      JSON.stringify({ compilerOptions: { strict: true, types: [], rootDir: "." }, files: ["main.ts"] }),
    );
    await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const build = (source: string) =>
    writeFile(join(folder, "main.ts"), source).then(() =>
      promisify(execFile)(process.execPath, [join(folder, "scripts/build.mjs"), "--quiet"]),
    );
  const built = () => readFile(join(folder, "dist/main.js"), "utf8");

  it("puts a finished folder in the place of the old one where a file has changed, and leaves the old one where it fails", async () => {
    await build("export const version: number = 1;\n");
    assert.match(await built(), /version = 1/);
    assert.equal(await readFile(join(folder, "dist/server/store/redis/scripts/a.lua"), "utf8"), "return 1\n");
    await assert.rejects(build('export const version: number = "2";\n'), /the build failed/);
    assert.match(await built(), /version = 1/);
    await build("export const version: number = 3;\n");
    assert.match(await built(), /version = 3/);
    const { mtimeMs } = await stat(join(folder, "dist/main.js"));
    await build("export const version: number = 3;\n");
    assert.equal((await stat(join(folder, "dist/main.js"))).mtimeMs, mtimeMs, "nothing has changed");
    await writeFile(join(folder, "server/store/redis/scripts/a.lua"), "return 2\n");
    await build("export const version: number = 3;\n");
    assert.equal(await readFile(join(folder, "dist/server/store/redis/scripts/a.lua"), "utf8"), "return 2\n");
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.startsWith("dist")),
      ["dist"],
    );
  });
});
