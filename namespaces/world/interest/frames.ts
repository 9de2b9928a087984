/** Turns changes into what is sent: one frame, or one event per change. */
import type { EventName, PayloadOf } from "../../../core/contract/contract.ts";
import type { ZoneId } from "../../../core/ids.ts";
import type { SendOptions } from "../../../core/ports/outbound.ts";
import { type Entity, entryTextOf, moveTextOf, type Player, wireEntity, wirePlayer } from "../model.ts";
import type { Updates, WorldContract } from "../schema.ts";
import { type CellMoves, movedIn, settledIn, type ZoneFrame } from "./interest.ts";

/** Changes of players and of entities that a viewer is to be sent. */
export interface ZoneChanges {
  readonly players: ZoneFrame<Player> | undefined;
  readonly entities: ZoneFrame<Entity> | undefined;
}

/** To one connection, or to all of a cell. */
export interface ToViewers {
  send<K extends EventName<WorldContract>>(
    event: K,
    payload: PayloadOf<WorldContract, K>,
    options?: Pick<SendOptions, "volatile" | "except" | "exceptUsers">,
  ): void;
  /** @param fields JSON of the payload's fields, without the braces around them */
  sendFields(event: EventName<WorldContract>, fields: string, volatile: boolean): void;
}

/** Which frame it is. */
export interface FrameHead {
  readonly zone: ZoneId;
  readonly tick: number;
  /** Single movements are left out. */
  readonly shedsMoves: boolean;
  /** They were, so players that have come to rest are sent once more. */
  readonly catchesUp: boolean;
}

export function sendChanges(to: ToViewers, updates: Updates, head: FrameHead, changes: ZoneChanges): void {
  if (updates === "batch") {
    const firm = changes.players?.firm === true || changes.entities !== undefined;
    to.sendFields("world_tick", worldTick(head, changes), !firm);
  } else {
    sendPlayers(to, head, changes.players);
    sendEntities(to, head.zone, changes.entities);
  }
  sendZoneChanges(to, head.zone, changes.players);
}

/** Players that have gone to another zone or come from one, to the viewers that see it. The player's own connections get it apart. */
function sendZoneChanges(to: ToViewers, zone: ZoneId, frame: ZoneFrame<Player> | undefined): void {
  for (const { id, wentTo } of frame?.left ?? [])
    if (wentTo !== undefined)
      to.send("zone_changed", { user_id: id, from: zone, to: wentTo }, { exceptUsers: [id] });
  for (const { id, cameFrom, isNew } of frame?.entered ?? [])
    if (isNew && cameFrom !== undefined)
      to.send("zone_changed", { user_id: id, from: cameFrom, to: zone }, { exceptUsers: [id] });
}

/** The fields of a `WorldTick`, of texts that the frames of all views around share. */
function worldTick({ zone, tick }: FrameHead, { players, entities }: ZoneChanges): string {
  let text = `"zone":${JSON.stringify(zone)},"tick":${tick},"moved":[`;
  let separator = "";
  for (const cell of players?.cells ?? []) {
    text += separator + movesOf(cell);
    separator = ",";
  }
  for (const player of players?.moved ?? []) {
    text += separator + moveTextOf(player);
    separator = ",";
  }
  text += `],"entered":[${players ? players.entered.map(entryTextOf).join() : ""}]`;
  text += `,"left":${players ? JSON.stringify(players.left.map(({ id }) => id)) : "[]"}`;
  if (entities)
    text += `,"entities":${JSON.stringify({
      entered: entities.entered.map(wireEntity),
      updated: Array.from(movedIn(entities), wireEntity),
      left: entities.left.map(({ id }) => id),
    })}`;
  return text;
}

function movesOf(cell: CellMoves<Player>): string {
  cell.text ??= [...cell.moved, ...cell.settled].map(moveTextOf).join();
  return cell.text;
}

/**
 * Single movements are sent in order, so that nothing is sent twice: they are volatile only while the worker leaves out what is. Players
 * whose movements were left out are sent once more when they have come to rest.
 */
function sendPlayers(to: ToViewers, head: FrameHead, frame: ZoneFrame<Player> | undefined): void {
  const { zone, shedsMoves, catchesUp } = head;
  if (!frame) return;
  for (const player of frame.left) to.send("player_left", { user_id: player.id, zone }, notToItself(player));
  for (const player of frame.entered)
    to.send("player_entered", { ...wirePlayer(player), zone }, notToItself(player));
  const sendMovement = ({ id, x, y, seq, driver }: Player, volatile: boolean) =>
    to.send(
      "player_movement",
      { user_id: id, x, y, zone, ...(seq === undefined ? {} : { seq }) },
      { ...notToItself({ driver }), volatile },
    );
  for (const player of movedIn(frame)) sendMovement(player, shedsMoves);
  if (catchesUp) for (const player of settledIn(frame)) sendMovement(player, false);
}

function notToItself({ driver }: Pick<Player, "driver">): Pick<SendOptions, "except"> {
  return driver ? { except: driver.session.id } : {};
}

function sendEntities(to: ToViewers, zone: ZoneId, frame: ZoneFrame<Entity> | undefined): void {
  if (!frame) return;
  for (const entity of frame.left) to.send("entity_despawn", { entity_id: entity.id, zone });
  for (const entity of frame.entered) to.send("entity_spawn", { ...wireEntity(entity), zone });
  for (const entity of movedIn(frame)) to.send("entity_update", { ...wireEntity(entity), zone });
}
