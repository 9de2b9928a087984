import assert from "node:assert/strict";
import { gameContract } from "../../../namespaces/game/index.ts";
import { matchmakingContract } from "../../../namespaces/matchmaking/schema.ts";
import { onEachSetup } from "../../support/app.ts";
import { type Gateway, json, stalls, startGateway, stopGateways } from "../../support/gateway.ts";
import { closePlain, openPlain } from "../../support/plain.ts";
import { connectAll, counted, placeOf, queueSize } from "./clients.ts";

const CLASSIC = { game_mode: "classic" };
const envOf = ({ url }: Gateway) => ({
  API_GATEWAY_URL: url,
  API_GATEWAY_SECRET: "s3cret",
  API_GATEWAY_TIMEOUT: "500ms",
});
const asked = ({ seen }: Gateway) => seen.map(({ path, body }) => [path, body.user_id]);

describe("/matchmaking with an upstream gateway", () => {
  afterEach(async () => {
    closePlain();
    await stopGateways();
  });

  onEachSetup((setup) => {
    it("forwards joining; the gateway's answer is the client's, and the queue is the gateway's", async () => {
      const gateway = await startGateway(
        json(200, { ticket_id: "g1", position: 7, queue_size: 9, estimated_wait_s: 12 }),
      );
      const app = await setup.start({ env: envOf(gateway) });
      const [ann, bob] = await connectAll(app, ["ann", "bob"], { claims: { skill: 1300 } });
      const wish = { ...CLASSIC, region: "eu", properties: { map: "ice" }, request_id: "r1" };
      const joined = await ann?.call("queue_join", { ...wish, skill: 9000 });
      assert.deepEqual(joined, {
        ok: true,
        ticket_id: "g1",
        position: 7,
        queue_size: 9,
        estimated_wait_s: 12,
      });
      const { body, headers } = gateway.seen[0] ?? assert.fail("the gateway was not asked");
      const { request_id, ...fields } = body;
      assert.deepEqual(fields, {
        user_id: "ann",
        game_mode: "classic",
        skill: 1300,
        region: "eu",
        properties: { map: "ice" },
      });
      assert.equal(typeof request_id, "string");
      assert.equal(headers.authorization, "Bearer s3cret");
      const event = await ann?.next("queue_joined");
      assert.deepEqual([event?.ticket_id, event?.position, event?.queue_size], ["g1", 7, 9]);
      assert.deepEqual(await ann?.call("queue_join", wish), joined, "the same command again");
      assert.equal(gateway.seen.length, 1);
      await bob?.call("queue_join", CLASSIC);
      await app.workers[0]?.modules.matchmaking.tick();
      assert.equal(await queueSize(app, "classic"), 0);
      assert.deepEqual(ann?.pending("match_found"), []);
    });

    it("passes its refusals on as codes, and keeps nothing of a refused command", async () => {
      const gateway = await startGateway(json(403, { error: { code: "forbidden", message: "not you" } }));
      const app = await setup.start({ env: envOf(gateway) });
      const [ann] = await connectAll(app, ["ann"]);
      const refusal = await ann?.refused("queue_join", { ...CLASSIC, request_id: "r1" });
      assert.deepEqual([refusal?.code, refusal?.message], ["forbidden", "not you"]);
      assert.equal(await placeOf(app, "ann"), undefined);
      gateway.answers(json(200, { ticket_id: "g2" }));
      assert.equal((await ann?.call("queue_join", { ...CLASSIC, request_id: "r1" }))?.ticket_id, "g2");
    });

    it("forwards preferences and leaving, tells who comes back, and the gateway who stays away", async () => {
      const gateway = await startGateway(json(200, { ticket_id: "g1", queue_size: 3 }));
      const app = await setup.start({ env: envOf(gateway) });
      const ann = await app.connect(matchmakingContract, "ann");
      await ann.call("queue_join", CLASSIC);
      assert.equal((await ann.call("preferences", { region: "us" })).ticket_id, "g1");
      assert.equal(gateway.seen.at(-1)?.body.region, "us");
      await ann.call("queue_leave", {});
      assert.equal((await ann.next("queue_left")).reason, "left");
      await ann.call("queue_join", CLASSIC);
      ann.disconnect();
      await counted(app, "ann", 0);
      const back = await app.connect(matchmakingContract, "ann", { worker: 1 });
      const resumed = await back.next("queue_joined");
      assert.deepEqual([resumed.resumed, resumed.ticket_id, resumed.queue_size], [true, "g1", 3]);
      back.disconnect();
      await counted(app, "ann", 0);
      await app.advance(31_000);
      await app.runDue();
      assert.deepEqual(
        asked(gateway).map(([path]) => path),
        [
          "/matchmaking/queue/join",
          "/matchmaking/preferences",
          "/matchmaking/queue/leave",
          "/matchmaking/queue/join",
          "/matchmaking/queue/leave",
        ],
      );
      assert.equal(gateway.seen.at(-1)?.body.reason, "disconnected");
      assert.equal(await placeOf(app, "ann"), undefined);
    });

    it("is unavailable at once while the gateway stalls or is dead, and nothing else is", async () => {
      const gateway = await startGateway(stalls);
      const app = await setup.start({ env: envOf(gateway) });
      const clients = await connectAll(
        app,
        Array.from({ length: 12 }, (_, at) => `user${at}`),
      );
      // Enough on each worker to open its circuit.
      const codes = await Promise.all(
        clients.map(async (client) => (await client.refused("queue_join", CLASSIC)).code),
      );
      assert.deepEqual(new Set(codes), new Set(["unavailable"]));
      await gateway.stop();
      const before = gateway.seen.length;
      const startedAt = performance.now();
      for (const client of clients)
        assert.equal((await client.refused("queue_join", CLASSIC)).code, "unavailable");
      assert.ok(performance.now() - startedAt < 10_000, `${performance.now() - startedAt} ms for twelve`);
      assert.equal(gateway.seen.length, before);
      const { party } = (await clients[0]?.call("party_create", {})) ?? {};
      assert.equal(party?.leader, "user0");
      const game = await app.connect(gameContract, "ann");
      await game.call("room:create", { name: "still here" });
    });

    it("is told of who has gone also where its answer was lost, or it says that they wait already", async () => {
      for (const answer of [stalls, json(409, { error: { code: "already_queued", message: "you wait" } })]) {
        const gateway = await startGateway(answer);
        const app = await setup.start({ env: envOf(gateway) });
        const ann = await app.connect(matchmakingContract, "ann");
        await ann.refused("queue_join", CLASSIC);
        gateway.answers(json(200, {}));
        ann.disconnect();
        await counted(app, "ann", 0);
        await app.advance(31_000);
        await app.runDue();
        assert.deepEqual(
          asked(gateway).map(([path]) => path),
          ["/matchmaking/queue/join", "/matchmaking/queue/leave"],
        );
        assert.equal(await placeOf(app, "ann"), undefined);
      }
    });

    it("holds nobody any more of whom it says so, whatever was noted here", async () => {
      const gateway = await startGateway(json(200, { ticket_id: "g1" }));
      const app = await setup.start({ env: envOf(gateway) });
      const ann = await app.connect(matchmakingContract, "ann");
      await ann.call("queue_join", CLASSIC);
      gateway.answers(json(409, { error: { code: "not_queued", message: "you do not wait" } }));
      assert.equal((await ann.refused("queue_leave", {})).code, "not_queued");
      assert.equal(await placeOf(app, "ann"), undefined);
    });

    it("asks it before a game's action takes effect", async () => {
      const gateway = await startGateway(json(200, {}));
      const app = await setup.start({ env: envOf(gateway) });
      const ann = await app.connect(gameContract, "ann");
      const { room } = await ann.call("room:create", { game: "relay" });
      const room_id = room.room_id;
      await ann.call("room:start", { room_id });
      const set = { room_id, action: "set", args: { state: { round: 1 } } };
      const { version } = await ann.call("game:action", { ...set, action_id: "a1" });
      const { path, body } = gateway.seen[0] ?? assert.fail("the gateway was not asked");
      assert.equal(path, "/game/actions");
      assert.deepEqual(
        [body.user_id, body.room_id, body.action, body.args],
        ["ann", room_id, "set", { state: { round: 1 } }],
      );
      assert.equal((await ann.call("game:action", { ...set, action_id: "a1" })).version, version);
      assert.equal(gateway.seen.length, 1, "the same command again asks nobody");
      gateway.answers(json(403, { error: { code: "forbidden", message: "not now" } }));
      assert.equal((await ann.refused("game:action", set)).code, "forbidden");
      await gateway.stop();
      assert.equal((await ann.refused("game:action", set)).code, "unavailable");
      assert.equal((await ann.call("room:state", { room_id })).version, version);
    });

    it("its matches reach plain WebSocket clients who queued through it, now or when they come back, until acknowledged", async () => {
      const gateway = await startGateway(json(200, { ticket_id: "g1", position: 1, queue_size: 2 }));
      const app = await setup.start({ env: { ...envOf(gateway), API_KEY: "an api key of the gateway's" } });
      const plain = (user: string, query: Record<string, string> = {}) =>
        openPlain(app.urls.at(-1) ?? app.url, "/ws/matchmaking", {
          query: { token: app.token(user), reliable: "true", ...query },
        });
      const ann = plain("ann", CLASSIC);
      const joined = await ann.next("queue_joined", ({ data }) => Object(data).ticket_id === "g1");
      assert.equal(Object(joined.data).position, 1);
      const bob = plain("bob");
      assert.equal((await bob.callEnveloped("queue_join", CLASSIC)).ticket_id, "g1");
      bob.close();
      await bob.closed;
      await counted(app, "bob", 0);
      assert.deepEqual(asked(gateway), [
        ["/matchmaking/queue/join", "ann"],
        ["/matchmaking/queue/join", "bob"],
      ]);

      // The gateway, at whatever worker it reaches.
      const match = { match_id: "m1", game_mode: "classic", players: ["ann", "bob"] };
      const answer = await fetch(`${app.url}/api/websocket`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          authorization: "Bearer an api key of the gateway's",
        },
        body: JSON.stringify({
          user_ids: match.players,
          message_type: "match_found",
          data: match,
          reliable: true,
        }),
      });
      assert.equal(answer.status, 200);
      assert.deepEqual(await answer.json(), { delivered_to: 1, queued_for: 1 });
      const found = Object((await ann.next("match_found")).data);
      assert.deepEqual([found.match_id, found.players], ["m1", match.players]);
      assert.equal(typeof found.delivery_id, "string");
      const left = Object((await ann.next("queue_left")).data);
      assert.deepEqual([left.ticket_id, left.reason], ["g1", "matched"]);
      while (await placeOf(app, "bob")) await new Promise((resolve) => setImmediate(resolve));

      const back = plain("bob");
      assert.equal(Object((await back.next("queue_joined")).data).ticket_id, null, "bob waits no longer");
      const late = Object((await back.next("match_found")).data);
      assert.equal(late.match_id, "m1");
      back.send({ type: "ack", delivery_id: late.delivery_id });
      // Answered after the acknowledgement was taken in.
      await back.callEnveloped("preferences", { region: "eu" });
      back.close();
      await back.closed;
      await counted(app, "bob", 0);
      const later = plain("bob");
      await later.callEnveloped("preferences", { region: "eu" });
      assert.deepEqual(later.pending("match_found"), []);
    });

    it("keeps the queue here where matchmaking is local", async () => {
      const gateway = await startGateway(json(403, {}));
      const app = await setup.start({ env: { ...envOf(gateway), MATCHMAKING_LOCAL: "true" } });
      const clients = await connectAll(app, ["ann", "bob"]);
      for (const client of clients) await client.call("queue_join", CLASSIC);
      const found = await Promise.all(clients.map((client) => client.next("match_found")));
      assert.deepEqual(found[0]?.players.toSorted(), ["ann", "bob"]);
      assert.equal(gateway.seen.length, 0);
    });
  });
});
