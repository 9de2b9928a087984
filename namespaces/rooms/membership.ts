/** Which rooms of one kind this worker's connections are in: counted over all workers, within their limits. */
import { KeyedMutex } from "../../core/async.ts";
import { GameError } from "../../core/contract/errors.ts";
import type { Session } from "../../core/contract/session.ts";
import { asId, type ConnectionId } from "../../core/ids.ts";
import type { Attendant, ConnectionPresence } from "../../core/ports/connection-presence.ts";
import type { Services } from "../../core/ports/services.ts";
import type { Presence, PresenceScope } from "../../core/ports/store/presence.ts";
import type { RoomsContract } from "./schema.ts";

export interface MembershipLimits {
  /** Connections in one room, over all workers; 0: any number. */
  readonly maxPerRoom: number;
  /** Rooms of one connection. */
  readonly maxPerConnection: number;
  /** Rooms of one user, each counted for each of their connections in it, over all workers; Infinity: any number. */
  readonly maxPerUser: number;
  /** Rooms with members, over all workers; Infinity: any number. */
  readonly maxRooms: number;
}

/** The scope that counts rooms of users, beside one that counts connections in rooms. */
export const usersScopeOf = ({ name }: PresenceScope): PresenceScope => ({
  name: `${name}-of-users`,
  online: [],
  offline: [],
});

/** A connection in a room, as one thing that is counted. */
const attendantOf = (session: Session<RoomsContract>, room: string): Attendant => ({
  id: asId<ConnectionId>(`${session.id} ${room}`),
  reliable: false,
  get connected() {
    return session.connected;
  },
});

export class Membership {
  readonly #connectionPresence: ConnectionPresence;
  readonly #presence: Pick<Presence, "size">;
  readonly #scope: PresenceScope;
  readonly #usersScope: PresenceScope;
  readonly #limits: MembershipLimits;
  /** The rooms of each connection. */
  readonly #own = new Map<ConnectionId, Set<string>>();
  readonly #changes = new KeyedMutex<string>();
  /** Connections that have ended, and whose last command has too. */
  readonly #gone = new WeakSet<Session<RoomsContract>>();

  constructor({ connectionPresence, store }: Services, scope: PresenceScope, limits: MembershipLimits) {
    this.#connectionPresence = connectionPresence;
    this.#presence = store.presence;
    this.#scope = scope;
    this.#usersScope = usersScopeOf(scope);
    this.#limits = limits;
  }

  /** Also of a connection that has ended, as long as its last commands run: one that follows a subscription must find it. */
  has(session: Session<RoomsContract>, room: string): boolean {
    return this.#own.get(session.id)?.has(room) ?? false;
  }

  /**
   * Counts the connection in the room. Again: counts nothing, and `added` is false.
   * @throws GameError `room_full`; `conflict` where the connection or its user is in too many rooms; `server_full` for too many rooms
   */
  async enter(
    session: Session<RoomsContract>,
    room: string,
  ): Promise<{ connections: number; added: boolean }> {
    const { maxPerRoom, maxPerConnection } = this.#limits;
    const rooms = this.#roomsOf(session);
    const added = !rooms.has(room);
    if (added && rooms.size >= maxPerConnection)
      throw new GameError("conflict", {
        message: `a connection can be in ${maxPerConnection} rooms at most`,
      });
    rooms.add(room);
    let counted = false;
    try {
      if (added) counted = await this.#countForUser(session, room);
      const limit = added && maxPerRoom > 0 ? { max: maxPerRoom } : {};
      const { connections, refused } = await this.#connectionPresence.join(this.#scope, session, {
        subject: room,
        ...limit,
      });
      if (refused) throw new GameError("room_full");
      if (added && connections === 1) await this.#checkCount(session, room);
      return { connections, added };
    } catch (err) {
      if (added) rooms.delete(room);
      if (counted) await this.#uncount(session, room);
      throw err;
    }
  }

  /** @returns whether the room was counted: while the store is away it is not, and nobody is refused for that */
  async #countForUser(session: Session<RoomsContract>, room: string): Promise<boolean> {
    const max = this.#limits.maxPerUser;
    if (max === Number.POSITIVE_INFINITY) return false;
    const counting = this.#connectionPresence.join(this.#usersScope, attendantOf(session, room), {
      subject: session.userId,
      max,
    });
    const counted = await counting.catch((err: unknown) => {
      if (err instanceof GameError && err.code === "unavailable") return undefined;
      throw err;
    });
    if (counted?.refused)
      throw new GameError("conflict", { message: `a user can be in ${max} rooms at most` });
    return counted !== undefined;
  }

  async #uncount(session: Session<RoomsContract>, room: string): Promise<void> {
    if (this.#limits.maxPerUser === Number.POSITIVE_INFINITY) return;
    await this.#connectionPresence.leave(this.#usersScope, attendantOf(session, room), session.userId);
  }

  /** Called after the room itself was counted, so that of several new rooms at once none exceeds the limit. */
  async #checkCount(session: Session<RoomsContract>, room: string): Promise<void> {
    if (this.#limits.maxRooms === Number.POSITIVE_INFINITY) return;
    try {
      const { subjects } = await this.#presence.size(this.#scope);
      if (subjects > this.#limits.maxRooms)
        throw new GameError("server_full", { message: "there are as many rooms as there may be" });
    } catch (err) {
      await this.#connectionPresence.leave(this.#scope, session, room);
      throw err;
    }
  }

  async exit(session: Session<RoomsContract>, room: string): Promise<void> {
    if (!this.#own.get(session.id)?.delete(room)) return;
    await Promise.all([
      this.#connectionPresence.leave(this.#scope, session, room),
      this.#uncount(session, room),
    ]);
  }

  /**
   * Runs changes of one connection in one room one after the other. Its commands are in order already; this is for one that was given up
   * because it took too long and still runs: a leave must not cross it.
   */
  inTurn<R>(session: Session<RoomsContract>, room: string, change: () => Promise<R>): Promise<R> {
    return this.#changes.run(`${session.id} ${room}`, async () => {
      try {
        return await change();
      } finally {
        if (this.#gone.has(session)) this.forget(session);
      }
    });
  }

  /** Connections that are in rooms here. */
  get size(): number {
    return this.#own.size;
  }

  /** After the connection and its last command have ended. The server itself ends what was counted for the connection; here rooms of its user are. */
  forget(session: Session<RoomsContract>): void {
    this.#gone.add(session);
    for (const room of this.#own.get(session.id) ?? []) void this.#uncount(session, room);
    this.#own.delete(session.id);
  }

  #roomsOf(session: Session<RoomsContract>): Set<string> {
    const existing = this.#own.get(session.id);
    if (existing !== undefined) return existing;
    const rooms = new Set<string>();
    this.#own.set(session.id, rooms);
    return rooms;
  }
}
