import assert from "node:assert/strict";
import fc from "fast-check";
import { GameError } from "../../../core/contract/errors.ts";
import { asId, type UserId } from "../../../core/ids.ts";
import {
  admit,
  contentOf,
  impose,
  inForce,
  keepMs,
  lift,
  moveReadMarker,
  type ReadMarker,
  reachOf,
  type Sanction,
  withBlocked,
  withoutBlocked,
} from "../../../namespaces/chat/model/rules.ts";

const mod = asId<UserId>("mod");
const until = (end: number | null): Sanction => ({ until: end, by: mod, reason: "" });
const refusedWith = (code: string) => (err: unknown) => err instanceof GameError && err.code === code;

describe("chat: the text of a message", () => {
  it("trims a text and takes 1 to 2,000 characters", () => {
    assert.equal(contentOf("  hi there\n"), "hi there");
    assert.equal(contentOf("x".repeat(2_000)).length, 2_000);
    assert.equal(contentOf(`  ${"x".repeat(2_000)}  `).length, 2_000);
    for (const bad of ["", "   ", "\n\t", "x".repeat(2_001)])
      assert.throws(() => contentOf(bad), refusedWith("invalid_payload"));
  });

  it("refuses control characters, halves of characters, and characters that turn the text around", () => {
    for (const bad of [
      "a\nb",
      "a\tb",
      "a\u0000b",
      "a\u007fb",
      "a\u009fb",
      "a\u202eb",
      "a\u2066b",
      "a\u2028b",
      "a\ud800b",
    ])
      assert.throws(() => contentOf(bad), refusedWith("invalid_payload"), JSON.stringify(bad));
  });

  it("takes any script, emoji and joiners as they are", () => {
    for (const good of ["grüße", "你好", "שלום", "👩‍👩‍👧‍👧 🏳️‍🌈", "__proto__", "<b>"])
      assert.equal(contentOf(good), good);
  });

  it("returns a text that it accepts again unchanged, for any input", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 2_100 }), (raw) => {
        let content: string;
        try {
          content = contentOf(raw);
        } catch (err) {
          assert.ok(refusedWith("invalid_payload")(err));
          return;
        }
        assert.equal(contentOf(content), content);
        assert.ok(content.length >= 1 && content.length <= 2_000);
      }),
    );
  });
});

describe("chat: sanctions", () => {
  it("hold until their end and not at it", () => {
    const muted = impose({}, "mute", until(1_000), 0);
    assert.throws(() => admit(muted, "write", 999), refusedWith("muted"));
    assert.doesNotThrow(() => admit(muted, "write", 1_000));
  });

  it("of a mute stop writing only, of a ban and a kick reading too", () => {
    assert.doesNotThrow(() => admit({ mute: until(null) }, "read", 0));
    for (const purpose of ["read", "write"] as const) {
      assert.throws(() => admit({ ban: until(null) }, purpose, 0), refusedWith("banned"));
      assert.throws(() => admit({ kick: until(10) }, purpose, 0), refusedWith("forbidden"));
    }
  });

  it("give a refused user their end", () => {
    try {
      admit({ mute: { until: 60_000, by: mod, reason: "spam" } }, "write", 0);
      assert.fail("not refused");
    } catch (err) {
      assert.ok(err instanceof GameError);
      assert.equal(err.data.until, "1970-01-01T00:01:00.000Z");
      assert.equal(err.data.reason, "spam");
    }
  });

  it("are lifted one kind at a time, and those that ended are forgotten", () => {
    const all = { mute: until(10), kick: until(100), ban: until(null) };
    assert.deepEqual(inForce(all, 50), { kick: until(100), ban: until(null) });
    assert.deepEqual(lift(all, ["ban", "kick"], 5), { mute: until(10) });
    assert.deepEqual(impose(all, "mute", until(200), 150), { mute: until(200), ban: until(null) });
  });

  it("are kept as long as the longest, and for good where one has no end", () => {
    assert.equal(keepMs({}, 0), 0);
    assert.equal(keepMs({ mute: until(10) }, 20), 0);
    assert.equal(keepMs({ mute: until(50), kick: until(90) }, 20), 70);
    assert.equal(keepMs({ mute: until(50), ban: until(null) }, 20), undefined);
  });
});

describe("chat: read markers", () => {
  const marker = (offset: number, epoch = "e", channelId = "global"): ReadMarker => ({
    channelId,
    epoch,
    offset,
  });

  it("only move forward within an epoch, and begin anew in another", () => {
    assert.deepEqual(moveReadMarker([], marker(3)), [marker(3)]);
    assert.equal(moveReadMarker([marker(3)], marker(3)), undefined);
    assert.equal(moveReadMarker([marker(3)], marker(2)), undefined);
    assert.deepEqual(moveReadMarker([marker(3)], marker(4)), [marker(4)]);
    assert.deepEqual(moveReadMarker([marker(3)], marker(1, "f")), [marker(1, "f")]);
  });

  it("stay where they are in a stream that was renewed, and reach no further than what is left of it", () => {
    assert.equal(moveReadMarker([marker(3)], marker(2, "e.x~5")), undefined);
    assert.equal(moveReadMarker([marker(3, "e.x~5")], marker(3, "e.y~9")), undefined);
    assert.deepEqual(moveReadMarker([marker(3)], marker(4, "e.x~5")), [marker(4, "e.x~5")]);
    // Offsets 6 to 10 are other entries now.
    assert.equal(moveReadMarker([marker(10)], marker(5, "e.x~5")), undefined);
    assert.deepEqual(moveReadMarker([marker(10)], marker(7, "e.x~5")), [marker(7, "e.x~5")]);
    assert.deepEqual(
      ["e", "e.x~5", "e.x~15", "f", "f.x~5"].map((epoch) => reachOf(marker(10), epoch)),
      [10, 5, 10, 0, 0],
    );
  });

  it("never go back in any order of moves, and one channel's leave the others alone", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom("a", "b", "__proto__"), fc.nat(20)), { maxLength: 40 }),
        (moves) => {
          let markers: readonly ReadMarker[] = [];
          const highest = new Map<string, number>();
          for (const [channelId, offset] of moves) {
            markers = moveReadMarker(markers, marker(offset, "e", channelId)) ?? markers;
            highest.set(channelId, Math.max(highest.get(channelId) ?? 0, offset));
          }
          for (const [channelId, offset] of highest)
            assert.deepEqual(
              markers.filter((m) => m.channelId === channelId),
              [marker(offset, "e", channelId)],
            );
        },
      ),
    );
  });

  it("are kept for 500 channels, the ones moved last", () => {
    let markers: readonly ReadMarker[] = [];
    for (let i = 0; i < 501; i++) markers = moveReadMarker(markers, marker(1, "e", `c${i}`)) ?? markers;
    assert.equal(markers.length, 500);
    assert.equal(markers[0]?.channelId, "c1");
  });
});

describe("chat: the block list", () => {
  const [ann, bob] = [asId<UserId>("ann"), asId<UserId>("bob")];

  it("holds each user once", () => {
    assert.deepEqual(withBlocked([ann], bob), [ann, bob]);
    assert.equal(withBlocked([ann], ann), undefined);
    assert.deepEqual(withoutBlocked([ann, bob], ann), [bob]);
    assert.equal(withoutBlocked([ann], bob), undefined);
  });

  it("is full at 1,000 users", () => {
    const full = Array.from({ length: 1_000 }, (_, i) => asId<UserId>(`u${i}`));
    assert.throws(() => withBlocked(full, bob), refusedWith("conflict"));
  });
});
