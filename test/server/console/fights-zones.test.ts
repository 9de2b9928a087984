import assert from "node:assert/strict";
import { combatContract } from "../../../namespaces/combat/index.ts";
import { worldContract } from "../../../namespaces/world/index.ts";
import { onEachSetup } from "../../support/app.ts";
import { until } from "../../support/until.ts";
import { asked, type Items, logIn, look, pages, startWith, VIEWER } from "./support.ts";

interface ShownFight {
  readonly fight: { readonly phase: string; readonly moves: number; readonly participants: Items };
  readonly actor: string | null;
  readonly views: readonly {
    readonly user_id: string | null;
    readonly state: { readonly view: object; readonly legal: Items };
  }[];
}

const PARTICIPANTS = [
  { id: "ann", kind: "player" as const, team: 1 },
  { id: "bob", kind: "player" as const, team: 2 },
  { id: "wolf", kind: "monster" as const, team: 2 },
];

onEachSetup((setup) => {
  describe("the console shows", () => {
    it("fights as each player sees them, and their moves one after the other", async () => {
      const app = await startWith(setup);
      const token = await logIn(app, VIEWER);
      const ann = await app.connect(combatContract, "ann");
      const bob = await app.connect(combatContract, "bob", { worker: 1 });
      const { combat_session_id: id } = await ann.call("combat_create", { participants: PARTICIPANTS });
      const { fights } = await look<{ fights: Items }>(app, token, "users/ann");
      assert.deepEqual(
        fights.map((fight) => [fight.combat_session_id, fight.phase]),
        [[id, "waiting"]],
      );
      for (const player of [ann, bob]) await player.call("combat_join", { combat_session_id: id });
      const listed = await pages(app, token, "fights?limit=1", "fights");
      assert.deepEqual(
        listed.map((fight) => [fight.combat_session_id, fight.phase]),
        [[id, "running"]],
      );

      const before = await look<ShownFight>(app, token, `fights/${id}`);
      const players = { ann, bob };
      const actor = before.actor as "ann" | "bob";
      assert.deepEqual(
        before.views.map(({ user_id }) => user_id),
        ["ann", "bob", null],
      );
      const moves = Object.fromEntries(before.views.map((one) => [one.user_id, one.state.legal.length]));
      assert.ok((moves[actor] ?? 0) > 0, "whose turn it is may move");
      assert.equal(moves[actor === "ann" ? "bob" : "ann"], 0);
      const theirs = await players[actor].call("combat_state", { combat_session_id: id });
      assert.deepEqual(before.views.find(({ user_id }) => user_id === actor)?.state.view, theirs.state.view);

      const [move] = theirs.state.legal;
      assert.ok(move);
      await players[actor].call("combat_action", { combat_session_id: id, ...move });
      const after = await look<ShownFight>(app, token, `fights/${id}`);
      const log = await pages(app, token, `fights/${id}/log?limit=200&as=${actor}`, "steps");
      assert.equal(log.length, after.fight.moves);
      assert.deepEqual([log.at(-1)?.seq, typeof log[0]?.at], [after.fight.moves, "string"]);
      const own = after.views.find(({ user_id }) => user_id === actor)?.state.view;
      assert.deepEqual(log.at(-1)?.state, own, "played again, it is what the player sees");
      const rest = await look<{ steps: Items; last: number }>(app, token, `fights/${id}/log?after=1&limit=1`);
      assert.ok(rest.steps.every(({ seq, state }) => seq === 2 && state === undefined));

      for (const path of ["fights/none", "fights/none/log", `fights/${"x".repeat(300)}`])
        assert.equal((await asked(app, token, path)).status, 404, path);
    });

    it("zones with their players and entities, and which worker keeps what", async () => {
      const app = await startWith(setup);
      const token = await logIn(app, VIEWER);
      const ann = await app.connect(worldContract, "ann", { claims: { name: "Ann <b>" } });
      const bob = await app.connect(worldContract, "bob", { worker: 1 });
      const svc = await app.connect(worldContract, "svc", { claims: { roles: ["service"] } });
      const zone = "north/of the wall";
      for (const [at, client] of [ann, bob, svc].entries()) await client.call("enter", { zone, x: at, y: 2 });
      await ann.call("entity_spawn", { entity_id: "axe", kind: "tool", x: 1, y: 1, data: { sharp: true } });
      await svc.call("entity_spawn", { entity_id: "tree", kind: "tree", x: 3, y: 3, persistent: true });
      const path = `zones/${encodeURIComponent(zone)}`;
      const [one, ...others] = await pages(app, token, "zones?limit=1", "zones");
      assert.deepEqual([one?.zone, one?.players, one?.workers], [zone, 3, app.workers.length]);
      assert.equal(others.length, 0);
      // The other worker hears of the persistent entity by the bus.
      await until(
        "both entities are there",
        async () => (await look<{ entities: number }>(app, token, path)).entities === 2,
      );
      const shown = await look<{ players: number; viewers: number; workers: Items }>(app, token, path);
      assert.deepEqual([shown.players, shown.viewers], [3, 3]);
      assert.deepEqual(
        shown.workers.map(({ worker }) => worker),
        app.workers.map(({ worker }) => worker).sort(),
      );
      const players = await pages(app, token, `${path}/players?limit=1`, "players");
      assert.deepEqual(
        players.map(({ user_id, x, worker }) => [user_id, x, worker]),
        [
          ["ann", 0, app.workers[0]?.worker],
          ["bob", 1, app.workers.at(-1)?.worker],
          ["svc", 2, app.workers[0]?.worker],
        ],
      );
      const entities = await pages(app, token, `${path}/entities?limit=1`, "entities");
      assert.deepEqual(
        entities.map(({ entity_id, owner, persistent, data }) => [entity_id, owner, persistent, data]),
        [
          ["axe", "ann", false, { sharp: true }],
          ["tree", "svc", true, undefined],
        ],
      );
      const [where] = await pages(app, token, "connections?user=bob&namespace=/world", "connections");
      assert.equal(where?.zone, zone);
      assert.equal((await asked(app, token, "zones/nowhere")).status, 404);
      assert.deepEqual(await pages(app, token, "zones/nowhere/players?limit=1", "players"), []);
    });
  });
});
