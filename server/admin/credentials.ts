/** The user that may see the dashboard: the configured one, or under AUTH_MODE=dev one whose password is made here. */
import { randomBytes } from "node:crypto";
import bcrypt from "bcryptjs";
import { update } from "../../core/consistency/transact.ts";
import type { Documents } from "../../core/ports/store/documents.ts";
import { documentKey, partitions } from "../../core/ports/store/keys.ts";
import { areEqualSecrets, sha256 } from "../../core/sha256.ts";
import type { Config } from "../config/config.ts";

const DEV_USER = "admin";
/** A password may be configured as a hash, so that it is written nowhere. */
const BCRYPT = /^\$2[aby]\$\d{2}\$[./A-Za-z0-9]{53}$/;
const MAX_LENGTH = 256;

/** Made once for all workers, and kept. */
const madeKey = documentKey<{ readonly password: string }>(partitions.system(), "admin-password");

export interface AdminCredentials {
  readonly username: string;
  /** @throws GameError `unavailable` where the password is in a store that is away */
  match(username: unknown, password: unknown): Promise<boolean>;
  /** Changes with the credentials: sessions of former ones are void. */
  fingerprint(): Promise<string>;
  /** To be shown to the developer; undefined where they are configured. */
  made(): Promise<{ readonly username: string; readonly password: string } | undefined>;
}

/** Undefined: there is no dashboard. */
export function createCredentials(config: Config, documents: Documents): AdminCredentials | undefined {
  const { enabled, username, password } = config.admin;
  if (!enabled) return undefined;
  if (username !== undefined && password !== undefined)
    return credentialsOf(username, async () => password, false);
  // A server that asks its players for tokens has no page that is open to all.
  if (config.auth.mode !== "dev" || config.production) return undefined;
  let known: string | undefined;
  return credentialsOf(
    DEV_USER,
    async () => {
      known ??= await madePassword(documents);
      return known;
    },
    true,
  );
}

/** Those of a viewer of the console, who may change nothing; undefined where none are configured. */
export function viewerCredentials({ admin }: Config): AdminCredentials | undefined {
  const { viewerUsername, viewerPassword } = admin;
  if (!admin.enabled || viewerUsername === undefined || viewerPassword === undefined) return undefined;
  return credentialsOf(viewerUsername, async () => viewerPassword, false);
}

function credentialsOf(username: string, read: () => Promise<string>, made: boolean): AdminCredentials {
  return {
    username,
    async match(givenName, givenPassword) {
      if (typeof givenName !== "string" || typeof givenPassword !== "string") return false;
      if (givenName.length > MAX_LENGTH || givenPassword.length > MAX_LENGTH) return false;
      const expected = await read();
      const nameFits = areEqualSecrets(givenName, username);
      const passwordFits = BCRYPT.test(expected)
        ? await bcrypt.compare(givenPassword, expected)
        : areEqualSecrets(givenPassword, expected);
      return nameFits && passwordFits;
    },
    fingerprint: async () => sha256(`${username.length}:${username}:${await read()}`),
    made: async () => (made ? { username, password: await read() } : undefined),
  };
}

async function madePassword(documents: Documents): Promise<string> {
  const fresh = { password: randomBytes(12).toString("base64url") };
  const { result } = await update(documents, madeKey, (current) =>
    current === undefined
      ? { state: fresh, result: fresh.password }
      : { state: undefined, result: current.state.password },
  );
  return result;
}
