import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { rockPaperScissors } from "../../examples/write-a-game/rock-paper-scissors.ts";
import { gameContract } from "../../namespaces/game/index.ts";
import { onEachSetup } from "../support/app.ts";

const root = path.resolve(import.meta.dirname, "../..");

describe("the game of docs/write-a-game.md", () => {
  it("stands in one file, which the document shows word for word", () => {
    const source = readFileSync(path.join(root, "examples/write-a-game/rock-paper-scissors.ts"), "utf8");
    const document = readFileSync(path.join(root, "docs/write-a-game.md"), "utf8");
    assert.ok(
      document.includes(source.trim().replace("../../server/index.ts", "muster-server")),
      "docs/write-a-game.md shows another game than the example's",
    );
    const imports = [...source.matchAll(/from "([^"]+)"/g)].map((match) => match[1]);
    assert.deepEqual(imports, ["../../server/index.ts"]);
  });

  onEachSetup((setup) => {
    it("is played by real clients: hands hidden until both are shown, a time-out, an end, a rematch", async () => {
      const app = await setup.start({ app: { games: [rockPaperScissors] }, random: { int: (min) => min } });
      const ann = await app.connect(gameContract, "ann");
      const bob = await app.connect(gameContract, "bob", { worker: 1 });
      const { room } = await ann.call("room:create", { game: "rock-paper-scissors" });
      const { room_id } = room;
      await bob.call("room:join", { room_id });
      await ann.call("room:start", { room_id });
      for (const one of [ann, bob]) await one.next("game_started");
      const show = (who: typeof ann, hand: string) =>
        who.call("game:action", { room_id, action: "show", args: { hand } });

      await show(ann, "paper");
      const hidden = await bob.next("game_state");
      assert.deepEqual((hidden.state as { shown: unknown }).shown, [{ user_id: "ann" }]);
      const twice = { room_id, action: "show", args: { hand: "rock" } };
      assert.equal((await ann.refused("game:action", twice)).code, "not_your_turn");
      const none = { room_id, action: "show", args: { hand: "lizard" } };
      assert.equal((await bob.refused("game:action", none)).code, "invalid_payload");
      await show(bob, "rock");
      const [round] = (await ann.next("game_state", (p) => p.version === 3)).events as { winner: string }[];
      assert.equal(round?.winner, "ann");

      await show(ann, "paper");
      await app.advance(15_500);
      await app.runDue();
      const { result } = await bob.next("game_ended");
      assert.deepEqual((result as { winners: string[] }).winners, ["ann"]);

      for (const one of [ann, bob]) await one.call("room:rematch", { room_id });
      for (const one of [ann, bob]) await one.next("game_started");
      await bob.call("room:leave", { room_id });
      await ann.next("game_ended");
    });
  });
});
