import assert from "node:assert/strict";
import fc from "fast-check";
import { GameError } from "../../core/contract/errors.ts";
import type { Reading } from "../../core/ports/reading.ts";
import { ITEM_BYTES } from "../../core/ports/store/pages.ts";
import type { StreamEntry } from "../../core/ports/store/streams.ts";
import type { LiveOptions, RunningLive } from "../../server/delivery/live.ts";
import { FakeStream, type Hearer, houseOf } from "./live-support.ts";

/** What one entry of these tests counts: a text of one character. */
const ENTRY = ITEM_BYTES + 3;
const FIRST = 10;
const WHOLE = 20;
const resume = { wholeBytes: WHOLE * ENTRY, firstBytes: FIRST * ENTRY, pageBytes: 5 * ENTRY };

const offsetsOf = (entries: readonly StreamEntry<unknown>[]) => entries.map(({ offset }) => offset);
const upTo = (end: number, from = 1) => Array.from({ length: end - from + 1 }, (_, i) => from + i);
const since = (offset: number, epoch = "e1") => ({ epoch, offset });

/** Reads that go on only when the test lets them. */
function gatedReading() {
  let open: (() => void) | undefined;
  let gate = Promise.resolve();
  const reading: Pick<Reading, "turn"> = {
    async turn(_, read) {
      await gate;
      return read(() => Promise.resolve());
    },
  };
  return {
    reading,
    close() {
      gate = new Promise((resolve) => {
        open = resolve;
      });
    },
    open: () => open?.(),
  };
}

async function hears(hearer: Hearer, expected: readonly (number | string)[]): Promise<void> {
  for (let tries = 0; tries < 1_000 && hearer.heard.length < expected.length; tries++)
    await new Promise((resolve) => setTimeout(resolve, 2));
  assert.deepEqual(hearer.heard, expected);
}

describe("live: a connection that missed much", () => {
  const open: RunningLive[] = [];
  function house(stream = new FakeStream(), more: Pick<LiveOptions, "reading"> = {}) {
    const made = houseOf(stream, 3_600_000, { resume, ...more });
    open.push(made.live);
    return made;
  }
  afterEach(() => {
    for (const live of open.splice(0)) live.close();
  });

  it("gets the first part as the answer, and the rest in order before anything newer", async () => {
    const gate = gatedReading();
    const here = house(new FakeStream(), gate);
    for (const _ of upTo(100)) here.stream.append("x");
    const [ann, bob] = [here.hearer("ann"), here.hearer("bob")];
    await here.live.attach(bob.session, here.followed);
    const attached = await here.live.attach(ann.session, here.followed, since(0));
    assert.deepEqual([attached.recovered, attached.offset], [true, FIRST]);
    assert.deepEqual(offsetsOf(attached.missed), upTo(FIRST));
    assert.ok(here.live.follows(ann.session, here.followed.key));
    gate.close();
    here.stream.append("y");
    here.stream.append("y");
    await hears(bob, [101, 102]);
    assert.ok(!ann.heard.includes(101));
    gate.open();
    await hears(ann, upTo(102, FIRST + 1));
    here.stream.append("z");
    await hears(ann, upTo(103, FIRST + 1));
    assert.ok(here.stream.largestPage <= resume.pageBytes, `${here.stream.largestPage}`);
  });

  it("gets all of it as the answer where that is no more than an answer holds", async () => {
    const here = house();
    for (const _ of upTo(WHOLE)) here.stream.append("x");
    const whole = await here.live.attach(here.hearer("ann").session, here.followed, since(0));
    assert.deepEqual([offsetsOf(whole.missed), whole.offset], [upTo(WHOLE), WHOLE]);
    here.stream.append("x");
    const bob = here.hearer("bob");
    const first = await here.live.attach(bob.session, here.followed, since(0));
    assert.deepEqual(offsetsOf(first.missed), upTo(FIRST));
    await hears(bob, upTo(WHOLE + 1, FIRST + 1));
  });

  it("gets an entry that is larger than a part by itself", async () => {
    const here = house();
    for (const text of ["x", "large ".repeat(1_000), "x", "large ".repeat(1_000), "x"])
      here.stream.append(text);
    const ann = here.hearer("ann");
    const first = await here.live.attach(ann.session, here.followed, since(0));
    assert.deepEqual(offsetsOf(first.missed), [1]);
    await hears(ann, [2, 3, 4, 5]);
    const bob = here.hearer("bob");
    const second = await here.live.attach(bob.session, here.followed, since(1));
    assert.deepEqual(offsetsOf(second.missed), [2]);
    await hears(bob, [3, 4, 5]);
  });

  it("is told where what it still has to get is trimmed, or is of the past, and goes on after it", async () => {
    const gate = gatedReading();
    const here = house(new FakeStream(), gate);
    for (const _ of upTo(50)) here.stream.append("x");
    const ann = here.hearer("ann");
    await here.live.attach(ann.session, here.followed, since(0));
    gate.close();
    here.stream.trim(3);
    gate.open();
    await hears(ann, ["lost e1 47", 48, 49, 50]);
    for (const _ of upTo(50)) here.stream.append("x");
    const bob = here.hearer("bob");
    await here.live.attach(bob.session, here.followed, since(50));
    gate.close();
    here.stream.restart("e2");
    for (const _ of upTo(3)) here.stream.append("x");
    gate.open();
    await hears(bob, ["lost e2 0", 1, 2, 3]);
    assert.deepEqual(ann.heard.slice(-4), ["lost e2 0", 1, 2, 3]);
  });

  it("asks again from another cursor while it still gets what it missed, and gets that in order", async () => {
    const gate = gatedReading();
    const here = house(new FakeStream(), gate);
    for (const _ of upTo(60)) here.stream.append("x");
    const ann = here.hearer("ann");
    await here.live.attach(ann.session, here.followed, since(0));
    const plain = await here.live.attach(ann.session, here.followed);
    assert.deepEqual([plain.offset, plain.missed], [FIRST, []], "without a cursor it stays where it is");
    const again = await here.live.attach(ann.session, here.followed, since(30));
    assert.deepEqual(offsetsOf(again.missed), upTo(40, 31));
    const before = ann.heard.length;
    here.stream.append("y");
    await hears(ann, [...ann.heard.slice(0, before), ...upTo(61, 41)]);
  });

  it("that follows already and asks from a cursor gets what it asks for before anything newer", async () => {
    const here = house();
    for (const _ of upTo(50)) here.stream.append("x");
    const ann = here.hearer("ann");
    await here.live.attach(ann.session, here.followed);
    const attached = await here.live.attach(ann.session, here.followed, since(0));
    here.stream.append("y");
    assert.deepEqual(offsetsOf(attached.missed), upTo(FIRST));
    await hears(ann, upTo(51, FIRST + 1));
  });

  it("that could not be served goes on where it was, and misses nothing", async () => {
    const here = house();
    for (const _ of upTo(5)) here.stream.append("x");
    const ann = here.hearer("ann");
    await here.live.attach(ann.session, here.followed);
    here.stream.away = new GameError("unavailable");
    const refused = here.live.attach(ann.session, here.followed, since(0));
    here.stream.append("y");
    await assert.rejects(refused, { code: "unavailable" });
    here.stream.away = undefined;
    here.stream.append("y");
    await hears(ann, [6, 7]);
  });

  it("that leaves, or ends, gets nothing more, and the stream is let go", async () => {
    const here = house();
    for (const _ of upTo(1_000)) here.stream.append("x");
    const [ann, bob] = [here.hearer("ann"), here.hearer("bob")];
    for (const { session } of [ann, bob]) await here.live.attach(session, here.followed, since(0));
    assert.equal(here.live.size, 1);
    here.live.detach(ann.session, here.followed.key);
    bob.end();
    here.live.drop(bob.session);
    assert.deepEqual([here.live.size, here.stream.listeners.size], [0, 0]);
    const told = [ann.heard.length, bob.heard.length];
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual([ann.heard.length, bob.heard.length], told);
  });

  it("under any order of replies and notices gets each entry once, without a gap", async () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.constant({ kind: "append" as const }) },
      { weight: 2, arbitrary: fc.nat({ max: 30 }).map((back) => ({ kind: "attach" as const, back })) },
      { weight: 1, arbitrary: fc.constant({ kind: "check" as const }) },
      { weight: 1, arbitrary: fc.constant({ kind: "hush" as const }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(step, { maxLength: 40 }), async (scheduler, steps) => {
        const stream = new FakeStream((value) => scheduler.schedule(Promise.resolve(value)));
        for (const _ of upTo(30)) stream.append("x");
        const here = houseOf(stream, 3_600_000, { resume });
        const attached: Promise<{ from: number; hearer: Hearer; missed: number[]; offset: number }>[] = [];
        /** What goes on by itself does so between turns of the event loop. */
        const settle = async () => {
          for (let quiet = 0; quiet < 5; quiet++) {
            await scheduler.waitIdle();
            await new Promise((resolve) => setImmediate(resolve));
          }
        };
        try {
          scheduler.scheduleSequence(
            steps.map((one) => async () => {
              if (one.kind === "append") stream.append("x");
              else if (one.kind === "hush") stream.noticed = !stream.noticed;
              else if (one.kind === "check") void here.live.check();
              else {
                const from = Math.max(0, stream.end - one.back);
                const hearer = here.hearer(`h${attached.length}`);
                attached.push(
                  here.live.attach(hearer.session, here.followed, since(from)).then((got) => {
                    assert.equal(got.recovered, true);
                    return { from, hearer, missed: offsetsOf(got.missed), offset: got.offset };
                  }),
                );
              }
            }),
          );
          await settle();
          const all = await Promise.all(attached);
          const checked = here.live.check();
          await settle();
          await checked;
          await settle();
          for (const { from, hearer, missed, offset } of all) {
            assert.deepEqual(missed, upTo(offset, from + 1));
            assert.ok(missed.length <= WHOLE);
            assert.deepEqual(hearer.heard, upTo(stream.end, offset + 1));
          }
        } finally {
          here.live.close();
        }
      }),
      { numRuns: 200 },
    );
  });
});
