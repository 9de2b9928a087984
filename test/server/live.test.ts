import assert from "node:assert/strict";
import fc from "fast-check";
import { GameError } from "../../core/contract/errors.ts";
import type { StreamEntry } from "../../core/ports/store/streams.ts";
import { MAX_FOLLOWED } from "../../server/delivery/live-followed.ts";
import { FakeStream, type Hearer, houseOf, type LiveHouse } from "./live-support.ts";

const unavailable = new GameError("unavailable");
const offsetsOf = (entries: readonly StreamEntry<unknown>[]) => entries.map(({ offset }) => offset);
const upTo = (end: number, from = 1) => Array.from({ length: end - from + 1 }, (_, i) => from + i);

/** Resolves when the connection has heard so much. */
async function heard(hearer: Hearer, count: number): Promise<void> {
  while (hearer.heard.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function following(house: LiveHouse, name = "ann"): Promise<Hearer> {
  const hearer = house.hearer(name);
  await house.live.attach(hearer.session, house.followed);
  return hearer;
}

describe("live", () => {
  let open: LiveHouse[] = [];
  const house = (stream = new FakeStream(), checkMs?: number) => {
    const made = houseOf(stream, checkMs);
    open.push(made);
    return made;
  };
  afterEach(() => {
    for (const { live } of open) live.close();
    open = [];
  });

  it("an entry that no notice told of is found within two seconds, and delivered before what follows", async () => {
    const here = house(new FakeStream(), 1_000);
    const ann = await following(here);
    here.stream.noticed = false;
    here.stream.append("missed");
    const since = performance.now();
    await heard(ann, 1);
    assert.ok(performance.now() - since < 10_000);
    here.stream.append("missed too");
    here.stream.noticed = true;
    here.stream.append("told");
    await heard(ann, 3);
    assert.deepEqual(ann.heard, [1, 2, 3]);
  });

  it("a connection follows a bounded number of streams, and what it follows already costs nothing more", async () => {
    const here = house();
    const ann = here.hearer("ann");
    const streamOf = (at: number) => ({ ...here.followed, key: { ...here.followed.key, name: `s${at}` } });
    for (let at = 0; at < MAX_FOLLOWED; at++) await here.live.attach(ann.session, streamOf(at));
    await assert.rejects(here.live.attach(ann.session, here.followed), { code: "conflict" });
    assert.equal(here.live.size, MAX_FOLLOWED);
    await here.live.attach(ann.session, streamOf(7));
    here.live.detach(ann.session, streamOf(7).key);
    await here.live.attach(ann.session, here.followed);
  });

  it("notices that come late, twice or in another order are delivered once and in order", async () => {
    const here = house();
    const ann = await following(here);
    here.stream.noticed = false;
    for (const text of "abcde") here.stream.append(text);
    for (const offset of [3, 1, 1, 2, 5, 3, 4])
      for (const listener of here.stream.listeners) listener({ epoch: "e1", offset, entry: "" });
    await heard(ann, 5);
    assert.deepEqual(ann.heard, upTo(5));
  });

  it("a cursor gets all that was missed, and then only what comes after it", async () => {
    const here = house();
    for (const at of upTo(1_200)) here.stream.append(at);
    const ann = here.hearer("ann");
    const since = { epoch: "e1", offset: 200 };
    const attached = await here.live.attach(ann.session, here.followed, since);
    assert.deepEqual([attached.recovered, attached.offset], [true, 1_200]);
    assert.deepEqual(offsetsOf(attached.missed), upTo(1_200, 201));
    here.stream.append("live");
    await heard(ann, 1);
    assert.deepEqual(ann.heard, [1_201]);
  });

  it("a cursor whose entries were trimmed, or of another epoch, or from the future, is not recovered", async () => {
    const here = house();
    for (const at of upTo(20)) here.stream.append(at);
    here.stream.trim(5);
    for (const since of [
      { epoch: "e1", offset: 14 },
      { epoch: "e0", offset: 20 },
      { epoch: "e1", offset: 21 },
    ]) {
      const attached = await here.live.attach(here.hearer("ann").session, here.followed, since);
      assert.deepEqual([attached.recovered, attached.missed, attached.offset], [false, [], 20], since.epoch);
    }
    const kept = { epoch: "e1", offset: 15 };
    const attached = await here.live.attach(here.hearer("bob").session, here.followed, kept);
    assert.deepEqual([attached.recovered, offsetsOf(attached.missed)], [true, upTo(20, 16)]);
  });

  it("a cursor ahead of this worker is waited for: what its client has heard elsewhere does not come again", async () => {
    const here = house();
    const behind = await following(here, "behind");
    here.stream.noticed = false;
    for (const at of upTo(10)) here.stream.append(at);
    const ann = here.hearer("ann");
    const since = { epoch: "e1", offset: 7 };
    const attached = await here.live.attach(ann.session, here.followed, since);
    assert.deepEqual([attached.recovered, attached.offset], [true, 10]);
    assert.deepEqual(offsetsOf(attached.missed), [8, 9, 10]);
    assert.deepEqual(behind.heard, upTo(10));
    await here.live.check();
    assert.deepEqual(ann.heard, []);
  });

  it("a new epoch is told once to everybody, and followed from its beginning", async () => {
    const here = house();
    const ann = await following(here);
    for (const at of upTo(3)) here.stream.append(at);
    await heard(ann, 3);
    here.stream.restart("e2");
    here.stream.append("first of the new");
    await heard(ann, 5);
    await here.live.check();
    await here.live.check();
    here.stream.append("second");
    await heard(ann, 6);
    assert.deepEqual(ann.heard, [1, 2, 3, "lost e2 0", 1, 2]);
  });

  for (const [what, after] of [
    ["nothing new", 0],
    ["as much new", 2],
    ["more new, which had the same offsets", 5],
  ] as const)
    it(`a store that comes back without entries that were delivered, and with ${what}, is told as a loss once, and followed`, async () => {
      const here = house();
      const ann = await following(here);
      for (const at of upTo(5)) here.stream.append(`first ${at}`);
      await heard(ann, 5);
      here.live.verifyAfterFailover();
      here.stream.lose(2);
      for (const at of upTo(after)) here.stream.append(`second ${at}`);
      await here.live.check();
      await here.live.check();
      const told = ann.heard.indexOf(`lost e1.2~${3 + after} ${3 + after}`);
      assert.ok(told >= 5, JSON.stringify(ann.heard));
      here.stream.append("next");
      await heard(ann, told + 2);
      assert.deepEqual(ann.heard.slice(told + 1), [3 + after + 1]);
    });

  it("a store that was away and has lost nothing keeps the epoch, also of streams it has trimmed since", async () => {
    const here = house();
    const ann = await following(here);
    for (const at of upTo(5)) here.stream.append(at);
    await heard(ann, 5);
    here.live.verifyAfterFailover();
    here.stream.away = unavailable;
    await assert.rejects(here.live.check(), { code: "unavailable" });
    here.stream.away = undefined;
    here.stream.append(6);
    here.stream.trim(1);
    await here.live.check();
    await heard(ann, 6);
    assert.deepEqual([ann.heard, here.stream.epoch], [upTo(6), "e1"]);
  });

  it("an entry that another took the place of while the store was away is no loss", async () => {
    const here = house();
    const ann = await following(here);
    here.stream.append({ id: "a", text: "as it was" });
    await heard(ann, 1);
    here.live.verifyAfterFailover();
    here.stream.replace(1, { id: "a", text: "edited" });
    await here.live.check();
    assert.equal(here.stream.epoch, "e1");
    here.live.verifyAfterFailover();
    here.stream.replace(1, { id: "b", text: "another" });
    await here.live.check();
    assert.equal(here.stream.epoch, "e1.2~1");
  });

  it("entries that were trimmed before they could be delivered are told as lost", async () => {
    const here = house();
    const ann = await following(here);
    here.stream.noticed = false;
    for (const at of upTo(50)) here.stream.append(at);
    here.stream.trim(2);
    await here.live.check();
    await heard(ann, 3);
    assert.deepEqual(ann.heard, ["lost e1 48", 49, 50]);
  });

  it("a store that is away fails an attachment, leaves nothing followed, and is read when it is back", async () => {
    const here = house();
    here.stream.away = unavailable;
    const ann = here.hearer("ann");
    await assert.rejects(here.live.attach(ann.session, here.followed), { code: "unavailable" });
    assert.equal(here.live.size, 0);
    here.stream.away = undefined;
    await here.live.attach(ann.session, here.followed);
    here.stream.away = unavailable;
    here.stream.noticed = false;
    here.stream.append("while away");
    await assert.rejects(here.live.check(), { code: "unavailable" });
    const bob = here.hearer("bob");
    const since = { epoch: "e1", offset: 1 };
    await assert.rejects(here.live.attach(bob.session, here.followed, since), { code: "unavailable" });
    here.stream.away = undefined;
    await here.live.check();
    await heard(ann, 1);
    assert.deepEqual([ann.heard, bob.heard], [[1], []]);
  });

  it("follows a stream once however many follow it, and lets go with the last", async () => {
    const here = house();
    const [ann, bob] = [await following(here, "ann"), await following(here, "bob")];
    assert.deepEqual([here.live.size, here.stream.listeners.size], [1, 1]);
    here.live.detach(ann.session, here.followed.key);
    assert.ok(!here.live.follows(ann.session, here.followed.key));
    here.stream.append("to bob");
    await heard(bob, 1);
    assert.deepEqual(ann.heard, []);
    here.live.drop(bob.session);
    assert.deepEqual([here.live.size, here.stream.listeners.size], [0, 0]);
  });

  it("a connection that ended while it was attached follows nothing", async () => {
    const here = house();
    const ann = here.hearer("ann");
    const attaching = here.live.attach(ann.session, here.followed);
    ann.end();
    await attaching;
    assert.deepEqual([here.live.size, here.stream.listeners.size], [0, 0]);
  });

  it("under any order of replies and notices a connection gets each entry once, without a gap", async () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.constant({ kind: "append" as const }) },
      { weight: 2, arbitrary: fc.nat({ max: 12 }).map((back) => ({ kind: "attach" as const, back })) },
      { weight: 1, arbitrary: fc.constant({ kind: "check" as const }) },
      { weight: 1, arbitrary: fc.constant({ kind: "hush" as const }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(step, { maxLength: 40 }), async (scheduler, steps) => {
        const stream = new FakeStream((value) => scheduler.schedule(Promise.resolve(value)));
        const here = houseOf(stream);
        const attached: Promise<{ since: number; hearer: Hearer; missed: number[]; offset: number }>[] = [];
        try {
          scheduler.scheduleSequence(
            steps.map((one) => async () => {
              if (one.kind === "append") stream.append("");
              else if (one.kind === "hush") stream.noticed = !stream.noticed;
              else if (one.kind === "check") void here.live.check();
              else {
                const since = Math.max(0, stream.end - one.back);
                const hearer = here.hearer(`h${attached.length}`);
                const cursor = { epoch: "e1", offset: since };
                attached.push(
                  here.live.attach(hearer.session, here.followed, cursor).then((got) => {
                    assert.equal(got.recovered, true);
                    return { since, hearer, missed: offsetsOf(got.missed), offset: got.offset };
                  }),
                );
              }
            }),
          );
          await scheduler.waitIdle();
          const all = await Promise.all(attached);
          const checked = here.live.check();
          await scheduler.waitIdle();
          await checked;
          await scheduler.waitIdle();
          for (const { since, hearer, missed, offset } of all) {
            assert.deepEqual(missed, upTo(offset, since + 1));
            assert.deepEqual(hearer.heard, upTo(stream.end, offset + 1));
          }
        } finally {
          here.live.close();
        }
      }),
      { numRuns: 300 },
    );
  });
});
