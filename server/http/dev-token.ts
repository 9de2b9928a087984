/** `POST /dev/token`: a token for anybody who asks, under AUTH_MODE=dev only. */
import { GameError } from "../../core/contract/errors.ts";
import type { Security } from "../auth/security.ts";
import { bodyRoute, PUBLIC, type Route } from "./route.ts";
import { DevTokenAnswer, DevTokenBody } from "./schemas.ts";

const TTL_MS = 24 * 3_600_000;

export function devTokenRoutes(security: Security): Route[] {
  return [
    bodyRoute(
      {
        method: "post",
        path: "/dev/token",
        summary: "A token for anybody who asks; there under AUTH_MODE=dev only.",
        access: PUBLIC,
        body: DevTokenBody,
        answers: { 200: { description: "The token, good for a day", schema: DevTokenAnswer } },
        failures: ["404"],
      },
      async ({ res, body }) => {
        const token = await security.mintToken({
          userId: body.user_id,
          ttlMs: TTL_MS,
          ...(body.name === undefined ? {} : { name: body.name }),
          ...(body.roles === undefined ? {} : { roles: body.roles }),
        });
        if (token === undefined)
          throw new GameError("not_found", { message: "this server has no key to sign tokens with" });
        res.json({ token, expires_in: TTL_MS / 1_000 });
      },
    ),
  ];
}
