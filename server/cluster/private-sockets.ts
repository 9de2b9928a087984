/** Unix sockets between the workers of one host, in a folder that only this system user can enter. */
import { lstatSync, mkdirSync } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { StartError } from "../process/usage.ts";

/** The least that systems allow for a unix socket's name. */
const MAX_SOCKET_PATH_BYTES = 103;
const SOCKET_SUFFIX = ".sock";
/** A younger one may be of a worker that is about to listen on it. */
const MIN_AGE_MS = 5_000;
const ANSWER_MS = 500;

/** Whether nobody listens on it any more: the kernel refuses such a connection at once. */
export function isDead(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = net.connect(socketPath).setTimeout(ANSWER_MS);
    const answer = (dead: boolean) => {
      probe.destroy();
      resolve(dead);
    };
    probe.on("connect", () => answer(false));
    probe.on("timeout", () => answer(false));
    probe.on("error", (err: NodeJS.ErrnoException) => answer(err.code === "ECONNREFUSED"));
  });
}

async function removeIfStale(socketPath: string): Promise<void> {
  try {
    const { mtimeMs } = await stat(socketPath);
    if (Date.now() - mtimeMs < MIN_AGE_MS || !(await isDead(socketPath))) return;
    await rm(socketPath, { force: true });
  } catch {
    // Another worker was faster, or it is not ours to remove: neither keeps this one from starting.
  }
}

/** Removes those that killed workers have left behind. */
export async function removeStaleSockets(folder: string): Promise<void> {
  for (const name of await readdir(folder))
    if (name.endsWith(SOCKET_SUFFIX)) await removeIfStale(path.join(folder, name));
}

/** Makes a folder that only this system user can enter; refuses one that somebody else has made. */
function privateFolder(folder: string): string {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (err) {
    const code = err instanceof Error && "code" in err ? String(err.code) : String(err);
    throw new StartError(`${folder} cannot be made (${code}): set TMPDIR to a folder that can be written`);
  }
  const made = lstatSync(folder);
  if (!made.isDirectory() || made.uid !== os.userInfo().uid || (made.mode & 0o077) !== 0)
    throw new StartError(
      `${folder} must belong to this user alone (mode 0700): remove it, or set TMPDIR to another folder`,
    );
  return folder;
}

/**
 * @param id of the worker, or of one of its parts
 * @param folder left out: one of this system user's in the system's temporary folder
 * @throws StartError where the folder cannot be used, or its path is too long
 */
export function privateSockets(id: string, folder = path.join(os.tmpdir(), `muster-${os.userInfo().uid}`)) {
  privateFolder(folder);
  const pathOf = (other: string) => path.join(folder, other + SOCKET_SUFFIX);
  if (Buffer.byteLength(pathOf(id)) > MAX_SOCKET_PATH_BYTES)
    throw new StartError(
      `${folder} is too long a path for the workers' sockets: set TMPDIR to a shorter one`,
    );
  return { folder, pathOf };
}
