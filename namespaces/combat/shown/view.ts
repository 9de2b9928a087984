/** Fights on the wire: the state that one viewer may see, and the event of each entry. */
import type { Ruleset } from "../../../core/games/ruleset.ts";
import type { Audience } from "../../../core/ports/live.ts";
import { iso } from "../../../core/time.ts";
import { type Fight, type FightEntry, type FightLogEntry, type Participant, playerOf } from "../fight.ts";
import type { CombatContract, CombatLogEntry, CombatResult, CombatState } from "../schema.ts";

/** @param viewer a user's id; a user that is no player sees what spectators see */
export function stateFor(fight: Fight, viewer: string, ruleset: Ruleset<unknown>): CombatState {
  const player = playerOf(fight, viewer);
  const running = fight.phase === "running";
  return {
    combat_session_id: fight.id,
    ruleset: fight.ruleset,
    phase: fight.phase,
    turn: fight.turn,
    actor: running ? ruleset.actor(fight.state) : null,
    deadline: fight.deadline === null ? null : iso(fight.deadline),
    participants: fight.participants.map(participantOf),
    view: ruleset.view(fight.state, player ? viewer : null),
    legal: running && player ? ruleset.legal(fight.state, viewer).map((move) => ({ ...move })) : [],
    ...(fight.phase === "ended" ? { winner: fight.winner, result: fight.result } : {}),
  };
}

export const participantOf = (who: Participant): CombatState["participants"][number] => ({
  id: who.id,
  kind: who.kind,
  team: who.team,
  status: who.left ? "left" : !who.joined ? "invited" : who.connected ? "joined" : "disconnected",
  timeouts: who.timeouts,
  bank_ms: who.bankMs,
});

type Done = Pick<FightLogEntry, "seq" | "actor" | "action" | "target" | "effects" | "version">;

export const resultOf = ({ seq, actor, action, target, effects, version }: Done): CombatResult => ({
  seq,
  actor,
  action,
  target,
  effects: effects.map((effect) => ({ ...effect })),
  state_version: version,
});

/** The log after an entry, oldest first. */
export function* logOf(fight: Fight, after: number): Generator<CombatLogEntry> {
  for (const entry of fight.log)
    if (entry.seq > after)
      yield {
        ...resultOf(entry),
        turn: entry.turn,
        cause: entry.cause,
        ...(fight.phase === "ended" ? { args: entry.args, draws: [...entry.draws] } : {}),
      };
}

/** Sends one entry to its followers on this worker. */
export function emitEntry(
  id: Fight["id"],
  entry: FightEntry,
  ruleset: Ruleset<unknown>,
  to: Audience<CombatContract>,
): void {
  const of = { combat_session_id: id };
  switch (entry.kind) {
    case "participant": {
      const { userId, status } = entry;
      to.emit("combat_participant", { ...of, user_id: userId, status }, { exceptUser: userId });
      break;
    }
    case "started":
      // One by one, because each player may see another state.
      for (const session of to.sessions()) {
        const state = stateFor(entry.fight, session.userId, ruleset);
        session.emit("combat_started", { ...of, state, version: entry.fight.version });
      }
      break;
    case "turn": {
      const { turn, actor, deadline, version } = entry;
      to.emit("combat_turn", { ...of, turn, actor, deadline: iso(deadline), version });
      break;
    }
    case "result":
      to.emit("combat_result", { ...of, ...resultOf(entry) });
      break;
    case "timeout":
      to.emit("combat_timeout", { ...of, actor: entry.actor, turn: entry.turn });
      break;
    case "ended": {
      const { winner, result, version } = entry;
      to.emit("combat_ended", { ...of, winner, result, version });
      break;
    }
  }
}
