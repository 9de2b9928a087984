/**
 * Compiles to dist/, with what the compiler leaves behind (Lua scripts, protobuf code). `--quiet` says nothing unless it fails.
 * Nothing is compiled where dist/ was made of the same files; `--force` compiles all the same.
 * The finished folder is swapped in, so that a process that starts meanwhile finds the old one or the new one whole.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const quiet = process.argv.includes("--quiet");

const dist = path.join(root, "dist");
const config = path.join(root, "tsconfig.build.json");
/** What is not TypeScript. */
const copied = [
  "server/store/redis/scripts",
  "server/commands/template",
  "load/report/page",
  "proto/generated",
];
/** Names the files that dist/ was made of, by their contents. */
const stamp = path.join(dist, ".made-of");

function madeOf() {
  const { include = [], files = [] } = JSON.parse(readFileSync(config, "utf8"));
  const hash = createHash("sha256");
  const add = (name) => hash.update(`\0${name}\0`).update(readFileSync(path.join(root, name)));
  for (const name of [
    "tsconfig.build.json",
    "tsconfig.json",
    "package-lock.json",
    "scripts/build.mjs",
    "scripts/client-package.mjs",
    "scripts/one-file.mjs",
    "package.json",
    "client/PACKAGE.md",
    ...files,
  ])
    if (existsSync(path.join(root, name))) add(name);
  for (const folder of new Set([...include, ...copied]))
    for (const entry of readdirSync(path.join(root, folder), {
      recursive: true,
      withFileTypes: true,
    }).toSorted(byPath))
      if (entry.isFile()) add(path.relative(root, path.join(entry.parentPath, entry.name)));
  return hash.digest("hex");
}

function byPath(one, other) {
  const [a, b] = [one, other].map((entry) => path.join(entry.parentPath, entry.name));
  return a < b ? -1 : Number(a > b);
}

const made = madeOf();
if (!process.argv.includes("--force") && existsSync(stamp) && readFileSync(stamp, "utf8") === made)
  process.exit(0);
if (!quiet) console.log("building to dist/ …");

// As deep as dist/, because source maps name their sources relative to it.
const fresh = path.join(root, `dist.new-${process.pid}`);
const old = path.join(root, `dist.old-${process.pid}`);
const remove = (folder) => rmSync(folder, { recursive: true, force: true });
process.on("exit", () => remove(fresh));

const compiler = path.join(root, "node_modules", "typescript", "bin", "tsc");
const done = spawnSync(process.execPath, [compiler, "-p", config, "--outDir", fresh], {
  cwd: root,
  stdio: quiet ? ["ignore", "pipe", "pipe"] : "inherit",
});
if (done.status !== 0) {
  if (quiet) process.stderr.write(`${done.stdout ?? ""}${done.stderr ?? ""}`);
  console.error("the build failed; `npm ci` installs what it needs");
  process.exit(done.status ?? 1);
}
for (const folder of copied) cpSync(path.join(root, folder), path.join(fresh, folder), { recursive: true });
// What needs a package that is not installed with this one is put into one file with it.
const hook = path.join(fresh, "server/commands/load/typescript-hook.js");
if (existsSync(hook)) {
  const { build } = await import("esbuild");
  const entry = { entryPoints: [hook], outfile: hook, allowOverwrite: true, bundle: true, minify: true };
  await build({ ...entry, format: "esm", platform: "node", target: "node20", logLevel: "error" });
}
if (existsSync(path.join(fresh, "client"))) {
  const { makeClientPackage } = await import("./client-package.mjs");
  const sizes = await makeClientPackage(fresh, root);
  if (!quiet) console.log(sizes);
}
if (existsSync(path.join(fresh, "server/main.js"))) {
  const { makeOneFile } = await import("./one-file.mjs");
  await makeOneFile(fresh, root);
}
// A clone runs it too, without npm's link to it.
const commandLine = path.join(fresh, "server/cli.js");
if (existsSync(commandLine)) chmodSync(commandLine, 0o755);
writeFileSync(path.join(fresh, ".made-of"), made);
if (existsSync(dist)) renameSync(dist, old);
renameSync(fresh, dist);
remove(old);
