/** Logging in to the console, and its audit. */
import { SESSION_MS } from "../../admin/login.ts";
import { bodyRoute, PUBLIC, type Route, route } from "../../http/route.ts";
import { AuditAnswer } from "../answers.ts";
import type { ConsoleAudit } from "../audit.ts";
import { BeforeQuery, LoginAnswer, LoginBody, LogoutAnswer, MeAnswer } from "../schemas.ts";
import { type ConsoleAccess, consoleRoleOf } from "../session.ts";
import { answered, beforeOf, viewers } from "./paging.ts";
import { queryRoute } from "./query.ts";

export function sessionRoutes(access: ConsoleAccess, audit: ConsoleAudit): Route[] {
  return [
    bodyRoute(
      {
        method: "post",
        path: "/api/console/login",
        summary: "Opens a session of the console, good for twelve hours on every worker.",
        access: PUBLIC,
        body: LoginBody,
        answers: answered(LoginAnswer, "The session, which is a secret"),
        failures: ["401", "429", "503"],
      },
      async ({ req, res, body: { username, password } }) => {
        res.json({ ...(await access.login(req, username, password)), expires_in: SESSION_MS / 1_000 });
      },
    ),
    route(
      {
        method: "post",
        path: "/api/console/logout",
        summary: "Ends the session that the request comes with.",
        access: viewers,
        answers: answered(LogoutAnswer),
        failures: ["503"],
      },
      async ({ req, res }) => {
        await access.logout(req);
        res.json({ logged_out: true });
      },
    ),
    route(
      {
        method: "get",
        path: "/api/console/me",
        summary: "Who the caller is to the console.",
        access: viewers,
        answers: answered(MeAnswer),
      },
      ({ res, caller }) => {
        if (caller) res.json({ name: caller.name, role: consoleRoleOf(caller) });
      },
    ),
    queryRoute(
      {
        method: "get",
        path: "/api/console/audit",
        summary: "What operators have done here, newest page first: the newest 10,000 acts are kept.",
        access: viewers,
        query: BeforeQuery,
        answers: answered(AuditAnswer),
        failures: ["503"],
      },
      async ({ res, query }) => void res.json(await audit.page(beforeOf(query))),
    ),
  ];
}
