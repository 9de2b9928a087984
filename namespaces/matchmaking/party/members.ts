/** What is read for a change of a party, and how a party that gains or loses members changes what else there is of them. */
import { AGAIN, type Decision } from "../../../core/consistency/transact.ts";
import type { PartyId, TicketId, UserId } from "../../../core/ids.ts";
import { indexRemove, put, remove as removed, type Versioned } from "../../../core/ports/store/documents.ts";
import type { Context } from "../context.ts";
import { consistent, withdrawn } from "../queue/leave.ts";
import { joined, keys, moved, type PartyRecord, type Piece, type Places, type Ticket } from "../store.ts";
import { partyChanged } from "./rules.ts";

/** A user's party and all that a change of it can touch. */
export interface Seen {
  readonly party: Versioned<PartyRecord>;
  readonly places: Places;
  /** The ticket that the party waits with. */
  readonly ticket: Versioned<Ticket> | undefined;
}

/** A party after its members have changed. */
export interface Regrouped {
  /** As it was, where nobody is left. */
  readonly party: PartyRecord;
  readonly dissolved: boolean;
  /** That was withdrawn. */
  readonly ticket: Ticket | undefined;
}

export async function partyOf(context: Context, user: UserId): Promise<Seen | undefined> {
  const { documents } = context.services.store;
  const place = await documents.load(keys.place(user));
  return place?.state.partyId === undefined ? undefined : partyAround(context, place.state.partyId, [user]);
}

export async function partyAround(
  context: Context,
  partyId: PartyId,
  others: readonly UserId[],
): Promise<Seen | undefined> {
  const { documents } = context.services.store;
  const party = await documents.load(keys.party(partyId));
  if (!party) return undefined;
  const members = party.state.members.map((member) => member.userId);
  const places = await context.places([...new Set([...members, ...others])]);
  for (const ticketId of ticketsOf(places)) {
    const ticket = await documents.load(keys.ticket(ticketId));
    if (ticket?.state.partyId === partyId) return { party, places, ticket };
  }
  return { party, places, ticket: undefined };
}

/** The party with other members, its ticket withdrawn. */
export function regrouped(
  { party, places, ticket }: Seen,
  next: PartyRecord | null,
  users: readonly UserId[],
  place: { partyId: PartyId | undefined },
  now: number,
): Decision<Regrouped> | typeof AGAIN {
  if (ticket && !consistent(ticket.state, places)) return AGAIN;
  const document = next
    ? put(keys.party(next.partyId), party.version, next)
    : removed(keys.party(party.state.partyId), party.version);
  const index = next ? [] : [indexRemove(keys.parties(), party.state.partyId)];
  const result = { party: next ?? party.state, dissolved: next === null, ticket: ticket?.state };
  // All of them: who is in a party with whom is another now for each.
  const concerned = new Set([...party.state.members.map(({ userId }) => userId), ...users]);
  return {
    result,
    change: {
      ...joined({ documents: [document], index }, relocated(places, ticket, users, place, now)),
      append: [partyChanged([...concerned])],
    },
  };
}

/** Where users stand after their party has changed and its ticket was withdrawn: each place is written once. */
function relocated(
  places: Places,
  ticket: Versioned<Ticket> | undefined,
  users: readonly UserId[],
  change: { partyId: PartyId | undefined },
  now: number,
): Piece {
  if (!ticket) return moved(places, users, change, now);
  const waiting = ticket.state.members.map((member) => member.userId);
  const both = users.filter((user) => waiting.includes(user));
  const onlyMoved = users.filter((user) => !waiting.includes(user));
  const onlyWaiting = waiting.filter((user) => !users.includes(user));
  const own = withdrawn(ticket, places, now, onlyWaiting);
  return joined(
    own,
    moved(places, both, { ...change, ticketId: undefined }, now),
    moved(places, onlyMoved, change, now),
  );
}

function ticketsOf(places: Places): Set<TicketId> {
  const found = new Set<TicketId>();
  for (const place of places.values())
    if (place?.state.ticketId !== undefined) found.add(place.state.ticketId);
  return found;
}
