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
    /** How many players there is room for; left out: for these. */
    readonly seats?: number;
  }): Promise<void>;
  /** Who sits in a match; undefined where it does not run. */
  seatsOf(matchId: MatchId): Promise<MatchSeats | undefined>;
  /** Seats more players in a running match, all or none; the same again does nothing. @returns false where there is no place for them */
  join(
    matchId: MatchId,
    players: readonly { readonly userId: UserId; readonly name: string; readonly team: number }[],
  ): Promise<boolean>;
}

export interface MatchSeats {
  /** Of its room. */
  readonly owner: UserId;
  readonly players: readonly { readonly userId: UserId; readonly team: number }[];
  /** How many more may join. */
  readonly free: number;
}

export interface MatchEnded {
  readonly matchId: MatchId;
  readonly players: readonly UserId[];
  readonly result: unknown;
}

/** The outbox entry of a match that has ended; `/matchmaking` handles it. */
export const matchEnded = deadlineKind<MatchEnded>("match:ended");
