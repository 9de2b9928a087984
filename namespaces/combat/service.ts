/** The commands of `/combat`: each loads the fight, applies a rule and commits once. Followers get the entries from the stream. */
import { GameError } from "../../core/contract/errors.ts";
import type { Session } from "../../core/contract/session.ts";
import type { Combatant, Move } from "../../core/games/ruleset.ts";
import { asId, type CombatId, newId, type UserId } from "../../core/ids.ts";
import type { BlockList } from "../../core/ports/blocks.ts";
import type { Services } from "../../core/ports/services.ts";
import { commandId, partitions } from "../../core/ports/store/keys.ts";
import { type Fight, playerOf } from "./fight.ts";
import type { FightDecision, FightStore } from "./fight-store.ts";
import type { FightFollowers } from "./followers.ts";
import type { FightQuotas } from "./quotas.ts";
import { act, createFight, decline, join, type RuleContext } from "./rules.ts";
import type { Rulesets } from "./rulesets.ts";
import type { CombatContract, CombatCreate, CombatLogEntry, CombatResult, CombatState } from "./schema.ts";
import { logOf, resultOf, stateFor } from "./shown/view.ts";

type CombatSession = Session<CombatContract>;

export interface CombatServiceOptions {
  readonly rulesets: Rulesets;
  readonly turnMs: number;
  readonly joinMs: number;
  readonly quotas: FightQuotas;
  readonly blocks?: BlockList;
}

interface CombatAnswer {
  readonly state: CombatState;
  readonly version: number;
}

interface Acted {
  readonly version: number;
  readonly result: CombatResult;
}

/** The version that a command was made for, and its idempotency id. */
interface VersionGuard {
  readonly version?: number;
  readonly action_id?: string;
}

/** How many bytes of a fight's log one answer holds. */
const LOG_BYTES = 128 * 1_024;
/** About how many bytes a fight takes, with its log. */
const FIGHT_BYTES = 16_384;

interface LogPage {
  readonly log: CombatLogEntry[];
  readonly has_more?: true;
}

function pageOf(entries: Iterable<CombatLogEntry>): { readonly page: LogPage; readonly bytes: number } {
  const log: CombatLogEntry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const more = Buffer.byteLength(JSON.stringify(entry));
    if (log.length > 0 && bytes + more > LOG_BYTES) return { page: { log, has_more: true }, bytes };
    bytes += more;
    log.push(entry);
  }
  return { page: { log }, bytes };
}

export interface CombatService {
  create(
    session: CombatSession,
    request: CombatCreate,
  ): Promise<CombatAnswer & { combat_session_id: CombatId }>;
  join(session: CombatSession, id: string): Promise<CombatAnswer>;
  spectate(session: CombatSession, id: string): Promise<CombatAnswer>;
  /** @throws GameError `stale_version` with `version` and `state` where another device was faster */
  act(session: CombatSession, id: string, move: Move, guard: VersionGuard): Promise<Acted>;
  flee(session: CombatSession, id: string, guard: VersionGuard): Promise<Acted>;
  state(session: CombatSession, id: string): Promise<CombatAnswer>;
  /** With the log after an entry, as much of it as an answer holds. */
  log(session: CombatSession, id: string, after?: number): Promise<CombatAnswer & LogPage>;
}

export function createCombatService(
  services: Services,
  fightStore: FightStore,
  followers: FightFollowers,
  options: CombatServiceOptions,
): CombatService {
  const { store } = services;
  const { quotas } = options;

  function answer(fight: Fight, viewer: UserId): CombatAnswer {
    const state = stateFor(fight, viewer, fightStore.rulesetOf(fight).rules);
    return { state, version: fight.version };
  }

  /** A user challenges nobody that they block, or that blocks them. The refusal is the same either way. */
  async function checkBlocks(user: UserId, combatants: readonly Combatant[]): Promise<void> {
    const others = combatants.filter(({ id, kind }) => kind === "player" && id !== user);
    const ids = others.map(({ id }) => asId<UserId>(id));
    const [own, ...lists] = (await options.blocks?.of([user, ...ids])) ?? [];
    if (ids.some((id) => own?.has(id)) || lists.some((list) => list.has(user)))
      throw new GameError("forbidden");
  }

  /** The fight, for its players and for connections that follow it as spectators. @throws GameError `not_found` for all others */
  async function visible(session: CombatSession, id: string): Promise<Fight> {
    const { fight } = await fightStore.load(parseId(id));
    if (!playerOf(fight, session.userId) && !followers.follows(session, fight.id))
      throw new GameError("not_found");
    return fight;
  }

  /** One command of a player, guarded against repeats and against a version that it was not made for. */
  async function command(
    session: CombatSession,
    id: CombatId,
    guard: VersionGuard,
    decide: (fight: Fight, ctx: RuleContext) => FightDecision<Acted>,
  ): Promise<Acted> {
    const user = session.userId;
    const once = guard.action_id === undefined ? undefined : `action:${commandId(user, guard.action_id)}`;
    const known = async () =>
      once === undefined ? undefined : await store.documents.resultOf(partitions.combat(id), once);
    const first = await known();
    if (first !== undefined) return first as Acted;
    // A command without a version is for the version that it finds first. Once another change overtakes it, it is stale.
    let expected = guard.version;
    try {
      const { result } = await fightStore.change(
        id,
        (fight, ctx) => {
          if (!playerOf(fight, user)) throw hidden(session, id);
          expected ??= fight.version;
          if (fight.version !== expected)
            throw new GameError("stale_version", { details: { ...answer(fight, user) } });
          return decide(fight, ctx);
        },
        once,
      );
      return result;
    } catch (err) {
      // The same command may have come from another device and been done meanwhile.
      const done = err instanceof GameError && err.code !== "unavailable" ? await known() : undefined;
      if (done === undefined) throw err;
      return done as Acted;
    }
  }

  /** A spectator knows that the fight exists; all others are answered as if it did not. */
  const hidden = (session: CombatSession, id: CombatId) =>
    new GameError(followers.follows(session, id) ? "forbidden" : "not_found");

  return {
    async create(session, request) {
      const name = request.ruleset ?? options.rulesets.defaultName;
      const ruleset = options.rulesets.get(name);
      if (!ruleset)
        throw new GameError("invalid_payload", { message: "ruleset: there is none of this name" });
      const combatants = request.participants.map(({ id, kind, team }): Combatant => ({ id, kind, team }));
      if (!combatants.some((who) => who.kind === "player" && who.id === session.userId))
        throw new GameError("invalid_payload", { message: "participants: you must be one of the players" });
      await checkBlocks(session.userId, combatants);
      const make = (id: CombatId) =>
        createFight(
          {
            id,
            createdBy: session.userId,
            combatants,
            turnMs:
              request.turn_seconds === undefined ? options.turnMs : Math.round(request.turn_seconds * 1_000),
            bankMs: Math.round((request.bank_seconds ?? 0) * 1_000),
            joinMs: options.joinMs,
          },
          fightStore.contextFor(ruleset),
        );
      // Made before anything is stored, so that a request that the ruleset refuses leaves no trace.
      const draft = make(newId("c"));
      // A repeat is answered as the first was.
      if (request.request_id === undefined) await quotas.check(draft);
      const id = await quotas.reserve(session, request.request_id);
      const first = { ...draft, id };
      const known = (await fightStore.loadMany([id]))[0];
      if (!known) await quotas.fill(first);
      const inserted = !known && (await fightStore.insert(first));
      const fight = inserted ? first : (await fightStore.load(id)).fight;
      await followers.follow(session, fight);
      return { combat_session_id: id, ...answer(fight, session.userId) };
    },

    async join(session, rawId) {
      const { fight: found } = await fightStore.load(parseId(rawId));
      if (!playerOf(found, session.userId)) throw hidden(session, found.id);
      await quotas.join(found, session.userId);
      // Followed before the player joins, so that the connection misses no entry.
      await followers.follow(session, found);
      const { result } = await fightStore.change(found.id, (fight, ctx) => {
        const change = join(fight, session.userId, ctx);
        return { change, result: change?.fight ?? fight };
      });
      await followers.joined(session.userId, found.id);
      return answer(result, session.userId);
    },

    async spectate(session, rawId) {
      const { fight } = await fightStore.load(parseId(rawId));
      await followers.follow(session, fight);
      return answer((await fightStore.load(fight.id)).fight, session.userId);
    },

    act: (session, rawId, move, guard) =>
      command(session, parseId(rawId), guard, (fight, ctx) => {
        const args = fightStore.rulesetOf(fight).parseArgs(move.action, move.args);
        return acted(act(fight, session.userId, { ...move, args }, ctx));
      }),

    async flee(session, rawId, guard) {
      const fled = await command(session, parseId(rawId), guard, (fight, ctx) => {
        if (fight.phase === "waiting") return acted(decline(fight, session.userId, ctx));
        const { rules, parseArgs } = fightStore.rulesetOf(fight);
        if (!Object.hasOwn(rules.actions, "flee"))
          throw new GameError("conflict", { message: "there is no fleeing from this fight" });
        const move: Move = { action: "flee", args: parseArgs("flee", {}) };
        return acted(act(fight, session.userId, move, ctx));
      });
      await quotas.answered(session.userId, parseId(rawId));
      return fled;
    },

    state: (session, id) =>
      services.reading.turn(session, async (spend) => {
        const fight = await visible(session, id);
        // Not awaited: events of the fight would overtake the answer meanwhile.
        void spend(FIGHT_BYTES);
        return answer(fight, session.userId);
      }),

    log: (session, id, after = 0) =>
      services.reading.turn(session, async (spend) => {
        const fight = await visible(session, id);
        const { page, bytes } = pageOf(logOf(fight, after));
        await spend(bytes);
        return { ...answer(fight, session.userId), ...page };
      }),
  };
}

const acted = (change: ReturnType<typeof act>): FightDecision<Acted> => ({
  change,
  result: { version: change.fight.version, result: resultOf(change.done) },
});

/** Text that cannot be a fight's id is answered as an unknown fight. */
function parseId(raw: string): CombatId {
  if (!/^[\w-]{1,64}$/.test(raw)) throw new GameError("not_found");
  return asId<CombatId>(raw);
}
