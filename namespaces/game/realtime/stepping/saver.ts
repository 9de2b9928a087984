/** Commits what a run has played to its journal. The record's version is the fence. */
import type { UserId } from "../../../../core/ids.ts";
import type { Services } from "../../../../core/ports/services.ts";
import { schedule } from "../../../../core/ports/store/deadlines.ts";
import { append, type Committed, put } from "../../../../core/ports/store/documents.ts";
import type { JournalEntry, SnapshotEntry } from "../../../../core/realtime/journal.ts";
import type { SimulationSnapshot } from "../../../../core/realtime/simulation.ts";
import type { RealtimeCounts } from "../figures.ts";
import { ownerless, type RunRecord, runKeys } from "../stored.ts";
import type { Run } from "./run.ts";

/** When another worker looks for a room whose owner has written nothing. */
export const OWNERLESS_MS = 3_000;
export const SNAPSHOT_MS = 5_000;
/** The largest state, as JSON; and the largest snapshot, which has the past states that the game rewinds to. */
const MAX_STATE_BYTES = 262_144;
const MAX_SNAPSHOT_BYTES = 4 * MAX_STATE_BYTES;

/** @returns how much too large it is, as text; undefined: a take-over can load it */
export function tooLarge(snapshot: SimulationSnapshot): string | undefined {
  const [bytes = 0, all = 0] = [snapshot.state, snapshot].map((part) => JSON.stringify(part).length);
  return bytes > MAX_STATE_BYTES || all > MAX_SNAPSHOT_BYTES
    ? `${bytes} bytes, ${all} with the past that it rewinds to`
    : undefined;
}
const KEPT_JOURNAL = { maxLength: 20_000, maxBytes: 16 * 2 ** 20 };

/** How long and how much of a journal is kept. */
export const journalRetention = ({ retention }: Services["settings"]) => ({
  ...KEPT_JOURNAL,
  ttlMs: retention.ttlMs,
});

export interface SavedRun {
  readonly run: Run;
  record: RunRecord;
  version: number;
  snapshotAt: number;
}

/**
 * @param host the name of this worker
 * @returns a function that saves a run: false where another worker steps it; throws GameError `unavailable`, and the outcome is unknown
 */
export function createSaver(
  { store, settings, log }: Services,
  host: string,
  { limited }: Pick<RealtimeCounts, "limited">,
) {
  const { documents } = store;
  const retention = journalRetention(settings);

  /** A state that is too large ends its game: a take-over could not load it. */
  function bounded(one: SavedRun, entry: SnapshotEntry) {
    const size = tooLarge(entry.snapshot);
    if (size !== undefined) {
      log.error(
        { room: one.run.id, game: one.run.game.name, size },
        "the state of a real-time game is too large: it is over",
      );
      limited.state++;
      one.run.result ??= { winners: [], reason: "state_too_large" };
    }
    return entry;
  }

  function committed(
    one: SavedRun,
    { versions, positions }: Extract<Committed, { outcome: "committed" }>,
    record: RunRecord,
    acks: ReadonlyMap<UserId, number>,
    withSnapshot: boolean,
  ): void {
    one.version = versions[0] ?? one.version;
    one.record = withSnapshot
      ? { ...record, snapshotAt: positions.at(-1)?.offset ?? record.snapshotAt }
      : record;
    one.run.committed(record.tick, acks);
  }

  /** Another version than this worker wrote: its own, of a commit whose answer was lost, or that of another owner. */
  async function compare(one: SavedRun): Promise<boolean> {
    const found = await documents.load(runKeys.run(one.run.id));
    const { record } = one;
    if (found?.state.owner === host && found.state.epoch === record.epoch && found.version > one.version) {
      one.version = found.version;
      one.record = { ...found.state, snapshotAt: record.snapshotAt };
      one.run.committed(found.state.tick, new Map());
      return true;
    }
    log.info({ room: one.run.id, epoch: record.epoch }, "a real-time room has another owner");
    return false;
  }

  return async function save(one: SavedRun): Promise<boolean> {
    const { run } = one;
    const pending = run.pending();
    const acks = run.acks();
    const now = performance.now();
    const withSnapshot = now - one.snapshotAt >= SNAPSHOT_MS;
    const entries: JournalEntry[] = pending === undefined ? [] : [pending.entry];
    if (withSnapshot) entries.push(bounded(one, run.snapshot(store.now())));
    const journal = runKeys.journal(run.id, run.round);
    const record: RunRecord = {
      ...one.record,
      tick: run.tick,
      at: store.now(),
      ...(run.result !== undefined && { result: run.result }),
    };
    const done = await documents.commit({
      partition: runKeys.run(run.id).partition,
      documents: [put(runKeys.run(run.id), one.version, record, retention.ttlMs)],
      append: entries.map((entry) => append(journal, entry, retention)),
      deadlines: [schedule(ownerless, "owner", store.now() + OWNERLESS_MS, { roomId: run.id })],
    });
    if (done.outcome !== "committed") {
      return compare(one);
    }
    committed(one, done, record, acks, withSnapshot);
    if (withSnapshot) one.snapshotAt = now;
    return true;
  };
}
