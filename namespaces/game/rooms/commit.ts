/** The one way to change a room: its document, the entries for its members and the deadlines of its outbox, in one commit. */

import { GameError } from "../../../core/contract/errors.ts";
import { commitStep } from "../../../core/games/commit.ts";
import type { RoomId, UserId } from "../../../core/ids.ts";
import type { Services } from "../../../core/ports/services.ts";
import { append, put, type StreamAppend } from "../../../core/ports/store/documents.ts";
import { laterOf } from "./outbox.ts";
import type { RoomDecision } from "./rules.ts";
import { type EndedGame, keys, membersTopic, type Room, type RoomEntry } from "./stored.ts";

/** Entries kept per room: enough for a worker that missed some. A worker that missed more sends the whole state. */
const KEPT_ENTRIES = { maxLength: 100, maxBytes: 4 * 2 ** 20 };
/** Entries kept of a game's action log: a game that goes on for longer cannot be replayed from its start. */
const KEPT_LOG = { maxLength: 10_000, maxBytes: 16 * 2 ** 20 };

export interface CommitOptions<R> {
  /** The command's idempotency id and what to answer when it comes again. */
  readonly once?: { readonly id: string; readonly ttlMs: number; result(decision: RoomDecision): R };
  /** Since when a seat that is marked as left is held, in the store's time. Default: now. */
  readonly awaySince?: number;
}

export type CommitRoom = ReturnType<typeof createRoomCommit>;

/**
 * @param endedRoomMs how long a room is kept after its game
 * @param tellsEnds whether the application is told of each game that ends
 */
export function createRoomCommit(services: Services, endedRoomMs: number, tellsEnds = false) {
  const { userBus, settings } = services;
  /**
   * Decides on the room as it is and commits; decides again where another was faster.
   * @param decide pure; gets undefined for a room that is not there
   * @returns what `once.result` gave the first time; without `once`, nothing
   */
  return async function change<R = undefined>(
    id: RoomId,
    decide: (room: Room | undefined, now: number) => RoomDecision,
    options: CommitOptions<R> = {},
  ): Promise<R | undefined> {
    const { once } = options;
    let moved: readonly UserId[] = [];
    const { ttlMs } = settings.retention;
    const places = {
      id,
      document: keys.room(id),
      entries: keys.entries(id),
      retention: { ...KEPT_ENTRIES, ttlMs },
      goesOn: true,
    };
    const done = await commitStep<Room, RoomEntry, R | undefined>(services, places, (current, now) => {
      const before = current?.state;
      const decision = decide(before, now);
      const result = once?.result(decision);
      moved = [];
      if (decision.room === undefined && decision.entries.length === 0) return { result };
      const after = decision.room === undefined ? (before ?? null) : decision.room;
      moved = movedUsers(before, after);
      return {
        state: decision.room,
        result,
        entries: decision.entries,
        append: logOf(after ?? before, decision, ttlMs),
        documents: endedGames(after ?? before, decision, now, ttlMs),
        deadlines: laterOf(before, after, decision.entries, {
          now,
          seatUntil: (options.awaySince ?? now) + settings.graceMs.seat,
          goneAt: now + endedRoomMs,
          lonelyUntil: now + settings.limits.lonelyRoomMs,
          tellsEnds,
        }),
        once: once && { id: once.id, ttlMs: once.ttlMs, result },
        ttlMs: after?.phase === "ended" ? endedRoomMs : undefined,
      };
    });
    if (moved.length > 0 && done.committed !== undefined)
      await userBus.publish(membersTopic, moved, (users) => ({ roomId: id, users }));
    return done.result;
  };
}

/** The entries for the log of the room's present game. */
function logOf(room: Room | undefined, { log = [] }: RoomDecision, ttlMs: number): StreamAppend[] {
  const play = room?.play;
  if (room === undefined || play == null) return [];
  const key = keys.log(room.id, play.round);
  return log.map((entry) => append(key, entry, { ...KEPT_LOG, ttlMs }));
}

/** For `match:replay` and the application's hook, as long as the log: the room itself is gone sooner. */
function endedGames(room: Room | undefined, { entries }: RoomDecision, now: number, ttlMs: number) {
  const end = entries.find((entry) => entry.kind === "ended");
  const play = room?.play;
  if (end === undefined || room === undefined || play == null) return [];
  const { game, id, match, mode } = room;
  const ended: EndedGame = {
    ...{ game, players: play.players, result: end.result, at: now, match },
    ...(play.teams === undefined ? {} : { teams: play.teams }),
    ...(mode === undefined ? {} : { mode }),
  };
  return [put(keys.ended(id, play.round), 0, ended, ttlMs)];
}

/** Users that got or lost their seat. */
function movedUsers(before: Room | undefined, after: Room | null): UserId[] {
  const had = new Set((before?.seats ?? []).map(({ userId }) => userId));
  const has = new Set((after?.seats ?? []).map(({ userId }) => userId));
  return [...[...had].filter((user) => !has.has(user)), ...[...has].filter((user) => !had.has(user))];
}

/** The room. @throws GameError `not_found`, the same for a room that is not there and one that the caller may not see */
export function present(room: Room | undefined): Room {
  if (room === undefined) throw new GameError("not_found");
  return room;
}
