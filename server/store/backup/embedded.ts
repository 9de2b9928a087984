/** Backups of the embedded store: copied by a second process while the server runs, and put back while it does not. */
import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { packageVersion } from "../../package-version.ts";
import { StartError } from "../../process/usage.ts";
import { FORMAT_KEY, whereOf } from "../embedded/keys.ts";
import { lockDataDir } from "../embedded/lock.ts";
import { assertThere, DATABASE, openDatabase } from "../embedded-file.ts";
import { assertReadable, formatOf } from "../format.ts";
import {
  assertEmpty,
  assertRoom,
  type Manifest,
  readManifest,
  sha256Of,
  syncPath,
  writeManifest,
} from "./folder.ts";
import { type Renewed, renewDatabase } from "./renew.ts";

/** In the folder while it is not whole. */
const PART = `${DATABASE}.part`;
/** Below DATA_DIR, while a backup is prepared there. */
const PREPARING = "restoring";

/**
 * Copies the store as the last finished write has left it. Whoever writes goes on; only its file may grow meanwhile.
 * @param folder made where it is missing
 * @throws StartError where there is no store, or the folder is not empty or has no room
 */
export async function backUp(dataDir: string, folder: string): Promise<Manifest> {
  const source = join(dataDir, DATABASE);
  assertThere(dataDir);
  await assertEmpty(folder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await assertRoom(folder, (await stat(source)).size);
  const db = openDatabase(dataDir, { readOnly: true });
  try {
    const mark = db.get(FORMAT_KEY);
    assertReadable(mark, whereOf(dataDir));
    const part = join(folder, PART);
    await db.backup(part, true);
    await syncPath(part);
    const { size } = await stat(part);
    const sha256 = await sha256Of(part);
    await rename(part, join(folder, DATABASE));
    const manifest = {
      format: formatOf(mark),
      version: packageVersion(),
      at: new Date().toISOString(),
      bytes: size,
      sha256,
    };
    await writeManifest(folder, manifest);
    await syncPath(folder);
    return manifest;
  } finally {
    await db.close();
  }
}

export interface Restored extends Renewed {
  readonly manifest: Manifest;
  /** Where the store that was there is now; undefined where there was none. */
  readonly aside: string | undefined;
}

/**
 * Puts a backup into DATA_DIR. The store there is replaced in one step, when all is prepared: who interrupts this has the old one.
 * @param force moves a store that is there aside
 * @throws StartError where a server runs there, there is a store already, or the backup is damaged, of a newer server, or too large
 */
export async function restore(
  folder: string,
  dataDir: string,
  { force }: { readonly force: boolean },
): Promise<Restored> {
  const manifest = await readManifest(folder);
  await assertWhole(folder, manifest);
  const lock = await lockDataDir(dataDir, 0);
  try {
    const target = join(dataDir, DATABASE);
    if (existsSync(target) && !force)
      throw new StartError(`there is ${whereOf(dataDir)} already: --force moves it aside`);
    const preparing = join(dataDir, PREPARING);
    await rm(preparing, { recursive: true, force: true });
    await mkdir(preparing, { mode: 0o700 });
    await assertRoom(preparing, manifest.bytes);
    await copyFile(join(folder, DATABASE), join(preparing, DATABASE));
    const renewed = await renewDatabase(preparing);
    await syncPath(join(preparing, DATABASE));
    const aside = existsSync(target) ? await moveAside(dataDir) : undefined;
    // What lmdb keeps of its readers belongs to the file that was there.
    await rm(join(dataDir, `${DATABASE}-lock`), { force: true });
    await rename(join(preparing, DATABASE), target);
    await syncPath(dataDir);
    await rm(preparing, { recursive: true, force: true });
    return { ...renewed, manifest, aside };
  } finally {
    await lock.release();
  }
}

/** lmdb trusts its file: with a damaged one the process would crash. */
async function assertWhole(folder: string, { bytes, sha256 }: Manifest): Promise<void> {
  const path = join(folder, DATABASE);
  const found = existsSync(path) ? (await stat(path)).size : 0;
  if (found !== bytes || (await sha256Of(path)) !== sha256)
    throw new StartError(`${path} is damaged: it is not what muster backup has written. Take another backup`);
}

/** @returns the file's new name */
async function moveAside(dataDir: string): Promise<string> {
  const names = new Set(await readdir(dataDir));
  let number = 1;
  while (names.has(`${DATABASE}.before-${number}`)) number++;
  const aside = join(dataDir, `${DATABASE}.before-${number}`);
  await rename(join(dataDir, DATABASE), aside);
  return aside;
}
