/** A match whose game fails in its set-up: the players are told, and are free. */
import assert from "node:assert/strict";
import { Type } from "typebox";
import { action, defineGame } from "../../../core/games/game.ts";
import { gameContract } from "../../../namespaces/game/index.ts";
import { onEachSetup } from "../../support/app.ts";
import { logBook } from "../../support/log-book.ts";
import { connectAll } from "./clients.ts";

/** With the option its set-up throws, as a game with a mistake does for some options only. */
const brittle = defineGame<object>({
  name: "brittle",
  players: { min: 2, max: 2 },
  options: Type.Object({ broken: Type.Optional(Type.Boolean()) }),
  setup(_players, { broken }) {
    if (broken === true) throw new TypeError("a mistake of the game's");
    return {};
  },
  actions: { pass: action(Type.Object({}), (state: object) => ({ state })) },
});

const MODES =
  "matchmaking:\n  modes:\n" +
  "    broken: { game: brittle, options: { broken: true } }\n" +
  "    asked: { game: brittle, options: { broken: true }, ready_check: { accept_s: 600 } }\n";

describe("/matchmaking: a game that fails in its set-up", () => {
  onEachSetup((setup) => {
    for (const game_mode of ["broken", "asked"])
      it(`calls its match off: players are told why, and may queue again at once (${game_mode})`, async () => {
        const log = logBook("info");
        const app = await setup.start({ yaml: MODES, app: { games: [brittle] }, log });
        const users = ["ann", "bob"];
        const players = await connectAll(app, users);
        for (const player of players) await player.call("queue_join", { game_mode });
        const ids = await Promise.all(
          players.map(async (player) => {
            const { match_id } = await player.next("match_found");
            if (game_mode === "asked") await player.call("match_accept", { match_id });
            const off = await player.next("match_cancelled");
            assert.deepEqual([off.match_id, off.reason, off.requeued], [match_id, "failed", false]);
            return match_id;
          }),
        );
        assert.equal(new Set(ids).size, 1);
        assert.equal(log.of("a match's game could not begin: it is off").length, 1);
        for (const user of users) {
          const { rooms, matches } = await (await app.connect(gameContract, user)).call("room:mine", {});
          assert.deepEqual([rooms, matches], [[], []]);
        }
        for (const player of players) await player.call("queue_join", { game_mode: "classic" });
        await Promise.all(players.map((player) => player.next("game_started")));
      });
  });
});
