/** The contract of `/world`: movement in zones, area of interest, entities. */
import { Type } from "typebox";
import { fieldAlso } from "../../core/contract/aliases.ts";
import {
  command,
  defineContract,
  event,
  type InputOf,
  OPERATORS,
  type PayloadOf,
  type ResultOf,
} from "../../core/contract/contract.ts";

// Types of what clients of `/world` send and get.

export type WorldContract = typeof worldContract;

/** The acknowledgement of `enter` and `zone_change`. */
export type EnteredZone = ResultOf<WorldContract, "enter">;
export type Surroundings = ResultOf<WorldContract, "nearby">;
export type WireEntity = EnteredZone["entities"][number];
export type WirePlayer = EnteredZone["players"][number];
export type WorldTick = PayloadOf<WorldContract, "world_tick">;
export type Updates = NonNullable<InputOf<WorldContract, "enter">["updates"]>;
export type SpawnEntity = InputOf<WorldContract, "entity_spawn">;
export type UpdateEntity = InputOf<WorldContract, "entity_update">;

/** Coordinates are finite and at most this far from the origin, in units. */
const MAX_COORDINATE = 1_000_000;

/** Clients send positions and entity updates as often as they draw a frame. */
const POSITION_RATE = { max: 60, windowMs: 1_000 };

const coordinate = Type.Number({ minimum: -MAX_COORDINATE, maximum: MAX_COORDINATE });
const zone = Type.String({ minLength: 1, maxLength: 64, pattern: "^[^\\u0000-\\u001f\\u007f]+$" });
const seq = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const entityId = Type.String({ minLength: 1, maxLength: 128, pattern: "^[^\\u0000-\\u001f\\u007f]+$" });
const kind = Type.String({ minLength: 1, maxLength: 64 });
const text = Type.String({ minLength: 1, maxLength: 128 });

const player = Type.Object({
  user_id: Type.String(),
  name: Type.String(),
  x: Type.Number(),
  y: Type.Number(),
});

const entity = Type.Object({
  entity_id: Type.String(),
  kind: Type.String(),
  x: Type.Number(),
  y: Type.Number(),
  owner: Type.String(),
  data: Type.Optional(Type.Unknown()),
});

const entered = Type.Object({
  zone: Type.String(),
  tick_ms: Type.Number(),
  view_distance: Type.Number(),
  /** Where the avatar is now. */
  x: Type.Number(),
  y: Type.Number(),
  players: Type.Array(player),
  entities: Type.Array(entity),
  has_more: Type.Optional(
    Type.Literal(true, { description: "these are the nearest; the others follow as newcomers do" }),
  ),
});

const movedPlayer = Type.Union([
  Type.Tuple([Type.String(), Type.Number(), Type.Number()]),
  Type.Tuple([Type.String(), Type.Number(), Type.Number(), Type.Number()]),
]);

const worldEvent = Type.Object({
  event: text,
  data: Type.Optional(Type.Unknown()),
  zone: Type.Optional(zone),
});
const zoneChanged = Type.Object({ user_id: text, from: Type.Optional(zone), to: Type.Optional(zone) });

export const worldContract = defineContract({
  namespace: "/world",
  access: "anonymous",
  commands: {
    enter: command({
      summary:
        "Enters a zone at a point. A user that was there lately and could not have come so far since then is put at their last position (`position_correction`). Guests watch and are not seen.",
      input: Type.Object({
        zone,
        x: coordinate,
        y: coordinate,
        updates: Type.Optional(Type.Union([Type.Literal("batch"), Type.Literal("each")])),
      }),
      result: entered,
      anonymous: true,
    }),
    player_movement: command({
      summary:
        "Moves. Enters `zone` where the connection is in none, and changes zone where it is in another.",
      input: Type.Object({
        x: coordinate,
        y: coordinate,
        zone: Type.Optional(zone),
        seq: Type.Optional(seq),
      }),
      aliases: { names: ["movement"] },
      result: Type.Object({ corrected: Type.Optional(Type.Boolean()) }),
      anonymous: true,
      rate: POSITION_RATE,
    }),
    zone_change: command({
      summary: "Leaves the zone and enters another.",
      input: Type.Object({ zone, x: coordinate, y: coordinate }),
      aliases: { note: "`new_zone` for `zone`", read: fieldAlso("zone", "new_zone") },
      result: entered,
      anonymous: true,
    }),
    leave: command({
      summary:
        "Leaves the zone. `zone` in the answer names it, and is absent where the connection was in none.",
      input: Type.Object({}),
      result: Type.Object({ zone: Type.Optional(Type.String()) }),
      anonymous: true,
    }),
    nearby: command({
      order: "read",
      summary:
        "The players and entities within `radius` (at most, and by default, the view distance), the nearest first where one answer does not hold all.",
      input: Type.Object({
        radius: Type.Optional(Type.Number({ minimum: 0, maximum: MAX_COORDINATE })),
        cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 400 })),
      }),
      result: Type.Object({
        radius: Type.Number(),
        players: Type.Array(player),
        entities: Type.Array(entity),
        has_more: Type.Optional(Type.Literal(true)),
        cursor: Type.Optional(Type.String({ description: "for the next page" })),
      }),
      anonymous: true,
    }),
    entity_spawn: command({
      summary: "Puts an entity into the zone. `persistent` (role `service`) keeps it without its owner.",
      input: Type.Object({
        entity_id: entityId,
        kind,
        x: coordinate,
        y: coordinate,
        data: Type.Optional(Type.Unknown()),
        persistent: Type.Optional(Type.Boolean()),
      }),
      result: Type.Object({ entity }),
    }),
    entity_update: command({
      summary: "Changes the given fields of an entity of the caller.",
      input: Type.Object({
        entity_id: entityId,
        kind: Type.Optional(kind),
        x: Type.Optional(coordinate),
        y: Type.Optional(coordinate),
        data: Type.Optional(Type.Unknown()),
      }),
      result: Type.Object({ entity }),
      rate: POSITION_RATE,
    }),
    entity_despawn: command({
      summary: "Removes an entity of the caller from the zone.",
      input: Type.Object({ entity_id: entityId }),
      result: Type.Object({}),
    }),
    world_event: command({
      summary: "Sends an event of the game to everybody in a zone, or in all zones.",
      input: worldEvent,
      result: Type.Object({}),
      roles: OPERATORS,
    }),
    zone_changed: command({
      summary: "Announces to both zones that a user went from one to the other.",
      input: zoneChanged,
      result: Type.Object({}),
      roles: OPERATORS,
    }),
  },
  events: {
    world_tick: event({
      summary:
        "What changed around the viewer since the last tick. The viewer's own moves are in it, as the server has them.",
      payload: Type.Object({
        zone: Type.String(),
        tick: Type.Number(),
        moved: Type.Array(movedPlayer),
        entered: Type.Array(player),
        left: Type.Array(Type.String()),
        entities: Type.Optional(
          Type.Object({
            entered: Type.Array(entity),
            updated: Type.Array(entity),
            left: Type.Array(Type.String()),
          }),
        ),
      }),
      delivery: "volatile",
    }),
    player_movement: event({
      summary: "A player has moved (`updates: each`).",
      payload: Type.Object({
        user_id: Type.String(),
        x: Type.Number(),
        y: Type.Number(),
        zone: Type.String(),
        seq: Type.Optional(Type.Number()),
      }),
      delivery: "volatile",
    }),
    player_entered: event({
      summary: "A player has come into view (`updates: each`).",
      payload: Type.Object({
        user_id: Type.String(),
        name: Type.String(),
        x: Type.Number(),
        y: Type.Number(),
        zone: Type.String(),
      }),
      delivery: "ordinary",
    }),
    player_left: event({
      summary: "A player has gone out of view (`updates: each`).",
      payload: Type.Object({ user_id: Type.String(), zone: Type.String() }),
      delivery: "ordinary",
    }),
    entity_spawn: event({
      summary: "An entity has come into view (`updates: each`).",
      payload: Type.Intersect([entity, Type.Object({ zone: Type.String() })]),
      delivery: "ordinary",
    }),
    entity_update: event({
      summary: "An entity in view has changed (`updates: each`).",
      payload: Type.Intersect([entity, Type.Object({ zone: Type.String() })]),
      delivery: "ordinary",
    }),
    entity_despawn: event({
      summary: "An entity has gone out of view (`updates: each`).",
      payload: Type.Object({ entity_id: Type.String(), zone: Type.String() }),
      delivery: "ordinary",
    }),
    position_correction: event({
      summary: "The movement (`seq`) was too fast: nobody saw it, and the player still is here.",
      payload: Type.Object({
        x: Type.Number(),
        y: Type.Number(),
        seq: Type.Optional(Type.Number()),
        zone: Type.String(),
      }),
      delivery: "ordinary",
    }),
    world_event: event({
      summary: "Something has happened in the world.",
      payload: worldEvent,
      delivery: "ordinary",
    }),
    zone_changed: event({
      summary:
        "A user went from one zone to another. Viewers that saw them go or see them come get it, and each of the user's own connections once; also what a service announced.",
      payload: zoneChanged,
      delivery: "ordinary",
    }),
  },
});
