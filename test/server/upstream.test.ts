import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { GameError } from "../../core/contract/errors.ts";
import { asId, type UserId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import type { UpstreamAction } from "../../core/ports/upstream.ts";
import { createUpstream, type UpstreamOptions } from "../../server/upstream/index.ts";
import { hangsUp, json, stalls, startGateway, stopGateways } from "../support/gateway.ts";

const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };

const upstreamTo = (url: string, options: Partial<UpstreamOptions> = {}) =>
  createUpstream({ url, secretHeader: "authorization", timeoutMs: 2_000, log: quiet, ...options });

const request = (action: UpstreamAction = "queue_join", requestId = "r1") => ({
  action,
  user: asId<UserId>("ann"),
  body: { game_mode: "classic" },
  requestId,
});

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const thrown = await promise.then(
    () => assert.fail("it was accepted"),
    (err: unknown) => err,
  );
  assert.ok(thrown instanceof GameError, String(thrown));
  return thrown.code;
}

describe("upstream calls", () => {
  afterEach(stopGateways);

  describe("a gateway that answers", () => {
    it("gets method, path, user, request id, secret and the command's fields; its fields are the answer", async () => {
      const gateway = await startGateway(json(200, { ticket_id: "t9", position: 4 }));
      const upstream = upstreamTo(`${gateway.url}/api/`, { secret: "s3cret" });
      const answer = await upstream.forward(request("queue_join", "3:ann:r1"));
      assert.deepEqual(answer, { ticket_id: "t9", position: 4 });
      const [seen] = gateway.seen;
      assert.deepEqual([seen?.method, seen?.path], ["POST", "/api/matchmaking/queue/join"]);
      assert.deepEqual(seen?.body, { game_mode: "classic", user_id: "ann", request_id: "3:ann:r1" });
      assert.equal(seen?.headers.authorization, "Bearer s3cret");
      assert.equal(seen?.headers["x-user-id"], "ann");
      assert.equal(seen?.headers["x-request-id"], encodeURIComponent("3:ann:r1"));
      assert.equal(seen?.headers["idempotency-key"], encodeURIComponent("3:ann:r1"));
    });

    it("has a path for each action, and the secret in the header that is configured", async () => {
      const gateway = await startGateway(json(204, ""));
      const upstream = upstreamTo(gateway.url, { secret: "s3cret", secretHeader: "x-gateway-key" });
      for (const action of ["queue_join", "queue_leave", "preferences", "game_action"] as const)
        assert.deepEqual(await upstream.forward(request(action)), {});
      assert.deepEqual(
        gateway.seen.map(({ method, path }) => `${method} ${path}`),
        [
          "POST /matchmaking/queue/join",
          "POST /matchmaking/queue/leave",
          "PUT /matchmaking/preferences",
          "POST /game/actions",
        ],
      );
      for (const { headers } of gateway.seen) {
        assert.equal(headers["x-gateway-key"], "s3cret");
        assert.equal(headers.authorization, undefined);
      }
    });

    it("cannot be made to take a user's name for a header of its own", async () => {
      const gateway = await startGateway(json(200, {}));
      const user = asId<UserId>("ann\r\nx-admin: 1");
      await upstreamTo(gateway.url).forward({ ...request(), user });
      assert.equal(gateway.seen[0]?.headers["x-admin"], undefined);
      assert.equal(gateway.seen[0]?.body.user_id, user);
    });
  });

  describe("a gateway that refuses", () => {
    const refusals: readonly (readonly [number, unknown, string])[] = [
      [400, {}, "invalid_payload"],
      [403, "nothing to see", "forbidden"],
      [404, { error: { code: "not_queued", message: "who?" } }, "not_queued"],
      [409, { error: { code: "already_queued" } }, "already_queued"],
      [409, {}, "conflict"],
      [413, "", "payload_too_large"],
      [422, { error: "text" }, "invalid_payload"],
      [429, {}, "rate_limited"],
      // What would speak for this server is not the gateway's to say.
      [403, { error: { code: "internal" } }, "forbidden"],
      [403, { error: { code: "token_expired" } }, "forbidden"],
      [409, { error: { code: "__proto__" } }, "conflict"],
    ];
    it("has its refusals passed on as codes, once, and is no failure", async () => {
      const gateway = await startGateway(json(200, {}));
      const upstream = upstreamTo(gateway.url, { failures: 2 });
      for (const [status, body, code] of refusals) {
        gateway.answers(json(status, body));
        assert.equal(await codeOf(upstream.forward(request("queue_leave"))), code, `${status}`);
      }
      assert.equal(gateway.seen.length, refusals.length);
      assert.equal(upstream.state, "closed");
    });

    it("says when to come again", async () => {
      const gateway = await startGateway(json(429, {}, { "retry-after": "7" }));
      await assert.rejects(upstreamTo(gateway.url).forward(request()), (err: unknown) => {
        assert.ok(err instanceof GameError);
        return err.data.retry_after_ms === 7_000;
      });
    });
  });

  describe("a gateway that fails", () => {
    it("is asked again where that is safe: leaving and preferences, never joining or acting", async () => {
      for (const [action, times] of [
        ["queue_leave", 3],
        ["preferences", 3],
        ["queue_join", 1],
        ["game_action", 1],
      ] as const) {
        for (const answering of [json(500, {}), hangsUp, json(200, "no json")]) {
          const gateway = await startGateway(answering);
          assert.equal(await codeOf(upstreamTo(gateway.url).forward(request(action))), "unavailable");
          assert.equal(gateway.seen.length, times, action);
        }
      }
    });

    it("is asked again for anything that it says it has not taken", async () => {
      const gateway = await startGateway((response, seen, number) =>
        number < 3
          ? json(503, {})(response, seen, number)
          : json(200, { ticket_id: "t1" })(response, seen, number),
      );
      assert.deepEqual(await upstreamTo(gateway.url).forward(request("queue_join")), { ticket_id: "t1" });
      assert.equal(new Set(gateway.seen.map(({ headers }) => headers["idempotency-key"])).size, 1);
    });

    it("that stalls costs no more than the time limit", async () => {
      const gateway = await startGateway(stalls);
      const startedAt = performance.now();
      assert.equal(
        await codeOf(upstreamTo(gateway.url, { timeoutMs: 200 }).forward(request("queue_leave"))),
        "unavailable",
      );
      const tookMs = performance.now() - startedAt;
      assert.ok(tookMs >= 150 && tookMs < 5_000, `${tookMs} ms`);
    });

    it("that never ends its answer is cut off", async () => {
      const gateway = await startGateway((response) => {
        response.writeHead(200);
        const pour = () => {
          while (!response.destroyed && response.write("x".repeat(16_384)));
          if (!response.destroyed) response.once("drain", pour);
        };
        pour();
      });
      assert.equal(await codeOf(upstreamTo(gateway.url).forward(request())), "unavailable");
    });

    it("that redirects is not followed", async () => {
      const other = await startGateway(json(200, {}));
      const gateway = await startGateway(json(307, {}, { location: `${other.url}/` }));
      assert.equal(await codeOf(upstreamTo(gateway.url, { secret: "s" }).forward(request())), "unavailable");
      assert.equal(other.seen.length, 0);
    });

    it("is not asked any more after some failures, and tried again after a while", async () => {
      const gateway = await startGateway(json(500, {}));
      const upstream = upstreamTo(gateway.url, { failures: 3, openMs: 300 });
      for (let at = 0; at < 3; at++) await codeOf(upstream.forward(request()));
      assert.equal(upstream.state, "open");
      const startedAt = performance.now();
      for (let at = 0; at < 20; at++) assert.equal(await codeOf(upstream.forward(request())), "unavailable");
      assert.ok(performance.now() - startedAt < 250, "at once");
      assert.equal(gateway.seen.length, 3, "nobody asked");
      gateway.answers(json(200, {}));
      for (;;) {
        const answer = await upstream.forward(request()).catch(() => undefined);
        if (answer) break;
        assert.ok(performance.now() - startedAt < 5_000, "it is never tried again");
        await new Promise((resolve) => setImmediate(resolve));
      }
      assert.equal(upstream.state, "closed");
    });

    it("that is not there is unavailable, and so is one that dies on the way", async () => {
      const gateway = await startGateway(stalls);
      const upstream = upstreamTo(gateway.url);
      const pending = codeOf(upstream.forward(request()));
      while (gateway.seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
      await gateway.stop();
      assert.equal(await pending, "unavailable");
      assert.equal(await codeOf(upstream.forward(request())), "unavailable");
    });
  });

  it("has so many requests under way and so many that wait; one more is unavailable at once", async () => {
    const held: ServerResponse[] = [];
    const gateway = await startGateway((response) => held.push(response));
    const upstream = upstreamTo(gateway.url, { concurrency: 2, queue: 3, failures: 100 });
    const asked = Array.from({ length: 5 }, (_, at) => upstream.forward(request("queue_join", `r${at}`)));
    assert.equal(await codeOf(upstream.forward(request())), "unavailable");
    while (held.length < 2) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(gateway.seen.length, 2);
    const answerAll = setInterval(() => {
      for (const response of held.splice(0)) response.end("{}");
    }, 5);
    await Promise.all(asked).finally(() => clearInterval(answerAll));
    assert.equal(gateway.seen.length, 5);
  });
});
