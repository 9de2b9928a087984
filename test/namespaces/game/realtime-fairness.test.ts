import assert from "node:assert/strict";
import { angle, axis, button, choice, entities, fixed, int, player } from "../../../core/realtime/fields.ts";
import { defineRealtime, type RealtimeGame } from "../../../core/realtime/game.ts";
import { onEachSetup, type Setup } from "../../support/app.ts";
import { closePlain } from "../../support/plain.ts";
import { plain } from "../../support/realtime.ts";
import { type RoomSeat, sit, steer, WAYS, type Way } from "../../support/realtime-seat.ts";

const HZ = 60;

/** Cars that go as far as their inputs say. A horn tells how long ago the others were as its player saw them. */
const track: RealtimeGame = defineRealtime({
  name: "track",
  players: { min: 1, max: 4 },
  hz: HZ,
  input: {
    go: axis(),
    aim: angle(),
    horn: button(),
    gear: int(1, 5),
    lean: fixed(1 / 4, { min: -2, max: 2 }),
    side: choice("left", "right"),
  },
  state: {
    cars: entities({ owner: player(), x: fixed(1 / 64), clock: int(0, 1_000_000), seen: int(-1, 1_000) }),
  },
  rewinds: ["cars"],
  setup: (players) => ({
    cars: new Map(players.map((owner, at) => [`c${at}`, { owner, x: 0, clock: 0, seen: -1 }])),
  }),
  move(car, { go, gear }, dt) {
    car.x += go * gear * dt;
  },
  step({ cars }, inputs, { rewind }) {
    for (const car of cars.values()) {
      if (car.owner !== null && inputs.get(car.owner)?.horn)
        car.seen = car.clock - ([...rewind(car.owner as never).cars.values()][0]?.clock ?? 0);
    }
    for (const car of cars.values()) car.clock++;
  },
});

const IDLE = { go: 0, aim: 0, horn: false, gear: 1, lean: 0, side: "left" };

async function tableOf(setup: Setup, way: Way, names: readonly string[]) {
  const app = await setup.start({ app: { realtimeGames: [track] } });
  const seats: RoomSeat[] = [];
  for (const [at, name] of names.entries())
    seats.push(await sit(app, way, name, track, at % 2 === 0 ? 0 : 1));
  const [owner, ...others] = seats as [RoomSeat, ...RoomSeat[]];
  const { room } = await owner.call("room:create", { game: "track" });
  const { room_id } = room;
  for (const one of others) await one.call("room:join", { room_id, form: "columns" });
  await owner.call("room:start", { room_id });
  await Promise.all(seats.map(({ view }) => view.until("the start", ({ tick }) => tick >= 1)));
  return { app, room_id, seats };
}

describe("/game real-time rooms: fair play", () => {
  afterEach(closePlain);

  onEachSetup((setup) => {
    for (const way of WAYS)
      describe(`over ${way}`, () => {
        it("five times the inputs go no farther, and what has no place is told as lost", async () => {
          const { room_id, seats } = await tableOf(setup, way, ["ann", "bob"]);
          const [honest, fast] = seats as [RoomSeat, RoomSeat];
          const ends = [
            steer(honest, room_id, { ...IDLE, go: 1 }),
            steer(fast, room_id, { ...IDLE, go: 1 }, 5),
          ];
          const xOf = (user: string) => Number(honest.view.shipOf(user)?.x);
          await honest.view.until("a distance", () => xOf("ann") > 0.5);
          const [slow, quick] = [xOf("ann"), xOf("bob")];
          // At the start one may have begun a few steps before the other.
          assert.ok(quick <= slow * 1.25 + 0.25, `${quick} beside ${slow}`);
          const { lost } = await fast.view.until("lost inputs", ({ frames }) =>
            frames.find((one) => one.lost),
          );
          assert.ok(Array.isArray(lost) && Number(lost[0]) <= Number(lost[1]));
          for (const end of ends) end();
        });

        it("a view is as old as it is claimed to be, up to the measured round trip and 120 ms, and never above 250 ms", async () => {
          const { room_id, seats } = await tableOf(setup, way, ["ann", "bob"]);
          const [, bob] = seats as [RoomSeat, RoomSeat];
          let seq = 0;
          /** What the horn says where the client claims to show the frame so many ticks back, and to have this one. */
          async function heard(back: number, gotBack: number): Promise<number> {
            await bob.view.until("enough past", ({ tick }) => tick > 40);
            const { tick, epoch } = bob.view;
            const own = ++seq;
            const inputs = [{ ...IDLE, seq: own, horn: true }];
            bob.send("game:input", { room_id, epoch, inputs, got: tick - gotBack, seen: tick - back });
            await bob.view.until("the input", ({ ack }) => ack >= own);
            return bob.view.until("the horn", (view) => {
              const seen = Number(view.shipOf("bob")?.seen);
              return seen >= 0 ? seen : undefined;
            });
          }
          const ticks = (ms: number) => Math.floor((ms * HZ) / 1_000);
          // An honest view is what was seen, however long the input waited for its tick: a few more ticks went by till then.
          const honest = await heard(3, 0);
          assert.ok(honest >= 3 && honest < ticks(120), `${honest}`);
          // A claim beyond what was measured gives the measured one and the slack.
          const claimed = await heard(35, 0);
          assert.ok(claimed >= ticks(120) && claimed < ticks(250) - 1, `${claimed}`);
          // Who claims a slow link as well is stopped at 250 ms.
          assert.equal(await heard(40, 40), ticks(250) - 1);
          // From the future there is nothing to be seen, nor where no frame was named that came.
          assert.ok((await heard(-1_000, 0)) < 3);
        });

        it("each field of an input is held to its declaration, and a refused message moves nobody", async () => {
          const { room_id, seats } = await tableOf(setup, way, ["ann", "bob"]);
          const [ann] = seats as [RoomSeat, RoomSeat];
          const wrong: readonly (readonly [field: string, value: unknown])[] = [
            ["go", 1.5],
            ["go", "1"],
            ["go", null],
            ["aim", "north"],
            ["horn", 2],
            ["gear", 6],
            ["gear", 1.5],
            ["lean", 3],
            ["side", "up"],
            ["side", 0],
            ["seq", 0],
            ["seq", 2 ** 40],
          ];
          for (const [field, value] of wrong) {
            const error = await ann.refused("game:input", {
              room_id,
              // The first one is right: none of a message is taken where one is wrong.
              inputs: [
                { ...IDLE, seq: 1, go: 1 },
                { ...IDLE, seq: 2, [field]: value },
              ],
            });
            assert.equal(error.code, "invalid_payload");
            assert.match(String(error.message), new RegExp(`\\b${field}\\b`));
          }
          assert.deepEqual([ann.view.ack, ann.view.shipOf("ann")?.x], [0, 0]);
          // What is nearly right is rounded; what is not declared is left out.
          const inputs = [{ ...IDLE, seq: 1, go: 1 + 1e-9, lean: 0.26, gear: 5, speed: 1e9 }];
          await ann.call("game:input", { room_id, inputs });
          await ann.view.until("the input", ({ ack }) => ack === 1);
          assert.ok(Number(ann.view.shipOf("ann")?.x) <= (5 / HZ) * 10);
        });

        it("the columns form shows the same as the objects form, tick by tick", async () => {
          const { room_id, seats } = await tableOf(setup, way, ["ann", "bob"]);
          const [ann, bob] = seats as [RoomSeat, RoomSeat];
          assert.deepEqual([ann.view.syncs[0]?.form, bob.view.syncs.at(-1)?.form], [undefined, "columns"]);
          const seen = new Map<number, unknown>();
          let equal = 0;
          const compare = ({ view }: RoomSeat) => {
            const other = seen.get(view.tick);
            if (other === undefined) seen.set(view.tick, plain(view.state));
            else {
              assert.deepEqual(plain(view.state), other);
              equal++;
            }
          };
          const failed = new Promise<never>((_, reject) => {
            for (const one of [ann, bob])
              one.onFrame(() => {
                try {
                  compare(one);
                } catch (err) {
                  reject(err as Error);
                }
              });
          });
          const ends = [
            steer(ann, room_id, { ...IDLE, go: 0.5 }),
            steer(bob, room_id, { ...IDLE, go: -1, gear: 3 }),
          ];
          await Promise.race([failed, ann.view.until("twenty frames in both", () => equal >= 20)]);
          assert.ok(Number(bob.view.shipOf("ann")?.x) > 0 && Number(ann.view.shipOf("bob")?.x) < 0);
          for (const end of ends) end();
        });
      });
  });
});
