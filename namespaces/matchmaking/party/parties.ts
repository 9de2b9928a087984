/** The commands of parties. A change of members withdraws the ticket that the party waits with. */

import { transact } from "../../../core/consistency/transact.ts";
import type { ResultOf } from "../../../core/contract/contract.ts";
import { GameError } from "../../../core/contract/errors.ts";
import type { Identity } from "../../../core/contract/session.ts";
import { asId, type DeliveryId, newId, type PartyId, type UserId } from "../../../core/ids.ts";
import type { Parties } from "../../../core/ports/parties.ts";
import { type DeadlineChange, schedule } from "../../../core/ports/store/deadlines.ts";
import { indexPutWithin, put, type Versioned } from "../../../core/ports/store/documents.ts";
import { combine, type Places, setPlaces } from "../changes.ts";
import type { Events, MatchmakingContext } from "../context.ts";
import { memberOf } from "../queue/ticket-rules.ts";
import { matchmakingContract, type PartyView } from "../schema.ts";
import { keys, PARTITION, type PartyRecord, partyInvite, type TicketMember } from "../store.ts";
import {
  changeMembers,
  createMembership,
  loadParty,
  loadPartyOf,
  type MembershipChange,
  type PartyAndMembers,
  partyChanged,
} from "./membership.ts";
import { accept, invite, kick, promote, without } from "./rules.ts";

type PartyResult = ResultOf<Events, "party_create">;

export interface PartyService {
  /** @throws GameError `conflict` for a user that is in a party already; so does `join` */
  create(identity: Identity): Promise<PartyResult>;
  /** The user's own party is meant here and below; `not_found` where there is none. */
  invite(user: UserId, to: UserId): Promise<ResultOf<Events, "party_invite">>;
  join(identity: Identity, partyId: PartyId): Promise<PartyResult>;
  leave(user: UserId): Promise<void>;
  kick(by: UserId, user: UserId): Promise<PartyResult>;
  promote(by: UserId, user: UserId): Promise<PartyResult>;
  /** Takes a user out of the party it is in, if any. */
  remove(user: UserId): Promise<void>;
  view(partyId: PartyId): Promise<PartyView | undefined>;
  /** For chat: who is in which party. */
  readonly membership: Parties;
}

/** @param maxSize how many players a party may have */
export function createParties(context: MatchmakingContext, maxSize: number): PartyService {
  const { store, inbox, settings, timers } = context.services;
  const { documents } = store;

  timers.on(partyInvite, async ({ payload }) => {
    if (store.now() >= payload.expiresAt) return;
    if (await context.areApart(payload.from, payload.to)) return;
    await inbox.deliver(
      matchmakingContract,
      payload.to,
      "party_invited",
      {
        party_id: payload.partyId,
        from: payload.from,
        expires_at: new Date(payload.expiresAt).toISOString(),
      },
      asId<DeliveryId>(`${payload.partyId}:invited:${payload.serial}`),
      { from: payload.from, about: `party:${payload.partyId}` },
    );
  });

  const parties: PartyService = {
    async create(identity) {
      const user = identity.userId;
      const partyId = newId<PartyId>("p");
      const founder = memberOf(identity);
      await context.checkHere(user);
      const { result } = await transact(
        documents,
        keys.place(user),
        () => context.places([user]),
        (places) => {
          checkNoParty(places, user);
          const party = { partyId, leader: user, members: [founder], invitations: [], serial: 0 };
          const now = store.now();
          const place = indexPutWithin(keys.parties(), partyId, now, null, settings.limits.parties);
          return {
            result: party,
            full: new GameError("server_full", { message: "there are as many parties as there may be" }),
            change: {
              ...combine(
                { documents: [put(keys.party(partyId), 0, party)], index: [place] },
                setPlaces(places, [user], { partyId }, now),
              ),
              append: [partyChanged([user])],
            },
          };
        },
      );
      return updated(result);
    },

    async invite(user, to) {
      // The same refusal whoever blocks whom.
      if (await context.areApart(user, to)) throw new GameError("forbidden");
      const { result } = await transact(
        documents,
        { partition: PARTITION },
        () => loadPartyOf(context, user),
        (seen) => {
          const { party } = own(seen);
          const next = invite(party.state, user, to, { now: store.now(), maxSize });
          const { expiresAt, serial } = next.invitation;
          const { partyId } = party.state;
          const outbox = schedule(partyInvite, `${partyId}:${serial}`, store.now(), {
            partyId,
            to,
            from: user,
            expiresAt,
            serial,
          });
          return { result: { partyId, expiresAt }, change: change(party, next.party, [outbox]) };
        },
      );
      context.runOutbox();
      return {
        party_id: result.partyId,
        user_id: to,
        expires_at: new Date(result.expiresAt).toISOString(),
      };
    },

    async join(identity, partyId) {
      const user = identity.userId;
      const member = memberOf(identity);
      await context.checkHere(user);
      const { result } = await transact(
        documents,
        keys.party(partyId),
        () => loadParty(context, partyId, [user]),
        (seen) => {
          const next = accept(seen?.party.state, member, { now: store.now(), maxSize });
          if (!seen) throw new GameError("not_found");
          checkNoParty(seen.places, user);
          return changeMembers(seen, next, [user], { partyId }, store.now());
        },
      );
      if (result.ticket) context.emitLeft(result.ticket, "left");
      return updated(result.party);
    },

    async leave(user) {
      if (!(await removeMember(user, user, (party) => without(party, user)))) throw noParty();
    },

    async kick(by, user) {
      const party = await removeMember(by, user, (current) => kick(current, by, user));
      if (!party) throw noParty();
      return { party: viewOf(party, maxSize) };
    },

    async promote(by, user) {
      const { result } = await transact(
        documents,
        { partition: PARTITION },
        () => loadPartyOf(context, by),
        (seen) => {
          const { party } = own(seen);
          const next = promote(party.state, by, user);
          return { result: next, change: change(party, next) };
        },
      );
      return updated(result);
    },

    async remove(user) {
      await removeMember(user, user, (party) => without(party, user));
    },

    async view(partyId) {
      const party = await documents.load(keys.party(partyId));
      return party && viewOf(party.state, maxSize);
    },

    membership: createMembership(context),
  };
  return parties;

  /** @returns the party after it (as it was, where nobody is left), or undefined where `by` is in none */
  async function removeMember(
    by: UserId,
    user: UserId,
    step: (party: PartyRecord) => PartyRecord | null,
  ): Promise<PartyRecord | undefined> {
    const { result } = await transact<PartyAndMembers | undefined, MembershipChange | undefined>(
      documents,
      { partition: PARTITION },
      () => loadPartyOf(context, by),
      (seen) => {
        if (!seen) return { result: undefined };
        return changeMembers(seen, step(seen.party.state), [user], { partyId: undefined }, store.now());
      },
    );
    if (!result) return undefined;
    if (result.ticket) context.emitLeft(result.ticket, "left");
    emitUpdated([user], null);
    if (!result.dissolved) updated(result.party);
    return result.party;
  }

  function updated(party: PartyRecord): PartyResult {
    const view = viewOf(party, maxSize);
    emitUpdated(
      party.members.map((member) => member.userId),
      view,
    );
    return { party: view };
  }

  function emitUpdated(users: readonly UserId[], party: PartyView | null): void {
    context.emit(users, "party_updated", { party });
  }
}

const noParty = () => new GameError("not_found", { message: "you are in no party" });

function own(seen: PartyAndMembers | undefined): PartyAndMembers {
  if (!seen) throw noParty();
  return seen;
}

function checkNoParty(places: Places, user: UserId): void {
  if (places.get(user)?.state.partyId !== undefined)
    throw new GameError("conflict", { message: "already in a party" });
}

const change = (
  party: Versioned<PartyRecord>,
  next: PartyRecord,
  deadlines: readonly DeadlineChange[] = [],
) => ({
  documents: [put(keys.party(next.partyId), party.version, next)],
  deadlines,
});

const viewOf = (party: PartyRecord, maxSize: number): PartyView => ({
  party_id: party.partyId,
  leader: party.leader,
  members: party.members.map(({ userId, name }: TicketMember) => ({ user_id: userId, name })),
  max_size: maxSize,
});
