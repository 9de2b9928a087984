/** That settings of namespaces have their effect: through a started application, from the environment and from YAML. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Check } from "typebox/value";
import { parse } from "yaml";
import { chatContract } from "../../namespaces/chat/index.ts";
import { combatContract } from "../../namespaces/combat/index.ts";
import { gameContract } from "../../namespaces/game/index.ts";
import { matchmakingContract } from "../../namespaces/matchmaking/schema.ts";
import { worldContract } from "../../namespaces/world/index.ts";
import { ConfigError, loadConfig } from "../../server/config/index.ts";
import { infoOf } from "../../server/config/setting.ts";
import { SETTINGS } from "../../server/config/settings/index.ts";
import { fieldOf, SETTING_PATHS, settingAt } from "../../server/config/tree.ts";
import { closeAll, type StartOptions, startEmbedded, type TestApp } from "../support/app.ts";

const ogre = { id: "ogre", kind: "monster" as const, team: "monsters" };
const ann = { id: "ann", kind: "player" as const, team: "heroes" };
const bob = { id: "bob", kind: "player" as const, team: "others" };
const NOWHERE = { x: 0, y: 0 };

async function enter(options: StartOptions, zone: string) {
  const app = await startEmbedded(options);
  const client = await app.connect(worldContract, "ann");
  return { app, client, entered: await client.call("enter", { zone, ...NOWHERE }) };
}

const problemsOf = (env: Record<string, string>): readonly string[] => {
  try {
    loadConfig({ env, cwd: import.meta.dirname });
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown.problems;
    throw thrown;
  }
  return [];
};

describe("settings of /world", () => {
  afterEach(closeAll);

  it("WORLD_TICK_HZ and WORLD_VIEW_DISTANCE are told to who enters, and hold", async () => {
    const env = { WORLD_TICK_HZ: "50", WORLD_VIEW_DISTANCE: "30" };
    const { app, entered } = await enter({ env }, "town");
    assert.deepEqual([entered.tick_ms, entered.view_distance], [20, 30]);
    const far = await app.connect(worldContract, "bob");
    const near = await app.connect(worldContract, "cid");
    const seen = await far.call("enter", { zone: "town", x: 100, y: 0 });
    assert.deepEqual(seen.players, []);
    const around = await near.call("enter", { zone: "town", x: 10, y: 0 });
    assert.deepEqual(
      around.players.map(({ user_id }) => user_id),
      ["ann"],
    );
  });

  it("speed_limit and credit: who is faster is put back, and 0 is no limit", async () => {
    const yaml = "world: { speed_limit: 5, credit: 1s, zones: { track: { speed_limit: 0 } } }";
    const { client } = await enter({ yaml }, "town");
    assert.equal((await client.call("player_movement", { x: 4, y: 0 })).corrected, undefined);
    assert.equal((await client.call("player_movement", { x: 400, y: 0 })).corrected, true);
    await client.call("enter", { zone: "track", ...NOWHERE });
    assert.equal((await client.call("player_movement", { x: 400, y: 0 })).corrected, undefined);
  });

  it("WORLD_CREDIT: a position that comes late is made up for", async () => {
    const { client } = await enter({ env: { WORLD_SPEED_LIMIT: "5", WORLD_CREDIT: "60s" } }, "town");
    assert.equal((await client.call("player_movement", { x: 200, y: 0 })).corrected, undefined);
  });

  it("WORLD_REMEMBER=0: a player enters anywhere; else where it was counts", async () => {
    for (const [remember, x] of [
      ["0", 900],
      ["10m", 0],
    ] as const) {
      const { client } = await enter({ env: { WORLD_REMEMBER: remember } }, "town");
      await client.call("leave", {});
      const again = await client.call("enter", { zone: "town", x: 900, y: 0 });
      assert.ok(Math.abs(again.x - x) < 100, `${remember}: ${again.x}`);
    }
  });

  it("zones from YAML have settings of their own, and only they exist with only_named_zones", async () => {
    const yaml = [
      "world:",
      "  view_distance: 50",
      "  max_players: 1",
      "  only_named_zones: true",
      "  zones:",
      "    arena: { view_distance: 40 }",
      "    ruin: { closed: true }",
    ].join("\n");
    const { app, entered, client } = await enter({ yaml }, "arena");
    assert.equal(entered.view_distance, 40);
    const other = await app.connect(worldContract, "bob");
    assert.equal((await other.refused("enter", { zone: "arena", ...NOWHERE })).code, "room_full");
    assert.equal((await client.refused("enter", { zone: "ruin", ...NOWHERE })).code, "forbidden");
    assert.equal((await client.refused("enter", { zone: "town", ...NOWHERE })).code, "not_found");
  });

  it("zones and closed from the environment", async () => {
    const env = { WORLD_CLOSED: "true", WORLD_ZONES: '{"open":{"closed":false,"max_players":3}}' };
    const { client } = await enter({ env }, "open");
    assert.equal((await client.refused("enter", { zone: "town", ...NOWHERE })).code, "forbidden");
  });

  it("mistakes within zones are told each, with what was meant", () => {
    assert.deepEqual(problemsOf({ WORLD_ZONES: '{"a":{"view_distanc":1},"b":{"max_players":-1},"c":5}' }), [
      "a.view_distanc of WORLD_ZONES is not a setting; did you mean view_distance?",
      "b.max_players of WORLD_ZONES is not a whole number from 0 to 1000000",
      "c of WORLD_ZONES is not an object with view_distance, speed_limit, credit, remember, max_players, far_half_rate, closed",
    ]);
    assert.match(problemsOf({ WORLD_ZONES: "{" })[0] ?? "", /^WORLD_ZONES: "\{" is not zones by name/);
    assert.match(problemsOf({ WORLD_TICK_HZ: "0" })[0] ?? "", /is not a number from 0.1 to 100/);
  });

  it("max_entities_per_user and max_persistent_per_zone", async () => {
    const env = { WORLD_MAX_ENTITIES_PER_USER: "1", WORLD_MAX_PERSISTENT_PER_ZONE: "1" };
    const { app, client } = await enter({ env }, "town");
    const tree = (entity_id: string) => ({ entity_id, kind: "tree", ...NOWHERE });
    await client.call("entity_spawn", tree("a"));
    const refused = await client.refused("entity_spawn", tree("b"));
    assert.ok(!["internal", "invalid_payload"].includes(refused.code), refused.code);
    const service = await app.connect(worldContract, "keeper", { claims: { roles: ["service"] } });
    await service.call("enter", { zone: "town", ...NOWHERE });
    await service.call("entity_spawn", { ...tree("c"), persistent: true });
    const full = await service.refused("entity_spawn", { ...tree("d"), persistent: true });
    assert.ok(!["internal", "invalid_payload"].includes(full.code), full.code);
  });

  it("options of createApp go before", async () => {
    const app = { world: { tickMs: 40, zones: { town: { viewDistance: 12 } } } };
    const { entered } = await enter({ env: { WORLD_TICK_HZ: "50" }, app }, "town");
    assert.deepEqual([entered.tick_ms, entered.view_distance], [40, 12]);
  });
});

describe("settings of /combat", () => {
  afterEach(closeAll);

  const fight = async (app: TestApp) => {
    const client = await app.connect(combatContract, "ann");
    const { combat_session_id } = await client.call("combat_create", { participants: [ann, ogre] });
    await client.call("combat_join", { combat_session_id });
    const { deadline } = await client.next("combat_turn");
    return { client, combat_session_id, turnMs: Date.parse(deadline) - app.now() };
  };
  const env = { COMBAT_TURN_TIME: "5m", COMBAT_JOIN_TIME: "2m", COMBAT_KEEP_ENDED: "1m" };

  it("COMBAT_TURN_TIME: a turn takes as long, and createApp's turnSeconds goes before", async () => {
    const { turnMs } = await fight(await startEmbedded({ env }));
    assert.ok(turnMs > 270_000 && turnMs <= 300_000, `${turnMs}`);
    const own = await fight(await startEmbedded({ env, app: { combat: { turnSeconds: 100 } } }));
    assert.ok(own.turnMs > 70_000 && own.turnMs <= 100_000, `${own.turnMs}`);
  });

  it("COMBAT_JOIN_TIME: a fight waits as long for its players", async () => {
    const app = await startEmbedded({ env });
    const client = await app.connect(combatContract, "ann");
    const { state } = await client.call("combat_create", { participants: [ann, bob] });
    const waitMs = Date.parse(state.deadline ?? "") - app.now();
    assert.ok(waitMs > 90_000 && waitMs <= 120_000, `${waitMs}`);
  });

  it("COMBAT_FORFEIT_AFTER=1 and COMBAT_KEEP_ENDED: one turn let pass ends the fight, which is forgotten then", async () => {
    const app = await startEmbedded({ env: { ...env, COMBAT_TURN_TIME: "10s", COMBAT_FORFEIT_AFTER: "1" } });
    const { client, combat_session_id } = await fight(app);
    await app.advance(10_001);
    await app.runDue();
    await client.next("combat_ended");
    await client.call("combat_state", { combat_session_id });
    await app.advance(61_000);
    assert.equal((await client.refused("combat_state", { combat_session_id })).code, "not_found");
  });
});

describe("settings of matchmaking, games and chat", () => {
  afterEach(closeAll);

  const inviteTwo = async (options: StartOptions) => {
    const app = await startEmbedded(options);
    const [leader, second] = await Promise.all([
      app.connect(matchmakingContract, "ann"),
      app.connect(matchmakingContract, "bob"),
    ]);
    const { party } = await leader.call("party_create", {});
    await leader.call("party_invite", { user_id: "bob" });
    await second.call("party_join", { party_id: party.party_id });
    return { leader, size: party.max_size };
  };

  it("MATCHMAKING_MAX_PARTY_SIZE=2 refuses a third", async () => {
    const { leader, size } = await inviteTwo({ env: { MATCHMAKING_MAX_PARTY_SIZE: "2" } });
    assert.equal(size, 2);
    assert.equal((await leader.refused("party_invite", { user_id: "cid" })).code, "room_full");
  });

  it("createApp's maxPartySize goes before", async () => {
    const { leader } = await inviteTwo({
      yaml: "matchmaking: { max_party_size: 2 }",
      app: { matchmaking: { maxPartySize: 3 } },
    });
    await leader.call("party_invite", { user_id: "cid" });
  });

  it("GAME_DEFAULT_GAME is the game of a room that names none, and must be there", async () => {
    const app = await startEmbedded({ env: { GAME_DEFAULT_GAME: "goofspiel" } });
    const client = await app.connect(gameContract, "ann");
    assert.equal((await client.call("room:create", {})).room.game, "goofspiel");
    await assert.rejects(startEmbedded({ env: { GAME_DEFAULT_GAME: "chess" } }), /chess is not among/);
  });

  it("GAME_ENDED_ROOM: a room is kept as long after its game", async () => {
    const app = await startEmbedded({ env: { GAME_ENDED_ROOM: "20s" } });
    const owner = await app.connect(gameContract, "ann");
    const guest = await app.connect(gameContract, "bob");
    const { room_id } = (await owner.call("room:create", { game: "dash-dice" })).room;
    await guest.call("room:join", { room_id });
    await owner.call("room:start", { room_id });
    await guest.call("room:leave", { room_id });
    await owner.next("game_ended");
    await owner.call("room:state", { room_id });
    await app.advance(21_000);
    await app.runDue();
    assert.equal((await owner.refused("room:state", { room_id })).code, "not_found");
  });

  it("CHAT_TYPING_TIME: who does not say so again types no longer", async () => {
    const app = await startEmbedded({ env: { CHAT_TYPING_TIME: "300ms" } });
    const [typist, reader] = await Promise.all([
      app.connect(chatContract, "ann"),
      app.connect(chatContract, "bob"),
    ]);
    const startedAt = performance.now();
    await typist.call("typing", { channel: "global", typing: true });
    await reader.next("typing", ({ typing }) => typing);
    await reader.next("typing", ({ typing }) => !typing);
    // Six seconds without the setting.
    assert.ok(performance.now() - startedAt < 4_000);
  });
});

describe("the tree of settings", () => {
  it("puts each setting at a field of its own", () => {
    const fields = SETTING_PATHS.map(fieldOf);
    assert.equal(new Set(fields).size, fields.length);
  });

  it("has a description for each, and a schema that takes its default and its example", () => {
    for (const path of SETTING_PATHS) {
      const { type, about } = settingAt(path);
      assert.ok(about.description.length > 5, path);
      for (const value of [about.default, about.example])
        if (value !== undefined) {
          assert.ok(Check(type.written, value), `${path}: ${JSON.stringify(value)}`);
          assert.notEqual(type.read(value), undefined, path);
        }
    }
  });

  it("is a schema by which an editor takes the example file, and refuses unknown names and wrong values", () => {
    const schema: unknown = JSON.parse(readFileSync("docs/reference/config.schema.json", "utf8"));
    const takes = (value: unknown) => Check(schema as typeof SETTINGS, value);
    const example: unknown = parse(readFileSync("config.example.yaml", "utf8"));
    assert.ok(takes(example));
    assert.ok(
      takes({ world: { zones: { a: { view_distance: 3 } } }, rate_limits: { events: { roll: "5/1s" } } }),
    );
    for (const wrong of [
      { websocket: { prot: 1 } },
      { lgo: {} },
      { log: { level: "loud" } },
      { websocket: { ping_interval: "soon" } },
      { world: { zones: { a: { speed: 1 } } } },
      { rate_limits: { user: { max: 1 } } },
    ])
      assert.ok(!takes(wrong), JSON.stringify(wrong));
  });

  it("keeps a secret out of what is shown", () => {
    for (const path of SETTING_PATHS)
      if (/secret$|password$|api_key$/.test(path)) assert.equal(settingAt(path).about.secret, true, path);
    assert.equal(infoOf(SETTINGS), undefined);
  });
});
