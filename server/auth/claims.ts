/** From a payload whose signature is good to an identity: nothing in it is taken on trust but what it must be. */
import { quoted, roughly } from "../../core/contract/cause.ts";
import { ROLES, type Role } from "../../core/contract/contract.ts";
import type { Identity } from "../../core/contract/session.ts";
import { asId, isReservedId, type UserId } from "../../core/ids.ts";
import { cut } from "../../core/text.ts";
import { invalid } from "./token-faults.ts";

const MAX_ID = 128;
const MAX_NAME = 64;
const MAX_TOKEN_ID = 256;
/** How far the clock of an issuer may be ahead of ours. */
const SKEW_S = 5;
const UNPRINTABLE = /[\p{Cc}\p{Cs}]/u;
const DEFAULT_ROLES: readonly Role[] = ["player"];

/** A user id: 1 to 128 characters without control characters, not one that stands for a guest or an operator. */
export function isUserId(value: unknown): value is UserId {
  return (
    typeof value === "string" &&
    value.length <= MAX_ID &&
    value.trim() !== "" &&
    !UNPRINTABLE.test(value) &&
    !isReservedId(value)
  );
}

export interface ClaimRules {
  readonly maxTokenAgeS: number;
  /** Which claim is the user's id, where that is configured. */
  readonly userClaim?: string;
}

/**
 * @param claims the payload, checked for its signature, `exp`, `iss` and `aud`
 * @param nowS seconds since the epoch
 * @throws GameError `token_invalid`
 */
export function identityOf(
  claims: Readonly<Record<string, unknown>>,
  nowS: number,
  { maxTokenAgeS, userClaim }: ClaimRules,
): Identity {
  const { exp, iat, nbf } = claims;
  const sub = userClaim === undefined ? claims.sub : asText(claims[userClaim]);
  if (!isUserId(sub)) throw invalid("user", `${userClaim ?? "sub"} is no user id: ${quoted(sub)}`);
  const issuedAt = isAbsent(iat) ? 0 : pastTime("iat", iat, nowS);
  if (!isAbsent(nbf)) pastTime("nbf", nbf, nowS);
  if (typeof exp !== "number" || !(exp > issuedAt))
    throw invalid("time", `exp is no time after iat: ${quoted(exp)}`);
  if (exp > (issuedAt || nowS) + maxTokenAgeS)
    throw invalid("time", `exp is further ahead than ${roughly(maxTokenAgeS)}`);
  const id = optionalText("jti", claims, MAX_TOKEN_ID);
  const guildId = optionalText("guild_id", claims, MAX_ID);
  const clientId = optionalText("client_id", claims, MAX_ID);
  const skill = optionalNumber("skill", claims);
  return {
    userId: asId<UserId>(sub),
    name: nameOf(claims.name, sub),
    roles: rolesOf(claims.roles),
    anonymous: false,
    ...(guildId === undefined ? {} : { guildId }),
    ...(clientId === undefined ? {} : { clientId }),
    ...(skill === undefined ? {} : { skill }),
    token: { issuedAt, expiresAt: exp, ...(id === undefined ? {} : { id }) },
  };
}

/** Where ids are numbers, as in a table of users, 7 and "7" are one user. A number that is not exact is refused. */
const asText = (value: unknown): unknown =>
  typeof value === "number" && Number.isSafeInteger(value) ? String(value) : value;

/** Some libraries write null for a claim without a value. */
const isAbsent = (value: unknown): value is undefined | null => value === undefined || value === null;

function pastTime(name: string, value: unknown, nowS: number): number {
  if (typeof value !== "number" || !(value >= 0))
    throw invalid("time", `${name} is no time: ${quoted(value)}`);
  if (value > nowS + SKEW_S) throw invalid("time", `${name} is ${roughly(value - nowS)} ahead`);
  return value;
}

type Claims = Readonly<Record<string, unknown>>;

function optionalText(name: string, claims: Claims, maxLength: number): string | undefined {
  const value = claims[name];
  if (isAbsent(value)) return undefined;
  if (typeof value !== "string" || value === "" || value.length > maxLength || UNPRINTABLE.test(value))
    throw invalid("claim", `${name} is no text of 1 to ${maxLength} characters: ${quoted(value)}`);
  return value;
}

function optionalNumber(name: string, claims: Claims): number | undefined {
  const value = claims[name];
  if (isAbsent(value)) return undefined;
  if (typeof value !== "number" || !Number.isFinite(value))
    throw invalid("claim", `${name} is no number: ${quoted(value)}`);
  return value;
}

/** A long name is cut: it is for people to read, and no reason to lock its owner out. */
function nameOf(value: unknown, sub: string): string {
  if (!isAbsent(value) && typeof value !== "string")
    throw invalid("claim", `name is no text: ${quoted(value)}`);
  const name = isAbsent(value) ? sub : value.replace(/[\p{Cc}\p{Cs}]/gu, "").trim();
  return cut(name, MAX_NAME) || cut(sub, MAX_NAME);
}

/** Of the claim (a list, or one name) those that are known here. */
function rolesOf(value: unknown): readonly Role[] {
  if (isAbsent(value)) return DEFAULT_ROLES;
  const named: unknown[] = typeof value === "string" ? [value] : Array.isArray(value) ? value : [Number.NaN];
  if (!named.every((role) => typeof role === "string"))
    throw invalid("claim", `roles is no list of names: ${quoted(value)}`);
  const known = ROLES.filter((role) => named.includes(role));
  return known.length === 0 ? DEFAULT_ROLES : known;
}
