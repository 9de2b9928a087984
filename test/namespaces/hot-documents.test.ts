/** Many change one thing at the same moment, on both workers: each is served, or told why not, and nobody that it was too busy. */
import assert from "node:assert/strict";
import type { Contract } from "../../core/contract/contract.ts";
import { chatContract } from "../../namespaces/chat/index.ts";
import { combatContract } from "../../namespaces/combat/index.ts";
import { gameContract } from "../../namespaces/game/index.ts";
import { matchmakingContract } from "../../namespaces/matchmaking/index.ts";
import { MAX_PARTY_SIZE } from "../../namespaces/matchmaking/party/rules.ts";
import { type ConnectAs, onEachSetup, type TestApp } from "../support/app.ts";
import type { TestClient } from "../support/client.ts";

const MODES =
  "matchmaking:\n  modes:\n    crowd: { game: relay, players_per_team: 60, teams: 1, ready_check: {} }\n";

const range = (count: number) => Array.from({ length: count }, (_, at) => at);

/** Clients of so many users, by turns on one worker and the other. */
function crowd<C extends Contract>(app: TestApp, contract: C, count: number, as: ConnectAs = {}) {
  return Promise.all(
    range(count).map((at) => app.connect(contract, `user${at}`, { ...as, worker: at % 2 === 0 ? 0 : 1 })),
  );
}

/** The codes of what was refused. */
async function refusals(acks: Promise<Awaited<ReturnType<TestClient<Contract>["raw"]>>>[]) {
  return (await Promise.all(acks)).flatMap((ack) => (ack.ok ? [] : [ack.error.code]));
}

onEachSetup((setup) => {
  describe("one thing that many change at once", () => {
    it("a room: 63 join, and leave", async () => {
      const app = await setup.start();
      const [owner, ...others] = await crowd(app, gameContract, 64);
      assert.ok(owner);
      const { room } = await owner.call("room:create", { game: "relay", max_players: 64 });
      const { room_id } = room;
      const players = async () => (await owner.call("room:state", { room_id })).room.players.length;
      assert.deepEqual(await refusals(others.map((client) => client.raw("room:join", { room_id }))), []);
      assert.equal(await players(), 64);
      assert.deepEqual(await refusals(others.map((client) => client.raw("room:leave", { room_id }))), []);
      assert.equal(await players(), 1);
    });

    it("a game: a hundred actions of its owner from several tabs", async () => {
      const app = await setup.start({
        yaml: "rate_limits:\n  events:\n    game:action: { max: 1000, window: 1s }\n",
      });
      const tabs = await Promise.all(
        range(10).map((at) => app.connect(gameContract, "ann", { worker: at % 2 === 0 ? 0 : 1 })),
      );
      const { room } = await (tabs[0] ?? assert.fail()).call("room:create", { game: "relay" });
      const { room_id } = room;
      await tabs[0]?.call("room:start", { room_id });
      const actions = tabs.flatMap((tab, at) =>
        range(10).map((n) =>
          tab.raw("game:action", { room_id, action: "set", args: { state: 10 * at + n } }),
        ),
      );
      assert.deepEqual(await refusals(actions), []);
      assert.equal((await tabs[0]?.call("room:state", { room_id }))?.version, 101);
    });

    it("a channel: a hundred say something, edit it, and take it back", async () => {
      const app = await setup.start();
      const clients = await crowd(app, chatContract, 100);
      const channel = { channel: "global" };
      const said = await Promise.all(
        clients.map((client, at) => client.call("chat_message", { ...channel, content: `${at}` })),
      );
      const each = (event: string, more: object) =>
        refusals(
          clients.map((client, at) =>
            client.raw(event, { ...channel, message_id: said[at]?.message_id, ...more }),
          ),
        );
      assert.deepEqual(await each("edit", { content: "edited" }), []);
      const edited = await clients[0]?.call("history", { ...channel, before: 101, limit: 100 });
      assert.ok(edited?.messages.every((item) => "content" in item && item.content === "edited"));
      assert.deepEqual(await each("delete", {}), []);
      const deleted = await clients[0]?.call("history", { ...channel, before: 101, limit: 100 });
      assert.ok(deleted?.messages.every((item) => "deleted" in item && item.deleted === true));
    });

    it("a message: a hundred edits by its author and the moderators", async () => {
      const app = await setup.start();
      const clients = await crowd(app, chatContract, 100, { claims: { roles: ["moderator"] } });
      const channel = { channel: "global" };
      const { message_id } = await (clients[0] ?? assert.fail()).call("chat_message", {
        ...channel,
        content: "first",
      });
      const edits = clients.map((client, at) =>
        client.raw("edit", { ...channel, message_id, content: `edit ${at}` }),
      );
      assert.deepEqual(await refusals(edits), []);
      const history = (limit: number, more: object) =>
        clients[1]?.call("history", { ...channel, limit, ...more });
      const [first] = (await history(1, { before: 2 }))?.messages ?? [];
      const [last] = (await history(1, {}))?.messages ?? [];
      assert.ok(first && last && "content" in first && "content" in last);
      assert.equal(first.content, last.content);
    });

    it("a fight: all players join from several devices", async () => {
      const app = await setup.start();
      const clients = await crowd(app, combatContract, 16);
      const devices = await crowd(app, combatContract, 16);
      const participants = clients.map((_, at) => ({
        id: `user${at}`,
        kind: "player" as const,
        team: at % 2,
      }));
      const { combat_session_id } = await (clients[0] ?? assert.fail()).call("combat_create", {
        participants,
        turn_seconds: 3_600,
      });
      const joins = [...clients, ...devices].map((client) =>
        client.raw("combat_join", { combat_session_id }),
      );
      assert.deepEqual(await refusals(joins), []);
      const { state } = await (clients[0] ?? assert.fail()).call("combat_state", { combat_session_id });
      assert.equal(state.phase, "running");
    });

    it("a queue: sixty join, and accept their match", async () => {
      const app = await setup.start({ yaml: MODES });
      const clients = await crowd(app, matchmakingContract, 60);
      const joins = clients.map((client) => client.raw("queue_join", { game_mode: "crowd" }));
      assert.deepEqual(await refusals(joins), []);
      const found = await Promise.all(clients.map((client) => client.next("match_found")));
      const accepts = clients.map((client, at) =>
        client.raw("match_accept", { match_id: found[at]?.match_id }),
      );
      assert.deepEqual(await refusals(accepts), []);
      await Promise.all(clients.map((client) => client.next("game_started")));
    });

    it("a party: all who are invited join, and leave, while others try to get in", async () => {
      const app = await setup.start();
      const [leader, ...others] = await crowd(app, matchmakingContract, 51);
      assert.ok(leader);
      const { party } = await leader.call("party_create", {});
      const { party_id } = party;
      for (const at of range(MAX_PARTY_SIZE - 1))
        await leader.call("party_invite", { user_id: `user${at + 1}` });
      const codes = (event: string, input: object) =>
        refusals(others.map((client) => client.raw(event, input)));
      const strangers = others.length - (MAX_PARTY_SIZE - 1);
      const uninvited = await codes("party_join", { party_id });
      assert.deepEqual(uninvited, new Array(strangers).fill("not_found"));
      assert.equal((await codes("party_leave", {})).length, strangers);
    });

    it("a user: a hundred blocks from several tabs", async () => {
      const app = await setup.start({
        yaml: "rate_limits:\n  events:\n    block: { max: 1000, window: 1s }\n",
      });
      const tabs = await Promise.all(
        range(10).map((at) => app.connect(chatContract, "ann", { worker: at % 2 === 0 ? 0 : 1 })),
      );
      const blocks = tabs.flatMap((tab, at) =>
        range(10).map((n) => tab.raw("block", { user_id: `other${10 * at + n}` })),
      );
      assert.deepEqual(await refusals(blocks), []);
      assert.equal((await tabs[0]?.call("blocked", {}))?.user_ids.length, 100);
    });
  });
});
