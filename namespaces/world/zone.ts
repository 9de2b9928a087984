/** One zone as this worker knows it: all its players and entities, and the viewers here. */
import { GameError } from "../../core/contract/errors.ts";
import type { UserId, ZoneId } from "../../core/ids.ts";
import type { NamespaceOutbound } from "../../core/ports/outbound.ts";
import { NOWHERE } from "./interest/grid.ts";
import { type GridItem, Interest } from "./interest/interest.ts";
import type { Around } from "./interest/pages.ts";
import { type Paging, Viewers } from "./interest/viewers.ts";
import {
  type Claim,
  Entity,
  type EntityTraits,
  isSelf,
  outranks,
  Player,
  type ReplicaId,
  speedLimit,
  type Viewer,
} from "./model.ts";
import type { ZoneRules } from "./options.ts";
import type { WorldContract } from "./schema.ts";
import type { SpeedLimit } from "./speed-limit.ts";

export class Zone {
  readonly id: ZoneId;
  readonly rules: ZoneRules;
  readonly speedLimit: SpeedLimit;
  readonly replica: ReplicaId;
  readonly players: Interest<Player>;
  readonly entities: Interest<Entity>;
  readonly viewers: Viewers;
  /** By user. Players that have left stay until the next tick has announced it. */
  readonly #players = new Map<UserId, Player>();
  readonly #entities = new Map<string, Entity>();
  /** Players that have come since the last tick. */
  readonly #newcomers = new Set<Player>();
  #population = 0;

  constructor(
    id: ZoneId,
    rules: ZoneRules,
    replica: ReplicaId,
    outbound: NamespaceOutbound<WorldContract>,
    paging?: Paging,
  ) {
    this.id = id;
    this.rules = rules;
    this.speedLimit = speedLimit(rules);
    this.replica = replica;
    this.players = new Interest(rules.viewDistance, true, rules.farHalfRate);
    this.entities = new Interest(rules.viewDistance, false);
    this.viewers = new Viewers(id, this.players, this.entities, outbound, paging);
  }

  player(user: UserId): Player | undefined {
    return present(this.#players.get(user));
  }

  entity(id: string): Entity | undefined {
    return present(this.#entities.get(id));
  }

  /** Since when the last claim on an entity holds, also on one that has gone in this tick; 0: there is none. */
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

  /** Gives the user's avatar to this viewer, taking it from the viewer that has it. @param from the zone that it leaves for this one */
  embody(
    viewer: Viewer,
    now: number,
    { seq, from }: { seq?: number | undefined; from?: ZoneId } = {},
  ): Player {
    const { userId, identity } = viewer.session;
    const existing = this.player(userId);
    if (!existing && this.rules.maxPlayers > 0 && this.#population >= this.rules.maxPlayers)
      throw new GameError("room_full", { message: "the zone is full" });
    // Newer than the last claim on the player, also where they have just left.
    const before = this.#players.get(userId)?.claim.since ?? 0;
    const claim = { replica: this.replica, since: Math.max(now, before + 1) };
    const player = this.putPlayer({ id: userId, name: identity.name, from }, claim, viewer.x, viewer.y, seq);
    player.driver = viewer;
    viewer.player = player;
    return player;
  }

  /** Takes the avatar from its connection here, which becomes a watcher. */
  #releaseDriver(player: Player): void {
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
      player = new Player(id, claim, name, seq);
      this.#players.set(id, player);
    }
    this.#releaseDriver(player);
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

  /** @param cell the key of the cell that holds the point */
  movePlayer(player: Player, x: number, y: number, seq: number | undefined, cell?: number): void {
    player.seq = seq;
    player.moveText = undefined;
    player.entryText = undefined;
    this.players.place(player, x, y, cell);
  }

  /** @param to the zone that it goes to */
  removePlayer(player: Player, to?: ZoneId): void {
    if (player.cell === NOWHERE) return;
    player.wentTo = to;
    this.#releaseDriver(player);
    this.#population--;
    this.players.remove(player);
  }

  /** Puts an entity, unless a newer claim of another worker holds it. */
  putEntity(traits: EntityTraits, claim: Claim, x: number, y: number): Entity | undefined {
    let entity = this.#entities.get(traits.id);
    if (entity && !replaces(claim, entity.claim)) return undefined;
    if (!entity) {
      entity = new Entity(traits, claim);
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

  /** All within a radius of at most the view distance, without the viewer's own avatar. */
  around(viewer: Viewer, radius: number): Around {
    const { x, y } = viewer;
    return {
      players: this.players.grid.within(x, y, radius).filter((player) => !isSelf(viewer, player)),
      entities: this.entities.grid.within(x, y, radius),
    };
  }

  /** Sends the viewers here everything that has changed since the last tick. */
  tick(tick: number): void {
    for (const player of this.players.advance()) this.#players.delete(player.id);
    for (const entity of this.entities.advance()) this.#entities.delete(entity.id);
    this.viewers.send(tick);
    for (const player of this.#newcomers) player.isNew = false;
    this.#newcomers.clear();
  }
}

/** The messages of one worker are in order, whatever its clock does. */
const replaces = (claim: Claim, before: Claim): boolean =>
  outranks(claim, before) || (claim.replica === before.replica && claim.since !== before.since);

const present = <T extends GridItem>(item: T | undefined): T | undefined =>
  item && item.cell !== NOWHERE ? item : undefined;
