/**
 * Tokens in, identities out. A client is told only that its token is bad, has expired or was revoked; what exactly is wrong is the
 * cause, for the log.
 */

import type { KeyObject } from "node:crypto";
import jwt from "jsonwebtoken";
import { because, quoted } from "../../core/contract/cause.ts";
import { GameError } from "../../core/contract/errors.ts";
import type { Identity } from "../../core/contract/session.ts";
import type { Clock } from "../../core/time.ts";
import type { AuthConfig } from "../config/config.ts";
import { ALGORITHMS, type Algorithm } from "./algorithms.ts";
import { type ClaimRules, identityOf } from "./claims.ts";
import type { KeyHint, KeySource } from "./keys.ts";
import { faultOf, invalid } from "./token-faults.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPENING: ReadonlySet<number> = new Set([0x7b, 0x5b]);
const CLOSING: ReadonlySet<number> = new Set([0x7d, 0x5d]);

/**
 * Whether the JSON text of an object names a key of its top level twice: counts the colons of that level and compares with the
 * keys that parsing left.
 * @param text valid JSON of `value`
 */
export function hasDuplicateKeys(text: string, value: object): boolean {
  let depth = 0;
  let named = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (quoted) {
      if (code === BACKSLASH) at++;
      else if (code === QUOTE) quoted = false;
    } else if (code === QUOTE) quoted = true;
    else if (code === COLON) named += depth === 1 ? 1 : 0;
    else if (OPENING.has(code)) depth++;
    else if (CLOSING.has(code)) depth--;
  }
  return named !== Object.keys(value).length;
}

/** Longer ones are refused unread. */
export const MAX_TOKEN_LENGTH = 4096;
const PARTS = ["header", "payload"] as const;
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const KNOWN: ReadonlySet<unknown> = new Set(ALGORITHMS);

/**
 * The identity a token stands for; at once where the key is at hand.
 * @throws GameError `token_invalid`, `token_expired` or `token_revoked`; `unavailable` where keys cannot be fetched
 */
export type Verify = (token: string) => Identity | Promise<Identity>;

/** Whether a token that is otherwise good has been revoked. */
export interface RevocationCheck {
  isRevoked(identity: Identity): boolean;
}

export function createVerifier(
  auth: AuthConfig,
  keys: KeySource,
  clock: Clock,
  revocations: RevocationCheck,
): Verify {
  const pinned: ReadonlySet<string> = new Set(auth.algorithms);
  const [firstAudience, ...otherAudiences] = auth.audience ?? [];
  const expected: jwt.VerifyOptions = {
    algorithms: [...auth.algorithms],
    ignoreNotBefore: true,
    ...(auth.issuer === undefined ? {} : { issuer: auth.issuer }),
    ...(firstAudience === undefined ? {} : { audience: [firstAudience, ...otherAudiences] }),
  };
  const rules: ClaimRules = {
    maxTokenAgeS: auth.maxTokenAgeMs / 1000,
    ...(auth.userClaim === undefined ? {} : { userClaim: auth.userClaim }),
  };

  const check = (token: string, hint: KeyHint, key: KeyObject | undefined): Identity => {
    if (key === undefined) throw invalid("key", unknownKey(hint));
    const nowMs = clock.now();
    const claims = verifySignature(
      token,
      key,
      { ...expected, clockTimestamp: Math.floor(nowMs / 1000) },
      auth,
    );
    const identity = identityOf(claims, nowMs / 1000, rules);
    if (revocations.isRevoked(identity))
      throw new GameError("token_revoked", { cause: because("revoked", "it, or its user, was revoked") });
    return identity;
  };

  return (token) => {
    const hint = readHeader(token, pinned);
    const key = keys.keyFor(hint);
    return key instanceof Promise
      ? key.then((fetched) => check(token, hint, fetched))
      : check(token, hint, key);
  };
}

/** What may be read of a token before its signature is checked: which key and algorithm it asks for. */
function readHeader(token: string, pinned: ReadonlySet<string>): KeyHint {
  if (token.length > MAX_TOKEN_LENGTH)
    throw invalid("form", `it has ${token.length} characters, ${MAX_TOKEN_LENGTH} at most are read`);
  if (!COMPACT.test(token)) throw invalid("form", "it is no JWT of three parts");
  const header = parsePart(token, 0);
  const { alg, kid, crit } = header;
  // RFC 7515: a verifier that does not understand what `crit` names must refuse. This one understands none.
  if (!isPinned(alg, pinned))
    throw invalid("algorithm", `alg ${quoted(alg)} is none of ${[...pinned].join(", ")}`);
  if (crit !== undefined)
    throw invalid("form", "its header has crit, and nothing that it could name is known here");
  if (kid !== undefined && typeof kid !== "string") throw invalid("key", "kid is no text");
  return kid === undefined ? { alg } : { alg, kid };
}

const isPinned = (alg: unknown, pinned: ReadonlySet<string>): alg is Algorithm =>
  typeof alg === "string" && KNOWN.has(alg) && pinned.has(alg);

/** A part of the token as an object that names nothing twice: readers differ on which of two they take. */
function parsePart(token: string, index: 0 | 1): Record<string, unknown> {
  const text = Buffer.from(token.split(".", 2)[index] ?? "", "base64url").toString("utf8");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid("form", `its ${PARTS[index]} is not JSON`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalid("form", `its ${PARTS[index]} is no object`);
  if (hasDuplicateKeys(text, value)) throw invalid("form", `its ${PARTS[index]} names something twice`);
  return value as Record<string, unknown>;
}

/** For a token that was refused: what it says, where that can be read. */
function claimsOf(token: string): Record<string, unknown> | undefined {
  try {
    return parsePart(token, 1);
  } catch {
    return undefined;
  }
}

const unknownKey = ({ alg, kid }: KeyHint) =>
  kid === undefined ? `no one key fits ${alg}, and it names none by kid` : `kid ${quoted(kid)} is not known`;

function verifySignature(
  token: string,
  key: KeyObject,
  options: jwt.VerifyOptions & { readonly clockTimestamp: number },
  { issuer, audience }: AuthConfig,
): Record<string, unknown> {
  try {
    jwt.verify(token, key, options);
  } catch (thrown) {
    throw faultOf(thrown, claimsOf(token), {
      nowS: options.clockTimestamp,
      ...(issuer === undefined ? {} : { issuer }),
      ...(audience === undefined ? {} : { audience }),
    });
  }
  return parsePart(token, 1);
}
