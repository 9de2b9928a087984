import { randomBytes } from "node:crypto";
import {
  closeSync,
  mkdirSync,
  openSync,
  readlinkSync,
  renameSync,
  statSync,
  symlinkSync,
  unlinkSync,
} from "node:fs";
import { createConnection, createServer, type Server } from "node:net";
import { dirname, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { StartError } from "../../process/usage.ts";

const LOCK = "writer.lock";
const RETRY_MS = 50;
const ANSWER_MS = 500;
/** A socket's name has 104 bytes on macOS, 108 on Linux. */
const MAX_FOLDER_BYTES = 75;

export interface DataDirLock {
  release(): Promise<void>;
}

/**
 * Makes this process the only one on the folder: a symbolic link to a unix-domain socket on which it listens. The kernel says
 * whether somebody still does, so the lock of a killed process is free at once, also between containers that share the folder.
 * @param waiting told once, where another has it and is waited for
 * @throws StartError, when another still has it after `waitMs`, or nothing can be written there
 */
export async function lockDataDir(
  dataDir: string,
  waitMs: number,
  waiting?: (owner: string) => void,
): Promise<DataDirLock> {
  const own = `writer-${randomBytes(6).toString("hex")}.sock`;
  const [folder, server] = await prepare(dataDir, own).catch((err: unknown) => {
    if (err instanceof StartError) throw err;
    throw new StartError(
      `DATA_DIR ${resolve(dataDir)} cannot be written (${reasonOf(err)}): ` +
        "give it to the user that runs the server, or choose another DATA_DIR.",
    );
  });
  async function letGo(): Promise<void> {
    await new Promise((done) => server.close(done));
    folder.close();
  }
  const giveUpAt = performance.now() + waitMs;
  const ownerNow = async () => (await ask(join(folder.path, LOCK))) || "another process";
  for (let tries = 0; !(await take(folder.path, own)); tries++) {
    if (performance.now() < giveUpAt) {
      if (tries === 0) waiting?.(await ownerNow());
      await delay(RETRY_MS);
      continue;
    }
    const owner = await ownerNow();
    await letGo();
    throw new StartError(
      `DATA_DIR ${resolve(dataDir)} is in use by ${owner}, and the embedded store is for one: ` +
        "stop the other, choose another DATA_DIR, or set REDIS_URL to run several workers.",
    );
  }
  return {
    async release() {
      if (targetOf(join(folder.path, LOCK)) === own) remove(join(folder.path, LOCK));
      await letGo();
    },
  };
}

/** The folder, and the socket in it. */
async function prepare(dataDir: string, name: string) {
  makeFolder(resolve(dataDir));
  const folder = openFolder(dataDir);
  try {
    return [folder, await listen(join(folder.path, name))] as const;
  } catch (err) {
    folder.close();
    throw err;
  }
}

/** With those above it. Node's own `recursive` does not end where the system makes none, as in /proc. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (err) {
    const code = codeOf(err);
    if (code === "EEXIST" && statSync(path).isDirectory()) return;
    if (code !== "ENOENT" || dirname(path) === path) throw err;
    makeFolder(dirname(path));
    mkdirSync(path);
  }
}

const reasonOf = (err: unknown) => codeOf(err) ?? String(err);

/** Where the path is too long for a socket's name, Linux has a short one for an open folder. */
function openFolder(dataDir: string): { path: string; close(): void } {
  const path = resolve(dataDir);
  if (Buffer.byteLength(path) <= MAX_FOLDER_BYTES) return { path, close() {} };
  if (process.platform !== "linux")
    throw new StartError(`DATA_DIR ${path} is longer than ${MAX_FOLDER_BYTES} bytes: choose a shorter path.`);
  const fd = openSync(path, "r");
  return { path: `/proc/self/fd/${fd}`, close: () => closeSync(fd) };
}

/** Listens without keeping the process alive, and (exclusive) itself where it is a cluster's worker. */
function listen(path: string): Promise<Server> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.end(`process ${process.pid}`);
  });
  server.unref();
  return new Promise((done, reject) => {
    server.once("error", reject);
    server.listen({ path, exclusive: true }, () => done(server));
  });
}

async function take(folder: string, own: string): Promise<boolean> {
  if (link(folder, own)) return true;
  const owner = targetOf(join(folder, LOCK));
  if (owner !== undefined && (await ask(join(folder, owner))) !== undefined) return false;
  if (owner !== undefined) clear(folder, owner, `${own}.dead`);
  return link(folder, own);
}

/** False where there is a lock. */
function link(folder: string, own: string): boolean {
  try {
    symlinkSync(own, join(folder, LOCK));
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** Moves the dead owner's lock away. Two may do so at once: the names tell whose was moved, and another's is put back. */
function clear(folder: string, owner: string, aside: string): void {
  const lock = join(folder, LOCK);
  if (targetOf(lock) !== owner) return;
  try {
    renameSync(lock, join(folder, aside));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    throw error;
  }
  const moved = targetOf(join(folder, aside));
  remove(join(folder, aside));
  if (moved !== undefined && moved !== owner) link(folder, moved);
  else remove(join(folder, owner));
}

/** What the owner says of itself (empty where it is too busy to say it); undefined where nobody listens. */
function ask(path: string): Promise<string | undefined> {
  return new Promise((done) => {
    const socket = createConnection(path);
    let said = "";
    const answer = (value: string | undefined) => {
      socket.destroy();
      done(value);
    };
    socket.setTimeout(ANSWER_MS, () => answer(said));
    socket.on("data", (data) => {
      said += data.toString("utf8", 0, 100);
    });
    socket.on("end", () => answer(said));
    socket.on("error", (error) => {
      const isDead = ["ECONNREFUSED", "ENOENT", "ENOTSOCK"].includes(codeOf(error) ?? "");
      answer(isDead ? undefined : said);
    });
  });
}

function targetOf(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
