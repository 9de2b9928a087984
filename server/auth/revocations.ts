/** Revoked users and tokens, known to every worker: a stream in the store, of which each keeps the sum in memory. */
import { every } from "../../core/async.ts";
import { replayChanges } from "../../core/consistency/change-feed.ts";
import { GameError } from "../../core/contract/errors.ts";
import type { Identity } from "../../core/contract/session.ts";
import type { UserId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import { partitions, streamKey } from "../../core/ports/store/keys.ts";
import type { Store } from "../../core/ports/store/store.ts";

/**
 * How many are kept, newest first. Once one was dropped for a newer, every token as old as the oldest that is left is refused:
 * a full list locks people out until they log in anew, it never lets a revoked token back in.
 */
const MAX_ENTRIES = 100_000;
/** How often revocations are dropped that concern no token any more. */
const FORGET_MS = 1_000;

/** Exactly one: a user, or a token. */
type Revoked =
  | { readonly userId: UserId; readonly jti?: never }
  | { readonly jti: string; readonly userId?: never };

/** `at`: seconds since the epoch; the user's tokens with `iat` up to then are revoked. */
export type Revocation = Revoked & { readonly at: number };

export interface Revocations {
  /** In the store when it resolves. @throws GameError `unavailable` */
  revoke(what: Revoked): Promise<Revocation>;
  /** False for an identity without a token. */
  isRevoked(identity: Identity): boolean;
  close(): void;
}

export interface RevocationsOptions {
  readonly store: Store;
  /** How long after its `iat` a token can be good at the longest. */
  readonly maxTokenAgeMs: number;
  readonly log: Log;
  /**
   * Called on every worker for each revocation, also for those found when the store comes back, in which case it may have
   * been called before. Sessions of which `isRevoked` is now true are to be ended. Must not throw.
   */
  readonly onRevoked: (revocation: Revocation) => void;
}

const STREAM = streamKey<Revocation>(partitions.system(), "revocations");

/** Starts to follow; it does not wait for the store, which may be away. */
export function createRevocations(options: RevocationsOptions): Revocations {
  const { store, log, onRevoked } = options;
  const known = createRevocationList();
  let isClosed = false;

  const feed = replayChanges(
    { store, log, key: STREAM },
    {
      heard(revocation) {
        known.add(revocation);
        onRevoked(revocation);
      },
      // What the dropped ones said is covered by refusing all tokens of their time.
      lost: (oldest) => oldest && known.refuseUpTo(oldest.at),
    },
  );
  const endForgetting = every(
    FORGET_MS,
    () => known.forgetBefore(store.now() / 1000 - options.maxTokenAgeMs / 1000),
    () => undefined,
  );

  return {
    async revoke(what) {
      if (isClosed) throw new GameError("unavailable");
      const revocation: Revocation = { ...what, at: Math.floor(store.now() / 1000) };
      await store.streams.append(STREAM, revocation, {
        maxLength: MAX_ENTRIES,
        // Longer than any token that it concerns.
        ttlMs: options.maxTokenAgeMs + 60_000,
      });
      feed.look();
      return revocation;
    },
    isRevoked: (identity) => known.isRevoked(identity),
    close() {
      isClosed = true;
      endForgetting();
      feed.close();
    },
  };
}

export interface RevocationList {
  add(revocation: Revocation): void;
  /** Every token with `iat` up to this second is refused. */
  refuseUpTo(second: number): void;
  /** Drops revocations so old that no token they concern can still be good. */
  forgetBefore(second: number): void;
  isRevoked(identity: Identity): boolean;
  readonly size: number;
}

/** The list in memory, bounded like the stream. */
export function createRevocationList(maxEntries = MAX_ENTRIES): RevocationList {
  const users = new Map<string, number>();
  const tokens = new Map<string, number>();
  let floor = -1;

  /** In the order of the last revocation, so that the oldest is the first. */
  const put = (map: Map<string, number>, key: string, at: number) => {
    const before = map.get(key) ?? 0;
    map.delete(key);
    map.set(key, Math.max(at, before));
    if (map.size <= maxEntries) return;
    for (const [oldest, oldestAt] of map) {
      map.delete(oldest);
      floor = Math.max(floor, oldestAt);
      break;
    }
  };

  return {
    add(revocation) {
      if (revocation.userId !== undefined) put(users, revocation.userId, revocation.at);
      else put(tokens, revocation.jti, revocation.at);
    },
    refuseUpTo(second) {
      floor = Math.max(floor, second);
    },
    forgetBefore(second) {
      for (const map of [users, tokens])
        for (const [key, at] of map) {
          if (at >= second) break;
          map.delete(key);
        }
    },
    isRevoked({ userId, token }) {
      if (token === undefined) return false;
      const issuedAt = Math.floor(token.issuedAt);
      if (issuedAt <= floor) return true;
      if (token.id !== undefined && tokens.has(token.id)) return true;
      const at = users.get(userId);
      return at !== undefined && issuedAt <= at;
    },
    get size() {
      return users.size + tokens.size;
    },
  };
}
