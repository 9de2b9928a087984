/**
 * Backfill: a running match with free seats asks for players. The request is an entry of the mode's list, looked at with the queue
 * by the worker that ticks it. A ticket that fits is taken out of the queue and written into the match in one commit; seating its players
 * is that commit's outbox. Where the match has ended meanwhile, the ticket waits again with the age it had.
 */
import { transact } from "../../../core/consistency/transact.ts";
import { GameError } from "../../../core/contract/errors.ts";
import type { MatchId, UserId } from "../../../core/ids.ts";
import type { Matches, MatchSeats } from "../../../core/ports/matches.ts";
import { schedule } from "../../../core/ports/store/deadlines.ts";
import { indexPut, indexRemove, put, type Versioned } from "../../../core/ports/store/documents.ts";
import type { Lease } from "../../../core/ports/store/leases.ts";
import type { Context } from "../context.ts";
import { type Mode, windowOf } from "../modes.ts";
import { type Apart, poolOf } from "../pairing/pairing.ts";
import { regionOf, roams } from "../pairing/ticket-columns.ts";
import { entered } from "../queue/eligibility.ts";
import { consistent } from "../queue/leave.ts";
import { joinedAgain } from "../queue/resume.ts";
import {
  dequeued,
  enqueued,
  joined,
  keys,
  MATCH_TTL_MS,
  type MatchRecord,
  matchFill,
  moved,
  PARTITION,
  type Piece,
  type Ticket,
  usersOf,
} from "../store.ts";
import type { MatchCreator } from "./create.ts";

// Which waiting tickets go into the free seats of a running match. Pure.

export interface Fill {
  readonly ticket: Ticket;
  /** The team that it joins. */
  readonly team: number;
}

/**
 * The oldest tickets that fit: whole in one team, near in skill to every player by their own window and by the match's, which
 * widens from when it asked; of a region and properties that go together.
 * @param tickets oldest first
 * @param free seats of each team
 * @param since when the match asked, in the clock of `joinedAt`
 */
export function fillsFor(
  match: Pick<MatchRecord, "tickets">,
  tickets: readonly Ticket[],
  mode: Mode,
  free: readonly number[],
  since: number,
  now: number,
  apart?: Apart,
): Fill[] {
  const left = [...free];
  const inside = [...match.tickets];
  const window = windowOf(mode, now - since);
  const fills: Fill[] = [];
  for (const ticket of tickets) {
    if (left.every((seats) => seats === 0)) break;
    const team = left.indexOf(Math.max(...left));
    const size = ticket.members.length;
    if (size > (left[team] ?? 0) || !inside.every((other) => suits(ticket, other))) continue;
    fills.push({ ticket, team });
    inside.push(ticket);
    left[team] = (left[team] ?? 0) - size;
  }
  return fills;

  function suits(ticket: Ticket, other: Ticket): boolean {
    if (poolOf(ticket) !== poolOf(other) || apart?.(ticket, other)) return false;
    const distance = mode.skill ? Math.abs(ticket.skill - other.skill) : 0;
    if (distance > Math.min(window, windowOf(mode, now - ticket.joinedAt))) return false;
    const [own, its] = [regionOf(mode, ticket), regionOf(mode, other)];
    return own === its || own === "" || its === "" || roams(mode, ticket, now);
  }
}

/** Requests looked at in one look, oldest first. */
const MAX_REQUESTS = 50;

export interface Backfilling {
  /**
   * Asks for players until the match is full or over.
   * @throws GameError `not_found` for a match that does not run or is not the user's, `forbidden` for players who do not own its
   * room, `conflict` where it has no free seat or its mode takes nobody in later
   */
  request(
    matchId: MatchId,
    by: { readonly user: UserId; readonly service: boolean },
  ): Promise<{ match_id: string; seats: number }>;
  /** Fills what seats it can. @returns the tickets that were taken, or undefined where the lease is lost */
  look(mode: Mode, tickets: readonly Ticket[], held: Lease): Promise<readonly Ticket[] | undefined>;
  /** The outbox: gives those who were found their seats, and tells them. */
  seat(matchId: MatchId): Promise<void>;
}

export function createBackfilling(
  context: Context,
  matches: Matches,
  announcing: Pick<MatchCreator, "tellJoined">,
): Backfilling {
  const { store } = context.services;
  const { documents, indexes } = store;

  return {
    async request(matchId, { user, service }) {
      const seats = await matches.seatsOf(matchId);
      const match = await documents.load(keys.match(matchId));
      const mode = match && context.modes.get(match.state.mode);
      if (!seats || !mode) throw new GameError("not_found");
      if (!service && seats.owner !== user) {
        if (!seats.players.some(({ userId }) => userId === user)) throw new GameError("not_found");
        throw new GameError("forbidden", { message: "only the owner of the match's room asks for players" });
      }
      if (!mode.backfill || seats.free === 0)
        throw new GameError("conflict", {
          message: mode.backfill ? "every seat is taken" : `${mode.name} takes nobody in later`,
        });
      await change(matchId, (state) => asking(state, state.backfillSince ?? store.now()));
      context.wake(mode.name);
      return { match_id: matchId, seats: seats.free };
    },

    async look(mode, tickets, held) {
      if (!mode.backfill) return [];
      const page = await indexes.page(keys.backfills(mode.name), { limit: MAX_REQUESTS });
      const taken = new Set<Ticket>();
      for (const { member, score } of page.members) {
        const matchId = member as MatchId;
        const [match, seats] = await Promise.all([
          documents.load(keys.match(matchId)),
          matches.seatsOf(matchId),
        ]);
        const free = match && seats && freeIn(mode, match.state, seats);
        if (!match || !free) {
          await giveUp(mode, matchId);
          continue;
        }
        const waiting = tickets.filter((ticket) => !taken.has(ticket));
        const fills = await context.blockFilter.choose(
          (apart) => fillsFor(match.state, waiting, mode, free, score, store.now(), apart),
          (fill) => [...match.state.tickets, fill.ticket],
        );
        const outcome = fills.length === 0 ? "changed" : await commitFills(match, fills, held);
        if (outcome === "fenced") return undefined;
        if (outcome === "committed") for (const { ticket } of fills) taken.add(ticket);
      }
      if (taken.size > 0) context.nudge();
      return [...taken];
    },

    async seat(matchId) {
      const match = (await documents.load(keys.match(matchId)))?.state;
      for (const { ticket, team } of match?.joining ?? []) {
        const players = ticket.members.map(({ userId, name }) => ({ userId, name, team }));
        const seated = await matches.join(matchId, players);
        if (seated && match) await announcing.tellJoined(match, ticket);
        await settle(matchId, ticket, seated);
      }
    },
  };

  async function commitFills(
    match: Versioned<MatchRecord>,
    fills: readonly Fill[],
    held: Lease,
  ): Promise<"committed" | "changed" | "fenced"> {
    const { matchId } = match.state;
    const users = fills.flatMap(({ ticket }) => usersOf(ticket));
    const [stored, places] = await Promise.all([
      documents.loadMany(fills.map(({ ticket }) => keys.ticket(ticket.ticketId))),
      context.places(users),
    ]);
    const now = store.now();
    const taken = fills.flatMap(({ ticket }, at) => {
      const seen = stored[at];
      return seen?.state.revision === ticket.revision && consistent(ticket, places) ? [dequeued(seen)] : [];
    });
    if (taken.length < fills.length) return "changed";
    const next: MatchRecord = {
      ...match.state,
      tickets: [...match.state.tickets, ...fills.map(({ ticket }) => ticket)],
      joining: [...(match.state.joining ?? []), ...fills],
    };
    const done = await documents.commit({
      ...joined(...taken, moved(places, users, { ticketId: undefined, ...entered(match.state, now) }, now), {
        documents: [put(keys.match(matchId), match.version, next, MATCH_TTL_MS)],
        deadlines: [schedule(matchFill, matchId, now, { matchId })],
      }),
      partition: PARTITION,
      fence: { name: held.name, token: held.token },
    });
    return done.outcome === "committed" || done.outcome === "fenced" ? done.outcome : "changed";
  }

  /** Those who have their seats are players of the match; those who found none wait again, unless they have gone on to something else. */
  async function settle(matchId: MatchId, ticket: Ticket, seated: boolean): Promise<void> {
    const seats = await matches.seatsOf(matchId);
    const { committed } = await transact(
      documents,
      keys.match(matchId),
      async () => ({
        match: await documents.load(keys.match(matchId)),
        places: await context.places(usersOf(ticket)),
      }),
      ({ match, places }) => {
        const isThis = (fill: Fill) => fill.ticket.ticketId === ticket.ticketId;
        if (!match?.state.joining?.some(isThis)) return { result: undefined };
        const { state } = match;
        const teams = seats ? teamsOf(state, seats) : state.teams;
        const next: MatchRecord = {
          ...state,
          teams,
          tickets: seated ? state.tickets : state.tickets.filter((each) => each.ticketId !== ticket.ticketId),
          joining: (state.joining ?? []).filter((fill) => !isThis(fill)),
        };
        const document: Piece = { documents: [put(keys.match(matchId), match.version, next, MATCH_TTL_MS)] };
        const there = moved(places, usersOf(ticket), { entering: undefined }, store.now());
        const idle = [...places.values()].every(
          (place) => place?.state.ticketId === undefined && place?.state.matchId === undefined,
        );
        if (seated || !idle) return { result: undefined, change: joined(document, there) };
        const maxWaitMs = context.modes.get(ticket.mode)?.maxWaitMs ?? 0;
        return {
          result: undefined,
          change: joined(
            document,
            enqueued(ticket, maxWaitMs),
            moved(places, usersOf(ticket), { ticketId: ticket.ticketId, entering: undefined }, store.now()),
          ),
        };
      },
    );
    if (seated || !committed) return;
    context.wake(ticket.mode);
    context.tell(usersOf(ticket), "queue_joined", await joinedAgain(context, ticket));
  }

  async function giveUp(mode: Mode, matchId: MatchId): Promise<void> {
    await change(matchId, (state) => asking(state, undefined), mode.name);
  }

  /** Changes a match's request, in its record and in the list of its mode. */
  async function change(
    matchId: MatchId,
    step: (match: MatchRecord) => MatchRecord,
    listed?: string,
  ): Promise<void> {
    await transact(
      documents,
      keys.match(matchId),
      () => documents.load(keys.match(matchId)),
      (match) => {
        const next = match && step(match.state);
        const mode = next?.mode ?? listed;
        if (mode === undefined) return { result: undefined };
        const key = keys.backfills(mode);
        const since = next?.backfillSince;
        return {
          result: undefined,
          change: {
            documents: match && next ? [put(keys.match(matchId), match.version, next, MATCH_TTL_MS)] : [],
            index: [since === undefined ? indexRemove(key, matchId) : indexPut(key, matchId, since, null)],
          },
        };
      },
    );
  }
}

function asking(match: MatchRecord, since: number | undefined): MatchRecord {
  const { backfillSince: _before, ...rest } = match;
  return since === undefined ? rest : { ...rest, backfillSince: since };
}

/** Free seats of each team; undefined where there are none, those who are about to be seated counted in. */
function freeIn(mode: Mode, match: MatchRecord, seats: MatchSeats): number[] | undefined {
  const free = new Array<number>(mode.teams).fill(mode.playersPerTeam);
  const seated = new Set(seats.players.map(({ userId }) => userId));
  const take = (team: number, players: number) => {
    free[team] = Math.max(0, (free[team] ?? 0) - players);
  };
  for (const { team } of seats.players) take(team, 1);
  let left = seats.free;
  for (const { ticket, team } of match.joining ?? []) {
    const coming = usersOf(ticket).filter((user) => !seated.has(user)).length;
    take(team, coming);
    left -= coming;
  }
  const open = free.reduce((sum, each) => sum + each, 0);
  return left > 0 && open > 0 ? free : undefined;
}

/** The match's teams as its room has them now. */
const teamsOf = (match: MatchRecord, { players }: MatchSeats): readonly (readonly UserId[])[] =>
  match.teams.map((_, at) => players.filter(({ team }) => team === at).map(({ userId }) => userId));
