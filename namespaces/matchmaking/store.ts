/** What matchmaking keeps, where, and which deadlines belong to it. All of it is one partition, so it changes together. */
import type { MatchId, PartyId, TicketId, UserId } from "../../core/ids.ts";
import { topic } from "../../core/ports/store/bus.ts";
import { cancel, type DeadlineChange, deadlineKind, schedule } from "../../core/ports/store/deadlines.ts";
import {
  append,
  type DocumentWrite,
  type IndexWrite,
  indexPut,
  indexPutWithin,
  indexRemove,
  put,
  remove,
  type StreamAppend,
  type Versioned,
} from "../../core/ports/store/documents.ts";
import { documentKey, indexKey, partitions, presenceScope, streamKey } from "../../core/ports/store/keys.ts";
import type { PresenceEdge, PresenceScope } from "../../core/ports/store/presence.ts";

// The pieces that changes of matchmaking are put together from. Pure.

export interface Piece {
  readonly documents: readonly DocumentWrite[];
  readonly append?: readonly StreamAppend[];
  readonly index?: readonly IndexWrite[];
  readonly deadlines?: readonly DeadlineChange[];
}

/** The places of some users, as they were read. */
export type Places = ReadonlyMap<UserId, Versioned<Place> | undefined>;

/** One change of several pieces. */
export function joined(...pieces: readonly Piece[]): Required<Piece> {
  return {
    documents: pieces.flatMap((piece) => piece.documents),
    append: pieces.flatMap((piece) => piece.append ?? []),
    index: pieces.flatMap((piece) => piece.index ?? []),
    deadlines: pieces.flatMap((piece) => piece.deadlines ?? []),
  };
}

/** Parts of a place to set, or (undefined) to clear. */
export type PlaceChange = { readonly [K in keyof Place]?: Place[K] | undefined };

/** Changes where users stand. A place with nothing in it goes; what only holds for a time goes by itself when that is over. */
export function moved(places: Places, users: readonly UserId[], change: PlaceChange, now: number): Piece {
  return { documents: users.map((user) => movedOne(user, places.get(user), change, now)) };
}

function movedOne(user: UserId, seen: Versioned<Place> | undefined, change: PlaceChange, now: number) {
  const { ticketId, matchId, partyId, entering, forwarded, asked, coolDownUntil } = {
    ...seen?.state,
    ...change,
  };
  const cooling = coolDownUntil !== undefined && coolDownUntil > now ? coolDownUntil : undefined;
  const coming = entering !== undefined && entering.until > now ? entering : undefined;
  const next: Place = {
    ...(ticketId !== undefined && { ticketId }),
    ...(matchId !== undefined && { matchId }),
    ...(partyId !== undefined && { partyId }),
    ...(coming !== undefined && { entering: coming }),
    ...(forwarded !== undefined && { forwarded }),
    ...(asked !== undefined && { asked }),
    ...(cooling !== undefined && { coolDownUntil: cooling }),
  };
  const version = seen?.version ?? 0;
  const stands = [ticketId, matchId, partyId, forwarded, asked].some((each) => each !== undefined);
  if (stands) return put(keys.place(user), version, next);
  const until = Math.max(cooling ?? 0, coming?.until ?? 0);
  if (until > 0) return put(keys.place(user), version, next, until - now);
  return remove(keys.place(user), version);
}

export const usersOf = (ticket: Ticket): UserId[] => ticket.members.map((member) => member.userId);

/**
 * A ticket begins to wait, or waits again with the age it had.
 * @param maxTickets with so many in the queue the change is refused as `full`; left out for one that has waited before
 */
export function enqueued(
  ticket: Ticket,
  maxWaitMs: number,
  maxTickets: number = Number.POSITIVE_INFINITY,
): Piece {
  const place = indexPutWithin(keys.queue(ticket.mode), ticket.ticketId, ticket.joinedAt, ticket, maxTickets);
  return joined(
    { ...written(ticket, 0), index: [place] },
    {
      documents: [],
      deadlines: [
        schedule(ticketExpired, ticket.ticketId, ticket.joinedAt + maxWaitMs, { ticketId: ticket.ticketId }),
      ],
    },
  );
}

/** A ticket as it waits now; what changes the queue tells of it to the worker that ticks it, in the same commit. */
export function written(ticket: Ticket, version: number): Piece {
  return {
    documents: [put(keys.ticket(ticket.ticketId), version, ticket)],
    append: [told(ticket.mode, { put: ticket })],
    index: [indexPut(keys.queue(ticket.mode), ticket.ticketId, ticket.joinedAt, ticket)],
  };
}

/** A ticket waits no longer. */
export function dequeued({ state, version }: Versioned<Ticket>): Piece {
  return {
    documents: [remove(keys.ticket(state.ticketId), version)],
    append: [told(state.mode, { gone: state.ticketId })],
    index: [indexRemove(keys.queue(state.mode), state.ticketId)],
    deadlines: [cancel(ticketExpired, state.ticketId)],
  };
}

const told = (mode: string, change: QueueChange): StreamAppend =>
  append(keys.changes(mode), change, KEPT_CHANGES);

export const PARTITION = partitions.matchmaking();

export interface Member {
  readonly userId: UserId;
  readonly name: string;
  /** Absent: the mode's default counts. */
  readonly skill?: number;
}

/** A wish to be matched, of one user or of a whole party. The same value stands in the mode's queue. */
export interface Ticket {
  readonly ticketId: TicketId;
  readonly mode: string;
  /** Who queued it, and may change its preferences. */
  readonly owner: UserId;
  readonly members: readonly Member[];
  readonly partyId?: PartyId;
  /** The mean of its members'. */
  readonly skill: number;
  readonly region?: string;
  /** Of the properties that the mode matches, those that the client named: name and value, in the mode's order. */
  readonly properties: readonly (readonly [string, string | number | boolean])[];
  /** In the store's time. */
  readonly joinedAt: number;
  /** Grows with each change, so that a pairing on an older value is found out. */
  readonly revision: number;
}

/** A ticket in the gateway's queue, as the gateway told of it last. */
export interface Forwarded {
  readonly ticketId: string;
  readonly mode: string;
  readonly queueSize: number;
}

/** Counts until then, in the store's time: so that a match that never comes to be keeps nobody from queueing for ever. */
export interface Entering {
  readonly matchId: MatchId;
  readonly mode?: string;
  readonly until: number;
}

/** Where a user stands; absent: nowhere. What makes a second ticket, match or party of one user impossible. */
export interface Place {
  readonly ticketId?: TicketId;
  /** A match whose ready check runs. */
  readonly matchId?: MatchId;
  readonly partyId?: PartyId;
  /** A match that the user is about to play, until its room shows it. */
  readonly entering?: Entering;
  /** What the upstream gateway holds of the user. */
  readonly forwarded?: Forwarded;
  /** The gateway was asked to queue the user, and what became of that is not known: it is told when they have gone. */
  readonly asked?: true;
  /** No queueing before this, in the store's time. */
  readonly coolDownUntil?: number;
}

export interface MatchRecord {
  readonly matchId: MatchId;
  readonly mode: string;
  readonly phase: "checking" | "starting" | "cancelled";
  readonly tickets: readonly Ticket[];
  readonly teams: readonly (readonly UserId[])[];
  readonly accepted: readonly UserId[];
  /** Of a ready check, in the store's time. */
  readonly acceptBy?: number;
  /** Since when it asks for players for its free seats. */
  readonly backfillSince?: number;
  /** Taken out of the queue for it, and about to get their seats. */
  readonly joining?: readonly { readonly ticket: Ticket; readonly team: number }[];
  /** The result has been taken into the players' skills. */
  readonly rated?: boolean;
  readonly cancelled?: {
    readonly reason: "declined" | "timeout";
    readonly culprits: readonly UserId[];
    readonly coolDownUntil: number;
    readonly requeued: readonly TicketId[];
  };
}

export interface Invitation {
  readonly userId: UserId;
  readonly from: UserId;
  readonly expiresAt: number;
  readonly serial: number;
}

export interface PartyRecord {
  readonly partyId: PartyId;
  readonly leader: UserId;
  readonly members: readonly Member[];
  readonly invitations: readonly Invitation[];
  /** Numbers the invitations. */
  readonly serial: number;
}

/** How long tickets of a mode waited: sums of which older waits are ever smaller parts. */
export interface Estimate {
  readonly tickets: number;
  readonly waitedMs: number;
  /** When the sums were made, in the store's time. */
  readonly at: number;
}

/** How good a user is at a mode, as results or the service say. A rater's own figures stand beside it. */
export interface Rating {
  readonly skill: number;
  readonly deviation?: number;
  readonly volatility?: number;
}

/** A ticket that waits, newly or as it is now; or one that waits no longer. */
export type QueueChange = { readonly put: Ticket } | { readonly gone: TicketId };

/** A worker that has fallen behind by more reads the whole queue. */
export const KEPT_CHANGES = { maxLength: 10_000, ttlMs: 24 * 3_600_000 } as const;

export const keys = {
  place: (user: UserId) => documentKey<Place>(PARTITION, `place:${user}`),
  ticket: (id: TicketId) => documentKey<Ticket>(PARTITION, `ticket:${id}`),
  match: (id: MatchId) => documentKey<MatchRecord>(PARTITION, `match:${id}`),
  party: (id: PartyId) => documentKey<PartyRecord>(PARTITION, `party:${id}`),
  /** All parties, by when they were made. */
  parties: () => indexKey<null>(PARTITION, "parties"),
  rating: (mode: string, user: UserId) => documentKey<Rating>(PARTITION, `rating:${mode}:${user}`),
  estimate: (mode: string) => documentKey<Estimate>(PARTITION, `estimate:${mode}`),
  /** Tickets that wait, by the time they joined. */
  queue: (mode: string) => indexKey<Ticket>(PARTITION, `queue:${mode}`),
  /** Matches of the mode that ask for players, by since when. */
  backfills: (mode: string) => indexKey<null>(PARTITION, `backfill:${mode}`),
  /** Every change of that queue, for the worker that ticks it. */
  changes: (mode: string) => streamKey<QueueChange>(PARTITION, `queue:${mode}`),
} as const;

/** How long players wait for their match's room, or their seat in it, before they may queue again. */
export const ENTERING_MS = 120_000;

/** How long a match's record is kept: far longer than telling its players can take. */
export const MATCH_TTL_MS = 24 * 3_600_000;

/** A user has been away from the namespace for the grace period. */
export const ticketGone = deadlineKind<PresenceEdge>("ticket:gone");
export const ticketExpired = deadlineKind<{ readonly ticketId: TicketId }>("ticket:expired");
/** Outbox: what a match's players must be told, and its game started. */
export const matchAnnounce = deadlineKind<{ readonly matchId: MatchId }>("match:announce");
/** Outbox: players that were found for a running match get their seats. */
export const matchFill = deadlineKind<{ readonly matchId: MatchId }>("match:fill");
/** The time for answering a ready check is over. */
export const matchUnanswered = deadlineKind<{ readonly matchId: MatchId }>("match:unanswered");
export interface InvitationToDeliver {
  readonly partyId: PartyId;
  readonly to: UserId;
  readonly from: UserId;
  readonly expiresAt: number;
  readonly serial: number;
}
/** Outbox: an invitation to deliver. */
export const partyInvite = deadlineKind<InvitationToDeliver>("party:invite");

/** Tells the ticking worker that a queue has changed. A hint: what it misses the next full look finds. */
export const wakeTopic = topic<{ readonly mode: string }>("matchmaking:wake");

export const presenceOf = (graceMs: number): PresenceScope => ({
  name: presenceScope("/matchmaking"),
  online: [],
  offline: [{ kind: ticketGone, afterMs: graceMs }],
});
