/** Two players fight a monster, to the end. */
import type { CombatContract, CombatState } from "../../namespaces/combat/schema.ts";
import type { Channel, Player } from "./player.ts";
import type { Cast, Stage } from "./stage.ts";

const MOST_TURNS = 500;
const TROLL = "troll";

interface Fighter {
  readonly player: Player;
  readonly combat: Channel<CombatContract>;
}

export interface Fight {
  readonly id: string;
  readonly fighters: readonly [Fighter, Fighter];
}

export interface FightOptions {
  readonly turnSeconds?: number;
}

/** Ann makes the fight and bob is invited to it; it starts when both have joined. */
export async function startFight(
  stage: Stage,
  { ann, bob }: Cast,
  options: FightOptions = {},
): Promise<Fight> {
  const [annCombat, bobCombat] = await Promise.all(
    [ann, bob].map((player) => player.enter<CombatContract>("/combat")),
  );
  if (!annCombat || !bobCombat) throw new Error("both must be there");
  const { combat_session_id: id } = await annCombat.call("combat_create", {
    participants: [
      { id: ann.userId, kind: "player", team: "heroes" },
      { id: bob.userId, kind: "player", team: "heroes" },
      { id: TROLL, kind: "monster", team: "wild" },
    ],
    ...(options.turnSeconds === undefined ? {} : { turn_seconds: options.turnSeconds }),
  });
  const { payload: invite } = await bobCombat.next("combat_invite", (one) => one.combat_session_id === id);
  stage.say(`${invite.from.replace(/-.*/, "")} invites bob to a fight against a troll.`);
  for (const combat of [annCombat, bobCombat]) await combat.call("combat_join", { combat_session_id: id });
  for (const combat of [annCombat, bobCombat])
    await combat.next("combat_started", (one) => one.combat_session_id === id);
  return {
    id,
    fighters: [
      { player: ann, combat: annCombat },
      { player: bob, combat: bobCombat },
    ],
  };
}

/** The first thing that the rules allow that hurts somebody. */
function choose({ legal }: CombatState) {
  const move =
    legal.find(({ action }) => action === "skill") ?? legal.find(({ action }) => action === "attack");
  return move ?? { action: "defend", args: {} };
}

/** Whose turn it is now, by what the fight's events tell; undefined once it has ended. */
export async function nextTurn({ id, fighters }: Fight) {
  const { event, payload } = await fighters[0].combat.next(
    ["combat_turn", "combat_ended"],
    (one) => one.combat_session_id === id,
  );
  return event === "combat_turn" ? payload : undefined;
}

/** The player whose turn it is makes a move. */
export async function takeTurn(fight: Fight, actor: string, turn: number): Promise<void> {
  const fighter = fight.fighters.find(({ player }) => player.userId === actor);
  if (!fighter) return;
  const { state, version } = await fighter.combat.call("combat_state", { combat_session_id: fight.id });
  if (state.actor !== actor) return;
  const { action, target, args } = choose(state);
  await fighter.combat.callUntilAnswered("combat_action", {
    combat_session_id: fight.id,
    action,
    ...(target === undefined ? {} : { target }),
    args,
    version,
    action_id: `turn-${turn}`,
  });
}

export async function fightToTheEnd(stage: Stage, fight: Fight): Promise<void> {
  for (let turns = 0; ; turns++) {
    if (turns === MOST_TURNS) throw new Error("this fight does not end");
    const next = await nextTurn(fight);
    if (!next) break;
    await takeTurn(fight, next.actor, next.turn);
  }
  const { state } = await fight.fighters[1].combat.call("combat_state", { combat_session_id: fight.id });
  if (state.phase !== "ended") throw new Error(`the fight is over for ann and ${state.phase} for bob`);
  stage.say(`the fight is over after turn ${state.turn}: the ${state.winner} win.`);
}

export async function fight(stage: Stage, cast: Cast): Promise<void> {
  await fightToTheEnd(stage, await startFight(stage, cast));
}
