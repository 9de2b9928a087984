/** A state's values as they are kept, compared and proved: rounded in place, as snapshots, and as a hash. */
import type { EntityValues, PackedValue, RealtimeField, RealtimeFields } from "./fields.ts";
import type { RealtimeCollections, RealtimeState } from "./game.ts";

/** An entity's packed values, in the order of its collection's fields. A new array for each change, so that it can be compared by identity. */
export type PackedEntity = readonly PackedValue[];

/** A state as JSON: for each collection its entities in their order. */
export type StateSnapshot = Readonly<
  Record<string, readonly (readonly [id: string, ...values: PackedValue[]])[]>
>;

/** Fields of a collection as arrays: they are walked for every entity at every tick. */
export interface CollectionPlan {
  readonly name: string;
  readonly names: readonly string[];
  readonly fields: readonly RealtimeField[];
  /** Where the `player()` field is; -1 for none. */
  readonly ownerAt: number;
}

const plans = new WeakMap<RealtimeCollections, readonly CollectionPlan[]>();

/** The collections of a game in the order of their declaration. */
export function plansOf(collections: RealtimeCollections): readonly CollectionPlan[] {
  const known = plans.get(collections);
  if (known !== undefined) return known;
  const made = Object.entries(collections).map(([name, { fields }]) => {
    const list = Object.values(fields);
    return {
      name,
      names: Object.keys(fields),
      fields: list,
      ownerAt: list.findIndex(({ kind }) => kind === "player"),
    };
  });
  plans.set(collections, made);
  return made;
}

/** Rounds an entity in place, so that both sides have equal numbers. Fields that are not there get their initial value. */
export function roundEntity(fields: RealtimeFields, entity: EntityValues): void {
  for (const name in fields) {
    const field = fields[name] as RealtimeField;
    const value = entity[name];
    entity[name] = value === undefined ? field.initial : field.round(value);
  }
}

export function roundState(collections: RealtimeCollections, state: RealtimeState): void {
  for (const name in collections) {
    const { fields } = collections[name] as RealtimeCollections[string];
    for (const entity of state[name]?.values() ?? []) roundEntity(fields, entity);
  }
}

/** @param entity a rounded one */
export function packEntity({ names, fields }: CollectionPlan, entity: EntityValues): PackedValue[] {
  const packed = new Array<PackedValue>(fields.length);
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i] as RealtimeField;
    packed[i] = field.pack(entity[names[i] as string] ?? field.initial);
  }
  return packed;
}

export function unpackEntity({ names, fields }: CollectionPlan, packed: PackedEntity): EntityValues {
  const entity: EntityValues = {};
  for (let i = 0; i < fields.length; i++) {
    const value = packed[i];
    const field = fields[i] as RealtimeField;
    entity[names[i] as string] = value === undefined ? field.initial : field.unpack(value);
  }
  return entity;
}

export const emptyState = (collections: RealtimeCollections): RealtimeState =>
  Object.fromEntries(Object.keys(collections).map((name) => [name, new Map()]));

/** @param state a rounded one */
export const snapshotOf = (collections: RealtimeCollections, state: RealtimeState): StateSnapshot =>
  Object.fromEntries(
    plansOf(collections).map((plan) => [
      plan.name,
      [...(state[plan.name] ?? [])].map(([id, entity]) => [id, ...packEntity(plan, entity)] as const),
    ]),
  );

export function stateOfSnapshot(collections: RealtimeCollections, snapshot: StateSnapshot): RealtimeState {
  return Object.fromEntries(
    plansOf(collections).map((plan) => [
      plan.name,
      new Map((snapshot[plan.name] ?? []).map(([id, ...packed]) => [id, unpackEntity(plan, packed)])),
    ]),
  );
}

/**
 * 53 bits of a state, in 14 hexadecimal digits: the same for equal states, in whatever order their entities are.
 * @param state a rounded one
 */
export function hashOf(collections: RealtimeCollections, state: RealtimeState): string {
  let [h1, h2] = [0xdeadbeef, 0x41c6ce57];
  const add = (text: string) => {
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      h1 = Math.imul(h1 ^ code, 2654435761);
      h2 = Math.imul(h2 ^ code, 1597334677);
    }
  };
  for (const plan of plansOf(collections)) {
    const map = state[plan.name] ?? new Map<string, EntityValues>();
    add(JSON.stringify([plan.name, map.size]));
    for (const id of [...map.keys()].sort())
      add(JSON.stringify([id, ...packEntity(plan, map.get(id) ?? {})]));
  }
  h1 = Math.imul(h1 ^ (h1 >>> 16), 2246822507) ^ Math.imul(h2 ^ (h2 >>> 13), 3266489909);
  h2 = Math.imul(h2 ^ (h2 >>> 16), 2246822507) ^ Math.imul(h1 ^ (h1 >>> 13), 3266489909);
  return (2 ** 32 * (h2 & 0x1fffff) + (h1 >>> 0)).toString(16).padStart(14, "0");
}
