/** Handing a fight's result to whoever gives rewards. */

import type { Team } from "../../core/games/ruleset.ts";
import type { CombatId, UserId } from "../../core/ids.ts";
import { type Fight, playersOf } from "./fight.ts";
import type { FightStore } from "./fight-store.ts";

export interface EndedFight {
  /** Also the idempotency id: a store that keeps it gives each reward once, whatever happens. */
  readonly combatId: CombatId;
  readonly ruleset: string;
  readonly players: readonly { readonly userId: UserId; readonly team: Team; readonly left: boolean }[];
  /** Null: nobody won. */
  readonly winner: Team | null;
  readonly result: Readonly<Record<string, unknown>>;
}

/**
 * Called once per fight that has ended. What it throws is logged, and it is called again later; also where the worker died
 * before its answer was noted, or the answer took more than three seconds: then with the same `combatId`.
 */
export type HandOut = (ended: EndedFight) => Promise<void>;

/** Well below the lease of a deadline, so that no other worker calls while this one waits. */
const LIMIT_MS = 3_000;

export async function handOut(fight: Fight, fightStore: FightStore, rewards: HandOut): Promise<void> {
  if (fight.rewarded) return;
  const players = playersOf(fight).map((userId) => {
    const who = fight.participants.find(({ id }) => id === userId);
    return { userId, team: who?.team ?? "", left: who?.left ?? true };
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
    told: { fight: { ...current, rewarded: true }, entries: [] },
    result: null,
  }));
}

async function within(limitMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
