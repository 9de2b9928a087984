/** What answers do to a match that waits for them. Pure. */
import { GameError } from "../../../core/contract/errors.ts";
import type { TicketId, UserId } from "../../../core/ids.ts";
import type { MatchRecord, Ticket } from "../store.ts";

export const playersIn = (match: MatchRecord): readonly UserId[] => match.teams.flat();

/**
 * The match with a yes more; it is `starting` with the last one.
 * @throws GameError `not_found` for a match that is not there and for others' matches alike; `conflict` for one that was cancelled
 */
export function accept(match: MatchRecord | undefined, user: UserId): MatchRecord {
  const mine = checkMine(match, user);
  if (mine.phase === "cancelled") throw new GameError("conflict", { message: "this match was cancelled" });
  if (mine.accepted.includes(user)) return mine;
  const accepted = [...mine.accepted, user];
  return { ...mine, accepted, phase: accepted.length === playersIn(mine).length ? "starting" : "checking" };
}

/** @throws GameError as `accept`; `conflict` once the match starts, too */
export function decline(match: MatchRecord | undefined, user: UserId, coolDownUntil: number): MatchRecord {
  const mine = checkMine(match, user);
  if (mine.phase !== "checking")
    throw new GameError("conflict", { message: "this match waits for no answers any more" });
  return cancel(mine, "declined", [user], coolDownUntil);
}

/** The match after its time is over; unchanged where it waits no longer. */
export function timeOut(match: MatchRecord, coolDownUntil: number): MatchRecord {
  if (match.phase !== "checking") return match;
  const silent = playersIn(match).filter((user) => !match.accepted.includes(user));
  return cancel(match, "timeout", silent, coolDownUntil);
}

/** Whole tickets go back: a party does not, if one of it is a culprit. Who had not answered when another declined is none. */
function cancel(
  match: MatchRecord,
  reason: "declined" | "timeout",
  culprits: readonly UserId[],
  coolDownUntil: number,
): MatchRecord {
  const requeued = match.tickets
    .filter((ticket) => !ticket.members.some((member) => culprits.includes(member.userId)))
    .map((ticket) => ticket.ticketId);
  return { ...match, phase: "cancelled", cancelled: { reason, culprits, coolDownUntil, requeued } };
}

function checkMine(match: MatchRecord | undefined, user: UserId): MatchRecord {
  if (!match || !playersIn(match).includes(user)) throw new GameError("not_found");
  return match;
}

/** The tickets of a cancelled match that go back, and those that do not. */
export function splitTickets(match: MatchRecord): { back: Ticket[]; out: Ticket[] } {
  const requeued = new Set<TicketId>(match.cancelled?.requeued);
  return {
    back: match.tickets.filter((ticket) => requeued.has(ticket.ticketId)),
    out: match.tickets.filter((ticket) => !requeued.has(ticket.ticketId)),
  };
}
