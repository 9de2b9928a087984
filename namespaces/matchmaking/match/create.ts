/**
 * Tells a match's players what has become of it, and starts its game. Runs as the outbox of the commits that made, readied or
 * cancelled the match: on any worker, again after a worker's death, so every step of it can be repeated.
 */
import { asId, type DeliveryId, type MatchId, newId, type UserId } from "../../../core/ids.ts";
import type { MatchEnded, Matches } from "../../../core/ports/matches.ts";
import { schedule } from "../../../core/ports/store/deadlines.ts";
import { put } from "../../../core/ports/store/documents.ts";
import type { Lease } from "../../../core/ports/store/leases.ts";
import type { Context } from "../context.ts";
import { type Mode, playersOf } from "../modes.ts";
import type { Pairing } from "../pairing/pairing.ts";
import { arrived, entered } from "../queue/eligibility.ts";
import { consistent, tellLeft } from "../queue/leave.ts";
import { joinedAgain } from "../queue/resume.ts";
import { matchmakingContract } from "../schema.ts";
import {
  dequeued,
  joined,
  keys,
  MATCH_TTL_MS,
  type MatchRecord,
  matchAnnounce,
  matchUnanswered,
  moved,
  PARTITION,
  type Ticket,
  usersOf,
} from "../store.ts";
import { playersIn, splitTickets } from "./ready-check-rules.ts";

// Makes a pairing true: one commit that takes its tickets out of the queue and writes the match, or changes nothing.

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

export interface MatchCreator {
  announce(matchId: MatchId): Promise<void>;
  ended(match: MatchEnded): void;
  /** Tells those who were put into a running match. */
  tellJoined(match: MatchRecord, ticket: Ticket): Promise<void>;
}

export function createMatchCreator(context: Context, matches: Matches): MatchCreator {
  const { store, inbox } = context.services;

  return {
    async announce(matchId) {
      const match = (await store.documents.load(keys.match(matchId)))?.state;
      if (!match) return;
      if (match.phase === "starting") await start(match);
      // Also where the match is past this: an answer can come before all have been told that there is a question.
      await tellFound(match);
      if (match.phase === "starting") await tellStarted(match);
      // The room shows who plays by now.
      if (match.phase === "starting") await arrived(context, playersIn(match), match);
      if (match.phase === "cancelled") await tellCancelled(match);
    },

    async tellJoined(match, ticket) {
      const users = usersOf(ticket);
      const seats = await matches.seatsOf(match.matchId);
      const players = seats?.players ?? [];
      const teams = match.teams.map((_, at) =>
        players.filter(({ team }) => team === at).map(({ userId }) => userId),
      );
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
      tellLeft(context, ticket, "matched");
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

    ended({ matchId, players, result }) {
      context.tell(players, "game_ended", { match_id: matchId, result });
    },
  };

  async function start(match: MatchRecord): Promise<void> {
    const mode = context.modes.get(match.mode);
    if (!mode)
      throw new Error(`a match was made for the mode ${match.mode}, which this worker does not have`);
    const names = new Map(
      match.tickets.flatMap((ticket) => ticket.members.map((member) => [member.userId, member.name])),
    );
    await matches.start({
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

  async function tellFound(match: MatchRecord): Promise<void> {
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

  async function tellStarted(match: MatchRecord): Promise<void> {
    for (const ticket of match.tickets) tellLeft(context, ticket, "matched");
    const payload = { match_id: match.matchId, room_id: match.matchId };
    await each(playersIn(match), (user) =>
      inbox.deliver(matchmakingContract, user, "game_started", payload, deliveryId(match, "started")),
    );
  }

  async function tellCancelled(match: MatchRecord): Promise<void> {
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
    for (const ticket of out) tellLeft(context, ticket, cancelled.reason === "timeout" ? "expired" : "left");
    for (const ticket of back) {
      // It may have been matched anew, or have left, since.
      const waiting = await store.documents.load(keys.ticket(ticket.ticketId));
      if (waiting) context.tell(usersOf(ticket), "queue_joined", await joinedAgain(context, waiting.state));
    }
  }
}

const deliveryId = (match: MatchRecord, what: string) => asId<DeliveryId>(`${match.matchId}:${what}`);

async function each(users: readonly UserId[], act: (user: UserId) => Promise<unknown>): Promise<void> {
  await Promise.all(users.map(act));
}
