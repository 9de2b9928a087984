import assert from "node:assert/strict";
import { chatContract } from "../../namespaces/chat/schema.ts";
import { gameContract } from "../../namespaces/game/schema.ts";
import { matchmakingContract } from "../../namespaces/matchmaking/schema.ts";
import { roomsContract } from "../../namespaces/rooms/schema.ts";
import { worldContract } from "../../namespaces/world/schema.ts";
import { figuresOf, reportOf } from "../../server/metrics/report.ts";
import { onEachSetup, type TestApp } from "../support/app.ts";
import { get } from "../support/http.ts";

/** The value of a line of Prometheus text; undefined where there is no such line. */
async function scrape(app: TestApp, worker: number): Promise<(line: string) => number | undefined> {
  const { body } = await get(`${app.urls[worker] ?? app.url}/metrics`);
  const lines = String(body.text).split("\n");
  return (start) => {
    const found = lines.find((line) => line.startsWith(`${start} `));
    return found === undefined ? undefined : Number(found.slice(start.length + 1));
  };
}

onEachSetup((setup) => {
  describe("metrics", () => {
    it("of any worker are those of all workers", async () => {
      const app = await setup.start();
      const ann = await app.connect(roomsContract, "ann");
      const bob = await app.connect(roomsContract, "bob", { worker: 1 });
      for (const client of [ann, bob]) {
        await client.call("subscribe", { room: "lobby" });
        await client.call("relay:join", { room_id: "studio" });
        for (let time = 0; time < 5; time++) await client.call("ping", {});
        await client.refused("publish", { room: "elsewhere", data: 1 });
      }
      const player = await app.connect(matchmakingContract, "carl", { worker: 1 });
      await player.call("queue_join", { game_mode: "classic" });
      for (const worker of app.urls.keys()) {
        const read = await scrape(app, worker);
        assert.equal(read("websocket_rooms_total"), 1);
        assert.equal(read("websocket_clients_total"), 3);
        assert.equal(read("websocket_errors_total"), 2);
        assert.equal(read('muster_events_total{namespace="/",event="ping",outcome="ok"}'), 10);
        assert.equal(read('muster_events_total{namespace="/",event="publish",outcome="not_subscribed"}'), 2);
        assert.equal(read('muster_event_duration_seconds_count{namespace="/"}'), 16);
        assert.equal(read('muster_rooms{kind="room"}'), 1, "one room, though on two workers");
        assert.equal(read('muster_rooms{kind="relay"}'), 1);
        assert.equal(read('muster_room_members{kind="room"}'), 2);
        assert.equal(read('muster_queue_size{mode="classic"}'), 1, "told once, though by two workers");
        assert.equal(read('muster_sessions{namespace="/",transport="socket.io"}'), 2);
        assert.equal(read("muster_store_up"), 1);
        assert.equal(read("muster_connections_total"), 3);
        assert.ok((read("muster_bytes_received_total") ?? 0) > 0);
        assert.ok((read("muster_bytes_sent_total") ?? 0) > 0);
        assert.ok((read("muster_messages_sent_total") ?? 0) > 0);
        assert.notEqual(read("websocket_messages_per_second"), undefined);
      }
    });

    it("tell how much of each limit is used, and leave out limits that are off", async () => {
      const app = await setup.start({ env: { LIMITS_FIGHTS: "0", LIMITS_PARTIES: "7" } });
      const staff = { claims: { roles: ["service"] } } as const;
      const player = await app.connect(matchmakingContract, "carl", { worker: 1 });
      await player.call("party_create", {});
      const game = await app.connect(gameContract, "carl");
      for (let time = 0; time < 2; time++) await game.call("room:create", {});
      const rooms = await app.connect(roomsContract, "carl");
      for (const room of ["one", "two", "three"]) await rooms.call("subscribe", { room });
      await (await app.connect(chatContract, "srv", staff)).call("channel_create", { channel: "trade" });
      const world = await app.connect(worldContract, "srv", { ...staff, worker: 1 });
      await world.call("enter", { zone: "town", x: 0, y: 0 });
      for (const [at, persistent] of [false, false, true].entries())
        await world.call("entity_spawn", { entity_id: `e${at}`, kind: "tree", x: 0, y: 0, persistent });
      const read = await scrape(app, 0);
      const used = (limit: string) => read(`muster_limit_used{limit="${limit}"}`);
      const expected = {
        ...{ rooms: 3, game_rooms: 2, parties: 1, channels: 1, zones: 1 },
        ...{ entities: 2, persistent_entities: 1, fights: undefined, stored: undefined },
      };
      for (const [limit, amount] of Object.entries(expected)) assert.equal(used(limit), amount, limit);
      assert.ok((used("streams") ?? 0) > 0);
      assert.deepEqual(
        ["parties", "game_rooms", "fights"].map((limit) => read(`muster_limit{limit="${limit}"}`)),
        [7, 20_000, undefined],
      );
    });

    it("count refusals by the limit that refused", async () => {
      const app = await setup.start({ env: { RATE_LIMITS_USER: "3/1m" } });
      const ann = await app.connect(gameContract, "ann", { worker: 1 });
      for (let time = 0; time < 3; time++) await ann.call("room:list", {});
      for (let time = 0; time < 2; time++)
        assert.equal((await ann.refused("room:list", {})).code, "rate_limited");
      const read = await scrape(app, 0);
      assert.equal(read('muster_rate_limited_total{limit="user"}'), 2);
      assert.equal(read('muster_rate_limited_total{limit="global"}'), 0);
    });

    it("are the XR clients' report and its figures where JSON is asked for, under the text RPG's name too", async () => {
      const app = await setup.start();
      const ann = await app.connect(roomsContract, "ann", { worker: 1 });
      for (let time = 0; time < 4; time++) await ann.call("ping", {});
      const wanted = [
        get(`${app.url}/metrics`, { headers: { accept: "application/json" } }),
        get(`${app.url}/api/v1/websocket/metrics`),
      ];
      for (const { body } of await Promise.all(wanted)) {
        assert.match(
          String(body.report),
          /^=== Performance Report ===\nUptime: \d+s\nConnections: 1 active \/ 1 total/,
        );
        assert.ok(!Number.isNaN(Date.parse(String(body.timestamp))));
        const metrics = body.metrics as ReturnType<typeof figuresOf>;
        assert.equal(metrics.messages.received, 4);
        assert.deepEqual(metrics.queues, { classic: 0 });
        const { p50, p95, p99 } = metrics.latency_ms;
        assert.ok(p50 > 0 && p50 <= p95 && p95 <= p99);
      }
    });
  });
});

describe("performance report", () => {
  const durations = (counts: readonly (readonly [le: number | string, count: number])[], sum: number) => ({
    name: "muster_event_duration_seconds",
    help: "",
    type: "histogram",
    aggregator: "sum",
    values: [
      ...counts.map(([le, value]) => ({
        metricName: "muster_event_duration_seconds_bucket",
        labels: { le, namespace: "/" },
        value,
      })),
      { metricName: "muster_event_duration_seconds_sum", labels: { namespace: "/" }, value: sum },
      {
        metricName: "muster_event_duration_seconds_count",
        labels: { namespace: "/" },
        value: counts.at(-1)?.[1] ?? 0,
      },
    ],
  });
  type List = Parameters<typeof figuresOf>[0];

  it("reads percentiles as upper bounds of their buckets", () => {
    const list = [
      durations(
        [
          [0.001, 50],
          [0.01, 95],
          [0.1, 99],
          ["+Inf", 100],
        ],
        0.5,
      ),
    ] as unknown as List;
    assert.deepEqual(figuresOf(list).latency_ms, { average: 5, p50: 1, p95: 10, p99: 100 });
  });

  it("is all noughts without events", () => {
    const figures = figuresOf([]);
    assert.deepEqual(figures.latency_ms, { average: 0, p50: 0, p95: 0, p99: 0 });
    assert.match(reportOf(figures), /Queue depth: none/);
  });
});
