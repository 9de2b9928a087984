/** How much of each limit of the whole cluster is used, so that an alert comes before the first refusal. */
import { coalesce } from "../../core/async.ts";
import { placesOf } from "../../core/consistency/global-quota.ts";
import type { Limits } from "../../core/ports/settings.ts";
import type { IndexKey } from "../../core/ports/store/keys.ts";
import type { Store } from "../../core/ports/store/store.ts";
import { keys as matchmakingKeys } from "../../namespaces/matchmaking/store.ts";
import { entityScope } from "../../namespaces/world/index.ts";
import { spentOfAll } from "../storage-quota.ts";

export interface LimitUsage {
  /** The setting in `limits`. */
  readonly limit: string;
  readonly used: number;
  readonly max: number;
}

export interface LimitUsageOptions {
  readonly store: Pick<Store, "indexes" | "presence" | "documents" | "now">;
  readonly limits: Limits;
  rooms(): Promise<{ readonly rooms: number; readonly relayRooms: number }>;
  /** Zones that are open on this worker. */
  zones(): number;
}

/** @returns what reads them; limits that are off are left out, for what they would bound is not counted. Rejects while the store is away */
export function createLimitUsage(options: LimitUsageOptions): () => Promise<LimitUsage[]> {
  const { store, limits } = options;
  const size = (key: IndexKey<unknown>) => () => store.indexes.size(key);
  const places = (kind: string) => size(placesOf(kind));
  async function spent(kind: string): Promise<number> {
    const found = (await store.documents.load(spentOfAll(kind)))?.state;
    return found?.amount ?? 0;
  }
  const read: readonly (readonly [limit: string, max: number, used: () => number | Promise<number>])[] = [
    [
      "rooms",
      limits.rooms,
      async () => {
        const { rooms, relayRooms } = await options.rooms();
        return Math.max(rooms, relayRooms);
      },
    ],
    ["streams", limits.streams, () => spent("streams")],
    ["stored", limits.stored, () => spent("stored")],
    ["game_rooms", limits.gameRooms, places("rooms")],
    ["fights", limits.fights, places("fights")],
    ["parties", limits.parties, size(matchmakingKeys.parties())],
    ["channels", limits.channels, places("channels")],
    [
      "entities",
      limits.entities,
      async () => (await store.presence.get(entityScope, ["all"]))[0]?.connections ?? 0,
    ],
    ["persistent_entities", limits.persistentEntities, places("persistent entities")],
    ["zones", limits.zones, options.zones],
  ];
  const counted = read.filter(([, max]) => Number.isFinite(max));
  return coalesce(() =>
    Promise.all(counted.map(async ([limit, max, used]) => ({ limit, max, used: await used() }))),
  );
}
