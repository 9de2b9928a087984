/** Free seats of matches that run, and those whom matchmaking finds for them. */
import { GameError } from "../../../core/contract/errors.ts";
import type { Game } from "../../../core/games/game.ts";
import { asId } from "../../../core/ids.ts";
import type { Matches } from "../../../core/ports/matches.ts";
import type { Services } from "../../../core/ports/services.ts";
import type { Followers } from "../delivery/followers.ts";
import { roomView, startedPayload } from "../delivery/view.ts";
import { type Circumstances, takeSeat } from "../play/play.ts";
import { gameContract } from "../schema.ts";
import type { ChangeRoom } from "./commit.ts";
import { type Decision, seatOf, then, unchanged } from "./rules.ts";
import type { Seats } from "./seats.ts";
import { keys, type Room } from "./stored.ts";

type Newcomer = Parameters<Matches["join"]>[1][number];

export function createLatecomers(
  { store, random, inbox }: Services,
  { change, seats, followers }: { change: ChangeRoom; seats: Seats; followers: Pick<Followers, "tell"> },
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
      await tellStarted(seated, players);
      return true;
    },
  };

  async function tellStarted(room: Room, players: readonly Newcomer[]): Promise<void> {
    const { id, play } = room;
    const game = games.get(room.game);
    if (!play || !game) return;
    const users = players.map(({ userId }) => userId);
    await followers.tell(id, users);
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
  circumstances: Circumstances,
): Decision {
  let seated: Room = room;
  let decision: Decision = unchanged;
  for (const player of players) {
    const next = takeSeat(seated, game, player, circumstances);
    seated = next.room ?? seated;
    decision = then(decision, next);
  }
  return decision;
}
