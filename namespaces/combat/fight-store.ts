/** Fights in the store: loaded, and changed with all that goes with a change in one commit. */

import { type Step, type Transacted, update } from "../../core/consistency/transact.ts";
import { GameError } from "../../core/contract/errors.ts";
import type { CombatId, UserId } from "../../core/ids.ts";
import type { Services } from "../../core/ports/services.ts";
import { cancel, type DeadlineChange, deadlineKind, schedule } from "../../core/ports/store/deadlines.ts";
import { append, type Change, put } from "../../core/ports/store/documents.ts";
import { partitions } from "../../core/ports/store/keys.ts";
import { type Fight, fightKey, fightStream, LIVE_TTL_MS } from "./fight.ts";
import type { RuleContext, Told } from "./rules.ts";
import type { LoadedRuleset, Rulesets } from "./rulesets.ts";

/** Set with each player's turn; its id is the fight's. */
export const turnDeadline = deadlineKind<{ turn: number }>("combat:turn");
export const joinDeadline = deadlineKind<null>("combat:join");
/** Outbox of a new fight: its players' lists of fights and their invitations. */
export const createdOutbox = deadlineKind<null>("combat:created");
/** Outbox of a fight that has ended: its players' lists, and the rewards. */
export const endedOutbox = deadlineKind<null>("combat:ended");

/** Outbox: who has joined, left or gone is another now; its id is the fight's. */
export const presentOutbox = deadlineKind<null>("combat:present");
/** A fight stands on a user's list that may not be theirs (yet, or any more); in the user's partition, its id the fight's. */
export const listedLook = deadlineKind<{ readonly user: UserId }>("combat:listed");

export interface Decided<R> {
  /** Undefined: nothing changes. */
  readonly told: Told | undefined;
  readonly result: R;
}

export interface FightStore {
  /** The fight and its ruleset. @throws GameError `not_found`; `unavailable` where this server lacks the ruleset */
  load(id: CombatId): Promise<{ readonly fight: Fight; readonly ruleset: LoadedRuleset }>;
  loadMany(ids: readonly CombatId[]): Promise<(Fight | undefined)[]>;
  /** Stores a new fight; false where there is one of this id. */
  insert(fight: Fight): Promise<boolean>;
  /**
   * Decides on the newest state until that is committed. `decide` may run more than once.
   * @param once idempotency id; the same again gives the first result
   */
  change<R>(
    id: CombatId,
    decide: (fight: Fight, ctx: RuleContext) => Decided<R>,
    once?: string,
  ): Promise<Transacted<R>>;
  means(ruleset: LoadedRuleset): RuleContext;
  rulesetOf(fight: Fight): LoadedRuleset;
}

export interface FightStoreOptions {
  readonly rulesets: Rulesets;
  readonly forfeitAfter: number;
  readonly keepEndedMs: number;
}

export function createFightStore(services: Services, options: FightStoreOptions): FightStore {
  const { store, settings } = services;
  const { documents } = store;

  function rulesetOf(fight: Fight): LoadedRuleset {
    const ruleset = options.rulesets.get(fight.ruleset);
    if (!ruleset) throw new GameError("unavailable", { message: "this server lacks the fight's ruleset" });
    return ruleset;
  }

  const means = (ruleset: LoadedRuleset): RuleContext => ({
    ruleset: ruleset.rules,
    now: store.now(),
    random: services.random,
    forfeitAfter: options.forfeitAfter,
  });

  /** All that a new state of a fight brings with it: entries, deadlines, outbox. */
  function consequences(before: Fight, { fight, entries }: Told): Pick<Change, "append" | "deadlines"> {
    const deadlines: DeadlineChange[] = [];
    if (before.phase === "waiting" && fight.phase !== "waiting")
      deadlines.push(cancel(joinDeadline, fight.id));
    if (fight.phase === "running" && fight.deadline !== null && fight.turn !== before.turn)
      deadlines.push(schedule(turnDeadline, fight.id, fight.deadline, { turn: fight.turn }));
    if (before.phase !== "ended" && fight.phase === "ended") {
      deadlines.push(cancel(turnDeadline, fight.id));
      deadlines.push(schedule(endedOutbox, fight.id, store.now(), null));
    }
    if (isRegrouped(before, fight)) deadlines.push(schedule(presentOutbox, fight.id, store.now(), null));
    const stream = fightStream(fight.id);
    return { deadlines, append: entries.map((entry) => append(stream, entry, settings.retention)) };
  }

  return {
    means,
    rulesetOf,

    async load(id) {
      const found = await documents.load(fightKey(id));
      if (!found) throw new GameError("not_found");
      return { fight: found.state, ruleset: rulesetOf(found.state) };
    },

    async loadMany(ids) {
      const found = await documents.loadMany(ids.map(fightKey));
      return found.map((one) => one?.state);
    },

    async insert(fight) {
      const partition = partitions.combat(fight.id);
      const done = await documents.commit({
        partition,
        documents: [put(fightKey(fight.id), 0, fight, LIVE_TTL_MS)],
        deadlines: [
          schedule(joinDeadline, fight.id, fight.deadline ?? store.now(), null),
          schedule(createdOutbox, fight.id, store.now(), null),
          schedule(presentOutbox, fight.id, store.now(), null),
        ],
      });
      services.timers.nudge(partition);
      return done.outcome === "committed";
    },

    async change<R>(id: CombatId, decide: (fight: Fight, ctx: RuleContext) => Decided<R>, once?: string) {
      let ended = false;
      let regrouped = false;
      const updated = await update<Fight, R>(documents, fightKey(id), (current): Step<Fight, R> => {
        if (!current) throw new GameError("not_found");
        const { told, result } = decide(current.state, means(rulesetOf(current.state)));
        if (!told) return { state: undefined, result };
        ended = told.fight.phase === "ended";
        regrouped = isRegrouped(current.state, told.fight);
        const kept = once === undefined ? {} : { once: { id: once, result, ttlMs: settings.onceTtlMs } };
        return {
          state: told.fight,
          result,
          ttlMs: ended ? options.keepEndedMs : LIVE_TTL_MS,
          with: { ...consequences(current.state, told), ...kept },
        };
      });
      if ((ended || regrouped) && updated.committed) services.timers.nudge(partitions.combat(id));
      return updated;
    },
  };
}

/** Whether somebody has joined, left, gone away or come back. */
const isRegrouped = (before: Fight, after: Fight): boolean =>
  after.participants.some((who, at) => {
    const was = before.participants[at];
    return was?.joined !== who.joined || was.left !== who.left || was.connected !== who.connected;
  });
