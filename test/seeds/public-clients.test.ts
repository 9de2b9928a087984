/**
 * Public clients of the same kinds of server say a little more, or other words, than their documents. Where nothing contradicts it, it
 * is taken: as the command that is meant, with its limits, checks and order.
 */
import assert from "node:assert/strict";
import { Type } from "typebox";
import { chatContract } from "../../namespaces/chat/schema.ts";
import { combatContract } from "../../namespaces/combat/schema.ts";
import { matchmakingContract } from "../../namespaces/matchmaking/schema.ts";
import { worldContract } from "../../namespaces/world/schema.ts";
import { defineEvent } from "../../server/custom-events.ts";
import { closeAll, onEachSetup, startEmbedded, type TestApp } from "../support/app.ts";
import { closePlain, type Json, openPlain } from "../support/plain.ts";

const LONELY = "matchmaking: { modes: { lonely: { game: dash-dice, players_per_team: 2, teams: 2 } } }";
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const last = (app: TestApp) => app.urls.at(-1) ?? "";
const enter = (app: TestApp, path: string, user: string, url = app.url) =>
  openPlain(url, path, { query: { token: app.token(user) } });

onEachSetup((setup) => {
  describe("a public matchmaking client", () => {
    afterEach(closePlain);

    it("joins by join_queue with preferences, in whole frames of its own, and is matched", async () => {
      const app = await setup.start({ env: { AUTH_MODE: "dev" } });
      const users = ["user1", "user2"].map((user, at) =>
        openPlain(app.urls[at] ?? app.url, `/ws/matchmaking?user_id=${user}`),
      );
      for (const [at, user] of users.entries())
        user.send({
          type: "join_queue",
          data: { game_mode: "classic", preferences: { region: "eu", skill_range: 100, friends: ["x"] } },
          user_id: `user${at + 1}`,
          timestamp: new Date().toISOString(),
        });
      for (const user of users) {
        await user.next("queue_joined", ({ data }) => (data as Json).ticket_id !== null);
        await user.next("match_found");
      }
    });

    it("reads its preferences: what is wrong in them is told, what stands beside them counts more", async () => {
      const app = await setup.start({ yaml: LONELY });
      const ann = enter(app, "/ws/matchmaking", "ann");
      const join = (data: Json) => ann.callEnveloped("join_queue", { game_mode: "lonely", ...data });
      const codeOf = ({ error }: Json) => (error as Json | undefined)?.code;
      for (const preferences of [{ region: 5 }, { skill: "high" }, { properties: ["x"] }])
        assert.equal(codeOf(await join({ preferences })), "invalid_payload", JSON.stringify(preferences));
      assert.equal(codeOf(await join({ preferences: { region: 5 }, region: "eu" })), undefined);
      await ann.callEnveloped("leave_queue");
      for (const preferences of ["eu", null, ["eu"], { region: "eu", anything: { else: 1 } }]) {
        assert.equal(codeOf(await join({ preferences })), undefined, JSON.stringify(preferences));
        assert.deepEqual(await ann.callEnveloped("leave_queue", { preferences }), { ok: true });
      }
    });

    it("changes what it wants by update_preferences", async () => {
      const app = await setup.start({ yaml: LONELY });
      const ann = enter(app, "/ws/matchmaking", "ann", last(app));
      assert.equal(
        ((await ann.callEnveloped("update_preferences", { region: "eu" })).error as Json).code,
        "not_queued",
      );
      await ann.callEnveloped("join_queue", { game_mode: "lonely" });
      assert.equal((await ann.callEnveloped("update_preferences", { region: "eu" })).ok, true);
      assert.equal(
        (await ann.callEnveloped("update_preferences", { preferences: { region: "us" } })).ok,
        true,
      );
      const { error } = await ann.callEnveloped("update_preferences", { preferences: { region: 5 } });
      assert.equal((error as Json).code, "invalid_payload");
    });

    it("joins and leaves at once, in either words, and is not queued afterwards", async () => {
      const app = await setup.start({ yaml: LONELY });
      const ann = enter(app, "/ws/matchmaking", "ann");
      for (const [join, leave] of [
        ["join_queue", "leave_queue"],
        ["queue_join", "leave_queue"],
        ["join_queue", "queue_leave"],
      ]) {
        ann.send({ type: join ?? "", data: { game_mode: "lonely" } });
        ann.send({ type: leave ?? "" });
        assert.equal(((await ann.next("queue_left")).data as Json).reason, "left");
      }
      assert.equal(((await ann.callEnveloped("queue_leave")).error as Json).code, "not_queued");
    });

    it("is held to one limit in both words, and told by the one it used", async () => {
      const app = await setup.start({ env: { RATE_LIMITS_EVENTS: "queue_leave=4/10s" } });
      const ann = enter(app, "/ws/matchmaking", "ann");
      const codes: unknown[] = [];
      for (const type of ["leave_queue", "queue_leave", "leave_queue", "queue_leave", "leave_queue"]) {
        ann.send({ type });
        const { data } = await ann.next("error");
        codes.push([(data as Json).event, (data as Json).code]);
      }
      assert.deepEqual(codes, [
        ["leave_queue", "not_queued"],
        ["queue_leave", "not_queued"],
        ["leave_queue", "not_queued"],
        ["queue_leave", "not_queued"],
        ["leave_queue", "rate_limited"],
      ]);
    });

    it("over Socket.IO says the same words", async () => {
      const app = await setup.start({ yaml: LONELY });
      const ann = await app.connect(matchmakingContract, "ann", { worker: 1 });
      const joined = await ann.raw("join_queue", { game_mode: "lonely", preferences: { region: "eu" } });
      assert.equal(joined.ok, true);
      assert.equal((await ann.next("queue_joined")).game_mode, "lonely");
      assert.equal((await ann.raw("update_preferences", { region: "us" })).ok, true);
      assert.equal((await ann.raw("leave_queue")).ok, true);
      assert.equal((await ann.refused("queue_leave", {})).code, "not_queued");
    });

    it("gets its ping back as a ping, and the pong of everybody", async () => {
      const app = await setup.start();
      const ann = enter(app, "/ws/matchmaking", "ann");
      ann.send({ type: "ping", timestamp: "2025-06-06T16:00:00Z", user_id: "ann" });
      const { data, timestamp } = await ann.next("ping");
      assert.deepEqual(data, { pong: true });
      assert.match(String(timestamp), ISO);
      assert.deepEqual((await ann.next("pong")).data, {});
      const bob = await app.connect(matchmakingContract, "bob");
      await bob.call("ping", {});
      await bob.nextAny("pong");
      assert.ok(!bob.log.some(({ event }) => event === "ping"));
    });
  });

  describe("a public chat client", () => {
    afterEach(closePlain);

    it("names the channel by chat_channel, and means global where it names none", async () => {
      const app = await setup.start();
      const ann = enter(app, "/ws/chat", "ann");
      const bob = await app.connect(chatContract, "bob", { worker: 1 });
      await bob.call("history", { channel: "global" });
      ann.send({ type: "chat_message", content: "to all" });
      ann.send({ type: "chat_message", content: "to all again", chat_channel: "global" });
      for (const content of ["to all", "to all again"]) {
        const message = await bob.next("chat_message");
        assert.deepEqual([message.channel, message.content, message.user_id], ["global", content, "ann"]);
      }
      assert.equal((await ann.call("chat_message", { content: "x", chat_channel: "guild" })).ok, false);
      assert.equal(
        (await ann.call("chat_message", { content: "secret", chat_channel: "private", to: "bob" })).ok,
        true,
      );
      assert.equal(
        (await bob.next("chat_message", ({ channel }) => channel === "private")).content,
        "secret",
      );
      const both = await ann.call("history", { channel: "global", chat_channel: "nowhere" });
      assert.equal(((both.messages as Json[]) ?? []).length, 2, "the field's own name counts");
    });

    it("never has a message to one user made one to all", async () => {
      const app = await setup.start();
      const ann = enter(app, "/ws/chat", "ann");
      for (const type of ["chat_message", "typing", "history"]) {
        const { error } = await ann.call(type, { to: "bob", content: "secret" });
        assert.equal((error as Json).code, "invalid_payload", type);
      }
      for (const chat_channel of [5, "", ["global"]]) {
        const { error } = await ann.call("chat_message", { content: "x", chat_channel });
        assert.equal((error as Json).code, "invalid_payload", JSON.stringify(chat_channel));
      }
    });

    it("says that it types by a bare typing", async () => {
      const app = await setup.start();
      const bob = await app.connect(chatContract, "bob", { worker: 1 });
      await bob.call("history", { channel: "global" });
      const ann = enter(app, "/ws/chat", "ann");
      await ann.call("history", { channel: "global" });
      ann.send({ type: "typing" });
      const { channel, user_id, typing } = await bob.next("typing");
      assert.deepEqual([channel, user_id, typing], ["global", "ann", true]);
      ann.send({ type: "typing", chat_channel: "global", typing: false });
      assert.equal((await bob.next("typing")).typing, false);
      assert.equal(((await ann.call("typing", { typing: "yes" })).error as Json).code, "invalid_payload");
    });

    it("who moderates by chat_channel acts there, not everywhere", async () => {
      const app = await setup.start();
      const staff = await app.connect(chatContract, "staff", { claims: { roles: ["moderator"] } });
      const ann = await app.connect(chatContract, "ann", { worker: 1, claims: { guild_id: "g" } });
      assert.equal((await staff.raw("mute", { user_id: "ann", chat_channel: "global" })).ok, true);
      assert.equal((await ann.refused("chat_message", { channel: "global", content: "x" })).code, "muted");
      await ann.call("chat_message", { channel: "guild", content: "heard" });
    });

    it("catches up by cursors with chat_channel", async () => {
      const app = await setup.start();
      const ann = await app.connect(chatContract, "ann");
      const { epoch, offset } = await ann.call("chat_message", { channel: "global", content: "one" });
      await ann.call("chat_message", { channel: "global", content: "two" });
      const synced = (await ann.raw("sync", {
        cursors: [{ chat_channel: "global", epoch, offset }],
      })) as unknown as {
        channels: { channel: string; messages: { content: string }[] }[];
      };
      assert.deepEqual(
        synced.channels.map(({ channel, messages }) => [channel, messages.map(({ content }) => content)]),
        [["global", ["two"]]],
      );
      for (const cursors of [[null], [5], "x"])
        assert.equal((await ann.refused("sync", { cursors })).code, "invalid_payload");
    });
  });

  describe("a public client of the world and of combat", () => {
    afterEach(closePlain);

    it("moves by movement: seen as player_movement, corrected when it is too fast, in order with the rest", async () => {
      const app = await setup.start();
      const bob = enter(app, "/ws/world", "bob", last(app));
      assert.equal((await bob.call("enter", { zone: "town", x: 0, y: 0 })).ok, true);
      const ann = enter(app, "/ws/world", "ann");
      ann.send({ type: "movement", user_id: "ann", x: 1, y: 1, zone: "town", timestamp: "now" });
      await bob.next("player_entered", ({ user_id }) => user_id === "ann");
      ann.send({ type: "movement", x: 2, y: 1, zone: "town" });
      const seen = await bob.next("player_movement", ({ user_id, x }) => user_id === "ann" && x === 2);
      assert.deepEqual([seen.x, seen.y, seen.zone], [2, 1, "town"]);
      ann.send({ type: "movement", x: 9_000, y: 1, seq: 7 });
      assert.equal((await ann.next("position_correction")).seq, 7);
      ann.send({ type: "movement", user_id: "bob", x: 1, y: 1 });
      const error = await ann.next("error");
      assert.deepEqual([error.code, error.event], ["forbidden", "movement"]);
      assert.equal(
        (await ann.call("zone_change", { old_zone: "town", new_zone: "wood", x: 1, y: 1 })).zone,
        "wood",
      );
    });

    it("joins a fight by join_combat", async () => {
      const app = await setup.start();
      const ann = await app.connect(combatContract, "ann", { worker: 1 });
      const participants = [
        { id: "ann", kind: "player", team: 1 },
        { id: "bob", kind: "player", team: 2 },
      ] as const;
      const { combat_session_id } = await ann.call("combat_create", {
        participants: participants.map(({ id, kind, team }) => ({ id, kind, team: String(team) })),
      });
      const bob = enter(app, "/ws/combat", "bob");
      bob.send({ type: "join_combat", combat_session_id, user_id: "bob" });
      const joined = await ann.next("combat_participant", ({ user_id }) => user_id === "bob");
      assert.equal(joined.status, "joined");
    });
  });
});

describe("what is no payload", () => {
  afterEach(closeAll);

  it("stays what it is for commands that are taken in other words", async () => {
    const app = await startEmbedded({ env: { WEBSOCKET_MAX_MESSAGE_SIZE: "1024" } });
    const queue = await app.connect(matchmakingContract, "ann");
    const chat = await app.connect(chatContract, "ann");
    const text = "x".repeat(1_100);
    for (const event of ["join_queue", "queue_join"])
      assert.equal((await queue.refused(event, { game_mode: text })).code, "payload_too_large");
    for (const event of ["chat_message", "typing", "read"]) {
      assert.equal((await chat.refused(event, { content: text })).code, "payload_too_large");
      for (const payload of [[], "text", 5, null, Buffer.from("text")])
        assert.equal((await chat.refused(event, payload)).code, "invalid_payload", event);
    }
  });
});

describe("an application's own event", () => {
  afterEach(closeAll);

  it("goes before another name of a command", async () => {
    const movement = defineEvent({
      namespace: "/world",
      name: "movement",
      schema: Type.Object({ dx: Type.Number() }),
      handle: (_, { dx }) => ({ moved: dx }),
    });
    const app = await startEmbedded({ app: { events: [movement] } });
    const ann = await app.connect(worldContract, "ann");
    assert.deepEqual(await ann.raw("movement", { dx: 3 }), { ok: true, moved: 3 });
    await ann.call("player_movement", { x: 0, y: 0, zone: "town" });
    const taken = defineEvent({
      namespace: "/world",
      name: "player_movement",
      schema: Type.Object({}),
      handle: () => ({}),
    });
    await assert.rejects(startEmbedded({ app: { events: [taken] } }), /has an event player_movement already/);
  });
});
