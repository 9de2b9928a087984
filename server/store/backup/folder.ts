/** A folder with a backup of the embedded store: the database, and what is known of it. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readdir, readFile, statfs, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { StartError } from "../../process/usage.ts";

const MANIFEST = "backup.json";

export interface Manifest {
  readonly format: number;
  /** Of the command that has made it. */
  readonly version: string;
  /** ISO 8601. */
  readonly at: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** @throws StartError where it has anything in it, or is none */
export async function assertEmpty(folder: string): Promise<void> {
  const names = await namesIn(folder);
  if (names.length > 0)
    throw new StartError(`${resolve(folder)} is not empty: name a new folder for each backup`);
}

/** Nothing where there is no folder. @throws StartError where it cannot be read */
async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((err: NodeJS.ErrnoException) => {
    if (err.code === "ENOENT") return [];
    throw new StartError(`${resolve(folder)} cannot be read (${err.code ?? err.message})`);
  });
}

/** @throws StartError where the disk of a folder has no room for so much */
export async function assertRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free < bytes)
    throw new StartError(
      `${resolve(folder)} has ${free} bytes free, and ${bytes} are needed: free some, or name a folder on another disk`,
    );
}

/** Until the disk has it. */
export async function syncPath(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const path = join(folder, MANIFEST);
  await writeFile(path, `${JSON.stringify(manifest, undefined, 2)}\n`);
  await syncPath(path);
}

/** @throws StartError where the folder has no whole backup */
export async function readManifest(folder: string): Promise<Manifest> {
  const names = await namesIn(folder);
  if (!names.includes(MANIFEST))
    throw new StartError(
      `there is no whole backup in ${resolve(folder)}: ${MANIFEST} is missing, which muster backup writes last`,
    );
  const text = await readFile(join(folder, MANIFEST), "utf8");
  const isManifest = (value: unknown): value is Manifest =>
    typeof value === "object" && value !== null && "sha256" in value && "format" in value;
  try {
    const found: unknown = JSON.parse(text);
    if (isManifest(found)) return found;
  } catch {
    // As of one without its fields.
  }
  throw new StartError(`${MANIFEST} in ${resolve(folder)} is damaged: take another backup`);
}
