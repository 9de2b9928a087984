/** Makes tokens: for development, the token command and tests. */
import type { KeyObject } from "node:crypto";
import jwt from "jsonwebtoken";
import type { Role } from "../../core/contract/contract.ts";
import type { AuthConfig } from "../config/config.ts";

export interface TokenClaims {
  readonly userId: string;
  readonly name?: string;
  readonly roles?: readonly Role[];
  readonly skill?: number;
  readonly guildId?: string;
  readonly clientId?: string;
  /** Seconds since the epoch; default: now. */
  readonly issuedAt?: number;
  readonly ttlMs: number;
  /** Names the token, so that it can be revoked alone. */
  readonly id?: string;
}

/** A token that this server takes: its algorithm, issuer and audience are the configured ones. */
export function mintToken(
  key: KeyObject,
  auth: Pick<AuthConfig, "algorithms" | "issuer" | "audience" | "userClaim">,
  claims: TokenClaims,
): string {
  const issuedAt = claims.issuedAt ?? Math.floor(Date.now() / 1000);
  const [audience] = auth.audience ?? [];
  const payload = {
    sub: claims.userId,
    iat: issuedAt,
    exp: issuedAt + Math.ceil(claims.ttlMs / 1000),
    name: claims.name,
    roles: claims.roles,
    skill: claims.skill,
    guild_id: claims.guildId,
    client_id: claims.clientId,
    jti: claims.id,
    iss: auth.issuer,
    aud: audience,
    ...(auth.userClaim === undefined ? {} : { [auth.userClaim]: claims.userId }),
  };
  // Fields without a value are left out, as JSON does; jsonwebtoken refuses some of them.
  const given = Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== undefined));
  return jwt.sign(given, key, { algorithm: auth.algorithms[0] ?? "HS256" });
}
