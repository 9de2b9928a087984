/**
 * The connections of this worker that watch one zone. Each belongs to the cell it looks from, and gets that cell's frames through a
 * Socket.IO room. A viewer that comes, jumps or goes to a neighbouring cell gets one frame of its own, after the cells' frames of the same
 * tick: the difference between what it was shown and what the new cell's frames take for known. A large difference comes page by page, at
 * most one a tick and as fast as the client takes them; the viewer joins its cell with the last page.
 */
import type { ZoneId } from "../../../core/ids.ts";
import type { NamespaceOutbound } from "../../../core/ports/outbound.ts";
import { rooms } from "../../../core/rooms.ts";
import { type Entity, isSelf, type Player, type ShownItems, type ViewCell, type Viewer } from "../model.ts";
import type { WorldContract } from "../schema.ts";
import { type FrameHead, sendChanges, type ToViewers, type ZoneChanges } from "./frames.ts";
import { byId, type Interest, isEmpty, SETTLE_TICKS, type ZoneFrame } from "./interest.ts";
import { ANSWER, FRAME, type InterestPage, nearestOf, type PageBounds, pageOf } from "./pages.ts";

/** Pages sent in one tick of a zone: for each, all that is around its viewer is searched. */
const PAGES_A_TICK = 4;

/** How much goes into an answer and a frame, and how fast. */
export interface Paging {
  readonly answer: PageBounds;
  readonly frame: PageBounds;
  /** Resolves when the connection has taken so many bytes, and may be sent more. */
  taken(session: Viewer["session"], bytes: number): Promise<void>;
  /** Whether moves are left out now, since the worker is too slow; absent: never. */
  shedsMoves?(): boolean;
}

export const AT_ONCE: Paging = { answer: ANSWER, frame: FRAME, taken: () => Promise.resolve() };

export class Viewers {
  readonly #zone: ZoneId;
  readonly #players: Interest<Player>;
  readonly #entities: Interest<Entity>;
  readonly #outbound: NamespaceOutbound<WorldContract>;
  readonly #all = new Set<Viewer>();
  readonly #cells = new Map<number, ViewCell>();
  /** Viewers that may not be in the room of the cell they look from. */
  #unsettled = new Set<Viewer>();
  readonly #paging: Paging;
  /** Pages sent in this tick. */
  #pages = 0;
  /** The last tick whose moves were left out. */
  #shedAt = Number.NEGATIVE_INFINITY;

  constructor(
    zone: ZoneId,
    players: Interest<Player>,
    entities: Interest<Entity>,
    outbound: NamespaceOutbound<WorldContract>,
    paging = AT_ONCE,
  ) {
    this.#paging = paging;
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
    this.#unsettled.delete(viewer);
    this.#leaveCell(viewer);
    viewer.session.leave(rooms.zone(this.#zone));
  }

  /** Moves where it looks from. */
  place(viewer: Viewer, x: number, y: number, cell = this.#players.grid.keyAt(x, y)): void {
    viewer.x = x;
    viewer.y = y;
    if (cell === viewer.cell) return;
    viewer.cell = cell;
    this.#unsettled.add(viewer);
  }

  /** It has become, or is no longer, the viewer that moves its user's avatar. */
  refresh(viewer: Viewer): void {
    viewer.stale = true;
    this.#unsettled.add(viewer);
  }

  /** What is around it now, or the nearest of that where it is much; from here on frames bring the rest and all changes. */
  open(viewer: Viewer): InterestPage {
    const around = {
      players: this.#players.grid.inBlock(viewer.cell).filter((player) => !isSelf(viewer, player)),
      entities: this.#entities.grid.inBlock(viewer.cell),
    };
    const page = nearestOf(viewer, around, this.#paging.answer);
    viewer.shown = { players: byId(page.players), entities: byId(page.entities) };
    if (!page.isAll) this.#awaitTaken(viewer, page.bytes);
    this.#unsettled.add(viewer);
    return page;
  }

  /** It gets all that is around it with its first frame, instead of with an answer. */
  openUnknowing(viewer: Viewer): void {
    viewer.shown = { players: new Map(), entities: new Map() };
    this.#unsettled.add(viewer);
  }

  /** Sends what the last `advance` of players and entities has found. */
  send(tick: number): void {
    const shedsMoves = this.#paging.shedsMoves?.() === true;
    if (shedsMoves) this.#shedAt = tick;
    const zoneText = JSON.stringify(this.#zone);
    const head = {
      zone: this.#zone,
      zoneText,
      tick,
      shedsMoves,
      catchesUp: tick - this.#shedAt <= SETTLE_TICKS,
    };
    for (const viewer of this.#unsettled)
      if (viewer.view && (viewer.stale || !this.#players.grid.covers(viewer.view.key, viewer.cell)))
        this.#uproot(viewer, viewer.view);
    for (const cell of this.#cells.values()) this.#sendCell(cell, head);
    const unsettled = this.#unsettled;
    this.#unsettled = new Set();
    this.#pages = 0;
    const movers: Viewer[] = [];
    for (const viewer of unsettled) this.#settle(viewer, head, movers);
    // Last of all: who comes or goes ends the writes that wait for a room, and those of the frames above are to be joined with them.
    for (const viewer of movers) {
      this.#leaveCell(viewer);
      this.#joinCell(viewer);
    }
  }

  #sendCell(cell: ViewCell, head: FrameHead): void {
    const changes = { players: this.#players.frame(cell.key), entities: this.#entities.frame(cell.key) };
    if (!changes.players && !changes.entities) return;
    for (const updates of ["batch", "each"] as const) {
      if (cell.viewers[updates] === 0) continue;
      const room = cell.rooms[updates];
      const to: ToViewers = {
        send: (event, payload, options) =>
          this.#outbound.toRoom(room, event, payload, { ...options, local: true }),
        sendFields: (event, fields, volatile) =>
          this.#outbound.fieldsToRoom(room, event, fields, { volatile, local: true }),
      };
      sendChanges(to, updates, head, changes);
    }
  }

  /** Takes it out of its cell before the cell's frame is sent, and keeps what it had been shown. */
  #uproot(viewer: Viewer, view: ViewCell): void {
    viewer.shown = {
      players: this.#players.sentBefore(view.key),
      entities: this.#entities.sentBefore(view.key),
    };
    if (!viewer.seesSelf) viewer.shown.players.delete(viewer.session.userId);
    this.#leaveCell(viewer);
  }

  /** @param movers told of a viewer that is to be in another cell from the next tick on */
  #settle(viewer: Viewer, head: FrameHead, movers: Viewer[]): void {
    if (viewer.view) {
      if (viewer.view.key === viewer.cell) return;
      const changes = this.#sideStep(viewer.view.key, viewer.cell);
      if (pageOf(changes.players, changes.entities, this.#paging.frame).isAll) {
        this.#send(viewer, head, changes);
        movers.push(viewer);
        return;
      }
      this.#leave(viewer, viewer.view);
    }
    if (viewer.shown && this.#sendPage(viewer, viewer.shown, head)) movers.push(viewer);
  }

  #sideStep(from: number, to: number) {
    return { players: this.#players.sideStep(from, to), entities: this.#entities.sideStep(from, to) };
  }

  /** Takes it out of a cell whose frames it has had up to now. */
  #leave(viewer: Viewer, view: ViewCell): void {
    const players = byId(this.#players.grid.inBlock(view.key));
    if (!viewer.seesSelf) players.delete(viewer.session.userId);
    viewer.shown = { players, entities: byId(this.#entities.grid.inBlock(view.key)) };
    viewer.shownAt = this.#players.tick;
    this.#leaveCell(viewer);
  }

  /** Sends what it lacks of what is around it, or a page of that. @returns whether that was the last: it is to join its cell */
  #sendPage(viewer: Viewer, shown: ShownItems, head: FrameHead): boolean {
    viewer.shownAt ??= this.#players.tick - 1;
    if (viewer.isTaking || this.#pages >= PAGES_A_TICK) {
      this.#unsettled.add(viewer);
      return false;
    }
    const { cell, shownAt } = viewer;
    const isOther = (player: Player) => !isSelf(viewer, player);
    const players = this.#players.difference(cell, shown.players, isOther, shownAt);
    const entities = this.#entities.difference(cell, shown.entities, () => true, shownAt);
    const page = pageOf(players, entities, this.#paging.frame);
    if (page.isAll) {
      viewer.shown = undefined;
      viewer.shownAt = undefined;
      viewer.seesSelf = viewer.player === undefined;
      viewer.stale = false;
      this.#send(viewer, head, { players, entities });
      return true;
    }
    this.#pages++;
    remember(shown.players, page.players, players.left);
    remember(shown.entities, page.entities, entities.left);
    viewer.shownAt = this.#players.tick;
    this.#send(viewer, head, {
      players: { ...players, entered: page.players },
      entities: { ...entities, entered: page.entities },
    });
    this.#awaitTaken(viewer, page.bytes);
    this.#unsettled.add(viewer);
    return false;
  }

  #awaitTaken(viewer: Viewer, bytes: number): void {
    viewer.isTaking = true;
    const goOn = () => {
      viewer.isTaking = false;
    };
    // A viewer that has left is sent nothing more.
    this.#paging.taken(viewer.session, bytes).then(goOn, goOn);
  }

  #send(
    viewer: Viewer,
    head: FrameHead,
    { players, entities }: { players: ZoneFrame<Player>; entities: ZoneFrame<Entity> },
  ): void {
    const changes: ZoneChanges = { players: unlessEmpty(players), entities: unlessEmpty(entities) };
    if (!changes.players && !changes.entities) return;
    const { session } = viewer;
    const to: ToViewers = {
      send(event, payload, options) {
        if (!options?.exceptUsers?.includes(session.userId)) session.emit(event, payload);
      },
      sendFields: (event, fields) => session.emitFields(event, fields),
    };
    sendChanges(to, viewer.updates, head, changes);
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

function remember<T extends { readonly id: string }>(
  shown: Map<string, T>,
  came: readonly T[],
  left: readonly T[],
): void {
  for (const item of left) shown.delete(item.id);
  for (const item of came) shown.set(item.id, item);
}

const unlessEmpty = <T>(frame: ZoneFrame<T>): ZoneFrame<T> | undefined =>
  isEmpty(frame) ? undefined : frame;
