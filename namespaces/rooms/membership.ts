/** Which rooms of one kind this worker's connections are in: counted over all workers, with both limits. */
import { GameError } from "../../core/errors.ts";
import type { ConnectionId } from "../../core/ids.ts";
import type { Attendance } from "../../core/ports/attendance.ts";
import type { Presence, PresenceScope } from "../../core/ports/presence.ts";
import type { Services } from "../../core/ports/services.ts";
import type { Session } from "../../core/session.ts";
import type { RoomsContract } from "./events.ts";

export interface MembershipLimits {
  /** Connections in one room, over all workers; 0: any number. */
  readonly maxPerRoom: number;
  /** Rooms of one connection. */
  readonly maxPerConnection: number;
  /** Rooms with members, over all workers; Infinity: any number. */
  readonly maxRooms: number;
}

interface Own {
  readonly rooms: Set<string>;
  /** The last change under way per room. */
  readonly turns: Map<string, Promise<unknown>>;
}

export class Membership {
  readonly #attendance: Attendance;
  readonly #presence: Pick<Presence, "size">;
  readonly #scope: PresenceScope;
  readonly #limits: MembershipLimits;
  readonly #own = new Map<ConnectionId, Own>();

  constructor({ attendance, store }: Services, scope: PresenceScope, limits: MembershipLimits) {
    this.#attendance = attendance;
    this.#presence = store.presence;
    this.#scope = scope;
    this.#limits = limits;
  }

  has(session: Session<RoomsContract>, room: string): boolean {
    return this.#own.get(session.id)?.rooms.has(room) ?? false;
  }

  /**
   * Counts the connection in the room. Again: counts nothing, and `added` is false.
   * @throws GameError `room_full`; `conflict` where the connection is in too many rooms, `server_full` where there are too many
   */
  async enter(
    session: Session<RoomsContract>,
    room: string,
  ): Promise<{ connections: number; added: boolean }> {
    const { maxPerRoom, maxPerConnection } = this.#limits;
    const { rooms } = this.#of(session);
    const added = !rooms.has(room);
    if (added && rooms.size >= maxPerConnection)
      throw new GameError("conflict", {
        message: `a connection can be in ${maxPerConnection} rooms at most`,
      });
    rooms.add(room);
    try {
      const limit = added && maxPerRoom > 0 ? { max: maxPerRoom } : {};
      const { connections, refused } = await this.#attendance.join(this.#scope, session, {
        subject: room,
        ...limit,
      });
      if (refused) throw new GameError("room_full");
      if (added && connections === 1) await this.#checkCount(session, room);
      return { connections, added };
    } catch (err) {
      if (added) rooms.delete(room);
      throw err;
    }
  }

  /** After the room has been counted itself, so that of any number that come at once none is one too many. */
  async #checkCount(session: Session<RoomsContract>, room: string): Promise<void> {
    if (this.#limits.maxRooms === Number.POSITIVE_INFINITY) return;
    try {
      const { subjects } = await this.#presence.size(this.#scope);
      if (subjects > this.#limits.maxRooms)
        throw new GameError("server_full", { message: "there are as many rooms as there may be" });
    } catch (err) {
      await this.#attendance.leave(this.#scope, session, room);
      throw err;
    }
  }

  async exit(session: Session<RoomsContract>, room: string): Promise<void> {
    if (this.#own.get(session.id)?.rooms.delete(room))
      await this.#attendance.leave(this.#scope, session, room);
  }

  /** Runs changes of one connection in one room one after the other, so that a join and a leave cannot cross. */
  inTurn<R>(session: Session<RoomsContract>, room: string, change: () => Promise<R>): Promise<R> {
    const { turns } = this.#of(session);
    const before = turns.get(room);
    const mine = before === undefined ? change() : before.then(change, change);
    turns.set(room, mine);
    const done = () => {
      if (turns.get(room) === mine) turns.delete(room);
      if (!session.connected) this.forget(session);
    };
    mine.then(done, done);
    return mine;
  }

  /** Connections that are in rooms here. */
  get size(): number {
    return this.#own.size;
  }

  /** After the connection has ended; the server itself takes it out of what it was counted in. */
  forget(session: Session<RoomsContract>): void {
    this.#own.delete(session.id);
  }

  #of(session: Session<RoomsContract>): Own {
    const existing = this.#own.get(session.id);
    if (existing !== undefined) return existing;
    const own: Own = { rooms: new Set(), turns: new Map() };
    this.#own.set(session.id, own);
    return own;
  }
}
