/** Joining a queue of this server. */
import { AGAIN, transact } from "../../../core/consistency/transact.ts";
import { GameError } from "../../../core/contract/errors.ts";
import type { Identity } from "../../../core/contract/session.ts";
import { asId, newId, type PartyId, type TicketId, type UserId } from "../../../core/ids.ts";
import type { Versioned } from "../../../core/ports/store/documents.ts";
import { commandId } from "../../../core/ports/store/keys.ts";
import { combine, enqueue, type Places, setPlaces, usersOf } from "../changes.ts";
import type { MatchmakingContext } from "../context.ts";
import type { Mode } from "../modes.ts";
import type { Ratings } from "../ratings.ts";
import { keys, PARTITION, type PartyRecord, type Ticket, type TicketMember } from "../store.ts";
import {
  checkNotPlaying,
  type EngagementSource,
  type Engagements,
  engagementsOf,
  rematchesAgreedBy,
} from "./eligibility.ts";
import type { JoinInput, JoinResult, TicketQueue } from "./local-queue.ts";
import { checkNotQueued, checkParty, checkRegion, memberOf, newTicket } from "./ticket-rules.ts";

/** What a decision on joining is based on. */
interface JoinState {
  readonly party: Versioned<PartyRecord> | undefined;
  readonly places: Places;
  /** Read after the places. */
  readonly engagements: Engagements;
  /** The rating of each user that would wait, in the mode. */
  readonly rated: ReadonlyMap<UserId, number | undefined>;
  /** How many tickets the queue has. */
  readonly size: number;
}

/**
 * `queue_join`: a ticket begins to wait, of one user or of a whole party.
 * @throws GameError as `TicketQueue.join`
 */
export function createJoin(
  context: MatchmakingContext,
  ratings: Ratings,
  matches: EngagementSource,
): TicketQueue["join"] {
  const { store, settings } = context.services;
  const { documents, indexes } = store;

  return async function join(identity, input) {
    const mode = context.modes.get(input.game_mode);
    if (!mode) throw new GameError("not_found", { message: "there is no such game mode" });
    checkRegion(mode, input.region);
    const { request_id } = input;
    const onceId =
      request_id === undefined ? undefined : commandId(identity.userId, `queue_join:${request_id}`);
    const first = await resultOf(onceId);
    if (first) return first;
    try {
      return await createTicket(identity, input, mode, onceId);
    } catch (refusal) {
      // A repeat that runs beside the first command is refused because of the first's ticket, before its result is stored.
      const other = await resultOf(onceId);
      if (other) return other;
      throw refusal;
    }
  };

  async function resultOf(onceId: string | undefined): Promise<JoinResult | undefined> {
    if (onceId === undefined) return undefined;
    const result = await documents.resultOf(PARTITION, onceId);
    return result === undefined ? undefined : (result as JoinResult);
  }

  async function read(identity: Identity, input: JoinInput): Promise<JoinState> {
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

  /** Places first, engagements after: a match that begins in between is in the places, and changes them. */
  async function placed(users: readonly UserId[]): Promise<readonly [Places, Engagements]> {
    const places = await context.places(users);
    return [places, await engagementsOf(matches, users)];
  }

  async function createTicket(
    identity: Identity,
    input: JoinInput,
    mode: Mode,
    onceId: string | undefined,
  ): Promise<JoinResult> {
    const [estimateS] = await Promise.all([context.estimateS(mode.name), context.checkHere(identity.userId)]);
    const claimed = context.trustsSkill(mode) ? input.skill : undefined;
    const ticketId = newId<TicketId>("t");
    let agreed: ReturnType<typeof rematchesAgreedBy> = [];
    const { result, committed } = await transact(
      documents,
      keys.place(identity.userId),
      async () => {
        // A user that queues for another match withdraws from a rematch.
        for (const { user, matchId } of agreed) await matches.withdrawAgreement(matchId, user);
        return read(identity, input);
      },
      (seen) => {
        const now = store.now();
        const party =
          input.party_id === undefined ? undefined : checkParty(identity.userId, seen.party?.state, mode);
        const members = membersOf(party, memberOf(identity)).map((member) =>
          skilled(member, member.userId === identity.userId ? claimed : undefined, seen.rated),
        );
        checkNotQueued(identity.userId, members, seen.places, now);
        const users = members.map(({ userId }) => userId);
        checkNotPlaying(
          context.modes,
          { mode: mode.name },
          { asker: identity.userId, users },
          { ...seen, now },
        );
        const full = new GameError("server_full", { message: "this queue is full, try again later" });
        if (seen.size >= mode.maxTickets) throw full;
        agreed = rematchesAgreedBy(seen.engagements);
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
            ...combine(
              setPlaces(seen.places, usersOf(ticket), { ticketId }, now),
              enqueue(ticket, mode.maxWaitMs, mode.maxTickets),
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
    emitJoined(result.ticket, result.reply);
    return result.reply;
  }

  function emitJoined(ticket: Ticket, reply: JoinResult): void {
    context.emit(usersOf(ticket), "queue_joined", {
      ticket_id: ticket.ticketId,
      game_mode: ticket.mode,
      position: reply.position,
      queue_size: reply.queue_size,
      ...(ticket.partyId !== undefined && { party_id: ticket.partyId }),
    });
    context.wake(ticket.mode);
  }
}

/** The party, with the present skill of the user that queues it; or that user alone. */
function membersOf(party: PartyRecord | undefined, asker: TicketMember): readonly TicketMember[] {
  if (!party) return [asker];
  return party.members.map((member) => (member.userId === asker.userId ? asker : member));
}

/** The skill that counts: the client's own where the mode trusts it, else the rating that is kept, else the token's. */
function skilled(member: TicketMember, claimed: number | undefined, rated: JoinState["rated"]): TicketMember {
  const skill = claimed ?? rated.get(member.userId);
  return skill === undefined ? member : { ...member, skill };
}
