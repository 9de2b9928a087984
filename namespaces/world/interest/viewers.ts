/**
 * The connections of this worker that watch one zone. Each belongs to the cell it looks from, and gets that cell's frames through a
 * Socket.IO room. One that comes, jumps or goes to a neighbouring cell gets a frame of its own once, after the cells' frames
 * of the same tick: the difference between what it was told and what the new cell's frames take for known. Where that is much, it
 * comes in portions, one a tick at most and as the client takes them; the connection joins its cell with the last of them.
 */
import type { ZoneId } from "../../../core/ids.ts";
import type { NamespaceOutbound } from "../../../core/ports/outbound.ts";
import { rooms } from "../../../core/rooms.ts";
import { type Entity, isSelf, type Known, type Player, type ViewCell, type Viewer } from "../model.ts";
import type { WorldContract } from "../schema.ts";
import { type News, type Send, sendNews, type Told } from "./frames.ts";
import { byId, type Frame, type Interest, isEmpty } from "./interest.ts";
import { ANSWER, FRAME, type InterestPage, nearestOf, type PageBounds, pageOf } from "./portions.ts";

/** Connections of a zone that are told a portion in one tick: each has what is around it gone through for that. */
const PORTIONS_A_TICK = 4;

export interface Telling {
  readonly answer: PageBounds;
  readonly frame: PageBounds;
  /** Resolves when the connection has taken what it was sent, and may be sent more. */
  taken(session: Viewer["session"], bytes: number): Promise<void>;
}

const AT_ONCE: Telling = { answer: ANSWER, frame: FRAME, taken: () => Promise.resolve() };

export class Viewers {
  readonly #zone: ZoneId;
  readonly #players: Interest<Player>;
  readonly #entities: Interest<Entity>;
  readonly #outbound: NamespaceOutbound<WorldContract>;
  readonly #all = new Set<Viewer>();
  readonly #cells = new Map<number, ViewCell>();
  /** Those whose view may not be that of their cell. */
  #restless = new Set<Viewer>();
  readonly #telling: Telling;
  /** Portions told in this tick. */
  #portions = 0;

  constructor(
    zone: ZoneId,
    players: Interest<Player>,
    entities: Interest<Entity>,
    outbound: NamespaceOutbound<WorldContract>,
    telling = AT_ONCE,
  ) {
    this.#telling = telling;
    this.#zone = zone;
    this.#players = players;
    this.#entities = entities;
    this.#outbound = outbound;
  }

  get size(): number {
    return this.#all.size;
  }

  add(viewer: Viewer): void {
    this.#all.add(viewer);
    viewer.session.join(rooms.zone(this.#zone));
  }

  remove(viewer: Viewer): void {
    if (!this.#all.delete(viewer)) return;
    this.#restless.delete(viewer);
    this.#leaveCell(viewer);
    viewer.session.leave(rooms.zone(this.#zone));
  }

  /** Moves where it looks from. */
  place(viewer: Viewer, x: number, y: number): void {
    viewer.x = x;
    viewer.y = y;
    const cell = this.#players.grid.keyAt(x, y);
    if (cell === viewer.cell) return;
    viewer.cell = cell;
    this.#restless.add(viewer);
  }

  /** It has become, or is no longer, the one that moves its user's avatar. */
  refresh(viewer: Viewer): void {
    viewer.stale = true;
    this.#restless.add(viewer);
  }

  /** What is around it now, the nearest where that is much; from here on the frames tell it of the rest and of changes. */
  open(viewer: Viewer): InterestPage {
    const around = {
      players: this.#players.grid.inBlock(viewer.cell).filter((player) => !isSelf(viewer, player)),
      entities: this.#entities.grid.inBlock(viewer.cell),
    };
    const portion = nearestOf(viewer, around, this.#telling.answer);
    viewer.known = { players: byId(portion.players), entities: byId(portion.entities) };
    if (!portion.isAll) this.#awaitTaken(viewer, portion.bytes);
    this.#restless.add(viewer);
    return portion;
  }

  /** Gets its first frame with all that is around it, instead of an answer with it. */
  openUnknowing(viewer: Viewer): void {
    viewer.known = { players: new Map(), entities: new Map() };
    this.#restless.add(viewer);
  }

  /** Sends what the last `advance` of players and entities has found. */
  tell(tick: number): void {
    const told = { zone: this.#zone, tick };
    for (const viewer of this.#restless)
      if (viewer.view && (viewer.stale || !this.#players.grid.covers(viewer.view.key, viewer.cell)))
        this.#uproot(viewer, viewer.view);
    for (const cell of this.#cells.values()) this.#tellCell(cell, told);
    const restless = this.#restless;
    this.#restless = new Set();
    this.#portions = 0;
    for (const viewer of restless) this.#settle(viewer, told);
  }

  #tellCell(cell: ViewCell, told: Told): void {
    const news = { players: this.#players.frame(cell.key), entities: this.#entities.frame(cell.key) };
    if (!news.players && !news.entities) return;
    for (const updates of ["batch", "each"] as const) {
      if (cell.viewers[updates] === 0) continue;
      const room = cell.rooms[updates];
      const send: Send = (event, payload, options) =>
        this.#outbound.toRoom(room, event, payload, { ...options, local: true });
      sendNews(send, updates, told, news);
    }
  }

  /** Takes it out of its cell before the cell's frame is sent, keeping in mind what it had been told. */
  #uproot(viewer: Viewer, view: ViewCell): void {
    viewer.known = {
      players: this.#players.toldBefore(view.key),
      entities: this.#entities.toldBefore(view.key),
    };
    if (!viewer.seesSelf) viewer.known.players.delete(viewer.session.userId);
    this.#leaveCell(viewer);
  }

  #settle(viewer: Viewer, told: Told): void {
    if (viewer.view) {
      if (viewer.view.key === viewer.cell) return;
      const news = this.#sideStep(viewer.view.key, viewer.cell);
      if (pageOf(news.players, news.entities, this.#telling.frame).isAll) {
        this.#leaveCell(viewer);
        this.#joinCell(viewer);
        this.#send(viewer, told, news);
        return;
      }
      this.#leave(viewer, viewer.view);
    }
    if (viewer.known) this.#tellPortion(viewer, viewer.known, told);
  }

  #sideStep(from: number, to: number) {
    return { players: this.#players.sideStep(from, to), entities: this.#entities.sideStep(from, to) };
  }

  /** Takes it out of a cell whose frames it has had up to now. */
  #leave(viewer: Viewer, view: ViewCell): void {
    const players = byId(this.#players.grid.inBlock(view.key));
    if (!viewer.seesSelf) players.delete(viewer.session.userId);
    viewer.known = { players, entities: byId(this.#entities.grid.inBlock(view.key)) };
    viewer.toldAt = this.#players.tick;
    this.#leaveCell(viewer);
  }

  /** What it has to hear of what is around it, or a portion of that; with the last one it joins its cell. */
  #tellPortion(viewer: Viewer, known: Known, told: Told): void {
    viewer.toldAt ??= this.#players.tick - 1;
    if (viewer.isTaking || this.#portions >= PORTIONS_A_TICK) {
      this.#restless.add(viewer);
      return;
    }
    const { cell, toldAt } = viewer;
    const isOther = (player: Player) => !isSelf(viewer, player);
    const players = this.#players.difference(cell, known.players, isOther, toldAt);
    const entities = this.#entities.difference(cell, known.entities, () => true, toldAt);
    const portion = pageOf(players, entities, this.#telling.frame);
    if (portion.isAll) {
      viewer.known = undefined;
      viewer.toldAt = undefined;
      viewer.seesSelf = viewer.player === undefined;
      viewer.stale = false;
      this.#joinCell(viewer);
      this.#send(viewer, told, { players, entities });
      return;
    }
    this.#portions++;
    learn(known.players, portion.players, players.left);
    learn(known.entities, portion.entities, entities.left);
    viewer.toldAt = this.#players.tick;
    this.#send(viewer, told, {
      players: { ...players, entered: portion.players },
      entities: { ...entities, entered: portion.entities },
    });
    this.#awaitTaken(viewer, portion.bytes);
    this.#restless.add(viewer);
  }

  #awaitTaken(viewer: Viewer, bytes: number): void {
    viewer.isTaking = true;
    const goOn = () => {
      viewer.isTaking = false;
    };
    // Whoever has left is told nothing more.
    this.#telling.taken(viewer.session, bytes).then(goOn, goOn);
  }

  #send(
    viewer: Viewer,
    told: Told,
    { players, entities }: { players: Frame<Player>; entities: Frame<Entity> },
  ): void {
    const news: News = { players: unlessEmpty(players), entities: unlessEmpty(entities) };
    if (!news.players && !news.entities) return;
    sendNews(
      (event, payload, options) => {
        if (!options?.exceptUsers?.includes(viewer.session.userId)) viewer.session.emit(event, payload);
      },
      viewer.updates,
      told,
      news,
    );
  }

  #joinCell(viewer: Viewer): void {
    let cell = this.#cells.get(viewer.cell);
    if (!cell) {
      const key = viewer.cell;
      cell = {
        key,
        rooms: {
          batch: rooms.zoneCell(this.#zone, key, "batch"),
          each: rooms.zoneCell(this.#zone, key, "each"),
        },
        viewers: { batch: 0, each: 0 },
      };
      this.#cells.set(key, cell);
    }
    cell.viewers[viewer.updates]++;
    viewer.view = cell;
    viewer.session.join(cell.rooms[viewer.updates]);
  }

  #leaveCell(viewer: Viewer): void {
    const cell = viewer.view;
    if (!cell) return;
    viewer.view = undefined;
    viewer.session.leave(cell.rooms[viewer.updates]);
    cell.viewers[viewer.updates]--;
    if (cell.viewers.batch + cell.viewers.each === 0) this.#cells.delete(cell.key);
  }
}

function learn<T extends { readonly id: string }>(
  known: Map<string, T>,
  came: readonly T[],
  left: readonly T[],
): void {
  for (const thing of left) known.delete(thing.id);
  for (const thing of came) known.set(thing.id, thing);
}

const unlessEmpty = <T>(frame: Frame<T>): Frame<T> | undefined => (isEmpty(frame) ? undefined : frame);
