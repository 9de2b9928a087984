/**
 * Seats of users over all rooms: which they have, and whether the user is connected. The room's document is the truth about its seats, and
 * presence about connections. A user's list of rooms and the `connected` of a seat follow them, by outboxes that compare.
 */

import { takeLastPlace } from "../../../core/consistency/last-place.ts";
import { reconcile } from "../../../core/consistency/reconcile.ts";
import { update } from "../../../core/consistency/transact.ts";
import { GameError } from "../../../core/contract/errors.ts";
import type { Game } from "../../../core/games/game.ts";
import type { RoomId, UserId } from "../../../core/ids.ts";
import type { RoomMembers } from "../../../core/ports/room-members.ts";
import type { Services } from "../../../core/ports/services.ts";
import type { PresenceScope } from "../../../core/ports/store/presence.ts";
import { forfeitSeat } from "../play/players.ts";
import type { CommitRoom } from "./commit.ts";
import { ownLater, roundLater } from "./outbox.ts";
import { markConnected, type RoomDecision, seatOf, then, unchanged } from "./rules.ts";
import { keys, membersTopic, type OwnRooms, type Room } from "./stored.ts";

/** An entry younger than this may be of a room that is about to be committed. */
const UNDER_WAY_MS = 60_000;
/** How often the next round of a room is set anew because the room has changed; then this one is repeated. */
const ROUND_TRIES = 5;

/** Rooms loaded at a time, with their games' states. */
const LOADED_AT_ONCE = 8;
/** The same for the members of many rooms. */
const MEMBERS_AT_ONCE = 32;

export const idOf = ({ id }: Room): RoomId => id;

export type Seats = ReturnType<typeof createSeats>;

export function createSeats(
  { store, random }: Services,
  scope: PresenceScope,
  change: CommitRoom,
  games: ReadonlyMap<string, Game>,
  maxRoomsPerUser: number,
) {
  const { documents, presence } = store;

  async function connectedOf(users: readonly UserId[]): Promise<ReadonlySet<UserId>> {
    const records = await presence.get(scope, users);
    return new Set(users.filter((_, at) => (records[at]?.connections ?? 0) > 0));
  }
  const isConnected = async (user: UserId) => (await connectedOf([user])).has(user);

  /** Lists that the user has, or is about to get, a seat; before the room itself is committed. */
  async function note(
    user: UserId,
    id: RoomId,
    as: { readonly match?: true },
    max = maxRoomsPerUser,
  ): Promise<boolean> {
    const { committed } = await update<OwnRooms, void>(documents, keys.ownRooms(user), (current) => {
      const rooms = current?.state.rooms ?? [];
      if (rooms.some((room) => room.id === id)) return { state: undefined, result: undefined };
      // Matches, which a player cannot choose, do not count.
      if (!as.match && rooms.filter(({ match }) => !match).length >= max)
        throw new GameError("conflict", { message: `a player can be in ${max} rooms at most` });
      const at = store.now();
      return {
        state: { rooms: [...rooms, { id, at, ...as }] },
        result: undefined,
        with: { deadlines: [ownLater(id, user, at + UNDER_WAY_MS)] },
      };
    });
    return committed !== undefined;
  }

  async function forget(user: UserId, gone: RoomId): Promise<boolean> {
    const { committed } = await update<OwnRooms, void>(documents, keys.ownRooms(user), (current) => {
      const rooms = current?.state.rooms ?? [];
      const kept = rooms.filter(({ id }) => id !== gone);
      if (kept.length === rooms.length) return { state: undefined, result: undefined };
      return { state: kept.length === 0 ? null : { rooms: kept }, result: undefined };
    });
    return committed !== undefined;
  }

  const list = (user: UserId, { id, match }: Pick<Room, "id" | "match">) =>
    note(user, id, match ? { match } : {}, Number.POSITIVE_INFINITY);

  /** Makes a user's list agree with whether they have a seat in the room. */
  async function compareOwn(user: UserId, id: RoomId): Promise<void> {
    await reconcile({
      look: () => documents.load(keys.room(id)),
      nameOf: (room) => String(room?.version),
      mend: (room) => (room && seatOf(room.state, user) ? list(user, room.state) : forget(user, id)),
    });
  }

  /** Forgets what the user's list has for nothing. @returns whether an entry is left without a seat, but young */
  async function tidyOwn(user: UserId): Promise<boolean> {
    const own = (await documents.load(keys.ownRooms(user)))?.state.rooms ?? [];
    const seated = new Set(await roomsOf(user, idOf));
    const unseated = own.filter(({ id }) => !seated.has(id));
    const isYoung = ({ at }: { readonly at: number }) => at > store.now() - UNDER_WAY_MS;
    await Promise.all(unseated.filter((entry) => !isYoung(entry)).map(({ id }) => compareOwn(user, id)));
    return unseated.some(isYoung);
  }

  /** Makes the lists of all players of the room agree with it, and its seats with presence. @returns the room */
  async function compare(id: RoomId): Promise<Room | undefined> {
    const { room } = await reconcile({
      async look() {
        const found = await documents.load(keys.room(id));
        const there = await connectedOf(found?.state.seats.map(({ userId }) => userId) ?? []);
        return { version: found?.version, room: found?.state, there };
      },
      nameOf: ({ version, there }) => JSON.stringify([version, ...there]),
      async mend({ room, there }) {
        if (!room) return false;
        const { seats } = room;
        const noted = await Promise.all(seats.map(({ userId }) => list(userId, room)));
        const marked = seats.some(({ userId, connected }) => there.has(userId) !== connected);
        if (marked)
          await change(id, (current) => markAll(current, current && games.get(current.game), there));
        return marked || noted.includes(true);
      },
    });
    return room;
  }

  /** Maps the rooms where the user has a seat. They are loaded a few at a time, for each comes with its game's state. */
  async function roomsOf<W>(user: UserId, wanted: (room: Room) => W): Promise<W[]> {
    const own = (await documents.load(keys.ownRooms(user)))?.state.rooms ?? [];
    const seen: W[] = [];
    for (let at = 0; at < own.length; at += LOADED_AT_ONCE) {
      const some = own.slice(at, at + LOADED_AT_ONCE).map(({ id }) => keys.room(id));
      for (const found of await documents.loadMany(some))
        if (found !== undefined && seatOf(found.state, user) !== undefined) seen.push(wanted(found.state));
    }
    return seen;
  }

  /** Marks the user's seats as connected or not, as presence has it. */
  async function sync(user: UserId, awaySince?: number): Promise<void> {
    const connected = await isConnected(user);
    // A change in between is found by the comparison that each such commit schedules.
    await Promise.all((await roomsOf(user, idOf)).map((id) => mark(id, user, connected, awaySince)));
  }

  async function mark(id: RoomId, user: UserId, connected: boolean, awaySince?: number): Promise<void> {
    await change(
      id,
      (room) => (room === undefined ? unchanged : markConnected(room, user, connected, games.get(room.game))),
      awaySince === undefined ? {} : { awaySince },
    );
  }

  return {
    isConnected,
    roomsOf,
    sync,
    compareOwn,
    compare,

    /** The periodic comparison: finds what no outbox entry covers, and users that had a seat in a room that has expired. */
    async round(id: RoomId, seated: readonly UserId[]): Promise<void> {
      const room = await compare(id);
      await Promise.all(
        seated
          .filter((user) => !room || seatOf(room, user) === undefined)
          .map((user) => compareOwn(user, id)),
      );
      // On the room as it is: a change of its seats meanwhile brings the next round itself, with other users.
      for (let tries = 0; tries < ROUND_TRIES; tries++) {
        const { name, partition } = keys.room(id);
        const now = await documents.load(keys.room(id));
        if (now === undefined) return;
        const deadlines = [roundLater(now.state, store.now())];
        const unchanged = [{ name, expected: now.version }];
        if ((await documents.commit({ partition, unchanged, deadlines })).outcome === "committed") return;
      }
      throw new GameError("unavailable");
    },

    /**
     * @throws GameError `conflict` where the user has a seat in too many rooms. Entries that are late do not count; where one may be of a
     * room that another device is just committing, that is waited for
     */
    async reserve(user: UserId, id: RoomId): Promise<void> {
      await takeLastPlace(
        () => note(user, id, {}),
        () => tidyOwn(user),
      );
    },

    reserveForMatch: (user: UserId, id: RoomId) => note(user, id, { match: true }),

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

function markAll(room: Room | undefined, game: Game | undefined, there: ReadonlySet<UserId>): RoomDecision {
  let decision = unchanged;
  for (const { userId } of room?.seats ?? []) {
    const current = decision.room ?? room;
    if (current) decision = then(decision, markConnected(current, userId, there.has(userId), game));
  }
  return decision;
}

/** The users that have a seat in which room, for other namespaces. */
export function createMembers({ store: { documents }, userBus }: Services, seats: Seats): RoomMembers {
  const load = async (room: RoomId) => (await documents.load(keys.room(room)))?.state;
  return {
    membersOf: async (room) => (await load(room))?.seats.map(({ userId }) => userId),
    async isMember(room, user) {
      const found = await load(room);
      return found !== undefined && seatOf(found, user) !== undefined;
    },
    roomsOf: (user) => seats.roomsOf(user, idOf),
    async roomsOfEach(users) {
      const own = (await documents.loadMany(users.map(keys.ownRooms))).map(
        (found) => found?.state.rooms.map(({ id }) => id) ?? [],
      );
      const ids = [...new Set(own.flat())];
      if (ids.length === 0) return own;
      const seated = new Map<RoomId, ReadonlySet<UserId>>();
      for (let at = 0; at < ids.length; at += MEMBERS_AT_ONCE) {
        const some = ids.slice(at, at + MEMBERS_AT_ONCE);
        const loaded = await documents.loadMany(some.map(keys.room));
        for (const [i, id] of some.entries())
          seated.set(id, new Set(loaded[i]?.state.seats.map(({ userId }) => userId)));
      }
      return users.map((user, at) => (own[at] ?? []).filter((id) => seated.get(id)?.has(user)));
    },
    onChange: (listener) => userBus.subscribe(membersTopic, ({ roomId, users }) => listener(roomId, users)),
  };
}
