import assert from "node:assert/strict";
import fc from "fast-check";
import { ColumnsReader, columnsDelta, columnsOfView } from "../../../core/realtime/columns.ts";
import {
  applyObjects,
  diffViews,
  objectsDelta,
  objectsOfView,
  type RealtimeView,
  type VisibleEntity,
} from "../../../core/realtime/delta.ts";
import {
  angle,
  bool,
  choice,
  entities,
  fixed,
  hidden,
  int,
  own,
  player,
} from "../../../core/realtime/fields.ts";
import {
  emptyState,
  hashOf,
  packEntity,
  plansOf,
  roundEntity,
  snapshotOf,
  stateOfSnapshot,
} from "../../../core/realtime/state.ts";

const collections = {
  ships: entities({
    owner: player(),
    x: fixed(1 / 64),
    ammo: own(int(0, 99)),
    aim: angle(),
    plan: hidden(choice("hunt", "flee")),
    kind: choice("small", "large"),
    shield: bool(),
  }),
  mines: entities({ y: int(-100, 100) }),
};
const [ships, mines] = plansOf(collections);
assert.ok(ships && mines);

const ship = fc.record({
  owner: fc.option(fc.constantFrom("ann", "bob", "__proto__")),
  x: fc.double({ min: -1_000, max: 1_000, noNaN: true }),
  ammo: fc.integer({ min: 0, max: 99 }),
  aim: fc.double({ min: -7, max: 7, noNaN: true }),
  plan: fc.constantFrom("hunt", "flee"),
  kind: fc.constantFrom("small", "large"),
  shield: fc.boolean(),
});
const ids = fc.constantFrom("a", "b", "c", "7", "__proto__", "constructor");
const state = fc.record({
  ships: fc.dictionary(ids, ship).map((all) => new Map(Object.entries(all))),
  mines: fc
    .dictionary(ids, fc.record({ y: fc.integer({ min: -100, max: 100 }) }))
    .map((all) => new Map(Object.entries(all))),
});

function rounded(some: { ships: Map<string, object>; mines: Map<string, object> }) {
  const copy = emptyState(collections);
  for (const [name, map] of Object.entries(some))
    for (const [id, values] of map) {
      const entity = { ...values };
      roundEntity(collections[name as "ships" | "mines"].fields, entity);
      copy[name]?.set(id, entity);
    }
  return copy;
}

/** A view of everything, with the slots that entities had before. */
function viewOf(all: ReturnType<typeof emptyState>, before: RealtimeView = new Map()): RealtimeView {
  return new Map(
    plansOf(collections).map((plan) => {
      const old = before.get(plan.name);
      const taken = new Set([...(old?.values() ?? [])].map(({ slot }) => slot));
      let free = 0;
      const slot = () => {
        while (taken.has(free)) free++;
        taken.add(free);
        return free;
      };
      const view = new Map<string, VisibleEntity>();
      for (const [id, entity] of all[plan.name] ?? [])
        view.set(id, { id, slot: old?.get(id)?.slot ?? slot(), packed: packEntity(plan, entity) });
      return [plan.name, view];
    }),
  );
}

/** What is seen of a state: fields that are not sent have their initial value. */
function seen(all: ReturnType<typeof emptyState>) {
  const copy = emptyState(collections);
  for (const { name, names, fields } of plansOf(collections))
    for (const [id, entity] of all[name] ?? [])
      copy[name]?.set(
        id,
        Object.fromEntries(
          names.map((field, at) => [
            field,
            (fields[at]?.seenBy === "all" ? entity[field] : fields[at]?.initial) ?? null,
          ]),
        ),
      );
  return copy;
}

const overTheWire = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
const sorted = (all: ReturnType<typeof emptyState>) =>
  Object.entries(all).map(([name, map]) => [name, [...map].sort(([a], [b]) => (a < b ? -1 : 1))]);

describe("deltas of a real-time state", () => {
  it("both forms give a viewer, frame by frame, the state that the server has, without what it may not see", () => {
    fc.assert(
      fc.property(fc.array(state, { minLength: 1, maxLength: 8 }), (states) => {
        let view: RealtimeView | undefined;
        let objects = emptyState(collections);
        const columns = new ColumnsReader(collections);
        for (const some of states) {
          const now = rounded(some);
          const next = viewOf(now, view);
          if (view === undefined) {
            objects = emptyState(collections);
            applyObjects(collections, objects, { set: overTheWire(objectsOfView(collections, next)) });
            columns.reset(overTheWire(columnsOfView(collections, next)));
          } else {
            const delta = diffViews(collections, view, next);
            applyObjects(collections, objects, overTheWire(objectsDelta(delta)));
            columns.apply(overTheWire(columnsDelta(delta)));
          }
          view = next;
          assert.deepEqual(sorted(objects), sorted(seen(now)));
          assert.deepEqual(sorted(columns.state), sorted(objects));
        }
      }),
    );
  });

  it("an unchanged state makes no delta", () => {
    fc.assert(
      fc.property(state, (some) => {
        const now = rounded(some);
        const view = viewOf(now);
        assert.deepEqual(diffViews(collections, view, viewOf(now, view)), []);
      }),
    );
  });

  it("an entity that was replaced under the same id is gone first, and then new", () => {
    const packed = [5];
    const before = new Map([["mines", new Map([["a", { id: "a", slot: 0, packed }]])]]);
    const after = new Map([["mines", new Map([["a", { id: "a", slot: 1, packed }]])]]);
    assert.deepEqual(overTheWire(objectsDelta(diffViews(collections, before, after))), {
      set: { mines: { a: { y: 5 } } },
      gone: { mines: ["a"] },
    });
  });

  it("the compact form groups entities by what has changed, and sends differences", () => {
    const view = (values: readonly number[]): RealtimeView =>
      new Map([
        ["mines", new Map(values.map((y, slot) => [`m${slot}`, { id: `m${slot}`, slot, packed: [y] }]))],
      ]);
    const delta = columnsDelta(diffViews(collections, view([1, 2, 3]), view([1, 5, 1])));
    assert.deepEqual(delta, { set: { mines: [[1, [1, 1], [3, -2]]] } });
  });

  it("the compact form names slots that follow one by one as a run", () => {
    const slots = [0, 1, 2, 5, 7, 8, 9, 10, 12, 13];
    const view = (y: number): RealtimeView =>
      new Map([["mines", new Map(slots.map((slot) => [`m${slot}`, { id: `m${slot}`, slot, packed: [y] }]))]]);
    const [first, second] = [view(1), view(2)];
    const delta = columnsDelta(diffViews(collections, first, second));
    assert.deepEqual(delta.set?.mines?.[0]?.[1], [0, -2, 3, 2, -3, 2, 1]);
    const reader = new ColumnsReader(collections);
    reader.reset(columnsOfView(collections, first));
    reader.apply(overTheWire(delta));
    assert.deepEqual(
      [...(reader.state.mines ?? [])],
      slots.map((slot) => [`m${slot}`, { y: 2 }]),
    );
    const gone = overTheWire(columnsDelta(diffViews(collections, second, new Map())));
    assert.deepEqual(gone.gone?.mines, [0, -2, 3, 2, -3, 2, 1]);
    reader.apply(gone);
    assert.equal(reader.state.mines?.size, 0);
  });

  it("a frame that does not continue what the reader has is refused", () => {
    const reader = new ColumnsReader(collections);
    assert.throws(() => reader.apply({ set: { mines: [[1, [4], [3]]] } }), /mines has nothing in slot 4/);
  });
});

describe("a real-time state", () => {
  it("is the same after a snapshot, order and all", () => {
    fc.assert(
      fc.property(state, (some) => {
        const now = rounded(some);
        const back = stateOfSnapshot(collections, overTheWire(snapshotOf(collections, now)));
        assert.deepEqual(
          Object.entries(back).map(([name, map]) => [name, [...map]]),
          Object.entries(now).map(([name, map]) => [name, [...map]]),
        );
      }),
    );
  });

  it("has a hash that follows every value, and not the order", () => {
    const one = emptyState(collections);
    for (const [id, y] of [
      ["a", 1],
      ["b", 2],
    ] as const)
      one.mines?.set(id, { y });
    const other = emptyState(collections);
    for (const [id, y] of [
      ["b", 2],
      ["a", 1],
    ] as const)
      other.mines?.set(id, { y });
    assert.equal(hashOf(collections, one), hashOf(collections, other));
    other.mines?.set("b", { y: 3 });
    assert.notEqual(hashOf(collections, one), hashOf(collections, other));
  });
});
