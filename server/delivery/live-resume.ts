/**
 * Connections that come back to a stream. The first part of what they missed is the answer; the rest is sent to them entry by entry, read
 * page by page as fast as they take it. Until a connection has met what this worker has delivered it hears nothing live: it is held back
 * by its place in the stream, so that nothing is kept for it in memory.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Session } from "../../core/contract/session.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Reading, Spend } from "../../core/ports/reading.ts";
import type { Streams } from "../../core/ports/store/streams.ts";
import {
  renewedAt,
  type StreamEntry,
  type StreamPage,
  type StreamPosition,
} from "../../core/ports/store/streams.ts";
import { audienceOf, type Behind, type Followed } from "./live-followed.ts";

/** Entries read at a time for an answer, and for events, each of which is a packet of its own. */
const PAGE = 500;
const EVENTS = 100;
/** What an event costs beside its bytes, in bytes that take as long. */
const EVENT_BYTES = 512;
/** Pages of one answer, also where nobody counts their bytes. */
const MAX_PAGES = 200;
/** How long until a stream is read again that could not be read, or gave nothing although there is more. */
const AGAIN_MS = 250;

export interface ResumeBounds {
  /** Bytes of what was missed that are the answer, where that is all. */
  readonly wholeBytes: number;
  /** Where it is not: so much of it. A large answer holds up everybody else, events go in between. */
  readonly firstBytes: number;
  /** Bytes read at a time. */
  readonly pageBytes: number;
}

export interface LiveResumeOptions {
  readonly streams: Streams;
  readonly reading: Pick<Reading, "turn">;
  readonly log: Log;
  readonly bounds: ResumeBounds;
  /** Delivers what the stream has beyond the last delivered entry. */
  catchUp(f: Followed): Promise<void>;
  /** From here on the connection hears what is delivered. */
  goLive(f: Followed, session: Session): void;
}

export interface ResumedStream extends StreamPosition {
  /** Undefined where it can't be told. */
  readonly missed: StreamEntry<unknown>[] | undefined;
}

export function createLiveResume(options: LiveResumeOptions) {
  const { streams, reading, log, bounds, catchUp, goLive } = options;

  const isBehind = (f: Followed, session: Session, own: Behind) =>
    !f.closed && session.connected && f.behind.get(session) === own;

  const hasMet = (f: Followed, own: Behind) => own.epoch === f.epoch && own.offset >= f.delivered;

  /** Reads on from where the connection is. What this worker has not delivered yet it will hear live. */
  async function next(
    f: Followed,
    own: Behind,
    { maxBytes, most }: { maxBytes: number; most: number },
  ): Promise<StreamPage<unknown>> {
    const { frameBytes = 0, key } = f.stream;
    const limit = Math.max(1, Math.min(most, Math.floor(maxBytes / (2 * frameBytes + 1))));
    const page = await streams.read(key, {
      after: own.offset,
      limit,
      maxBytes: Math.max(1, maxBytes - limit * frameBytes),
    });
    const { bytes } = page;
    const counted = bytes === undefined ? {} : { bytes: bytes + page.entries.length * frameBytes };
    return { ...page, ...counted };
  }

  /** The first part of what was missed; undefined where some of it is gone. Moves the connection's place to where it ends. */
  async function firstPart(
    f: Followed,
    own: Behind,
    spend: Spend,
  ): Promise<StreamEntry<unknown>[] | undefined> {
    const missed: StreamEntry<unknown>[] = [];
    /** How many of them are the first part. */
    let first = 0;
    let bytes = 0;
    for (let pages = 0; pages < MAX_PAGES && bytes < bounds.wholeBytes && own.offset < f.delivered; pages++) {
      const maxBytes = Math.min(bounds.wholeBytes - bytes, bounds.pageBytes);
      const page = await next(f, own, { maxBytes, most: PAGE });
      if (page.epoch !== own.epoch || f.epoch !== own.epoch || page.first > own.offset + 1) return undefined;
      if (page.entries.length === 0) return own.offset >= f.delivered ? missed : undefined;
      bytes += page.bytes ?? 0;
      // One entry that is too large for what is left follows by itself.
      if (bytes > bounds.wholeBytes && missed.length > 0) break;
      for (const entry of page.entries)
        if (entry.offset <= f.delivered) {
          missed.push(entry);
          own.offset = entry.offset;
        }
      if (first === 0 || bytes <= bounds.firstBytes) first = missed.length;
      await spend(page.bytes);
    }
    if (own.offset >= f.delivered) return missed;
    missed.length = first;
    own.offset = missed.at(-1)?.offset ?? own.offset;
    return missed;
  }

  function attempt(what: string, f: Followed, run: () => void): void {
    try {
      run();
    } catch (err) {
      log.error({ err, stream: f.stream.key.name }, what);
    }
  }

  function sendLost(f: Followed, session: Session, own: Behind, at: StreamPosition): void {
    own.epoch = at.epoch;
    own.offset = at.offset;
    attempt("a stream's loss could not be told", f, () => f.stream.lost?.(at, audienceOf(session)));
  }

  /** Sends a page. @returns whether the connection has come further by it */
  function send(f: Followed, session: Session, own: Behind, page: StreamPage<unknown>): boolean {
    const { epoch } = page;
    if (epoch !== own.epoch) {
      sendLost(f, session, own, { epoch, offset: renewedAt(epoch) });
      return true;
    }
    const before = own.offset;
    if (page.first > own.offset + 1 && page.offset > own.offset)
      sendLost(f, session, own, { epoch, offset: page.first - 1 });
    for (const { offset, entry } of page.entries) {
      if (offset !== own.offset + 1 || f.epoch !== epoch || offset > f.delivered) continue;
      own.offset = offset;
      attempt("a stream's entry could not be delivered", f, () =>
        f.stream.deliver(entry, { epoch, offset }, audienceOf(session)),
      );
    }
    return own.offset > before;
  }

  /** One page for one connection. @returns false where there was nothing to send yet */
  async function step(f: Followed, session: Session, own: Behind, spend: Spend): Promise<boolean> {
    const page = await next(f, own, { maxBytes: bounds.pageBytes, most: EVENTS });
    // Read in one turn of the event loop, sent in another.
    await spend((page.bytes ?? 0) + page.entries.length * EVENT_BYTES);
    if (!isBehind(f, session, own)) return true;
    const moved = send(f, session, own, page);
    if (hasMet(f, own)) {
      f.behind.delete(session);
      goLive(f, session);
    }
    return moved;
  }

  async function goOn(f: Followed, session: Session, own: Behind): Promise<void> {
    while (isBehind(f, session, own)) {
      try {
        const moved = await reading.turn(session, (spend) => step(f, session, own, spend), { patient: true });
        if (moved || !isBehind(f, session, own)) continue;
        await catchUp(f);
      } catch (err) {
        log.debug(
          { err, stream: f.stream.key.name },
          "a stream could not be read on for a client; tried again",
        );
      }
      await delay(AGAIN_MS, undefined, { ref: false });
    }
  }

  /** The rest of what was missed follows, after the answer to the command that has asked for it. */
  function follow(f: Followed, session: Session, own: Behind): void {
    f.behind.set(session, own);
    session.join(f.stream.room);
    setImmediate(() => void goOn(f, session, own));
  }

  return {
    /**
     * What was missed after `since`, up to a bound, and where it ends; the rest, and what is live, follows from there on.
     * @throws GameError as `Reading.turn`, and `unavailable`: then the connection follows what it followed before
     */
    async resume(f: Followed, session: Session, since: StreamPosition): Promise<ResumedStream> {
      const before = f.placeOf(session);
      const own: Behind = { epoch: since.epoch, offset: since.offset };
      // Nothing newer reaches it before what it missed, also where it follows already.
      f.sessions.delete(session);
      f.behind.set(session, own);
      try {
        // A cursor ahead of this worker: the client has heard from another one. It must not hear the same again from here.
        // Twice: a reading that was under way may have begun before that entry was there.
        for (let tries = 0; tries < 2 && (since.epoch !== f.epoch || since.offset > f.delivered); tries++)
          await catchUp(f);
        const isKnown = since.epoch === f.epoch && since.offset <= f.delivered;
        const read = (spend: Spend) => firstPart(f, own, spend);
        const missed = !isKnown ? undefined : hasMet(f, own) ? [] : await reading.turn(session, read);
        const { epoch, delivered } = f;
        if (missed === undefined) Object.assign(own, { epoch, offset: delivered });
        const at = { epoch: own.epoch, offset: own.offset };
        // Another resume of the same connection has taken its place.
        if (f.behind.get(session) !== own) return { ...at, missed };
        if (hasMet(f, own) || !session.connected) {
          f.behind.delete(session);
          goLive(f, session);
        } else follow(f, session, own);
        return { ...at, missed };
      } catch (err) {
        if (f.behind.get(session) === own) f.behind.delete(session);
        if (before && session.connected) follow(f, session, { ...before });
        throw err;
      }
    },
  };
}
