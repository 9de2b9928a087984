import assert from "node:assert/strict";
import { createFloodWatch } from "../../middleware/rate-limit/floods.ts";

function setUp() {
  let now = 1_800_000_000_000;
  const floods = createFloodWatch(() => now);
  return {
    floods,
    pass: (ms: number) => {
      now += ms;
    },
    refuse: (connection: object, times: number, subject = "ann") =>
      Array.from({ length: times }, () => floods.refused(connection, subject)),
  };
}

const count = (answers: readonly string[], what: string) => answers.filter((one) => one === what).length;

describe("who goes on although refused", () => {
  it("is not read for a while with each fifty refusals at once", () => {
    const { refuse } = setUp();
    const answers = refuse({}, 240);
    assert.deepEqual(
      answers.flatMap((answer, at) => (answer === "hold" ? [at + 1] : [])),
      [50, 100, 150, 200],
    );
  });

  it("is never held where the refusals are few at a time, however long it goes on", () => {
    const { refuse, pass } = setUp();
    const connection = {};
    for (let second = 0; second < 60; second++) {
      assert.deepEqual(new Set(refuse(connection, 40)), new Set(["nothing"]));
      pass(1_000);
    }
  });

  it("is cut when it would be held for the eighth time in ten seconds", () => {
    const { floods } = setUp();
    const connection = {};
    const held = Array.from({ length: 8 }, () => floods.held(connection, "ann"));
    assert.deepEqual(held, [...Array.from({ length: 7 }, () => false), true]);
    assert.equal(floods.waitOf("ann"), 10_000);
  });

  it("is cut with a thousand refusals in ten seconds, and gets no other connection for ten", () => {
    const { floods, refuse, pass } = setUp();
    const connection = {};
    for (let portion = 0; portion < 27; portion++) {
      assert.deepEqual(new Set(refuse(connection, 37)), new Set(["nothing"]));
      pass(251);
    }
    assert.equal(floods.waitOf("ann"), 0);
    assert.deepEqual(refuse(connection, 1), ["cut"]);
    assert.equal(floods.waitOf("ann"), 10_000);
    assert.equal(floods.waitOf("bob"), 0);
    pass(9_999);
    assert.equal(floods.waitOf("ann"), 1);
    pass(1);
    assert.equal(floods.waitOf("ann"), 0);
    floods.sweep();
    assert.equal(floods.size, 0);
  });

  it("is forgiven for what is long ago, and a clock that is set back keeps nobody out", () => {
    const { floods, refuse, pass } = setUp();
    const connection = {};
    refuse(connection, 390);
    pass(20_001);
    assert.equal(count(refuse(connection, 390), "cut"), 0);
    floods.cut("ann");
    pass(-60_000);
    assert.equal(floods.waitOf("ann"), 0);
  });

  it("is remembered with 20,000 others at most; who was cut first is forgotten first", () => {
    const { floods } = setUp();
    for (let user = 0; user < 20_010; user++) floods.cut(`user${user}`);
    assert.equal(floods.size, 20_000);
    assert.deepEqual([floods.waitOf("user9"), floods.waitOf("user10")], [0, 10_000]);
  });
});
