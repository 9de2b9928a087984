/**
 * The course of a fight, pure: (fight, who does what, now, chance) → the next fight and what is to be told. What moves do is
 * the ruleset's; here are joining, turns, time, time-outs and the end. Times are the store's, in milliseconds.
 */
import { GameError } from "../../core/errors.ts";
import type { CombatId, UserId } from "../../core/ids.ts";
import { type Random, recording } from "../../core/random.ts";
import type { Combatant, Move, Outcome, Ruleset } from "../../core/ruleset.ts";
import { type Fight, type FightEntry, type LogEntry, type Participant, playerOf } from "./fight.ts";

export interface Told {
  readonly fight: Fight;
  readonly entries: readonly FightEntry[];
}

/** What every step is given beside the fight. */
export interface Means {
  readonly ruleset: Ruleset<unknown>;
  readonly now: number;
  readonly random: Random;
  /** So many time-outs in a row take a player out. */
  readonly forfeitAfter: number;
}

/** A step under way: replaced parts of the fight, and what has been told so far. */
interface Course {
  fight: Fight;
  readonly entries: FightEntry[];
  readonly means: Means;
}

export interface NewFight {
  readonly id: CombatId;
  readonly createdBy: UserId;
  readonly combatants: readonly Combatant[];
  readonly turnMs: number;
  readonly bankMs: number;
  readonly joinMs: number;
}

/** @throws GameError `invalid_payload` where the ruleset can't make a fight of these */
export function createFight(wish: NewFight, means: Means): Fight {
  const { ruleset, now } = means;
  const { min, max } = ruleset.combatants;
  const count = wish.combatants.length;
  if (count < min || count > max)
    throw new GameError("invalid_payload", {
      message: `participants: ${ruleset.name} takes ${min} to ${max}`,
    });
  if (new Set(wish.combatants.map((who) => who.id)).size < count)
    throw new GameError("invalid_payload", { message: "participants: an id is there twice" });
  const random = recording(means.random);
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
export function join(fight: Fight, user: UserId, means: Means): Told | undefined {
  const player = playerOf(fight, user);
  if (!player) throw new GameError("not_found");
  if (player.joined || player.left || fight.phase === "ended") return undefined;
  const course = begin(fight, means);
  amend(course, user, { joined: true, connected: true });
  course.entries.push({ kind: "participant", userId: user, status: "joined" });
  startWhenComplete(course);
  return course;
}

/**
 * A player's move and all that follows from it up to the next player's turn.
 * @throws GameError `conflict` before the start and after the end, `not_your_turn`, and what the ruleset refuses
 */
export function act(
  fight: Fight,
  user: UserId,
  move: Move,
  means: Means,
): Told & { readonly done: LogEntry } {
  if (fight.phase === "waiting")
    throw new GameError("conflict", { message: "the fight has not started yet" });
  if (fight.phase === "ended") throw new GameError("conflict", { message: "the fight is over" });
  if (means.ruleset.actor(fight.state) !== user) throw new GameError("not_your_turn");
  const course = begin(fight, means);
  spendBank(course, user);
  amend(course, user, { timeouts: 0 });
  const done = make(course, "player", user, move);
  settle(course);
  return { ...course, done };
}

/** Before the start: the player declines, and the others go on without it. */
export function decline(fight: Fight, user: UserId, means: Means): Told & { readonly done: LogEntry } {
  const player = playerOf(fight, user);
  if (fight.phase !== "waiting" || !player || player.left)
    throw new GameError("conflict", { message: "there is nothing to decline" });
  const course = begin(fight, means);
  const done = forfeit(course, user);
  endIfDecided(course);
  startWhenComplete(course);
  return { ...course, done };
}

/** The turn's time is over: the default action, or out after too many in a row. Undefined: that turn is no more. */
export function timeOut(fight: Fight, turn: number, means: Means): Told | undefined {
  if (fight.phase !== "running" || fight.turn !== turn) return undefined;
  const actor = means.ruleset.actor(fight.state);
  const course = begin(fight, means);
  const timeouts = (playerOf(fight, actor)?.timeouts ?? 0) + 1;
  amend(course, actor, { timeouts, bankMs: 0 });
  course.entries.push({ kind: "timeout", actor, turn });
  if (timeouts >= means.forfeitAfter) forfeit(course, actor);
  else makeOwn(course, "timeout", actor, () => means.ruleset.defaultMove(course.fight.state, actor));
  settle(course);
  return course;
}

/** The time to join is over: on with those who are there, or an end where nobody is. Undefined: it had started. */
export function joinTimeOut(fight: Fight, means: Means): Told | undefined {
  if (fight.phase !== "waiting") return undefined;
  const course = begin(fight, means);
  if (fight.participants.some((who) => who.kind === "player" && who.joined && !who.left)) start(course);
  else end(course, null, { reason: "nobody_joined" });
  return course;
}

/** The player's last connection has gone, or its first has come. Undefined: known already, or of no concern. */
export function setConnected(fight: Fight, user: UserId, connected: boolean, means: Means): Told | undefined {
  const player = playerOf(fight, user);
  if (fight.phase === "ended" || !player?.joined || player.left || player.connected === connected)
    return undefined;
  const course = begin(fight, means);
  amend(course, user, { connected });
  course.entries.push({
    kind: "participant",
    userId: user,
    status: connected ? "reconnected" : "disconnected",
  });
  return course;
}

const begin = (fight: Fight, means: Means): Course => ({ fight, entries: [], means });

function amend(course: Course, id: string, by: Partial<Participant>): void {
  const participants = course.fight.participants.map((who) => (who.id === id ? { ...who, ...by } : who));
  course.fight = { ...course.fight, participants };
}

/** What a player took beyond the turn's own time comes out of its bank. */
function spendBank(course: Course, user: string): void {
  const { turnBeganAt, turnMs } = course.fight;
  const overMs = Math.max(0, course.means.now - turnBeganAt - turnMs);
  const bankMs = playerOf(course.fight, user)?.bankMs ?? 0;
  amend(course, user, { bankMs: Math.max(0, bankMs - overMs) });
}

function startWhenComplete(course: Course): void {
  const { fight } = course;
  if (fight.phase === "waiting" && fight.participants.every((who) => who.joined || who.left)) start(course);
}

function start(course: Course): void {
  const { fight, entries } = course;
  course.fight = { ...fight, phase: "running", version: fight.version + 1, deadline: null };
  entries.push({ kind: "started", fight: course.fight });
  settle(course);
}

/** Lets monsters act until it is a player's turn, or the fight is decided. */
function settle(course: Course): void {
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

function endIfDecided(course: Course): boolean {
  const { ruleset } = course.means;
  const { turn, state } = course.fight;
  const final = turn >= ruleset.maxTurns;
  const verdict = ruleset.verdict(state, final);
  if (verdict) end(course, verdict.winner, verdict.result);
  else if (final) throw new Error(`ruleset ${ruleset.name}: verdict() gives none when the fight must end`);
  return verdict !== null;
}

function end(course: Course, winner: Fight["winner"], result: Readonly<Record<string, unknown>>): void {
  const version = course.fight.version + 1;
  course.fight = { ...course.fight, phase: "ended", version, deadline: null, winner, result };
  course.entries.push({ kind: "ended", winner, result, version });
}

/** A move that the ruleset itself chose: that it refuses it is its fault, not the client's. */
function makeOwn(
  course: Course,
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

function make(
  course: Course,
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

function forfeit(course: Course, who: string): LogEntry {
  const outcome = course.means.ruleset.forfeit(course.fight.state, who);
  return record(course, "forfeit", who, { action: "forfeit", args: {} }, outcome, []);
}

/** The one place where a ruleset's outcome becomes part of the fight. */
function record(
  course: Course,
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
function noteDeparted(course: Course): void {
  const { ruleset } = course.means;
  for (const who of course.fight.participants) {
    if (who.kind !== "player" || who.left || !ruleset.departed(course.fight.state, who.id)) continue;
    amend(course, who.id, { left: true });
    course.entries.push({ kind: "participant", userId: who.id, status: "left" });
  }
}
