/** The steps that the rules of a fight are made of: moves, turns, monsters and the end. Pure, like all of it. */
import { GameError } from "../../core/contract/errors.ts";
import type { Move, Outcome, Ruleset } from "../../core/games/ruleset.ts";
import { type Random, recording } from "../../core/random.ts";
import { type Fight, type FightEntry, type LogEntry, type Participant, playerOf } from "./fight.ts";

export interface Told {
  readonly fight: Fight;
  readonly entries: readonly FightEntry[];
}

/** What every step is given beside the fight. */
export interface RuleContext {
  readonly ruleset: Ruleset<unknown>;
  readonly now: number;
  readonly random: Random;
  /** So many time-outs in a row take a player out. */
  readonly forfeitAfter: number;
}

/** A step under way: replaced parts of the fight, and what has been told so far. */
export interface FightSteps {
  fight: Fight;
  readonly entries: FightEntry[];
  readonly means: RuleContext;
}

export const begin = (fight: Fight, means: RuleContext): FightSteps => ({ fight, entries: [], means });

export function amend(course: FightSteps, id: string, by: Partial<Participant>): void {
  const participants = course.fight.participants.map((who) => (who.id === id ? { ...who, ...by } : who));
  course.fight = { ...course.fight, participants };
}

/** What a player took beyond the turn's own time comes out of its bank. */
export function spendBank(course: FightSteps, user: string): void {
  const { turnBeganAt, turnMs } = course.fight;
  const overMs = Math.max(0, course.means.now - turnBeganAt - turnMs);
  const bankMs = playerOf(course.fight, user)?.bankMs ?? 0;
  amend(course, user, { bankMs: Math.max(0, bankMs - overMs) });
}

export function startWhenComplete(course: FightSteps): void {
  const { fight } = course;
  if (fight.phase === "waiting" && fight.participants.every((who) => who.joined || who.left)) start(course);
}

export function start(course: FightSteps): void {
  const { fight, entries } = course;
  course.fight = { ...fight, phase: "running", version: fight.version + 1, deadline: null };
  entries.push({ kind: "started", fight: course.fight });
  settle(course);
}

/** Lets monsters act until it is a player's turn, or the fight is decided. */
export function settle(course: FightSteps): void {
  const { ruleset, now } = course.means;
  for (;;) {
    if (endIfDecided(course)) return;
    const actor = ruleset.actor(course.fight.state);
    const turn = course.fight.turn + 1;
    course.fight = { ...course.fight, turn };
    const who = course.fight.participants.find((one) => one.id === actor);
    if (!who) throw new Error(`ruleset ${ruleset.name}: actor() names nobody of the fight: ${actor}`);
    if (who.kind === "player") {
      const deadline = now + course.fight.turnMs + who.bankMs;
      course.fight = { ...course.fight, turnBeganAt: now, deadline };
      course.entries.push({ kind: "turn", turn, actor, deadline, version: course.fight.version });
      return;
    }
    makeOwn(course, "monster", actor, (draws) => ruleset.monsterMove(course.fight.state, actor, draws));
  }
}

export function endIfDecided(course: FightSteps): boolean {
  const { ruleset } = course.means;
  const { turn, state } = course.fight;
  const final = turn >= ruleset.maxTurns;
  const verdict = ruleset.verdict(state, final);
  if (verdict) end(course, verdict.winner, verdict.result);
  else if (final) throw new Error(`ruleset ${ruleset.name}: verdict() gives none when the fight must end`);
  return verdict !== null;
}

export function end(
  course: FightSteps,
  winner: Fight["winner"],
  result: Readonly<Record<string, unknown>>,
): void {
  const version = course.fight.version + 1;
  course.fight = { ...course.fight, phase: "ended", version, deadline: null, winner, result };
  course.entries.push({ kind: "ended", winner, result, version });
}

/** A move that the ruleset itself chose: that it refuses it is its fault, not the client's. */
export function makeOwn(
  course: FightSteps,
  cause: "monster" | "timeout",
  actor: string,
  choose: (draws: Random) => Move,
): void {
  const draws = recording(course.means.random);
  try {
    make(course, cause, actor, choose(draws), draws);
  } catch (err) {
    throw new Error(`ruleset ${course.means.ruleset.name}: a move of its own was refused`, { cause: err });
  }
}

export function make(
  course: FightSteps,
  cause: LogEntry["cause"],
  actor: string,
  move: Move,
  draws = recording(course.means.random),
): LogEntry {
  const { ruleset } = course.means;
  const action = Object.hasOwn(ruleset.actions, move.action) ? ruleset.actions[move.action] : undefined;
  if (!action)
    throw new GameError("invalid_payload", { message: "action: the ruleset has none of this name" });
  const outcome = action.apply(course.fight.state, actor, move, draws);
  return record(course, cause, actor, move, outcome, draws.draws);
}

export function forfeit(course: FightSteps, who: string): LogEntry {
  const outcome = course.means.ruleset.forfeit(course.fight.state, who);
  return record(course, "forfeit", who, { action: "forfeit", args: {} }, outcome, []);
}

/** The one place where a ruleset's outcome becomes part of the fight. */
function record(
  course: FightSteps,
  cause: LogEntry["cause"],
  actor: string,
  move: Move,
  outcome: Outcome<unknown>,
  draws: readonly number[],
): LogEntry {
  const { fight } = course;
  const entry: LogEntry = {
    seq: fight.log.length + 1,
    turn: fight.turn,
    at: course.means.now,
    cause,
    actor,
    action: move.action,
    target: move.target ?? null,
    args: move.args,
    effects: outcome.effects,
    draws,
    version: fight.version + 1,
  };
  course.fight = { ...fight, state: outcome.state, version: entry.version, log: [...fight.log, entry] };
  const { seq, action, target, effects, version } = entry;
  course.entries.push({ kind: "result", seq, actor, action, target, effects, version });
  noteDeparted(course);
  return entry;
}

/** Whoever left by this move (fled, or was taken out) is told of as a participant that left. */
function noteDeparted(course: FightSteps): void {
  const { ruleset } = course.means;
  for (const who of course.fight.participants) {
    if (who.kind !== "player" || who.left || !ruleset.departed(course.fight.state, who.id)) continue;
    amend(course, who.id, { left: true });
    course.entries.push({ kind: "participant", userId: who.id, status: "left" });
  }
}
