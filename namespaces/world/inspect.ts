/** What an operator sees of zones: more than any player, so it is for the console alone. Read where it lies, when it is asked. */
import { asId, type ConnectionId, type ZoneId } from "../../core/ids.ts";
import type { Claim, Entity, Player, ReplicaId } from "./model.ts";
import type { Visits } from "./visits.ts";
import type { Zone } from "./zone.ts";
import type { Zones } from "./zones.ts";

/** A zone on one worker: the zone is the same on all that have it open, and each keeps the players and entities of its own users. */
export interface ZoneHere {
  readonly zone: string;
  /** Players and entities of this worker's users. */
  readonly players: number;
  readonly entities: number;
  /** Kept in the store; each worker that has the zone open has them all. */
  readonly persistent: number;
  /** Connections of this worker that watch the zone. */
  readonly viewers: number;
  /** Whether it has loaded what the store and the others have. */
  readonly ready: boolean;
  readonly rules: {
    readonly view_distance: number;
    readonly speed_limit: number;
    readonly max_players: number;
  };
}

export interface ShownPlayer {
  readonly user_id: string;
  readonly name: string;
  readonly x: number;
  readonly y: number;
  /** The connection that moves it. */
  readonly connection?: string;
}

export interface ShownEntity {
  readonly entity_id: string;
  readonly kind: string;
  readonly x: number;
  readonly y: number;
  readonly owner: string;
  readonly persistent: boolean;
  readonly data?: unknown;
}

export interface WorldInspection {
  /** The zones that are open on this worker. */
  zonesHere(): Iterable<string>;
  /** Undefined where it is not open here. */
  zoneHere(id: string): ZoneHere | undefined;
  /** Players that this worker's connections move. */
  playersHere(id: string): Iterable<ShownPlayer>;
  /** Entities of this worker's users, and the persistent ones. */
  entitiesHere(id: string): Iterable<ShownEntity>;
  /** The zone that a connection of this worker is in. */
  zoneOf(connection: ConnectionId): string | undefined;
}

export function createWorldInspection(
  zones: Zones,
  visits: Pick<Visits, "zoneOf">,
  replica: ReplicaId,
): WorldInspection {
  const isOwn = ({ claim }: { readonly claim: Claim }) => claim.replica === replica;
  const openZone = (id: string) => zones.get(asId<ZoneId>(id));

  function* ownPlayers(zone: Zone): Iterable<Player> {
    for (const player of zone.allPlayers()) if (isOwn(player)) yield player;
  }

  function* shownEntities(zone: Zone): Iterable<Entity> {
    for (const entity of zone.allEntities()) if (entity.persistent || isOwn(entity)) yield entity;
  }

  return {
    *zonesHere() {
      for (const { zone } of zones.zones()) yield zone.id;
    },

    zoneHere(id) {
      const opened = openZone(id);
      if (opened === undefined) return undefined;
      const { zone, isReady } = opened;
      let [players, entities, persistent] = [0, 0, 0];
      for (const _ of ownPlayers(zone)) players++;
      for (const entity of shownEntities(zone))
        if (entity.persistent) persistent++;
        else entities++;
      const { viewDistance, speedLimit, maxPlayers } = zone.rules;
      return {
        ...{ zone: zone.id, players, entities, persistent, viewers: zone.viewers.size, ready: isReady },
        rules: { view_distance: viewDistance, speed_limit: speedLimit, max_players: maxPlayers },
      };
    },

    *playersHere(id) {
      const zone = openZone(id)?.zone;
      if (zone === undefined) return;
      for (const { id: user, name, x, y, driver } of ownPlayers(zone))
        yield { user_id: user, name, x, y, ...(driver && { connection: driver.session.id }) };
    },

    *entitiesHere(id) {
      const zone = openZone(id)?.zone;
      if (zone === undefined) return;
      for (const { id: entity, kind, x, y, owner, persistent, data } of shownEntities(zone))
        yield { entity_id: entity, kind, x, y, owner, persistent, ...(data === undefined ? {} : { data }) };
    },

    zoneOf: (connection) => visits.zoneOf(connection),
  };
}
