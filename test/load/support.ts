/** `muster load` as it is installed: the compiled command, in a project of its own that has the package. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LoadResult } from "../../load/report/result.ts";
import { SECRET } from "../support/app.ts";
import { ensureBuilt, ROOT } from "../support/built.ts";

const LIMIT_MS = 60_000;

interface LoadEnded {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface LoadProject {
  readonly folder: string;
  /** Writes a file of it. */
  put(name: string, text: string): Promise<void>;
  /** Runs the command; JWT_SECRET is the one of the tests' servers. */
  load(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<LoadEnded>;
  /** The same with `--json`. @throws where it ended with another code than 0 or 1 */
  run(args: readonly string[]): Promise<LoadEnded & { readonly result: LoadResult }>;
  close(): Promise<void>;
}

export async function loadProject(): Promise<LoadProject> {
  await ensureBuilt();
  const folder = await mkdtemp(join(tmpdir(), "muster-test-"));
  await mkdir(join(folder, "node_modules"));
  await symlink(ROOT, join(folder, "node_modules/muster-server"));
  await writeFile(join(folder, "package.json"), '{"private": true, "type": "module"}\n');
  const load: LoadProject["load"] = (args, env = {}) =>
    new Promise((done) => {
      execFile(
        process.execPath,
        [join(ROOT, "dist/server/cli.js"), "load", ...args],
        { cwd: folder, env: { PATH: process.env.PATH, JWT_SECRET: SECRET, ...env }, timeout: LIMIT_MS },
        (error, stdout, stderr) => done({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
    });
  return {
    ...{ folder, load },
    put: (name, text) => writeFile(join(folder, name), text),
    async run(args) {
      const ended = await load([...args, "--json", "result.json"]);
      if (ended.code > 1) throw new Error(`it ended with ${ended.code}: ${ended.stderr}`);
      // Written by the command itself.
      const result = JSON.parse(await readFile(join(folder, "result.json"), "utf8")) as LoadResult;
      return { ...ended, result };
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
