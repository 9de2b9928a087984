/** Makes a pairing true: one commit that takes its tickets out of the queue and writes the match, or changes nothing. */
import { type MatchId, newId } from "../../core/ids.ts";
import { schedule } from "../../core/ports/store/deadlines.ts";
import { put } from "../../core/ports/store/documents.ts";
import type { Lease } from "../../core/ports/store/leases.ts";
import { dequeued, joined, moved, usersOf } from "./changes.ts";
import type { Context } from "./context.ts";
import type { Mode } from "./modes.ts";
import type { Pairing } from "./pairing/pairing.ts";
import { entered } from "./queue/eligibility.ts";
import { consistent } from "./queue/leave.ts";
import { keys, MATCH_TTL_MS, type MatchRecord, matchAnnounce, matchUnanswered, PARTITION } from "./store.ts";

/** `changed`: a ticket is not what was paired any more. `fenced`: another worker ticks this queue now. */
export type Formed = "formed" | "changed" | "fenced";

export async function form(context: Context, pairing: Pairing, mode: Mode, lease: Lease): Promise<Formed> {
  const { store } = context.services;
  const { documents } = store;
  const users = pairing.tickets.flatMap(usersOf);
  const [tickets, places] = await Promise.all([
    documents.loadMany(pairing.tickets.map((ticket) => keys.ticket(ticket.ticketId))),
    context.places(users),
  ]);
  const now = store.now();
  const matchId = newId<MatchId>("m");
  const taken = pairing.tickets.map((ticket, at) => {
    const stored = tickets[at];
    return stored?.state.revision === ticket.revision && consistent(ticket, places) ? [dequeued(stored)] : [];
  });
  if (taken.some((piece) => piece.length === 0)) return "changed";
  const match = newMatch(matchId, pairing, mode, now);
  const change = joined(
    ...taken.flat(),
    moved(
      places,
      users,
      {
        ticketId: undefined,
        ...(mode.readyCheck ? { matchId } : { matchId: undefined, ...entered(match, now) }),
      },
      now,
    ),
    {
      documents: [put(keys.match(matchId), 0, match, MATCH_TTL_MS)],
      deadlines: [
        schedule(matchAnnounce, matchId, now, { matchId }),
        ...(match.acceptBy === undefined
          ? []
          : [schedule(matchUnanswered, matchId, match.acceptBy, { matchId })]),
      ],
    },
  );
  const done = await documents.commit({
    ...change,
    partition: PARTITION,
    fence: { name: lease.name, token: lease.token },
  });
  if (done.outcome === "fenced") return "fenced";
  return done.outcome === "committed" ? "formed" : "changed";
}

function newMatch(matchId: MatchId, pairing: Pairing, mode: Mode, now: number): MatchRecord {
  return {
    matchId,
    mode: mode.name,
    phase: mode.readyCheck ? "checking" : "starting",
    tickets: pairing.tickets,
    teams: pairing.teams.map((team) => team.flatMap(usersOf)),
    accepted: [],
    ...(mode.readyCheck && { acceptBy: now + mode.readyCheck.acceptMs }),
  };
}
