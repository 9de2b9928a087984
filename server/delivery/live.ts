/**
 * Streams followed live by this worker's connections. Notices are only hints: entries are delivered in order of their offsets,
 * and what a notice did not tell is found by asking for positions and filled from the stream.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { every, singleFlight } from "../../core/async.ts";
import type { Contract } from "../../core/contract/contract.ts";
import { GameError } from "../../core/contract/errors.ts";
import type { Session } from "../../core/contract/session.ts";
import type { Attached, Live, LiveStream } from "../../core/ports/live.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Reading } from "../../core/ports/reading.ts";
import type { StreamKey } from "../../core/ports/store/keys.ts";
import {
  renewedAt,
  type StreamEntry,
  type StreamNotice,
  type StreamPosition,
  type Streams,
} from "../../core/ports/store/streams.ts";
import { checkCount, Followed, type FollowedStream, followedStreams } from "./live-followed.ts";
import { createLiveResume, type ResumeBounds } from "./live-resume.ts";
import { createComparison } from "./live-verify.ts";
import type { Sender } from "./outbound.ts";

/** Entries read at a time when filling. */
const PAGE = 500;
/** Streams asked for their position in one call. */
const POSITIONS = 500;
/** Notices kept for a stream while it is filled, and about their bytes; beyond, the stream itself is read. */
const MAX_HELD = 1_000;
const MAX_HELD_BYTES = 1_048_576;
/** Of what was missed, in an answer and read at a time. */
const RESUME: ResumeBounds = { wholeBytes: 512 * 1_024, firstBytes: 128 * 1_024, pageBytes: 64 * 1_024 };
/** Every read at once. */
const UNSHARED: Pick<Reading, "turn"> = { turn: (_, read) => read(() => Promise.resolve()) };

export interface LiveOptions {
  readonly streams: Streams;
  readonly sender: Sender;
  readonly log: Log;
  /** Shares out what is read for clients that come back. Left out: each is served at once. */
  readonly reading?: Pick<Reading, "turn">;
  /** Default: 512 KiB of what was missed in an answer where that is all, else 128 KiB; 64 KiB read at a time. */
  readonly resume?: ResumeBounds;
  /** How often positions are compared, in milliseconds: half of the two seconds in which a gap is found. */
  readonly checkMs?: number;
}

interface RunningLive extends Live {
  /** Forgets a connection that has ended. */
  drop(session: Session): void;
  /** Compares positions now. */
  check(): Promise<void>;
  /**
   * The store went away: when it is back, it may be without entries that were delivered here (a replica took over, or Redis was
   * killed before its file was written). Each stream is compared then, by the next checks.
   */
  verifyAfterFailover(): void;
  readonly size: number;
  /** The streams that connections here follow, and the last entry that they were told. */
  list(): Iterable<FollowedStream>;
  /** Connections that follow something, and those that are about to. */
  readonly followers: { readonly following: number; readonly attaching: number };
  close(): void;
}

export function createLive(options: LiveOptions): RunningLive {
  const { streams, sender, log, checkMs = 1_000, reading = UNSHARED, resume: bounds = RESUME } = options;
  const followed = new Map<string, Followed>();
  const bySession = new Map<Session, Set<Followed>>();
  const comparison = createComparison(streams, () => followed.values(), log);
  const resuming = createLiveResume({ streams, reading, log, bounds, catchUp, goLive: follow });
  const nameOf = (key: StreamKey<unknown>) => `${key.partition}\n${key.name}`;

  function deliver(f: Followed, offset: number, entry: unknown): void {
    f.delivered = offset;
    f.last = entry;
    try {
      f.stream.deliver(entry, { epoch: f.epoch, offset }, f.audience);
    } catch (err) {
      log.error({ err, stream: f.stream.key.name }, "a stream's entry could not be delivered");
    }
  }

  function lost(f: Followed): void {
    try {
      f.stream.lost?.({ epoch: f.epoch, offset: f.delivered }, f.audience);
    } catch (err) {
      log.error({ err, stream: f.stream.key.name }, "a stream's loss could not be told");
    }
  }

  function onNotice(f: Followed, notice: StreamNotice<unknown>): void {
    if (f.closed) return;
    const inOrder = f.started && !f.isCatchingUp && notice.epoch === f.epoch;
    if (inOrder && notice.offset === f.delivered + 1) {
      deliver(f, notice.offset, notice.entry);
      if (f.held.size > 0) deliverHeld(f);
      return;
    }
    if (inOrder && notice.offset <= f.delivered) return;
    if (f.held.size < MAX_HELD) hold(f, notice);
    if (f.started && !f.isCatchingUp) fill(f);
  }

  function hold(f: Followed, notice: StreamNotice<unknown>): void {
    const bytes = JSON.stringify(notice.entry)?.length ?? 0;
    if (f.heldBytes + bytes > MAX_HELD_BYTES) return;
    f.heldBytes += bytes;
    f.held.set(notice.offset, notice);
  }

  function deliverHeld(f: Followed): void {
    for (let next = f.held.get(f.delivered + 1); next; next = f.held.get(f.delivered + 1)) {
      if (next.epoch !== f.epoch) break;
      deliver(f, next.offset, next.entry);
    }
    for (const [offset, notice] of f.held)
      if (notice.epoch !== f.epoch || offset <= f.delivered) f.held.delete(offset);
    if (f.held.size === 0) f.heldBytes = 0;
  }

  /**
   * Reads what lies after the last delivered entry and delivers it, until the end of the stream is reached. One at a time:
   * who asks while it is under way waits for the same. Throws where the store is away.
   */
  function catchUp(f: Followed): Promise<void> {
    f.catchingUp ??= singleFlight(() => readOn(f));
    return f.catchingUp();
  }

  async function readOn(f: Followed): Promise<void> {
    for (;;) {
      const page = await streams.read(f.stream.key, { after: f.delivered, limit: PAGE });
      if (f.closed) return;
      if (page.epoch !== f.epoch) {
        const known = f.epoch !== "";
        f.epoch = page.epoch;
        f.delivered = renewedAt(page.epoch);
        f.last = undefined;
        f.unverified = undefined;
        if (known) lost(f);
        continue;
      }
      if (page.first > f.delivered + 1 && page.offset > f.delivered) {
        f.delivered = page.first - 1;
        lost(f);
      }
      for (const { offset, entry } of page.entries) if (offset === f.delivered + 1) deliver(f, offset, entry);
      deliverHeld(f);
      if (f.delivered >= page.offset || page.entries.length === 0) return;
      // Others have their turn before the next page.
      await nextTurn();
    }
  }

  function fill(f: Followed): void {
    catchUp(f).catch((err: unknown) =>
      log.debug(
        { err, stream: f.stream.key.name },
        "a stream could not be read; tried again at the next check",
      ),
    );
  }

  async function start(f: Followed): Promise<void> {
    f.unsubscribe = await streams.subscribe(f.stream.key, (notice) => onNotice(f, notice));
    const [position] = await streams.positions([f.stream.key]);
    if (!position) throw new GameError("unavailable");
    f.epoch = position.epoch;
    f.delivered = position.offset;
    f.started = true;
    deliverHeld(f);
    if (f.held.size > 0) await catchUp(f);
  }

  function release(f: Followed): void {
    if (f.sessions.size > 0 || f.behind.size > 0 || f.attaching > 0 || f.closed) return;
    f.closed = true;
    const name = nameOf(f.stream.key);
    if (followed.get(name) === f) followed.delete(name);
    f.unsubscribe?.();
  }

  function open(stream: LiveStream<Contract, unknown>, namespace: Session["namespace"]): Followed {
    const name = nameOf(stream.key);
    const existing = followed.get(name);
    if (existing) return existing;
    const f = new Followed(stream, sender, namespace);
    followed.set(name, f);
    f.ready = start(f);
    // Awaited by whoever attaches; this keeps a failure nobody is left to await from being unhandled.
    f.ready.catch(() => {
      if (followed.get(name) === f) followed.delete(name);
      f.closed = true;
      f.unsubscribe?.();
    });
    return f;
  }

  function follow(f: Followed, session: Session): void {
    if (!session.connected) return;
    f.sessions.add(session);
    session.join(f.stream.room);
    remember(f, session);
  }

  /** For its end. */
  function remember(f: Followed, session: Session): void {
    const own = bySession.get(session);
    if (own) own.add(f);
    else bySession.set(session, new Set([f]));
  }

  function unfollow(f: Followed, session: Session): void {
    const isLive = f.sessions.delete(session);
    if (!f.behind.delete(session) && !isLive) return;
    session.leave(f.stream.room);
    release(f);
  }

  async function check(): Promise<void> {
    // What can't be compared now is so the next time; gaps in other streams are found all the same.
    await comparison
      .run()
      .catch((err: unknown) => log.debug({ err }, "streams could not be compared with the store"));
    const all = [...followed.values()].filter((f) => f.started && !f.isCatchingUp);
    for (let i = 0; i < all.length; i += POSITIONS) {
      const some = all.slice(i, i + POSITIONS);
      const positions = await streams.positions(some.map((f) => f.stream.key));
      some.forEach((f, at) => {
        const now = positions[at];
        if (now && !f.closed && !f.isCatchingUp && (now.epoch !== f.epoch || now.offset > f.delivered))
          fill(f);
      });
    }
  }

  const endChecks = every(checkMs, check, (err) => log.debug({ err }, "positions could not be read"));

  return {
    check,
    verifyAfterFailover: comparison.afterFailover,
    get size() {
      return followed.size;
    },
    list: () => followedStreams(followed.values()),
    get followers() {
      let attaching = 0;
      for (const f of followed.values()) attaching += f.attaching;
      return { following: bySession.size, attaching };
    },
    async attach<C extends Contract, E>(
      session: Session<C>,
      stream: LiveStream<C, E>,
      since?: StreamPosition,
    ): Promise<Attached<E>> {
      // Inside, streams and sessions are of any contract: their types meet again in `deliver`.
      const own = session as unknown as Session;
      checkCount(bySession.get(own), followed.get(nameOf(stream.key)));
      const f = open(stream as unknown as LiveStream<Contract, unknown>, session.namespace);
      f.attaching++;
      try {
        await f.ready;
        if (since === undefined) {
          const { epoch, offset } = f.behind.get(own) ?? { epoch: f.epoch, offset: f.delivered };
          if (!f.behind.has(own)) follow(f, own);
          return { epoch, offset, missed: [] };
        }
        remember(f, own);
        const { missed, ...at } = await resuming.resume(f, own, since);
        return { ...at, missed: (missed ?? []) as StreamEntry<E>[], recovered: missed !== undefined };
      } finally {
        // A resume that failed is not one of the streams that the session follows.
        if (!has(f, own)) bySession.get(own)?.delete(f);
        f.attaching--;
        release(f);
      }
    },
    detach(session, key) {
      const own = session as unknown as Session;
      const f = followed.get(nameOf(key));
      if (!f) return;
      unfollow(f, own);
      bySession.get(own)?.delete(f);
    },
    follows(session, key) {
      const f = followed.get(nameOf(key));
      return f !== undefined && has(f, session as unknown as Session);
    },
    audience: (key) => followed.get(nameOf(key))?.audience,
    drop(session) {
      for (const f of bySession.get(session) ?? []) unfollow(f, session);
      bySession.delete(session);
    },
    close() {
      endChecks();
      for (const f of followed.values()) {
        f.closed = true;
        f.unsubscribe?.();
      }
      followed.clear();
      bySession.clear();
    },
  };
}

/** Whether a session hears what is delivered, or still gets what it missed. */
const has = ({ sessions, behind }: Followed, session: Session): boolean =>
  sessions.has(session) || behind.has(session);

export type { RunningLive };
