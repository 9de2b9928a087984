/**
 * The text RPG's manager. Its FastAPI integration and its pytest lines belong to its own server. A browser's WebSocket takes no
 * headers: its second way of authentication is run with `ws`, whose third argument has them.
 */
import assert from "node:assert/strict";
import { combatContract } from "../../namespaces/combat/schema.ts";
import { gameContract } from "../../namespaces/game/schema.ts";
import { loadConfig } from "../../server/config/index.ts";
import { startEmbedded } from "../support/app.ts";
import { type Json, openPlain } from "../support/plain.ts";
import { curl, endSeeds, printed, quoted, runInNode, typed, wsUrl } from "./support.ts";

const ADDRESS = "ws://localhost:8000";
const TOKEN = "your_jwt_token";
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;

describe("the text RPG's manager document", () => {
  afterEach(endSeeds);

  it("its client connects to the game and the chat channel with its token", async () => {
    const app = await startEmbedded();
    const code = quoted("s2-client.js", { [ADDRESS]: wsUrl(app.url), [TOKEN]: app.token("ann") });
    const { lines, frames } = await runInNode(
      `${code}\nchatSocket.onopen = () => chatSocket.send('{"type":"ping"}'); chatSocket.onmessage = () => {};`,
    );
    const [, welcome] = await lines.next("welcome", (line) => {
      return printed("Game event:")(line) && (line[1] as Json).type === "welcome";
    });
    assert.equal(((welcome as Json).user as Json).user_id, "ann");
    await frames.next("chat's pong", typed("pong"));
  });

  it("its token is taken in the query and in the header", async () => {
    const app = await startEmbedded();
    const replace = { [ADDRESS]: wsUrl(app.url), [TOKEN]: app.token("ann") };
    const both = quoted("s2-auth.js", {
      ...replace,
      "// Token in headers": "const first = socket;\n// Token in headers",
    });
    // The document declares `socket` twice, once for each way.
    const [query = "", header = ""] = both.split("const first = socket;");
    for (const code of [query, header]) {
      const { frames, sockets } = await runInNode(
        `${code}\nsocket.onopen = () => socket.send('{"type":"ping"}');`,
      );
      await frames.next("pong", typed("pong"));
      assert.equal(sockets.length, 1);
    }
  });

  it("chat and combat need a token, game and world take anonymous connections", async () => {
    const app = await startEmbedded();
    for (const path of ["/ws/chat", "/ws/combat"])
      assert.equal((await openPlain(app.url, path).closed).code, 4401, path);
    for (const path of ["/ws/game", "/ws/world"])
      assert.equal((await openPlain(app.url, path).call("ping")).ok, true, path);
  });

  it("its game channel tells of achievements and announcements", async () => {
    const app = await startEmbedded({ env: { API_KEY: "a key of the tests, long enough" } });
    const ann = openPlain(app.url, "/ws/game", { query: { token: app.token("ann") } });
    await ann.next("welcome");
    const post = (body: object) =>
      curl(
        ...["-X", "POST", `${app.url}/api/websocket`, "-H", "Content-Type: application/json"],
        ...["-H", "Authorization: Bearer a key of the tests, long enough", "-d", JSON.stringify(body)],
      );
    await post({
      user_id: "ann",
      namespace: "/game",
      message_type: "achievement",
      data: { user_id: "ann", achievement: "first_kill" },
    });
    const { type, user_id, achievement, timestamp } = await ann.next("achievement");
    assert.deepEqual([type, user_id, achievement], ["achievement", "ann", "first_kill"]);
    assert.match(String(timestamp), ISO);
    const service = await app.connect(gameContract, "gm", { claims: { roles: ["service"] } });
    await service.raw("announcement", { message: "maintenance at noon", level: "info" });
    assert.equal((await ann.next("announcement")).message, "maintenance at noon");
  });

  it("its chat frame goes out and comes back with user, user_id, content, channel and timestamp", async () => {
    const app = await startEmbedded();
    const ann = openPlain(app.url, "/ws/chat", { query: { token: app.token("ann", { name: "Ann" }) } });
    const bob = openPlain(app.url, "/ws/chat", { query: { token: app.token("bob") } });
    assert.equal((await bob.call("ping")).ok, true);
    ann.send({
      type: "chat_message",
      user: "username",
      user_id: "ann",
      content: "Hello world!",
      channel: "global",
      timestamp: "2025-06-06T16:00:00Z",
    });
    const frame = await bob.next("chat_message");
    assert.deepEqual(
      [frame.user, frame.user_id, frame.content, frame.channel],
      ["Ann", "ann", "Hello world!", "global"],
    );
    assert.match(String(frame.timestamp), ISO);
    ann.send({ type: "typing", channel: "global", typing: true });
    assert.equal((await bob.next("typing")).user_id, "ann");
    const history = await bob.call("history", { channel: "global" });
    assert.equal((history.messages as Json[]).length, 1);
  });

  it("its combat frame acts in a fight that Socket.IO began", async () => {
    const app = await startEmbedded();
    const bob = await app.connect(combatContract, "bob");
    const ann = openPlain(app.url, "/ws/combat", { query: { token: app.token("ann") } });
    assert.equal((await ann.call("ping")).ok, true);
    const { combat_session_id } = await bob.call("combat_create", {
      participants: [
        { id: "ann", kind: "player", team: "heroes" },
        { id: "bob", kind: "player", team: "heroes" },
        { id: "monster_id", kind: "monster", team: "beasts" },
      ],
    });
    assert.equal((await ann.next("combat_invite")).combat_session_id, combat_session_id);
    await bob.call("combat_join", { combat_session_id });
    assert.equal((await ann.call("combat_join", { combat_session_id })).ok, true);
    await ann.next("combat_started");
    for (
      let actor = (await ann.next("combat_turn")).actor;
      actor !== "ann";
      actor = (await ann.next("combat_turn")).actor
    )
      if (actor === "bob")
        await bob.call("combat_action", { combat_session_id, action: "attack", target: "monster_id" });
    ann.send({
      type: "combat_action",
      user_id: "ann",
      action: "attack",
      target: "monster_id",
      combat_session_id,
    });
    const result = await bob.next("combat_result", ({ actor }) => actor === "ann");
    assert.deepEqual([result.action, result.target], ["attack", "monster_id"]);
  });

  it("its world frame enters, moves, and is seen in the same form", async () => {
    const app = await startEmbedded();
    const [ann, bob] = ["ann", "bob"].map((user) =>
      openPlain(app.url, "/ws/world", { query: { token: app.token(user) } }),
    );
    assert.ok(ann && bob);
    assert.equal((await bob.call("enter", { zone: "starter_town", x: 100, y: 200 })).ok, true);
    const at = (x: number) => ({
      type: "player_movement",
      user_id: "ann",
      x,
      y: 200.3,
      zone: "starter_town",
    });
    ann.send({ ...at(100.5), timestamp: "2025-06-06T16:00:00Z" });
    assert.equal((await bob.next("player_entered")).user_id, "ann");
    ann.send(at(101));
    const moved = await bob.next("player_movement", ({ x }) => x === 101);
    assert.deepEqual([moved.user_id, moved.x, moved.y, moved.zone], ["ann", 101, 200.3, "starter_town"]);
    assert.match(String(moved.timestamp), ISO);
  });

  it("its curl lines answer", async () => {
    const app = await startEmbedded();
    assert.equal((await curl(`${app.url}/api/v1/websocket/health`)).status, "healthy");
    const metrics = await curl(`${app.url}/api/v1/websocket/metrics`);
    assert.equal(typeof metrics, "object");
  });

  it("its settings are taken: heartbeat, cleanup and time-out as bare seconds", () => {
    const env = {
      WEBSOCKET_HEARTBEAT_INTERVAL: "30",
      WEBSOCKET_CLEANUP_INTERVAL: "60",
      WEBSOCKET_CONNECTION_TIMEOUT: "120",
    };
    const { config, warnings } = loadConfig({ cwd: import.meta.dirname, env });
    const { pingIntervalMs, pongWaitMs } = config.websocket;
    assert.deepEqual([pingIntervalMs, pongWaitMs], [30_000, 120_000]);
    assert.match(warnings.join(), /^WEBSOCKET_CLEANUP_INTERVAL has no effect/);
  });
});
