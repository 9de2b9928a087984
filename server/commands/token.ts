/** `muster token`: prints a token, and nothing else, on standard output. */
import { createSecretKey, type KeyObject } from "node:crypto";
import { ROLES, type Role } from "../../core/contract/contract.ts";
import { isUserId } from "../auth/claims.ts";
import { keepDevSecret, readDevSecret } from "../auth/dev-secret.ts";
import { mintToken, type TokenClaims } from "../auth/mint.ts";
import { type Config, parseDuration } from "../config/index.ts";
import { type Command, EXIT, print, readConfig, readOptions, UsageError } from "./command.ts";

const USAGE = `usage: muster token --user NAME [options]
Prints a token for this server, signed with JWT_SECRET or the secret made for development.
  --user NAME     the user's id (the claim sub)
  --name TEXT     the name that others see
  --roles A,B     of ${ROLES.join(", ")}
  --ttl 24h       how long it is valid
  --skill N       for matchmaking
  --guild ID      for the guild's chat
  -h, --help      this text`;

/** @throws UsageError where the arguments or the configuration do not allow a token */
function tokenOf(args: readonly string[], config: Config): string {
  const claims = readArguments(args);
  if (claims.ttlMs > config.auth.maxTokenAgeMs)
    throw new UsageError("--ttl is longer than JWT_MAX_AGE allows");
  return mintToken(signingKey(config), config.auth, claims);
}

function readArguments(args: readonly string[]): TokenClaims {
  const { user, name, roles, ttl, skill, guild } = parse(args);
  if (!isUserId(user))
    throw new UsageError(
      "--user is needed: 1 to 128 characters, no control characters, not beginning with anonymous:",
    );
  const ttlMs = parseDuration(ttl ?? "24h");
  if (ttlMs === undefined || ttlMs < 1000)
    throw new UsageError("--ttl is not a duration such as 24h, 30m or 90s");
  const level = skill === undefined ? undefined : Number(skill);
  if (skill?.trim() === "" || (level !== undefined && !Number.isFinite(level)))
    throw new UsageError("--skill is not a number");
  return {
    userId: user,
    ttlMs,
    ...(name === undefined ? {} : { name }),
    ...(roles === undefined ? {} : { roles: readRoles(roles) }),
    ...(level === undefined ? {} : { skill: level }),
    ...(guild === undefined ? {} : { guildId: guild }),
  };
}

function parse(args: readonly string[]) {
  const option = { type: "string" } as const;
  return readOptions({
    args: [...args],
    options: { user: option, name: option, roles: option, ttl: option, skill: option, guild: option },
  }).values;
}

function readRoles(text: string): Role[] {
  const named = text.split(",").map((role) => role.trim());
  const unknown = named.filter((role) => !ROLES.some((known) => known === role));
  if (unknown.length > 0)
    throw new UsageError(`--roles: ${unknown.join(", ")} is not one of ${ROLES.join(", ")}`);
  return ROLES.filter((role) => named.includes(role));
}

function signingKey({ auth, store }: Config): KeyObject {
  switch (auth.keys.kind) {
    case "secret":
      return createSecretKey(Buffer.from(auth.keys.secret));
    case "dev": {
      // With Redis the workers may have agreed on another than one that would be made here.
      const secret =
        store.redisUrl === undefined ? keepDevSecret(store.dataDir) : readDevSecret(store.dataDir);
      if (secret === undefined)
        throw new UsageError(
          "there is no secret yet: start the server once (it agrees on one with the other workers), or set JWT_SECRET",
        );
      return createSecretKey(Buffer.from(secret));
    }
    case "publicKey":
    case "jwks":
      throw new UsageError(
        "the server has only public keys (JWT_PUBLIC_KEY_FILE or JWT_JWKS_URL), which cannot sign: get a token from whoever holds the private key, or use JWT_SECRET for trying things out",
      );
  }
}

export const token: Command = {
  usage: USAGE,
  async run(args) {
    print(tokenOf(args, readConfig().config));
    return EXIT.ok;
  },
};
