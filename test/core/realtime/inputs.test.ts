import assert from "node:assert/strict";
import fc from "fast-check";
import { angle, axis, button } from "../../../core/realtime/fields.ts";
import { idled, joined, readInput, writeInput } from "../../../core/realtime/inputs.ts";
import { effectiveInputs, type HeldInput, SeatInputs } from "../../../core/realtime/seat-inputs.ts";

const fields = { x: axis(), aim: angle(), fire: button() };
const HZ = 20;
const input = (x: number, fire = false) => ({ x, aim: 0, fire });
const entry = (seq: number, x = 1, fire = false) => ({ seq, input: input(x, fire) });

describe("inputs over the wire", () => {
  it("an array and an object give the same input", () => {
    const read = { seq: 7, input: { x: -1, aim: 0, fire: true } };
    assert.deepEqual(readInput(fields, [7, -1, 0, 1]), read);
    assert.deepEqual(readInput(fields, { seq: 7, x: -1, fire: true, cheat: 9 }), read);
  });

  it("what is read is the same after it was written", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 31 }),
        fc.double({ min: -1, max: 1, noNaN: true }),
        fc.double({ min: -100, max: 100, noNaN: true }),
        fc.boolean(),
        (seq, x, aim, fire) => {
          const once = readInput(fields, [seq, x, aim, fire]);
          assert.ok(typeof once === "object");
          assert.deepEqual(readInput(fields, writeInput(fields, seq, once.input)), once);
        },
      ),
    );
  });

  for (const [why, given, problem] of [
    ["no object", 3, "an input must be an array or an object"],
    ["a seq of 0", [0, 0, 0, 0], "seq must be a whole number from 1 to 2147483648"],
    ["too few values", [1, 0, 0], "fire must be true or false (or 1 or 0)"],
    ["too many values", [1, 0, 0, 0, 0], "an input must have 4 values"],
    ["an axis out of its range", { seq: 1, x: 5 }, "x must be from -1 to 1"],
    ["a text for a number", { seq: 1, x: "1" }, "x must be a finite number"],
  ] as const)
    it(`an input with ${why} is refused`, () => assert.equal(readInput(fields, given), problem));

  it("two inputs that are joined keep both presses, and a player who idles keeps the aim alone", () => {
    const older = { x: 1, aim: 1, fire: true };
    assert.deepEqual(joined(fields, older, { x: 0, aim: 2, fire: false }), { x: 0, aim: 2, fire: true });
    assert.deepEqual(idled(fields, older), { x: 0, aim: 1, fire: false });
  });
});

/** Ticks without and with inputs: what each of them moved the player by. */
class Seat {
  readonly inputs = new SeatInputs(fields, HZ);
  #held: HeldInput | undefined;

  tick(): readonly { x?: unknown; fire?: unknown }[] {
    const { inputs, held } = effectiveInputs(fields, this.#held, this.inputs.take());
    this.#held = held;
    return inputs;
  }
}

describe("the inputs of a seat", () => {
  it("one is taken per tick, in the order of their numbers, each once", () => {
    const seat = new Seat();
    for (const seq of [2, 1, 2, 3]) seat.inputs.push(entry(seq, seq / 127));
    const taken = [1, 2, 3].map(() => [seat.tick(), seat.inputs.ack] as const);
    assert.deepEqual(
      taken.map(([inputs, ack]) => [inputs.map(({ x }) => x), ack]),
      [1, 2, 3].map((seq) => [[seq / 127], seq]),
    );
    assert.equal(seat.inputs.push(entry(3)), false);
    assert.equal(seat.inputs.waiting, 0);
  });

  it("a missing input is held for three ticks without its press, and then the player idles", () => {
    const seat = new Seat();
    seat.inputs.push(entry(1, 1, true));
    const moved = Array.from({ length: 6 }, () => seat.tick()[0]);
    assert.deepEqual(
      moved.map((one) => [one?.x, one?.fire]),
      [
        [1, true],
        [1, false],
        [1, false],
        [1, false],
        [0, false],
        [0, false],
      ],
    );
  });

  it("nothing moves a player before the first input", () => {
    assert.deepEqual(new Seat().tick(), []);
  });

  it("inputs of held ticks that come late are skipped, and their press is not", () => {
    const seat = new Seat();
    seat.inputs.push(entry(1));
    for (let tick = 0; tick < 4; tick++) seat.tick();
    for (let seq = 2; seq <= 7; seq++) seat.inputs.push(entry(seq, 1, seq === 3));
    const inputs = seat.tick();
    assert.equal(inputs.length, 1);
    assert.equal(inputs[0]?.fire, true);
    assert.equal(seat.inputs.ack, 5);
    assert.equal(seat.inputs.waiting, 2);
  });

  it("whoever sends five times as much is moved as often as the others", () => {
    const [honest, fast] = [new Seat(), new Seat()];
    const moved = [0, 0] as [number, number];
    let seq = 0;
    for (let tick = 1; tick <= 200; tick++) {
      honest.inputs.push(entry(tick));
      for (let i = 0; i < 5; i++) fast.inputs.push(entry(++seq));
      moved[0] += honest.tick().length;
      moved[1] += fast.tick().length;
    }
    assert.deepEqual(moved, [200, 200]);
    assert.ok(fast.inputs.takeLost());
  });

  it("no pattern of sending gives more moves than there are ticks", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 150 }), (bursts) => {
        const seat = new Seat();
        let [seq, moved] = [0, 0];
        for (const burst of bursts) {
          for (let i = 0; i < burst; i++) seat.inputs.push(entry(++seq));
          moved += seat.tick().filter(({ x }) => x !== 0).length;
        }
        assert.ok(moved <= bursts.length, `${moved} moves in ${bursts.length} ticks`);
      }),
    );
  });

  it("what is dropped is told, is the oldest, and is the gap in what was acknowledged", () => {
    const seat = new Seat();
    for (let seq = 1; seq <= 100; seq++) seat.inputs.push(entry(seq));
    assert.deepEqual(seat.inputs.takeLost(), [1, 60]);
    assert.equal(seat.inputs.takeLost(), undefined);
    seat.tick();
    assert.equal(seat.inputs.ack, 61);
  });

  it("after a gap of the server the inputs of the gap are worked off, one more per tick", () => {
    const seat = new Seat();
    seat.inputs.allow(20);
    for (let seq = 1; seq <= 22; seq++) seat.inputs.push(entry(seq));
    assert.equal(seat.tick().length, 2);
    for (let tick = 0; tick < 12; tick++) seat.tick();
    assert.equal(seat.inputs.takeLost(), undefined);
    assert.ok(seat.inputs.ack >= 20);
  });
});
