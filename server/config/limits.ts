/** How much there may be, and its defaults. */
import type { Limits } from "../../core/games/settings.ts";
import type { Values } from "./values.ts";

export function assembleLimits({ get }: Values): Limits {
  return {
    inbox: get("limits.inbox") ?? 1_000,
    inboxPerSender: get("limits.inbox_per_sender") ?? 100,
    rooms: orNone(get("limits.rooms") ?? 200_000),
    roomsPerUser: orNone(get("limits.rooms_per_user") ?? 2_000),
    streams: orNone(get("limits.streams") ?? 2_000_000),
    streamsPerUser: orNone(get("limits.streams_per_user") ?? 10_000),
    stored: orNone(get("limits.stored") ?? 0),
    storedPerUser: orNone(get("limits.stored_per_user") ?? 2 ** 30),
    reportsPerUser: orNone(get("limits.reports_per_user") ?? 100),
    gameRooms: orNone(get("limits.game_rooms") ?? 20_000),
    gameRoomsPerUser: get("limits.game_rooms_per_user") ?? 20,
    lonelyRoomMs: get("limits.lonely_room") ?? 3_600_000,
    fights: orNone(get("limits.fights") ?? 20_000),
    fightsPerUser: get("limits.fights_per_user") ?? 100,
    parties: orNone(get("limits.parties") ?? 100_000),
    channels: orNone(get("limits.channels") ?? 10_000),
    channelsPerUser: orNone(get("limits.channels_per_user") ?? 1_000),
    entities: orNone(get("limits.entities") ?? 100_000),
    entitiesPerZone: orNone(get("limits.entities_per_zone") ?? 5_000),
    entitiesPerUser: orNone(get("limits.entities_per_user") ?? 500),
    zones: orNone(get("limits.zones") ?? 10_000),
    zonesPerUser: orNone(get("limits.zones_per_user") ?? 1_000),
  };
}

/** In the configuration 0 is 'no limit'. */
const orNone = (limit: number): number => (limit === 0 ? Number.POSITIVE_INFINITY : limit);
