/**
 * The connections of this worker that watch one zone. Each belongs to the cell it looks from, and gets that cell's frames through a
 * Socket.IO room. One that comes, jumps or goes to a neighbouring cell gets a frame of its own once, after the cells' frames
 * of the same tick: the difference between what it was told and what the new cell's frames take for known.
 */
import type { ZoneId } from "../../core/ids.ts";
import type { NamespaceOutbound } from "../../core/ports/outbound.ts";
import { rooms } from "../../core/rooms.ts";
import type { WorldContract } from "./events.ts";
import { type News, type Send, sendNews, type Told } from "./frames.ts";
import { byId, type Frame, type Interest, isEmpty } from "./interest.ts";
import { type Entity, isSelf, type Player, type ViewCell, type Viewer } from "./things.ts";

export class Viewers {
  readonly #zone: ZoneId;
  readonly #players: Interest<Player>;
  readonly #entities: Interest<Entity>;
  readonly #outbound: NamespaceOutbound<WorldContract>;
  readonly #all = new Set<Viewer>();
  readonly #cells = new Map<number, ViewCell>();
  /** Those whose view may not be that of their cell. */
  #restless = new Set<Viewer>();

  constructor(
    zone: ZoneId,
    players: Interest<Player>,
    entities: Interest<Entity>,
    outbound: NamespaceOutbound<WorldContract>,
  ) {
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

  /** What is around it now; from here on the frames tell it of changes. */
  open(viewer: Viewer): { readonly players: Player[]; readonly entities: Entity[] } {
    const around = {
      players: this.#players.grid.inBlock(viewer.cell).filter((player) => !isSelf(viewer, player)),
      entities: this.#entities.grid.inBlock(viewer.cell),
    };
    viewer.known = { players: byId(around.players), entities: byId(around.entities) };
    this.#restless.add(viewer);
    return around;
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
    const news = this.#newsFor(viewer);
    if (!news) return;
    this.#leaveCell(viewer);
    this.#joinCell(viewer);
    if (news.players || news.entities)
      sendNews(
        (event, payload, options) => {
          if (!options?.exceptUsers?.includes(viewer.session.userId)) viewer.session.emit(event, payload);
        },
        viewer.updates,
        told,
        news,
      );
  }

  /** What its new cell's frames take for known; undefined where it stays in its cell, or has not been answered yet. */
  #newsFor(viewer: Viewer): News | undefined {
    const { view, cell, known } = viewer;
    if (view) {
      if (view.key === cell) return undefined;
      return {
        players: unlessEmpty(this.#players.sideStep(view.key, cell)),
        entities: unlessEmpty(this.#entities.sideStep(view.key, cell)),
      };
    }
    if (!known) return undefined;
    viewer.known = undefined;
    viewer.seesSelf = viewer.player === undefined;
    viewer.stale = false;
    return {
      players: unlessEmpty(
        this.#players.difference(cell, known.players, (player) => !isSelf(viewer, player)),
      ),
      entities: unlessEmpty(this.#entities.difference(cell, known.entities, () => true)),
    };
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

const unlessEmpty = <T>(frame: Frame<T>): Frame<T> | undefined => (isEmpty(frame) ? undefined : frame);
