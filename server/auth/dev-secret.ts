/**
 * The secret of `AUTH_MODE=dev` where none is configured: made once and kept in DATA_DIR, so that the token command and later
 * starts know it; with Redis the workers agree on one, and each keeps a copy there.
 */
import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { put } from "../../core/ports/store/documents.ts";
import { documentKey, partitions } from "../../core/ports/store/keys.ts";
import type { Store } from "../../core/ports/store/store.ts";

const SECRET = /^[\w-]{43}$/;
const DOCUMENT = documentKey<{ readonly secret: string }>(partitions.system(), "dev-secret");

const devSecretFile = (dataDir: string) => join(dataDir, "dev-secret");

/** The secret kept in DATA_DIR; undefined where there is none yet. */
export function readDevSecret(dataDir: string): string | undefined {
  const file = devSecretFile(dataDir);
  let content: string;
  try {
    content = readFileSync(file, "utf8").trim();
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw cause;
  }
  if (!SECRET.test(content))
    throw new Error(`${file} does not hold a secret: delete it, and a new one is made`);
  return content;
}

/** The kept secret, or a new one. Of several processes that make one at the same time, one wins for all. */
export function keepDevSecret(dataDir: string): string {
  const kept = readDevSecret(dataDir);
  if (kept !== undefined) return kept;
  const draft = writeDraft(dataDir, randomBytes(32).toString("base64url"));
  try {
    // Unlike a rename, a link fails where another process was faster.
    linkSync(draft, devSecretFile(dataDir));
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "EEXIST")) throw cause;
  } finally {
    rmSync(draft, { force: true });
  }
  const made = readDevSecret(dataDir);
  if (made === undefined) throw new Error(`${devSecretFile(dataDir)} was deleted while it was made`);
  return made;
}

/**
 * The secret that all workers of the store share. This worker's own is proposed; the first one proposed is everybody's.
 * @throws GameError `unavailable` while the store is away
 */
export async function sharedDevSecret(store: Store, dataDir: string): Promise<string> {
  const own = keepDevSecret(dataDir);
  if (!store.shared) return own;
  const agreed = (await store.documents.load(DOCUMENT))?.state.secret ?? (await propose(store, own));
  if (agreed !== own) renameSync(writeDraft(dataDir, agreed), devSecretFile(dataDir));
  return agreed;
}

async function propose(store: Store, secret: string): Promise<string> {
  const done = await store.documents.commit({
    partition: DOCUMENT.partition,
    documents: [put(DOCUMENT, 0, { secret })],
  });
  if (done.outcome === "committed") return secret;
  const winner = await store.documents.load(DOCUMENT);
  if (winner === undefined) throw new Error("the shared secret was removed while it was made");
  return winner.state.secret;
}

/** Readable by its owner only, from its first byte on. */
function writeDraft(dataDir: string, secret: string): string {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const draft = `${devSecretFile(dataDir)}.${process.pid}.${randomBytes(6).toString("hex")}`;
  writeFileSync(draft, `${secret}\n`, { mode: 0o600, flag: "wx" });
  return draft;
}
