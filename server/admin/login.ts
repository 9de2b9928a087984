/** Socket.IO middleware that admits to the namespace of the dashboard. */

import { randomBytes } from "node:crypto";
import type { Socket } from "socket.io";
import { because, quoted } from "../../core/contract/cause.ts";
import { GameError, type WireError } from "../../core/contract/errors.ts";
import type { Log } from "../../core/ports/log.ts";
import { type Documents, put, remove } from "../../core/ports/store/documents.ts";
import { type DocumentKey, documentKey, partitions } from "../../core/ports/store/keys.ts";
import { sha256 } from "../../core/sha256.ts";
import { RefusedPayload } from "../../middleware/dispatch.ts";
import { forgetAuth } from "../socketio/limits/handshakes.ts";
import type { Attempts } from "./attempts.ts";
import type { AdminCredentials } from "./credentials.ts";

// Sessions of the dashboard, in the store: one that was opened on a worker goes on at any other.

/** From the log-in on. */
export const SESSION_MS = 12 * 3_600_000;
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
  /** The credentials it was opened with; undefined where it is not open. */
  credentialsOf(id: string): Promise<string | undefined>;
  /** Nothing where it is not open. */
  end(id: string): Promise<void>;
}

export function createAdminSessions(documents: Documents): AdminSessions {
  const credentialsOf = async (id: string) =>
    id.length > MAX_ID_LENGTH ? undefined : (await documents.load(keyOf(id)))?.state.credentials;

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
    exists: async (id, credentials) => (await credentialsOf(id)) === credentials,
    credentialsOf,
    async end(id) {
      const key = keyOf(id);
      const found = await documents.load(key);
      if (found === undefined) return;
      await documents.commit({ partition: key.partition, documents: [remove(key, found.version)] });
    },
  };
}

const keyOf = (id: string): DocumentKey<AdminSession> =>
  documentKey(partitions.system(), `admin-session:${sha256(id)}`);

/** The Admin UI shows its log-in form for this text and no other. */
const REFUSED = "invalid credentials";

export interface LoginOptions {
  readonly credentials: AdminCredentials;
  readonly sessions: AdminSessions;
  readonly attempts: Attempts;
  readonly log: Log;
  /** Called for each refusal. @returns the error that the page gets */
  refused(socket: Socket, thrown: unknown): WireError;
  addressOf(socket: Socket): string;
  /** Only pages of this server and of configured origins, also where players may come from any. */
  originAllowed(socket: Socket): boolean;
  /** Called with the new session of a connection that has logged in. */
  opened(socket: Socket, session: string): void;
}

type Next = (err?: Error) => void;

/** What Socket.IO tells the page. */
const refusal = (data: WireError): Error & { data: WireError } => ({
  name: "Error",
  message: data.message,
  data,
});

export function createLogin(options: LoginOptions) {
  const { credentials, sessions, attempts, log } = options;

  async function admit(socket: Socket): Promise<void> {
    if (!options.originAllowed(socket))
      throw new GameError("forbidden", {
        message: "this origin is not allowed",
        cause: because(
          "origin",
          `origin ${quoted(socket.handshake.headers.origin)} is not this server's own`,
        ),
      });
    let cause = because("no credentials", "no user and password were brought");
    const { auth } = socket.handshake;
    if (auth instanceof RefusedPayload)
      throw new GameError(auth.code, { message: REFUSED, cause: auth.error });
    const { sessionId, username, password } = auth;
    const address = options.addressOf(socket);
    if (typeof sessionId === "string" && sessionId !== "") {
      attempts.resume(address);
      if (await sessions.exists(sessionId, await credentials.fingerprint())) return;
      cause = because("session", "its session is over, or of former credentials");
    } else if (username !== undefined) {
      await attempts.login(address);
      if (await credentials.match(username, password)) {
        options.opened(socket, await sessions.open(await credentials.fingerprint()));
        log.info({ address }, "the dashboard was opened");
        return;
      }
      cause = because("credentials", "the user or the password is wrong");
    }
    throw new GameError("unauthorized", { message: REFUSED, cause });
  }

  return function login(socket: Socket, next: Next): void {
    const judged = admit(socket).finally(() => forgetAuth(socket));
    judged.then(
      () => next(),
      (thrown: unknown) => {
        if (!(thrown instanceof GameError)) log.error({ err: thrown }, "a log-in could not be judged");
        const data = options.refused(socket, thrown);
        next(refusal(data));
      },
    );
  };
}
