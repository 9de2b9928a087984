import assert from "node:assert/strict";
import fc from "fast-check";
import type { UserId } from "../../../core/ids.ts";
import type { EntityValues } from "../../../core/realtime/fields.ts";
import type { RealtimeGame } from "../../../core/realtime/game.ts";
import { arena } from "../../../games/arena.ts";
import { randomFrom, VirtualClient, type VirtualClientOptions, VirtualRoom } from "./virtual-room.ts";

const [ann, bob] = ["ann" as UserId, "bob" as UserId];
const game: RealtimeGame = arena;
const OPTIONS = { bots: 0, target: 100, seconds: 3_600 };

const room = () => new VirtualRoom(game, [ann, bob], OPTIONS);
const ownShip = (state: Readonly<Record<string, Map<string, EntityValues>>>, user: UserId) => {
  const [found] = [...(state.ships ?? [])].filter(([, { owner }]) => owner === user);
  assert.ok(found, `${user} has no ship`);
  return { id: found[0], ...found[1] } as { id: string; x: number; y: number; hp: number };
};
const shipsOf = (state: Readonly<Record<string, Map<string, EntityValues>>>, whose: UserId) =>
  [...(state.ships ?? [])]
    .map(([id, { reload, ...all }]) => (all.owner === whose ? { id, reload, ...all } : { id, ...all }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));

/** Plays at random: turns now and then, fires at times. */
function player(session: VirtualClient["session"], random: () => number, fires: boolean) {
  let nextAt = 0;
  return (now: number) => {
    if (now < nextAt) return;
    nextAt = now + 100 + random() * 600;
    session.input({
      x: random() * 2 - 1,
      y: random() * 2 - 1,
      aim: random() * 6 - 3,
      fire: fires && random() < 0.5,
    });
  };
}

const stop = (client: VirtualClient) => client.session.input({ x: 0, y: 0, fire: false });

/** Everything that can happen to a room within two seconds. */
const mishap = fc.record({
  kind: fc.constantFrom("none", "stall", "disconnect", "kill", "both"),
  who: fc.nat(1),
  ms: fc.integer({ min: 50, max: 900 }),
});
const links = fc.record({
  delay: fc.integer({ min: 0, max: 150 }),
  jitter: fc.integer({ min: 0, max: 60 }),
  stall: fc.constantFrom(0, 300),
  duplicate: fc.constantFrom(0, 0.2),
});

describe("a real-time session of the client", () => {
  it("ends with the server's state field by field, and no input is applied twice or skipped, whatever links and owners do", () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.tuple(links, links),
        fc.array(mishap, { minLength: 1, maxLength: 5 }),
        fc.constantFrom(1, 2),
        (seed, [annLink, bobLink], mishaps, batch) => {
          const random = randomFrom(seed);
          const play = room();
          const clients = [
            new VirtualClient(play, ann, { link: annLink, random, batch, form: "columns" }),
            new VirtualClient(play, bob, { link: bobLink, random, form: "objects" }),
          ];
          const players = clients.map(({ session }) => player(session, random, true));
          const each = (now: number) => {
            for (const one of players) one(now);
            if (now % 16 === 0) for (const { session } of clients) session.scene(now);
          };
          for (const { kind, who, ms } of mishaps) {
            play.run(700, each);
            const client = clients[who] as VirtualClient;
            if (kind === "stall") client.link = { delay: ms };
            if (kind === "disconnect" || kind === "both") client.disconnect();
            if (kind === "kill" || kind === "both") play.kill();
            play.run(ms, each);
            if (kind === "kill" || kind === "both") play.takeOver();
            if (kind === "disconnect" || kind === "both") client.connect();
          }
          for (const client of clients) client.link = { delay: 20 };
          play.run(1_000, each);
          for (const client of clients) stop(client);
          play.run(4_000);
          for (const client of clients) {
            const { session, user } = client;
            // The last frame is on its way.
            client.link = {};
            play.run(40);
            assert.equal(session.epoch, play.epoch);
            const server = shipsOf(play.simulation.state, user);
            assert.deepEqual(shipsOf(session.state, user), server);
            const shown = ownShip(play.simulation.state, user);
            const predicted = session.predicted.get(shown.id);
            assert.deepEqual([predicted?.x, predicted?.y], [shown.x, shown.y]);
            assert.ok(session.unacked < 15, `${session.unacked} inputs are not consumed`);
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it("moves the player at once, as the server will", () => {
    const play = room();
    const client = new VirtualClient(play, ann, { link: { delay: 200 } });
    play.run(3_000);
    const before = ownShip(client.session.scene(play.now).state, ann);
    const server = ownShip(play.simulation.state, ann);
    const away = before.x > 20 ? -1 : 1;
    client.session.input({ x: away });
    play.run(50);
    const after = ownShip(client.session.scene(play.now).state, ann);
    assert.ok((after.x - before.x) * away > 0, `${before.x} to ${after.x}`);
    assert.equal(ownShip(play.simulation.state, ann).x, server.x, "the server can't know yet");
    stop(client);
    const predicted = client.session.predicted.get(before.id);
    play.run(1_000);
    assert.ok(Math.abs(ownShip(play.simulation.state, ann).x - Number(predicted?.x)) < 0.3);
  });

  it("corrects the player at most once a minute at 100 ms ± 20", () => {
    for (const seed of [1, 2, 3]) {
      const random = randomFrom(seed);
      const play = room();
      const link = { delay: 40, jitter: 20 };
      const client = new VirtualClient(play, ann, { link, random });
      const moves = player(client.session, random, false);
      play.run(63_000, moves);
      const { correctionsPerMinute, lead, jitterMs, roundTripMs } = client.session.stats(play.now);
      assert.ok(correctionsPerMinute <= 1, `${correctionsPerMinute} corrections with lead ${lead}`);
      assert.ok(lead > 0.5 && lead < 3, `lead ${lead}`);
      assert.ok(jitterMs > 5 && jitterMs < 30, `jitter ${jitterMs}`);
      assert.ok(roundTripMs > 70 && roundTripMs < 140, `round trip ${roundTripMs}`);
    }
  });

  it("shows others without a jump, and later by what the jitter needs", () => {
    const delays = [0, 80].map((jitter) => {
      const play = room();
      const random = randomFrom(7);
      const mover = new VirtualClient(play, bob, { random });
      const viewer = new VirtualClient(play, ann, { link: { delay: 30, jitter }, random });
      play.run(2_000);
      const { x } = ownShip(play.simulation.state, bob);
      mover.session.input({ x: x > 20 ? -1 : 1 });
      let last = ownShip(viewer.session.scene(play.now).state, bob).x;
      let still = 0;
      play.run(1_500, (now) => {
        if (now % 16 !== 0) return;
        const shown = ownShip(viewer.session.scene(now).state, bob).x;
        // 8 units a second, and a tenth more while it catches up.
        assert.ok(Math.abs(shown - last) <= 0.15 * 1.2, `from ${last} to ${shown} in 16 ms`);
        if (now > 3_500 && Math.abs(shown - last) < 0.05) still++;
        last = shown;
      });
      assert.ok(still <= 1, `it stood still in ${still} of 62 pictures`);
      return viewer.session.stats(play.now).delayMs;
    });
    const [steady = 0, shaky = 0] = delays;
    assert.ok(steady < 60 && shaky > steady + 30, delays.join(", "));
  });

  it("shows everybody at once when it begins, and when another owner goes on", () => {
    const play = room();
    const viewer = new VirtualClient(play, ann, { link: { delay: 30 } });
    const look = () => {
      if (viewer.session.tick > 0) assert.equal(viewer.session.scene(play.now).state.ships?.size, 2);
    };
    play.run(500, look);
    play.kill();
    play.run(500, look);
    play.takeOver();
    play.run(500, look);
    assert.equal(viewer.session.epoch, 2);
  });

  it("leads a correction over instead of jumping", () => {
    const play = room();
    const client = new VirtualClient(play, ann, { link: { delay: 50 } });
    play.run(1_000);
    client.session.input({ x: -1, y: 0.5 });
    play.run(300);
    stop(client);
    play.run(1_000);
    const ship = [...(play.simulation.state.ships?.values() ?? [])].find(({ owner }) => owner === ann);
    const before = ownShip(client.session.scene(play.now).state, ann);
    assert.ok(ship);
    ship.y = Number(ship.y) + (before.y > 12 ? -1 : 1);
    let [last, most] = [before.y, 0];
    play.run(800, (now) => {
      const { y } = ownShip(client.session.scene(now).state, ann);
      most = Math.max(most, Math.abs(y - last));
      last = y;
    });
    assert.ok(Math.abs(Math.abs(last - before.y) - 1) < 0.02, `from ${before.y} to ${last}`);
    assert.ok(most < 0.1, `a jump of ${most}`);
    assert.ok(client.session.stats(play.now).correctionsPerMinute >= 1);
  });

  it("ignores frames of an owner that another has followed, and frames that come twice", () => {
    const play = room();
    const client = new VirtualClient(play, ann);
    play.run(500);
    play.kill();
    play.run(300);
    play.takeOver();
    play.run(200);
    const { tick, epoch } = client.session;
    const old = { room_id: "r", tick: tick + 50, base: tick, ack: 0, lead: 0, set: {} };
    client.session.frame(play.now, { ...old, epoch: epoch - 1 });
    client.session.frame(play.now, { ...old, epoch, tick, base: tick - 1 });
    const late = { room_id: "r", epoch: 1, state: {}, you: ann, ack: 0, hz: 30, send_every: 1 };
    client.session.sync(play.now, { ...late, tick: 9, reason: "gap" });
    assert.equal(client.session.stats(play.now).framesLost, 0);
    assert.deepEqual([client.session.tick, client.session.epoch, epoch], [tick, epoch, 2]);
    assert.equal(client.session.stats(play.now).takeovers, 1);
  });

  it("follows a server that has gone back to a backup, as far as a new connection shows it", () => {
    const play = room();
    const client = new VirtualClient(play, ann);
    play.run(500);
    play.kill();
    play.takeOver();
    play.run(300);
    assert.equal(client.session.epoch, 2);
    client.session.disconnected();
    const earlier = { room_id: "r", epoch: 1, state: {}, you: ann, ack: 0, hz: 30, send_every: 1 };
    client.session.sync(play.now, { ...earlier, tick: 3, reason: "joined" });
    assert.deepEqual([client.session.epoch, client.session.tick], [1, 3]);
  });

  it("asks for everything after a gap, and counts it", () => {
    const play = room();
    const client = new VirtualClient(play, ann);
    play.run(1_500);
    const { tick, epoch } = client.session;
    client.session.frame(play.now, { room_id: "r", epoch, tick: tick + 9, base: tick + 5, ack: 0, lead: 0 });
    assert.equal(client.session.tick, tick);
    play.run(500);
    assert.ok(client.session.tick > tick + 5);
    assert.ok(client.session.stats(play.now).framesLost > 0);
  });

  it("puts two steps' inputs in one message where it is told to, and never more than eight", () => {
    const play = room();
    const client = new VirtualClient(play, ann, { batch: 2, link: { delay: 20 } });
    play.run(2_000);
    const steady = client.sent.slice(4);
    assert.ok(steady.length > 20);
    for (const { inputs } of steady) assert.equal(inputs.length, 2);
    play.kill();
    play.run(900);
    play.takeOver();
    play.run(200);
    assert.equal(Math.max(...client.sent.map(({ inputs }) => inputs.length)), 8);
  });

  it("sends again what nobody took while the owner was out of reach", () => {
    const play = room();
    const client = new VirtualClient(play, ann, { link: { delay: 30 } });
    play.run(1_000);
    play.kill();
    play.run(600);
    play.resume();
    // The room itself says where an input is skipped.
    play.run(3_000);
    assert.deepEqual([client.session.epoch, client.session.unacked < 15], [1, true]);
  });

  it("stands still when the server has been away for two seconds, and goes on after it is back", () => {
    const play = room();
    const client = new VirtualClient(play, ann);
    play.run(1_000);
    play.kill();
    play.run(5_000);
    assert.equal(client.session.unacked, 2 * game.hz);
    play.takeOver();
    play.run(3_000);
    assert.ok(client.session.unacked < 15);
  });

  it("does not see a button twice, nor miss it between two steps", () => {
    const play = room();
    const client = new VirtualClient(play, ann);
    play.run(1_000);
    client.sent.length = 0;
    client.session.input({ fire: true });
    client.session.input({ fire: false });
    play.run(500);
    const fired = client.sent.flatMap(({ inputs }) => inputs).filter((input) => input[4] === 1);
    assert.equal(fired.length, 1);
  });

  it("shows an optimistic event at once, and later says whether it has happened", () => {
    const foresee: VirtualClientOptions["foresee"] = (ship, input, emit, id) => {
      // Says too much: the server refuses while the gun is reloaded.
      if (input.fire === true && Number(ship.hp) > 0) emit({ type: "shot", ship: id });
    };
    const play = room();
    const client = new VirtualClient(play, ann, { link: { delay: 100 }, foresee });
    play.run(2_000);
    const phases: string[] = [];
    const ids = new Set<number | undefined>();
    const look = (now: number) => {
      for (const { phase, event, id } of client.session.scene(now).events)
        if (event.type === "shot") {
          phases.push(phase);
          ids.add(id);
        }
    };
    client.session.input({ fire: true });
    play.run(40, look);
    assert.deepEqual(phases, ["predicted"]);
    client.session.input({ fire: true });
    play.run(1_000, look);
    assert.deepEqual(phases, ["predicted", "predicted", "confirmed", "refused"]);
    assert.equal(ids.size, 2);
  });

  it("goes no further by five times the inputs", () => {
    const play = room();
    const honest = new VirtualClient(play, ann);
    play.checksGaps = false;
    play.run(1_000);
    const ships = () => [ownShip(play.simulation.state, ann), ownShip(play.simulation.state, bob)];
    for (const ship of play.simulation.state.ships?.values() ?? []) Object.assign(ship, { x: 3, y: 22 });
    let [seq, nextAt] = [0, play.now];
    honest.session.input({ y: -1 });
    play.run(1_500, (now) => {
      if (now < nextAt) return;
      nextAt += 1_000 / game.hz;
      const inputs = Array.from({ length: 5 }, () => [++seq, 0, -1, 0, 0]);
      play.take(bob, { room_id: "r", epoch: 1, inputs });
    });
    const [fair, unfair] = ships().map(({ y }) => 22 - y) as [number, number];
    assert.ok(fair > 8, `${fair}`);
    assert.ok(unfair <= fair * 1.1, `${unfair} is further than ${fair}`);
  });

  it("has nothing to send for a spectator, who sees all the same", () => {
    const play = room();
    new VirtualClient(play, ann);
    const watcher = new VirtualClient(play, "eve" as UserId);
    watcher.session.input({ x: 1 });
    play.run(1_000);
    assert.deepEqual(watcher.sent, []);
    assert.deepEqual(watcher.session.scene(play.now).own, []);
    assert.equal(watcher.session.scene(play.now).state.ships?.size, 2);
  });
});
