/** The world on this worker: its commands, the entities of its users, and the tick that drives all zones. */
import type { InputOf, PayloadOf } from "../../core/contract/contract.ts";
import { asId, newId, type UserId, type ZoneId } from "../../core/ids.ts";
import type { NamespaceOutbound } from "../../core/ports/outbound.ts";
import type { Services } from "../../core/ports/services.ts";
import { topic } from "../../core/ports/store/bus.ts";
import type { PresenceScope } from "../../core/ports/store/presence.ts";
import { rooms } from "../../core/rooms.ts";
import { Entities } from "./entities/entities.ts";
import { Owners } from "./entities/owners.ts";
import { PersistentEntities } from "./entities/persistent.ts";
import { EntityCounts } from "./entities/quota.ts";
import { createWorldInspection, type WorldInspection } from "./inspect.ts";
import type { ReplicaId } from "./model.ts";
import { readOptions, type WorldOptions, type WorldSettings } from "./options.ts";
import { type WorldContract, worldContract } from "./schema.ts";
import { Visits, type WorldSession } from "./visits.ts";
import { Zones } from "./zones.ts";

/** How often entities that are counted are compared with those that are there. */
const COMPARE_MS = 1_000;

/** Tells every worker that a user has no connection any more. */
const ownerGone = topic<{ readonly user: UserId }>("world:owners");

export class World {
  /** Where connections are, and their movements. */
  readonly visits: Visits;
  readonly inspection: WorldInspection;
  readonly #services: Services;
  readonly #settings: WorldSettings;
  readonly #zones: Zones;
  readonly #entities: Entities;
  readonly #outbound: NamespaceOutbound<WorldContract>;
  readonly #owners: Owners;
  #timer: NodeJS.Timeout | undefined;
  #tick = 0;
  #comparedAt = Number.NEGATIVE_INFINITY;
  #subscribing: Promise<(() => void) | undefined> | undefined;
  #closed = false;

  constructor(services: Services, scope: PresenceScope, options: WorldOptions) {
    this.#services = services;
    this.#settings = readOptions(options);
    this.#outbound = services.outbound.in(worldContract);
    const replica = newId("w") as string as ReplicaId;
    const { maxEntitiesPerUser, maxPersistentPerZone } = this.#settings;
    const persistent = new PersistentEntities(services, maxPersistentPerZone);
    this.#zones = new Zones(services, this.#settings, replica, persistent, this.#outbound);
    const counts = new EntityCounts(
      services.connectionPresence,
      services.settings.limits,
      maxEntitiesPerUser,
    );
    this.visits = new Visits(services, {
      settings: this.#settings,
      zones: this.#zones,
      outbound: this.#outbound,
      arriving: () => this.#start(),
    });
    this.inspection = createWorldInspection(this.#zones, this.visits, replica);
    this.#entities = new Entities(this.#zones, services.store, persistent, counts, replica);
    this.#owners = new Owners(services, scope, this.#entities);
    this.#subscribe();
  }

  held(): Readonly<Record<string, number>> {
    return { ...this.visits.held(), open_zones: this.#zones.size };
  }

  spawn(session: WorldSession, input: InputOf<WorldContract, "entity_spawn">) {
    return this.#entities.spawn(this.visits.of(session).opened, session, input);
  }

  updateEntity(session: WorldSession, input: InputOf<WorldContract, "entity_update">) {
    return this.#entities.update(this.visits.of(session).opened, session, input);
  }

  despawn(session: WorldSession, entityId: string): Promise<void> {
    return this.#entities.despawn(this.visits.of(session).opened, session, entityId);
  }

  worldEvent(payload: PayloadOf<WorldContract, "world_event">): void {
    if (payload.zone === undefined) this.#outbound.toAll("world_event", payload);
    else this.#outbound.toRoom(rooms.zone(asId<ZoneId>(payload.zone)), "world_event", payload);
  }

  zoneChanged(payload: PayloadOf<WorldContract, "zone_changed">): void {
    for (const zone of new Set([payload.from, payload.to]))
      if (zone !== undefined) this.#outbound.toRoom(rooms.zone(asId<ZoneId>(zone)), "zone_changed", payload);
  }

  /** The user's last connection, on any worker, has ended: their entities go with it. */
  async userGone(user: UserId): Promise<void> {
    await this.#services.store.bus.publish(ownerGone, { user });
  }

  /** One tick of all zones, now. */
  tick(): void {
    this.#tick = Math.max(this.#tick + 1, Math.floor(this.#services.store.now() / this.#settings.tickMs));
    try {
      this.#zones.tick(this.#tick);
      this.visits.tick();
      this.#compareCounts();
      this.#owners.tick();
    } catch (err) {
      this.#services.log.error({ err }, "a tick of the world failed");
    }
    if (!this.#subscribing) this.#subscribe();
    if (this.#zones.size === 0) this.#stop();
  }

  /** Once a second, and before the ticks end. */
  #compareCounts(): void {
    const now = this.#services.store.now();
    if (this.#zones.size > 0 && now - this.#comparedAt < COMPARE_MS) return;
    this.#comparedAt = now;
    this.#entities.compareCounts();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stop();
    this.#zones.close();
    await this.#entities.close();
    (await this.#subscribing)?.();
  }

  #start(): void {
    if (this.#closed) return;
    this.#timer ??= setInterval(() => this.tick(), this.#settings.tickMs);
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Tried again by the tick while the bus is away. */
  #subscribe(): void {
    this.#subscribing = this.#services.store.bus
      .subscribe(ownerGone, ({ user }) => this.#entities.ownerGone(user))
      .catch((err: unknown) => {
        this.#services.log.warn({ err }, "the world cannot hear other workers yet");
        this.#subscribing = undefined;
        return undefined;
      });
  }
}
