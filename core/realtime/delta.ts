/** What a viewer knows of a state, what has changed since, and that as objects: `{collection: {entity id: {field: value}}}`. */
import type { EntityValues, FieldValue, PackedValue, RealtimeField } from "./fields.ts";
import type { RealtimeCollections, RealtimeState } from "./game.ts";
import { type CollectionPlan, type PackedEntity, plansOf, roundEntity } from "./state.ts";

/** An entity as it is at one moment: another object where anything of it has changed. */
export interface VisibleEntity {
  readonly id: string;
  /** Names the entity in the compact form: free again once it is gone. */
  readonly slot: number;
  readonly packed: PackedEntity;
}

/** The entities of one collection that a viewer knows, by id. */
export type CollectionView = ReadonlyMap<string, VisibleEntity>;
/** By collection. One that is not there is empty. */
export type RealtimeView = ReadonlyMap<string, CollectionView>;

export interface EntityChange {
  readonly after: VisibleEntity;
  /** Undefined: the viewer does not know it yet. */
  readonly before: VisibleEntity | undefined;
  /** Which fields have changed, by their place in `PublicPlan.fields`: bit 0 is the first. 0 for a new entity. */
  readonly mask: number;
}

export interface CollectionDelta {
  readonly plan: PublicPlan;
  readonly set: readonly EntityChange[];
  readonly gone: readonly VisibleEntity[];
}

/** The fields that everybody is sent who sees the entity. */
export interface PublicPlan extends CollectionPlan {
  /** Where they stand in a packed entity, in order. */
  readonly shown: readonly number[];
}

const publicPlans = new WeakMap<RealtimeCollections, readonly PublicPlan[]>();

export function publicPlansOf(collections: RealtimeCollections): readonly PublicPlan[] {
  const known = publicPlans.get(collections);
  if (known !== undefined) return known;
  const made = plansOf(collections).map((plan) => ({
    ...plan,
    shown: plan.fields.flatMap(({ seenBy }, at) => (seenBy === "all" ? [at] : [])),
  }));
  publicPlans.set(collections, made);
  return made;
}

const NOTHING: CollectionView = new Map();

/** What changes a viewer's knowledge from one view into another; collections without a change are left out. */
export function diffViews(
  collections: RealtimeCollections,
  before: RealtimeView,
  after: RealtimeView,
): CollectionDelta[] {
  const deltas: CollectionDelta[] = [];
  for (const plan of publicPlansOf(collections)) {
    const [old, now] = [before.get(plan.name) ?? NOTHING, after.get(plan.name) ?? NOTHING];
    if (old === now) continue;
    const set: EntityChange[] = [];
    const gone: VisibleEntity[] = [];
    for (const entity of now.values()) {
      const known = old.get(entity.id);
      if (known === entity) continue;
      if (known === undefined || known.slot !== entity.slot) {
        if (known !== undefined) gone.push(known);
        set.push({ after: entity, before: undefined, mask: 0 });
        continue;
      }
      const mask = maskOf(plan, known.packed, entity.packed);
      if (mask !== 0) set.push({ after: entity, before: known, mask });
    }
    for (const entity of old.values()) if (!now.has(entity.id)) gone.push(entity);
    if (set.length > 0 || gone.length > 0) deltas.push({ plan, set, gone });
  }
  return deltas;
}

function maskOf({ shown }: PublicPlan, before: PackedEntity, after: PackedEntity): number {
  let mask = 0;
  for (let bit = 0; bit < shown.length; bit++) {
    const at = shown[bit] as number;
    if (before[at] !== after[at]) mask |= 1 << bit;
  }
  return mask;
}

export type ObjectsOf<T> = Record<string, Record<string, T>>;
/** Values by collection, entity and field. */
export type ObjectsForm = ObjectsOf<EntityValues>;

/** `set` and `gone` of a frame in the objects form; both are left out where they are empty. */
export interface ObjectsDelta {
  set?: ObjectsForm;
  gone?: Record<string, string[]>;
}

/** Names come from games and players: `__proto__` is one like any other. */
const bare = <T>(): Record<string, T> => Object.create(null) as Record<string, T>;

export function objectsDelta(deltas: readonly CollectionDelta[]): ObjectsDelta {
  const written: ObjectsDelta = {};
  for (const { plan, set, gone } of deltas) {
    if (set.length > 0) {
      const byId = bare<EntityValues>();
      for (const { after, mask, before } of set)
        byId[after.id] = shownValues(plan, after.packed, before === undefined ? -1 : mask);
      written.set ??= bare();
      written.set[plan.name] = byId;
    }
    if (gone.length > 0) {
      written.gone ??= bare();
      written.gone[plan.name] = gone.map(({ id }) => id);
    }
  }
  return written;
}

/** @param mask which fields; -1 for all */
function shownValues({ names, fields, shown }: PublicPlan, packed: PackedEntity, mask: number): EntityValues {
  const values: EntityValues = {};
  for (let bit = 0; bit < shown.length; bit++) {
    if ((mask & (1 << bit)) === 0) continue;
    const at = shown[bit] as number;
    values[names[at] as string] = (fields[at] as RealtimeField).unpack(packed[at] as PackedValue);
  }
  return values;
}

/** The whole of a view, as `state` of a `game_sync`. */
export const objectsOfView = (collections: RealtimeCollections, view: RealtimeView): ObjectsForm => {
  const { set = bare<Record<string, EntityValues>>() } = objectsDelta(
    diffViews(collections, new Map(), view),
  );
  for (const name of Object.keys(collections)) set[name] ??= bare();
  return set;
};

/** Applies a frame of the objects form in place: what is gone first. Fields that the viewer is never sent have their initial value. */
export function applyObjects(
  collections: RealtimeCollections,
  state: RealtimeState,
  { set = {}, gone = {} }: ObjectsDelta,
): void {
  for (const name of Object.keys(gone)) for (const id of gone[name] ?? []) state[name]?.delete(id);
  for (const name of Object.keys(set)) {
    const [collection, map, entities] = [collections[name], state[name], set[name]];
    if (collection === undefined || map === undefined || entities === undefined) continue;
    for (const id of Object.keys(entities)) {
      const known = map.get(id);
      const entity = known ?? {};
      const values = entities[id] ?? {};
      for (const field of Object.keys(values)) entity[field] = values[field] as FieldValue;
      if (known !== undefined) continue;
      roundEntity(collection.fields, entity);
      map.set(id, entity);
    }
  }
}
