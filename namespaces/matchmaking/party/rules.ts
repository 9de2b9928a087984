/** What may be done in a party. Pure: a party and a wish in, the next party out. */

import { followChanges } from "../../../core/consistency/change-feed.ts";
import { GameError } from "../../../core/contract/errors.ts";
import type { UserId } from "../../../core/ids.ts";
import type { Services } from "../../../core/ports/services.ts";
import { append, type StreamAppend } from "../../../core/ports/store/documents.ts";
import { streamKey } from "../../../core/ports/store/keys.ts";
import { type Invitation, type Member, PARTITION, type PartyRecord } from "../store.ts";

// Who may be in another party now, told to every worker: an entry of a stream, written with the change itself. A notice that was
// missed is found by looking at the stream, so that nobody stays in a party's chat for longer than a moment.

interface PartyChange {
  readonly users: readonly UserId[];
}

const key = streamKey<PartyChange>(PARTITION, "party-changes");
/** Of far more than a worker misses while it can't reach the store. */
const KEEP = { maxLength: 5_000, ttlMs: 24 * 3_600_000 };

/** Goes into the change. */
export const partyChanged = (users: readonly UserId[]): StreamAppend => append(key, { users }, KEEP);

/** Calls the listener for each user of each change from now on. @returns a function that ends it */
export const onPartyChange = (
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

/** Players in a party where the options do not say. */
export const MAX_PARTY_SIZE = 16;
const INVITATION_MS = 2 * 60_000;
/** Invitations that may be open at a time. */
const MAX_INVITATIONS = 32;

const isMember = (party: PartyRecord, user: UserId): boolean =>
  party.members.some((member) => member.userId === user);

function checkLeader(party: PartyRecord, user: UserId): void {
  if (party.leader !== user)
    throw new GameError("forbidden", { message: "only the party's leader may do this" });
}

/** The party with one invitation more; a second one to the same user replaces the first. */
export function invite(
  party: PartyRecord,
  from: UserId,
  to: UserId,
  { now, maxSize }: { readonly now: number; readonly maxSize: number },
): { readonly party: PartyRecord; readonly invitation: Invitation } {
  if (isMember(party, to)) throw new GameError("conflict", { message: "already in the party" });
  if (party.members.length >= maxSize) throw new GameError("room_full", { message: "the party is full" });
  const open = party.invitations.filter((each) => each.expiresAt > now && each.userId !== to);
  if (open.length >= MAX_INVITATIONS)
    throw new GameError("conflict", { message: "too many open invitations" });
  const invitation = { userId: to, from, expiresAt: now + INVITATION_MS, serial: party.serial + 1 };
  return { party: { ...party, invitations: [...open, invitation], serial: invitation.serial }, invitation };
}

/** @throws GameError `not_found` for a party that is not there and for one without an invitation alike; `room_full` */
export function accept(
  party: PartyRecord | undefined,
  member: Member,
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

/** The party without a member: the one longest in it leads where the leader has gone; null once nobody is left. */
export function without(party: PartyRecord, user: UserId): PartyRecord | null {
  const members = party.members.filter((member) => member.userId !== user);
  const [first] = members;
  if (!first) return null;
  return { ...party, members, leader: party.leader === user ? first.userId : party.leader };
}

/** @throws GameError `forbidden`, `not_found` */
export function kick(party: PartyRecord, by: UserId, user: UserId): PartyRecord {
  checkLeader(party, by);
  if (user === by) throw new GameError("conflict", { message: "a leader goes by party_leave" });
  if (!isMember(party, user)) throw new GameError("not_found");
  return without(party, user) ?? party;
}

/** @throws GameError `forbidden`, `not_found` */
export function promote(party: PartyRecord, by: UserId, user: UserId): PartyRecord {
  checkLeader(party, by);
  if (!isMember(party, user)) throw new GameError("not_found");
  return { ...party, leader: user };
}
