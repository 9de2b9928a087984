import assert from "node:assert/strict";
import { dropOldest } from "../../core/collections.ts";

describe("a bounded collection", () => {
  it("keeps everything up to its bound", () => {
    const map = new Map([
      ["a", 1],
      ["b", 2],
    ]);
    dropOldest(map, 2);
    assert.deepEqual([...map.keys()], ["a", "b"]);
  });

  it("drops what was added first, as many as are too many", () => {
    const set = new Set(["a", "b", "c", "d"]);
    dropOldest(set, 2);
    assert.deepEqual([...set], ["c", "d"]);
    dropOldest(set, 0);
    assert.equal(set.size, 0);
  });

  it("counts an entry that was deleted and added again as new", () => {
    const map = new Map([
      ["a", 1],
      ["b", 2],
      ["c", 3],
    ]);
    map.delete("a");
    map.set("a", 1);
    dropOldest(map, 2);
    assert.deepEqual([...map.keys()], ["c", "a"]);
  });
});
