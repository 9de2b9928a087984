import assert from "node:assert/strict";
import { axis, entities, fixed, int, own, player } from "../../../core/realtime/fields.ts";
import { defineRealtime, type RealtimeGame } from "../../../core/realtime/game.ts";
import { arena } from "../../../games/arena.ts";
import { matchmakingContract } from "../../../namespaces/matchmaking/schema.ts";
import { onEachSetup, type Setup, type StartOptions, type TestApp } from "../../support/app.ts";
import { closePlain, type Json, openPlain } from "../../support/plain.ts";
import { type Fields, type RoomSeat, sit, steer, WAYS, type Way } from "../../support/realtime-seat.ts";
import { until } from "../../support/until.ts";
import { enter } from "../chat/clients.ts";

const HZ = 60;

/** Cars on a line; it is over after so many ticks, or never. A car whose player is away is driven backwards by a bot. */
const sprint: RealtimeGame = defineRealtime({
  name: "sprint",
  players: { min: 1, max: 4 },
  hz: HZ,
  input: { go: axis() },
  state: { cars: entities({ owner: player(), x: fixed(1 / 64), fuel: own(int(0, 10_000)) }) },
  options: { ticks: int(0, 10_000), bots: int(0, 3) },
  drop: "bot",
  setup: (players) => ({
    cars: new Map(
      players.map((owner, at) => [`c${at}`, { owner: owner as string | null, x: 0, fuel: 10_000 }]),
    ),
  }),
  join({ cars }, owner) {
    cars.set(`c${cars.size}`, { owner, x: 0, fuel: 10_000 });
  },
  move(car, { go }, dt) {
    car.x += go * 10 * dt;
  },
  step({ cars }) {
    for (const car of cars.values()) car.fuel--;
  },
  bots: ({ bots }) => bots,
  bot: () => ({ go: -1 }),
  result: ({ cars }, { tick, options }) =>
    options.ticks > 0 && tick >= options.ticks
      ? { winners: [[...cars.values()][0]?.owner as never], reason: "time" }
      : undefined,
});

const DELAY_MS = 400;
const televised: RealtimeGame = defineRealtime({
  ...sprint,
  name: "televised",
  result: sprint.result as never,
  spectatorDelayMs: DELAY_MS,
});

const games = [sprint, televised];
const MODE =
  "matchmaking:\n  modes:\n    race: { game: sprint, players_per_team: 2, min_players_per_team: 1, fill_wait_s: 0, backfill: true }\n" +
  "    duel: { game: arena }\n";

const carOf = ({ view }: RoomSeat, user: string) => Number(view.shipOf(user)?.x);

async function tableOf(
  setup: Setup,
  way: Way,
  names: readonly string[],
  {
    game = sprint,
    options = {},
    closed = false,
    ...start
  }: StartOptions & {
    readonly game?: RealtimeGame;
    readonly options?: Fields;
    readonly closed?: boolean;
  } = {},
) {
  const app = await setup.start({ ...start, app: { realtimeGames: games } });
  const seats: RoomSeat[] = [];
  for (const [at, name] of names.entries()) seats.push(await sit(app, way, name, game, at % 2 === 0 ? 0 : 1));
  const [owner, ...others] = seats as [RoomSeat, ...RoomSeat[]];
  const { room } = await owner.call("room:create", { game: game.name, options, private: closed });
  const { room_id, join_code } = room;
  for (const one of others)
    await one.call("room:join", join_code === undefined ? { room_id } : { join_code });
  return { app, room_id, join_code, seats };
}

const playing = (seats: readonly RoomSeat[]) =>
  Promise.all(seats.map(({ view }) => view.until("the start", ({ tick }) => tick >= 2)));

/** A client of `/matchmaking` over either transport. */
async function queueing(app: TestApp, way: Way, user: string) {
  if (way === "socket.io") {
    const client = await app.connect(matchmakingContract, user);
    return {
      join: (game_mode: string) => client.call("queue_join", { game_mode }),
      backfill: (match_id: string) => client.call("match_backfill", { match_id }),
      found: () => client.next("match_found"),
    };
  }
  const client = openPlain(app.url, "/ws/matchmaking", { query: { token: app.token(user) } });
  await client.opened();
  const ask = async (event: string, data: Json) => {
    const answer = await client.callEnveloped(event, data);
    assert.equal(answer.ok, true, JSON.stringify(answer));
  };
  return {
    join: (game_mode: string) => ask("queue_join", { game_mode }),
    backfill: (match_id: string) => ask("match_backfill", { match_id }),
    found: async () =>
      (await client.next("match_found")).data as { match_id: string; teams: readonly string[][] },
  };
}

describe("/game real-time rooms as rooms", () => {
  afterEach(closePlain);

  onEachSetup((setup) => {
    for (const way of WAYS)
      describe(`over ${way}`, () => {
        it("a private room is not listed, and is entered and watched with its code alone", async () => {
          const { app, room_id, join_code, seats } = await tableOf(setup, way, ["ann", "bob"], {
            closed: true,
          });
          const [ann] = seats as [RoomSeat, RoomSeat];
          const eve = await sit(app, way, "eve", sprint, 1);
          const { rooms } = await eve.call("room:list", {});
          assert.deepEqual(rooms, []);
          assert.equal((await eve.refused("room:join", { room_id })).code, "not_found");
          assert.equal((await eve.refused("room:join", { room_id, spectate: true })).code, "not_found");
          await ann.call("room:start", { room_id });
          await playing(seats);
          assert.equal((await eve.refused("room:state", { room_id })).code, "not_found");
          await eve.call("room:join", { join_code: join_code ?? "", spectate: true });
          await eve.view.until("frames", ({ frames }) => frames.length > 2);
          assert.equal(eve.view.syncs[0]?.you, null);
        });

        it("a player and a spectator whom the owner kicks get no more frames, and a bot plays on for the player", async () => {
          const { app, room_id, seats } = await tableOf(setup, way, ["ann", "bob"]);
          const [ann, bob] = seats as [RoomSeat, RoomSeat];
          const eve = await sit(app, way, "eve", sprint, 1);
          await ann.call("room:start", { room_id });
          await eve.call("room:join", { room_id, spectate: true });
          await playing([...seats, eve]);
          for (const kicked of [bob, eve]) {
            await ann.call("room:kick", { room_id, user_id: kicked.user });
            assert.equal((await kicked.next("room:left")).reason, "kicked");
            const { length } = kicked.view.frames;
            const refused = await kicked.refused("game:input", { room_id, inputs: [{ seq: 1, go: 1 }] });
            assert.equal(refused.code, "not_found");
            assert.equal((await kicked.refused("room:join", { room_id })).code, "forbidden");
            const { tick } = ann.view;
            await ann.view.until("more frames", (view) => view.tick > tick + 10);
            assert.equal(kicked.view.frames.length, length);
          }
          await ann.view.until("the bot", () => carOf(ann, "bob") < -0.2);
        });

        it("a game that is over is played again when all agree, from its beginning", async () => {
          const { room_id, seats } = await tableOf(setup, way, ["ann", "bob"], { options: { ticks: 20 } });
          const [ann, bob] = seats as [RoomSeat, RoomSeat];
          await ann.call("room:start", { room_id });
          for (const one of seats) {
            const { result } = await one.next("game_ended");
            assert.deepEqual(result, { winners: ["ann"], reason: "time" });
          }
          const { epoch } = ann.view;
          await ann.call("room:rematch", { room_id });
          await bob.call("room:rematch", { room_id });
          for (const one of seats) {
            const sync = await one.view.until("the next game", ({ syncs }) =>
              syncs.find((found) => found.epoch > epoch),
            );
            assert.equal(sync.reason, "joined");
            // Fuel counts the ticks of this game.
            const [{ fuel } = { fuel: 0 }] = Object.values(
              sync.own?.cars as Record<string, { fuel: number }>,
            );
            assert.equal(fuel, 10_000 - sync.tick);
            await one.next("game_ended");
            assert.deepEqual(one.view.faults, []);
          }
        });

        it("the room has a channel of its own in /chat, for those who have a seat", async () => {
          const { app, room_id, seats } = await tableOf(setup, way, ["ann", "bob"]);
          await seats[0]?.call("room:start", { room_id });
          await playing(seats);
          const channel = `room:${room_id}`;
          const message = { channel, content: "watch out" };
          const eve = await enter(app, "eve");
          assert.equal((await eve.refused("chat_message", message)).code, "forbidden");
          const bob = await enter(app, "bob", { worker: 1 });
          if (way === "socket.io") await (await enter(app, "ann")).call("chat_message", message);
          else {
            const ann = openPlain(app.url, "/ws/chat", { query: { token: app.token("ann") } });
            assert.equal((await ann.call("chat_message", message)).ok, true);
          }
          assert.equal((await bob.next("chat_message")).content, "watch out");
        });

        it("matchmaking starts a match, whose players have frames at once, and backfill gives a free seat to one who joins the running game", async () => {
          const app = await setup.start({ app: { realtimeGames: games }, yaml: MODE });
          const names = ["ann", "bob", "cid"];
          const seats = await Promise.all(
            names.map((name, at) => sit(app, way, name, sprint, at % 2 ? 1 : 0)),
          );
          const [ann, bob, cid] = await Promise.all(names.map((name) => queueing(app, way, name)));
          assert.ok(ann && bob && cid);
          await ann.join("race");
          await bob.join("race");
          const { match_id, teams } = await ann.found();
          await playing(seats.slice(0, 2));
          const owner = teams[0]?.[0] === "ann" ? ann : bob;
          await owner.backfill(match_id);
          await cid.join("race");
          assert.equal((await cid.found()).match_id, match_id);
          const late = seats[2] as RoomSeat;
          await late.view.until("its own car", () => late.view.shipOf("cid") !== undefined);
          const end = steer(late, match_id, { go: 1 });
          const [first] = seats as [RoomSeat];
          await first.view.until("a newcomer who drives", () => carOf(first, "cid") > 0.2);
          end();
        });

        it("spectators of a delayed game see each frame, and its end, as much later, without what is a player's own", async () => {
          const { app, room_id, seats } = await tableOf(setup, way, ["ann"], {
            game: televised,
            options: { ticks: 60 },
          });
          const [ann] = seats as [RoomSeat];
          const eve = await sit(app, way, "eve", televised, 1);
          await eve.call("room:join", { room_id, spectate: true });
          // By its tick: a busy machine may bring a player's frame late, but none before it was due.
          const dueAt = ({ view }: RoomSeat) => performance.now() - (view.tick * 1_000) / HZ;
          let [quickest, least] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
          ann.onFrame(() => {
            quickest = Math.min(quickest, dueAt(ann));
          });
          eve.onFrame(() => {
            least = Math.min(least, dueAt(eve));
          });
          await ann.call("room:start", { room_id });
          await ann.next("game_ended");
          const endedAt = performance.now();
          assert.ok(eve.view.tick < 60);
          await eve.next("game_ended");
          // The players' end came a moment after their last frame.
          assert.ok(performance.now() - endedAt > DELAY_MS / 2);
          await eve.view.until("the last tick", ({ tick }) => tick >= 59);
          assert.ok(eve.view.frames.length > 10);
          // A step may come a few milliseconds after it was due.
          assert.ok(least - quickest >= DELAY_MS - 20, `${least - quickest} ms`);
          assert.deepEqual([eve.view.own, eve.view.faults], [{}, []]);
          assert.ok(ann.view.own.cars);
        });

        it("bots fill a match, take the seat of a player who was away for too long, and give it back", async () => {
          const { app, room_id, seats } = await tableOf(setup, way, ["ann", "bob"], { options: { bots: 2 } });
          const [ann, bob] = seats as [RoomSeat, RoomSeat];
          await ann.call("room:start", { room_id });
          await playing(seats);
          assert.equal(ann.view.state.cars?.size, 4);
          await ann.view.until(
            "bots that drive",
            () => carOf(ann, "bot:1") < -0.2 && carOf(ann, "bot:2") < -0.2,
          );
          const end = steer(bob, room_id, { go: 1 });
          await ann.view.until("a player who drives", () => carOf(ann, "bob") > 0.2);
          end();
          bob.leave();
          await ann.next("room:updated", ({ room }) =>
            (room as { players: { user_id: string; connected: boolean }[] }).players.some(
              (one) => one.user_id === "bob" && !one.connected,
            ),
          );
          const at = carOf(ann, "bob");
          await until("the seat is dropped", async () => {
            await app.advance(31_000);
            await app.runDue();
            return carOf(ann, "bob") < at - 0.2;
          });
          const back = await sit(app, way, "bob", sprint);
          await back.view.until("the room", () => back.view.shipOf("bob") !== undefined);
          const stop = steer(back, room_id, { go: 1 });
          let from = Number.POSITIVE_INFINITY;
          await ann.view.until("a player who drives again", () => {
            from = Math.min(from, carOf(ann, "bob"));
            return carOf(ann, "bob") > from + 0.3;
          });
          stop();
        });
      });

    it("the arena is a mode's game as well", async () => {
      const app = await setup.start({ app: { realtimeGames: games }, yaml: MODE });
      const seats = await Promise.all(["ann", "bob"].map((name) => sit(app, "socket.io", name, arena)));
      const players = await Promise.all(["ann", "bob"].map((name) => queueing(app, "socket.io", name)));
      for (const one of players) await one.join("duel");
      await Promise.all(players.map((one) => one.found()));
      await playing(seats);
      assert.equal(seats[0]?.view.state.ships?.size, 2);
    });
  });
});
