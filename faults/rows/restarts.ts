/** The embedded store: kill -9 of its one process and a start again, in the middle of everything. */
import { setTimeout as delay } from "node:timers/promises";
import { addVerdicts } from "../checker.ts";
import { converse } from "../conversation.ts";
import { checkEffects, type Effect } from "../effects.ts";
import { ms, percentile } from "../figures.ts";
import type { Row, RowContext } from "../row.ts";
import { openStage } from "../stage.ts";
import { until } from "../waiting.ts";
import { device } from "./once.ts";

export const embeddedRestart: Row = {
  id: "embedded",
  title: "kill -9 and restart of the embedded server in a game, a turn, a queue and a chat",
  async run({ draws, quick, progress }: RowContext) {
    // The same two are matched again and again, and their games go on.
    const modes = { beside: { game: "dash-dice", concurrent: true } };
    const stage = await openStage({
      store: "embedded",
      env: { RETENTION_MAX_LENGTH: "1000000", MATCHMAKING_MODES: JSON.stringify(modes) },
    });
    const [worker] = stage.workers;
    const [ann, bob] = ["ann", "bob"].map((name) => device(stage, name, worker?.url));
    try {
      if (!worker || !ann || !bob) throw new Error("a worker is needed");
      const effects: Effect[] = [];
      const restarts: number[] = [];
      const restart = async () => {
        await worker.end("SIGKILL");
        const startedAt = performance.now();
        await worker.start();
        restarts.push(performance.now() - startedAt);
      };

      // A game in its middle.
      const { room } = await ann.in("/game").call("room:create", { game: "dash-dice" });
      const room_id = room.room_id;
      await bob.in("/game").call("room:join", { room_id });
      await ann.in("/game").call("room:start", { room_id });
      const before = await ann.in("/game").call("room:state", { room_id });
      await restart();
      const after = await ann.in("/game").call("room:state", { room_id });
      const same =
        JSON.stringify(before.state) === JSON.stringify(after.state) && before.version === after.version;
      const onTurn = (after.state as { turn: string }).turn === "ann" ? ann : bob;
      const rolled = await onTurn.in("/game").call("game:action", { room_id, action: "roll", args: {} });
      effects.push({ id: "game", answers: ["started"], effects: same ? rolled.version - after.version : 0 });
      progress("the game goes on");

      // A turn of a fight that ends by time, after the restart.
      const timeouts: number[] = [];
      bob.in("/combat").on("combat_timeout", ({ turn }) => timeouts.push(turn));
      const { combat_session_id } = await ann.in("/combat").call("combat_create", {
        participants: ["ann", "bob"].map((id, team) => ({ id, kind: "player" as const, team })),
        turn_seconds: 4,
      });
      for (const muster of [ann, bob]) await muster.in("/combat").call("combat_join", { combat_session_id });
      const fight = await ann.in("/combat").call("combat_state", { combat_session_id });
      await restart();
      const moved = async () =>
        (await ann.in("/combat").call("combat_state", { combat_session_id })).state.turn > fight.state.turn;
      await until("the turn has ended by time", moved, 15_000);
      effects.push({
        id: "turn",
        answers: ["due"],
        effects: Math.max(1, timeouts.filter((turn) => turn === fight.state.turn).length),
      });
      progress("the turn went on");

      // A queue: the ticket is there, and is matched with one who comes later.
      const found: string[] = [];
      for (const muster of [ann, bob])
        muster.in("/matchmaking").on("match_found", ({ match_id }) => found.push(match_id));
      await ann.in("/matchmaking").call("queue_join", { game_mode: "beside" });
      await restart();
      await bob.in("/matchmaking").call("queue_join", { game_mode: "beside" });
      await until("both are matched", () => found.length >= 2, 20_000);
      effects.push({
        id: "queue",
        answers: ["queued"],
        effects: new Set(found).size === 1 && found.length === 2 ? 1 : found.length,
      });
      for (let round = 0; round < (quick ? 2 : 10); round++) {
        found.length = 0;
        await ann.in("/matchmaking").call("queue_join", { game_mode: "beside" });
        const joined = bob.in("/matchmaking").call("queue_join", { game_mode: "beside" });
        // While the match forms.
        await delay(draws.below(20));
        await restart();
        await joined;
        await until("both are matched", () => found.length >= 2, 20_000);
        effects.push({
          id: `forming ${round}`,
          answers: ["queued"],
          effects: new Set(found).size === 1 && found.length === 2 ? 1 : found.length,
        });
      }
      progress("the queue went on");

      const kills = quick ? 1 : 5;
      const { verdict, acknowledged } = await converse(stage, {
        draws,
        users: quick ? 10 : 60,
        perChannel: 5,
        messages: quick ? 400 : 10_000,
        withinMs: 60_000,
        ...(quick ? { perSecond: 150 } : {}),
        urlOf: () => worker.url,
        async during() {
          for (let at = 0; at < kills; at++) {
            await delay(500 + draws.below(1_500));
            await restart();
          }
        },
      });
      return {
        verdict: addVerdicts([checkEffects(effects), verdict]),
        figures: `${acknowledged} messages acknowledged, ${restarts.length} times kill -9, up again within ${ms(percentile(restarts, 1))}`,
        problems: [],
      };
    } finally {
      for (const muster of [ann, bob]) muster?.close();
      await stage.close();
    }
  },
};
