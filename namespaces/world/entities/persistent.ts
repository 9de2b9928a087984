/** Persistent entities: documents, and an index of each zone to load them by. `since` of a record grows with every change. */

import { createGlobalQuota, type GlobalQuota } from "../../../core/consistency/global-quota.ts";
import { update } from "../../../core/consistency/transact.ts";
import { GameError } from "../../../core/contract/errors.ts";
import type { UserId, ZoneId } from "../../../core/ids.ts";
import type { StorageQuotas } from "../../../core/ports/quotas.ts";
import type { Services } from "../../../core/ports/services.ts";
import { indexPut, indexPutWithin, indexRemove } from "../../../core/ports/store/documents.ts";
import { documentKey, indexKey, partitions } from "../../../core/ports/store/keys.ts";
import type { Store } from "../../../core/ports/store/store.ts";
import type { EntityRecord } from "../records.ts";

const PAGE = 200;
/** About what is kept of an entity, in its document and in the index of its zone. */
const RECORD_BYTES = 1_024;

const keyOf = (zone: ZoneId, id: string) => documentKey<EntityRecord>(partitions.zone(zone), `entity:${id}`);
const indexOf = (zone: ZoneId) => indexKey<EntityRecord>(partitions.zone(zone), "entities");

/** Names a place in the quota of all zones. */
const placeOf = (zone: ZoneId, id: string) => JSON.stringify([zone, id]);

export class PersistentEntities {
  readonly #store: Store;
  readonly #storageQuotas: Pick<StorageQuotas, "checkSpace">;
  readonly #maxPerZone: number;
  readonly #quota: GlobalQuota;

  constructor(
    services: Pick<Services, "store" | "timers" | "storageQuotas" | "settings">,
    maxPerZone: number,
  ) {
    const { documents } = services.store;
    this.#store = services.store;
    this.#storageQuotas = services.storageQuotas;
    this.#maxPerZone = maxPerZone;
    this.#quota = createGlobalQuota(services, {
      kind: "persistent entities",
      max: services.settings.limits.persistentEntities,
      async exists(place) {
        const [zone, id] = JSON.parse(place) as [ZoneId, string];
        return (await documents.load(keyOf(zone, id))) !== undefined;
      },
    });
  }

  /**
   * @throws GameError `conflict` where the id is taken or the zone has as many as it may; `server_full` where all zones have, or the store
   * is nearly full
   */
  async spawn(zone: ZoneId, record: EntityRecord): Promise<EntityRecord> {
    this.#storageQuotas.checkSpace(RECORD_BYTES);
    await this.#quota.take(placeOf(zone, record.id));
    const { result } = await update(this.#store.documents, keyOf(zone, record.id), (current) => {
      if (current) throw new GameError("conflict", { message: "there is an entity with this id" });
      return {
        state: record,
        result: record,
        full: new GameError("conflict", { message: "the zone has as many persistent entities as it may" }),
        with: { index: [indexPutWithin(indexOf(zone), record.id, 0, record, this.#maxPerZone)] },
      };
    }).catch(async (err: unknown) => {
      // Perhaps it came to be: then its place is looked at later.
      if (!(err instanceof GameError && err.code === "unavailable")) await this.#giveBack(zone, record.id);
      throw err;
    });
    // An entity of the same id that has just gone may have given the place away.
    await this.#quota.hold(placeOf(zone, record.id));
    return result;
  }

  /** @throws GameError `not_found` also for another's */
  async change(
    zone: ZoneId,
    id: string,
    owner: UserId,
    change: (record: EntityRecord) => EntityRecord,
  ): Promise<EntityRecord> {
    this.#storageQuotas.checkSpace(RECORD_BYTES);
    const { result } = await update(this.#store.documents, keyOf(zone, id), (current) => {
      const before = owned(current?.state, owner);
      const record = { ...change(before), since: this.#later(before) };
      return { state: record, result: record, with: { index: [indexPut(indexOf(zone), id, 0, record)] } };
    });
    return result;
  }

  /** @throws GameError `not_found` also for another's */
  async despawn(zone: ZoneId, id: string, owner: UserId): Promise<EntityRecord> {
    const { result } = await update(this.#store.documents, keyOf(zone, id), (current) => {
      const before = owned(current?.state, owner);
      return {
        state: null,
        result: { ...before, since: this.#later(before) },
        with: { index: [indexRemove(indexOf(zone), id)] },
      };
    });
    await this.#giveBack(zone, id);
    return result;
  }

  async #giveBack(zone: ZoneId, id: string): Promise<void> {
    await this.#quota.give(placeOf(zone, id));
    // It may be another's.
    if ((await this.#store.documents.load(keyOf(zone, id))) !== undefined)
      await this.#quota.hold(placeOf(zone, id));
  }

  async load(zone: ZoneId): Promise<EntityRecord[]> {
    const records: EntityRecord[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.#store.indexes.page(indexOf(zone), {
        limit: PAGE,
        ...(cursor === undefined ? {} : { cursor }),
      });
      for (const { value } of page.members) records.push(value);
      cursor = page.cursor;
    } while (cursor !== undefined);
    return records;
  }

  #later(record: EntityRecord): number {
    return Math.max(this.#store.now(), record.since + 1);
  }
}

function owned(record: EntityRecord | undefined, owner: UserId): EntityRecord {
  if (record?.owner !== owner) throw new GameError("not_found");
  return record;
}
