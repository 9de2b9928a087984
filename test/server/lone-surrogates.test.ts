/** Half of a character (a lone surrogate) is no text: two ids with halves would be one in a store that keeps UTF-8. */
import assert from "node:assert/strict";
import type { Contract } from "../../core/contract/contract.ts";
import { chatContract } from "../../namespaces/chat/index.ts";
import { combatContract } from "../../namespaces/combat/index.ts";
import { gameContract } from "../../namespaces/game/index.ts";
import { matchmakingContract } from "../../namespaces/matchmaking/index.ts";
import { roomsContract } from "../../namespaces/rooms/index.ts";
import { worldContract } from "../../namespaces/world/index.ts";
import { closeAll, onEachSetup, startEmbedded } from "../support/app.ts";
import { codeOf, post } from "../support/http.ts";
import { closePlain, openPlain } from "../support/plain.ts";

const HALF = "a\ud83d";
const OTHER = "a\ude00";

const commands: readonly (readonly [Contract, string, string, object])[] = [
  [roomsContract, "/ws", "subscribe", { room: HALF }],
  [roomsContract, "/ws", "publish", { room: "r", data: 1, client_msg_id: HALF }],
  [roomsContract, "/ws", "publish", { room: "r", data: { deep: [{ [HALF]: 1 }] } }],
  [roomsContract, "/ws", "relay:join", { room_id: OTHER }],
  [gameContract, "/ws/game", "room:create", { name: HALF }],
  [gameContract, "/ws/game", "room:join", { room_id: HALF }],
  [gameContract, "/ws/game", "status", { status: "online", text: HALF }],
  [chatContract, "/ws/chat", "chat_message", { channel: "global", content: HALF }],
  [chatContract, "/ws/chat", "chat_message", { channel: "global", content: "a", client_msg_id: OTHER }],
  [chatContract, "/ws/chat", "chat_message", { channel: "private", to: HALF, content: "a" }],
  [chatContract, "/ws/chat", "history", { channel: `room:${HALF}` }],
  [chatContract, "/ws/chat", "block", { user_id: OTHER }],
  [combatContract, "/ws/combat", "combat_create", { participants: [{ id: HALF, kind: "player", team: 1 }] }],
  [combatContract, "/ws/combat", "combat_join", { combat_session_id: HALF }],
  [worldContract, "/ws/world", "enter", { zone: HALF, x: 0, y: 0 }],
  [worldContract, "/ws/world", "entity_spawn", { entity_id: OTHER, kind: "tree", x: 0, y: 0 }],
  [matchmakingContract, "/ws/matchmaking", "queue_join", { game_mode: HALF }],
  [matchmakingContract, "/ws/matchmaking", "queue_join", { game_mode: "classic", request_id: HALF }],
  [matchmakingContract, "/ws/matchmaking", "party_invite", { user_id: OTHER }],
];

describe("half characters", () => {
  afterEach(closePlain);

  onEachSetup((setup) => {
    it("are refused in every command, over both kinds of connection, which go on", async () => {
      const app = await setup.start();
      for (const [contract, path, event, payload] of commands) {
        const client = await app.connect(contract, "ann");
        const what = `${event} ${JSON.stringify(payload)}`;
        assert.equal((await client.refused(event, payload)).code, "invalid_payload", what);
        client.disconnect();
        const plain = openPlain(app.url, path, { query: { token: app.token("bob") } });
        const send = path === "/ws/matchmaking" ? plain.callEnveloped : plain.call;
        const { ok, error } = await send.call(plain, event, payload as Record<string, unknown>);
        assert.deepEqual([ok, (error as { code: string }).code], [false, "invalid_payload"], what);
        plain.close();
      }
    });

    it("are no reason to refuse whole ones that are written with escapes", async () => {
      const app = await setup.start();
      const plain = openPlain(app.url, "/ws", { query: { token: app.token("bob") } });
      await plain.opened();
      plain.send('{"type":"subscribe","room":"\\ud83d\\ude00","id":1}');
      assert.equal((await plain.next("ack")).ok, true);
      const ann = await app.connect(roomsContract, "ann", { worker: 1 });
      assert.equal((await ann.call("subscribe", { room: "😀" })).client_count, 2);
    });
  });

  describe("elsewhere", () => {
    afterEach(closeAll);

    it("are refused in what a client says as it connects", async () => {
      const app = await startEmbedded();
      await assert.rejects(app.connect(roomsContract, "ann", { auth: { note: HALF } }), {
        message: "invalid_payload",
      });
    });

    it("are refused beside binary values", async () => {
      const app = await startEmbedded();
      const ann = await app.connect(roomsContract, "ann");
      await ann.call("subscribe", { room: "r" });
      const data = { [HALF]: Buffer.from([1]) };
      assert.equal((await ann.refused("publish", { room: "r", data })).code, "invalid_payload");
      await ann.call("publish", { room: "r", data: Buffer.from([1]) });
    });

    it("are refused in bodies of the HTTP API", async () => {
      const app = await startEmbedded();
      const token = app.token("srv", { roles: ["service"] });
      for (const body of [
        { user_id: HALF, message_type: "hello", data: {} },
        { user_id: "ann", message_type: "hello", data: { text: OTHER }, reliable: true },
        { namespace: "/", room: HALF, message_type: "hello", data: {} },
      ]) {
        const answer = await post(`${app.url}/api/websocket`, body, { token });
        assert.deepEqual([answer.status, codeOf(answer)], [400, "invalid_payload"], JSON.stringify(body));
      }
    });
  });
});
