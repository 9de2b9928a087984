/** `POST /api/tokens/revoke`: ends a user's sessions, or one token's, on every worker. */
import { GameError } from "../../core/contract/errors.ts";
import { asId, type UserId } from "../../core/ids.ts";
import { iso } from "../../core/time.ts";
import type { Security } from "../auth/security.ts";
import { bodyRoute, PUBLIC, type Route } from "./route.ts";
import { DevTokenAnswer, DevTokenBody, RevokeAnswer, RevokeBody } from "./schemas.ts";

// `POST /dev/token`: a token for every caller, under AUTH_MODE=dev only.

const TTL_S = 24 * 3_600;

export function devTokenRoutes(security: Security): Route[] {
  return [
    bodyRoute(
      {
        method: "post",
        path: "/dev/token",
        summary: "A token for anybody who asks; there under AUTH_MODE=dev only.",
        access: PUBLIC,
        body: DevTokenBody,
        answers: { 200: { description: "The token", schema: DevTokenAnswer } },
        failures: ["404"],
      },
      async ({ res, body }) => {
        const ttlS = body.ttl_s ?? TTL_S;
        const token = await security.mintToken({
          userId: body.user_id,
          ttlMs: ttlS * 1_000,
          ...(body.name === undefined ? {} : { name: body.name }),
          ...(body.roles === undefined ? {} : { roles: body.roles }),
        });
        if (token === undefined)
          throw new GameError("not_found", { message: "this server has no key to sign tokens with" });
        res.json({ token, expires_in: ttlS });
      },
    ),
  ];
}

export function tokenRoutes({ revocations }: Pick<Security, "revocations">): Route[] {
  return [
    bodyRoute(
      {
        method: "post",
        path: "/api/tokens/revoke",
        summary:
          "Revokes a user's tokens up to now, or one token by its `jti`; connections end within a second.",
        access: { kind: "roles", roles: ["service"] },
        body: RevokeBody,
        answers: { 200: { description: "Stored for all workers", schema: RevokeAnswer } },
        failures: ["503"],
      },
      async ({ res, body: { user_id, jti } }) => {
        if (user_id === undefined ? jti === undefined : jti !== undefined)
          throw new GameError("invalid_payload", { message: "body: one of user_id and jti is needed" });
        const { at } = await revocations.revoke(
          user_id === undefined ? { jti: jti ?? "" } : { userId: asId<UserId>(user_id) },
        );
        res.json({
          revoked: true,
          ...(user_id === undefined ? { jti } : { user_id }),
          tokens_until: iso(at * 1_000),
        });
      },
    ),
  ];
}
