/**
 * Backfill: a running match with free seats asks for players. The worker that ticks the mode's queue looks at the requests first. One
 * commit takes a ticket that fits out of the queue and writes it into the match. The outbox of that commit gives its players their
 * seats. Where the match has ended meanwhile, the ticket waits again with the age it had.
 */
import { transact } from "../../../core/consistency/transact.ts";
import { GameError } from "../../../core/contract/errors.ts";
import type { MatchId, UserId } from "../../../core/ids.ts";
import type { Matches, MatchSeats } from "../../../core/ports/matches.ts";
import { schedule } from "../../../core/ports/store/deadlines.ts";
import { indexPut, indexRemove, put, type Versioned } from "../../../core/ports/store/documents.ts";
import type { Lease } from "../../../core/ports/store/leases.ts";
import {
  type ChangePart,
  combine,
  dequeue,
  enqueue,
  enteringMatch,
  isStillQueued,
  setPlaces,
  usersOf,
} from "../changes.ts";
import type { MatchmakingContext } from "../context.ts";
import type { Mode } from "../modes.ts";
import { resumedPayload } from "../queue/resume.ts";
import { keys, MATCH_TTL_MS, type MatchRecord, matchFill, PARTITION, type Ticket } from "../store.ts";
import { type Fill, fillsFor, freeSeats, teamsOf, withRequest } from "./backfill-rules.ts";
import type { MatchNotifier } from "./create.ts";

/** How many requests one tick looks at, oldest first. */
const MAX_REQUESTS = 50;

export interface Backfill {
  /**
   * Asks for players until the match is full or over.
   * @throws GameError `not_found` for a match that does not run or is not the user's, `forbidden` for players who do not own its
   * room, `conflict` where it has no free seat or its mode takes nobody in later
   */
  request(
    matchId: MatchId,
    by: { readonly user: UserId; readonly service: boolean },
  ): Promise<{ match_id: string; seats: number }>;
  /** Fills free seats of the mode's matches. @returns the tickets that were taken, or undefined where the lease is lost */
  fill(mode: Mode, tickets: readonly Ticket[], held: Lease): Promise<readonly Ticket[] | undefined>;
}

export function createBackfill(
  context: MatchmakingContext,
  matches: Matches,
  notifier: Pick<MatchNotifier, "notifyJoined">,
): Backfill {
  const { store, timers } = context.services;
  const { documents, indexes } = store;

  timers.on(matchFill, async ({ payload: { matchId } }) => {
    const match = (await documents.load(keys.match(matchId)))?.state;
    for (const { ticket, team } of match?.joining ?? []) {
      const players = ticket.members.map(({ userId, name }) => ({ userId, name, team }));
      const isSeated = await matches.join(matchId, players);
      const seats = await matches.seatsOf(matchId);
      if (isSeated && match) await notifier.notifyJoined(match, ticket, seats);
      await settle(matchId, ticket, isSeated, seats);
    }
  });

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
      await change(matchId, (state) => withRequest(state, state.backfillSince ?? store.now()));
      context.wake(mode.name);
      return { match_id: matchId, seats: seats.free };
    },

    async fill(mode, tickets, held) {
      const page = await indexes.page(keys.backfills(mode.name), { limit: MAX_REQUESTS });
      const taken = new Set<Ticket>();
      for (const { member, score } of page.members) {
        const matchId = member as MatchId;
        const [match, seats] = await Promise.all([
          documents.load(keys.match(matchId)),
          matches.seatsOf(matchId),
        ]);
        const free = match && seats && freeSeats(mode, match.state, seats);
        if (!match || !free) {
          await dropRequest(mode, matchId);
          continue;
        }
        const waiting = taken.size === 0 ? tickets : tickets.filter((ticket) => !taken.has(ticket));
        const fills = await context.blockFilter.choose(
          (apart) => fillsFor(match.state, waiting, mode, free, score, store.now(), apart),
          (fill) => [...match.state.tickets, fill.ticket],
        );
        const outcome = fills.length === 0 ? "changed" : await commitFill(match, fills, held);
        if (outcome === "fenced") return undefined;
        if (outcome === "committed") for (const { ticket } of fills) taken.add(ticket);
      }
      if (taken.size > 0) context.runOutbox();
      return [...taken];
    },
  };

  async function commitFill(
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
      return seen?.state.revision === ticket.revision && isStillQueued(ticket, places)
        ? [dequeue(seen, now, matchId)]
        : [];
    });
    if (taken.length < fills.length) return "changed";
    const next: MatchRecord = {
      ...match.state,
      tickets: [...match.state.tickets, ...fills.map(({ ticket }) => ticket)],
      joining: [...(match.state.joining ?? []), ...fills],
    };
    const done = await documents.commit({
      ...combine(
        ...taken,
        setPlaces(places, users, { ticketId: undefined, ...enteringMatch(match.state, now) }, now),
        {
          documents: [put(keys.match(matchId), match.version, next, MATCH_TTL_MS)],
          deadlines: [schedule(matchFill, matchId, now, { matchId })],
        },
      ),
      partition: PARTITION,
      fence: { name: held.name, token: held.token },
    });
    return done.outcome === "committed" || done.outcome === "fenced" ? done.outcome : "changed";
  }

  /** A ticket with its seats is part of the match. A ticket without waits again, unless its users are in a queue or match by now. */
  async function settle(
    matchId: MatchId,
    ticket: Ticket,
    seated: boolean,
    seats: MatchSeats | undefined,
  ): Promise<void> {
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
        const document: ChangePart = {
          documents: [put(keys.match(matchId), match.version, next, MATCH_TTL_MS)],
        };
        const there = setPlaces(places, usersOf(ticket), { entering: undefined }, store.now());
        const idle = [...places.values()].every(
          (place) => place?.state.ticketId === undefined && place?.state.matchId === undefined,
        );
        if (seated || !idle) return { result: undefined, change: combine(document, there) };
        const maxWaitMs = context.modes.get(ticket.mode)?.maxWaitMs ?? 0;
        return {
          result: undefined,
          change: combine(
            document,
            enqueue(ticket, maxWaitMs),
            setPlaces(
              places,
              usersOf(ticket),
              { ticketId: ticket.ticketId, entering: undefined },
              store.now(),
            ),
          ),
        };
      },
    );
    if (seated || !committed) return;
    context.wake(ticket.mode);
    context.emit(usersOf(ticket), "queue_joined", await resumedPayload(context, ticket));
  }

  async function dropRequest(mode: Mode, matchId: MatchId): Promise<void> {
    await change(matchId, (state) => withRequest(state, undefined), mode.name);
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
