/** What the server needs of its machine: Node, a port, open files, a disk, private sockets. */
import { existsSync } from "node:fs";
import { access, constants, readFile, statfs } from "node:fs/promises";
import { createServer } from "node:net";
import path from "node:path";
import { privateSockets } from "../../cluster/private-sockets.ts";
import type { Config } from "../../config/index.ts";
import { whyNotListening } from "../../process/usage.ts";
import { bad, type Finding, good, look } from "./finding.ts";

/** As package.json says it. */
const NODE = [20, 19] as const;
/** Descriptors beside those of connections: files, Redis, other workers. */
const SPARE_FILES = 200;
const USUAL_CONNECTIONS = 10_000;
const LITTLE_DISK = 1024 ** 3;
const NO_DISK = 64 * 1024 ** 2;
const ANSWER_MS = 1_500;

export function checkNode(version = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isEnough = major > NODE[0] || (major === NODE[0] && minor >= NODE[1]);
  return isEnough
    ? good(`Node ${version}`)
    : bad(`Node ${version} is too old`, `install Node ${NODE.join(".")} or newer`);
}

export async function checkPort({ server }: Pick<Config, "server">): Promise<Finding> {
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once("error", reject).listen(server.port, server.host, resolve);
    });
    return good(`port ${server.port} of ${server.host} is free`);
  } catch (err) {
    if (await isMuster(server)) return good(`a Muster server answers on port ${server.port}`);
    return bad("the port can't be opened", whyNotListening(err, server));
  } finally {
    probe.close();
  }
}

async function isMuster({ port, tls }: Config["server"]): Promise<boolean> {
  if (tls !== undefined) return false;
  try {
    const response = await fetch(`http://127.0.0.1:${port}/health`, {
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const body: unknown = await response.json();
    return typeof body === "object" && body !== null && "status" in body && "clients" in body;
  } catch {
    return false;
  }
}

/** @param limits the text of `/proc/self/limits`; undefined where the system has none */
export function checkOpenFiles(
  limits: string | undefined,
  { websocket }: Pick<Config, "websocket">,
): Finding {
  const found = /^Max open files\s+(\d+|unlimited)/m.exec(limits ?? "")?.[1];
  if (found === undefined)
    return look("the limit of open files is not known here", "ulimit -n tells it; it bounds connections");
  if (found === "unlimited") return good("no limit of open files");
  const wanted = (websocket.maxConnections || USUAL_CONNECTIONS) + SPARE_FILES;
  const has = Number(found);
  return has >= wanted
    ? good(`${has} open files`)
    : look(
        `${has} open files are fewer than ${wanted} connections and files`,
        `raise it before the start (ulimit -n ${wanted}, LimitNOFILE of systemd, ulimits of Docker), or set websocket.limits.max_connections`,
      );
}

export const readLimits = (): Promise<string | undefined> =>
  readFile("/proc/self/limits", "utf8").catch(() => undefined);

/** The folder of the embedded store, or the nearest that is there already. */
export async function checkDisk({ store }: Pick<Config, "store">): Promise<Finding> {
  let folder = path.resolve(store.dataDir);
  while (!existsSync(folder)) folder = path.dirname(folder);
  try {
    await access(folder, constants.W_OK);
  } catch {
    return bad(
      `${folder} can't be written`,
      "give this user the right to, or choose another folder with DATA_DIR",
    );
  }
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const text = `${(free / 1024 ** 3).toFixed(1)} GB free for ${store.dataDir}`;
  if (free < NO_DISK)
    return bad(text, "free some, or choose another disk with DATA_DIR: messages are refused");
  return free < LITTLE_DISK
    ? look(text, "a full disk refuses messages: free some, or set retention lower")
    : good(text);
}

export function checkPrivateSockets(): Finding {
  try {
    const { folder } = privateSockets("doctor-of-this-host");
    return good(`private sockets between workers in ${folder}`);
  } catch (err) {
    return bad("workers can't reach each other", err instanceof Error ? err.message : String(err));
  }
}
