/** The rooms that this worker steps: taken, stepped, committed four times a second, handed over and ended. */
import { every } from "../../../../core/async.ts";
import { GameError } from "../../../../core/contract/errors.ts";
import type { GameResult } from "../../../../core/games/game.ts";
import type { RoomId } from "../../../../core/ids.ts";
import type { Services } from "../../../../core/ports/services.ts";
import { cancel, schedule } from "../../../../core/ports/store/deadlines.ts";
import { append, put, type Versioned } from "../../../../core/ports/store/documents.ts";
import type { RealtimeGame } from "../../../../core/realtime/game.ts";
import { end } from "../../play/play.ts";
import type { CommitRoom } from "../../rooms/commit.ts";
import { unchanged } from "../../rooms/rules.ts";
import { keys, type Room } from "../../rooms/stored.ts";
import { asGame } from "../as-game.ts";
import { figuresOf, type RealtimeCounts } from "../figures.ts";
import { type InputBatch, ownerless, type RunRecord, runKeys, type TickPacket } from "../stored.ts";
import { createOpenings } from "./openings.ts";
import type { Run } from "./run.ts";
import { createSaver, journalRetention, OWNERLESS_MS, type SavedRun } from "./saver.ts";
import { type Ticked, Ticker } from "./ticker.ts";

const COMMIT_MS = 250;
/** Without a commit for so long a room stands still: what can be lost is bounded. */
const MAX_UNCOMMITTED_MS = 5_000;
/** How often the owner looks at the seats of the room beside hearing of them. */
const SEATS_MS = 1_000;
const FAILED: GameResult = { winners: [], reason: "error" };

interface Owned extends SavedRun {
  readonly ticked: Ticked;
  savedAt: number;
  seenSeatsAt: number;
  /** One commit at a time. */
  committing: Promise<void> | undefined;
  isOver: boolean;
  unsubscribe: (() => void) | undefined;
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

export function createOwner(services: Services, parts: OwnerParts) {
  const { store, settings, log } = services;
  const { host, games, change, counts } = parts;
  const { documents, streams } = store;
  const owned = new Map<RoomId, Owned>();
  const taking = new Map<RoomId, Promise<boolean>>();
  const ticker = new Ticker();
  const retention = journalRetention(settings);
  const openings = createOpenings(services);
  const saveRun = createSaver(services, host);
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
  function take(id: RoomId, seen: Versioned<RunRecord> | undefined): Promise<boolean> {
    if (owned.has(id)) return Promise.resolve(true);
    if (isClosing) return Promise.resolve(false);
    const under = taking.get(id);
    if (under !== undefined) return under;
    const work = takeNow(id, seen).finally(() => taking.delete(id));
    taking.set(id, work);
    return work;
  }

  async function takeNow(id: RoomId, seen: Versioned<RunRecord> | undefined): Promise<boolean> {
    const room = (await documents.load(keys.room(id)))?.state;
    const game = room && games.get(room.game);
    if (room?.phase !== "playing" || room.play === null || game === undefined) return false;
    if (owned.size >= parts.maxRooms)
      throw new GameError("server_full", { message: "this worker runs as many real-time rooms as it may" });
    const { round } = room.play;
    const isNew = seen?.state.round !== round;
    const made = isNew ? await beginOrEnd(room, game) : undefined;
    if (isNew && made === undefined) return false;
    const before = seen?.state;
    const record: RunRecord = {
      epoch: (before?.epoch ?? 0) + 1,
      owner: host,
      round,
      tick: made === undefined ? (before?.tick ?? 0) : 0,
      snapshotAt: made === undefined ? (before?.snapshotAt ?? 0) : 1,
      at: store.now(),
      ...(made === undefined && before?.result !== undefined && { result: before.result }),
    };
    const journal = runKeys.journal(id, round);
    const done = await documents.commit({
      partition: runKeys.run(id).partition,
      documents: [put(runKeys.run(id), seen?.version ?? 0, record, retention.ttlMs)],
      append: (made?.entries(record.epoch) ?? []).map((entry) => append(journal, entry, retention)),
      deadlines: [schedule(ownerless, "owner", store.now() + OWNERLESS_MS, { roomId: id })],
    });
    if (done.outcome !== "committed") return false;
    const version = done.versions[0] ?? 0;
    if (made !== undefined) {
      own(made.run(record.epoch), record, version, room);
      return true;
    }
    const { run, gapMs } = await openings.resume(id, game, record, before);
    counts.takeovers++;
    counts.gaps.add(gapMs / 1_000);
    own(run, record, version, room);
    return true;
  }

  /** A game that can't begin is over. */
  async function beginOrEnd(room: Room, game: RealtimeGame) {
    try {
      return openings.begin(room, game);
    } catch (err) {
      log.error({ err, room: room.id, game: game.name }, "a real-time game could not begin: it is over");
      await endAs(room.id, room.play?.round, game, FAILED);
      return undefined;
    }
  }

  const endAs = (id: RoomId, round: number | undefined, game: RealtimeGame, result: GameResult) =>
    change(id, (room, now) =>
      room?.phase === "playing" && room.play?.round === round
        ? end(room, asGame(game), result, now)
        : unchanged,
    );

  function own(run: Run, record: RunRecord, version: number, room: Room): void {
    const now = performance.now();
    const one: Owned = {
      ...{ run, record, version, savedAt: now, snapshotAt: now, seenSeatsAt: now },
      ticked: {
        stepMs: 1_000 / run.game.hz,
        step: (lateMs) => step(one, lateMs),
        skip: (ticks) => run.skip(ticks),
        stepped: () => sendDue(one),
      },
      committing: undefined,
      isOver: false,
      unsubscribe: undefined,
    };
    owned.set(run.id, one);
    run.seatsAre(room.seats);
    streams
      .subscribe(keys.entries(run.id), () => void lookAtSeats(one))
      .then((unsubscribe) => {
        if (owned.get(run.id) === one) one.unsubscribe = unsubscribe;
        else unsubscribe();
      })
      .catch((err: unknown) => log.debug({ err, room: run.id }, "seats of a real-time room are polled"));
    parts.send(run.whole(record.tick === 0 ? "joined" : "takeover"));
    if (record.result !== undefined) {
      run.result = record.result;
      void finish(one);
    } else ticker.add(one.ticked);
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
      run.result = FAILED;
    }
    if (run.result !== undefined) void finish(one);
    else if (run.tick % run.game.sendEvery === 0) {
      parts.send(run.packet());
      counts.lostInputs += run.takeLostInputs();
      counts.frameAges.add((lateMs + performance.now() - beganAt) / 1_000);
    }
  }

  function sendDue(one: Owned): void {
    if (performance.now() - one.seenSeatsAt >= SEATS_MS) void lookAtSeats(one);
  }

  async function lookAtSeats(one: Owned): Promise<void> {
    one.seenSeatsAt = performance.now();
    const { run } = one;
    try {
      const room = (await documents.load(keys.room(run.id)))?.state;
      if (owned.get(run.id) !== one) return;
      if (room?.phase !== "playing" || room.play?.round !== run.round) {
        one.isOver = true;
        drop(one, "over");
      } else run.seatsAre(room.seats);
    } catch (err) {
      log.debug({ err, room: run.id }, "seats of a real-time room could not be read; tried again");
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

  /** Steps the room no longer. */
  function drop(one: Owned, how: TickPacket["end"] | "lost"): void {
    const { run } = one;
    if (owned.get(run.id) !== one) return;
    owned.delete(run.id);
    ticker.remove(one.ticked);
    one.unsubscribe?.();
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
      await endAs(run.id, run.round, run.game, result);
      await documents.commit({
        partition: runKeys.run(run.id).partition,
        deadlines: [cancel(ownerless, "owner")],
      });
      drop(one, "over");
    } catch (err) {
      log.warn(
        { err, room: run.id },
        "the end of a real-time game could not be told; another worker does it",
      );
      drop(one, undefined);
    }
  }

  return {
    take,
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
