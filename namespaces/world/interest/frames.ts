/** Turns changes into what is sent: one frame, or one event per change. */
import type { EventName, PayloadOf } from "../../../core/contract/contract.ts";
import type { ZoneId } from "../../../core/ids.ts";
import type { SendOptions } from "../../../core/ports/outbound.ts";
import { type Entity, type Player, wireEntity, wireMove, wirePlayer } from "../model.ts";
import type { Updates, WorldContract, WorldTick } from "../schema.ts";
import type { ZoneFrame } from "./interest.ts";

/** Changes of players and of entities that a viewer is to be sent. */
export interface ZoneChanges {
  readonly players: ZoneFrame<Player> | undefined;
  readonly entities: ZoneFrame<Entity> | undefined;
}

/** One connection, or all of a cell. */
export type SendToViewers = <K extends EventName<WorldContract>>(
  event: K,
  payload: PayloadOf<WorldContract, K>,
  options?: Pick<SendOptions, "volatile" | "except" | "exceptUsers">,
) => void;

/** Which frame it is. */
export interface FrameHead {
  readonly zone: ZoneId;
  readonly tick: number;
  /** Single movements are left out. */
  readonly shedsMoves: boolean;
  /** They were, so players that have come to rest are sent once more. */
  readonly catchesUp: boolean;
}

export function sendChanges(
  send: SendToViewers,
  updates: Updates,
  head: FrameHead,
  changes: ZoneChanges,
): void {
  if (updates === "batch") {
    const firm = changes.players?.firm || changes.entities !== undefined;
    send("world_tick", worldTick(head, changes), { volatile: !firm });
  } else {
    sendPlayers(send, head, changes.players);
    sendEntities(send, head.zone, changes.entities);
  }
  sendZoneChanges(send, head.zone, changes.players);
}

/** Players that have gone to another zone or come from one, to the viewers that see it. The player's own connections get it apart. */
function sendZoneChanges(send: SendToViewers, zone: ZoneId, frame: ZoneFrame<Player> | undefined): void {
  for (const { id, wentTo } of frame?.left ?? [])
    if (wentTo !== undefined)
      send("zone_changed", { user_id: id, from: zone, to: wentTo }, { exceptUsers: [id] });
  for (const { id, cameFrom, isNew } of frame?.entered ?? [])
    if (isNew && cameFrom !== undefined)
      send("zone_changed", { user_id: id, from: cameFrom, to: zone }, { exceptUsers: [id] });
}

function worldTick({ zone, tick }: FrameHead, { players, entities }: ZoneChanges): WorldTick {
  const frame: WorldTick = {
    zone,
    tick,
    moved: players ? [...players.moved, ...players.settled].map(wireMove) : [],
    entered: players ? players.entered.map(wirePlayer) : [],
    left: players ? players.left.map((player) => player.id) : [],
  };
  if (entities)
    frame.entities = {
      entered: entities.entered.map(wireEntity),
      updated: entities.moved.map(wireEntity),
      left: entities.left.map((entity) => entity.id),
    };
  return frame;
}

/**
 * Single movements are sent in order, so that nothing is sent twice: they are volatile only while the worker leaves out what is. Players
 * whose movements were left out are sent once more when they have come to rest.
 */
function sendPlayers(send: SendToViewers, head: FrameHead, frame: ZoneFrame<Player> | undefined): void {
  const { zone, shedsMoves, catchesUp } = head;
  if (!frame) return;
  for (const player of frame.left) send("player_left", { user_id: player.id, zone }, notToItself(player));
  for (const player of frame.entered)
    send("player_entered", { ...wirePlayer(player), zone }, notToItself(player));
  const sendMovement = ({ id, x, y, seq, driver }: Player, volatile: boolean) =>
    send(
      "player_movement",
      { user_id: id, x, y, zone, ...(seq === undefined ? {} : { seq }) },
      { ...notToItself({ driver }), volatile },
    );
  for (const player of frame.moved) sendMovement(player, shedsMoves);
  if (catchesUp) for (const player of frame.settled) sendMovement(player, false);
}

function notToItself({ driver }: Pick<Player, "driver">): Pick<SendOptions, "except"> {
  return driver ? { except: driver.session.id } : {};
}

function sendEntities(send: SendToViewers, zone: ZoneId, frame: ZoneFrame<Entity> | undefined): void {
  if (!frame) return;
  for (const entity of frame.left) send("entity_despawn", { entity_id: entity.id, zone });
  for (const entity of frame.entered) send("entity_spawn", { ...wireEntity(entity), zone });
  for (const entity of frame.moved) send("entity_update", { ...wireEntity(entity), zone });
}
