/** A ticket begins to wait, or waits with other preferences. */
import { AGAIN, transact } from "../../../core/consistency/transact.ts";
import type { InputOf, ResultOf } from "../../../core/contract/contract.ts";
import { GameError } from "../../../core/contract/errors.ts";
import type { Identity, Session } from "../../../core/contract/session.ts";
import { asId, newId, type PartyId, type TicketId, type UserId } from "../../../core/ids.ts";
import type { Versioned } from "../../../core/ports/store/documents.ts";
import { commandId } from "../../../core/ports/store/keys.ts";
import type { Context, Events } from "../context.ts";
import type { ReadyCheck } from "../match/ready-check.ts";
import type { Mode } from "../modes.ts";
import type { Ratings } from "../ratings.ts";
import { checkFree, checkParty, checkRegion, memberOf, newTicket, preferring } from "../rules.ts";
import {
  enqueued,
  joined,
  keys,
  type Member,
  moved,
  PARTITION,
  type PartyRecord,
  type Places,
  type Ticket,
  usersOf,
  written,
} from "../store.ts";
import { agreedBy, checkNotPlaying, type Engagements, engagementsOf, type Playing } from "./eligibility.ts";
import type { Leaving } from "./leave.ts";
import { joinedAgain } from "./resume.ts";

// Queueing as clients ask for it: in this server's own queues, or (`forwarding.ts`) in a gateway's.

export interface TicketCreation {
  /** @throws GameError as `Joining.join`, or what the gateway refuses with */
  join(identity: Identity, input: JoinInput): Promise<JoinResult>;
  prefer(identity: Identity, input: InputOf<Events, "preferences">): Promise<{ ticket_id: string }>;
  /** @throws GameError `not_queued` */
  leave(identity: Identity): Promise<void>;
  /** The user has been away for the grace period. */
  gone(user: UserId): Promise<void>;
  /** A gateway that owns the queue has announced a match of these users. */
  matchedElsewhere(users: readonly UserId[]): Promise<void>;
  /** Tells a new connection that its user waits. @returns false where it does not */
  greet(session: Session<Events>): Promise<boolean>;
}

export function createTicketCreation(
  context: Context,
  { join, leaving, readyCheck }: { join: QueueJoin; leaving: Leaving; readyCheck: ReadyCheck },
): TicketCreation {
  const { indexes } = context.services.store;

  return {
    join: join.join,
    prefer: join.prefer,

    async leave({ userId }) {
      if (await leaving.withdraw(userId, "left")) return;
      // Leaving while a match asks is an answer too.
      const matchId = await readyCheck.pendingOf(userId);
      if (matchId === undefined) throw new GameError("not_queued");
      await readyCheck.decline(userId, matchId);
    },

    async gone(user) {
      await leaving.withdraw(user, "disconnected");
    },

    // Whoever announces matches here does not own this queue.
    async matchedElsewhere() {},

    async greet(session) {
      const { ticket } = await context.standing(session.userId);
      if (ticket) session.emit("queue_joined", await joinedAgain(context, ticket.state));
      else if (session.transport === "websocket")
        session.emit("queue_joined", { ticket_id: null, queue_size: await waiting() });
      return ticket !== undefined;
    },
  };

  async function waiting(): Promise<number> {
    const sizes = await Promise.all([...context.modes.keys()].map((mode) => indexes.size(keys.queue(mode))));
    return sizes.reduce((sum, size) => sum + size, 0);
  }
}

export type JoinInput = InputOf<Events, "queue_join">;
export type JoinResult = ResultOf<Events, "queue_join">;

export interface QueueJoin {
  /**
   * @throws GameError `not_found` for the mode or the party, `already_queued`, `rate_limited` in a cool-down, `conflict` with the
   * `match_id` while a match runs, `forbidden` and `conflict` for a party that may not queue, `server_full`
   */
  join(identity: Identity, input: JoinInput): Promise<JoinResult>;
  /** @throws GameError `not_queued`, `forbidden` for the members of a party who did not queue it */
  prefer(identity: Identity, input: InputOf<Events, "preferences">): Promise<{ ticket_id: string }>;
}

interface Seen {
  readonly party: Versioned<PartyRecord> | undefined;
  readonly places: Places;
  /** Read after the places. */
  readonly engagements: Engagements;
  /** Of each user who would wait, in the mode. */
  readonly rated: ReadonlyMap<UserId, number | undefined>;
  /** Of the queue. */
  readonly size: number;
}

export function createQueueJoin(context: Context, ratings: Ratings, matches: Playing): QueueJoin {
  const { store, settings } = context.services;
  const { documents, indexes } = store;

  return {
    async join(identity, input) {
      const mode = context.modes.get(input.game_mode);
      if (!mode) throw new GameError("not_found", { message: "there is no such game mode" });
      checkRegion(mode, input.region);
      const onceId =
        input.request_id === undefined
          ? undefined
          : commandId(identity.userId, `queue_join:${input.request_id}`);
      const first = await resultOf(onceId);
      if (first) return first;
      try {
        return await enter(identity, input, mode, onceId);
      } catch (refusal) {
        // A repeat that runs beside the first meets the first's ticket, and is refused, before the first's result is known.
        const other = await resultOf(onceId);
        if (other) return other;
        throw refusal;
      }
    },

    async prefer({ userId }, input) {
      const read = () => context.standing(userId);
      const { result: ticket } = await transact(
        documents,
        keys.place(userId),
        read,
        ({ ticket: seen, torn }) => {
          if (torn) return AGAIN;
          const mode = seen && context.modes.get(seen.state.mode);
          if (!mode) throw new GameError("not_queued");
          if (seen.state.owner !== userId)
            throw new GameError("forbidden", { message: "only who queued the party changes its ticket" });
          checkRegion(mode, input.region);
          const next = preferring(
            seen.state,
            mode,
            input,
            context.trustsSkill(mode) ? input.skill : undefined,
          );
          return {
            result: next,
            change: written(next, seen.version),
          };
        },
      );
      context.wake(ticket.mode);
      return { ticket_id: ticket.ticketId };
    },
  };

  async function resultOf(onceId: string | undefined): Promise<JoinResult | undefined> {
    if (onceId === undefined) return undefined;
    const result = await documents.resultOf(PARTITION, onceId);
    return result === undefined ? undefined : (result as JoinResult);
  }

  async function read(identity: Identity, input: JoinInput): Promise<Seen> {
    const party =
      input.party_id === undefined
        ? undefined
        : await documents.load(keys.party(asId<PartyId>(input.party_id)));
    const users = party?.state.members.map((member) => member.userId) ?? [identity.userId];
    const [[places, engagements], size, skills] = await Promise.all([
      placed(users),
      indexes.size(keys.queue(input.game_mode)),
      ratings.of(users, input.game_mode),
    ]);
    return { party, places, engagements, size, rated: new Map(users.map((user, at) => [user, skills[at]])) };
  }

  /** One after the other: a match that begins in between is in the places, and changes them. */
  async function placed(users: readonly UserId[]): Promise<readonly [Places, Engagements]> {
    const places = await context.places(users);
    return [places, await engagementsOf(matches, users)];
  }

  async function enter(
    identity: Identity,
    input: JoinInput,
    mode: Mode,
    onceId: string | undefined,
  ): Promise<JoinResult> {
    const [estimateS] = await Promise.all([context.estimateS(mode.name), context.checkHere(identity.userId)]);
    const said = context.trustsSkill(mode) ? input.skill : undefined;
    const ticketId = newId<TicketId>("t");
    let agreed: ReturnType<typeof agreedBy> = [];
    const { result, committed } = await transact(
      documents,
      keys.place(identity.userId),
      async () => {
        // Who queues for another match plays that one again no more.
        for (const { user, matchId } of agreed) await matches.withdrawAgreement(matchId, user);
        return read(identity, input);
      },
      (seen) => {
        const now = store.now();
        const party =
          input.party_id === undefined ? undefined : checkParty(identity.userId, seen.party?.state, mode);
        const members = membersOf(party, memberOf(identity)).map((member) =>
          skilled(member, member.userId === identity.userId ? said : undefined, seen.rated),
        );
        checkFree(identity.userId, members, seen.places, now);
        const users = members.map(({ userId }) => userId);
        checkNotPlaying(
          context.modes,
          { mode: mode.name },
          { asker: identity.userId, users },
          { ...seen, now },
        );
        const full = new GameError("server_full", { message: "this queue is full, try again later" });
        if (seen.size >= mode.maxTickets) throw full;
        agreed = agreedBy(seen.engagements);
        if (agreed.length > 0) return AGAIN;
        const ticket = newTicket(mode, {
          ticketId,
          owner: identity.userId,
          members,
          ...(party && { partyId: party.partyId }),
          preferences: input,
          now,
        });
        const reply: JoinResult = {
          ticket_id: ticketId,
          position: seen.size + 1,
          queue_size: seen.size + 1,
          estimated_wait_s: estimateS,
        };
        return {
          result: { reply, ticket },
          full,
          change: {
            ...joined(
              moved(seen.places, usersOf(ticket), { ticketId }, now),
              enqueued(ticket, mode.maxWaitMs, mode.maxTickets),
            ),
            ...(seen.party && {
              unchanged: [{ name: keys.party(seen.party.state.partyId).name, expected: seen.party.version }],
            }),
            ...(onceId !== undefined && {
              once: { id: onceId, result: reply, ttlMs: settings.onceTtlMs },
            }),
          },
        };
      },
    );
    if (!committed) throw new GameError("conflict");
    announce(result.ticket, result.reply);
    return result.reply;
  }

  function announce(ticket: Ticket, reply: JoinResult): void {
    context.tell(usersOf(ticket), "queue_joined", {
      ticket_id: ticket.ticketId,
      game_mode: ticket.mode,
      position: reply.position,
      queue_size: reply.queue_size,
      ...(ticket.partyId !== undefined && { party_id: ticket.partyId }),
    });
    context.wake(ticket.mode);
  }
}

/** The party with what is known now of the one who queues it, or that one alone. */
function membersOf(party: PartyRecord | undefined, asker: Member): readonly Member[] {
  if (!party) return [asker];
  return party.members.map((member) => (member.userId === asker.userId ? asker : member));
}

/** What counts is a client's own word where the mode trusts it, else what is known here of the user, else the token's. */
function skilled(member: Member, said: number | undefined, rated: Seen["rated"]): Member {
  const skill = said ?? rated.get(member.userId);
  return skill === undefined ? member : { ...member, skill };
}
