/** What a worker knows of a room's state from its owner's packets. Its views are never changed: a packet makes the next ones. */
import type { RoomId, UserId } from "../../../../core/ids.ts";
import type { CollectionView, RealtimeView, VisibleEntity } from "../../../../core/realtime/delta.ts";
import type { RealtimeGame } from "../../../../core/realtime/game.ts";
import type { SeatStatus, TickPacket } from "../stored.ts";
import { GroupViews } from "./visibility.ts";

export class Mirror {
  readonly room: RoomId;
  readonly game: RealtimeGame;
  readonly epoch: number;
  readonly round: number;
  #view: RealtimeView = new Map();
  tick: number;
  readonly seats = new Map<UserId, SeatStatus>();
  #visibility: GroupViews;

  /** @param whole a packet without a base */
  constructor(game: RealtimeGame, whole: TickPacket) {
    this.game = game;
    this.room = whole.room;
    this.epoch = whole.epoch;
    this.round = whole.round;
    this.tick = whole.tick;
    this.#apply(whole);
    this.#visibility = new GroupViews(game, this.#view);
  }

  /** The newest state by what players see of it. */
  get visibility(): GroupViews {
    return this.#visibility;
  }

  /** @returns false where the packet does not continue what is here: a whole one is needed */
  continue(packet: TickPacket): boolean {
    const { epoch, round, base, tick } = packet;
    if (epoch !== this.epoch || round !== this.round || base === null) return false;
    // Values are absolute: what is known already may come again.
    if (base > this.tick || tick < this.tick) return false;
    this.tick = tick;
    this.#apply(packet);
    this.#visibility = this.#visibility.after(this.#view);
    return true;
  }

  #apply({ set, gone, seats }: TickPacket): void {
    for (const seat of seats) this.seats.set(seat.user, seat);
    if (set.length === 0 && gone.length === 0) return;
    const next = new Map<string, CollectionView>(this.#view);
    const copies = new Map<string, Map<string, VisibleEntity>>();
    const copyOf = (name: string) => {
      const known = copies.get(name);
      if (known !== undefined) return known;
      const copy = new Map(next.get(name));
      copies.set(name, copy);
      next.set(name, copy);
      return copy;
    };
    for (const [name, id] of gone) copyOf(name).delete(id);
    for (const [name, entity] of set) copyOf(name).set(entity.id, entity);
    this.#view = next;
  }
}
