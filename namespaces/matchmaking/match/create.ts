/**
 * Tells a match's players what has become of it, and starts its game. Runs as the outbox of the commits that made, readied or
 * cancelled the match: on any worker, again after a worker's death, so every step of it can be repeated.
 */
import { asId, type DeliveryId, type MatchId, type UserId } from "../../../core/ids.ts";
import type { MatchEnded, Matches } from "../../../core/ports/matches.ts";
import { usersOf } from "../changes.ts";
import type { Context } from "../context.ts";
import { playersOf } from "../modes.ts";
import { arrived } from "../queue/eligibility.ts";
import { tellLeft } from "../queue/leave.ts";
import { joinedAgain } from "../queue/resume.ts";
import { matchmakingContract } from "../schema.ts";
import { keys, type MatchRecord, type Ticket } from "../store.ts";
import { playersIn, splitTickets } from "./ready-check-rules.ts";

export interface Announcing {
  announce(matchId: MatchId): Promise<void>;
  ended(match: MatchEnded): void;
  /** Tells those who were put into a running match. */
  tellJoined(match: MatchRecord, ticket: Ticket): Promise<void>;
}

export function createAnnouncing(context: Context, matches: Matches): Announcing {
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
