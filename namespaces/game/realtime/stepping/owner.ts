/** The rooms that this worker steps: taken, stepped, committed four times a second, handed over and ended. */
import { every } from "../../../../core/async.ts";
import type { RoomId } from "../../../../core/ids.ts";
import type { Services } from "../../../../core/ports/services.ts";
import type { Versioned } from "../../../../core/ports/store/documents.ts";
import type { RealtimeGame } from "../../../../core/realtime/game.ts";
import type { CommitRoom } from "../../rooms/commit.ts";
import { figuresOf, type RealtimeCounts } from "../figures.ts";
import type { Handover, InputBatch, RunRecord, TickPacket } from "../stored.ts";
import { createEndings, endingFor } from "./endings.ts";
import { createSaver, type SavedRun, SNAPSHOT_MS } from "./saver.ts";
import { type SeatWatch, watchSeats } from "./seat-watch.ts";
import { createTaking, type TakenRun } from "./taking.ts";
import { spreadPhases, type Ticked, Ticker } from "./ticker.ts";

const COMMIT_MS = 250;
/** Without a commit for so long a room stands still: what can be lost is bounded. */
const MAX_UNCOMMITTED_MS = 5_000;

interface Owned extends SavedRun {
  readonly ticked: Ticked;
  savedAt: number;
  /** When another worker handed it over; of others: long ago. */
  readonly receivedAt: number;
  /** One commit at a time. */
  committing: Promise<void> | undefined;
  isOver: boolean;
  readonly seats: SeatWatch;
}

export interface OwnerParts {
  readonly host: string;
  readonly games: ReadonlyMap<string, RealtimeGame>;
  readonly change: CommitRoom;
  readonly maxRooms: number;
  readonly counts: RealtimeCounts;
  /** To all that follow the room. */
  send(packet: TickPacket): void;
  /** The room has another owner, or none. */
  lost(room: RoomId): void;
}

export type Owner = ReturnType<typeof createOwner>;

export function createOwner(services: Services, parts: OwnerParts) {
  const { log } = services;
  const { host, games, counts } = parts;
  const owned = new Map<RoomId, Owned>();
  const taking = new Map<RoomId, Promise<boolean>>();
  const ticker = new Ticker();
  /** Commits of many rooms are spread over their time. */
  const phase = spreadPhases();
  const endings = createEndings(services, parts.change);
  const takes = createTaking(services, {
    ...{ host, games, counts },
    isFull: () => owned.size >= parts.maxRooms,
    endings,
  });
  const saveRun = createSaver(services, host, counts);
  let isLeaving = false;
  let isClosing = false;

  const endCommits = every(
    COMMIT_MS / 5,
    () => {
      const now = performance.now();
      for (const one of owned.values()) if (now - one.savedAt >= COMMIT_MS) void save(one);
    },
    (err) => log.warn({ err }, "real-time rooms could not be saved; tried again"),
  );

  /** Takes the room, where this worker may. @returns whether it steps the room now */
  function taken(id: RoomId, by: () => Promise<TakenRun | undefined>, isHandover = false): Promise<boolean> {
    if (owned.has(id)) return Promise.resolve(true);
    if (isLeaving) return Promise.resolve(false);
    const under = taking.get(id);
    if (under !== undefined) return under;
    const work = by()
      .then((found) => {
        if (found !== undefined) own(found, isHandover ? performance.now() : undefined);
        return found !== undefined;
      })
      .finally(() => taking.delete(id));
    taking.set(id, work);
    return work;
  }

  function own({ run, record, version, room, gapMs }: TakenRun, receivedAt = Number.NEGATIVE_INFINITY): void {
    const now = performance.now();
    const at = phase();
    const one: Owned = {
      ...{ run, record, version, receivedAt },
      ...{ savedAt: now - at * COMMIT_MS, snapshotAt: now - at * SNAPSHOT_MS },
      ticked: {
        stepMs: 1_000 / run.game.hz,
        step: (lateMs) => step(one, lateMs),
        skip: (ticks) => run.skip(ticks),
        stepped: () => one.seats.lookIfDue(),
      },
      committing: undefined,
      isOver: false,
      seats: watchSeats(services, run, () => {
        one.isOver = true;
        drop(one, "over");
      }),
    };
    owned.set(run.id, one);
    run.seatsAre(room.seats);
    parts.send(run.whole(record.tick === 0 ? "joined" : "takeover"));
    if (record.result !== undefined) {
      run.result = record.result;
      void finish(one);
    } else ticker.add(one.ticked, gapMs);
  }

  function step(one: Owned, lateMs: number): void {
    const { run } = one;
    const beganAt = performance.now();
    const maxPending = (MAX_UNCOMMITTED_MS * run.game.hz) / 1_000;
    if (one.isOver || run.pendingTicks >= maxPending) return;
    try {
      if (run.result === undefined) run.step();
      counts.steps++;
    } catch (err) {
      log.error(
        { err, room: run.id, game: run.game.name, tick: run.tick },
        "a step of a real-time game failed: the game is over",
      );
      run.result = endingFor(err, counts);
    }
    if (run.result !== undefined) void finish(one);
    else if (run.tick % run.game.sendEvery === 0) {
      parts.send(run.packet());
      counts.lostInputs += run.takeLostInputs();
      counts.frameAges.add((lateMs + performance.now() - beganAt) / 1_000);
    }
  }

  /** Commits what was not, unless that is under way. */
  async function save(one: Owned): Promise<void> {
    if (one.committing !== undefined || owned.get(one.run.id) !== one) return one.committing;
    one.savedAt = performance.now();
    one.committing = saveRun(one)
      .then((isMine) => {
        if (!isMine) drop(one, "lost");
      })
      .catch((err: unknown) =>
        log.debug({ err, room: one.run.id }, "a journal could not be written; tried again"),
      )
      .finally(() => {
        one.committing = undefined;
      });
    return one.committing;
  }

  /** Steps the room no longer. @returns whether it did */
  function forget(one: Owned): boolean {
    const { run } = one;
    if (owned.get(run.id) !== one) return false;
    owned.delete(run.id);
    ticker.remove(one.ticked);
    one.seats.end();
    return true;
  }

  function drop(one: Owned, how: TickPacket["end"] | "lost"): void {
    const { run } = one;
    if (!forget(one)) return;
    if (how === "lost") counts.fenced++;
    else if (how !== undefined) parts.send(run.packet(how));
    parts.lost(run.id);
  }

  /** The result is committed first; then the room is told, which another worker does where this one can't. */
  async function finish(one: Owned): Promise<void> {
    const { run } = one;
    if (one.isOver) return;
    one.isOver = true;
    ticker.remove(one.ticked);
    parts.send(run.packet());
    for (;;) {
      await one.committing;
      if (owned.get(run.id) !== one) return;
      try {
        if (one.record.result === undefined && !(await saveRun(one))) return drop(one, "lost");
        if (one.record.result !== undefined) break;
      } catch (err) {
        log.debug({ err, room: run.id }, "a result could not be written; tried again");
      }
      if (owned.get(run.id) !== one || isClosing) return;
      await new Promise((resolve) => setTimeout(resolve, COMMIT_MS).unref());
    }
    await announce(one);
  }

  async function announce(one: Owned): Promise<void> {
    const { run, record } = one;
    const { result } = record;
    if (result === undefined) return;
    try {
      await endings.announce(run, result);
      drop(one, "over");
    } catch (err) {
      log.warn(
        { err, room: run.id },
        "the end of a real-time game could not be told; another worker does it",
      );
      drop(one, undefined);
    }
  }

  /**
   * Stops at the next tick boundary, and commits all that was played, with a snapshot and without an owner.
   * @returns what another worker needs to go on; undefined: the room is stepped here as before, or is not this worker's any more
   */
  async function release(id: RoomId): Promise<Omit<Handover, "followers"> | undefined> {
    const one = owned.get(id);
    await one?.committing;
    if (one === undefined || owned.get(id) !== one || one.isOver) return undefined;
    ticker.remove(one.ticked);
    if (one.run.hasUnsent) parts.send(one.run.packet());
    one.record = { ...one.record, owner: "" };
    one.snapshotAt = Number.NEGATIVE_INFINITY;
    try {
      one.committing = saveRun(one).then((isMine) => {
        if (!isMine) drop(one, "lost");
      });
      await one.committing;
    } catch (err) {
      log.warn({ err, room: id }, "a real-time room could not be handed over");
      if (owned.get(id) !== one) return undefined;
      one.record = { ...one.record, owner: host };
      ticker.add(one.ticked);
      return undefined;
    } finally {
      one.committing = undefined;
    }
    if (one.run.result !== undefined) drop(one, "handover");
    if (!forget(one)) return undefined;
    const { record, version, run } = one;
    return { room: id, record, version, snapshot: run.snapshot(record.at) };
  }

  return {
    /** Takes the room, where this worker may. @returns whether it steps the room now */
    take: (id: RoomId, seen: Versioned<RunRecord> | undefined) => taken(id, () => takes.take(id, seen)),
    /** Goes on where another worker has stopped. @returns whether it steps the room now */
    receive: (handover: Handover) => taken(handover.room, () => takes.receive(handover), true),
    release,
    /** Takes no more rooms; those that it has are stepped on until they are released or it is closed. */
    leave(): void {
      isLeaving = true;
    },
    /** Rooms that may still be taken. */
    get spare() {
      return isLeaving ? 0 : Math.max(0, parts.maxRooms - owned.size - taking.size);
    },
    /** Rooms that are stepped here, those with most players first. @param settledMs without those that came by a hand-over since */
    heaviest: (settledMs: number): RoomId[] =>
      [...owned.values()]
        .filter(({ receivedAt, isOver }) => !isOver && performance.now() - receivedAt >= settledMs)
        .sort((one, other) => other.run.players - one.run.players)
        .map(({ run }) => run.id),
    owns: (id: RoomId) => owned.has(id),
    runOf: (id: RoomId) => owned.get(id)?.run,
    rooms: () => owned.keys(),

    input(batch: InputBatch): void {
      const run = owned.get(batch.room)?.run;
      if (run === undefined || (batch.epoch !== undefined && batch.epoch !== run.epoch)) return;
      run.take(batch);
    },

    figures: () =>
      figuresOf(
        [...owned.values()].map(({ run }) => run),
        counts,
        ticker,
      ),

    /** Commits all rooms at a tick boundary, and tells those who follow them to look for the next owner. */
    async close(): Promise<void> {
      isLeaving = true;
      isClosing = true;
      endCommits();
      ticker.close();
      await Promise.all(taking.values()).catch(() => undefined);
      await Promise.all(
        [...owned.values()].map(async (one) => {
          await one.committing;
          // Nobody's: the next worker takes it without waiting.
          one.record = { ...one.record, owner: "" };
          await save(one);
          drop(one, "handover");
        }),
      );
    },
  };
}
