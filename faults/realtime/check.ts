/** Plays the journal of a room again and compares it with what its players were told. */
import type { RealtimeGame } from "../../core/realtime/game.ts";
import { isJournalEntry, JournalReplay } from "../../core/realtime/journal.ts";
import { seenHash, type ToldFrame } from "./recorder.ts";

export interface RoomFindings {
  readonly ticks: number;
  /** Hashes and snapshots of the journal that agree with it. */
  readonly proved: number;
  /** Frames that agree with the journal. */
  readonly agreed: number;
  /** Frames of ticks that were not durable when their worker went, and were stepped again by the next. */
  readonly undone: number;
  readonly problems: readonly string[];
  /** What was consumed of each player. */
  readonly acks: ReadonlyMap<string, number>;
}

const MAX_PROBLEMS = 5;

/**
 * @param journal its parts, as `match:replay` gives them
 * @param told of each player
 */
export function checkRoom(
  game: RealtimeGame,
  journal: readonly unknown[],
  told: Iterable<readonly ToldFrame[]>,
): RoomFindings {
  const problems: string[] = [];
  const replay = new JournalReplay(game);
  /** Of each tick: who wrote it, and what it came to. */
  const ticks = new Map<number, { readonly epoch: number; readonly hash: string }>();
  /** The last tick that each epoch wrote. */
  const durable = new Map<number, number>();
  for (const entry of journal) {
    if (!isJournalEntry(entry)) {
      problems.push("there is something in the journal that is no part of one");
      break;
    }
    if (replay.from === undefined && entry.kind === "snapshot" && entry.snapshot.tick > 0)
      problems.push("the beginning of the journal is gone");
    try {
      replay.add(entry, ({ tick, state }) => {
        ticks.set(tick, { epoch: entry.epoch, hash: seenHash(game, state) });
        durable.set(entry.epoch, tick);
      });
    } catch (err) {
      problems.push(String(err));
      break;
    }
  }
  problems.push(...replay.problems);
  let [agreed, undone] = [0, 0];
  for (const frames of told)
    for (const { epoch, tick, hash } of frames) {
      // The beginning is the journal's first snapshot, and no tick of its own.
      if (tick === 0) continue;
      const kept = ticks.get(tick);
      if (kept?.hash === hash) agreed++;
      // At the end, and before a take-over: the journal has no such tick of this epoch.
      else if (tick > (durable.get(epoch) ?? -1) || kept === undefined) undone++;
      else if (kept.epoch === epoch || tick <= (durable.get(epoch) ?? -1))
        problems.push(`tick ${tick} was told by epoch ${epoch} otherwise than epoch ${kept.epoch} has it`);
    }
  return {
    ticks: ticks.size,
    proved: replay.proved,
    agreed,
    undone,
    problems: problems.slice(0, MAX_PROBLEMS),
    acks: new Map([...replay.acks].map(([user, ack]) => [String(user), ack])),
  };
}
