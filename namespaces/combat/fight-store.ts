/** Fights in the store: loaded, and changed in one commit with the entries, deadlines and outbox of the change. */

import type { Transacted } from "../../core/consistency/transact.ts";
import { GameError } from "../../core/contract/errors.ts";
import { commitStep } from "../../core/games/commit.ts";
import type { CombatId, UserId } from "../../core/ids.ts";
import type { Services } from "../../core/ports/services.ts";
import { cancel, type DeadlineChange, deadlineKind, schedule } from "../../core/ports/store/deadlines.ts";
import { put } from "../../core/ports/store/documents.ts";
import { partitions } from "../../core/ports/store/keys.ts";
import { type Fight, fightKey, fightStream, LIVE_TTL_MS } from "./fight.ts";
import type { FightChange, RuleContext } from "./rules.ts";
import type { LoadedRuleset, Rulesets } from "./rulesets.ts";

/** Set with each player's turn; its id is the fight's. */
export const turnDeadline = deadlineKind<{ turn: number }>("combat:turn");
export const joinDeadline = deadlineKind<null>("combat:join");
/** Outbox of a new fight: its players' lists of fights and their invitations. */
export const createdOutbox = deadlineKind<null>("combat:created");
/** Outbox of a fight that has ended: its players' lists, and the rewards. */
export const endedOutbox = deadlineKind<null>("combat:ended");
/** Outbox of a change of who has joined, left, or is connected; its id is the fight's. */
export const presentOutbox = deadlineKind<null>("combat:present");
/** Checks a fight on a user's list that may not belong there; in the user's partition, its id the fight's. */
export const listedLook = deadlineKind<{ readonly user: UserId }>("combat:listed");

export interface FightDecision<R> {
  /** Undefined: nothing changes. */
  readonly change: FightChange | undefined;
  readonly result: R;
}

export interface FightStore {
  /** The fight and its ruleset. @throws GameError `not_found`; `unavailable` where this server lacks the ruleset */
  load(id: CombatId): Promise<{ readonly fight: Fight; readonly ruleset: LoadedRuleset }>;
  loadMany(ids: readonly CombatId[]): Promise<(Fight | undefined)[]>;
  /** Stores a new fight. @returns false where there is a fight of this id */
  insert(fight: Fight): Promise<boolean>;
  /**
   * Decides on the newest state until the decision is committed. `decide` may run more than once.
   * @param once idempotency id: the same id again gives the first result
   */
  change<R>(
    id: CombatId,
    decide: (fight: Fight, ctx: RuleContext) => FightDecision<R>,
    once?: string,
  ): Promise<Transacted<R>>;
  contextFor(ruleset: LoadedRuleset, now?: number): RuleContext;
  rulesetOf(fight: Fight): LoadedRuleset;
}

export interface FightStoreOptions {
  readonly rulesets: Rulesets;
  readonly forfeitAfter: number;
  readonly keepEndedMs: number;
}

export function createFightStore(services: Services, options: FightStoreOptions): FightStore {
  const { store, settings, timers } = services;
  const { documents } = store;

  function rulesetOf(fight: Fight): LoadedRuleset {
    const ruleset = options.rulesets.get(fight.ruleset);
    if (!ruleset) throw new GameError("unavailable", { message: "this server lacks the fight's ruleset" });
    return ruleset;
  }

  const contextFor = (ruleset: LoadedRuleset, now = store.now()): RuleContext => ({
    ruleset: ruleset.rules,
    now,
    random: services.random,
    forfeitAfter: options.forfeitAfter,
  });

  return {
    contextFor,
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
      timers.wake(partition);
      return done.outcome === "committed";
    },

    change<R>(id: CombatId, decide: (fight: Fight, ctx: RuleContext) => FightDecision<R>, once?: string) {
      const keys = { id, document: fightKey(id), entries: fightStream(id), retention: settings.retention };
      return commitStep(services, keys, (current: { readonly state: Fight } | undefined, now) => {
        if (!current) throw new GameError("not_found");
        const before = current.state;
        const { change, result } = decide(before, contextFor(rulesetOf(before), now));
        if (!change) return { result };
        return {
          state: change.fight,
          result,
          entries: change.entries,
          deadlines: deadlinesOf(before, change.fight, now),
          once: once === undefined ? undefined : { id: once, result, ttlMs: settings.onceTtlMs },
          ttlMs: change.fight.phase === "ended" ? options.keepEndedMs : LIVE_TTL_MS,
        };
      });
    },
  };
}

/** The deadlines and the outbox that go with a change of a fight. */
function deadlinesOf(before: Fight, after: Fight, now: number): DeadlineChange[] {
  const { id } = after;
  const deadlines: DeadlineChange[] = [];
  if (before.phase === "waiting" && after.phase !== "waiting") deadlines.push(cancel(joinDeadline, id));
  if (after.phase === "running" && after.deadline !== null && after.turn !== before.turn)
    deadlines.push(schedule(turnDeadline, id, after.deadline, { turn: after.turn }));
  if (before.phase !== "ended" && after.phase === "ended")
    deadlines.push(cancel(turnDeadline, id), schedule(endedOutbox, id, now, null));
  if (isPresenceChanged(before, after)) deadlines.push(schedule(presentOutbox, id, now, null));
  return deadlines;
}

/** Whether a participant has joined, left, disconnected or reconnected. */
const isPresenceChanged = (before: Fight, after: Fight): boolean =>
  after.participants.some((participant, at) => {
    const was = before.participants[at];
    return (
      was?.joined !== participant.joined ||
      was.left !== participant.left ||
      was.connected !== participant.connected
    );
  });
