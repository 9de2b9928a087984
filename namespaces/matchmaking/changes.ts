/** The parts that changes of matchmaking are put together from, and what records say of users. Pure. */
import type { MatchId, UserId } from "../../core/ids.ts";
import { cancel, type DeadlineChange, schedule } from "../../core/ports/store/deadlines.ts";
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
import {
  ENTERING_MS,
  type Entering,
  KEPT_CHANGES,
  keys,
  type MatchRecord,
  type QueueChange,
  type Ticket,
  ticketExpired,
  type UserPlace,
} from "./store.ts";

/** A part of one commit. */
export interface ChangePart {
  readonly documents: readonly DocumentWrite[];
  readonly append?: readonly StreamAppend[];
  readonly index?: readonly IndexWrite[];
  readonly deadlines?: readonly DeadlineChange[];
}

/** The places of some users, as they were read; undefined for a user without one. */
export type Places = ReadonlyMap<UserId, Versioned<UserPlace> | undefined>;

/** One change of several parts. */
export function combine(...parts: readonly ChangePart[]): Required<ChangePart> {
  return {
    documents: parts.flatMap((part) => part.documents),
    append: parts.flatMap((part) => part.append ?? []),
    index: parts.flatMap((part) => part.index ?? []),
    deadlines: parts.flatMap((part) => part.deadlines ?? []),
  };
}

/** Parts of a place to set, or (undefined) to clear. */
export type PlaceChange = { readonly [K in keyof UserPlace]?: UserPlace[K] | undefined };

/** Changes places of users. An empty place is removed; a place that only holds for a time gets that time to live. */
export function setPlaces(
  places: Places,
  users: readonly UserId[],
  change: PlaceChange,
  now: number,
): ChangePart {
  return { documents: users.map((user) => placeWrite(user, places.get(user), change, now)) };
}

function placeWrite(user: UserId, seen: Versioned<UserPlace> | undefined, change: PlaceChange, now: number) {
  const { ticketId, matchId, partyId, entering, forwarded, asked, coolDownUntil } = {
    ...seen?.state,
    ...change,
  };
  const cooling = coolDownUntil !== undefined && coolDownUntil > now ? coolDownUntil : undefined;
  const coming = entering !== undefined && entering.until > now ? entering : undefined;
  const next: UserPlace = {
    ...(ticketId !== undefined && { ticketId }),
    ...(matchId !== undefined && { matchId }),
    ...(partyId !== undefined && { partyId }),
    ...(coming !== undefined && { entering: coming }),
    ...(forwarded !== undefined && { forwarded }),
    ...(asked !== undefined && { asked }),
    ...(cooling !== undefined && { coolDownUntil: cooling }),
  };
  const version = seen?.version ?? 0;
  const isLasting = [ticketId, matchId, partyId, forwarded, asked].some((each) => each !== undefined);
  if (isLasting) return put(keys.place(user), version, next);
  const until = Math.max(cooling ?? 0, coming?.until ?? 0);
  if (until > 0) return put(keys.place(user), version, next, until - now);
  return remove(keys.place(user), version);
}

export const usersOf = (ticket: Ticket): UserId[] => ticket.members.map((member) => member.userId);

export const playersIn = (match: MatchRecord): readonly UserId[] => match.teams.flat();

/** Whether the places are still those of a ticket that waits. */
export const isStillQueued = (ticket: Ticket, places: Places): boolean =>
  usersOf(ticket).every((user) => places.get(user)?.state.ticketId === ticket.ticketId);

/** The part of a place that says which match its user is about to play. */
export const enteringMatch = ({ matchId, mode }: Pick<MatchRecord, "matchId" | "mode">, now: number) => ({
  entering: { matchId, mode, until: now + ENTERING_MS } satisfies Entering,
});

/**
 * A ticket begins to wait, or waits again with the age it had.
 * @param maxTickets the queue is full with so many: the change is refused as `full`. Default: no limit, for a ticket that had waited.
 */
export function enqueue(
  ticket: Ticket,
  maxWaitMs: number,
  maxTickets: number = Number.POSITIVE_INFINITY,
): ChangePart {
  const place = indexPutWithin(keys.queue(ticket.mode), ticket.ticketId, ticket.joinedAt, ticket, maxTickets);
  return combine(
    { ...writeTicket(ticket, 0), index: [place] },
    {
      documents: [],
      deadlines: [
        schedule(ticketExpired, ticket.ticketId, ticket.joinedAt + maxWaitMs, { ticketId: ticket.ticketId }),
      ],
    },
  );
}

/** Writes a waiting ticket, in the queue and in the stream that the ticking worker follows. */
export function writeTicket(ticket: Ticket, version: number): ChangePart {
  return {
    documents: [put(keys.ticket(ticket.ticketId), version, ticket)],
    append: [queueChange(ticket.mode, { put: ticket })],
    index: [indexPut(keys.queue(ticket.mode), ticket.ticketId, ticket.joinedAt, ticket)],
  };
}

/** Takes a ticket out of the queue. @param match that took it; left out: it is withdrawn */
export function dequeue({ state, version }: Versioned<Ticket>, at: number, match?: MatchId): ChangePart {
  return {
    documents: [remove(keys.ticket(state.ticketId), version)],
    append: [queueChange(state.mode, { gone: state.ticketId, at, ...(match && { match }) })],
    index: [indexRemove(keys.queue(state.mode), state.ticketId)],
    deadlines: [cancel(ticketExpired, state.ticketId)],
  };
}

const queueChange = (mode: string, change: QueueChange): StreamAppend =>
  append(keys.changes(mode), change, KEPT_CHANGES);

/** @param users the members whose places this part writes. Default: all */
export const withdrawTicket = (
  ticket: Versioned<Ticket>,
  places: Places,
  now: number,
  users: readonly UserId[] = usersOf(ticket.state),
): Required<ChangePart> =>
  combine(dequeue(ticket, now), setPlaces(places, users, { ticketId: undefined }, now));
