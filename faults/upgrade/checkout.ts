/** Another version of the server, built in a folder of its own beside this one. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ROOT } from "../../test/support/built.ts";

const run = promisify(execFile);

export interface Checkout {
  /** The commit, shortened. */
  readonly commit: string;
  /** Of its server: what Node is given. */
  readonly program: readonly string[];
  close(): Promise<void>;
}

const git = async (...args: string[]): Promise<string> =>
  (await run("git", args, { cwd: ROOT })).stdout.trim();

/** @throws Error where there is no tag yet */
export async function newestTag(): Promise<string> {
  return git("describe", "--tags", "--abbrev=0").catch(() => {
    throw new Error("there is no tag yet: name a commit with --from");
  });
}

/** @throws Error where there is no such commit, or it can't be installed or built */
export async function checkOut(ref: string, progress: (text: string) => void): Promise<Checkout> {
  const commit = await git("rev-parse", "--short", "--verify", `${ref}^{commit}`).catch(() => {
    throw new Error(`git knows no commit ${ref}`);
  });
  const parent = await mkdtemp(join(tmpdir(), "muster-upgrade-"));
  const folder = join(parent, "muster");
  const close = async () => {
    await git("worktree", "remove", "--force", folder).catch(() => undefined);
    await rm(parent, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await git("worktree", "add", "--detach", folder, commit);
    const lockOf = (root: string) => readFile(join(root, "package-lock.json"), "utf8");
    if ((await lockOf(folder)) === (await lockOf(ROOT))) {
      progress(`${commit} has the packages of this version`);
      await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
    } else {
      progress(`npm ci of ${commit}`);
      await run("npm", ["ci", "--no-audit", "--no-fund"], { cwd: folder });
    }
    progress(`building ${commit}`);
    await run(process.execPath, ["scripts/build.mjs"], { cwd: folder });
    return { commit, program: [join(folder, "dist/server/main.js")], close };
  } catch (err) {
    await close();
    throw err;
  }
}
