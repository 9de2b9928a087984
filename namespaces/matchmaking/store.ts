/** The records of matchmaking, their keys and deadlines. All are of one partition, so that one commit can change several. */
import type { MatchId, PartyId, TicketId, UserId } from "../../core/ids.ts";
import { topic } from "../../core/ports/store/bus.ts";
import { deadlineKind } from "../../core/ports/store/deadlines.ts";
import { documentKey, indexKey, partitions, presenceScope, streamKey } from "../../core/ports/store/keys.ts";
import type { PresenceEdge, PresenceScope } from "../../core/ports/store/presence.ts";

export const PARTITION = partitions.matchmaking();

export interface TicketMember {
  readonly userId: UserId;
  readonly name: string;
  /** Default: the mode's. */
  readonly skill?: number;
}

/** A request to be matched, of one user or of a whole party. The mode's queue holds the same value. */
export interface Ticket {
  readonly ticketId: TicketId;
  readonly mode: string;
  /** The user that queued it, and may change its preferences. */
  readonly owner: UserId;
  readonly members: readonly TicketMember[];
  readonly partyId?: PartyId;
  /** The mean of its members' skills. */
  readonly skill: number;
  readonly region?: string;
  /** Name and value of the properties that the mode matches and the client named, in the mode's order. */
  readonly properties: readonly (readonly [string, string | number | boolean])[];
  /** In the store's time. */
  readonly joinedAt: number;
  /** Grows with each change, so that a match of an older value is refused. */
  readonly revision: number;
}

/** A ticket in the queue of an upstream gateway, as the gateway answered last. */
export interface Forwarded {
  readonly ticketId: string;
  readonly mode: string;
  readonly queueSize: number;
}

/** A match that a user is about to play. Counts until `until`, in the store's time, even if its room never opens. */
export interface Entering {
  readonly matchId: MatchId;
  readonly mode?: string;
  readonly until: number;
}

/** The ticket, match and party of a user, in one document: so that a second one of any is impossible. Absent: none. */
export interface UserPlace {
  readonly ticketId?: TicketId;
  /** A match whose ready check runs. */
  readonly matchId?: MatchId;
  readonly partyId?: PartyId;
  /** A match that the user is about to play, until its room shows it. */
  readonly entering?: Entering;
  /** The user's ticket in the upstream gateway's queue. */
  readonly forwarded?: Forwarded;
  /** The gateway was asked to queue the user and the answer is unknown: it is told when the user disconnects. */
  readonly asked?: true;
  /** The user may not queue before this, in the store's time. */
  readonly coolDownUntil?: number;
}

export interface MatchRecord {
  readonly matchId: MatchId;
  readonly mode: string;
  readonly phase: "checking" | "starting" | "cancelled";
  readonly tickets: readonly Ticket[];
  readonly teams: readonly (readonly UserId[])[];
  readonly accepted: readonly UserId[];
  /** When the ready check ends, in the store's time. */
  readonly acceptBy?: number;
  /** Since when the match asks for players for its free seats. */
  readonly backfillSince?: number;
  /** Tickets taken out of the queue that are about to get their seats. */
  readonly joining?: readonly { readonly ticket: Ticket; readonly team: number }[];
  /** Whether the result has changed the players' skills. */
  readonly rated?: boolean;
  readonly cancelled?: {
    /** `failed`: the game's own set-up did. */
    readonly reason: "declined" | "timeout" | "failed";
    readonly culprits: readonly UserId[];
    readonly coolDownUntil: number;
    readonly requeued: readonly TicketId[];
  };
}

export interface PartyInvitation {
  readonly userId: UserId;
  readonly from: UserId;
  readonly expiresAt: number;
  readonly serial: number;
}

export interface PartyRecord {
  readonly partyId: PartyId;
  readonly leader: UserId;
  readonly members: readonly TicketMember[];
  readonly invitations: readonly PartyInvitation[];
  /** Numbers the invitations. */
  readonly serial: number;
}

/** How long tickets of a mode waited: sums in which older waits count less and less. */
export interface Estimate {
  readonly tickets: number;
  readonly waitedMs: number;
  /** When the sums were made, in the store's time. */
  readonly at: number;
}

/** A user's skill in a mode, from results or from the service, with the rater's own figures. */
export interface Rating {
  readonly skill: number;
  readonly deviation?: number;
  readonly volatility?: number;
}

/**
 * An entry of a queue's stream: a ticket that waits, as it is now, or the id of one that waits no longer, since when, and the match that
 * took it.
 */
export type QueueChange =
  | { readonly put: Ticket }
  | { readonly gone: TicketId; readonly at?: number; readonly match?: MatchId };

/** How many changes of a queue are kept. A worker that has missed more reads the whole queue. */
export const KEPT_CHANGES = { maxLength: 10_000, ttlMs: 24 * 3_600_000 } as const;

export const keys = {
  place: (user: UserId) => documentKey<UserPlace>(PARTITION, `place:${user}`),
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

/** How long a match's record is kept: far longer than notifying its players can take. */
export const MATCH_TTL_MS = 24 * 3_600_000;

/** A user has been away from the namespace for the grace period. */
export const ticketGone = deadlineKind<PresenceEdge>("ticket:gone");
export const ticketExpired = deadlineKind<{ readonly ticketId: TicketId }>("ticket:expired");
/** Outbox: a match's players must be notified, and its game started. */
export const matchAnnounce = deadlineKind<{ readonly matchId: MatchId }>("match:announce");
/** Outbox: players that were found for a running match must get their seats. */
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

/** Wakes the ticking worker when a queue has changed. Only a hint: the next periodic look finds what was missed. */
export const wakeTopic = topic<{ readonly mode: string }>("matchmaking:wake");

export const presenceOf = (graceMs: number): PresenceScope => ({
  name: presenceScope("/matchmaking"),
  online: [],
  offline: [{ kind: ticketGone, afterMs: graceMs }],
});
