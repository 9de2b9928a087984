/** Removes the private sockets that killed workers have left behind. */
import { readdir, rm, stat } from "node:fs/promises";
import net from "node:net";
import path from "node:path";

export const SOCKET_SUFFIX = ".sock";
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

export async function removeStaleSockets(folder: string): Promise<void> {
  for (const name of await readdir(folder))
    if (name.endsWith(SOCKET_SUFFIX)) await removeIfStale(path.join(folder, name));
}
