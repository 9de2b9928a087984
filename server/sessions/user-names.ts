/**
 * Names and pictures of users, from the application's own service: asked as a user connects, remembered for a while, and never waited for
 * longer than its time limit. Where the service has no answer, the name is the token's.
 */
import {
  BrokenCircuitError,
  BulkheadRejectedError,
  bulkhead,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  TaskCancelledError,
  TimeoutStrategy,
  timeout,
  wrap,
} from "cockatiel";
import { dropOldest } from "../../core/collections.ts";
import type { Identity } from "../../core/contract/session.ts";
import type { UserId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";

export interface UserProfile {
  /** Cut at 64 characters. Left out or empty: the token's name. */
  readonly name?: string | undefined;
  /** The address of a picture, up to 2,048 characters. */
  readonly picture?: string | undefined;
}

/**
 * Asks for a user; undefined or null where nothing is known of them. What it throws is logged at `debug`.
 * @param signal aborted when nobody waits for the answer any more
 */
export type LoadUser = (
  user: UserId,
  options: { readonly signal: AbortSignal },
) => Promise<UserProfile | undefined | null> | UserProfile | undefined | null;

export interface UserNamesOptions {
  /** How long an answer is remembered, in milliseconds. Default 60,000. */
  readonly ttlMs?: number;
  /** Users remembered; the one asked for longest ago gives way. Default 10,000. */
  readonly maxUsers?: number;
  /** How long a connection waits for the service, in milliseconds. Default 1,000. */
  readonly timeoutMs?: number;
  /** Questions under way at the same time; the others wait, within their time limit. Default 64. */
  readonly parallel?: number;
}

/** `known`: remembered. `failed`: it threw, or answered nonsense. `late`: beyond the time limit. `skipped`: too many wait, or it has failed often. */
type LoadOutcome = "known" | "loaded" | "failed" | "late" | "skipped";

export interface UserNames {
  /** The same way to an identity, with the name and the picture that the service knows. */
  named<A extends unknown[]>(
    identify: (...args: A) => Identity | Promise<Identity>,
  ): (...args: A) => Identity | Promise<Identity>;
  /** Since the start. */
  readonly counts: ReadonlyMap<LoadOutcome, number>;
}

/** How long a user of whom the service had no answer is not asked for again. */
const FAILED_MS = 5_000;
/** Users who wait for their turn. */
const MAX_WAITING = 1_000;
/** Failures in a row after which the service is not asked for a while, in milliseconds. */
const FAILURES = 5;
const OPEN_MS = 5_000;
const MAX_NAME = 64;
const MAX_PICTURE = 2_048;
const UNPRINTABLE = /[\p{Cc}\p{Cs}]/gu;

interface Remembered {
  readonly profile: UserProfile;
  readonly until: number;
}

/** @throws RangeError for options that make no sense */
export function createUserNames(
  load: LoadUser | undefined,
  { log, now }: { readonly log: Log; now(): number },
  options: UserNamesOptions = {},
): UserNames {
  const { ttlMs = 60_000, maxUsers = 10_000, timeoutMs = 1_000, parallel = 64 } = options;
  for (const [name, value, least] of [
    ["ttlMs", ttlMs, 0],
    ["maxUsers", maxUsers, 1],
    ["timeoutMs", timeoutMs, 1],
    ["parallel", parallel, 1],
  ] as const)
    if (!(value >= least)) throw new RangeError(`users: ${name} must be at least ${least}`);
  const remembered = new Map<UserId, Remembered>();
  const asking = new Map<UserId, Promise<UserProfile>>();
  const counts = new Map<LoadOutcome, number>();
  const count = (outcome: LoadOutcome) => void counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const isSkipped = (err: unknown) =>
    err instanceof BulkheadRejectedError || err instanceof BrokenCircuitError;
  const policy = wrap(
    timeout(timeoutMs, TimeoutStrategy.Aggressive),
    circuitBreaker(
      handleWhen((err) => !isSkipped(err)),
      { halfOpenAfter: OPEN_MS, breaker: new ConsecutiveBreaker(FAILURES) },
    ),
    bulkhead(parallel, MAX_WAITING),
  );

  function remember(user: UserId, profile: UserProfile, forMs: number): void {
    remembered.delete(user);
    remembered.set(user, { profile, until: now() + forMs });
    dropOldest(remembered, maxUsers);
  }

  async function ask(user: UserId, from: LoadUser): Promise<UserProfile> {
    try {
      const profile = await policy.execute(({ signal }) =>
        // A service that does not heed its signal must not keep a place for ever.
        Promise.race([aborted(signal), Promise.resolve(from(user, { signal })).then(profileOf)]),
      );
      count("loaded");
      remember(user, profile, ttlMs);
      return profile;
    } catch (err) {
      const outcome = isSkipped(err) ? "skipped" : err instanceof TaskCancelledError ? "late" : "failed";
      count(outcome);
      log.debug({ err, user }, "a user's name could not be asked for: it is the token's");
      if (outcome !== "skipped") remember(user, {}, FAILED_MS);
      return {};
    }
  }

  function profileFor(user: UserId, from: LoadUser): UserProfile | Promise<UserProfile> {
    const found = remembered.get(user);
    if (found !== undefined && found.until > now()) {
      count("known");
      return found.profile;
    }
    const underWay = asking.get(user);
    if (underWay) return underWay;
    const asked = ask(user, from).finally(() => asking.delete(user));
    asking.set(user, asked);
    return asked;
  }

  return {
    counts,
    named(identify) {
      if (load === undefined) return identify;
      return async (...args) => {
        const identity = await identify(...args);
        // Guests are nobody whom a service could know.
        if (identity.anonymous || identity.guest === true) return identity;
        const { name, picture } = await profileFor(identity.userId, load);
        return {
          ...identity,
          ...(name !== undefined && { name }),
          ...(picture !== undefined && { picture }),
        };
      };
    },
  };
}

/** The name and the picture in what a service answers. @throws TypeError for what is neither */
function profileOf(answer: unknown): UserProfile {
  if (answer === undefined || answer === null) return {};
  if (typeof answer !== "object") throw new TypeError("loadUser: the answer must be an object");
  const { name, picture } = answer as Readonly<Record<string, unknown>>;
  const text = textOf("name", name)
    ?.slice(0, 4 * MAX_NAME)
    .replace(UNPRINTABLE, "")
    .trim();
  const address = textOf("picture", picture);
  if (address !== undefined && (address.length > MAX_PICTURE || address.search(UNPRINTABLE) >= 0))
    throw new TypeError(`loadUser: picture must be up to ${MAX_PICTURE} printable characters`);
  return {
    ...(text && { name: Array.from(text).slice(0, MAX_NAME).join("").slice(0, MAX_NAME) }),
    ...(address && { picture: address }),
  };
}

function textOf(field: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw new TypeError(`loadUser: ${field} must be text`);
  return value;
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) =>
    signal.addEventListener("abort", () => reject(new TaskCancelledError()), { once: true }),
  );
