/** Where the key that checks a token comes from: at hand, or fetched. */

import { createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { endsWithin, singleFlight } from "../../core/async.ts";
import { because } from "../../core/contract/cause.ts";
import { GameError } from "../../core/contract/errors.ts";
import type { Clock } from "../../core/time.ts";
import type { AuthConfig } from "../config/config.ts";
import { type Algorithm, algorithmsOf } from "./algorithms.ts";

// Keys published at an address (RFC 7517), kept between fetches. An unknown `kid` asks for a fetch, at most one in 30 s
// however many tokens name one; keys that are known stay good while the address does not answer.

/** Between two fetches, whatever asked for them. */
const COOL_DOWN_MS = 30_000;
/** The same while there are no keys at all: every client is refused, so the next try comes sooner. */
const RETRY_MS = 5_000;
/** Keys older than this are fetched anew in the background, so that one that was withdrawn is forgotten. */
const REFRESH_MS = 600_000;
const TIMEOUT_MS = 5_000;
/** A client waits for a fetch so long at most; one that comes later to the same fetch does not wait. Clients give up after some seconds. */
const WAIT_MS = 1_000;
const MAX_BYTES = 256 * 1024;
const MAX_KEYS = 100;

interface PublishedKey {
  readonly kid: string | undefined;
  readonly key: KeyObject;
  readonly algorithms: readonly Algorithm[];
}

interface JwksOptions {
  readonly url: string;
  readonly clock: Clock;
}

/** A fetch, as those see it who need a key of it. */
interface Fetching {
  isOver: boolean;
  /** Resolves when it is over, or when it has taken so long that nobody waits for it any more. */
  readonly waited: Promise<unknown>;
}

function createJwksKeys({ url, clock }: JwksOptions): KeySource {
  let keys: readonly PublishedKey[] = [];
  let fetched = false;
  let askedAt = Number.NEGATIVE_INFINITY;
  let fetching: Fetching | undefined;
  /** Of the last fetch; undefined where it brought keys. */
  let failure: unknown;
  const stop = new AbortController();

  function startFetch(): Fetching {
    const done = fetchKeys(url, stop.signal)
      .then((published) => {
        keys = published;
        fetched = true;
        failure = undefined;
      })
      .catch((err: unknown) => {
        failure = err;
      })
      .finally(() => {
        started.isOver = true;
        fetching = undefined;
      });
    const started: Fetching = { isOver: false, waited: endsWithin(WAIT_MS, done) };
    return started;
  }

  /** Starts a fetch unless one was started within the cool-down. @returns the one under way */
  const refresh = (): Fetching | undefined => {
    const now = clock.now();
    if (fetching !== undefined) return fetching;
    if (now - askedAt < (fetched ? COOL_DOWN_MS : RETRY_MS) && now >= askedAt) return undefined;
    askedAt = now;
    fetching = startFetch();
    return fetching;
  };

  const find = ({ alg, kid }: KeyHint): KeyObject | undefined => {
    const fitting = keys.filter((entry) => entry.algorithms.includes(alg));
    if (kid !== undefined) return fitting.find((entry) => entry.kid === kid)?.key;
    // Without a kid only one key can be meant.
    return fitting.length === 1 ? fitting[0]?.key : undefined;
  };

  /** There is no such key where the last fetch brought the others. Else nobody can say. */
  function judge(hint: KeyHint, last: Fetching | undefined): KeyObject | undefined {
    const known = find(hint);
    if (known !== undefined) return known;
    if (fetched && failure === undefined && last?.isOver !== false) return undefined;
    const slow = last?.isOver === false ? new Error(`no answer within ${WAIT_MS} ms`) : failure;
    throw new GameError("unavailable", { cause: because("keys", whyNot(url, slow)) });
  }

  return {
    keyFor(hint) {
      const known = find(hint);
      if (known !== undefined) {
        if (clock.now() - askedAt > REFRESH_MS) refresh();
        return known;
      }
      const last = refresh();
      return last === undefined ? judge(hint, last) : last.waited.then(() => judge(hint, last));
    },
    signingKey: async () => undefined,
    close: () => stop.abort(),
  };
}

const whyNot = (url: string, failure: unknown): string => {
  const { cause, message } = failure instanceof Error ? failure : new Error("it was asked just now");
  return `the keys at ${url} cannot be had: ${cause instanceof Error ? cause.message : message}`;
};

async function fetchKeys(url: string, stop: AbortSignal): Promise<PublishedKey[]> {
  const response = await fetch(url, {
    signal: AbortSignal.any([stop, AbortSignal.timeout(TIMEOUT_MS)]),
    headers: { accept: "application/jwk-set+json, application/json" },
    redirect: "error",
  });
  if (!response.ok) throw new Error(`the key set answered ${response.status}`);
  return parseKeys(JSON.parse(await readBody(response)));
}

async function readBody(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new Error("the key set is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** The keys that can check signatures; others are passed over. */
function parseKeys(body: unknown): PublishedKey[] {
  const list: unknown = typeof body === "object" && body !== null && "keys" in body ? body.keys : undefined;
  if (!Array.isArray(list)) throw new Error("the key set has no keys");
  return list.slice(0, MAX_KEYS).flatMap((entry: unknown) => {
    if (typeof entry !== "object" || entry === null) return [];
    const { kid, alg, use } = entry as Record<string, unknown>;
    if (use !== undefined && use !== "sig") return [];
    try {
      const key = createPublicKey({ key: entry as JsonWebKey, format: "jwk" });
      const algorithms = algorithmsOf(key).filter((fitting) => alg === undefined || fitting === alg);
      return algorithms.length === 0
        ? []
        : [{ kid: typeof kid === "string" ? kid : undefined, key, algorithms }];
    } catch {
      return [];
    }
  });
}

/** What of a token's header chooses the key. `jku`, `jwk`, `x5u` and `x5c` never do. */
export interface KeyHint {
  readonly alg: Algorithm;
  readonly kid?: string;
}

export interface KeySource {
  /**
   * The key that checks a token with this header; undefined where there is none. Synchronous where that is known at once.
   * @throws (or rejects with) GameError `unavailable` where it cannot be had now, within a second
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
  const ask = singleFlight(async () => {
    key = createSecretKey(Buffer.from(await devSecret()));
    return key;
  });
  return { keyFor: () => key ?? ask(), signingKey: async () => key ?? ask(), close() {} };
}
