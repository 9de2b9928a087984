/** What the parts of matchmaking share: the ports, the modes, and how users are told. */
import type { EventName, PayloadOf } from "../../core/contract/contract.ts";
import { GameError } from "../../core/contract/errors.ts";
import type { UserId } from "../../core/ids.ts";
import type { BlockList } from "../../core/ports/blocks.ts";
import type { Services } from "../../core/ports/services.ts";
import type { Versioned } from "../../core/ports/store/documents.ts";
import type { PresenceScope } from "../../core/ports/store/presence.ts";
import type { Mode, Modes } from "./modes.ts";
import { expectedMs } from "./queue/wait-estimate.ts";
import { matchmakingContract } from "./schema.ts";
import { keys, PARTITION, type Place, type Places, presenceOf, type Ticket, wakeTopic } from "./store.ts";
import { type BlockFilter, createBlockFilter } from "./tick/block-filter.ts";

export type Events = typeof matchmakingContract;

interface Standing {
  readonly place: Versioned<Place> | undefined;
  readonly ticket: Versioned<Ticket> | undefined;
  readonly torn: boolean;
}

export interface Context {
  readonly services: Services;
  readonly modes: Modes;
  readonly blockFilter: BlockFilter;
  /** Whether one of two users blocks the other. */
  areApart(one: UserId, other: UserId): Promise<boolean>;
  /** To every connection of each user, on any worker; not kept. */
  tell<K extends EventName<Events>>(users: readonly UserId[], event: K, payload: PayloadOf<Events, K>): void;
  places(users: readonly UserId[]): Promise<Places>;
  /** Where the user stands and the ticket it has. `torn`: a change fell between the two reads, so read again. */
  standing(user: UserId): Promise<Standing>;
  /** Seconds that a newcomer must expect to wait, by those who were matched lately. */
  estimateS(mode: string): Promise<number>;
  /** Lets the ticking worker look at a queue now. */
  wake(mode: string): void;
  /** After a commit with something to tell. */
  nudge(): void;
  trustsSkill(mode: Mode): boolean;
  /** Who is connected here. */
  readonly presence: PresenceScope;
  /**
   * Before a user waits, or is in a party: only one whom presence counts will be told of as gone.
   * @throws GameError `unavailable` while the connection is not counted
   */
  checkHere(user: UserId): Promise<void>;
}

export function createContext(services: Services, modes: Modes, blocks?: BlockList): Context {
  const { store, outbound, timers, settings } = services;
  const out = outbound.in(matchmakingContract);
  const presence = presenceOf(settings.graceMs.ticket);
  return {
    services,
    modes,
    blockFilter: createBlockFilter(blocks),
    areApart: async (one, other) => (await blocks?.between(one, other)) ?? false,
    tell(users, event, payload) {
      for (const user of users) out.toUser(user, event, payload);
    },
    async places(users) {
      const found = await store.documents.loadMany(users.map(keys.place));
      return new Map(users.map((user, at) => [user, found[at]]));
    },
    async standing(user) {
      const place = await store.documents.load(keys.place(user));
      const ticketId = place?.state.ticketId;
      if (ticketId === undefined) return { place, ticket: undefined, torn: false };
      const ticket = await store.documents.load(keys.ticket(ticketId));
      return { place, ticket, torn: ticket === undefined };
    },
    async estimateS(mode) {
      const estimate = await store.documents.load(keys.estimate(mode));
      return Math.round(expectedMs(estimate?.state, store.now()) / 1000);
    },
    wake(mode) {
      // Only a hint, so a bus that is away is no failure.
      store.bus.publish(wakeTopic, { mode }).catch(() => undefined);
    },
    nudge: () => timers.nudge(PARTITION),
    trustsSkill: (mode) => mode.trustClientSkill ?? settings.authMode === "dev",
    presence,
    async checkHere(user) {
      const [record] = await store.presence.get(presence, [user]);
      if ((record?.connections ?? 0) === 0)
        throw new GameError("unavailable", { message: "your connection is not counted yet, try again" });
    },
  };
}
