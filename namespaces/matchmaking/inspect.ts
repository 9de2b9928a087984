/** What an operator sees of queues: who waits, for what, and what became of a ticket. For the console alone. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { GameError } from "../../core/contract/errors.ts";
import { asId, type MatchId, type UserId } from "../../core/ids.ts";
import { iso } from "../../core/time.ts";
import type { MatchmakingContext } from "./context.ts";
import { type WaitingFor, WaitReasons } from "./queue/wait-reasons.ts";
import { keys, type MatchRecord, type QueueChange, type Ticket } from "./store.ts";

/** Tickets of a queue that reasons are worked out from: in a longer one they are left out. */
const MAX_COUNTED = 5_000;
const PAGE = 1_000;
/** Changes of a queue that a ticket is looked for in, the newest. */
const MAX_CHANGES = 10_000;

export type MatchmakingInspection = ReturnType<typeof createMatchmakingInspection>;

export function createMatchmakingInspection(context: MatchmakingContext) {
  const { store } = context.services;
  const { documents, indexes, streams } = store;

  /** Of all that wait in a mode; undefined in a queue that is too long for it. */
  async function reasonsOf(
    mode: string,
    size: number,
  ): Promise<((ticket: Ticket) => WaitingFor) | undefined> {
    const rules = context.modes.get(mode);
    if (rules === undefined || size > MAX_COUNTED) return undefined;
    const reasons = new WaitReasons(rules);
    const counted = new Set<string>();
    let cursor: string | undefined;
    do {
      const page = await indexes.page(keys.queue(mode), {
        limit: PAGE,
        ...(cursor === undefined ? {} : { cursor }),
      });
      for (const { member, value } of page.members) {
        if (counted.has(member)) continue;
        counted.add(member);
        reasons.add(value);
      }
      cursor = page.cursor;
      await nextTurn();
    } while (cursor !== undefined && counted.size <= MAX_COUNTED);
    return (ticket) => reasons.of(ticket, store.now());
  }

  function checkMode(mode: string): void {
    if (!context.modes.has(mode)) throw new GameError("not_found", { message: "there is no such game mode" });
  }

  const ticketView = (ticket: Ticket) => ({
    ticket_id: ticket.ticketId,
    game_mode: ticket.mode,
    owner: ticket.owner,
    players: ticket.members.map(({ userId, name, skill }) => ({
      user_id: userId,
      name,
      ...(skill === undefined ? {} : { skill }),
    })),
    ...(ticket.partyId === undefined ? {} : { party_id: ticket.partyId }),
    skill: ticket.skill,
    ...(ticket.region === undefined ? {} : { region: ticket.region }),
    properties: Object.fromEntries(ticket.properties),
    joined_at: iso(ticket.joinedAt),
    waited_s: Math.max(0, Math.round((store.now() - ticket.joinedAt) / 1_000)),
    revision: ticket.revision,
  });

  async function matchView(id: MatchId) {
    const found = (await documents.load(keys.match(id)))?.state;
    return found === undefined ? { match_id: id } : recordView(found);
  }

  return {
    async queues() {
      return Promise.all(
        [...context.modes.values()].map(async ({ name, game }) => {
          const [tickets, oldest, backfills, estimate] = await Promise.all([
            indexes.size(keys.queue(name)),
            indexes.page(keys.queue(name), { limit: 1 }),
            indexes.size(keys.backfills(name)),
            context.estimateS(name),
          ]);
          const since = oldest.members[0]?.value.joinedAt;
          return {
            game_mode: name,
            game,
            tickets,
            matches_to_fill: backfills,
            estimated_wait_s: estimate,
            ...(since === undefined ? {} : { oldest_joined_at: iso(since) }),
          };
        }),
      );
    },

    /** By age. @throws GameError `not_found` for an unknown mode */
    async tickets(mode: string, range: { readonly cursor?: string; readonly limit: number }) {
      checkMode(mode);
      const [page, size] = await Promise.all([
        indexes.page(keys.queue(mode), range),
        indexes.size(keys.queue(mode)),
      ]);
      const [first] = page.members;
      const before = first === undefined ? 0 : ((await indexes.rank(keys.queue(mode), first.member)) ?? 0);
      const reasonOf = page.members.length === 0 ? undefined : await reasonsOf(mode, size);
      const tickets = page.members.map(({ value }, at) => ({
        ...ticketView(value),
        position: before + at + 1,
        ...(reasonOf === undefined ? {} : { waiting_for: reasonOf(value) }),
      }));
      return { queue_size: size, tickets, ...(page.cursor === undefined ? {} : { cursor: page.cursor }) };
    },

    /**
     * All that is still known of a ticket, oldest first.
     * @throws GameError `not_found` for an unknown mode, and for a ticket that nothing is known of
     */
    async ticket(mode: string, id: string) {
      checkMode(mode);
      const history: object[] = [];
      const matches = new Set<MatchId>();
      const key = keys.changes(mode);
      const [end] = await streams.positions([key]);
      for (let after = Math.max(0, (end?.offset ?? 0) - MAX_CHANGES); ; ) {
        const page = await streams.read(key, { after, limit: PAGE });
        for (const { offset, entry } of page.entries) {
          const step = stepOf(entry, id, history.length === 0);
          if (step === undefined) continue;
          history.push({ offset, ...step });
          if ("gone" in entry && entry.match !== undefined) matches.add(entry.match);
        }
        after = page.entries.at(-1)?.offset ?? page.offset;
        if (after >= page.offset) break;
        await nextTurn();
      }
      if (history.length === 0)
        throw new GameError("not_found", { message: "nothing is known of this ticket" });
      const waiting = await indexes.get(keys.queue(mode), id);
      return {
        ticket_id: id,
        game_mode: mode,
        waits: waiting !== undefined,
        history,
        matches: await Promise.all([...matches].slice(-20).map(matchView)),
      };
    },

    /** The ticket, match and party of a user; each absent where there is none. */
    async placeOf(user: string) {
      const place = (await documents.load(keys.place(asId<UserId>(user))))?.state;
      if (place === undefined) return {};
      const { ticketId, matchId, partyId, entering, coolDownUntil } = place;
      const ticket = ticketId && (await documents.load(keys.ticket(ticketId)))?.state;
      return {
        ...(ticket && { ticket: ticketView(ticket) }),
        ...(matchId && { match: await matchView(matchId) }),
        ...(entering && { entering_match: entering.matchId }),
        ...(partyId && { party_id: partyId }),
        ...(coolDownUntil && coolDownUntil > store.now() && { may_queue_at: iso(coolDownUntil) }),
      };
    },
  };
}

function recordView({ matchId, mode, phase, teams, accepted, acceptBy, cancelled }: MatchRecord) {
  return {
    match_id: matchId,
    game_mode: mode,
    phase,
    teams,
    accepted,
    ...(acceptBy === undefined ? {} : { accept_by: iso(acceptBy) }),
    ...(cancelled && { cancelled: cancelled.reason, culprits: cancelled.culprits }),
  };
}

function stepOf(change: QueueChange, id: string, isFirst: boolean): object | undefined {
  if ("put" in change) {
    const { ticketId, joinedAt, revision, region, skill } = change.put;
    if (ticketId !== id) return undefined;
    const what = isFirst ? { step: "joined", at: iso(joinedAt) } : { step: "changed" };
    return { ...what, revision, skill, ...(region === undefined ? {} : { region }) };
  }
  if (change.gone !== id) return undefined;
  return {
    step: change.match === undefined ? "left" : "matched",
    ...(change.at === undefined ? {} : { at: iso(change.at) }),
    ...(change.match === undefined ? {} : { match_id: change.match }),
  };
}
