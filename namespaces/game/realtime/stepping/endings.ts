/** The end of a real-time game as its room is told it. */
import type { GameResult } from "../../../../core/games/game.ts";
import type { RoomId } from "../../../../core/ids.ts";
import type { Services } from "../../../../core/ports/services.ts";
import { cancel } from "../../../../core/ports/store/deadlines.ts";
import { RealtimeLimitReached } from "../../../../core/realtime/check.ts";
import type { RealtimeGame } from "../../../../core/realtime/game.ts";
import { end } from "../../play/play.ts";
import type { CommitRoom } from "../../rooms/commit.ts";
import { unchanged } from "../../rooms/rules.ts";
import { asGame } from "../as-game.ts";
import type { RealtimeCounts } from "../figures.ts";
import { ownerless, runKeys } from "../stored.ts";

/** How a game ends that can't begin, or can't be stepped. @param err what its rules, or a limit, have thrown */
export function endingFor(err: unknown, { limited }: Pick<RealtimeCounts, "limited">): GameResult {
  if (!(err instanceof RealtimeLimitReached)) return { winners: [], reason: "error" };
  limited[err.reason === "state_too_large" ? "state" : "entities"]++;
  return { winners: [], reason: err.reason };
}

/** Which game it is. */
export interface Played {
  readonly id: RoomId;
  /** Of the room's games; undefined: none has begun. */
  readonly round: number | undefined;
  readonly game: RealtimeGame;
}

export function createEndings({ store: { documents } }: Services, change: CommitRoom) {
  /** Ends the room's game, unless it has ended or another has begun. @throws GameError `unavailable` */
  async function endGame({ id, round, game }: Played, result: GameResult): Promise<void> {
    await change(id, (room, now) =>
      room?.phase === "playing" && room.play?.round === round
        ? end(room, asGame(game), result, now)
        : unchanged,
    );
  }

  return {
    end: endGame,
    /** The same, and nobody needs to step the room any more. @throws GameError `unavailable` */
    async announce(played: Played, result: GameResult): Promise<void> {
      await endGame(played, result);
      await documents.commit({
        partition: runKeys.run(played.id).partition,
        deadlines: [cancel(ownerless, "owner")],
      });
    },
  };
}
