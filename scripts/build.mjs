/** Compiles to dist/, with what the compiler leaves behind (Lua scripts, protobuf code). `--quiet` says nothing unless it fails. */
import { spawnSync } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const quiet = process.argv.includes("--quiet");
if (!quiet) console.log("building to dist/ …");

rmSync(path.join(root, "dist"), { recursive: true, force: true });
const compiler = path.join(root, "node_modules", "typescript", "bin", "tsc");
const done = spawnSync(process.execPath, [compiler, "-p", path.join(root, "tsconfig.build.json")], {
  cwd: root,
  stdio: quiet ? ["ignore", "pipe", "pipe"] : "inherit",
});
if (done.status !== 0) {
  if (quiet) process.stderr.write(`${done.stdout ?? ""}${done.stderr ?? ""}`);
  console.error("the build failed; `npm ci` installs what it needs");
  process.exit(done.status ?? 1);
}
cpSync(path.join(root, "server/store/redis/scripts"), path.join(root, "dist/server/store/redis/scripts"), {
  recursive: true,
});
cpSync(path.join(root, "proto/generated"), path.join(root, "dist/proto/generated"), { recursive: true });
