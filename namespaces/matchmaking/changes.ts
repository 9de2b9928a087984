/** The pieces that changes of matchmaking are put together from. Pure. */
import type { UserId } from "../../core/ids.ts";
import { cancel, type DeadlineChange, schedule } from "../../core/ports/store/deadlines.ts";
import {
  append,
  type DocumentWrite,
  delist,
  enlist,
  enlistWithin,
  type IndexWrite,
  put,
  remove,
  type StreamAppend,
  type Versioned,
} from "../../core/ports/store/documents.ts";
import { KEPT_CHANGES, keys, type Place, type QueueChange, type Ticket, ticketExpired } from "./store.ts";

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
  const place = enlistWithin(keys.queue(ticket.mode), ticket.ticketId, ticket.joinedAt, ticket, maxTickets);
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
    index: [enlist(keys.queue(ticket.mode), ticket.ticketId, ticket.joinedAt, ticket)],
  };
}

/** A ticket waits no longer. */
export function dequeued({ state, version }: Versioned<Ticket>): Piece {
  return {
    documents: [remove(keys.ticket(state.ticketId), version)],
    append: [told(state.mode, { gone: state.ticketId })],
    index: [delist(keys.queue(state.mode), state.ticketId)],
    deadlines: [cancel(ticketExpired, state.ticketId)],
  };
}

const told = (mode: string, change: QueueChange): StreamAppend =>
  append(keys.changes(mode), change, KEPT_CHANGES);
