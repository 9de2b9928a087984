/** The steps that the rules of a fight are made of: moves, turns, monsters and the end. Pure. */
import { GameError } from "../../core/contract/errors.ts";
import type { Move, Outcome, Ruleset } from "../../core/games/ruleset.ts";
import { type Random, recording } from "../../core/random.ts";
import { type Fight, type FightEntry, type FightLogEntry, type Participant, playerOf } from "./fight.ts";

/** A fight after a change, and the entries for its followers. */
export interface FightChange {
  readonly fight: Fight;
  readonly entries: readonly FightEntry[];
}

/** What a step knows besides the fight. */
export interface RuleContext {
  readonly ruleset: Ruleset<unknown>;
  /** The store's time in milliseconds since the epoch. */
  readonly now: number;
  readonly random: Random;
  /** How many time-outs in a row take a player out. */
  readonly forfeitAfter: number;
}

/** A change under way: the fight so far, and the entries so far. */
export interface FightSteps {
  fight: Fight;
  readonly entries: FightEntry[];
  readonly ctx: RuleContext;
}

export const begin = (fight: Fight, ctx: RuleContext): FightSteps => ({ fight, entries: [], ctx });

export function setParticipant(steps: FightSteps, id: string, by: Partial<Participant>): void {
  const participants = steps.fight.participants.map((who) => (who.id === id ? { ...who, ...by } : who));
  steps.fight = { ...steps.fight, participants };
}

/** Takes the time that a player used beyond the turn's own time out of its bank. */
export function spendBank(steps: FightSteps, user: string): void {
  const { turnBeganAt, turnMs } = steps.fight;
  const overMs = Math.max(0, steps.ctx.now - turnBeganAt - turnMs);
  const bankMs = playerOf(steps.fight, user)?.bankMs ?? 0;
  setParticipant(steps, user, { bankMs: Math.max(0, bankMs - overMs) });
}

export function startWhenComplete(steps: FightSteps): void {
  const { fight } = steps;
  if (fight.phase === "waiting" && fight.participants.every((who) => who.joined || who.left)) start(steps);
}

export function start(steps: FightSteps): void {
  const { fight, entries } = steps;
  steps.fight = { ...fight, phase: "running", version: fight.version + 1, deadline: null };
  entries.push({ kind: "started", fight: steps.fight });
  playOn(steps);
}

/** Plays the turns of monsters until a player's turn comes or the fight ends. */
export function playOn(steps: FightSteps): void {
  const { ruleset, now } = steps.ctx;
  for (;;) {
    if (endIfDecided(steps)) return;
    const actor = ruleset.actor(steps.fight.state);
    const turn = steps.fight.turn + 1;
    steps.fight = { ...steps.fight, turn };
    const who = steps.fight.participants.find((one) => one.id === actor);
    if (!who) throw new Error(`ruleset ${ruleset.name}: actor() names nobody in the fight: ${actor}`);
    if (who.kind === "player") {
      const deadline = now + steps.fight.turnMs + who.bankMs;
      steps.fight = { ...steps.fight, turnBeganAt: now, deadline };
      steps.entries.push({ kind: "turn", turn, actor, deadline, version: steps.fight.version });
      return;
    }
    makeRulesetMove(steps, "monster", actor, (draws) => ruleset.monsterMove(steps.fight.state, actor, draws));
  }
}

export function endIfDecided(steps: FightSteps): boolean {
  const { ruleset } = steps.ctx;
  const { turn, state } = steps.fight;
  const final = turn >= ruleset.maxTurns;
  const verdict = ruleset.verdict(state, final);
  if (verdict) end(steps, verdict.winner, verdict.result);
  else if (final) throw new Error(`ruleset ${ruleset.name}: verdict() gives none when the fight must end`);
  return verdict !== null;
}

export function end(
  steps: FightSteps,
  winner: Fight["winner"],
  result: Readonly<Record<string, unknown>>,
): void {
  const version = steps.fight.version + 1;
  steps.fight = { ...steps.fight, phase: "ended", version, deadline: null, winner, result };
  steps.entries.push({ kind: "ended", winner, result, version });
}

/** A move that the ruleset chose itself. A refusal of it is a fault of the ruleset, not of a client. */
export function makeRulesetMove(
  steps: FightSteps,
  cause: "monster" | "timeout",
  actor: string,
  choose: (draws: Random) => Move,
): void {
  const draws = recording(steps.ctx.random);
  try {
    makeMove(steps, cause, actor, choose(draws), draws);
  } catch (err) {
    throw new Error(`ruleset ${steps.ctx.ruleset.name}: a move of its own was refused`, { cause: err });
  }
}

export function makeMove(
  steps: FightSteps,
  cause: FightLogEntry["cause"],
  actor: string,
  move: Move,
  draws = recording(steps.ctx.random),
): FightLogEntry {
  const { ruleset } = steps.ctx;
  const action = Object.hasOwn(ruleset.actions, move.action) ? ruleset.actions[move.action] : undefined;
  if (!action)
    throw new GameError("invalid_payload", { message: "action: the ruleset has none of this name" });
  const outcome = action.apply(steps.fight.state, actor, move, draws);
  return record(steps, cause, actor, move, outcome, draws.draws);
}

export function forfeit(steps: FightSteps, who: string): FightLogEntry {
  const outcome = steps.ctx.ruleset.forfeit(steps.fight.state, who);
  return record(steps, "forfeit", who, { action: "forfeit", args: {} }, outcome, []);
}

/** Takes a ruleset's outcome into the fight; nothing else does. */
function record(
  steps: FightSteps,
  cause: FightLogEntry["cause"],
  actor: string,
  move: Move,
  outcome: Outcome<unknown>,
  draws: readonly number[],
): FightLogEntry {
  const { fight } = steps;
  const entry: FightLogEntry = {
    seq: fight.log.length + 1,
    turn: fight.turn,
    at: steps.ctx.now,
    cause,
    actor,
    action: move.action,
    target: move.target ?? null,
    args: move.args,
    effects: outcome.effects,
    draws,
    version: fight.version + 1,
  };
  steps.fight = { ...fight, state: outcome.state, version: entry.version, log: [...fight.log, entry] };
  const { seq, action, target, effects, version } = entry;
  steps.entries.push({ kind: "result", seq, actor, action, target, effects, version });
  noteDeparted(steps);
  return entry;
}

/** Marks the players that left by this move, because they fled or were taken out. */
function noteDeparted(steps: FightSteps): void {
  const { ruleset } = steps.ctx;
  for (const who of steps.fight.participants) {
    if (who.kind !== "player" || who.left || !ruleset.departed(steps.fight.state, who.id)) continue;
    setParticipant(steps, who.id, { left: true });
    steps.entries.push({ kind: "participant", userId: who.id, status: "left" });
  }
}
