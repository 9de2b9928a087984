/**
 * Creates matches. One commit takes the tickets of a match out of the queue and writes the match. Its outbox starts the game and
 * notifies the players: on any worker, and again after a worker's death, so that every step can be repeated.
 */

import { transact } from "../../../core/consistency/transact.ts";
import { asId, type DeliveryId, type MatchId, newId, type UserId } from "../../../core/ids.ts";
import type { MatchEnded, Matches, MatchSeats } from "../../../core/ports/matches.ts";
import { schedule } from "../../../core/ports/store/deadlines.ts";
import { put } from "../../../core/ports/store/documents.ts";
import type { Lease } from "../../../core/ports/store/leases.ts";
import { combine, dequeue, enteringMatch, isStillQueued, playersIn, setPlaces, usersOf } from "../changes.ts";
import type { MatchmakingContext } from "../context.ts";
import { type Mode, playersOf } from "../modes.ts";
import type { Pairing } from "../pairing/pairing.ts";
import { resumedPayload } from "../queue/resume.ts";
import { matchmakingContract } from "../schema.ts";
import {
  keys,
  MATCH_TTL_MS,
  type MatchRecord,
  matchAnnounce,
  matchUnanswered,
  PARTITION,
  type Ticket,
} from "../store.ts";
import { teamsOf } from "./backfill-rules.ts";
import { splitTickets } from "./ready-check.ts";

/** `changed`: a ticket has changed since it was paired. `fenced`: another worker ticks this queue now. */
export type CreateOutcome = "created" | "changed" | "fenced";

export async function createMatch(
  context: MatchmakingContext,
  pairing: Pairing,
  mode: Mode,
  lease: Lease,
): Promise<CreateOutcome> {
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
    return stored?.state.revision === ticket.revision && isStillQueued(ticket, places)
      ? [dequeue(stored, now, matchId)]
      : [];
  });
  if (taken.some((piece) => piece.length === 0)) return "changed";
  const match = newMatch(matchId, pairing, mode, now);
  const change = combine(
    ...taken.flat(),
    setPlaces(
      places,
      users,
      {
        ticketId: undefined,
        ...(mode.readyCheck ? { matchId } : { matchId: undefined, ...enteringMatch(match, now) }),
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
  return done.outcome === "committed" ? "created" : "changed";
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

export interface MatchNotifier {
  ended(match: MatchEnded): void;
  /** Notifies the members of a ticket that was put into a running match. */
  notifyJoined(match: MatchRecord, ticket: Ticket, seats: MatchSeats | undefined): Promise<void>;
}

export function createMatchNotifier(context: MatchmakingContext, matches: Matches): MatchNotifier {
  const { store, inbox, timers } = context.services;

  timers.on(matchAnnounce, async ({ payload: { matchId } }) => {
    const found = (await store.documents.load(keys.match(matchId)))?.state;
    if (!found) return;
    const match = found.phase === "starting" && !(await start(found)) ? await callOff(found) : found;
    // Also after the ready check: the last answer can come before every player has been asked.
    await deliverFound(match);
    if (match.phase === "starting") {
      await deliverStarted(match);
      // By now the room shows the match.
      await context.clearEntering(playersIn(match), { matchId });
    }
    // Whoever is told is free to join a queue.
    if (match.cancelled?.reason === "failed") await context.clearEntering(playersIn(match), { matchId });
    if (match.phase === "cancelled") await deliverCancelled(match);
  });

  return {
    async notifyJoined(match, ticket, seats) {
      const users = usersOf(ticket);
      const teams = teamsOf(match, seats ?? { players: [] }).map((team) => [...team]);
      const found = { match_id: match.matchId, game_mode: match.mode, players: teams.flat(), teams };
      await each(users, (user) =>
        inbox.deliver(
          matchmakingContract,
          user,
          "match_found",
          found,
          deliveryId(match, `found:${ticket.ticketId}`),
        ),
      );
      context.emitLeft(ticket, "matched");
      const started = { match_id: match.matchId, room_id: match.matchId };
      await each(users, (user) =>
        inbox.deliver(
          matchmakingContract,
          user,
          "game_started",
          started,
          deliveryId(match, `started:${ticket.ticketId}`),
        ),
      );
    },

    ended({ matchId, players, result, teams }) {
      context.emit(players, "game_ended", {
        ...{ match_id: matchId, result },
        ...(teams && { teams: teams.map((members) => [...members]) }),
      });
    },
  };

  /** Its game cannot begin. Nobody waits again: the next match would end the same way. */
  async function callOff({ matchId }: MatchRecord): Promise<MatchRecord> {
    const { result } = await transact(
      store.documents,
      keys.match(matchId),
      () => store.documents.load(keys.match(matchId)),
      (seen) => {
        if (!seen) throw new Error("a match's record went while it was called off");
        if (seen.state.phase !== "starting") return { result: seen.state };
        const cancelled = { reason: "failed", culprits: [], coolDownUntil: 0, requeued: [] } as const;
        const off: MatchRecord = { ...seen.state, phase: "cancelled", cancelled };
        return {
          result: off,
          change: { documents: [put(keys.match(matchId), seen.version, off, MATCH_TTL_MS)] },
        };
      },
    );
    return result;
  }

  /** @returns false where its game's own set-up fails */
  async function start(match: MatchRecord): Promise<boolean> {
    const mode = context.modes.get(match.mode);
    if (!mode)
      throw new Error(`a match was made for the mode ${match.mode}, which this worker does not have`);
    const names = new Map(
      match.tickets.flatMap((ticket) => ticket.members.map((member) => [member.userId, member.name])),
    );
    return matches.start({
      matchId: match.matchId,
      mode: mode.name,
      game: mode.game,
      options: mode.options,
      ...(mode.backfill && { seats: playersOf(mode) }),
      players: match.teams.flatMap((team, at) =>
        team.map((userId) => ({ userId, name: names.get(userId) ?? userId, team: at })),
      ),
    });
  }

  async function deliverFound(match: MatchRecord): Promise<void> {
    const payload = {
      match_id: match.matchId,
      game_mode: match.mode,
      players: match.tickets.flatMap(usersOf),
      teams: match.teams.map((team) => [...team]),
      ...(match.acceptBy !== undefined && { accept_by: new Date(match.acceptBy).toISOString() }),
    };
    await each(playersIn(match), (user) =>
      inbox.deliver(matchmakingContract, user, "match_found", payload, deliveryId(match, "found")),
    );
  }

  async function deliverStarted(match: MatchRecord): Promise<void> {
    for (const ticket of match.tickets) context.emitLeft(ticket, "matched");
    const payload = { match_id: match.matchId, room_id: match.matchId };
    await each(playersIn(match), (user) =>
      inbox.deliver(matchmakingContract, user, "game_started", payload, deliveryId(match, "started")),
    );
  }

  async function deliverCancelled(match: MatchRecord): Promise<void> {
    const { cancelled } = match;
    if (!cancelled) return;
    const { back, out } = splitTickets(match);
    const requeued = new Set(back.flatMap(usersOf));
    await each(playersIn(match), (user) =>
      inbox.deliver(
        matchmakingContract,
        user,
        "match_cancelled",
        {
          match_id: match.matchId,
          game_mode: match.mode,
          reason: cancelled.reason,
          requeued: requeued.has(user),
          ...(cancelled.culprits.includes(user) && {
            retry_after_ms: Math.max(0, Math.ceil(cancelled.coolDownUntil - store.now())),
          }),
        },
        deliveryId(match, "cancelled"),
      ),
    );
    for (const ticket of out) context.emitLeft(ticket, cancelled.reason === "timeout" ? "expired" : "left");
    for (const ticket of back) {
      // It may have been matched again or have left since.
      const waiting = await store.documents.load(keys.ticket(ticket.ticketId));
      if (waiting)
        context.emit(usersOf(ticket), "queue_joined", await resumedPayload(context, waiting.state));
    }
  }
}

const deliveryId = (match: MatchRecord, what: string) => asId<DeliveryId>(`${match.matchId}:${what}`);

async function each(users: readonly UserId[], act: (user: UserId) => Promise<unknown>): Promise<void> {
  await Promise.all(users.map(act));
}
