/** What an application is asked and told about games: who joins, and how a game has ended. */
import { within } from "../../core/async.ts";
import type { Identity } from "../../core/contract/session.ts";
import type { GameResult } from "../../core/games/game.ts";
import type { RoomId, UserId } from "../../core/ids.ts";
import type { Services } from "../../core/ports/services.ts";
import { put } from "../../core/ports/store/documents.ts";
import type { TeamNumbers } from "../../core/teams.ts";
import { deadlines, keys } from "./rooms/stored.ts";
import type { RoomView } from "./schema.ts";

/** A user who asks for a seat in a room, or to watch it. */
export interface JoinRequest {
  readonly identity: Identity;
  readonly room: RoomView;
  readonly spectate: boolean;
}

/**
 * Called for each `room:join` that the server itself would let in. A GameError that it throws refuses the user; anything else is logged and
 * told as `internal`. After three seconds without an answer the user is told `unavailable`.
 */
export type OnJoin = (request: JoinRequest) => Promise<void> | void;

export interface GameEnd {
  /** Of this end alone: a receiver that remembers it acts once. */
  readonly endId: string;
  readonly roomId: RoomId;
  /** Which game of the room it was, from 1. */
  readonly round: number;
  readonly game: string;
  /** In the order of their seats, those who left during the game too. */
  readonly players: readonly UserId[];
  /** The team of each player that had one, those who left during the game too. */
  readonly teams: TeamNumbers;
  readonly result: GameResult;
  /** The room was made by matchmaking, and in which mode. */
  readonly isMatch: boolean;
  readonly mode: string | undefined;
  /** Milliseconds since the epoch. */
  readonly endedAt: number;
}

/**
 * Called for each game that has ended, on some worker, and again with the same `endId` until a call has succeeded: after it throws, after
 * three seconds without an answer, and after the death of a worker that had not stored the success. Errors are logged.
 */
export type OnGameEnded = (end: GameEnd) => Promise<void> | void;

/** Well below the lease of a deadline, so that no second worker calls while the first waits. */
const LIMIT_MS = 3_000;

export function tellEnds({ store, timers, settings }: Services, onGameEnded: OnGameEnded): void {
  const { documents } = store;
  timers.on(deadlines.ended, async ({ payload: { roomId, round }, dueAt }) => {
    const key = keys.ended(roomId, round);
    const found = await documents.load(key);
    if (found === undefined || found.state.isTold) return;
    const { game, players, result, teams = {}, at = dueAt, match = false, mode } = found.state;
    const end: GameEnd = {
      ...{ endId: `${roomId}/${round}`, roomId, round, game, players, teams, result, mode },
      isMatch: match,
      endedAt: at,
    };
    await within(LIMIT_MS, Promise.resolve(onGameEnded(end)));
    // Where another was faster, the record says so already.
    await documents.commit({
      partition: key.partition,
      documents: [put(key, found.version, { ...found.state, isTold: true }, settings.retention.ttlMs)],
    });
  });
}
