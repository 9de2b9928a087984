/** Entities that users put into the zone they are in. */
import { GameError } from "../../../core/contract/errors.ts";
import type { Session } from "../../../core/contract/session.ts";
import type { UserId } from "../../../core/ids.ts";
import type { Store } from "../../../core/ports/store/store.ts";
import { type Entity, type ReplicaId, wireEntity } from "../model.ts";
import { type EntityRecord, entityRecord } from "../records.ts";
import type { SpawnEntity, UpdateEntity, WireEntity, WorldContract } from "../schema.ts";
import type { OpenZone, Zones } from "../zones.ts";
import type { PersistentEntities } from "./persistent.ts";
import type { EntityCounts, EntityPlace } from "./quota.ts";

/** Of an entity's `data` as JSON: it is sent with every change. */
const MAX_DATA_LENGTH = 4_096;

export class Entities {
  readonly #zones: Zones;
  readonly #store: Store;
  readonly #persistent: PersistentEntities;
  readonly #counts: EntityCounts;
  readonly #replica: ReplicaId;

  constructor(
    zones: Zones,
    store: Store,
    persistent: PersistentEntities,
    counts: EntityCounts,
    replica: ReplicaId,
  ) {
    this.#zones = zones;
    this.#store = store;
    this.#persistent = persistent;
    this.#counts = counts;
    this.#replica = replica;
  }

  /** @throws GameError `conflict` (the id is taken, too many), `room_full`, `server_full`, `forbidden`, `payload_too_large` */
  async spawn(
    opened: OpenZone,
    session: Session<WorldContract>,
    input: SpawnEntity,
  ): Promise<{ entity: WireEntity }> {
    const { zone } = opened;
    const persistent = input.persistent === true;
    if (persistent && !session.hasRole("service"))
      throw new GameError("forbidden", { message: "only the role service may keep entities" });
    checkSize(input.data);
    if (!opened.isReady) await opened.ready;
    const taken = () => new GameError("conflict", { message: "there is an entity with this id" });
    if (zone.entity(input.entity_id)) throw taken();
    if (!persistent) {
      await this.#counts.take({ zone: zone.id, id: input.entity_id, owner: session.userId });
      // If one came meanwhile from another worker, the next comparison stops counting this one here.
      if (zone.entity(input.entity_id)) throw taken();
    }
    const record: EntityRecord = {
      id: input.entity_id,
      kind: input.kind,
      data: input.data,
      owner: session.userId,
      persistent,
      x: input.x,
      y: input.y,
      since: this.#store.now(),
    };
    if (!persistent) return this.#put(opened, record);
    return this.#show(opened, await this.#persistent.spawn(zone.id, record));
  }

  /** @throws GameError `not_found` also for another's, `payload_too_large` */
  async update(
    opened: OpenZone,
    session: Session<WorldContract>,
    input: UpdateEntity,
  ): Promise<{ entity: WireEntity }> {
    checkSize(input.data);
    const entity = ownedEntity(opened, input.entity_id, session.userId);
    const change = (record: EntityRecord): EntityRecord => ({
      ...record,
      kind: input.kind ?? record.kind,
      data: input.data === undefined ? record.data : input.data,
      x: input.x ?? record.x,
      y: input.y ?? record.y,
    });
    if (entity.persistent)
      return this.#show(
        opened,
        await this.#persistent.change(opened.zone.id, entity.id, session.userId, change),
      );
    await this.#counts.adopt({ zone: opened.zone.id, id: entity.id, owner: entity.owner });
    const record = change(entityRecord(ownedEntity(opened, input.entity_id, session.userId)));
    return this.#put(opened, { ...record, since: Math.max(this.#store.now(), record.since + 1) });
  }

  /** @throws GameError `not_found` also for another's */
  async despawn(opened: OpenZone, session: Session<WorldContract>, id: string): Promise<void> {
    const entity = ownedEntity(opened, id, session.userId);
    if (!entity.persistent) {
      this.#drop(opened, entity);
      return this.#counts.release({ zone: opened.zone.id, id });
    }
    const record = await this.#persistent.despawn(opened.zone.id, id, session.userId);
    opened.replication.publishPersistent(record, true);
    const present = opened.zone.entity(id);
    if (present && present.claim.since < record.since) opened.zone.removeEntity(present);
  }

  /** The owners of this worker's entities, without persistent ones, which stay without their owner. */
  owners(): Set<UserId> {
    const owners = new Set<UserId>();
    for (const { zone } of this.#zones.zones())
      for (const { owner, persistent, claim } of zone.allEntities())
        if (!persistent && claim.replica === this.#replica) owners.add(owner);
    return owners;
  }

  /** Removes the entities on this worker of a user without connections. */
  ownerGone(owner: UserId): void {
    for (const opened of this.#zones.zones())
      for (const entity of opened.zone.allEntities())
        if (entity.owner === owner && !entity.persistent && entity.claim.replica === this.#replica)
          opened.zone.removeEntity(entity);
  }

  #drop(opened: OpenZone, entity: Entity): void {
    const since = Math.max(this.#store.now(), entity.claim.since + 1);
    entity.claim = { replica: this.#replica, since };
    opened.zone.removeEntity(entity);
  }

  #put(opened: OpenZone, { x, y, since, ...traits }: EntityRecord): { entity: WireEntity } {
    // An entity that was removed a moment ago has a claim too, and this one must be newer.
    const claim = { replica: this.#replica, since: Math.max(since, opened.zone.claimedSince(traits.id) + 1) };
    const entity = opened.zone.putEntity(traits, claim, x, y);
    if (!entity) throw new GameError("conflict");
    return { entity: wireEntity(entity) };
  }

  /** A change of a persistent entity is in the store: shows it, here and on the other workers. */
  #show(opened: OpenZone, record: EntityRecord): { entity: WireEntity } {
    opened.replication.publishPersistent(record, false);
    const { x, y, since, ...traits } = record;
    opened.zone.putEntity(traits, { replica: this.#replica, since }, x, y);
    return { entity: wireEntity({ ...traits, x, y }) };
  }

  /** Stops counting entities that have gone, or belong to another worker by now. */
  compareCounts(): void {
    this.#counts.compare(({ zone, id }: EntityPlace) => {
      const entity = this.#zones.get(zone)?.zone.entity(id);
      return entity !== undefined && !entity.persistent && entity.claim.replica === this.#replica;
    });
  }

  close(): Promise<void> {
    return this.#counts.close();
  }
}

function ownedEntity(opened: OpenZone, id: string, owner: UserId): Entity {
  const entity = opened.zone.entity(id);
  // Another's is answered as one that is not there.
  if (entity?.owner !== owner) throw new GameError("not_found");
  return entity;
}

function checkSize(data: unknown): void {
  if (data !== undefined && JSON.stringify(data).length > MAX_DATA_LENGTH)
    throw new GameError("payload_too_large", { message: "data is too large" });
}
