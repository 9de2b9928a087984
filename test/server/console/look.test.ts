import assert from "node:assert/strict";
import { chatContract } from "../../../namespaces/chat/schema.ts";
import { gameContract } from "../../../namespaces/game/schema.ts";
import { matchmakingContract } from "../../../namespaces/matchmaking/schema.ts";
import { closeAll, onEachSetup, startEmbedded } from "../../support/app.ts";
import { codeOf, get, post } from "../../support/http.ts";
import { asked, type Items, logIn, look, OPERATOR, pages, startWith, VIEWER } from "./support.ts";

onEachSetup((setup) => {
  describe("the console shows", () => {
    it("workers, connections and users of the whole cluster, page by page", async () => {
      const app = await startWith(setup);
      const token = await logIn(app, VIEWER);
      await app.connect(gameContract, "ann", { claims: { client_id: "anns-phone" } });
      await app.connect(chatContract, "ann");
      await app.connect(gameContract, "bob", { worker: 1 });
      const { workers } = await look<{ workers: Items }>(app, token, "workers");
      assert.deepEqual(
        workers.map(({ worker }) => worker),
        app.workers.map(({ worker }) => worker).sort(),
      );
      const clients = workers.map(({ figures }) => (figures as { clients: number }).clients);
      assert.equal(
        clients.reduce((sum, count) => sum + count, 0),
        3,
      );
      const connections = await pages(app, token, "connections?limit=1", "connections");
      assert.deepEqual(connections.map(({ user_id, namespace }) => `${user_id} ${namespace}`).sort(), [
        "ann /chat",
        "ann /game",
        "bob /game",
      ]);
      assert.equal(new Set(connections.map(({ worker }) => worker)).size, app.workers.length);
      const [ofAnn] = await pages(app, token, "connections?user=ann&namespace=/game", "connections");
      assert.equal(ofAnn?.device, "anns-phone");
      const users = await pages(app, token, "users?limit=1", "users");
      assert.deepEqual(
        users.map(({ user_id, connections: count }) => `${user_id} ${count}`),
        ["ann 2", "bob 1"],
      );
      const ann = await look<{ connections: Items; presence: object }>(app, token, "users/ann");
      assert.equal(ann.connections.length, 2);
      assert.deepEqual(ann.presence, {
        ...{ "/": 0, "/game": 1, "/chat": 1, "/combat": 0, "/world": 0, "/matchmaking": 0 },
      });
      const nobody = await look<{ connections: Items; rooms: Items }>(app, token, "users/nobody");
      assert.deepEqual([nobody.connections, nobody.rooms], [[], []]);
    });

    it("a room with the game as each player sees it, and its log step by step", async () => {
      const app = await startWith(setup);
      const token = await logIn(app, VIEWER);
      const ann = await app.connect(gameContract, "ann");
      const bob = await app.connect(gameContract, "bob", { worker: 1 });
      const { room } = await ann.call("room:create", { game: "goofspiel", private: true });
      const { room_id, join_code = "" } = room;
      await bob.call("room:join", { join_code });
      await ann.call("room:start", { room_id });
      await ann.call("game:action", { room_id, action: "bid", args: { card: 7 } });
      const listed = await pages(app, token, "rooms?limit=1", "rooms");
      assert.deepEqual(
        listed.map((one) => one.room_id),
        [room_id],
      );
      assert.deepEqual(await pages(app, token, "rooms?list=public", "rooms"), [], "it is private");
      const shown = await look<{ room: object; views: { user_id: string | null; state: object }[] }>(
        app,
        token,
        `rooms/${room_id}`,
      );
      assert.ok(!JSON.stringify(shown).includes(join_code), "whoever has the code can join");
      const [ofAnn, ofBob, ofSpectator] = shown.views;
      assert.deepEqual([ofAnn?.user_id, ofBob?.user_id, ofSpectator?.user_id], ["ann", "bob", null]);
      assert.notDeepEqual(ofAnn?.state, ofBob?.state, "her bid is hers to see");
      const log = await look<{ steps: { entry: { kind: string }; state?: object }[] }>(
        app,
        token,
        `rooms/${room_id}/log?as=ann`,
      );
      assert.deepEqual(
        log.steps.map(({ entry }) => entry.kind),
        ["start", "action"],
      );
      assert.deepEqual(log.steps[1]?.state, ofAnn?.state);
      const rest = await look<{ steps: object[] }>(app, token, `rooms/${room_id}/log?after=1&as=`);
      assert.deepEqual((rest.steps[0] as { state: object }).state, ofSpectator?.state);
      const mine = await look<{ rooms: Items }>(app, token, "users/bob");
      assert.deepEqual(
        mine.rooms.map((one) => one.room_id),
        [room_id],
      );
    });

    it("a real-time game as its players see it", async () => {
      const app = await startWith(setup);
      const token = await logIn(app, VIEWER);
      const ann = await app.connect(gameContract, "ann");
      const bob = await app.connect(gameContract, "bob");
      const { room } = await ann.call("room:create", { game: "arena" });
      await bob.call("room:join", { room_id: room.room_id });
      await ann.call("room:start", { room_id: room.room_id });
      await ann.nextAny("game_sync");
      const shown = await look<{ tick: number; views: { user_id: string; state: object }[] }>(
        app,
        token,
        `rooms/${room.room_id}`,
      );
      assert.ok(Number.isInteger(shown.tick));
      const [first] = shown.views;
      assert.equal(first?.user_id, "ann");
      assert.ok(JSON.stringify(first?.state).includes('"ann"'), "a player sees themselves");
    });

    it("a queue with what each ticket waits for, and what became of a ticket", async () => {
      const yaml = "matchmaking:\n  modes:\n    pair: {game: relay, teams: 2, players_per_team: 1}\n";
      const app = await startWith(setup, { yaml });
      const token = await logIn(app, VIEWER);
      const ann = await app.connect(matchmakingContract, "ann");
      const { ticket_id } = await ann.call("queue_join", { game_mode: "pair" });
      const { tickets } = await look<{ tickets: Items }>(app, token, "queues/pair");
      assert.deepEqual(
        tickets.map((ticket) => [
          ticket.ticket_id,
          ticket.position,
          (ticket.waiting_for as { reason: string }).reason,
        ]),
        [[ticket_id, 1, "players"]],
      );
      const { queues } = await look<{ queues: Items }>(app, token, "queues");
      assert.equal(queues.find(({ game_mode }) => game_mode === "pair")?.tickets, 1);
      const place = await look<{ queue: { ticket: Items[number] } }>(app, token, "users/ann");
      assert.equal(place.queue.ticket.ticket_id, ticket_id);
      const bob = await app.connect(matchmakingContract, "bob", { worker: 1 });
      await bob.call("queue_join", { game_mode: "pair" });
      const found = await ann.next("match_found");
      const ticket = await look<{ history: Items; matches: Items }>(
        app,
        token,
        `queues/pair/tickets/${ticket_id}`,
      );
      assert.deepEqual(
        ticket.history.map(({ step }) => step),
        ["joined", "matched"],
      );
      assert.equal(ticket.matches[0]?.match_id, found.match_id);
      for (const path of ["queues/nothing", `queues/pair/tickets/none`])
        assert.equal((await asked(app, token, path)).status, 404, path);
    });

    it("channels but not private ones, streams and deadlines", async () => {
      const app = await startWith(setup);
      const token = await logIn(app, VIEWER);
      const ann = await app.connect(chatContract, "ann");
      await app.connect(chatContract, "bob", { worker: 1 });
      await ann.call("chat_message", { channel: "global", content: "hello all" });
      await ann.call("chat_message", { channel: "private", to: "bob", content: "psst" });
      const global = await look<{ entries: Items }>(app, token, "channels/global");
      assert.equal(global.entries.at(-1)?.content, "hello all");
      const refused = await asked(app, token, `channels/${encodeURIComponent("private:ann|bob")}`);
      assert.equal(refused.status, 403);
      const streams = await pages(app, token, "streams?limit=1", "streams");
      const followed = streams.find(({ partition }) => partition === "channel:global");
      assert.deepEqual([followed?.followers, followed?.workers], [2, app.workers.length]);
      assert.ok(!JSON.stringify(streams).includes("private:ann"), "who talks to whom is theirs to know");
      const room = await app.connect(gameContract, "ann");
      await room.call("room:create", {});
      const { deadlines, total } = await look<{ deadlines: Items; total: number }>(
        app,
        token,
        "deadlines?limit=2",
      );
      assert.ok(total >= 1 && deadlines.length >= 1 && deadlines.length <= 2);
      assert.ok(!("payload" in (deadlines[0] ?? {})));
    });

    it("every kind of entry of a channel, and reports, in the words of the wire", async () => {
      const app = await startWith(setup);
      const token = await logIn(app, VIEWER);
      const ann = await app.connect(chatContract, "ann");
      const bob = await app.connect(chatContract, "bob", { worker: 1 });
      const mod = await app.connect(chatContract, "mod", { claims: { roles: ["moderator"] } });
      const channel = "global";
      const { message_id } = await ann.call("chat_message", { channel, content: "helo" });
      await bob.call("chat_message", { channel, content: "what?", reply_to: message_id });
      await ann.call("edit", { channel, message_id, content: "hello" });
      await bob.call("report", { channel, message_id, reason: "spam" });
      await mod.call("mute", { channel, user_id: "ann", duration_s: 60, reason: "spam" });
      await mod.call("slow_mode", { channel, seconds: 5 });
      await mod.call("delete", { channel, message_id });
      const { entries } = await look<{ entries: Items }>(app, token, "channels/global");
      const kinds = new Set(entries.map(({ kind }) => kind));
      for (const kind of ["message", "edited", "deleted", "moderation", "slow"])
        assert.ok(kinds.has(kind), `${kind} in ${[...kinds]}`);
      assert.equal(entries.find(({ kind }) => kind === "deleted")?.message_id, message_id);
      assert.ok(entries.some(({ reply_to }) => reply_to === message_id));
      const muted = entries.find(({ action }) => action === "mute");
      assert.deepEqual([muted?.user_id, typeof muted?.until], ["ann", "string"]);
      const reports = await look<{ entries: { report: object }[] }>(app, token, "reports");
      assert.deepEqual(
        reports.entries.map(({ report }) => report),
        [{ channel, channel_id: "global", message_id, content: "hello" }],
      );
    });

    it("deadlines without join codes, and without the names of private channels", async () => {
      const app = await startWith(setup);
      const token = await logIn(app, VIEWER);
      const ann = await app.connect(gameContract, "ann");
      const { room } = await ann.call("room:create", { private: true });
      assert.ok(room.join_code);
      const chat = await app.connect(chatContract, "ann");
      await chat.call("chat_message", { channel: "private", to: "bob", content: "psst" });
      const { deadlines } = await look<{ deadlines: Items }>(app, token, "deadlines?limit=200");
      assert.equal(deadlines.find(({ kind }) => kind === "game:code")?.id, "hidden");
      const text = JSON.stringify(deadlines);
      assert.ok(!text.includes(room.join_code), "whoever has the code can join");
      assert.ok(!text.includes("private:ann"), "who talks to whom is theirs to know");
    });

    it("a named channel whose name begins as that of private ones", async () => {
      const app = await startWith(setup);
      const token = await logIn(app);
      const ann = await app.connect(chatContract, "ann", { claims: { roles: ["moderator"] } });
      await ann.call("channel_create", { channel: "private-lounge", access: "open" });
      await ann.call("chat_message", { channel: "private-lounge", content: "hello" });
      const { entries } = await look<{ entries: Items }>(app, token, "channels/private-lounge");
      assert.equal(entries.at(-1)?.content, "hello");
    });

    it("nothing to whom it does not know, and refuses requests that it does not understand", async () => {
      const app = await startWith(setup);
      const token = await logIn(app);
      const strangers = ["", "x".repeat(32), "x.y.z", app.token("ann")];
      for (const stranger of strangers)
        assert.ok([401, 403].includes((await asked(app, stranger, "workers")).status), stranger);
      assert.equal((await asked(app, app.token("root", { roles: ["service"] }), "workers")).status, 200);
      const wrong = [
        ...["connections?limit=0", "connections?limit=201", "connections?limit=ten", "connections?page=2"],
        ...[
          "connections?namespace=/nowhere",
          "connections?limit=1&limit=2",
          "rooms?list=all",
          "audit?before=0",
        ],
        ...["users?cursor=%00", "queues/duel?cursor=nonsense", "channels?cursor=%F0%9F%98%80"],
      ];
      for (const path of wrong) {
        const { status } = await asked(app, token, path);
        assert.ok(status === 400 || status === 404 || status === 200, `${path}: ${status}`);
        if (!path.includes("cursor")) assert.notEqual(status, 200, path);
      }
      for (const path of ["rooms/none", "rooms/none/log", "channels/none"])
        assert.equal((await asked(app, token, path)).status, 404, path);
      assert.equal((await post(`${app.url}/api/console/logout`, "", { token })).status, 200);
      assert.equal((await asked(app, token, "workers")).status, 401, "the session has ended on every worker");
    });
  });
});

describe("the console", () => {
  afterEach(closeAll);

  it("has every route in the OpenAPI document, and each asks who calls", async () => {
    const app = await startWith({ start: startEmbedded });
    const { body } = await get(`${app.url}/api/openapi.json`);
    const told = Object.entries(body.paths as Record<string, object>).flatMap(([path, operations]) =>
      path.startsWith("/api/console/") ? Object.keys(operations).map((method) => ({ method, path })) : [],
    );
    assert.ok(told.length >= 32);
    for (const { method, path } of told.filter((one) => one.path !== "/api/console/login")) {
      const url = app.url + path.replace(/\{\w+\}/g, "x");
      const { status } = method === "get" ? await get(url) : await post(url, {});
      assert.equal(status, 401, `${method} ${path}`);
    }
  });

  it("is not there where the dashboard is not", async () => {
    const app = await startEmbedded({ env: { AUTH_MODE: "jwt" } });
    assert.equal((await get(`${app.url}/api/console/workers`)).status, 404);
  });

  it("says who one is, and refuses wrong passwords with one text until there were too many", async () => {
    const app = await startWith({ start: startEmbedded });
    const login = (who: object) => post(`${app.url}/api/console/login`, who);
    const viewer = await logIn(app, VIEWER);
    assert.deepEqual(await look(app, viewer, "me"), { name: VIEWER.username, role: "viewer" });
    const texts = new Set<unknown>();
    for (const who of [
      { username: OPERATOR.username, password: VIEWER.password },
      { username: "nobody", password: OPERATOR.password },
    ])
      texts.add(JSON.stringify((await login(who)).body));
    assert.equal(texts.size, 1);
    assert.equal((await login({ username: 1 })).status, 400);
    for (let time = 0; time < 10; time++) await login({ username: "x", password: "y" });
    assert.equal(codeOf(await login(OPERATOR)), "rate_limited");
  });
});
