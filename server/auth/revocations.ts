/**
 * Revoked users and tokens, known to every worker: a stream in the store, kept in memory by each. Entries come as notices;
 * what was missed is found by looking at the stream's end each second.
 */
import { singleFlight } from "../../core/async.ts";
import { GameError } from "../../core/contract/errors.ts";
import type { Identity } from "../../core/contract/session.ts";
import type { UserId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import { partitions, streamKey } from "../../core/ports/store/keys.ts";
import type { Store } from "../../core/ports/store/store.ts";
import type { StreamNotice, StreamPosition } from "../../core/ports/store/streams.ts";

/**
 * How many are kept, newest first. Once one was dropped for a newer, every token as old as the oldest that is left is refused:
 * a full list locks people out until they log in anew, it never lets a revoked token back in.
 */
const MAX_ENTRIES = 100_000;
const POLL_MS = 1_000;
const PAGE = 1_000;

/** Who or what; one of them. */
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
  let last: StreamPosition | undefined;
  let unsubscribe: (() => void) | undefined;
  let closed = false;
  let failing = false;

  const accept = (entry: Revocation) => {
    known.add(entry);
    onRevoked(entry);
  };

  const onNotice = ({ epoch, offset, entry }: StreamNotice<Revocation>) => {
    if (last?.epoch === epoch && offset === last.offset + 1) {
      last = { epoch, offset };
      accept(entry);
    } else void catchUp();
  };

  /** Reads from where this worker stands to the end of the stream. One at a time; it never rejects. */
  const catchUp = singleFlight(async () => {
    try {
      await readOn();
      failing = false;
    } catch (err) {
      if (!failing && !closed) log.warn({ err }, "revocations cannot be read; trying each second");
      failing = true;
    }
  });

  const readOn = async () => {
    if (unsubscribe === undefined) {
      const end = await store.streams.subscribe(STREAM, onNotice);
      if (closed) return end();
      unsubscribe = end;
    }
    for (;;) {
      const before = last;
      const [end] = await store.streams.positions([STREAM]);
      if (end === undefined || closed) return;
      // The store has lost what was heard: what comes has offsets that were heard before.
      if (before?.epoch === end.epoch && before.offset > end.offset) last = undefined;
      if (isAt(end)) return;
      const after = last?.epoch === end.epoch ? last.offset : 0;
      const page = await store.streams.read(STREAM, { after, limit: PAGE });
      const oldest = page.entries[0];
      // Entries before the first kept were dropped: what they said is covered by refusing all tokens of their time.
      if (oldest !== undefined && page.first > 1 && oldest.offset === page.first)
        known.refuseUpTo(oldest.entry.at);
      for (const { offset, entry } of page.entries) {
        if (last?.epoch === page.epoch && offset <= last.offset) continue;
        last = { epoch: page.epoch, offset };
        accept(entry);
      }
      if (oldest === undefined) last = { epoch: page.epoch, offset: page.offset };
    }
  };
  const isAt = (end: StreamPosition) => last?.epoch === end.epoch && last.offset >= end.offset;

  const poll = setInterval(() => {
    known.forgetBefore(store.now() / 1000 - options.maxTokenAgeMs / 1000);
    void catchUp();
  }, POLL_MS);
  poll.unref();
  // Whether it has lost something is not to be seen where as much was added since: all are read anew.
  const endHealth = store.onHealth(({ ok }) => {
    if (!ok || store.streams.renew === undefined) return;
    last = undefined;
    void catchUp();
  });
  void catchUp();

  return {
    async revoke(what) {
      if (closed) throw new GameError("unavailable");
      const revocation: Revocation = { ...what, at: Math.floor(store.now() / 1000) };
      await store.streams.append(STREAM, revocation, {
        maxLength: MAX_ENTRIES,
        // Longer than any token that it concerns.
        ttlMs: options.maxTokenAgeMs + 60_000,
      });
      void catchUp();
      return revocation;
    },
    isRevoked: (identity) => known.isRevoked(identity),
    close() {
      closed = true;
      clearInterval(poll);
      endHealth();
      unsubscribe?.();
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
