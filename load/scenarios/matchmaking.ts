/** `/matchmaking`: users queue, are matched, leave the match, and queue again. */
import { defineScenario } from "../scenario.ts";

export default defineScenario({
  name: "matchmaking",
  summary: "/matchmaking: users queue, and the time until their game has started",
  // Rounds: 0 is as many as there is time for.
  params: { game_mode: "classic", rest_ms: 3_000, patience_ms: 60_000, rounds: 0 },
  async user(user) {
    const { game_mode, rest_ms, patience_ms, rounds } = user.params;
    const queue = await user.connect("/matchmaking");
    const game = await user.connect("/game");
    queue.on("match_found", ({ match_id, accept_by }) => {
      if (accept_by === undefined) return;
      return user.action("match_accept", () => queue.call("match_accept", { match_id }));
    });
    // Reliable events of the match's room, which nothing here needs.
    game.on("game_started", () => undefined);
    const most = rounds || Number.POSITIVE_INFINITY;
    for (let round = 0; user.running && round < most; round++) {
      await user.pause(0, rest_ms);
      if (!user.running) return;
      const since = user.now();
      const started = user.next<{ room_id: string }>(queue, "game_started", undefined, patience_ms);
      started.catch(() => undefined);
      await user.action("queue_join", () => queue.call("queue_join", { game_mode }));
      const match = await user
        .action("game starts", () => started, { withinMs: 2 * patience_ms })
        .catch(() => undefined);
      if (match === undefined) {
        if (user.running)
          await user.action("queue_leave", () => queue.call("queue_leave", {})).catch(() => undefined);
        continue;
      }
      user.sample("from queueing to the game", user.now() - since);
      const { room_id } = match;
      // The other has won, and both may queue again.
      const over = user.next<{ match_id: string }>(queue, "game_ended", (told) => told.match_id === room_id);
      over.catch(() => undefined);
      // Whoever is second finds the game over.
      await game.call("room:leave", { room_id }).catch(() => undefined);
      await user.action("match ends", () => over).catch(() => undefined);
    }
  },
});
