/** Turns changes into what is sent: one frame, or one event per change. */
import { mayHoldBytes } from "../../../core/bytes.ts";
import type { EventName, PayloadOf } from "../../../core/contract/contract.ts";
import type { ZoneId } from "../../../core/ids.ts";
import type { SendOptions } from "../../../core/ports/outbound.ts";
import { type Entity, entryTextOf, moveTextOf, type Player, wireEntity, wirePlayer } from "../model.ts";
import type { Updates, WorldContract, WorldTick } from "../schema.ts";
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
  /** JSON of its name. */
  readonly zoneText: string;
  readonly tick: number;
  /** Single movements are left out. */
  readonly shedsMoves: boolean;
  /** They were, so players that have come to rest are sent once more. */
  readonly catchesUp: boolean;
}

export function sendChanges(to: ToViewers, updates: Updates, head: FrameHead, changes: ZoneChanges): void {
  if (updates === "batch") {
    const firm = changes.players?.firm === true || changes.entities !== undefined;
    const entities = changes.entities && entitiesOf(changes.entities);
    const text = entities && JSON.stringify(entities);
    // Bytes in an entity's data are no JSON: Socket.IO's clients get them as they are.
    if (entities !== undefined && text !== undefined && mayHoldBytes(text))
      to.send("world_tick", { ...playersOf(head, changes.players), entities }, { volatile: !firm });
    else to.sendFields("world_tick", worldTick(head, changes.players, text), !firm);
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
function worldTick(
  { zoneText, tick }: FrameHead,
  players: ZoneFrame<Player> | undefined,
  entities: string | undefined,
): string {
  let text = `"zone":${zoneText},"tick":${tick},"moved":[`;
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
  return entities === undefined ? text : `${text},"entities":${entities}`;
}

const entitiesOf = (frame: ZoneFrame<Entity>) => ({
  entered: frame.entered.map(wireEntity),
  updated: Array.from(movedIn(frame), wireEntity),
  left: frame.left.map(({ id }) => id),
});

const movesIn = (frame: ZoneFrame<Player>): WorldTick["moved"] =>
  [...movedIn(frame), ...settledIn(frame)].map(({ id, x, y, seq }) =>
    seq === undefined ? [id, x, y] : [id, x, y, seq],
  );

/** The same as an object. */
const playersOf = ({ zone, tick }: FrameHead, players: ZoneFrame<Player> | undefined) => ({
  ...{ zone, tick, moved: players ? movesIn(players) : [] },
  entered: players ? players.entered.map(wirePlayer) : [],
  left: players ? players.left.map(({ id }) => id) : [],
});

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
