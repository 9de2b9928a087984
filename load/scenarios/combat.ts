/** `/combat`: two users fight each other by the shipped rules until one is left, and begin again. */
import type { NamespaceClient } from "../../client/index.ts";
import type { CombatContract, CombatState } from "../../namespaces/combat/schema.ts";
import { Views } from "../engine/views.ts";
import { defineScenario } from "../scenario.ts";
import type { ScenarioUser } from "../user.ts";

type Fighter = ScenarioUser<{ readonly think_ms: number }>;
interface Turn {
  readonly actor: string | null;
  readonly isOver: boolean;
}

const TOGETHER_MS = 90_000;

export default defineScenario({
  name: "combat",
  summary: "/combat: pairs fight to the end, again and again",
  // Rounds: 0 is as many as there is time for.
  params: { think_ms: 1_000, rounds: 0 },
  group: 2,
  async user(user) {
    if (user.together.size < 2) throw new Error("a fight needs two: take an even number of --users");
    const combat = await user.connect("/combat");
    const most = user.params.rounds || Number.POSITIVE_INFINITY;
    for (let round = 1; user.running && round <= most; round++)
      try {
        await fight(user, combat, round);
      } catch {
        // It is counted; the next fight is for both again.
        await user.pause(1_000);
      }
  },
});

async function fight(user: Fighter, combat: NamespaceClient<CombatContract>, round: number): Promise<void> {
  const { together, params } = user;
  const combat_session_id = await together.share(`fight ${round}`, async () => {
    const participants = together.ids.map((id, team) => ({ id, kind: "player" as const, team }));
    const made = await user.action("combat_create", () => combat.call("combat_create", { participants }));
    return made.combat_session_id;
  });
  const turns = new Views<Turn>();
  const isOurs = (told: { readonly combat_session_id: string }) =>
    told.combat_session_id === combat_session_id;
  const ends = [
    combat.on("combat_turn", (told) => {
      if (isOurs(told)) turns.tell({ actor: told.actor, isOver: false });
    }),
    combat.on("combat_ended", (told) => {
      if (isOurs(told)) turns.tell({ actor: null, isOver: true });
    }),
  ];
  try {
    await user.action("both are there", () => together.meet(`join ${round}`, TOGETHER_MS), {
      withinMs: 2 * TOGETHER_MS,
    });
    await user.action("combat_join", () => combat.call("combat_join", { combat_session_id }));
    for (;;) {
      const turn = await turns.take(user, ({ actor, isOver }) => isOver || actor === user.id);
      if (turn === undefined || turn.isOver) break;
      await user.pause(params.think_ms / 2, params.think_ms);
      if (!user.running) return;
      const { state } = await user.action("combat_state", () =>
        combat.call("combat_state", { combat_session_id }),
      );
      if (state.actor !== user.id) continue;
      const { action, target, args } = choose(state);
      await user.action("combat_action", () =>
        combat.call("combat_action", {
          ...{ combat_session_id, action, args },
          ...(target !== undefined && { target }),
        }),
      );
    }
    if (user.running && together.seat === 0) user.count("fights to the end");
  } finally {
    for (const end of ends) end();
  }
}

/** What hurts, where the rules allow it. */
function choose({ legal }: CombatState): CombatState["legal"][number] {
  const hurts = legal.find(({ action }) => action === "skill" || action === "attack");
  return hurts ?? { action: "defend", args: {} };
}
