/**
 * A route of the HTTP API as a value: what is served, what the OpenAPI document says of it and what validates its body are the same.
 */

import type { NextFunction, Request, RequestHandler, Response, Router } from "express";
import type { Static, TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { OPERATORS, type Role } from "../../core/contract/contract.ts";
import { GameError } from "../../core/contract/errors.ts";
import type { Identity } from "../../core/contract/session.ts";
import { didYouMean } from "../../core/did-you-mean.ts";
import { isWellFormed } from "../../core/text.ts";
import { fieldsOf, firstMistake } from "../../middleware/explain.ts";

/** Callers that are admitted: all, a token with one of these roles (or the API key), or the like under AUTH_MODE=jwt only. */
export type RouteAccess =
  | { readonly kind: "public" }
  | { readonly kind: "roles"; readonly roles: readonly Role[] }
  | { readonly kind: "open" }
  /** A session of the console with this role, or a token of an operator's. */
  | { readonly kind: "console"; readonly role: ConsoleRole };

/** A viewer looks, an operator acts too. */
export type ConsoleRole = "viewer" | "operator";

/** What a route answers with: JSON of a schema, or text of a media type. */
export interface Answer {
  readonly description: string;
  readonly schema?: TSchema;
  readonly type?: string;
}

export interface RouteSpec {
  readonly method: "get" | "post";
  /** In Express' form: `/ws/:room_id/stats`. */
  readonly path: string;
  readonly summary: string;
  readonly access: RouteAccess;
  readonly body?: TSchema;
  /** Parameters of the query, none of which is needed. */
  readonly query?: { readonly properties: Readonly<Record<string, TSchema>> };
  /** Request headers that the route reads, with what they do. */
  readonly headers?: Readonly<Record<string, string>>;
  /** By status. Errors are added by what the route checks. */
  readonly answers: Readonly<Record<string, Answer>>;
  /** Statuses of failures beside those that access and body bring along. */
  readonly failures?: readonly string[];
  /** Unset where several media types are served at once. */
  readonly alternatives?: readonly Answer[];
}

export interface RouteContext<B> {
  readonly req: Request;
  readonly res: Response;
  readonly body: B;
  /** Whoever calls; undefined where the route is open and no token was given. */
  readonly caller: Identity | undefined;
}

export interface Route {
  readonly spec: RouteSpec;
  readonly explain: (raw: unknown) => string | undefined;
  handle(context: RouteContext<unknown>): Promise<void> | void;
}

/** A route without a body. */
export function route(
  spec: Omit<RouteSpec, "body">,
  handle: (context: RouteContext<undefined>) => Promise<void> | void,
): Route {
  return { spec, explain: () => undefined, handle: (context) => handle({ ...context, body: undefined }) };
}

/** A route whose body fits a schema before `handle` sees it. */
export function bodyRoute<B extends TSchema>(
  spec: RouteSpec & { readonly body: B },
  handle: (context: RouteContext<Static<B>>) => Promise<void> | void,
): Route {
  const validator = Compile(spec.body);
  const fields = fieldsOf(spec.body);
  return {
    spec,
    explain(raw) {
      const stray = strayField(raw, fields);
      if (stray !== undefined) return `${stray}: there is no such field${didYouMean(stray, fields)}`;
      if (validator.Check(raw)) return undefined;
      // No body, or one that its content-type does not call JSON.
      if (raw === undefined) return "body: JSON is needed, with content-type: application/json";
      const mistake = firstMistake(validator, raw, fields);
      return `${mistake?.path || "body"}: ${mistake?.message ?? "does not have the form that this request takes"}`;
    },
    // `explain` has checked it.
    handle: (context) => handle(context as RouteContext<Static<B>>),
  };
}

/** A service that misspells a field would wonder why nothing comes of it. Events of clients are not so strict: they may be newer. */
function strayField(raw: unknown, fields: readonly string[]): string | undefined {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) return undefined;
  return Object.keys(raw)
    .find((name) => !fields.includes(name))
    ?.slice(0, 64);
}

export interface RouteGuard {
  /** @throws GameError `unauthorized`, `forbidden` or what is wrong with the token */
  requireRole(req: Request, roles: readonly Role[]): Promise<Identity>;
  /** @throws GameError `unauthorized` or `forbidden` */
  requireConsole(req: Request, role: ConsoleRole): Promise<Identity>;
}

/**
 * Puts routes onto a router; another method of a known path is answered with 405.
 * @param readBody called for routes that take a body, when it is known that the caller may
 */
export function mount(
  router: Router,
  routes: readonly Route[],
  guard: RouteGuard,
  readBody: RequestHandler,
): void {
  const methods = new Map<string, string[]>();
  for (const { spec, explain, handle } of routes) {
    methods.set(spec.path, [...(methods.get(spec.path) ?? []), spec.method.toUpperCase()]);
    const callers = new WeakMap<Request, Identity>();
    async function admit(req: Request, _res: Response, next: NextFunction) {
      const caller = await callerOf(req, spec.access, guard);
      if (caller) callers.set(req, caller);
      next();
    }
    async function serve(req: Request, res: Response) {
      const caller = callers.get(req);
      const body: unknown = req.body;
      const wrong =
        explain(body) ??
        (isWellFormed(body) ? undefined : "body: half a character in a text, or a number that is too large");
      if (wrong !== undefined) throw new GameError("invalid_payload", { message: wrong });
      res.set("cache-control", "no-store");
      await handle({ req, res, body, caller });
    }
    router[spec.method](spec.path, admit, ...(spec.body === undefined ? [] : [readBody]), serve);
  }
  for (const [path, allowed] of methods)
    router.all(path, function methodNotAllowed(req: Request, res: Response) {
      res.set("allow", allowed.join(", "));
      res
        .status(405)
        .json({ error: { code: "method_not_allowed", message: `${req.path} takes ${allowed.join(", ")}` } });
    });
}

/** A token that is given is checked, also where none is needed: a bad one never makes an anonymous. */
async function callerOf(req: Request, access: RouteAccess, guard: RouteGuard): Promise<Identity | undefined> {
  switch (access.kind) {
    case "public":
      return undefined;
    case "open":
      return req.headers.authorization === undefined ? undefined : guard.requireRole(req, OPERATORS);
    case "roles":
      return guard.requireRole(req, access.roles);
    case "console":
      return guard.requireConsole(req, access.role);
  }
}

export const PUBLIC: RouteAccess = { kind: "public" };
export const operatorsOnly: RouteAccess = { kind: "roles", roles: OPERATORS };
