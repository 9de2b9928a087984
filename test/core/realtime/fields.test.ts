import assert from "node:assert/strict";
import fc from "fast-check";
import {
  angle,
  axis,
  bool,
  choice,
  fixed,
  int,
  player,
  type RealtimeField,
} from "../../../core/realtime/fields.ts";

const numbers: Readonly<Record<string, RealtimeField<number>>> = {
  axis: axis(),
  angle: angle(),
  int: int(-5, 1_000),
  "fixed of a power of two": fixed(1 / 64),
  "fixed of a tenth": fixed(0.1, { min: -50, max: 1e6 }),
};

describe("fields of a real-time game", () => {
  for (const [name, field] of Object.entries(numbers)) {
    it(`${name}: rounding twice is rounding once, and packing loses nothing of it`, () => {
      fc.assert(
        fc.property(fc.double({ noNaN: false }), (value) => {
          const once = field.round(value);
          assert.ok(Object.is(field.round(once), once));
          assert.ok(Object.is(field.unpack(field.pack(once)), once));
          assert.equal(field.problemOf(once), undefined);
          assert.ok(Object.is(JSON.parse(JSON.stringify(once)), once));
          assert.ok(Number.isSafeInteger(field.pack(once)));
        }),
      );
    });
  }

  it("an angle is wrapped to one turn", () => {
    const field = angle();
    assert.ok(Math.abs(field.round(3 * Math.PI) - -Math.PI) < 1e-3);
    assert.equal(field.round(2 * Math.PI), 0);
    assert.ok(Math.abs(field.round(-1.5 * Math.PI) - Math.PI / 2) < 1e-3);
  });

  it("each kind says what is wrong with a value", () => {
    assert.equal(axis().problemOf(1.5), "must be from -1 to 1");
    assert.equal(axis().problemOf(1 + 1e-9), undefined);
    assert.equal(axis().problemOf(Number.NaN), "must be a finite number");
    assert.equal(int(0, 9).problemOf(1.5), "must be a whole number from 0 to 9");
    assert.equal(fixed(0.5, { max: 2 }).problemOf(3), `must be from ${-(2 ** 40) / 2} to 2`);
    assert.equal(bool().problemOf("yes"), "must be true or false (or 1 or 0)");
    assert.equal(choice("red", "blue").problemOf("green"), "must be one of red, blue");
    assert.equal(player().problemOf(7), "must be a user id or null");
  });

  it("texts survive packing", () => {
    const colour = choice("red", "blue");
    assert.equal(colour.unpack(colour.pack("blue")), "blue");
    assert.equal(player().unpack(player().pack("ann")), "ann");
    assert.equal(player().unpack(player().pack(null)), null);
  });

  it("ranges that can't be are refused", () => {
    assert.throws(() => fixed(0), /the step must be above 0/);
    assert.throws(() => fixed(1, { min: 0.2, max: 0.8 }), /no multiple of the step is in the range/);
    assert.throws(() => int(3, 1), /whole numbers with min ≤ initial ≤ max/);
  });
});
