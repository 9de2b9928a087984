/** Seats of users over all rooms: which they have, and whether somebody sits on them. */
import { GameError } from "../../core/errors.ts";
import type { Game } from "../../core/game.ts";
import type { RoomId, UserId } from "../../core/ids.ts";
import type { PresenceScope } from "../../core/ports/presence.ts";
import type { Services } from "../../core/ports/services.ts";
import { update } from "../../core/versioned.ts";
import type { ChangeRoom } from "./change.ts";
import { forfeitSeat } from "./play.ts";
import { markConnected, seatOf, unchanged } from "./rules.ts";
import type { OwnRooms } from "./stored.ts";
import { keys } from "./stored.ts";

/** An entry younger than this may be of a room that is about to be committed. */
const UNDER_WAY_MS = 60_000;

export type Seats = ReturnType<typeof createSeats>;

export function createSeats(
  { store, random }: Services,
  scope: PresenceScope,
  change: ChangeRoom,
  games: ReadonlyMap<string, Game>,
  maxRoomsPerUser: number,
) {
  const { documents, presence } = store;

  async function isConnected(user: UserId): Promise<boolean> {
    const [record] = await presence.get(scope, [user]);
    return (record?.connections ?? 0) > 0;
  }

  /** Writes down that the user has, or is about to get, a seat; before the room itself knows. */
  async function note(user: UserId, id: RoomId, as: { match?: true } = {}): Promise<void> {
    await update<OwnRooms, void>(documents, keys.ownRooms(user), (current) => {
      const rooms = current?.state.rooms ?? [];
      if (rooms.some((room) => room.id === id)) return { state: undefined, result: undefined };
      // Matches, which a player cannot choose, come on top.
      if (!as.match && rooms.filter(({ match }) => !match).length >= maxRoomsPerUser)
        throw new GameError("conflict", { message: `a player can be in ${maxRoomsPerUser} rooms at most` });
      return { state: { rooms: [...rooms, { id, at: store.now(), ...as }] }, result: undefined };
    });
  }

  async function forget(user: UserId, gone: ReadonlySet<RoomId>): Promise<void> {
    if (gone.size === 0) return;
    await update<OwnRooms, void>(documents, keys.ownRooms(user), (current) => {
      const rooms = current?.state.rooms ?? [];
      const kept = rooms.filter(({ id }) => !gone.has(id));
      if (kept.length === rooms.length) return { state: undefined, result: undefined };
      return { state: kept.length === 0 ? null : { rooms: kept }, result: undefined };
    });
  }

  /** The rooms where the user has a seat. Entries that turn out stale are taken off the list. */
  async function roomsOf(user: UserId) {
    const own = (await documents.load(keys.ownRooms(user)))?.state.rooms ?? [];
    if (own.length === 0) return [];
    const loaded = await documents.loadMany(own.map(({ id }) => keys.room(id)));
    const seated = loaded.flatMap((found) =>
      found !== undefined && seatOf(found.state, user) !== undefined ? [found.state] : [],
    );
    const valid = new Set(seated.map(({ id }) => id));
    const young = store.now() - UNDER_WAY_MS;
    await forget(user, new Set(own.filter(({ id, at }) => !valid.has(id) && at < young).map(({ id }) => id)));
    return seated;
  }

  /** Shows the user's seats as taken or as held, as presence has it. */
  async function sync(user: UserId, awaySince?: number): Promise<void> {
    const own = await roomsOf(user);
    if (own.length === 0) return;
    // Another edge may come while this one is written: the last word must be presence's.
    for (let tries = 0, shown: boolean | undefined; tries < 3; tries++) {
      const connected = await isConnected(user);
      if (connected === shown) return;
      await Promise.all(own.map(({ id }) => mark(id, user, connected, awaySince)));
      shown = connected;
    }
  }

  async function mark(id: RoomId, user: UserId, connected: boolean, awaySince?: number): Promise<void> {
    await change(
      id,
      (room) => (room === undefined ? unchanged : markConnected(room, user, connected)),
      awaySince === undefined ? {} : { awaySince },
    );
  }

  return {
    isConnected,
    roomsOf,
    sync,
    mark,

    /** @throws GameError `conflict` where the user has a seat in too many rooms, stale entries apart */
    async reserve(user: UserId, id: RoomId): Promise<void> {
      try {
        await note(user, id);
      } catch (err) {
        if (!(err instanceof GameError) || err.code !== "conflict") throw err;
        await roomsOf(user);
        await note(user, id);
      }
    },

    reserveForMatch: (user: UserId, id: RoomId) => note(user, id, { match: true }),

    release: (user: UserId, id: RoomId) => forget(user, new Set([id])),

    /** The grace period of a seat is over. */
    async expire(id: RoomId, user: UserId): Promise<void> {
      if (await isConnected(user)) return mark(id, user, true);
      await change(id, (room, now) => {
        const game = room === undefined ? undefined : games.get(room.game);
        if (room === undefined || game === undefined) return unchanged;
        return forfeitSeat(room, game, user, { now, random });
      });
    },
  };
}
