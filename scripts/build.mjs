/**
 * Compiles to dist/, with what the compiler leaves behind (Lua scripts, protobuf code). `--quiet` says nothing unless it fails.
 * The finished folder is swapped in, so that a process that starts meanwhile finds the old one or the new one whole.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const quiet = process.argv.includes("--quiet");
if (!quiet) console.log("building to dist/ …");

const dist = path.join(root, "dist");
// As deep as dist/, because source maps name their sources relative to it.
const fresh = path.join(root, `dist.new-${process.pid}`);
const old = path.join(root, `dist.old-${process.pid}`);
const remove = (folder) => rmSync(folder, { recursive: true, force: true });
process.on("exit", () => remove(fresh));

const compiler = path.join(root, "node_modules", "typescript", "bin", "tsc");
const config = path.join(root, "tsconfig.build.json");
const done = spawnSync(process.execPath, [compiler, "-p", config, "--outDir", fresh], {
  cwd: root,
  stdio: quiet ? ["ignore", "pipe", "pipe"] : "inherit",
});
if (done.status !== 0) {
  if (quiet) process.stderr.write(`${done.stdout ?? ""}${done.stderr ?? ""}`);
  console.error("the build failed; `npm ci` installs what it needs");
  process.exit(done.status ?? 1);
}
for (const folder of ["server/store/redis/scripts", "proto/generated"])
  cpSync(path.join(root, folder), path.join(fresh, folder), { recursive: true });
if (existsSync(dist)) renameSync(dist, old);
renameSync(fresh, dist);
remove(old);
