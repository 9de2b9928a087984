/** Who may use the console: the dashboard's user as operator, another as viewer, and callers with an operator's token. */
import type { Request } from "express";
import { because } from "../../core/contract/cause.ts";
import { GameError } from "../../core/contract/errors.ts";
import type { Identity } from "../../core/contract/session.ts";
import { asId, type UserId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import { bearerOf } from "../../middleware/authenticate.ts";
import type { Attempts } from "../admin/attempts.ts";
import type { AdminCredentials } from "../admin/credentials.ts";
import type { AdminSessions } from "../admin/login.ts";
import type { ConsoleRole } from "../http/route.ts";

/** What the ids of sessions look like; tokens have dots. */
const SESSION = /^[\w-]{32}$/;

interface ConsoleSession {
  readonly session: string;
  readonly name: string;
  readonly role: ConsoleRole;
}

export interface ConsoleAccess {
  /** @throws GameError `unauthorized`, `rate_limited` */
  login(req: Request, username: string, password: string): Promise<ConsoleSession>;
  /** Ends the session that the request comes with, where it is one. */
  logout(req: Request): Promise<void>;
  /** @throws GameError `unauthorized`, `forbidden` or what is wrong with the token */
  requireConsole(req: Request, role: ConsoleRole): Promise<Identity>;
}

export interface ConsoleAccessOptions {
  readonly operator: AdminCredentials;
  readonly viewer: AdminCredentials | undefined;
  readonly sessions: AdminSessions;
  readonly attempts: Attempts;
  readonly log: Log;
  addressOf(req: Request): string;
  /** The caller, where it is a token with a role that operates, or the API key. */
  requireOperator(req: Request): Promise<Identity>;
}

export const consoleRoleOf = ({ roles }: Identity): ConsoleRole =>
  roles.includes("admin") || roles.includes("service") ? "operator" : "viewer";

export function createConsoleAccess(options: ConsoleAccessOptions): ConsoleAccess {
  const { sessions, attempts, log } = options;
  const accounts = [
    { credentials: options.operator, role: "operator" },
    ...(options.viewer === undefined ? [] : [{ credentials: options.viewer, role: "viewer" } as const]),
  ] as const;

  async function callerOf(req: Request): Promise<Identity> {
    const bearer = bearerOf(req.headers.authorization);
    const opened =
      bearer !== undefined && SESSION.test(bearer) ? await sessions.credentialsOf(bearer) : undefined;
    if (opened === undefined) {
      return options.requireOperator(req).catch((err: unknown) => {
        if (bearer !== undefined) attempts.resume(options.addressOf(req));
        throw err;
      });
    }
    for (const { credentials, role } of accounts)
      if (opened === (await credentials.fingerprint())) return identityOf(credentials.username, role);
    throw new GameError("unauthorized", {
      cause: because("session", "the session is of former credentials"),
    });
  }

  return {
    async login(req, username, password) {
      const address = options.addressOf(req);
      await attempts.login(address);
      for (const { credentials, role } of accounts) {
        if (!(await credentials.match(username, password))) continue;
        const session = await sessions.open(await credentials.fingerprint());
        log.info({ address, role }, "the console was opened");
        return { session, name: credentials.username, role };
      }
      throw new GameError("unauthorized", {
        message: "invalid credentials",
        cause: because("credentials", "the user or the password is wrong"),
      });
    },
    async logout(req) {
      const bearer = bearerOf(req.headers.authorization);
      if (bearer !== undefined && SESSION.test(bearer)) await sessions.end(bearer);
    },
    async requireConsole(req, role) {
      const caller = await callerOf(req);
      if (role === "operator" && consoleRoleOf(caller) !== "operator")
        throw new GameError("forbidden", {
          message: "viewers of the console may change nothing",
          cause: because("role", "operator is needed, not viewer"),
        });
      return caller;
    },
  };
}

/** An operator counts as `admin` does; a viewer has no role, and is let in by name. */
const identityOf = (username: string, role: ConsoleRole): Identity => ({
  userId: asId<UserId>(`console:${username}`),
  name: username,
  roles: role === "operator" ? ["admin"] : [],
  anonymous: false,
});
