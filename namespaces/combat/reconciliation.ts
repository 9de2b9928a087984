/**
 * Keeps copies true. The fight says which players are in it, presence says which users are connected. Players' lists of fights and
 * the `connected` flag of a player are compared with both after each change of either.
 */

import { reconcile } from "../../core/consistency/reconcile.ts";
import type { CombatId, UserId } from "../../core/ids.ts";
import type { Services } from "../../core/ports/services.ts";
import { cancel, schedule } from "../../core/ports/store/deadlines.ts";
import { type Change, indexPut, indexRemove } from "../../core/ports/store/documents.ts";
import { partitions } from "../../core/ports/store/keys.ts";
import type { PresenceScope } from "../../core/ports/store/presence.ts";
import { type Fight, fightKey, isIn, LIVE_TTL_MS, playerOf, playersOf, userFights } from "./fight.ts";
import { type FightStore, listedLook, presentOutbox } from "./fight-store.ts";
import { setConnected } from "./rules.ts";

/** After how long an entry is checked that was written before the fight was stored or its player joined. */
const UNDER_WAY_MS = 60_000;

/** Part of the change that puts a fight on a list before the fight itself is changed. */
export const checkListLater = (id: CombatId, user: UserId, now: number): NonNullable<Change["deadlines"]> => [
  schedule(listedLook, id, now + UNDER_WAY_MS, { user }),
];

/** Removes fights from a user's list. */
export const removeFromList = (
  user: UserId,
  ids: readonly string[],
): Pick<Change, "index" | "deadlines"> => ({
  index: ids.map((id) => indexRemove(userFights(user), id)),
  deadlines: ids.map((id) => cancel(listedLook, id)),
});

const mayJoin = (fight: Fight, user: UserId): boolean => {
  const player = playerOf(fight, user);
  return fight.phase !== "ended" && player?.joined === false && !player.left;
};

export function createReconciliation(
  { store, timers }: Services,
  fightStore: FightStore,
  scope: PresenceScope,
) {
  const { documents, indexes, presence } = store;

  /** By then a fight that nobody plays on has expired; a fight that never ends removes itself from no list. */
  const checkAgain = (id: CombatId, user: UserId) =>
    schedule(listedLook, id, store.now() + LIVE_TTL_MS, { user });

  /** @returns whether the list was wrong */
  async function list(user: UserId, id: CombatId, fight: Fight | undefined): Promise<boolean> {
    const key = userFights(user);
    const listed = (await indexes.get(key, id)) !== undefined;
    const belongs = fight !== undefined && isIn(fight, user);
    if (listed === belongs) return false;
    const onList = () => ({
      index: [indexPut(key, id, fight?.createdAt ?? store.now(), null)],
      deadlines: [checkAgain(id, user)],
    });
    const change = belongs ? onList() : removeFromList(user, [id]);
    await documents.commit({ partition: partitions.user(user), ...change });
    return true;
  }

  async function connectedOf(users: readonly UserId[]): Promise<ReadonlySet<UserId>> {
    const records = await presence.get(scope, users);
    return new Set(users.filter((_, at) => (records[at]?.connections ?? 0) > 0));
  }

  /** @returns whether the `connected` of a player was wrong */
  async function setPresence(fight: Fight, connectedUsers: ReadonlySet<UserId>): Promise<boolean> {
    const wrong = fight.participants.filter(
      ({ id, kind, joined, left, connected }) =>
        kind === "player" && joined && !left && connected !== connectedUsers.has(id as UserId),
    );
    for (const { id } of wrong)
      await fightStore.change(fight.id, (current, ctx) => ({
        change: setConnected(current, id as UserId, connectedUsers.has(id as UserId), ctx),
        result: null,
      }));
    return wrong.length > 0;
  }

  async function reconcileList(id: CombatId, user: UserId): Promise<void> {
    const found = await reconcile({
      look: () => documents.load(fightKey(id)),
      nameOf: (seen) => String(seen?.version),
      mend: (seen) => list(user, id, seen?.state),
    });
    if (found && isIn(found.state, user))
      await documents.commit({ partition: partitions.user(user), deadlines: [checkAgain(id, user)] });
  }

  /** Corrects the lists of all players, and the `connected` of each. */
  async function reconcileFight(id: CombatId): Promise<void> {
    await reconcile({
      async look() {
        const found = await documents.load(fightKey(id));
        const connectedUsers = await connectedOf(found ? playersOf(found.state) : []);
        return { version: found?.version, fight: found?.state, connectedUsers };
      },
      nameOf: ({ version, connectedUsers }) => JSON.stringify([version, ...connectedUsers]),
      async mend({ fight, connectedUsers }) {
        if (!fight) return false;
        // Who has not joined may be about to, with the fight on their list already: that is looked at when it was time enough.
        const decided = playersOf(fight).filter((user) => isIn(fight, user) || !mayJoin(fight, user));
        const listed = await Promise.all(decided.map((user) => list(user, id, fight)));
        const marked = fight.phase !== "ended" && (await setPresence(fight, connectedUsers));
        return marked || listed.includes(true);
      },
    });
  }

  timers.on(listedLook, ({ id, payload: { user } }) => reconcileList(id as CombatId, user));
  timers.on(presentOutbox, ({ id }) => reconcileFight(id as CombatId));
}
