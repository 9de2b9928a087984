/** A build of server and benchmark for one run: what users run, and nobody's edits meanwhile change it. */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "../..");
/** What has more than TypeScript in it. */
const WITH_FILES = ["server", "proto"];

export interface Build {
  /** Stands for the root of the project. */
  readonly folder: string;
  remove(): void;
}

/** @throws Error where nothing comes of it */
export function buildForBench(): Build {
  const folder = path.join(root, ".tmp", `bench-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  const project = path.join(folder, "tsconfig.json");
  const whole = path.join(root, "tsconfig.build.json");
  const { include } = JSON.parse(readFileSync(whole, "utf8")) as { readonly include: readonly string[] };
  writeFileSync(
    project,
    JSON.stringify({
      extends: whole,
      compilerOptions: { outDir: folder, rootDir: root, declaration: false },
      // All of it, because declarations of modules stand beside what uses them.
      include: [...include, "bench"].map((name) => path.join(root, name)),
    }),
  );
  const compiler = path.join(root, "node_modules/typescript/bin/tsc");
  const done = spawnSync(process.execPath, [compiler, "-p", project], { cwd: root, encoding: "utf8" });
  if (!existsSync(path.join(folder, "server/app.js")))
    throw new Error(`the server could not be built:\n${done.stdout}${done.stderr}`);
  if (done.status !== 0)
    console.error(`the server has type errors; it is measured all the same:\n${done.stdout}${done.stderr}`);
  for (const name of WITH_FILES)
    if (existsSync(path.join(root, name)))
      cpSync(path.join(root, name), path.join(folder, name), {
        recursive: true,
        filter: (source) => !source.endsWith(".ts") || source.endsWith(".d.ts"),
      });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
