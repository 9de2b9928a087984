/** The deadlines of fights, run by any worker: time-outs, outboxes, and players whose connections open and close. */
import { GameError } from "../../core/contract/errors.ts";
import { asId, type CombatId, type DeliveryId, type UserId } from "../../core/ids.ts";
import type { BlockList } from "../../core/ports/blocks.ts";
import type { Services } from "../../core/ports/services.ts";
import { deadlineKind } from "../../core/ports/store/deadlines.ts";
import { presenceScope } from "../../core/ports/store/keys.ts";
import type { PresenceEdge, PresenceScope } from "../../core/ports/store/presence.ts";
import { iso } from "../../core/time.ts";
import { type Fight, playerOf, playersOf } from "./fight.ts";
import { createdOutbox, endedOutbox, type FightStore, joinDeadline, turnDeadline } from "./fight-store.ts";
import type { FightFollowers } from "./followers.ts";
import type { FightQuotas } from "./quotas.ts";
import { type HandOut, handOut } from "./rewards.ts";
import { type FightChange, joinTimeOut, setConnected, timeOut } from "./rules.ts";
import { combatContract } from "./schema.ts";

const online = deadlineKind<PresenceEdge>("combat:online");
const offline = deadlineKind<PresenceEdge>("combat:offline");

/** Presence in `/combat`. Both edges, online and offline, fire at once. */
export const combatPresence: PresenceScope = {
  name: presenceScope("/combat"),
  online: [{ kind: online, afterMs: 0 }],
  offline: [{ kind: offline, afterMs: 0 }],
};

/** How often a user's presence is compared again where it changes meanwhile. After that, the deadline fires again. */
const EDGE_TRIES = 5;

export function attachDeadlines(
  services: Services,
  fightStore: FightStore,
  followers: FightFollowers,
  quotas: FightQuotas,
  { rewards, blocks }: { readonly rewards?: HandOut; readonly blocks?: BlockList },
): void {
  const { timers, store, inbox } = services;

  /** A fight that is gone needs nothing done. */
  async function ifThere(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (err) {
      if (!(err instanceof GameError && err.code === "not_found")) throw err;
    }
  }

  const change = (
    id: string,
    decide: (fight: Fight, ctx: Parameters<typeof timeOut>[2]) => FightChange | undefined,
  ) =>
    ifThere(() =>
      fightStore.change(asId<CombatId>(id), (fight, ctx) => ({ change: decide(fight, ctx), result: null })),
    );

  async function invite(fight: Fight, user: UserId): Promise<void> {
    if (fight.phase === "ended") return;
    const player = playerOf(fight, user);
    if (user === fight.createdBy || player?.joined || player?.left) return;
    // One of the two may have blocked the other since.
    if (await blocks?.between(fight.createdBy, user)) return;
    const participants = fight.participants.map(({ id, kind, team }) => ({ id, kind, team }));
    await inbox.deliver(
      combatContract,
      user,
      "combat_invite",
      {
        combat_session_id: fight.id,
        from: fight.createdBy,
        ruleset: fight.ruleset,
        participants,
        turn_seconds: fight.turnMs / 1_000,
        join_by: iso(fight.phase === "waiting" && fight.deadline !== null ? fight.deadline : store.now()),
      },
      asId<DeliveryId>(`combat:${fight.id}`),
      { from: fight.createdBy },
    );
  }

  async function isConnected(user: UserId): Promise<boolean> {
    const [record] = await store.presence.get(combatPresence, [user]);
    return (record?.connections ?? 0) > 0;
  }

  /** Brings `connected` in the user's fights to what presence says, again where presence changes meanwhile. */
  async function followPresence(user: UserId): Promise<void> {
    let connected = await isConnected(user);
    for (let tries = 0; tries < EDGE_TRIES; tries++) {
      for (const { id } of await followers.fightsOf(user))
        await change(id, (fight, ctx) => setConnected(fight, user, connected, ctx));
      const now = await isConnected(user);
      if (now === connected) {
        if (!connected) await store.presence.leave(combatPresence, user);
        return;
      }
      connected = now;
    }
    throw new GameError("conflict", { message: "the user's connection changes all the time" });
  }

  timers.on(turnDeadline, ({ id, payload }) => change(id, (fight, ctx) => timeOut(fight, payload.turn, ctx)));
  timers.on(joinDeadline, ({ id }) => change(id, joinTimeOut));
  timers.on(createdOutbox, ({ id }) =>
    ifThere(async () => {
      const { fight } = await fightStore.load(asId<CombatId>(id));
      await Promise.all(playersOf(fight).map((user) => invite(fight, user)));
    }),
  );
  timers.on(endedOutbox, ({ id }) =>
    ifThere(async () => {
      const { fight } = await fightStore.load(asId<CombatId>(id));
      await quotas.ended(fight);
      if (rewards) await handOut(fight, fightStore, rewards);
    }),
  );
  timers.on(online, ({ id }) => followPresence(asId<UserId>(id)));
  timers.on(offline, ({ id }) => followPresence(asId<UserId>(id)));
}
