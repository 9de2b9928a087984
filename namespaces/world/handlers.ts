import type { Handlers } from "../../core/contract/contract.ts";
import type { WorldContract } from "./schema.ts";
import type { World } from "./service.ts";

export function worldHandlers(world: World): Handlers<WorldContract> {
  const { visits } = world;
  return {
    enter: (session, { zone, x, y, updates }) => visits.enter(session, { zone, x, y }, updates),
    zone_change: (session, { zone, x, y }) => visits.enter(session, { zone, x, y }),
    player_movement: (session, input) => visits.move(session, input),
    leave: (session) => visits.leave(session),
    nearby: (session, input) => visits.nearby(session, input),
    entity_spawn: (session, input) => world.spawn(session, input),
    entity_update: (session, input) => world.updateEntity(session, input),
    async entity_despawn(session, { entity_id }) {
      await world.despawn(session, entity_id);
      return {};
    },
    world_event(_session, { event, data, zone }) {
      world.worldEvent({
        event,
        ...(data === undefined ? {} : { data }),
        ...(zone === undefined ? {} : { zone }),
      });
      return {};
    },
    zone_changed(_session, { user_id, from, to }) {
      world.zoneChanged({
        user_id,
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      });
      return {};
    },
  };
}
