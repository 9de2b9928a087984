/** Matches that matchmaking made: rooms whose players are seated and whose game starts at once. */
import { GameError } from "../../core/contract/errors.ts";
import type { Game } from "../../core/games/game.ts";
import type { Matches } from "../../core/ports/matches.ts";
import type { Services } from "../../core/ports/services.ts";
import { startGame } from "./play/play.ts";
import type { ChangeRoom } from "./rooms/commit.ts";
import { unchanged } from "./rooms/rules.ts";
import type { Seats } from "./rooms/seats.ts";
import type { Room, Seat } from "./rooms/stored.ts";

/** How long it is known that a match was started: a late repeat must not start a second one. */
const KNOWN_MS = 24 * 3_600_000;

export function createMatches(
  { store, random }: Services,
  change: ChangeRoom,
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
        options: game.optionsOf(options ?? {}),
        rematch: [],
        kicked: [],
        play: null,
        result: null,
      };
      await change(
        matchId,
        (existing, now) => (existing === undefined ? startGame(room, game, { now, random }) : unchanged),
        { once: { id: "match:start", ttlMs: KNOWN_MS, result: () => null } },
      );
    },
  };
}
