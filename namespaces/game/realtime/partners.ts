/** Which workers follow the rooms that this one steps, and how long ago they last said so. */
import type { RoomId } from "../../../core/ids.ts";
import type { FollowedRoom } from "./viewing/followed.ts";

/** How often a worker says that it follows a room, and when it counts as gone. */
const AGAIN_MS = 1_000;
const GONE_MS = 4_000;

export class Partners {
  readonly #rooms = new Map<RoomId, Map<string, number>>();
  #saidAt = 0;

  /** @returns whether it did not follow the room before */
  follow(room: RoomId, worker: string, now: number): boolean {
    const known = this.#rooms.get(room);
    if (known === undefined) this.#rooms.set(room, new Map([[worker, now]]));
    else known.set(worker, now);
    return known?.has(worker) !== true || known.size === 0;
  }

  unfollow(room: RoomId, worker: string): void {
    const known = this.#rooms.get(room);
    known?.delete(worker);
    if (known?.size === 0) this.#rooms.delete(room);
  }

  dropRoom(room: RoomId): void {
    this.#rooms.delete(room);
  }

  of(room: RoomId): Iterable<string> {
    return this.#rooms.get(room)?.keys() ?? [];
  }

  workers(): Set<string> {
    return new Set([...this.#rooms.values()].flatMap((workers) => [...workers.keys()]));
  }

  expire(now: number): void {
    for (const [room, workers] of this.#rooms)
      for (const [worker, at] of workers) if (now - at > GONE_MS) this.unfollow(room, worker);
  }

  /** The rooms whose owners must hear now that they are followed. */
  due(now: number, rooms: Iterable<FollowedRoom>): FollowedRoom[] {
    if (now - this.#saidAt < AGAIN_MS) return [];
    this.#saidAt = now;
    return [...rooms].filter(({ owner }) => owner !== undefined);
  }
}
