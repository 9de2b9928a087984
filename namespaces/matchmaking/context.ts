/** What the parts of matchmaking share: ports, modes, users' places, and events to users. */

import { transact } from "../../core/consistency/transact.ts";
import type { EventName, PayloadOf } from "../../core/contract/contract.ts";
import { GameError } from "../../core/contract/errors.ts";
import type { UserId } from "../../core/ids.ts";
import type { BlockList } from "../../core/ports/blocks.ts";
import type { Services } from "../../core/ports/services.ts";
import type { PresenceScope } from "../../core/ports/store/presence.ts";
import { type Places, setPlaces } from "./changes.ts";
import type { Mode, Modes } from "./modes.ts";
import { expectedMs } from "./queue/wait-status.ts";
import { matchmakingContract } from "./schema.ts";
import { type Entering, keys, PARTITION, presenceOf, type Ticket, wakeTopic } from "./store.ts";
import { type BlockFilter, createBlockFilter } from "./tick/block-filter.ts";

export type Events = typeof matchmakingContract;

export type LeftReason = PayloadOf<Events, "queue_left">["reason"];

export interface MatchmakingContext {
  readonly services: Services;
  readonly modes: Modes;
  readonly blockFilter: BlockFilter;
  /** Whether one of two users blocks the other. */
  areApart(one: UserId, other: UserId): Promise<boolean>;
  /** Sends an event to every connection of each user, on any worker. It is not kept for users that are away. */
  emit<K extends EventName<Events>>(users: readonly UserId[], event: K, payload: PayloadOf<Events, K>): void;
  /** Tells a ticket's members that it waits no longer. */
  emitLeft(ticket: Ticket, reason: LeftReason): void;
  places(users: readonly UserId[]): Promise<Places>;
  /** Clears `entering` of users whose match's room shows the match by now. @param until of one booking alone */
  clearEntering(
    users: readonly UserId[],
    match: Pick<Entering, "matchId"> & Partial<Entering>,
  ): Promise<void>;
  /** How many seconds a new ticket must expect to wait, from the waits of tickets matched lately. */
  estimateS(mode: string): Promise<number>;
  /** Has the ticking worker look at a queue now. */
  wake(mode: string): void;
  /** Runs the deadlines that a commit has made due at once. */
  runOutbox(): void;
  trustsSkill(mode: Mode): boolean;
  /** Presence in this namespace. */
  readonly presence: PresenceScope;
  /**
   * Checked before a user waits or is in a party: only for users that presence counts is a disconnect noticed.
   * @throws GameError `unavailable` while the connection is not counted
   */
  checkHere(user: UserId): Promise<void>;
}

export function createContext(services: Services, modes: Modes, blocks?: BlockList): MatchmakingContext {
  const { store, outbound, timers, settings } = services;
  const out = outbound.in(matchmakingContract);
  const presence = presenceOf(settings.graceMs.ticket);
  const emit: MatchmakingContext["emit"] = (users, event, payload) => {
    for (const user of users) out.toUser(user, event, payload);
  };
  const places: MatchmakingContext["places"] = async (users) => {
    const found = await store.documents.loadMany(users.map(keys.place));
    return new Map(users.map((user, at) => [user, found[at]]));
  };
  return {
    services,
    modes,
    blockFilter: createBlockFilter(blocks),
    areApart: async (one, other) => (await blocks?.between(one, other)) ?? false,
    emit,
    emitLeft({ ticketId, members, mode }, reason) {
      const users = members.map(({ userId }) => userId);
      emit(users, "queue_left", { ticket_id: ticketId, game_mode: mode, reason });
    },
    places,
    async clearEntering(users, { matchId, until }) {
      await transact(
        store.documents,
        { partition: PARTITION },
        () => places(users),
        (found) => {
          const entering = users.filter((user) => {
            const now = found.get(user)?.state.entering;
            return now?.matchId === matchId && (until === undefined || now.until === until);
          });
          if (entering.length === 0) return { result: undefined };
          return {
            result: undefined,
            change: setPlaces(found, entering, { entering: undefined }, store.now()),
          };
        },
      );
    },
    async estimateS(mode) {
      const estimate = await store.documents.load(keys.estimate(mode));
      return Math.round(expectedMs(estimate?.state, store.now()) / 1000);
    },
    wake(mode) {
      // Only a hint: without the bus, the next periodic look finds the change.
      store.bus.publish(wakeTopic, { mode }).catch(() => undefined);
    },
    runOutbox: () => timers.wake(PARTITION),
    trustsSkill: (mode) => mode.trustClientSkill ?? settings.authMode === "dev",
    presence,
    async checkHere(user) {
      const [record] = await store.presence.get(presence, [user]);
      if ((record?.connections ?? 0) === 0)
        throw new GameError("unavailable", { message: "your connection is not counted yet, try again" });
    },
  };
}
