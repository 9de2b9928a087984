/** Membership of parties: what a change of members reads and writes, and who hears of it. */
import { followChanges } from "../../../core/consistency/change-feed.ts";
import { AGAIN, type ChangeDecision } from "../../../core/consistency/transact.ts";
import type { PartyId, TicketId, UserId } from "../../../core/ids.ts";
import type { Parties } from "../../../core/ports/parties.ts";
import type { Services } from "../../../core/ports/services.ts";
import {
  append,
  indexRemove,
  put,
  remove,
  type StreamAppend,
  type Versioned,
} from "../../../core/ports/store/documents.ts";
import { streamKey } from "../../../core/ports/store/keys.ts";
import {
  type ChangePart,
  combine,
  isStillQueued,
  type Places,
  setPlaces,
  withdrawTicket,
} from "../changes.ts";
import type { MatchmakingContext } from "../context.ts";
import { keys, PARTITION, type PartyRecord, type Ticket } from "../store.ts";

// Every change of members is an entry of a stream, written in the same commit. Workers follow it, so that a user loses a party's chat
// within a moment even where a notice is lost.

interface PartyChange {
  readonly users: readonly UserId[];
}

const key = streamKey<PartyChange>(PARTITION, "party-changes");
/** Far more changes than a worker misses while it can't reach the store. */
const KEEP = { maxLength: 5_000, ttlMs: 24 * 3_600_000 };

/** Part of a change of members. */
export const partyChanged = (users: readonly UserId[]): StreamAppend => append(key, { users }, KEEP);

/** Calls the listener for each user of each change from now on. @returns a function that ends it */
const onPartyChange = (
  { store, log }: Pick<Services, "store" | "log">,
  listener: (user: UserId) => void,
  lost?: () => void,
): Promise<() => void> =>
  followChanges(
    { store, log, key },
    {
      heard({ users }) {
        for (const user of users) listener(user);
      },
      ...(lost && { lost }),
    },
  );

/** The port for other namespaces: who is in which party. */
export function createMembership({ services }: MatchmakingContext): Parties {
  const { documents } = services.store;
  return {
    async partyOf(user) {
      return (await documents.load(keys.place(user)))?.state.partyId;
    },
    async membersOf(party) {
      return (await documents.load(keys.party(party)))?.state.members.map(({ userId }) => userId) ?? [];
    },
    onPartyChange: (listener, lost) => onPartyChange(services, listener, lost),
  };
}

/** A party and everything that a change of its members can touch. */
export interface PartyAndMembers {
  readonly party: Versioned<PartyRecord>;
  readonly places: Places;
  /** The ticket that the party waits with. */
  readonly ticket: Versioned<Ticket> | undefined;
}

/** A party after its members have changed. */
export interface MembershipChange {
  /** The party after the change; as it was where nobody is left. */
  readonly party: PartyRecord;
  readonly dissolved: boolean;
  /** The ticket that was withdrawn. */
  readonly ticket: Ticket | undefined;
}

export async function loadPartyOf(
  context: MatchmakingContext,
  user: UserId,
): Promise<PartyAndMembers | undefined> {
  const { documents } = context.services.store;
  const place = await documents.load(keys.place(user));
  return place?.state.partyId === undefined ? undefined : loadParty(context, place.state.partyId, [user]);
}

export async function loadParty(
  context: MatchmakingContext,
  partyId: PartyId,
  others: readonly UserId[],
): Promise<PartyAndMembers | undefined> {
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
export function changeMembers(
  { party, places, ticket }: PartyAndMembers,
  next: PartyRecord | null,
  users: readonly UserId[],
  place: { partyId: PartyId | undefined },
  now: number,
): ChangeDecision<MembershipChange> | typeof AGAIN {
  if (ticket && !isStillQueued(ticket.state, places)) return AGAIN;
  const document = next
    ? put(keys.party(next.partyId), party.version, next)
    : remove(keys.party(party.state.partyId), party.version);
  const index = next ? [] : [indexRemove(keys.parties(), party.state.partyId)];
  const result = { party: next ?? party.state, dissolved: next === null, ticket: ticket?.state };
  // Every member hears of it, because the party has changed for each of them.
  const concerned = new Set([...party.state.members.map(({ userId }) => userId), ...users]);
  return {
    result,
    change: {
      ...combine({ documents: [document], index }, changePlaces(places, ticket, users, place, now)),
      append: [partyChanged([...concerned])],
    },
  };
}

/** The places of users after their party has changed and its ticket was withdrawn. Each place is written once. */
function changePlaces(
  places: Places,
  ticket: Versioned<Ticket> | undefined,
  users: readonly UserId[],
  change: { partyId: PartyId | undefined },
  now: number,
): ChangePart {
  if (!ticket) return setPlaces(places, users, change, now);
  const waiting = ticket.state.members.map((member) => member.userId);
  const both = users.filter((user) => waiting.includes(user));
  const onlyMoved = users.filter((user) => !waiting.includes(user));
  const onlyWaiting = waiting.filter((user) => !users.includes(user));
  const own = withdrawTicket(ticket, places, now, onlyWaiting);
  return combine(
    own,
    setPlaces(places, both, { ...change, ticketId: undefined }, now),
    setPlaces(places, onlyMoved, change, now),
  );
}

function ticketsOf(places: Places): Set<TicketId> {
  const found = new Set<TicketId>();
  for (const place of places.values())
    if (place?.state.ticketId !== undefined) found.add(place.state.ticketId);
  return found;
}
