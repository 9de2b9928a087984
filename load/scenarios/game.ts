/** `/game`: two users make a room, play dash-dice to its end, and begin again. */
import type { NamespaceClient } from "../../client/index.ts";
import type { GameContract } from "../../namespaces/game/schema.ts";
import { Views } from "../engine/views.ts";
import { defineScenario } from "../scenario.ts";
import type { ScenarioUser } from "../user.ts";

interface DiceView {
  readonly turn: string;
  readonly turn_points: number;
  readonly winner: string | null;
}
interface Params {
  readonly target: number;
  readonly think_ms: number;
}
type DiceUser = ScenarioUser<Params & Record<string, number>>;

const ENOUGH_POINTS = 15;
/** The other may have to find out first that its game is over. */
const TOGETHER_MS = 90_000;

export default defineScenario({
  name: "game",
  summary: "/game: pairs play dash-dice to its end, again and again",
  // Rounds: 0 is as many as there is time for.
  params: { target: 100, think_ms: 1_000, rounds: 0 },
  group: 2,
  async user(user) {
    if (user.together.size < 2) throw new Error("dash-dice needs two: take an even number of --users");
    const game = await user.connect("/game");
    const most = user.params.rounds || Number.POSITIVE_INFINITY;
    for (let round = 1; user.running && round <= most; round++)
      try {
        await play(user, game, round);
      } catch {
        // It is counted; the next game is for both again.
        await user.pause(1_000);
      }
  },
});

async function play(user: DiceUser, game: NamespaceClient<GameContract>, round: number): Promise<void> {
  const { together } = user;
  const { target, think_ms } = user.params;
  const room_id = await together.share(`room ${round}`, async () => {
    const options = { target, turn_seconds: 60 };
    const made = await user.action("room:create", () =>
      game.call("room:create", { game: "dash-dice", options }),
    );
    return made.room.room_id;
  });
  const views = new Views<DiceView>();
  const tell = (told: { readonly room_id: string; readonly state?: unknown }) => {
    // The state is what the game's own code shows.
    if (told.room_id === room_id && told.state !== undefined) views.tell(told.state as DiceView);
  };
  const ends = [game.on("game_started", tell), game.on("game_state", tell)];
  try {
    // For the owner, who has a seat already, it changes nothing.
    await user.action("room:join", () => game.call("room:join", { room_id }));
    await user.action("both are there", () => together.meet(`seats ${round}`, TOGETHER_MS), {
      withinMs: 2 * TOGETHER_MS,
    });
    await together.share(`start ${round}`, () =>
      user.action("room:start", () => game.call("room:start", { room_id })),
    );
    for (;;) {
      const view = await views.take(user, ({ turn, winner }) => turn === user.id || winner !== null);
      if (view === undefined || view.winner !== null) break;
      await user.pause(think_ms / 2, think_ms);
      if (!user.running) break;
      const action = view.turn_points >= ENOUGH_POINTS ? "bank" : "roll";
      await user.action("game:action", () => game.call("game:action", { room_id, action }));
    }
    if (user.running && together.seat === 0) user.count("games played");
  } finally {
    for (const end of ends) end();
    if (user.running) await user.action("room:leave", () => game.call("room:leave", { room_id }));
  }
}
