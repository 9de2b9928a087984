import assert from "node:assert/strict";
import fc from "fast-check";
import { asBytes, copyOf, decodeValue, encodeValue, holdsBytes } from "../../core/bytes.ts";
import { cut, isWellFormed, isWellFormedJson } from "../../core/text.ts";
import { HOSTILE_VALUES } from "../conformance/hostile.ts";

const some = Buffer.from([0, 1, 2, 250, 255]);
const again = (value: unknown) => decodeValue(encodeValue(value) ?? "");

describe("bytes in values", () => {
  it("come back as the same bytes, wherever they stand", () => {
    for (const value of [
      asBytes(some),
      [asBytes(some), { deep: [{ er: asBytes(some) }] }, "text"],
      { a: asBytes(Buffer.alloc(0)), b: asBytes(some), c: null },
    ])
      assert.deepEqual(JSON.stringify(again(value)), JSON.stringify(value));
    const { held } = again({ held: asBytes(some) }) as { held: Buffer };
    assert.ok(Buffer.isBuffer(held) && held.equals(some));
    // And once more, as what was read from a store is written to it again.
    assert.deepEqual((again({ held }) as { held: Buffer }).held, held);
  });

  it("are Node's own buffers too, as rules of a game may make them", () => {
    const { list } = again({ list: [some, new Uint8Array(some)] }) as { list: Buffer[] };
    assert.ok(list[0]?.equals(some));
    const { list: mixed } = again({ list: [some, asBytes(some), new Uint8Array(some)] }) as {
      list: Buffer[];
    };
    assert.ok(mixed.every((each) => Buffer.isBuffer(each) && each.equals(some)));
  });

  it("are not made by anything that somebody writes like them", () => {
    const written = encodeValue({ held: asBytes(some) }) ?? "";
    const name = written.slice(1, written.indexOf("\n"));
    for (const value of [
      { type: "Buffer", data: [1, 2, 3] },
      { base64: "AAEC" },
      { [name]: "AAEC" },
      { held: { [name]: "AAEC" }, beside: asBytes(some) },
      written,
      `\u0002${name}\n{"${name}":"AAEC"}`,
      { _placeholder: true, num: 0 },
    ]) {
      const back = again(value) as { held?: unknown };
      if (back !== null && typeof back === "object" && "held" in back)
        assert.deepEqual(back.held, { [name]: "AAEC" });
      else assert.deepEqual(back, value);
    }
  });

  it("a field named __proto__ is a field", () => {
    const value = JSON.parse('{"__proto__":null,"a":1}');
    Object.defineProperty(value, "__proto__", { value: asBytes(some), enumerable: true });
    const back = again(value) as object;
    assert.equal(Object.getPrototypeOf(back), Object.prototype);
    assert.deepEqual(Object.getOwnPropertyDescriptor(back, "__proto__")?.value, asBytes(some));
  });

  it("other values are written as JSON writes them", () => {
    for (const value of HOSTILE_VALUES) {
      assert.equal(encodeValue(value), JSON.stringify(value));
      assert.deepEqual(again(value), JSON.parse(JSON.stringify(value)));
    }
    assert.equal(encodeValue(undefined), undefined);
    assert.throws(() => encodeValue(1n), TypeError);
    // A value that could not be written leaves nothing behind for the next.
    assert.equal(JSON.stringify({ a: asBytes(some) }), '{"a":{"base64":"AAEC+v8="}}');
  });

  it("take a third more than themselves, not four times as much", () => {
    const large = asBytes(Buffer.alloc(300_000, 255));
    assert.ok((encodeValue({ large })?.length ?? 0) < 410_000);
  });

  it("are found, and copied", () => {
    assert.ok(holdsBytes({ a: [1, { b: some }] }) && holdsBytes(some));
    assert.ok(!holdsBytes({ a: [1, { b: "text" }] }) && !holdsBytes(null));
    const value = { a: asBytes(Buffer.from(some)), b: [1] };
    const copy = copyOf(value);
    value.a[0] = 9;
    value.b.push(2);
    assert.ok(copy.a.equals(some));
    assert.deepEqual(copy.b, [1]);
  });
});

describe("texts", () => {
  it("with half a character are found in values and in names of fields", () => {
    for (const value of ["\ud83d", { a: ["x", { b: "\ude00" }] }, { "a\ud800": 1 }, ["\ude00\ud83d"]])
      assert.ok(!isWellFormed(value), JSON.stringify(value));
    for (const value of ["😀", { "😀": ["ok", null, 1, true] }, undefined, Buffer.from([0xd8, 0x00])])
      assert.ok(isWellFormed(value));
    assert.ok(!isWellFormedJson('"\\ud83d"', "\ud83d"));
    assert.ok(isWellFormedJson('"\\ud83d\\ude00"', "😀"));
  });

  it("with numbers that JSON reads as infinite are found, however they are written, and others are none", () => {
    const number = fc
      .tuple(fc.boolean(), fc.nat(320), fc.nat(3), fc.option(fc.integer({ min: -400, max: 400 })), fc.nat(4))
      .map(([negative, digits, fraction, exponent, zeros]) => {
        const sign = exponent !== null && exponent < 0 ? "-" : zeros % 2 === 0 ? "" : "+";
        const e = exponent === null ? "" : `E${sign}${"0".repeat(zeros)}${Math.abs(exponent)}`;
        return `${negative ? "-" : ""}9${"7".repeat(digits)}.${"5".repeat(fraction + 1)}${e}`;
      });
    fc.assert(
      fc.property(number, fc.nat(250), (text, before) => {
        const json = `{"${"x".repeat(before)}": [${text}]}`;
        const value: unknown = JSON.parse(json);
        assert.equal(isWellFormedJson(json, value), Number.isFinite(Number(text)), text);
      }),
      { numRuns: 2_000 },
    );
  });

  it("are cut between characters", () => {
    assert.deepEqual(
      [cut("😀😀", 4), cut("😀😀", 3), cut("😀😀", 2), cut("😀😀", 1), cut("abc", 2)],
      ["😀😀", "😀", "😀", "", "ab"],
    );
  });
});
