/** The embedded store's one file, as lmdb opens it. */
import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import { endianness } from "node:os";
import { join, resolve } from "node:path";
import { open } from "lmdb";
import { StartError } from "../process/usage.ts";

/** The file under DATA_DIR. */
export const DATABASE = "muster.mdb";

/** For who only reads. @throws StartError where there is no store under the folder */
export function assertThere(dataDir: string): void {
  if (!existsSync(join(dataDir, DATABASE)))
    throw new StartError(
      `there is no embedded store in ${resolve(dataDir)}: set DATA_DIR to the server's, or REDIS_URL where it uses Redis`,
    );
}

/** Of lmdb's files, as the machine writes numbers. */
const MAGIC = { at: 24, number: 0xbeefc0de };

/** lmdb trusts its file: with one that is none the process would crash. */
function assertDatabase(path: string): void {
  if (!existsSync(path) || statSync(path).size === 0) return;
  const head = Buffer.alloc(MAGIC.at + 4);
  const file = openSync(path, "r");
  readSync(file, head);
  closeSync(file);
  const magic = endianness() === "LE" ? head.readUInt32LE(MAGIC.at) : head.readUInt32BE(MAGIC.at);
  if (magic !== MAGIC.number) throw new Error(`${DATABASE} is no lmdb file, or is damaged`);
}

/** @throws Error where there is a file that is none of lmdb's */
export function openDatabase(dataDir: string, options: { readonly readOnly?: true } = {}) {
  const path = join(dataDir, DATABASE);
  assertDatabase(path);
  return open<string, string>({
    path,
    encoding: "string",
    // With it lmdb acknowledges what kill -9 can still take back.
    overlappingSync: false,
    // Batches are made here, not per turn of the event loop.
    eventTurnBatching: false,
    ...options,
  });
}
