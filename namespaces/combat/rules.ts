/**
 * The rules of a fight, pure: from a fight, a command, the time and chance to the next fight and the entries for its followers.
 * The ruleset decides what a move does; fight-steps.ts does what follows from it. Times are the store's, in milliseconds.
 */
import { GameError } from "../../core/contract/errors.ts";
import type { Combatant, Move } from "../../core/games/ruleset.ts";
import type { CombatId, UserId } from "../../core/ids.ts";
import { recording } from "../../core/random.ts";
import { type Fight, type FightLogEntry, type Participant, playerOf } from "./fight.ts";
import {
  begin,
  end,
  endIfDecided,
  type FightChange,
  forfeit,
  makeMove,
  makeRulesetMove,
  playOn,
  type RuleContext,
  setParticipant,
  spendBank,
  start,
  startWhenComplete,
} from "./fight-steps.ts";

export type { FightChange, RuleContext } from "./fight-steps.ts";

export interface NewFight {
  readonly id: CombatId;
  readonly createdBy: UserId;
  readonly combatants: readonly Combatant[];
  readonly turnMs: number;
  readonly bankMs: number;
  readonly joinMs: number;
}

/** @throws GameError `invalid_payload` for combatants that the ruleset does not take */
export function createFight(wish: NewFight, ctx: RuleContext): Fight {
  const { ruleset, now } = ctx;
  const { min, max } = ruleset.combatants;
  const count = wish.combatants.length;
  if (count < min || count > max)
    throw new GameError("invalid_payload", {
      message: `participants: ${ruleset.name} takes ${min} to ${max}`,
    });
  if (new Set(wish.combatants.map((who) => who.id)).size < count)
    throw new GameError("invalid_payload", { message: "participants: an id is there twice" });
  const random = recording(ctx.random);
  const state = ruleset.setup(wish.combatants, random);
  return {
    id: wish.id,
    ruleset: ruleset.name,
    createdBy: wish.createdBy,
    createdAt: now,
    phase: "waiting",
    participants: wish.combatants.map((who) => enrol(who, wish.bankMs)),
    state,
    version: 1,
    turn: 0,
    turnMs: wish.turnMs,
    turnBeganAt: 0,
    deadline: now + wish.joinMs,
    setupDraws: random.draws,
    log: [],
    winner: null,
    result: null,
    rewarded: false,
  };
}

const enrol = ({ id, kind, team }: Combatant, bankMs: number): Participant => ({
  id,
  kind,
  team,
  joined: kind === "monster",
  connected: kind === "monster",
  left: false,
  timeouts: 0,
  bankMs: kind === "player" ? bankMs : 0,
});

/** A player joins; the last one starts the fight. @returns undefined for a player that had joined: nothing changes */
export function join(fight: Fight, user: UserId, ctx: RuleContext): FightChange | undefined {
  const player = playerOf(fight, user);
  if (!player) throw new GameError("not_found");
  if (player.joined || player.left || fight.phase === "ended") return undefined;
  const steps = begin(fight, ctx);
  setParticipant(steps, user, { joined: true, connected: true });
  steps.entries.push({ kind: "participant", userId: user, status: "joined" });
  startWhenComplete(steps);
  return steps;
}

/**
 * A player's move, and what follows from it up to the next player's turn.
 * @throws GameError `conflict` before the start and after the end, `not_your_turn`, `invalid_payload`, and what the ruleset refuses with
 */
export function act(
  fight: Fight,
  user: UserId,
  move: Move,
  ctx: RuleContext,
): FightChange & { readonly done: FightLogEntry } {
  if (fight.phase === "waiting")
    throw new GameError("conflict", { message: "the fight has not started yet" });
  if (fight.phase === "ended") throw new GameError("conflict", { message: "the fight is over" });
  if (ctx.ruleset.actor(fight.state) !== user) throw new GameError("not_your_turn");
  const steps = begin(fight, ctx);
  spendBank(steps, user);
  setParticipant(steps, user, { timeouts: 0 });
  const done = makeMove(steps, "player", user, move);
  playOn(steps);
  return { ...steps, done };
}

/** A player declines before the start, and the others go on without it. @throws GameError `conflict` after the start */
export function decline(
  fight: Fight,
  user: UserId,
  ctx: RuleContext,
): FightChange & { readonly done: FightLogEntry } {
  const player = playerOf(fight, user);
  if (fight.phase !== "waiting" || !player || player.left)
    throw new GameError("conflict", { message: "there is nothing to decline" });
  const steps = begin(fight, ctx);
  const done = forfeit(steps, user);
  endIfDecided(steps);
  startWhenComplete(steps);
  return { ...steps, done };
}

/**
 * The time of a turn is over: the default move is made, or the player is taken out after too many time-outs in a row.
 * @returns undefined where that turn has ended already
 */
export function timeOut(fight: Fight, turn: number, ctx: RuleContext): FightChange | undefined {
  if (fight.phase !== "running" || fight.turn !== turn) return undefined;
  const actor = ctx.ruleset.actor(fight.state);
  const steps = begin(fight, ctx);
  const timeouts = (playerOf(fight, actor)?.timeouts ?? 0) + 1;
  setParticipant(steps, actor, { timeouts, bankMs: 0 });
  steps.entries.push({ kind: "timeout", actor, turn });
  if (timeouts >= ctx.forfeitAfter) forfeit(steps, actor);
  else makeRulesetMove(steps, "timeout", actor, () => ctx.ruleset.defaultMove(steps.fight.state, actor));
  playOn(steps);
  return steps;
}

/** The time to join is over: the fight starts with the players that joined, or ends where none did. @returns undefined after the start */
export function joinTimeOut(fight: Fight, ctx: RuleContext): FightChange | undefined {
  if (fight.phase !== "waiting") return undefined;
  const steps = begin(fight, ctx);
  if (fight.participants.some((who) => who.kind === "player" && who.joined && !who.left)) start(steps);
  else end(steps, null, { reason: "nobody_joined" });
  return steps;
}

/** The player's last connection has closed, or its first has opened. @returns undefined where nothing changes */
export function setConnected(
  fight: Fight,
  user: UserId,
  connected: boolean,
  ctx: RuleContext,
): FightChange | undefined {
  const player = playerOf(fight, user);
  if (fight.phase === "ended" || !player?.joined || player.left || player.connected === connected)
    return undefined;
  const steps = begin(fight, ctx);
  setParticipant(steps, user, { connected });
  steps.entries.push({
    kind: "participant",
    userId: user,
    status: connected ? "reconnected" : "disconnected",
  });
  return steps;
}
