/** The zones that are open on this worker: those with viewers in them, or entities of this worker's users. */
import { GameError } from "../../core/contract/errors.ts";
import type { ZoneId } from "../../core/ids.ts";
import type { NamespaceOutbound } from "../../core/ports/outbound.ts";
import type { Services } from "../../core/ports/services.ts";
import type { PersistentEntities } from "./entities/persistent.ts";
import { ANSWER, FRAME } from "./interest/pages.ts";
import type { ReplicaId } from "./model.ts";
import type { WorldSettings } from "./options.ts";
import { ZoneReplication } from "./replication.ts";
import type { WorldContract } from "./schema.ts";
import { Zone } from "./zone.ts";

/** How often persistent entities are read again, for changes that the bus did not bring. */
const RELOAD_MS = 10_000;

export interface OpenZone {
  readonly zone: Zone;
  readonly replication: ZoneReplication;
  /** Resolves when the persistent entities are loaded and the other workers have been asked for a snapshot. Never rejects. */
  readonly ready: Promise<void>;
  isReady: boolean;
  reloadAt: number;
}

export class Zones {
  readonly #services: Services;
  readonly #settings: WorldSettings;
  readonly #replica: ReplicaId;
  readonly #persistent: PersistentEntities;
  readonly #outbound: NamespaceOutbound<WorldContract>;
  readonly #open = new Map<ZoneId, OpenZone>();

  constructor(
    services: Services,
    settings: WorldSettings,
    replica: ReplicaId,
    persistent: PersistentEntities,
    outbound: NamespaceOutbound<WorldContract>,
  ) {
    this.#services = services;
    this.#settings = settings;
    this.#replica = replica;
    this.#persistent = persistent;
    this.#outbound = outbound;
  }

  get size(): number {
    return this.#open.size;
  }

  zones(): Iterable<OpenZone> {
    return this.#open.values();
  }

  get(id: ZoneId): OpenZone | undefined {
    return this.#open.get(id);
  }

  /** @throws GameError `not_found`, `forbidden`; `server_full` where the limit of open zones is reached */
  open(id: ZoneId): OpenZone {
    const existing = this.#open.get(id);
    if (existing) return existing;
    const { store, log, settings } = this.#services;
    const rules = this.#settings.rulesOf(id);
    if (this.#open.size >= settings.limits.zones && !this.#settings.isNamed(id))
      throw new GameError("server_full", { message: "there are as many zones as there may be" });
    const { reading, shedding } = this.#services;
    const zone = new Zone(id, rules, this.#replica, this.#outbound, {
      answer: ANSWER,
      frame: FRAME,
      taken: (session, bytes) => reading.turn(session, (spend) => spend(bytes), { patient: true }),
      shedsMoves: () => shedding.volatile,
    });
    const replication = new ZoneReplication(zone, store.bus, log, () => store.now());
    const ready = Promise.all([replication.open(), this.#load(zone)]).then(() => {
      opened.isReady = true;
    });
    const opened: OpenZone = { zone, replication, ready, isReady: false, reloadAt: store.now() + RELOAD_MS };
    this.#open.set(id, opened);
    return opened;
  }

  /** Does what is due in every zone; closes the zones that nobody is in. */
  tick(tick: number): void {
    const now = this.#services.store.now();
    for (const opened of this.#open.values()) {
      opened.replication.tick(now);
      opened.zone.tick(tick);
      if (opened.zone.viewers.size === 0 && !this.#hasOwnEntities(opened.zone)) this.#close(opened);
      else if (now >= opened.reloadAt && this.#services.store.shared) {
        opened.reloadAt = now + RELOAD_MS;
        void this.#load(opened.zone);
      }
    }
  }

  close(): void {
    for (const opened of this.#open.values()) this.#close(opened);
  }

  #close(opened: OpenZone): void {
    this.#open.delete(opened.zone.id);
    opened.replication.close();
  }

  #hasOwnEntities(zone: Zone): boolean {
    for (const entity of zone.allEntities())
      if (!entity.persistent && entity.claim.replica === this.#replica) return true;
    return false;
  }

  /** Loads the persistent entities from the store. While the store is away they stay as they are. */
  async #load(zone: Zone): Promise<void> {
    const startedAt = this.#services.store.now();
    try {
      const records = await this.#persistent.load(zone.id);
      const kept = new Set(records.map((record) => record.id));
      for (const { x, y, since, ...traits } of records)
        zone.putEntity(traits, { replica: STORE, since }, x, y);
      for (const entity of zone.allEntities())
        if (entity.persistent && !kept.has(entity.id) && entity.claim.since < startedAt)
          zone.removeEntity(entity);
    } catch (err) {
      this.#services.log.warn({ err, zone: zone.id }, "persistent entities could not be read");
    }
  }
}

/** The replica of claims that were read from the store; it outranks none with the same `since`. */
const STORE = "" as ReplicaId;
