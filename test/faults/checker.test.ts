import assert from "node:assert/strict";
import { check, faultsOf } from "../../faults/checker.ts";
import { checkEffects } from "../../faults/effects.ts";
import type { Entry, History, Observer, Operation, Outcome, Seen } from "../../faults/history.ts";
import { seeded } from "../../faults/random.ts";

const ok = (offset?: number): Outcome => ({ kind: "ok", ...(offset === undefined ? {} : { offset }) });
const operation = (id: string, outcome: Outcome, sender = "ann"): Operation => ({
  id,
  stream: "s",
  sender,
  outcome,
});
const stream = (...ids: string[]): Entry[] => ids.map((id, at) => ({ id, offset: at + 1 }));
/** `!` stands for a gap that was told. */
const observer = (...ids: string[]): Observer => ({
  name: "bob",
  stream: "s",
  seen: ids.map((id): Seen => (id === "!" ? { kind: "gap" } : { kind: "entry", id })),
});
const history = (
  operations: Operation[],
  final: Entry[],
  observers: Observer[] = [observer(...final.map(({ id }) => id))],
): History => ({ operations, observers, final: new Map([["s", final]]) });

const three = [operation("a", ok(1)), operation("b", ok(2)), operation("c", ok(3))];
const abc = stream("a", "b", "c");

/** The one fault that must be found. */
function faultIn(given: History): string {
  const { counts } = check(given);
  const faults = Object.entries(counts).filter(
    ([name, count]) => count > 0 && !["ok", "unknown", "refused"].includes(name),
  );
  assert.equal(faults.length, 1, JSON.stringify(counts));
  return `${faults[0]?.[0]} ${faults[0]?.[1]}`;
}

describe("the checker", () => {
  it("finds nothing in a history in which every promise was kept", () => {
    const operations = [
      ...three,
      operation("d", { kind: "fail", code: "muted" }),
      operation("e", { kind: "unknown", code: "unavailable" }),
      operation("f", { kind: "unknown", code: "no_answer" }),
    ];
    const verdict = check(history(operations, stream("a", "b", "c", "f")));
    assert.equal(faultsOf(verdict), 0);
    assert.deepEqual([verdict.counts.ok, verdict.counts.refused, verdict.counts.unknown], [3, 1, 2]);
  });

  it("sees what was acknowledged and is not in the stream", () => {
    assert.equal(faultIn(history(three, stream("a", "b"))), "lost 1");
  });

  it("sees what an observer was not shown", () => {
    assert.equal(faultIn(history(three, abc, [observer("a", "c")])), "lost 1");
    assert.equal(faultIn(history(three, abc, [observer("a", "b", "c"), observer()])), "lost 3");
  });

  it("sees what an observer was not shown although nobody knew how its command had ended", () => {
    const operations = [operation("a", ok(1)), operation("b", { kind: "unknown", code: "no_answer" })];
    assert.equal(faultIn(history(operations, stream("a", "b"), [observer("a")])), "lost 1");
  });

  it("takes a gap that was told for no loss, and only for what lies in it", () => {
    assert.equal(faultsOf(check(history(three, abc, [observer("a", "!", "c")]))), 0);
    assert.equal(faultsOf(check(history(three, abc, [observer("a", "!")]))), 0);
    assert.equal(faultIn(history(three, abc, [observer("!", "b")])), "lost 1");
  });

  it("sees a message that stands in the stream twice, or was shown twice", () => {
    assert.equal(faultIn(history(three, stream("a", "b", "c", "a"), [])), "duplicated 1");
    assert.equal(faultIn(history(three, abc, [observer("a", "b", "b", "c")])), "duplicated 1");
  });

  it("sees one whose command was never answered, and that is there twice", () => {
    const operations = [operation("a", { kind: "unknown", code: "no_answer" })];
    assert.equal(faultIn(history(operations, stream("a", "a"), [])), "duplicated 1");
  });

  it("sees another order than the stream's, and another than the sender's", () => {
    assert.equal(faultIn(history(three, abc, [observer("a", "c", "b")])), "reordered 1");
    const swapped = [operation("b", ok(2)), operation("a", ok(1))];
    assert.equal(faultIn(history(swapped, stream("a", "b"))), "reordered 1");
    const ofTwo = [operation("b", ok(2), "ann"), operation("a", ok(1), "eve")];
    assert.equal(faultsOf(check(history(ofTwo, stream("a", "b")))), 0);
  });

  it("sees an acknowledgement with another offset, and a refusal of what has happened", () => {
    assert.equal(faultIn(history([operation("a", ok(7))], stream("a"))), "falselyAcknowledged 1");
    const refused = [operation("a", { kind: "fail", code: "muted" })];
    assert.equal(faultIn(history(refused, stream("a"))), "falselyAcknowledged 1");
  });

  it("sees loss on a server that keeps no streams, by what was acknowledged", () => {
    const operations = [operation("a", ok()), operation("b", ok())];
    const given = { operations, observers: [observer("a")], final: undefined };
    assert.equal(check(given).counts.lost, 1);
  });

  it("takes what retention has trimmed for no loss, but a silent jump over it for one", () => {
    const kept = [{ id: "c", offset: 3 }];
    const at = (id: string, offset: number): Seen => ({ kind: "entry", id, offset });
    const trimmed = new Map([["s", 2]]);
    const seenBy = (...seen: Seen[]) => [{ name: "bob", stream: "s", seen }];
    const of = (observers: Observer[]): History => ({
      ...history(three, kept, observers),
      trimmed,
      dense: true,
    });
    assert.equal(faultsOf(check(of(seenBy(at("a", 1), at("b", 2), at("c", 3))))), 0);
    assert.equal(faultsOf(check(of(seenBy(at("a", 1), { kind: "gap" }, at("c", 3))))), 0);
    assert.equal(faultIn(of(seenBy(at("a", 1), at("c", 3)))), "lost 1");
  });

  it("counts a command with several faults once, by the worst of them", () => {
    const { counts } = check(history(three, stream("a", "b"), [observer("a", "a", "b")]));
    assert.deepEqual([counts.lost, counts.duplicated, counts.ok], [1, 1, 1]);
  });
});

describe("the checker of effects", () => {
  it("sees each fault, and only these", () => {
    const { counts } = checkEffects([
      { id: "kept", answers: ["1", "1"], effects: 1 },
      { id: "twice", answers: ["1"], effects: 2 },
      { id: "never", answers: ["1"], effects: 0 },
      { id: "two answers", answers: ["1", "2"], effects: 1 },
      { id: "refused, and done", answers: [], effects: 1, refused: true },
      { id: "refused", answers: [], effects: 0, refused: true },
      { id: "no answer", answers: [], effects: 1 },
    ]);
    assert.deepEqual(counts, {
      ok: 1,
      lost: 1,
      duplicated: 1,
      reordered: 0,
      falselyAcknowledged: 2,
      unknown: 1,
      refused: 1,
    });
  });
});

describe("seeded draws", () => {
  it("are the same for a seed, others for another, and independent by name", () => {
    const list = (seed: number, name: string) => {
      const draws = seeded(seed).fork(name);
      return Array.from({ length: 20 }, () => draws.below(1_000));
    };
    assert.deepEqual(list(1, "a"), list(1, "a"));
    assert.notDeepEqual(list(1, "a"), list(2, "a"));
    assert.notDeepEqual(list(1, "a"), list(1, "b"));
  });
});
