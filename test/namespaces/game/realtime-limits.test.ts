import assert from "node:assert/strict";
import { axis, entities, int, player } from "../../../core/realtime/fields.ts";
import { byCell, defineRealtime, type RealtimeGame } from "../../../core/realtime/game.ts";
import { onEachSetup, type Setup, type StartOptions, type TestApp } from "../../support/app.ts";
import { get } from "../../support/http.ts";
import { closePlain } from "../../support/plain.ts";
import { type Fields, type RoomSeat, sit, WAYS } from "../../support/realtime-seat.ts";
import { until } from "../../support/until.ts";

const HZ = 60;
const LARGE = 1_000_000_000;
const numbers = Object.fromEntries(Array.from({ length: 28 }, (_, at) => [`n${at}`, int(0, LARGE)]));

/** A game that grows as its options say: `things` entities, of which each changes all the time; `wide` ones; events at each step. */
const heap: RealtimeGame = defineRealtime({
  name: "heap",
  players: { min: 1, max: 2 },
  hz: HZ,
  input: { x: axis() },
  state: {
    ships: entities({ owner: player(), x: int(0, 1_000_000) }),
    things: entities({ x: int(0, 1_000_000), y: int(0, 1_000_000) }),
    wide: entities({ ...numbers }),
  },
  options: { at: int(0, 100, 5), things: int(0, 9_999), wide: int(0, 9_999), events: int(0, 9_999) },
  setup(players, { at, things, wide }) {
    const state = {
      ships: new Map(players.map((owner, i) => [`s${i}`, { owner: owner as string | null, x: 0 }])),
      things: new Map<string, { x: number; y: number }>(),
      wide: new Map<string, Record<string, number>>(),
    };
    if (at === 0) grow(state, things, wide);
    return state;
  },
  step(state, _inputs, { tick, options, emit }) {
    if (tick === options.at) grow(state, options.things, options.wide);
    for (const ship of state.ships.values()) ship.x = tick;
    for (const thing of state.things.values()) thing.y += 997;
    for (let n = 0; n < options.events; n++) emit({ type: "event", number: n });
  },
});

function grow(
  state: { things: Map<string, { x: number; y: number }>; wide: Map<string, Record<string, number>> },
  things: number,
  wide: number,
): void {
  for (let n = 0; n < things; n++) state.things.set(`t${n}`, { x: n, y: 0 });
  for (let n = 0; n < wide; n++)
    state.wide.set(`w${n}`, Object.fromEntries(Object.keys(numbers).map((name) => [name, LARGE - n])));
}

const MOST_CELLS = 64;

/** A hundred players, each in a cell that nobody else sees into, who are all moved at each step. */
const cells: RealtimeGame = defineRealtime({
  name: "many-cells",
  players: { min: 1, max: 100 },
  hz: HZ,
  input: { x: axis() },
  sees: byCell("ships", 1),
  state: { ships: entities({ owner: player(), x: int(0, 1_000), y: int(0, 1_000_000) }) },
  setup: (players) => ({
    ships: new Map(players.map((owner, at) => [`s${at}`, { owner, x: 10 * at, y: 0 }])),
  }),
  step({ ships }, _inputs, { tick, players, emit }) {
    for (const ship of ships.values()) ship.y = tick;
    if (tick === 20) for (const user of players) emit({ type: "hello", only: [user] });
  },
});

const games = [heap, cells];

async function limitedOf(app: TestApp, limit: string): Promise<number> {
  const { body } = await get(`${app.url}/metrics`);
  const found = new RegExp(`^muster_realtime_limited_total\\{limit="${limit}"\\} (\\d+)$`, "m").exec(
    String(body.text),
  );
  return Number(found?.[1]);
}

async function outcomeOf(app: TestApp, event: string, outcome: string): Promise<number> {
  const { body } = await get(`${app.url}/metrics`);
  const lines = String(body.text).split("\n");
  const line = lines.find((one) =>
    [`muster_events_total{`, `event="${event}"`, `outcome="${outcome}"`].every((part) => one.includes(part)),
  );
  return Number(line?.split(" ").at(-1));
}

async function started(setup: Setup, options: Fields, start: StartOptions = {}) {
  const app = await setup.start({ ...start, app: { realtimeGames: games } });
  const ann = await sit(app, "socket.io", "ann", heap);
  const { room } = await ann.call("room:create", { game: "heap", options });
  await ann.call("room:start", { room_id: room.room_id });
  return { app, ann, room_id: room.room_id };
}

const endOf = async (seat: RoomSeat) => (await seat.next("game_ended")).result as { readonly reason: string };

describe("/game real-time rooms: limits", () => {
  afterEach(closePlain);

  onEachSetup((setup) => {
    it("a game with more entities than it may have is over, with the reason too_many_entities", async () => {
      // In one collection, in all together, and from the beginning on.
      for (const options of [{ things: 4_097 }, { things: 3_000, wide: 1_100 }, { at: 0, things: 4_097 }]) {
        const { app, ann } = await started(setup, options);
        assert.deepEqual(await endOf(ann), { winners: [], reason: "too_many_entities" });
        await until("it is counted", async () => (await limitedOf(app, "entities")) === 1);
        await app.close();
      }
    });

    it("a game whose state is too large is over, with the reason state_too_large", async () => {
      const { app, ann } = await started(setup, { at: 0, wide: 1_000 });
      assert.deepEqual(await endOf(ann), { winners: [], reason: "state_too_large" });
      await until("it is counted", async () => (await limitedOf(app, "state")) === 1);
    });

    it("what has no place in a frame follows with the next ones, and each frame says how much", async () => {
      const { app, ann } = await started(setup, { things: 1_500 });
      const seen = () => ann.view.state.things ?? new Map();
      await ann.view.until("all of them", () => seen().size === 1_500);
      await ann.view.until("a frame with less", ({ frames }) => frames.length > 30);
      const { frames } = ann.view;
      for (const frame of frames)
        assert.ok(JSON.stringify({ set: frame.set, gone: frame.gone }).length <= 16_384 + 20);
      const rest = frames.map((frame) => frame.rest ?? 0);
      assert.ok(Math.max(...rest) > 500, `${Math.max(...rest)}`);
      // None waits for ever: a change of each has come within a few frames.
      const y = [...seen().values()].map((thing) => Number(thing.y) / 997);
      assert.ok(Math.min(...y) > 0 && Math.max(...y) - Math.min(...y) < 20, `${Math.min(...y)}`);
      assert.ok((await limitedOf(app, "frame")) > 5);
      assert.deepEqual(ann.view.faults, []);
    });

    it("events that have no place in a frame are dropped, and it says how many", async () => {
      const { app, ann } = await started(setup, { events: 1_000 });
      const frame = await ann.view.until("events", ({ frames }) => frames.find(({ events }) => events));
      const kept = frame.events?.length ?? 0;
      assert.ok(JSON.stringify(frame.events).length <= 16_384 + 2);
      assert.deepEqual(frame.events?.[0], { type: "event", number: 0 });
      assert.equal(kept + (frame.events_lost ?? 0), 1_000);
      assert.ok((await limitedOf(app, "events")) >= (frame.events_lost ?? 0));
    });

    it("a worker that steps as many rooms as it may starts no other, which others take where they can", async () => {
      const app = await setup.start({ app: { realtimeGames: games }, env: { LIMITS_REALTIME_ROOMS: "1" } });
      const seats = await Promise.all(["ann", "bob", "eve"].map((user) => sit(app, "socket.io", user, heap)));
      const rooms: string[] = [];
      for (const seat of seats) rooms.push((await seat.call("room:create", { game: "heap" })).room.room_id);
      let free = app.workers.length;
      for (const [at, seat] of seats.entries()) {
        const room_id = rooms[at] ?? "";
        if (free-- > 0) {
          // Also where all players are at the worker that has no place any more.
          await seat.call("room:start", { room_id });
          await seat.view.until("frames", ({ tick }) => tick > 2);
        } else assert.equal((await seat.refused("room:start", { room_id })).code, "server_full");
      }
      assert.ok((await limitedOf(app, "rooms")) > 0);
      // A place that is given back is taken.
      await seats[0]?.call("room:leave", { room_id: rooms[0] ?? "" });
      const last = seats.at(-1) as RoomSeat;
      const room_id = rooms.at(-1) ?? "";
      await until("the place", () =>
        last.call("room:start", { room_id }).then(
          () => true,
          () => false,
        ),
      );
      await last.view.until("frames", ({ tick }) => tick > 2);
    });

    it("with more groups than may be served at a tick, those left over come first at the next, with their events", async () => {
      const app = await setup.start({
        app: { realtimeGames: games },
        env: { ADDRESS_RATE_LIMIT: "off" },
      });
      const count = MOST_CELLS + 8;
      const seats = await Promise.all(
        Array.from({ length: count }, (_, at) =>
          sit(app, at % 2 ? "websocket" : "socket.io", `u${at}`, cells),
        ),
      );
      const [owner, ...others] = seats as [RoomSeat, ...RoomSeat[]];
      const { room } = await owner.call("room:create", { game: "many-cells" });
      const { room_id } = room;
      // All change one document: what is too many at once for a busy machine is another test's.
      for (let at = 0; at < others.length; at += 8)
        await Promise.all(others.slice(at, at + 8).map((one) => one.call("room:join", { room_id })));
      await owner.call("room:start", { room_id });
      await Promise.all(seats.map(({ view }) => view.until("the event", ({ tick }) => tick > 30)));
      for (const { view, user } of seats) {
        assert.deepEqual(view.faults, []);
        assert.equal(view.state.ships?.size, 1);
        assert.equal(Number(view.shipOf(user)?.y), view.tick);
        const events = view.frames.flatMap((frame) => frame.events ?? []);
        assert.deepEqual(events, [{ type: "hello" }]);
        const gaps = view.frames.map(({ tick, base }) => tick - base);
        assert.ok(Math.max(...gaps) <= 3, `${Math.max(...gaps)} ticks at once`);
      }
      assert.ok((await limitedOf(app, "groups")) > 0);
    });

    for (const way of WAYS) {
      it(`an input above 256 bytes is refused as payload_too_large, over ${way}`, async () => {
        const { app, room_id } = await started(setup, {});
        const bob = await sit(app, way, "bob", heap);
        const { room } = await bob.call("room:create", { game: "heap" });
        await bob.call("room:start", { room_id: room.room_id });
        const long = { room_id: room.room_id, inputs: [{ seq: 1, x: 0, note: "x".repeat(250) }] };
        assert.equal((await bob.refused("game:input", long)).code, "payload_too_large");
        // Without an acknowledgement it is told as an error.
        bob.send("game:input", long);
        assert.equal((await bob.next("error")).code, "payload_too_large");
        const fits = { ...long, inputs: [{ seq: 1, x: 0, note: "x".repeat(200) }] };
        await bob.call("game:input", fits);
        assert.equal(await limitedOf(app, "input"), 2);
        assert.ok(room_id);
      });

      it(`a room has as many players as its game, and as many spectators as may be, over ${way}`, async () => {
        const app = await setup.start({ app: { realtimeGames: games }, env: { LIMITS_SPECTATORS: "2" } });
        const seat = (user: string) => sit(app, way, user, heap);
        const [ann, bob, eve, sam, tim] = (await Promise.all(
          ["ann", "bob", "eve", "sam", "tim"].map(seat),
        )) as [RoomSeat, RoomSeat, RoomSeat, RoomSeat, RoomSeat];
        assert.equal(
          (await ann.refused("room:create", { game: "heap", max_players: 3 })).code,
          "invalid_payload",
        );
        const { room_id } = (await ann.call("room:create", { game: "heap" })).room;
        await bob.call("room:join", { room_id });
        assert.equal((await eve.refused("room:join", { room_id })).code, "room_full");
        await ann.call("room:start", { room_id });
        const watch = { room_id, spectate: true };
        await eve.call("room:join", watch);
        await sam.call("room:join", watch);
        assert.equal((await tim.refused("room:join", watch)).code, "room_full");
        // Who watches already may say so again, and one who leaves makes room.
        await eve.call("room:join", watch);
        await eve.view.until("frames", ({ tick }) => tick > 2);
        await sam.call("room:leave", { room_id });
        await tim.call("room:join", watch);
        await tim.view.until("frames", ({ tick }) => tick > 2);
        assert.ok(tim.view.shipOf("bob"));
        assert.equal(await outcomeOf(app, "room:join", "room_full"), 2);
      });
    }
  });
});
