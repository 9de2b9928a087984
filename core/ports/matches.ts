import type { MatchId, UserId } from "../ids.ts";
import type { Teams } from "../teams.ts";
import { deadlineKind } from "./store/deadlines.ts";

/** What matchmaking asks of `/game`: run a match. */
export interface Matches {
  /**
   * Makes the match's room with its players seated and the game started. The same id again does nothing.
   * @returns false where the game's own set-up fails: it would fail again, and there is no room
   */
  start(match: {
    readonly matchId: MatchId;
    /** Of matchmaking. */
    readonly mode?: string;
    readonly game: string;
    readonly players: readonly { readonly userId: UserId; readonly name: string; readonly team: number }[];
    readonly options?: Readonly<Record<string, unknown>>;
    /** How many players there is room for; left out: for these. */
    readonly seats?: number;
  }): Promise<boolean>;
  /** Who sits in a match; undefined where it does not run. */
  seatsOf(matchId: MatchId): Promise<MatchSeats | undefined>;
  /** Seats more players in a running match, all or none; the same again does nothing. @returns false where there is no place for them */
  join(
    matchId: MatchId,
    players: readonly { readonly userId: UserId; readonly name: string; readonly team: number }[],
  ): Promise<boolean>;
  /** The matches that each of these users plays, or has agreed to play again. */
  engagementsOf(users: readonly UserId[]): Promise<readonly (readonly Engagement[])[]>;
  /** The user agrees to another game of a match no more. Nothing where it has begun, or they never did. */
  withdrawAgreement(matchId: MatchId, user: UserId): Promise<void>;
}

/** A match that a user has a seat in. */
export interface Engagement {
  readonly matchId: MatchId;
  /** Absent: it was made before modes were kept. */
  readonly mode?: string;
  /** `playing`: it runs, and the user has not dropped out of it. `again`: it is over, and they agree to another game. */
  readonly state: "playing" | "again";
}

/** What `/game` asks of matchmaking before a user may play another game of a match. */
export interface Bookings {
  /**
   * Keeps the user out of every queue, for ten seconds or until the match's room shows what became of it.
   * @returns a function to be called then; it never rejects
   * @throws GameError `conflict` where they wait in a queue, or (then with `match_id`) play another match
   */
  book(user: UserId, match: Pick<Engagement, "matchId" | "mode">): Promise<() => Promise<void>>;
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
  readonly teams?: Teams;
}

/** The outbox entry of a match that has ended; `/matchmaking` handles it. */
export const matchEnded = deadlineKind<MatchEnded>("match:ended");
