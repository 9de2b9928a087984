/** Tickets: which users may queue, and what their ticket holds. Pure. */

import { GameError } from "../../../core/contract/errors.ts";
import type { Identity } from "../../../core/contract/session.ts";
import type { PartyId, TicketId, UserId } from "../../../core/ids.ts";
import type { Places } from "../changes.ts";
import type { Mode } from "../modes.ts";
import type { PartyRecord, Ticket, TicketMember } from "../store.ts";

export interface Preferences {
  readonly region?: string;
  readonly properties?: Readonly<Record<string, string | number | boolean>>;
}

/** @throws GameError `invalid_payload` for a region that the mode does not have */
export function checkRegion(mode: Mode, region: string | undefined): void {
  if (region === undefined || mode.regions === undefined || mode.regions.includes(region)) return;
  throw new GameError("invalid_payload", {
    message: `region: must be one of ${mode.regions.join(", ")}`,
  });
}

/** The properties that the mode matches. */
function matchedProperties(mode: Mode, properties: Preferences["properties"]): Ticket["properties"] {
  if (!properties) return [];
  return mode.matchProperties.flatMap((name) => {
    const value = Object.hasOwn(properties, name) ? properties[name] : undefined;
    return value === undefined ? [] : [[name, value] as const];
  });
}

/**
 * @throws GameError `already_queued`, `rate_limited` (a cool-down) for the user that asks; `conflict` with `user_id` for another
 * member of its party
 */
export function checkNotQueued(
  asker: UserId,
  members: readonly TicketMember[],
  places: Places,
  now: number,
): void {
  for (const { userId } of members) {
    const place = places.get(userId)?.state;
    const busy = place?.ticketId !== undefined || place?.matchId !== undefined;
    const coolMs = (place?.coolDownUntil ?? 0) - now;
    if (!busy && coolMs <= 0) continue;
    if (userId !== asker)
      throw new GameError("conflict", {
        message: busy
          ? "a member of the party is already waiting"
          : "a member of the party may not queue yet",
        details: { user_id: userId },
      });
    if (busy) throw new GameError("already_queued");
    throw new GameError("rate_limited", {
      message: "queueing is closed to you for a while, because of a match you did not accept",
      details: { retry_after_ms: Math.ceil(coolMs) },
    });
  }
}

/** @throws GameError `not_found` for a party that is not the user's, `forbidden` for a member that does not lead it, `conflict` for its size */
export function checkParty(asker: UserId, party: PartyRecord | undefined, mode: Mode): PartyRecord {
  if (!party?.members.some((member) => member.userId === asker)) throw new GameError("not_found");
  if (party.leader !== asker)
    throw new GameError("forbidden", { message: "only the leader queues for the party" });
  if (party.members.length > mode.maxPartySize)
    throw new GameError("conflict", {
      message: `${mode.name} takes parties of at most ${mode.maxPartySize}`,
      details: { max_party_size: mode.maxPartySize },
    });
  return party;
}

export function newTicket(
  mode: Mode,
  of: {
    readonly ticketId: TicketId;
    readonly owner: UserId;
    readonly members: readonly TicketMember[];
    readonly partyId?: PartyId;
    readonly preferences: Preferences;
    readonly now: number;
  },
): Ticket {
  return {
    ticketId: of.ticketId,
    mode: mode.name,
    owner: of.owner,
    members: of.members,
    ...(of.partyId !== undefined && { partyId: of.partyId }),
    skill: meanSkill(mode, of.members),
    ...(of.preferences.region !== undefined && { region: of.preferences.region }),
    properties: matchedProperties(mode, of.preferences.properties),
    joinedAt: of.now,
    revision: 1,
  };
}

/** The ticket with other preferences and the same age; absent preferences stay. A skill is the owner's. */
export function withPreferences(
  ticket: Ticket,
  mode: Mode,
  preferences: Preferences,
  skill?: number,
): Ticket {
  const members =
    skill === undefined
      ? ticket.members
      : ticket.members.map((member) => (member.userId === ticket.owner ? { ...member, skill } : member));
  return {
    ...ticket,
    members,
    skill: meanSkill(mode, members),
    ...(preferences.region !== undefined && { region: preferences.region }),
    properties: preferences.properties ? matchedProperties(mode, preferences.properties) : ticket.properties,
    revision: ticket.revision + 1,
  };
}

const meanSkill = (mode: Mode, members: readonly TicketMember[]): number =>
  members.reduce((sum, member) => sum + (member.skill ?? mode.defaultSkill), 0) / members.length;

/** A user as a member of tickets and parties, with the skill of its token. */
export const memberOf = ({
  userId,
  name,
  skill,
}: Pick<Identity, "userId" | "name" | "skill">): TicketMember => ({
  userId,
  name,
  ...(skill !== undefined && { skill }),
});
