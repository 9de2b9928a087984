/** One zone as this worker knows it: all its players and entities, and the viewers here. */
import { GameError } from "../../core/contract/errors.ts";
import type { UserId, ZoneId } from "../../core/ids.ts";
import type { NamespaceOutbound } from "../../core/ports/outbound.ts";
import { NOWHERE } from "./interest/grid.ts";
import { Interest, type Thing, unplaced } from "./interest/interest.ts";
import type { Around } from "./interest/portions.ts";
import { type Telling, Viewers } from "./interest/viewers.ts";
import {
  type Claim,
  type Entity,
  isSelf,
  outranks,
  type Player,
  type ReplicaId,
  type Viewer,
} from "./model.ts";
import type { ZoneRules } from "./options.ts";
import type { WorldContract } from "./schema.ts";

/** What an entity is, apart from where. */
export type EntityTraits = Pick<Entity, "id" | "kind" | "data" | "owner" | "persistent">;

export class Zone {
  readonly id: ZoneId;
  readonly rules: ZoneRules;
  readonly source: ReplicaId;
  readonly players: Interest<Player>;
  readonly entities: Interest<Entity>;
  readonly viewers: Viewers;
  /** By user. Those who have left stay until the next tick has told of it. */
  readonly #players = new Map<UserId, Player>();
  readonly #entities = new Map<string, Entity>();
  /** Players who have come since the last tick. */
  readonly #newcomers = new Set<Player>();
  #population = 0;

  constructor(
    id: ZoneId,
    rules: ZoneRules,
    source: ReplicaId,
    outbound: NamespaceOutbound<WorldContract>,
    telling?: Telling,
  ) {
    this.id = id;
    this.rules = rules;
    this.source = source;
    this.players = new Interest(rules.viewDistance, true);
    this.entities = new Interest(rules.viewDistance, false);
    this.viewers = new Viewers(id, this.players, this.entities, outbound, telling);
  }

  player(user: UserId): Player | undefined {
    return present(this.#players.get(user));
  }

  entity(id: string): Entity | undefined {
    return present(this.#entities.get(id));
  }

  /** Since when the last claim on an entity is, also on one that has gone in this tick; 0: there is none. */
  claimedSince(id: string): number {
    return this.#entities.get(id)?.claim.since ?? 0;
  }

  *allPlayers(): Iterable<Player> {
    for (const player of this.#players.values()) if (player.cell !== NOWHERE) yield player;
  }

  *allEntities(): Iterable<Entity> {
    for (const entity of this.#entities.values()) if (entity.cell !== NOWHERE) yield entity;
  }

  /** Players in the zone, on all workers. */
  get population(): number {
    return this.#population;
  }

  /** Gives the user's avatar to this viewer, taking it from whoever has it. @param from the zone that it leaves for this one */
  embody(
    viewer: Viewer,
    now: number,
    { seq, from }: { seq?: number | undefined; from?: ZoneId } = {},
  ): Player {
    const { userId, identity } = viewer.session;
    const existing = this.player(userId);
    if (!existing && this.rules.maxPlayers > 0 && this.#population >= this.rules.maxPlayers)
      throw new GameError("room_full", { message: "the zone is full" });
    // Newer than their last claim, also where they have just left.
    const before = this.#players.get(userId)?.claim.since ?? 0;
    const claim = { source: this.source, since: Math.max(now, before + 1) };
    const player = this.putPlayer({ id: userId, name: identity.name, from }, claim, viewer.x, viewer.y, seq);
    player.driver = viewer;
    viewer.player = player;
    return player;
  }

  /** Takes the avatar from its connection here, which goes on watching. */
  #dethrone(player: Player): void {
    const { driver } = player;
    if (!driver) return;
    player.driver = undefined;
    driver.player = undefined;
    this.viewers.refresh(driver);
  }

  /** Puts a player, new or with a newer claim. */
  putPlayer(
    { id, name, from }: Pick<Player, "id" | "name"> & { readonly from: ZoneId | undefined },
    claim: Claim,
    x: number,
    y: number,
    seq: number | undefined,
  ): Player {
    let player = this.#players.get(id);
    if (!player) {
      const nobody = {
        wire: undefined,
        driver: undefined,
        heardAt: 0,
        isNew: false,
        cameFrom: undefined,
        wentTo: undefined,
      };
      player = { ...unplaced(), ...nobody, id, name, seq, claim, announced: false };
      this.#players.set(id, player);
    }
    this.#dethrone(player);
    if (player.cell === NOWHERE) {
      this.#population++;
      player.cameFrom = from;
      player.isNew = true;
      this.#newcomers.add(player);
    }
    player.wentTo = undefined;
    player.name = name;
    player.claim = claim;
    player.announced = false;
    this.movePlayer(player, x, y, seq);
    return player;
  }

  movePlayer(player: Player, x: number, y: number, seq: number | undefined): void {
    player.seq = seq;
    player.wire = undefined;
    this.players.place(player, x, y);
  }

  /** @param to the zone that it goes to */
  removePlayer(player: Player, to?: ZoneId): void {
    if (player.cell === NOWHERE) return;
    player.wentTo = to;
    this.#dethrone(player);
    this.#population--;
    this.players.remove(player);
  }

  /** Puts an entity, unless a newer claim of another worker holds it. */
  putEntity(traits: EntityTraits, claim: Claim, x: number, y: number): Entity | undefined {
    let entity = this.#entities.get(traits.id);
    if (entity && !replaces(claim, entity.claim)) return undefined;
    if (!entity) {
      entity = { ...unplaced(), ...traits, claim, announced: false };
      this.#entities.set(traits.id, entity);
    }
    entity.kind = traits.kind;
    entity.data = traits.data;
    entity.owner = traits.owner;
    entity.persistent = traits.persistent;
    entity.claim = claim;
    entity.announced = false;
    this.entities.place(entity, x, y);
    return entity;
  }

  removeEntity(entity: Entity): void {
    this.entities.remove(entity);
  }

  /** What lies within a radius of at most the view distance, but the viewer's own avatar. */
  around(viewer: Viewer, radius: number): Around {
    const { x, y } = viewer;
    return {
      players: this.players.grid.within(x, y, radius).filter((player) => !isSelf(viewer, player)),
      entities: this.entities.grid.within(x, y, radius),
    };
  }

  /** Tells the viewers here of everything since the last tick. */
  tick(tick: number): void {
    for (const player of this.players.advance()) this.#players.delete(player.id);
    for (const entity of this.entities.advance()) this.#entities.delete(entity.id);
    this.viewers.tell(tick);
    for (const player of this.#newcomers) player.isNew = false;
    this.#newcomers.clear();
  }
}

/** What a worker says of its own things is in the order in which it says it, whatever its clock does. */
const replaces = (claim: Claim, before: Claim): boolean =>
  outranks(claim, before) || (claim.source === before.source && claim.since !== before.since);

const present = <T extends Thing>(thing: T | undefined): T | undefined =>
  thing && thing.cell !== NOWHERE ? thing : undefined;
