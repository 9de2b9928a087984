import type { MatchId, UserId } from "../ids.ts";
import { deadlineKind } from "./deadlines.ts";

/** What matchmaking asks of `/game`: run a match. */
export interface Matches {
  /** Makes the match's room with its players seated and the game started. The same id again does nothing. */
  start(match: {
    readonly matchId: MatchId;
    readonly game: string;
    readonly players: readonly { readonly userId: UserId; readonly name: string; readonly team: number }[];
    readonly options?: Readonly<Record<string, unknown>>;
  }): Promise<void>;
}

export interface MatchEnded {
  readonly matchId: MatchId;
  readonly players: readonly UserId[];
  readonly result: unknown;
}

/** The outbox entry of a match that has ended; `/matchmaking` handles it. */
export const matchEnded = deadlineKind<MatchEnded>("match:ended");
