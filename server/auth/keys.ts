/** Where the key that checks a token comes from: at hand, or fetched. */
import { createPublicKey, createSecretKey, type KeyObject } from "node:crypto";
import type { Clock } from "../../core/clock.ts";
import type { AuthConfig } from "../config/config.ts";
import type { Algorithm } from "./algorithms.ts";
import { createJwksKeys } from "./jwks.ts";

/** What of a token's header chooses the key. `jku`, `jwk`, `x5u` and `x5c` never do. */
export interface KeyHint {
  readonly alg: Algorithm;
  readonly kid?: string;
}

export interface KeySource {
  /**
   * The key that checks a token with this header; undefined where there is none. Synchronous where the key is at hand.
   * Rejects with GameError `unavailable` where it cannot be had now.
   */
  keyFor(hint: KeyHint): KeyObject | undefined | Promise<KeyObject | undefined>;
  /** The key that signs tokens; undefined where only somebody else has it. */
  signingKey(): Promise<KeyObject | undefined>;
  close(): void;
}

export interface KeySourceOptions {
  readonly clock: Clock;
  /** The secret made for development; asked for only where no key is configured. Throws where it cannot be had. */
  readonly devSecret: () => Promise<string>;
}

export function createKeySource(auth: AuthConfig, options: KeySourceOptions): KeySource {
  switch (auth.keys.kind) {
    case "secret": {
      // As a KeyObject: jsonwebtoken tries a string as a public key first, which is a hundred times slower.
      const key = createSecretKey(Buffer.from(auth.keys.secret));
      return { keyFor: () => key, signingKey: async () => key, close() {} };
    }
    case "publicKey": {
      const key = createPublicKey(auth.keys.pem);
      return { keyFor: () => key, signingKey: async () => undefined, close() {} };
    }
    case "jwks":
      return createJwksKeys({ url: auth.keys.url, clock: options.clock });
    case "dev":
      return createDevKeys(options.devSecret);
  }
}

/** Asks until the secret is there (its store may be away), then has it at hand. */
function createDevKeys(devSecret: () => Promise<string>): KeySource {
  let key: KeyObject | undefined;
  let asking: Promise<KeyObject> | undefined;
  const ask = () => {
    asking ??= devSecret()
      .then((secret) => {
        key = createSecretKey(Buffer.from(secret));
        return key;
      })
      .finally(() => {
        asking = undefined;
      });
    return asking;
  };
  return { keyFor: () => key ?? ask(), signingKey: async () => key ?? ask(), close() {} };
}
