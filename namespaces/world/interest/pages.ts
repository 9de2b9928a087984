/** How many of the players and entities around a connection fit into one answer or frame. Pure. */
import { GameError } from "../../../core/contract/errors.ts";
import { type Entity, entryTextOf, type Player, wireEntity, wirePlayer } from "../model.ts";
import type { ZoneFrame } from "./interest.ts";

export interface PageBounds {
  readonly items: number;
  readonly bytes: number;
}

/** Of an answer. */
export const ANSWER: PageBounds = { items: 1_000, bytes: 128 * 1_024 };
/** Of a frame for one connection alone: with updates one by one each item is an event. */
export const FRAME: PageBounds = { items: 200, bytes: 64 * 1_024 };

export interface Around {
  readonly players: Player[];
  readonly entities: Entity[];
}

export interface InterestPage extends Around {
  readonly bytes: number;
  /** Nothing is left. */
  readonly isAll: boolean;
  /** Where the next answer goes on. */
  readonly cursor?: string;
}

export const wireAround = ({ players, entities }: Around) => ({
  players: players.map(wirePlayer),
  entities: entities.map(wireEntity),
});

const bytesOf = (text: string): number => Buffer.byteLength(text) + 1;

class PageFilling {
  readonly players: Player[] = [];
  readonly entities: Entity[] = [];
  bytes = 0;
  readonly #bounds: PageBounds;

  constructor(bounds: PageBounds) {
    this.#bounds = bounds;
  }

  /** @returns false where there is no room left */
  take(kind: "player" | "entity", item: Player | Entity): boolean {
    const text = kind === "player" ? entryTextOf(item as Player) : JSON.stringify(wireEntity(item as Entity));
    const bytes = this.bytes + bytesOf(text);
    const items = this.players.length + this.entities.length;
    if (items > 0 && (items >= this.#bounds.items || bytes > this.#bounds.bytes)) return false;
    this.bytes = bytes;
    if (kind === "player") this.players.push(item as Player);
    else this.entities.push(item as Entity);
    return true;
  }
}

/** The newcomers of two frames, as many as fit. */
export function pageOf(
  players: Pick<ZoneFrame<Player>, "entered">,
  entities: Pick<ZoneFrame<Entity>, "entered">,
  bounds: PageBounds,
): InterestPage {
  const filling = new PageFilling(bounds);
  const isAll =
    players.entered.every((player) => filling.take("player", player)) &&
    entities.entered.every((entity) => filling.take("entity", entity));
  const { players: some, entities: others, bytes } = filling;
  return { players: some, entities: others, bytes, isAll };
}

interface Neighbour {
  readonly kind: "player" | "entity";
  readonly item: Player | Entity;
  readonly square: number;
}

const tagOf = ({ kind, item }: Neighbour) => `${kind === "player" ? "p" : "e"}${item.id}`;

/** The nearest first; at one distance players before entities, each by their ids. */
function compare(one: Neighbour, other: Neighbour): number {
  if (one.square !== other.square) return one.square - other.square;
  const [a, b] = [tagOf(one), tagOf(other)];
  if (one.kind !== other.kind) return one.kind === "player" ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Where the page before has ended. @throws GameError `invalid_payload` for a text that is no cursor */
function readCursor(cursor: string): { readonly square: number; readonly tag: string } {
  const [, square, tag] = /^([0-9.e+-]{1,40}):([pe].*)$/s.exec(cursor) ?? [];
  if (square === undefined || tag === undefined || !Number.isFinite(Number(square)))
    throw new GameError("invalid_payload", { message: "cursor: not one of a page before" });
  return { square: Number(square), tag };
}

/** The players and entities around a point, nearest first, as many as fit. @param cursor of the page before */
export function nearestOf(
  at: { readonly x: number; readonly y: number },
  { players, entities }: Around,
  bounds: PageBounds,
  cursor?: string,
): InterestPage {
  const after = cursor === undefined ? undefined : readCursor(cursor);
  const placed = (kind: Neighbour["kind"], item: Player | Entity): Neighbour => ({
    kind,
    item,
    square: (item.x - at.x) ** 2 + (item.y - at.y) ** 2,
  });
  const order = (one: Neighbour) => {
    const square = one.square - (after?.square ?? -1);
    if (square !== 0) return square;
    const tag = tagOf(one);
    const isLater = after !== undefined && (tag[0] === after.tag[0] ? tag > after.tag : tag[0] === "e");
    return isLater ? 1 : -1;
  };
  const left = [
    ...players.map((player) => placed("player", player)),
    ...entities.map((entity) => placed("entity", entity)),
  ].filter((one) => order(one) > 0);
  const near = nearOnes(left, bounds.items).sort(compare);
  const filling = new PageFilling(bounds);
  let last: Neighbour | undefined;
  let isAll = near.length === left.length;
  for (const one of near) {
    if (!filling.take(one.kind, one.item)) {
      isAll = false;
      break;
    }
    last = one;
  }
  const { players: some, entities: others, bytes } = filling;
  const page = { players: some, entities: others, bytes, isAll };
  return isAll || !last ? page : { ...page, cursor: `${last.square}:${tagOf(last)}` };
}

/** At least `count` of the nearest, in any order: a page need not sort thousands. */
function nearOnes(placed: Neighbour[], count: number): Neighbour[] {
  if (placed.length <= 2 * count) return placed;
  const squares = Float64Array.from(placed, ({ square }) => square).sort();
  const farthest = squares[count] ?? Number.POSITIVE_INFINITY;
  return placed.filter(({ square }) => square <= farthest);
}
