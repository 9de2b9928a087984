/** Who sees which entities of a state: players of the same group see the same, so that it is encoded once for all of them. */
import type { UserId } from "../../../../core/ids.ts";
import type { CollectionView, RealtimeView, VisibleEntity } from "../../../../core/realtime/delta.ts";
import type {
  EntityValues,
  FieldValue,
  PackedValue,
  RealtimeField,
} from "../../../../core/realtime/fields.ts";
import type { RealtimeGame } from "../../../../core/realtime/game.ts";
import { type CollectionPlan, plansOf } from "../../../../core/realtime/state.ts";

/** Names what a viewer sees. `all`: everything. `open`: what everybody sees, as spectators of a game without a delay do. */
export type GroupKey = string;

const ALL: GroupKey = "all";
const OPEN: GroupKey = "open";

const fieldOf = ({ names, fields }: CollectionPlan, { packed }: VisibleEntity, name: string): FieldValue => {
  const at = names.indexOf(name);
  const field = fields[at] as RealtimeField | undefined;
  return field === undefined ? null : field.unpack(packed[at] as PackedValue);
};

export class GroupViews {
  readonly #game: RealtimeGame;
  readonly #view: RealtimeView;
  readonly #views = new Map<GroupKey, RealtimeView>();
  /** Groups of players that have an entity; a player without one stays where they were. */
  readonly #groups: Map<string, GroupKey>;
  #cells: Map<string, [collection: string, entity: VisibleEntity][]> | undefined;
  #owned: Map<string, [plan: CollectionPlan, entity: VisibleEntity][]> | undefined;

  constructor(game: RealtimeGame, view: RealtimeView, groups: ReadonlyMap<string, GroupKey> = new Map()) {
    this.#game = game;
    this.#view = view;
    this.#groups = new Map(groups);
    this.#views.set(ALL, view);
    this.#group();
  }

  after(view: RealtimeView): GroupViews {
    return view === this.#view ? this : new GroupViews(this.#game, view, this.#groups);
  }

  #plan(collection: string): CollectionPlan | undefined {
    return plansOf(this.#game.state).find(({ name }) => name === collection);
  }

  #group(): void {
    const { sees } = this.#game;
    if (sees.kind === "everyone") return;
    const plan = this.#plan(sees.collection);
    if (plan === undefined) return;
    for (const entity of this.#view.get(sees.collection)?.values() ?? []) {
      const owner = entity.packed[plan.ownerAt];
      if (typeof owner !== "string" || owner === "") continue;
      if (sees.kind === "byTeam") this.#groups.set(owner, `team:${fieldOf(plan, entity, sees.field)}`);
      else this.#groups.set(owner, `cell:${cellOf(plan, entity, sees.size).join(":")}`);
    }
  }

  /** @param user undefined for a spectator */
  groupOf(user: UserId | undefined): GroupKey {
    const { sees, spectatorDelayMs } = this.#game;
    if (sees.kind === "everyone") return ALL;
    if (user === undefined) return spectatorDelayMs > 0 ? ALL : OPEN;
    return this.#groups.get(user) ?? OPEN;
  }

  /** What a group sees; the same object for all that ask. */
  viewOf(group: GroupKey): RealtimeView {
    const known = this.#views.get(group);
    if (known !== undefined) return known;
    const made = this.#make(group);
    this.#views.set(group, made);
    return made;
  }

  #make(group: GroupKey): RealtimeView {
    const { sees } = this.#game;
    if (sees.kind === "byTeam") return this.#ofTeam(sees.collection, sees.field, group);
    if (sees.kind === "byCell") return this.#ofCell(sees.size, group);
    return this.#view;
  }

  #ofTeam(collection: string, field: string, group: GroupKey): RealtimeView {
    const plan = this.#plan(collection);
    const seen = new Map<string, VisibleEntity>();
    for (const entity of this.#view.get(collection)?.values() ?? []) {
      const team = plan === undefined ? null : fieldOf(plan, entity, field);
      if (!team || `team:${team}` === group) seen.set(entity.id, entity);
    }
    return new Map<string, CollectionView>(this.#view).set(collection, seen);
  }

  #ofCell(size: number, group: GroupKey): RealtimeView {
    this.#cells ??= this.#intoCells(size);
    const view = new Map<string, Map<string, VisibleEntity>>();
    const add = (cell: string) => {
      for (const [collection, entity] of this.#cells?.get(cell) ?? []) {
        const known = view.get(collection);
        if (known === undefined) view.set(collection, new Map([[entity.id, entity]]));
        else known.set(entity.id, entity);
      }
    };
    add("");
    const [, x, y] = group.split(":").map(Number);
    if (x !== undefined && y !== undefined)
      for (let dx = -1; dx <= 1; dx++) for (let dy = -1; dy <= 1; dy++) add(`${x + dx}:${y + dy}`);
    return view;
  }

  /** Under `""` what has no place, and so is seen from everywhere. */
  #intoCells(size: number): Map<string, [string, VisibleEntity][]> {
    const cells = new Map<string, [string, VisibleEntity][]>();
    for (const plan of plansOf(this.#game.state)) {
      const hasPlace = plan.names.includes("x") && plan.names.includes("y");
      for (const entity of this.#view.get(plan.name)?.values() ?? []) {
        const cell = hasPlace ? cellOf(plan, entity, size).join(":") : "";
        const others = cells.get(cell);
        if (others === undefined) cells.set(cell, [[plan.name, entity]]);
        else others.push([plan.name, entity]);
      }
    }
    return cells;
  }

  /** Whether the game has fields that only an entity's player is sent. */
  get hasOwn(): boolean {
    return hasOwnFields(this.#game);
  }

  /** The fields of a player's own entities that nobody else is sent, by collection and id; empty where there are none. */
  ownOf(user: UserId): Record<string, Record<string, EntityValues>> {
    this.#owned ??= this.#byOwner();
    const own: Record<string, Record<string, EntityValues>> = {};
    for (const [plan, { id, packed }] of this.#owned.get(user) ?? []) {
      const values: EntityValues = {};
      plan.fields.forEach((field, at) => {
        if (field.seenBy === "owner")
          values[plan.names[at] as string] = field.unpack(packed[at] as PackedValue);
      });
      const byId: Record<string, EntityValues> = own[plan.name] ?? Object.create(null);
      byId[id] = values;
      own[plan.name] = byId;
    }
    return own;
  }

  #byOwner(): Map<string, [CollectionPlan, VisibleEntity][]> {
    const owned = new Map<string, [CollectionPlan, VisibleEntity][]>();
    for (const plan of plansOf(this.#game.state)) {
      if (plan.fields.every(({ seenBy }) => seenBy !== "owner")) continue;
      for (const entity of this.#view.get(plan.name)?.values() ?? []) {
        const owner = String(entity.packed[plan.ownerAt]);
        const others = owned.get(owner);
        if (others === undefined) owned.set(owner, [[plan, entity]]);
        else others.push([plan, entity]);
      }
    }
    return owned;
  }

  /** Whether a group sees an entity. */
  sees(group: GroupKey, collection: string, id: string): boolean {
    return this.viewOf(group).get(collection)?.has(id) === true;
  }
}

const withOwnFields = new WeakMap<RealtimeGame, boolean>();

function hasOwnFields(game: RealtimeGame): boolean {
  const known = withOwnFields.get(game);
  if (known !== undefined) return known;
  const has = plansOf(game.state).some(({ fields }) => fields.some(({ seenBy }) => seenBy === "owner"));
  withOwnFields.set(game, has);
  return has;
}

function cellOf(plan: CollectionPlan, entity: VisibleEntity, size: number): [number, number] {
  const at = (name: string) => Math.floor(Number(fieldOf(plan, entity, name)) / size);
  return [at("x"), at("y")];
}
