import assert from "node:assert/strict";
import { asId, type WorkerId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import { createSuccession, type Succession } from "../../server/cluster/succession.ts";
import { createBus } from "../../server/store/embedded/bus.ts";

const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };

describe("succession of workers on one port", () => {
  let bus: ReturnType<typeof createBus>;
  /** What each worker was told to do, in order. */
  let told: string[];

  beforeEach(() => {
    bus = createBus(quiet);
    told = [];
  });

  /** The slot is the name's first letter: `a2` replaces `a`. */
  async function arrive(name: string, group = "one"): Promise<Succession> {
    const succession = await createSuccession({
      bus,
      worker: asId<WorkerId>(name),
      port: { group, slot: name.slice(0, 1) },
      log: quiet,
      pause: () => void told.push(`${name} pauses`),
      resume: async () => void told.push(`${name} resumes`),
    });
    await succession.arrived();
    return succession;
  }

  it("in a reload the old ones leave new connections to those who came, once", async () => {
    const [a, b] = [await arrive("a"), await arrive("b")];
    await arrive("c");
    await arrive("a2");
    await a.leaving();
    assert.deepEqual(told, ["b pauses", "c pauses"]);
    await arrive("b2");
    await b.leaving();
    assert.deepEqual(told, ["b pauses", "c pauses"]);
  });

  it("two that are replaced at the same time: whoever came takes connections in the end", async () => {
    const [a, b] = [await arrive("a"), await arrive("b")];
    await arrive("c");
    await arrive("b2");
    await arrive("a2");
    await a.leaving();
    await b.leaving();
    assert.deepEqual(told, ["b pauses", "c pauses", "b2 pauses", "b2 resumes"]);
  });

  it("one that stops without a successor leaves the others as they are", async () => {
    await arrive("a");
    const b = await arrive("b");
    await b.leaving();
    assert.deepEqual(told, []);
  });

  it("when the successors stop too, connections are taken again", async () => {
    const a = await arrive("a");
    await arrive("b");
    const a2 = await arrive("a2");
    await a.leaving();
    await a2.leaving();
    assert.deepEqual(told, ["b pauses", "b resumes"]);
  });

  it("workers on another port do not count", async () => {
    const a = await arrive("a");
    await arrive("b", "two");
    await arrive("c", "two");
    await a.leaving();
    assert.deepEqual(told, []);
  });
});
