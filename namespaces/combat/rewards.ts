/** Hands the result of an ended fight to the function that gives rewards. */

import { within } from "../../core/async.ts";
import type { Team } from "../../core/games/ruleset.ts";
import type { CombatId, UserId } from "../../core/ids.ts";
import { type Fight, playersOf } from "./fight.ts";
import type { FightStore } from "./fight-store.ts";

export interface EndedFight {
  /** Also the idempotency id: a receiver that remembers it gives each reward once. */
  readonly combatId: CombatId;
  readonly ruleset: string;
  readonly players: readonly { readonly userId: UserId; readonly team: Team; readonly left: boolean }[];
  /** The winning team; null where none won. */
  readonly winner: Team | null;
  readonly result: Readonly<Record<string, unknown>>;
}

/**
 * Called for each fight that has ended, and again with the same `combatId` until a call has succeeded: after it throws, after
 * three seconds without an answer, and after the death of a worker that had not stored the success. Errors are logged.
 */
export type HandOut = (ended: EndedFight) => Promise<void>;

/** Well below the lease of a deadline, so that no second worker calls while the first waits. */
const LIMIT_MS = 3_000;

export async function handOut(fight: Fight, fightStore: FightStore, rewards: HandOut): Promise<void> {
  if (fight.rewarded) return;
  const players = playersOf(fight).map((userId) => {
    const player = fight.participants.find(({ id }) => id === userId);
    return { userId, team: player?.team ?? "", left: player?.left ?? true };
  });
  await within(
    LIMIT_MS,
    rewards({
      combatId: fight.id,
      ruleset: fight.ruleset,
      players,
      winner: fight.winner,
      result: fight.result ?? {},
    }),
  );
  await fightStore.change(fight.id, (current) => ({
    change: { fight: { ...current, rewarded: true }, entries: [] },
    result: null,
  }));
}
