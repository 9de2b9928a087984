/** How a worker becomes the owner of a room: the record of the run names it, with the next epoch, which refuses all commits of others. */
import { GameError } from "../../../../core/contract/errors.ts";
import type { RoomId } from "../../../../core/ids.ts";
import type { Services } from "../../../../core/ports/services.ts";
import { schedule } from "../../../../core/ports/store/deadlines.ts";
import { append, put, type Versioned } from "../../../../core/ports/store/documents.ts";
import type { RealtimeGame } from "../../../../core/realtime/game.ts";
import type { JournalEntry } from "../../../../core/realtime/journal.ts";
import { keys, type Room } from "../../rooms/stored.ts";
import type { RealtimeCounts } from "../figures.ts";
import { type Handover, ownerless, type RunRecord, runKeys } from "../stored.ts";
import { type createEndings, endingFor } from "./endings.ts";
import { createOpenings } from "./openings.ts";
import type { Run } from "./run.ts";
import { journalRetention, OWNERLESS_MS } from "./saver.ts";

/** A room that this worker steps from now on. */
export interface TakenRun {
  readonly run: Run;
  readonly record: RunRecord;
  readonly version: number;
  readonly room: Room;
  /** How long ago its last step was, where another worker handed it over. */
  readonly gapMs?: number;
}

export interface TakingParts {
  readonly host: string;
  readonly games: ReadonlyMap<string, RealtimeGame>;
  readonly counts: RealtimeCounts;
  /** Whether this worker steps as many rooms as it may. */
  isFull(): boolean;
  readonly endings: ReturnType<typeof createEndings>;
}

export function createTaking(services: Services, { host, games, counts, isFull, endings }: TakingParts) {
  const { store, settings, log } = services;
  const { documents } = store;
  const openings = createOpenings(services);
  const retention = journalRetention(settings);

  /** The room and its game, where the game runs. @throws GameError `server_full` */
  async function playing(id: RoomId) {
    const room = (await documents.load(keys.room(id)))?.state;
    const game = room && games.get(room.game);
    if (room?.phase !== "playing" || room.play === null || game === undefined) return undefined;
    if (isFull())
      throw new GameError("server_full", { message: "this worker runs as many real-time rooms as it may" });
    return { room, game, round: room.play.round };
  }

  /** @returns the version of the record; undefined: another worker was faster */
  async function commit(id: RoomId, record: RunRecord, expected: number, entries: readonly JournalEntry[]) {
    const journal = runKeys.journal(id, record.round);
    const done = await documents.commit({
      partition: runKeys.run(id).partition,
      documents: [put(runKeys.run(id), expected, record, retention.ttlMs)],
      append: entries.map((entry) => append(journal, entry, retention)),
      deadlines: [schedule(ownerless, "owner", store.now() + OWNERLESS_MS, { roomId: id })],
    });
    return done.outcome === "committed" ? (done.versions[0] ?? 0) : undefined;
  }

  /** A game that can't begin is over. */
  async function beginOrEnd(room: Room, game: RealtimeGame) {
    try {
      return openings.begin(room, game);
    } catch (err) {
      log.error({ err, room: room.id, game: game.name }, "a real-time game could not begin: it is over");
      await endings.end({ id: room.id, round: room.play?.round, game }, endingFor(err, counts));
      return undefined;
    }
  }

  return {
    /** Begins the room's game, or goes on from its journal. @param seen the record as it was found */
    async take(id: RoomId, seen: Versioned<RunRecord> | undefined): Promise<TakenRun | undefined> {
      const found = await playing(id);
      if (found === undefined) return undefined;
      const { room, game, round } = found;
      const before = seen?.state;
      const epoch = (before?.epoch ?? 0) + 1;
      if (before?.round !== round) {
        const made = await beginOrEnd(room, game);
        if (made === undefined) return undefined;
        const record = { epoch, owner: host, round, tick: 0, snapshotAt: 1, at: store.now() };
        const version = await commit(id, record, seen?.version ?? 0, made.entries(epoch));
        return version === undefined ? undefined : { run: made.run(epoch), record, version, room };
      }
      const record: RunRecord = { ...before, epoch, owner: host, at: store.now() };
      const version = await commit(id, record, seen?.version ?? 0, []);
      if (version === undefined) return undefined;
      const { run, gapMs } = await openings.resume(id, game, record, before);
      counts.takeovers++;
      counts.gaps.add(gapMs / 1_000);
      return { run, record, version, room };
    },

    /** Goes on where another worker has stopped. */
    async receive({
      room: id,
      record: before,
      version: expected,
      snapshot,
    }: Handover): Promise<TakenRun | undefined> {
      const found = await playing(id);
      if (found === undefined || found.round !== before.round) return undefined;
      const record: RunRecord = { ...before, epoch: before.epoch + 1, owner: host, at: store.now() };
      const version = await commit(id, record, expected, []);
      if (version === undefined) return undefined;
      const { run, gapMs } = openings.goOn(id, found.game, record, snapshot, before.at);
      counts.handovers++;
      counts.gaps.add(gapMs / 1_000);
      return { run, record, version, room: found.room, gapMs: Math.max(0, store.now() - before.at) };
    },
  };
}
