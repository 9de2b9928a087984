/** What may be done in a party. Pure: from a party and a command to the next party. */
import { GameError } from "../../../core/contract/errors.ts";
import type { UserId } from "../../../core/ids.ts";
import type { PartyInvitation, PartyRecord, TicketMember } from "../store.ts";

/** How many players a party may have by default. */
export const MAX_PARTY_SIZE = 16;
const INVITATION_MS = 2 * 60_000;
/** How many invitations of a party may be open at a time. */
const MAX_INVITATIONS = 32;

const isMember = (party: PartyRecord, user: UserId): boolean =>
  party.members.some((member) => member.userId === user);

function checkLeader(party: PartyRecord, user: UserId): void {
  if (party.leader !== user)
    throw new GameError("forbidden", { message: "only the party's leader may do this" });
}

/** The party with one more invitation; it replaces an earlier one to the same user. */
export function invite(
  party: PartyRecord,
  from: UserId,
  to: UserId,
  { now, maxSize }: { readonly now: number; readonly maxSize: number },
): { readonly party: PartyRecord; readonly invitation: PartyInvitation } {
  if (isMember(party, to)) throw new GameError("conflict", { message: "already in the party" });
  if (party.members.length >= maxSize) throw new GameError("room_full", { message: "the party is full" });
  const open = party.invitations.filter((each) => each.expiresAt > now && each.userId !== to);
  if (open.length >= MAX_INVITATIONS)
    throw new GameError("conflict", { message: "too many open invitations" });
  const invitation = { userId: to, from, expiresAt: now + INVITATION_MS, serial: party.serial + 1 };
  return { party: { ...party, invitations: [...open, invitation], serial: invitation.serial }, invitation };
}

/** @throws GameError `not_found` for an unknown party and for one without an invitation alike; `room_full` */
export function accept(
  party: PartyRecord | undefined,
  member: TicketMember,
  { now, maxSize }: { readonly now: number; readonly maxSize: number },
): PartyRecord {
  const invited = party?.invitations.some((each) => each.userId === member.userId && each.expiresAt > now);
  if (!party || !invited) throw new GameError("not_found");
  if (party.members.length >= maxSize) throw new GameError("room_full", { message: "the party is full" });
  return {
    ...party,
    members: [...party.members, member],
    invitations: party.invitations.filter((each) => each.userId !== member.userId),
  };
}

/** The party without a member; null once nobody is left. Where the leader leaves, the member that joined first leads. */
export function without(party: PartyRecord, user: UserId): PartyRecord | null {
  const members = party.members.filter((member) => member.userId !== user);
  const [first] = members;
  if (!first) return null;
  return { ...party, members, leader: party.leader === user ? first.userId : party.leader };
}

/** @throws GameError `forbidden`, `not_found` */
export function kick(party: PartyRecord, by: UserId, user: UserId): PartyRecord {
  checkLeader(party, by);
  if (user === by) throw new GameError("conflict", { message: "a leader leaves with party_leave" });
  if (!isMember(party, user)) throw new GameError("not_found");
  return without(party, user) ?? party;
}

/** @throws GameError `forbidden`, `not_found` */
export function promote(party: PartyRecord, by: UserId, user: UserId): PartyRecord {
  checkLeader(party, by);
  if (!isMember(party, user)) throw new GameError("not_found");
  return { ...party, leader: user };
}
