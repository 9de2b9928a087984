/** Sessions of the dashboard, in the store: one that was opened on a worker goes on at any other. */
import { createHash, randomBytes } from "node:crypto";
import { type Documents, put } from "../../core/ports/store/documents.ts";
import { type DocumentKey, documentKey, partitions } from "../../core/ports/store/keys.ts";

/** From the log-in on. */
const SESSION_MS = 12 * 3_600_000;
const MAX_ID_LENGTH = 128;

interface AdminSession {
  /** Of the credentials it was opened with. */
  readonly credentials: string;
}

export interface AdminSessions {
  /** @returns the session's id, which is a secret: the store has only its hash */
  open(credentials: string): Promise<string>;
  /** Whether it is open and was opened with these credentials. */
  exists(id: string, credentials: string): Promise<boolean>;
}

export function createAdminSessions(documents: Documents): AdminSessions {
  return {
    async open(credentials) {
      const id = randomBytes(24).toString("base64url");
      const key = keyOf(id);
      await documents.commit({
        partition: key.partition,
        documents: [put(key, 0, { credentials }, SESSION_MS)],
      });
      return id;
    },
    async exists(id, credentials) {
      if (id.length > MAX_ID_LENGTH) return false;
      const found = await documents.load(keyOf(id));
      return found?.state.credentials === credentials;
    },
  };
}

const keyOf = (id: string): DocumentKey<AdminSession> =>
  documentKey(partitions.system(), `admin-session:${createHash("sha256").update(id).digest("base64url")}`);
