/**
 * A fight is the truth about who is in it, presence about who is there. Players' lists of fights, and the `connected` of a player, are
 * compared with both after each change of who has joined, left or gone away.
 */

import { reconcile } from "../../core/consistency/reconcile.ts";
import type { CombatId, UserId } from "../../core/ids.ts";
import type { Services } from "../../core/ports/services.ts";
import { cancel, schedule } from "../../core/ports/store/deadlines.ts";
import { type Change, indexPut, indexRemove } from "../../core/ports/store/documents.ts";
import { partitions } from "../../core/ports/store/keys.ts";
import type { PresenceScope } from "../../core/ports/store/presence.ts";
import { type Fight, fightKey, isIn, LIVE_TTL_MS, playersOf, userFights } from "./fight.ts";
import { type FightStore, listedLook, presentOutbox } from "./fight-store.ts";
import { setConnected } from "./rules.ts";

/** When an entry is looked at that was made before the fight, or before its player had joined. */
const UNDER_WAY_MS = 60_000;

/** Goes into the change that puts a fight on a list before the fight knows of it. */
export const lookLater = (id: CombatId, user: UserId, now: number): NonNullable<Change["deadlines"]> => [
  schedule(listedLook, id, now + UNDER_WAY_MS, { user }),
];

/** Takes fights off a user's list. */
export const offList = (user: UserId, ids: readonly string[]): Pick<Change, "index" | "deadlines"> => ({
  index: ids.map((id) => indexRemove(userFights(user), id)),
  deadlines: ids.map((id) => cancel(listedLook, id)),
});

export function createComparing({ store, timers }: Services, fightStore: FightStore, scope: PresenceScope) {
  const { documents, indexes, presence } = store;

  /** By then it is gone, if nothing is done in it any more: one that has no end takes itself off no list. */
  const lookAgain = (id: CombatId, user: UserId) =>
    schedule(listedLook, id, store.now() + LIVE_TTL_MS, { user });

  /** @returns whether there was anything to write */
  async function list(user: UserId, id: CombatId, fight: Fight | undefined): Promise<boolean> {
    const key = userFights(user);
    const listed = (await indexes.get(key, id)) !== undefined;
    const belongs = fight !== undefined && isIn(fight, user);
    if (listed === belongs) return false;
    const onList = () => ({
      index: [indexPut(key, id, fight?.createdAt ?? store.now(), null)],
      deadlines: [lookAgain(id, user)],
    });
    const change = belongs ? onList() : offList(user, [id]);
    await documents.commit({ partition: partitions.user(user), ...change });
    return true;
  }

  async function whoIsThere(users: readonly UserId[]): Promise<ReadonlySet<UserId>> {
    const records = await presence.get(scope, users);
    return new Set(users.filter((_, at) => (records[at]?.connections ?? 0) > 0));
  }

  /** @returns whether anything differed */
  async function mark(fight: Fight, there: ReadonlySet<UserId>): Promise<boolean> {
    const wrong = fight.participants.filter(
      ({ id, kind, joined, left, connected }) =>
        kind === "player" && joined && !left && connected !== there.has(id as UserId),
    );
    for (const { id } of wrong)
      await fightStore.change(fight.id, (current, ctx) => ({
        told: setConnected(current, id as UserId, there.has(id as UserId), ctx),
        result: null,
      }));
    return wrong.length > 0;
  }

  async function compareList(id: CombatId, user: UserId): Promise<void> {
    const found = await reconcile({
      look: () => documents.load(fightKey(id)),
      nameOf: (seen) => String(seen?.version),
      mend: (seen) => list(user, id, seen?.state),
    });
    if (found && isIn(found.state, user))
      await documents.commit({ partition: partitions.user(user), deadlines: [lookAgain(id, user)] });
  }

  /** Brings the lists of all players, and whether they are shown as there, to what is so. */
  async function compare(id: CombatId): Promise<void> {
    await reconcile({
      async look() {
        const found = await documents.load(fightKey(id));
        const there = await whoIsThere(found ? playersOf(found.state) : []);
        return { version: found?.version, fight: found?.state, there };
      },
      nameOf: ({ version, there }) => JSON.stringify([version, ...there]),
      async mend({ fight, there }) {
        if (!fight) return false;
        const listed = await Promise.all(playersOf(fight).map((user) => list(user, id, fight)));
        const marked = fight.phase !== "ended" && (await mark(fight, there));
        return marked || listed.includes(true);
      },
    });
  }

  timers.on(listedLook, ({ id, payload: { user } }) => compareList(id as CombatId, user));
  timers.on(presentOutbox, ({ id }) => compare(id as CombatId));
}
