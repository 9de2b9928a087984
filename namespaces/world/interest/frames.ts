/** From what changed to what is sent: one frame, or one event per change. */
import type { EventName, PayloadOf } from "../../../core/contract/contract.ts";
import type { ZoneId } from "../../../core/ids.ts";
import type { SendOptions } from "../../../core/ports/outbound.ts";
import { type Entity, type Player, wireEntity, wireMove, wirePlayer } from "../model.ts";
import type { Updates, WorldContract, WorldTick } from "../schema.ts";
import type { Frame } from "./interest.ts";

/** What there is to hear, of players and of entities. */
export interface News {
  readonly players: Frame<Player> | undefined;
  readonly entities: Frame<Entity> | undefined;
}

/** One connection, or all of a cell. */
export type Send = <K extends EventName<WorldContract>>(
  event: K,
  payload: PayloadOf<WorldContract, K>,
  options?: Pick<SendOptions, "volatile" | "except" | "exceptUsers">,
) => void;

export interface Told {
  readonly zone: ZoneId;
  readonly tick: number;
}

export function sendNews(send: Send, updates: Updates, told: Told, news: News): void {
  if (updates === "batch") {
    const firm = news.players?.firm || news.entities !== undefined;
    send("world_tick", worldTick(told, news), { volatile: !firm });
  } else {
    sendPlayers(send, told.zone, news.players);
    sendEntities(send, told.zone, news.entities);
  }
  sendChanges(send, told.zone, news.players);
}

/** Who has gone to another zone, or come from one, to those who see them go or come. Their own connections are told apart. */
function sendChanges(send: Send, zone: ZoneId, news: Frame<Player> | undefined): void {
  for (const { id, wentTo } of news?.left ?? [])
    if (wentTo !== undefined)
      send("zone_changed", { user_id: id, from: zone, to: wentTo }, { exceptUsers: [id] });
  for (const { id, cameFrom, isNew } of news?.entered ?? [])
    if (isNew && cameFrom !== undefined)
      send("zone_changed", { user_id: id, from: cameFrom, to: zone }, { exceptUsers: [id] });
}

function worldTick({ zone, tick }: Told, { players, entities }: News): WorldTick {
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
 * Movements too are sent in order here, not as volatile: of several volatile events in one turn a transport that is busy with
 * the first skips the others.
 */
function sendPlayers(send: Send, zone: ZoneId, news: Frame<Player> | undefined): void {
  if (!news) return;
  for (const player of news.left) send("player_left", { user_id: player.id, zone }, notToItself(player));
  for (const player of news.entered)
    send("player_entered", { ...wirePlayer(player), zone }, notToItself(player));
  for (const { id, x, y, seq, driver } of news.moved)
    send(
      "player_movement",
      { user_id: id, x, y, zone, ...(seq === undefined ? {} : { seq }) },
      notToItself({ driver }),
    );
}

function notToItself({ driver }: Pick<Player, "driver">): Pick<SendOptions, "except"> {
  return driver ? { except: driver.session.id } : {};
}

function sendEntities(send: Send, zone: ZoneId, news: Frame<Entity> | undefined): void {
  if (!news) return;
  for (const entity of news.left) send("entity_despawn", { entity_id: entity.id, zone });
  for (const entity of news.entered) send("entity_spawn", { ...wireEntity(entity), zone });
  for (const entity of news.moved) send("entity_update", { ...wireEntity(entity), zone });
}
