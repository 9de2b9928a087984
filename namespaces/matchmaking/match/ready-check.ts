/** Ready checks: answers, and what follows when the last has come, when one is no, and when time is over. */
import { AGAIN, transact } from "../../../core/consistency/transact.ts";
import type { ResultOf } from "../../../core/contract/contract.ts";
import type { MatchId, UserId } from "../../../core/ids.ts";
import { cancel, type DeadlineChange, schedule } from "../../../core/ports/store/deadlines.ts";
import { put, type Versioned } from "../../../core/ports/store/documents.ts";
import type { Context, Events } from "../context.ts";
import { entered } from "../queue/eligibility.ts";
import {
  enqueued,
  joined,
  keys,
  MATCH_TTL_MS,
  type MatchRecord,
  matchAnnounce,
  matchUnanswered,
  moved,
  type Piece,
  type Places,
  usersOf,
} from "../store.ts";
import { accept, decline, playersIn, splitTickets, timeOut } from "./ready-check-rules.ts";

export interface ReadyCheck {
  accept(user: UserId, matchId: MatchId): Promise<ResultOf<Events, "match_accept">>;
  decline(user: UserId, matchId: MatchId): Promise<ResultOf<Events, "match_decline">>;
  /** The match whose ready check the user is asked in. */
  pendingOf(user: UserId): Promise<MatchId | undefined>;
  timeOut(matchId: MatchId): Promise<void>;
}

interface Seen {
  readonly match: Versioned<MatchRecord> | undefined;
  readonly places: Places;
}

export function createReadyCheck(context: Context): ReadyCheck {
  const { store } = context.services;
  const { documents } = store;

  return {
    async accept(user, matchId) {
      const match = await settle(matchId, (seen) => accept(seen, user));
      return { match_id: matchId, accepted: match.accepted.length, players: playersIn(match).length };
    },

    async decline(user, matchId) {
      const match = await settle(matchId, (seen) => decline(seen, user, coolDownUntil(seen)));
      const until = match.cancelled?.coolDownUntil ?? 0;
      return { match_id: matchId, retry_after_ms: Math.max(0, Math.ceil(until - store.now())) };
    },

    async pendingOf(user) {
      return (await documents.load(keys.place(user)))?.state.matchId;
    },

    async timeOut(matchId) {
      if (!(await documents.load(keys.match(matchId)))) return;
      await settle(matchId, (seen) => timeOut(present(seen), coolDownUntil(seen)));
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
        if (next.phase !== "checking" && !asked(next, seen.places)) return AGAIN;
        return { result: next, change: consequences(next, seen.match.version, seen.places) };
      },
    );
    if (committed && result.phase !== "checking") {
      context.nudge();
      if (result.phase === "cancelled") context.wake(result.mode);
    }
    return result;
  }

  async function read(matchId: MatchId): Promise<Seen> {
    const match = await documents.load(keys.match(matchId));
    return { match, places: await context.places(match ? playersIn(match.state) : []) };
  }

  function consequences(match: MatchRecord, version: number, places: Places): Piece {
    const document: Piece = { documents: [put(keys.match(match.matchId), version, match, MATCH_TTL_MS)] };
    if (match.phase === "checking") return document;
    const now = store.now();
    const deadlines: DeadlineChange[] = [
      cancel(matchUnanswered, match.matchId),
      schedule(matchAnnounce, match.matchId, now, { matchId: match.matchId }),
    ];
    if (match.phase === "starting")
      return joined(
        document,
        { documents: [], deadlines },
        moved(places, playersIn(match), { ...FREE, ...entered(match, now) }, now),
      );
    return joined(document, { documents: [], deadlines }, ...scattered(match, places, now));
  }

  /** After a cancelled match: tickets without a culprit wait again, the others' users are free, culprits after their cool-down. */
  function scattered(match: MatchRecord, places: Places, now: number): Piece[] {
    const { back, out } = splitTickets(match);
    const culprits = new Set(match.cancelled?.culprits);
    const users = out.flatMap(usersOf);
    const coolDownUntil = match.cancelled?.coolDownUntil;
    const maxWaitMs = context.modes.get(match.mode)?.maxWaitMs ?? 0;
    return [
      ...back.flatMap((ticket) => [
        enqueued(ticket, maxWaitMs),
        moved(places, usersOf(ticket), { ...FREE, ticketId: ticket.ticketId }, now),
      ]),
      moved(
        places,
        users.filter((user) => !culprits.has(user)),
        FREE,
        now,
      ),
      moved(
        places,
        users.filter((user) => culprits.has(user)),
        { ...FREE, coolDownUntil },
        now,
      ),
    ];
  }
}

const FREE = { matchId: undefined } as const;

/** Whether the places are of the time of the check. */
const asked = (match: MatchRecord, places: Places): boolean =>
  playersIn(match).every((user) => places.get(user)?.state.matchId === match.matchId);

function present(match: MatchRecord | undefined): MatchRecord {
  if (!match) throw new Error("a match's record went while its ready check ran");
  return match;
}
