import assert from "node:assert/strict";
import fc from "fast-check";
import { SeenIds } from "../../client/delivery.ts";
import { Follower, type FollowerUpdate } from "../../client/follower.ts";

const at = (offset: number, epoch = "e1") => ({ epoch, offset });
const shown = (updates: readonly FollowerUpdate<string>[]) =>
  updates.map((item) =>
    item.kind === "entry" ? item.offset : `gap ${item.position.epoch} ${item.position.offset}`,
  );
const missed = (...offsets: number[]) => offsets.map((offset) => ({ offset, entry: "" }));

describe("a followed stream at the client", () => {
  it("passes on live entries, each offset once", () => {
    const follower = new Follower<string>(at(3));
    assert.deepEqual(
      [2, 3, 4, 4, 5].flatMap((offset) => shown(follower.live(offset, ""))),
      [4, 5],
    );
    assert.deepEqual(follower.cursor, at(5));
  });

  it("shows missed entries before the live ones that came meanwhile, and nothing twice", () => {
    const follower = new Follower<string>(at(3));
    follower.interrupt();
    for (const offset of [6, 7, 8]) assert.deepEqual(follower.live(offset, ""), []);
    const { updates, again } = follower.resumed({
      ...at(7),
      recovered: true,
      missed: missed(4, 5, 6, 7),
    });
    assert.deepEqual(shown(updates), [4, 5, 6, 7, 8]);
    assert.deepEqual([again, follower.cursor], [false, at(8)]);
  });

  it("asks on where the answer was full, and shows live entries only after the last part", () => {
    const follower = new Follower<string>(at(3));
    follower.interrupt();
    follower.live(9, "");
    const first = follower.resumed({ ...at(5), recovered: true, missed: missed(4, 5), more: true });
    assert.deepEqual([shown(first.updates), first.again, follower.cursor], [[4, 5], true, at(5)]);
    follower.live(10, "");
    const hidden = follower.resumed({ ...at(7), recovered: true, missed: [], more: true });
    assert.deepEqual([shown(hidden.updates), hidden.again, follower.cursor], [[], true, at(7)]);
    const last = follower.resumed({ ...at(9), recovered: true, missed: missed(8, 9) });
    assert.deepEqual([shown(last.updates), last.again], [[8, 9, 10], false]);
  });

  it("reports a gap where nothing can be recovered, and goes on after it", () => {
    const follower = new Follower<string>(at(3));
    follower.interrupt();
    follower.live(2, "");
    const { updates } = follower.resumed({ ...at(1, "e2"), recovered: false, missed: [] });
    assert.deepEqual(shown(updates), ["gap e2 1", 2]);
    assert.deepEqual(follower.cursor, at(2, "e2"));
  });

  it("reports a loss that the server announced, once, also when the resume knew of it already", () => {
    const follower = new Follower<string>(at(3));
    assert.deepEqual(shown(follower.lost(at(0, "e2"))), ["gap e2 0"]);
    assert.deepEqual(shown(follower.live(1, "")), [1]);
    follower.interrupt();
    follower.lost(at(0, "e3"));
    const known = follower.resumed({ ...at(4, "e3"), recovered: false, missed: [] });
    assert.deepEqual(shown(known.updates), ["gap e3 4"]);
  });

  it("reports a gap before entries of another stream, however far the one before was", () => {
    const follower = new Follower<string>(at(3));
    assert.deepEqual(shown(follower.live(4, "", "e1")), [4]);
    assert.deepEqual(shown(follower.live(2, "", "e2")), ["gap e2 1", 2]);
    assert.deepEqual(
      [2, 3].flatMap((offset) => shown(follower.live(offset, "", "e2"))),
      [3],
    );
    assert.deepEqual(follower.cursor, at(3, "e2"));
  });

  it("takes entries that came meanwhile of the stream that the resume found, or of a later one, and nothing of the one before", () => {
    const follower = new Follower<string>(at(3));
    follower.interrupt();
    for (const [offset, epoch] of [
      [3, "e1"],
      [4, "e1"],
      [2, "e2"],
      [3, "e2"],
      [1, "e3"],
    ] as const)
      follower.live(offset, "", epoch);
    const { updates } = follower.resumed({ ...at(2, "e2"), recovered: false, missed: [] });
    assert.deepEqual(shown(updates), ["gap e2 2", 3, "gap e3 0", 1]);
    follower.interrupt();
    follower.live(2, "", "e3");
    const same = follower.resumed({ ...at(1, "e3"), recovered: true, missed: [] });
    assert.deepEqual([shown(same.updates), follower.cursor], [[2], at(2, "e3")]);
  });

  it("asks to be resumed again where more came meanwhile than it keeps", () => {
    const follower = new Follower<string>(at(0));
    follower.interrupt();
    for (let offset = 11; offset <= 6_000; offset++) follower.live(offset, "");
    const first = follower.resumed({
      ...at(10),
      recovered: true,
      missed: missed(...Array(10).keys()).slice(1),
    });
    assert.deepEqual([first.again, follower.isResuming], [true, true]);
    const rest = Array.from({ length: 5_990 }, (_, i) => i + 11);
    const second = follower.resumed({ ...at(6_000), recovered: true, missed: missed(...rest) });
    assert.deepEqual([second.again, shown(second.updates).at(-1)], [false, 6_000]);
  });

  it("shows every offset once and in order, wherever connections end and whatever comes twice", () => {
    const step = fc.oneof(
      fc.nat({ max: 5 }).map((count) => ({ kind: "append" as const, count })),
      fc.nat({ max: 6 }).map((back) => ({ kind: "reconnect" as const, back })),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const follower = new Follower<string>(at(0));
        const seen: (number | string)[] = [];
        let end = 0;
        for (const one of steps) {
          if (one.kind === "append") {
            for (let i = 0; i < one.count; i++) seen.push(...shown(follower.live(++end, "")));
            continue;
          }
          // The connection was gone while some were written; some more come live before the answer does.
          const heardFrom = Math.max(0, end - one.back);
          follower.interrupt();
          end += one.back;
          for (let offset = heardFrom + 1; offset <= end; offset++)
            assert.deepEqual(follower.live(offset, ""), []);
          const from = follower.cursor.offset;
          const answer = Array.from({ length: end - from }, (_, i) => from + i + 1);
          seen.push(
            ...shown(follower.resumed({ ...at(end), recovered: true, missed: missed(...answer) }).updates),
          );
        }
        assert.deepEqual(
          seen,
          Array.from({ length: end }, (_, i) => i + 1),
        );
      }),
    );
  });
});

describe("ids that were seen", () => {
  it("are remembered up to a bound, the newest of them", () => {
    const seen = new SeenIds(3);
    for (const id of ["a", "b", "c", "d"]) seen.add(id);
    assert.deepEqual(
      ["a", "b", "c", "d"].map((id) => seen.has(id)),
      [false, true, true, true],
    );
  });
});
