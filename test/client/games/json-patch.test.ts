import assert from "node:assert/strict";
import fc from "fast-check";
import jsonPatch from "fast-json-patch";
import { PatchError, patched } from "../../../client/games/json-patch.ts";

/** As it comes over a wire: there is no -0. */
const tree = fc
  .oneof(fc.array(fc.jsonValue({ maxDepth: 3 })), fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })))
  .map((value): object => JSON.parse(JSON.stringify(value)));

describe("JSON Patch at the client", () => {
  it("makes the same of a value as the server's library, and leaves the value as it was", () => {
    fc.assert(
      fc.property(tree, tree, (before, after) => {
        fc.pre(Array.isArray(before) === Array.isArray(after));
        const text = JSON.stringify(before);
        assert.deepEqual(patched(before, jsonPatch.compare(before, after)), after);
        assert.equal(JSON.stringify(before), text);
      }),
      { numRuns: 300 },
    );
  });

  // From RFC 6902, appendix A, and RFC 6901.
  const cases: readonly [string, unknown, unknown[], unknown][] = [
    ["adds a member", { a: 1 }, [{ op: "add", path: "/b", value: null }], { a: 1, b: null }],
    ["adds an element", { a: [1, 3] }, [{ op: "add", path: "/a/1", value: 2 }], { a: [1, 2, 3] }],
    ["adds at the end", [1], [{ op: "add", path: "/-", value: [2] }], [1, [2]]],
    ["replaces all", { a: 1 }, [{ op: "replace", path: "", value: [2] }], [2]],
    ["removes an element", [1, 2, 3], [{ op: "remove", path: "/1" }], [1, 3]],
    [
      "moves a value",
      { a: { b: 1 }, c: {} },
      [{ op: "move", from: "/a/b", path: "/c/d" }],
      { a: {}, c: { d: 1 } },
    ],
    ["moves an element", [1, 2, 3], [{ op: "move", from: "/0", path: "/2" }], [2, 3, 1]],
    ["copies a value", { a: [1] }, [{ op: "copy", from: "/a", path: "/b" }], { a: [1], b: [1] }],
    [
      "tests, whatever the order of names",
      { a: { b: 1, c: 2 } },
      [{ op: "test", path: "/a", value: { c: 2, b: 1 } }],
      { a: { b: 1, c: 2 } },
    ],
    [
      "reads ~0 and ~1",
      { "a/b": 1, "~": 1, "~1": 1 },
      [
        { op: "replace", path: "/a~1b", value: 2 },
        { op: "remove", path: "/~0" },
        { op: "remove", path: "/~01" },
      ],
      { "a/b": 2 },
    ],
    [
      "takes empty names and names like numbers",
      { "": { "0": 1 } },
      [{ op: "replace", path: "//0", value: 2 }],
      { "": { "0": 2 } },
    ],
  ];
  for (const [title, before, patch, after] of cases)
    it(title, () => assert.deepEqual(patched(before, patch), after));

  const wrong: readonly [string, unknown, unknown][] = [
    ["no operation", {}, { op: "spam", path: "" }],
    ["no step", {}, null],
    ["no pointer", {}, { op: "add", path: "a", value: 1 }],
    ["no value", {}, { op: "add", path: "/a" }],
    ["a parent that is not there", {}, { op: "add", path: "/a/b", value: 1 }],
    ["a parent that is no tree", { a: "text" }, { op: "add", path: "/a/0", value: 1 }],
    ["a member that is not there", {}, { op: "replace", path: "/a", value: 1 }],
    ["a member that all objects have", {}, { op: "remove", path: "/toString" }],
    ["a place beyond the end", [1], { op: "add", path: "/2", value: 1 }],
    ["the end of a list that is read", [1], { op: "replace", path: "/-", value: 1 }],
    ["a place with a leading zero", [1, 2], { op: "remove", path: "/01" }],
    ["a name for a place", [1], { op: "remove", path: "/length" }],
    ["a value that is moved into itself", { a: { b: 1 } }, { op: "move", from: "/a", path: "/a/b" }],
    ["a test that fails", { a: 1 }, { op: "test", path: "/a", value: "1" }],
    ["all removed", { a: 1 }, { op: "remove", path: "" }],
    ["the prototype", {}, { op: "add", path: "/__proto__/polluted", value: 1 }],
    ["the constructor", {}, { op: "add", path: "/constructor/prototype/polluted", value: 1 }],
  ];
  for (const [title, before, step] of wrong)
    it(`refuses ${title}, and changes nothing`, () => {
      const text = JSON.stringify(before);
      assert.throws(() => patched(before, [step]), PatchError);
      assert.equal(JSON.stringify(before), text);
      assert.equal(({} as { polluted?: unknown }).polluted, undefined);
    });

  it("takes names that objects share for an object's own", () => {
    const before = JSON.parse('{"__proto__":{"a":1},"constructor":{"prototype":1}}');
    const steps = [
      { op: "replace", path: "/__proto__/a", value: 2 },
      { op: "remove", path: "/constructor/prototype" },
      { op: "add", path: "/b", value: {} },
      { op: "add", path: "/b/__proto__", value: { polluted: 1 } },
    ];
    const after = patched(before, steps);
    assert.equal(
      JSON.stringify(after),
      '{"__proto__":{"a":2},"constructor":{},"b":{"__proto__":{"polluted":1}}}',
    );
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  });

  it("shares what a patch leaves as it was", () => {
    const before = { a: { big: [1, 2, 3] }, b: { n: 1 } };
    const after = patched(before, [{ op: "replace", path: "/b/n", value: 2 }]) as typeof before;
    assert.equal(after.a, before.a);
    assert.deepEqual([before.b.n, after.b.n], [1, 2]);
  });
});
