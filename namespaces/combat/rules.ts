/**
 * What can happen to a fight, pure: (fight, who does what, now, chance) → the next fight and what is to be told. What a move
 * does is the ruleset's; what follows from it is in course.ts. Times are the store's, in milliseconds.
 */
import { GameError } from "../../core/contract/errors.ts";
import type { Combatant, Move } from "../../core/games/ruleset.ts";
import type { CombatId, UserId } from "../../core/ids.ts";
import { recording } from "../../core/random.ts";
import { type Fight, type LogEntry, type Participant, playerOf } from "./fight.ts";
import {
  amend,
  begin,
  end,
  endIfDecided,
  forfeit,
  make,
  makeOwn,
  type RuleContext,
  settle,
  spendBank,
  start,
  startWhenComplete,
  type Told,
} from "./fight-steps.ts";

export type { RuleContext, Told } from "./fight-steps.ts";

export interface NewFight {
  readonly id: CombatId;
  readonly createdBy: UserId;
  readonly combatants: readonly Combatant[];
  readonly turnMs: number;
  readonly bankMs: number;
  readonly joinMs: number;
}

/** @throws GameError `invalid_payload` where the ruleset can't make a fight of these */
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

/** A player takes its place; the last one starts the fight. Undefined: it had joined, and nothing changes. */
export function join(fight: Fight, user: UserId, ctx: RuleContext): Told | undefined {
  const player = playerOf(fight, user);
  if (!player) throw new GameError("not_found");
  if (player.joined || player.left || fight.phase === "ended") return undefined;
  const steps = begin(fight, ctx);
  amend(steps, user, { joined: true, connected: true });
  steps.entries.push({ kind: "participant", userId: user, status: "joined" });
  startWhenComplete(steps);
  return steps;
}

/**
 * A player's move and all that follows from it up to the next player's turn.
 * @throws GameError `conflict` before the start and after the end, `not_your_turn`, and what the ruleset refuses
 */
export function act(
  fight: Fight,
  user: UserId,
  move: Move,
  ctx: RuleContext,
): Told & { readonly done: LogEntry } {
  if (fight.phase === "waiting")
    throw new GameError("conflict", { message: "the fight has not started yet" });
  if (fight.phase === "ended") throw new GameError("conflict", { message: "the fight is over" });
  if (ctx.ruleset.actor(fight.state) !== user) throw new GameError("not_your_turn");
  const steps = begin(fight, ctx);
  spendBank(steps, user);
  amend(steps, user, { timeouts: 0 });
  const done = make(steps, "player", user, move);
  settle(steps);
  return { ...steps, done };
}

/** Before the start: the player declines, and the others go on without it. */
export function decline(fight: Fight, user: UserId, ctx: RuleContext): Told & { readonly done: LogEntry } {
  const player = playerOf(fight, user);
  if (fight.phase !== "waiting" || !player || player.left)
    throw new GameError("conflict", { message: "there is nothing to decline" });
  const steps = begin(fight, ctx);
  const done = forfeit(steps, user);
  endIfDecided(steps);
  startWhenComplete(steps);
  return { ...steps, done };
}

/** The turn's time is over: the default action, or out after too many in a row. Undefined: that turn is no more. */
export function timeOut(fight: Fight, turn: number, ctx: RuleContext): Told | undefined {
  if (fight.phase !== "running" || fight.turn !== turn) return undefined;
  const actor = ctx.ruleset.actor(fight.state);
  const steps = begin(fight, ctx);
  const timeouts = (playerOf(fight, actor)?.timeouts ?? 0) + 1;
  amend(steps, actor, { timeouts, bankMs: 0 });
  steps.entries.push({ kind: "timeout", actor, turn });
  if (timeouts >= ctx.forfeitAfter) forfeit(steps, actor);
  else makeOwn(steps, "timeout", actor, () => ctx.ruleset.defaultMove(steps.fight.state, actor));
  settle(steps);
  return steps;
}

/** The time to join is over: on with those who are there, or an end where nobody is. Undefined: it had started. */
export function joinTimeOut(fight: Fight, ctx: RuleContext): Told | undefined {
  if (fight.phase !== "waiting") return undefined;
  const steps = begin(fight, ctx);
  if (fight.participants.some((who) => who.kind === "player" && who.joined && !who.left)) start(steps);
  else end(steps, null, { reason: "nobody_joined" });
  return steps;
}

/** The player's last connection has gone, or its first has come. Undefined: known already, or of no concern. */
export function setConnected(
  fight: Fight,
  user: UserId,
  connected: boolean,
  ctx: RuleContext,
): Told | undefined {
  const player = playerOf(fight, user);
  if (fight.phase === "ended" || !player?.joined || player.left || player.connected === connected)
    return undefined;
  const steps = begin(fight, ctx);
  amend(steps, user, { connected });
  steps.entries.push({
    kind: "participant",
    userId: user,
    status: connected ? "reconnected" : "disconnected",
  });
  return steps;
}
