/** The compiled server for tests that run it as a process of its own: built when it is missing or older than its sources. */
import { execFile } from "node:child_process";
import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const MAIN = join(ROOT, "dist/server/main.js");
const BUILD_LIMIT_MS = 90_000;

let built: Promise<void> | undefined;

/** Builds at most once per process of tests. */
export function ensureBuilt(): Promise<void> {
  built ??= buildIfOld();
  return built;
}

async function buildIfOld(): Promise<void> {
  const builtAt = await stat(MAIN).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  if (builtAt > (await newestChange())) return;
  await promisify(execFile)(process.execPath, [join(ROOT, "scripts/build.mjs"), "--quiet"], {
    timeout: BUILD_LIMIT_MS,
  });
}

async function sourceFolders(): Promise<string[]> {
  const { include } = JSON.parse(await readFile(join(ROOT, "tsconfig.build.json"), "utf8"));
  return include;
}

async function newestChange(): Promise<number> {
  let newest = 0;
  for (const folder of await sourceFolders())
    for (const entry of await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      newest = Math.max(newest, (await stat(join(entry.parentPath, entry.name))).mtimeMs);
    }
  return newest;
}
