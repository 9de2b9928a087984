/** A stream that this worker's connections follow. */
import type { SingleFlight } from "../../core/async.ts";
import type { Contract } from "../../core/contract/contract.ts";
import { GameError } from "../../core/contract/errors.ts";
import type { Session } from "../../core/contract/session.ts";
import type { Audience, LiveStream } from "../../core/ports/live.ts";
import type { StreamEntry, StreamNotice } from "../../core/ports/store/streams.ts";
import type { Sender } from "./outbound.ts";

/** Where a connection is that has not got all of what it missed. */
export interface Behind {
  epoch: string;
  offset: number;
}

/** One connection, in place of all that follow. */
export const audienceOf = (session: Session): Audience<Contract> => ({
  emit(event, payload, options) {
    const { exceptUser } = options ?? {};
    if (exceptUser === undefined || exceptUser !== session.userId) session.emit(event, payload);
  },
  sessions: () => [session],
});

export class Followed {
  readonly stream: LiveStream<Contract, unknown>;
  /** Those who hear what is delivered. */
  readonly sessions = new Set<Session>();
  /** Those who still get what they missed, and hear nothing live. */
  readonly behind = new Map<Session, Behind>();
  readonly audience: Audience<Contract>;
  /** Attachments under way keep the stream open as followers do. */
  attaching = 0;
  epoch = "";
  delivered = 0;
  /** The entry at `delivered`, where it was delivered here. */
  last: unknown;
  /** What was delivered last when the store went away, until it was found there again. */
  unverified: StreamEntry<unknown> | undefined;
  /** Notices that came too early, by offset. */
  readonly held = new Map<number, StreamNotice<unknown>>();
  /** About what these take. */
  heldBytes = 0;
  started = false;
  /** Reads what lies after the last delivered entry; made with the first read. */
  catchingUp: SingleFlight<void> | undefined;
  closed = false;
  unsubscribe: (() => void) | undefined;
  ready: Promise<void> = Promise.resolve();

  constructor(stream: LiveStream<Contract, unknown>, sender: Sender, namespace: Session["namespace"]) {
    this.stream = stream;
    const { sessions, behind } = this;
    this.audience = {
      emit(event: string, payload: unknown, options) {
        sender.send(namespace, stream.room, event, payload, {
          local: true,
          ...(options?.exceptUser === undefined ? {} : { exceptUser: options.exceptUser }),
          ...(behind.size === 0 ? {} : { exceptEach: [...behind.keys()].map(({ id }) => id) }),
        });
      },
      sessions: () => sessions,
    };
  }

  get isCatchingUp(): boolean {
    return this.catchingUp?.isRunning === true;
  }

  /** Up to where a connection has been told; undefined where it does not follow. */
  placeOf(session: Session): Behind | undefined {
    if (this.sessions.has(session)) return { epoch: this.epoch, offset: this.delivered };
    return this.behind.get(session);
  }
}

/** Streams that one connection may follow: more than the rooms that a connection may be in. */
export const MAX_FOLLOWED = 2_000;

/** @throws GameError `conflict` where a connection that follows these may not follow one more */
export function checkCount(own: ReadonlySet<Followed> | undefined, one: Followed | undefined): void {
  if (own === undefined || own.size < MAX_FOLLOWED || (one && own.has(one))) return;
  throw new GameError("conflict", { message: `a connection follows ${MAX_FOLLOWED} streams at most` });
}

/** A stream as an operator sees it. */
export interface FollowedStream {
  readonly partition: string;
  readonly name: string;
  readonly epoch: string;
  readonly offset: number;
  readonly followers: number;
  /** Those that still get what they missed. */
  readonly behind: number;
}

export function* followedStreams(all: Iterable<Followed>): Generator<FollowedStream> {
  for (const { stream, epoch, delivered, sessions, behind } of all) {
    const { partition, name } = stream.key;
    yield { partition, name, epoch, offset: delivered, followers: sessions.size, behind: behind.size };
  }
}
