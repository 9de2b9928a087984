/**
 * Matches: rooms that matchmaking made. Their players are seated and their game starts at once; matchmaking may fill free seats later, and
 * asks who still plays.
 */
import { GameError } from "../../../core/contract/errors.ts";
import type { Game } from "../../../core/games/game.ts";
import { asId, type UserId } from "../../../core/ids.ts";
import type { Bookings, Engagement, Matches } from "../../../core/ports/matches.ts";
import type { Services } from "../../../core/ports/services.ts";
import type { RoomFollowers } from "../delivery/followers.ts";
import { roomView, startedPayload } from "../delivery/view.ts";
import { type MoveCircumstances, startGame } from "../play/play.ts";
import { takeSeat } from "../play/players.ts";
import { gameContract } from "../schema.ts";
import type { CommitRoom } from "./commit.ts";
import { type RoomDecision, seatOf, shown, then, unchanged } from "./rules.ts";
import type { Seats } from "./seats.ts";
import { keys, type Room, type Seat } from "./stored.ts";

/** How long it is known that a match was started: a late repeat must not start a second one. */
const KNOWN_MS = 24 * 3_600_000;

/** What a game's set-up has thrown. */
class SetUpFailed extends Error {}

export function createMatches(
  { store, random, log }: Services,
  change: CommitRoom,
  seats: Seats,
  games: ReadonlyMap<string, Game>,
): Pick<Matches, "start"> {
  return {
    async start({ matchId, mode, game: name, players, options, seats: roomFor }) {
      const game = games.get(name);
      const [first] = players;
      if (game === undefined) throw new GameError("not_found", { message: `there is no game ${name}` });
      if (first === undefined) throw new GameError("conflict", { message: "a match needs players" });
      await Promise.all(players.map(({ userId }) => seats.reserveForMatch(userId, matchId)));
      const taken: Seat[] = await Promise.all(
        players.map(async ({ userId, name: playerName, team }) => {
          return {
            userId,
            name: playerName,
            team,
            dropped: false,
            connected: await seats.isConnected(userId),
          };
        }),
      );
      const room: Room = {
        id: matchId,
        name: matchId,
        game: game.name,
        owner: first.userId,
        seats: taken,
        maxPlayers: Math.max(taken.length, roomFor ?? 0),
        private: true,
        joinCode: null,
        match: true,
        ...(mode !== undefined && { mode }),
        phase: "lobby",
        createdAt: store.now(),
        options: {},
        rematch: [],
        kicked: [],
        play: null,
        result: null,
      };
      const begin = (now: number): RoomDecision => {
        try {
          return startGame({ ...room, options: game.optionsOf(options ?? {}) }, game, { now, random });
        } catch (cause) {
          throw new SetUpFailed("a game's set-up failed", { cause });
        }
      };
      try {
        await change(matchId, (existing, now) => (existing === undefined ? begin(now) : unchanged), {
          once: { id: "match:start", ttlMs: KNOWN_MS, result: () => null },
        });
        return true;
      } catch (err) {
        if (!(err instanceof SetUpFailed)) throw err;
        log.error(
          { err: err.cause, game: game.name, mode, match: matchId },
          "a match's game could not begin: it is off",
        );
        await Promise.all(players.map(({ userId }) => seats.compareOwn(userId, matchId)));
        return false;
      }
    },
  };
}

type Newcomer = Parameters<Matches["join"]>[1][number];

export function createBackfill(
  { store, random, inbox }: Services,
  {
    change,
    seats,
    followers,
  }: { change: CommitRoom; seats: Seats; followers: Pick<RoomFollowers, "followOnAllWorkers"> },
  games: ReadonlyMap<string, Game>,
): Pick<Matches, "seatsOf" | "join"> {
  return {
    async seatsOf(matchId) {
      const room = (await store.documents.load(keys.room(matchId)))?.state;
      if (!room?.match || room.phase !== "playing") return undefined;
      return {
        owner: room.owner,
        players: room.seats.map(({ userId, team }) => ({ userId, team: team ?? 0 })),
        free: games.get(room.game)?.onJoin ? room.maxPlayers - room.seats.length : 0,
      };
    },

    async join(matchId, players) {
      await Promise.all(players.map(({ userId }) => seats.reserveForMatch(userId, matchId)));
      let room: Room | undefined;
      try {
        await change(matchId, (current, now) => {
          const game = current && games.get(current.game);
          const decision = current && game ? seatAll(current, game, players, { now, random }) : unchanged;
          room = decision.room ?? current;
          return decision;
        });
      } catch (err) {
        if (!(err instanceof GameError) || !(err.code === "conflict" || err.code === "room_full")) throw err;
        room = undefined;
      }
      const seated = room;
      if (!seated || !players.every(({ userId }) => seatOf(seated, userId))) {
        await Promise.all(players.map(({ userId }) => seats.compareOwn(userId, matchId)));
        return false;
      }
      await announceStart(seated, players);
      return true;
    },
  };

  async function announceStart(room: Room, players: readonly Newcomer[]): Promise<void> {
    const { id, play } = room;
    const game = games.get(room.game);
    if (!play || !game) return;
    const users = players.map(({ userId }) => userId);
    await followers.followOnAllWorkers(id, users);
    await Promise.all(
      users.map((user) =>
        inbox.deliver(
          gameContract,
          user,
          "game_started",
          startedPayload(roomView(room), game, play, user),
          asId(`${id}:started:${play.round}`),
          { about: `started:${id}` },
        ),
      ),
    );
  }
}

/** All of them or none. @throws GameError `room_full`, `conflict` where the game is over or lets nobody in */
function seatAll(
  room: Room,
  game: Game,
  players: readonly Newcomer[],
  circumstances: MoveCircumstances,
): RoomDecision {
  let seated: Room = room;
  let decision: RoomDecision = unchanged;
  for (const player of players) {
    const next = takeSeat(seated, game, player, circumstances);
    seated = next.room ?? seated;
    decision = then(decision, next);
  }
  return decision;
}

/** The matches that users play, or have agreed to play again: they keep the users from a queue. */
export function createEngagements(
  { store: { documents } }: Services,
  change: CommitRoom,
): Pick<Matches, "engagementsOf" | "withdrawAgreement"> {
  return {
    async engagementsOf(users) {
      const lists = await documents.loadMany(users.map(keys.ownRooms));
      const own = lists.map((list) => (list?.state.rooms ?? []).filter(({ match }) => match));
      const ids = [...new Set(own.flat().map(({ id }) => id))];
      if (ids.length === 0) return users.map(() => []);
      const loaded = await documents.loadMany(ids.map(keys.room));
      const found = new Map(ids.map((id, at) => [id, loaded[at]?.state]));
      return users.map((user, at) => (own[at] ?? []).flatMap(({ id }) => engagementIn(found.get(id), user)));
    },

    async withdrawAgreement(matchId, user) {
      await change(matchId, (room) => {
        if (room?.phase !== "ended" || !room.rematch.includes(user)) return unchanged;
        return shown({ ...room, rematch: room.rematch.filter((one) => one !== user) });
      });
    },
  };
}

/** Runs `act`, which may bring the user into a game of a match again, while no queue takes them. */
export async function booked(
  bookings: Bookings | undefined,
  user: UserId,
  { id, match, mode }: Room,
  act: () => Promise<unknown>,
): Promise<void> {
  if (!match || bookings === undefined) {
    await act();
    return;
  }
  const release = await bookings.book(user, { matchId: id, ...(mode !== undefined && { mode }) });
  try {
    await act();
  } finally {
    await release();
  }
}

/** A user that has left, or was away for longer than the grace period, plays there no more. */
function engagementIn(room: Room | undefined, user: UserId): Engagement[] {
  if (!room?.match) return [];
  const seat = seatOf(room, user);
  if (seat === undefined) return [];
  const match = { matchId: room.id, ...(room.mode !== undefined && { mode: room.mode }) };
  if (room.phase === "ended") return room.rematch.includes(user) ? [{ ...match, state: "again" }] : [];
  return seat.dropped ? [] : [{ ...match, state: "playing" }];
}
