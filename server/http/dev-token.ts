/** `POST /dev/token`: a token for anybody who asks, under AUTH_MODE=dev only. */
import { Router } from "express";
import { Type } from "typebox";
import { Compile } from "typebox/compile";
import { ROLES } from "../../core/contract.ts";
import { GameError } from "../../core/errors.ts";
import type { Security } from "../security.ts";

const Body = Compile(
  Type.Object({
    user_id: Type.String({ minLength: 1, maxLength: 128 }),
    name: Type.Optional(Type.String({ maxLength: 64 })),
    roles: Type.Optional(Type.Array(Type.Enum([...ROLES]), { maxItems: ROLES.length })),
  }),
);

const TTL_MS = 24 * 3_600_000;

export function devTokenRoutes(security: Security): Router {
  const router = Router();
  router.post("/dev/token", async (req, res) => {
    const body: unknown = req.body;
    if (!Body.Check(body))
      throw new GameError("invalid_payload", { message: "send {user_id, name?, roles?} as JSON" });
    const token = await security.mintToken({
      userId: body.user_id,
      ttlMs: TTL_MS,
      ...(body.name === undefined ? {} : { name: body.name }),
      ...(body.roles === undefined ? {} : { roles: body.roles }),
    });
    if (token === undefined)
      throw new GameError("not_found", { message: "this server has no key to sign tokens with" });
    res.json({ token, expires_in: TTL_MS / 1_000 });
  });
  return router;
}
