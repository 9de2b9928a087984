/** What an operator sees of fights: more than any player, so it is for the console alone. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { GameError } from "../../../core/contract/errors.ts";
import { viewsWithin } from "../../../core/games/views.ts";
import { asId, type CombatId, type UserId } from "../../../core/ids.ts";
import type { Services } from "../../../core/ports/services.ts";
import { partitions } from "../../../core/ports/store/keys.ts";
import { iso } from "../../../core/time.ts";
import { type Fight, fightStream, playersOf, userFights } from "../fight.ts";
import type { FightStore } from "../fight-store.ts";
import { replayFight } from "./replay.ts";
import { participantOf } from "./view.ts";

/** Fights that are loaded at once: each comes with its log. */
const LOADED_AT_ONCE = 8;
const FIGHTS_OF_USER = 20;
/** What a page of steps holds, and the views of one fight together, in UTF-16 units of their JSON. */
const MAX_LENGTH = 262_144;
/** How long a log is played again without a pause, in milliseconds. */
const SLICE_MS = 10;

const PREFIX = partitions.combat(asId<CombatId>(""));

export type FightInspection = ReturnType<typeof createFightInspection>;

export function createFightInspection(
  { store }: Pick<Services, "store">,
  fights: Pick<FightStore, "load" | "loadMany" | "rulesetOf">,
) {
  async function load(id: string) {
    return fights.load(asId<CombatId>(id)).catch((err: unknown) => {
      if (err instanceof GameError && err.code === "not_found")
        throw new GameError("not_found", { message: "there is no such fight" });
      throw err;
    });
  }

  /** In the order of the ids; those that are gone are left out. */
  async function summaries(ids: readonly string[]) {
    const found = [];
    for (let at = 0; at < ids.length; at += LOADED_AT_ONCE) {
      const some = ids.slice(at, at + LOADED_AT_ONCE).map((id) => asId<CombatId>(id));
      for (const fight of await fights.loadMany(some)) if (fight) found.push(summaryOf(fight));
    }
    return found;
  }

  /** The states up to an entry, by its `seq`; undefined where the rules have changed since, and the log fits them no longer. */
  async function states(fight: Fight, after: number, upTo: number) {
    const found = new Map<number, unknown>();
    let begun = performance.now();
    let seq = 0;
    try {
      const log = fight.log.slice(0, upTo);
      for (const state of replayFight({ ...fight, log }, fights.rulesetOf(fight).rules)) {
        // The states before the page are needed for those of the page alone.
        if (seq > after) found.set(seq, state);
        seq++;
        if (performance.now() - begun < SLICE_MS) continue;
        await nextTurn();
        begun = performance.now();
      }
    } catch {
      return undefined;
    }
    return found;
  }

  return {
    summaries,

    /** The fight whose followers follow this stream; undefined for streams of other things. */
    fightOf({ partition, name }: { readonly partition: string; readonly name: string }): string | undefined {
      const id = partition.startsWith(PREFIX) ? asId<CombatId>(partition.slice(PREFIX.length)) : undefined;
      return id !== undefined && name === fightStream(id).name ? id : undefined;
    },

    /** Those that the user made or joined, newest first; one that has just ended may be among them. */
    async fightsOf(user: string) {
      const { members } = await store.indexes.page(userFights(asId<UserId>(user)), {
        limit: FIGHTS_OF_USER,
        reverse: true,
      });
      return summaries(members.map(({ member }) => member));
    },

    /** @throws GameError `not_found`; `unavailable` where this server lacks the fight's ruleset */
    async fight(id: string) {
      const { fight, ruleset } = await load(id);
      const { rules } = ruleset;
      const running = fight.phase === "running";
      return {
        fight: summaryOf(fight),
        actor: running ? rules.actor(fight.state) : null,
        views: viewsWithin(MAX_LENGTH, playersOf(fight), (user) => ({
          view: rules.view(fight.state, user),
          legal: running && user !== null ? rules.legal(fight.state, user) : [],
        })),
        ...(fight.phase === "ended" ? { result: fight.result } : {}),
      };
    },

    /**
     * The moves of a fight, oldest first. With `as` (a user's id, or "" for a spectator) each has what they saw after it.
     * @throws GameError `not_found`; `unavailable` where this server lacks the fight's ruleset
     */
    async log(
      id: string,
      { after, limit, as }: { readonly after: number; readonly limit: number; readonly as?: string },
    ) {
      const { fight, ruleset } = await load(id);
      const page = fight.log.slice(after, after + limit);
      const upTo = after + page.length;
      const played = as === undefined || page.length === 0 ? undefined : await states(fight, after, upTo);
      const viewer = playersOf(fight).find((user) => user === as) ?? null;
      let length = 0;
      const steps = [];
      for (const { at, ...entry } of page) {
        const step = { ...entry, at: iso(at), draws: [...entry.draws] };
        const state = played?.get(entry.seq);
        const shown = state === undefined ? step : { ...step, state: ruleset.rules.view(state, viewer) };
        length += JSON.stringify(shown).length;
        if (length > MAX_LENGTH && steps.length > 0) break;
        steps.push(shown);
      }
      return { combat_session_id: id, ruleset: fight.ruleset, last: fight.log.length, steps };
    },
  };
}

const summaryOf = (fight: Fight) => ({
  combat_session_id: fight.id,
  ruleset: fight.ruleset,
  phase: fight.phase,
  turn: fight.turn,
  version: fight.version,
  moves: fight.log.length,
  participants: fight.participants.map(participantOf),
  created_by: fight.createdBy,
  created_at: iso(fight.createdAt),
  ...(fight.deadline === null ? {} : { deadline: iso(fight.deadline) }),
  ...(fight.phase === "ended" ? { winner: fight.winner } : {}),
});
