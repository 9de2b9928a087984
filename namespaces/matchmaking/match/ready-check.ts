/** Ready checks: the answers of a match's players, and what follows from the last one, from a refusal, or from none in time. */

import { AGAIN, transact } from "../../../core/consistency/transact.ts";
import type { ResultOf } from "../../../core/contract/contract.ts";
import { GameError } from "../../../core/contract/errors.ts";
import type { MatchId, TicketId, UserId } from "../../../core/ids.ts";
import { cancel, type DeadlineChange, schedule } from "../../../core/ports/store/deadlines.ts";
import { put, type Versioned } from "../../../core/ports/store/documents.ts";
import {
  type ChangePart,
  combine,
  enqueue,
  enteringMatch,
  type Places,
  playersIn,
  setPlaces,
  usersOf,
} from "../changes.ts";
import type { Events, MatchmakingContext } from "../context.ts";
import type { Ticket } from "../store.ts";
import { keys, MATCH_TTL_MS, type MatchRecord, matchAnnounce, matchUnanswered } from "../store.ts";

export interface ReadyCheck {
  accept(user: UserId, matchId: MatchId): Promise<ResultOf<Events, "match_accept">>;
  decline(user: UserId, matchId: MatchId): Promise<ResultOf<Events, "match_decline">>;
  /** The match whose ready check waits for the user. */
  pendingOf(user: UserId): Promise<MatchId | undefined>;
}

interface MatchAndPlaces {
  readonly match: Versioned<MatchRecord> | undefined;
  readonly places: Places;
}

export function createReadyCheck(context: MatchmakingContext): ReadyCheck {
  const { store, timers } = context.services;
  const { documents } = store;

  timers.on(matchUnanswered, async ({ payload: { matchId } }) => {
    if (!(await documents.load(keys.match(matchId)))) return;
    await settle(matchId, (seen) => timeOut(present(seen), coolDownUntil(seen)));
  });

  return {
    async accept(user, matchId) {
      const match = await settle(matchId, (seen) => accept(seen, user));
      const players = playersIn(match).length;
      return {
        match_id: matchId,
        accepted: match.phase === "starting" ? players : match.accepted.length,
        players,
      };
    },

    async decline(user, matchId) {
      const match = await settle(matchId, (seen) => decline(seen, user, coolDownUntil(seen)));
      const until = match.cancelled?.coolDownUntil ?? 0;
      return { match_id: matchId, retry_after_ms: Math.max(0, Math.ceil(until - store.now())) };
    },

    async pendingOf(user) {
      return (await documents.load(keys.place(user)))?.state.matchId;
    },
  };

  function coolDownUntil(match: MatchRecord | undefined): number {
    const mode = match && context.modes.get(match.mode);
    return store.now() + (mode?.readyCheck?.coolDownMs ?? 0);
  }

  async function settle(
    matchId: MatchId,
    step: (match: MatchRecord | undefined) => MatchRecord,
  ): Promise<MatchRecord> {
    const { result, committed } = await transact(
      documents,
      keys.match(matchId),
      () => read(matchId),
      (seen) => {
        const next = step(seen.match?.state);
        if (!seen.match || next === seen.match.state) return { result: next };
        if (next.phase !== "checking" && !isChecking(next, seen.places)) return AGAIN;
        return { result: next, change: changeOf(next, seen.match.version, seen.places) };
      },
    );
    if (committed && result.phase !== "checking") {
      context.runOutbox();
      if (result.phase === "cancelled") context.wake(result.mode);
    }
    return result;
  }

  async function read(matchId: MatchId): Promise<MatchAndPlaces> {
    const match = await documents.load(keys.match(matchId));
    return { match, places: await context.places(match ? playersIn(match.state) : []) };
  }

  function changeOf(match: MatchRecord, version: number, places: Places): ChangePart {
    const document: ChangePart = {
      documents: [put(keys.match(match.matchId), version, match, MATCH_TTL_MS)],
    };
    if (match.phase === "checking") return document;
    const now = store.now();
    const deadlines: DeadlineChange[] = [
      cancel(matchUnanswered, match.matchId),
      schedule(matchAnnounce, match.matchId, now, { matchId: match.matchId }),
    ];
    if (match.phase === "starting")
      return combine(
        document,
        { documents: [], deadlines },
        setPlaces(places, playersIn(match), { ...FREE, ...enteringMatch(match, now) }, now),
      );
    return combine(document, { documents: [], deadlines }, ...releasePlayers(match, places, now));
  }

  /** After a cancelled match: tickets without a culprit wait again, other players are free, and culprits after a cool-down. */
  function releasePlayers(match: MatchRecord, places: Places, now: number): ChangePart[] {
    const { back, out } = splitTickets(match);
    const culprits = new Set(match.cancelled?.culprits);
    const users = out.flatMap(usersOf);
    const coolDownUntil = match.cancelled?.coolDownUntil;
    const maxWaitMs = context.modes.get(match.mode)?.maxWaitMs ?? 0;
    return [
      ...back.flatMap((ticket) => [
        enqueue(ticket, maxWaitMs),
        setPlaces(places, usersOf(ticket), { ...FREE, ticketId: ticket.ticketId }, now),
      ]),
      setPlaces(
        places,
        users.filter((user) => !culprits.has(user)),
        FREE,
        now,
      ),
      setPlaces(
        places,
        users.filter((user) => culprits.has(user)),
        { ...FREE, coolDownUntil },
        now,
      ),
    ];
  }
}

const FREE = { matchId: undefined } as const;

/** Whether the places are those of the check. */
const isChecking = (match: MatchRecord, places: Places): boolean =>
  playersIn(match).every((user) => places.get(user)?.state.matchId === match.matchId);

function present(match: MatchRecord | undefined): MatchRecord {
  if (!match) throw new Error("a match's record went while its ready check ran");
  return match;
}

// The rules of a ready check. Pure.

/**
 * The match with one more acceptance; it is `starting` with the last one.
 * @throws GameError `not_found` for an unknown match and for others' matches alike; `conflict` for a cancelled one
 */
function accept(match: MatchRecord | undefined, user: UserId): MatchRecord {
  const mine = checkMine(match, user);
  if (mine.phase === "cancelled") throw new GameError("conflict", { message: "this match was cancelled" });
  // A match of a mode without a ready check waits for nobody: it starts, whoever accepts it all the same.
  if (mine.phase === "starting" || mine.accepted.includes(user)) return mine;
  const accepted = [...mine.accepted, user];
  return { ...mine, accepted, phase: accepted.length === playersIn(mine).length ? "starting" : "checking" };
}

/** @throws GameError as `accept`; also `conflict` once the match starts */
function decline(match: MatchRecord | undefined, user: UserId, coolDownUntil: number): MatchRecord {
  const mine = checkMine(match, user);
  if (mine.phase !== "checking")
    throw new GameError("conflict", { message: "this match waits for no answers any more" });
  return cancelMatch(mine, "declined", [user], coolDownUntil);
}

/** The match after the time for answers; unchanged where it waits no longer. */
function timeOut(match: MatchRecord, coolDownUntil: number): MatchRecord {
  if (match.phase !== "checking") return match;
  const silent = playersIn(match).filter((user) => !match.accepted.includes(user));
  return cancelMatch(match, "timeout", silent, coolDownUntil);
}

/** Tickets go back whole: a party with a culprit does not. A player that had not answered when another declined is no culprit. */
function cancelMatch(
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
