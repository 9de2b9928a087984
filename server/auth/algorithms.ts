/** Which signatures a key can check. `none` is not among them, and no key fits two families. */
import type { KeyObject } from "node:crypto";

export const ALGORITHMS = [
  "HS256",
  "HS384",
  "HS512",
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

const CURVES: Readonly<Record<string, Algorithm>> = {
  prime256v1: "ES256",
  secp384r1: "ES384",
  secp521r1: "ES512",
};

/** Those that fit the key, the usual one first; none for a key that cannot verify tokens (too short, or another kind). */
export function algorithmsOf(key: KeyObject): readonly Algorithm[] {
  if (key.type === "secret") return ["HS256", "HS384", "HS512"];
  const details = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case "rsa":
      return (details.modulusLength ?? 0) < 2048
        ? []
        : ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];
    case "rsa-pss":
      return (details.modulusLength ?? 0) < 2048 ? [] : ["PS256", "PS384", "PS512"];
    case "ec": {
      const algorithm = CURVES[details.namedCurve ?? ""];
      return algorithm === undefined ? [] : [algorithm];
    }
    default:
      return [];
  }
}

/** What keys of a JWKS may sign with where the configuration does not say. */
export const JWKS_ALGORITHMS: readonly Algorithm[] = ["RS256", "ES256", "PS256"];
