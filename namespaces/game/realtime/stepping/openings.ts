/** How a game comes to be stepped by this worker: begun anew, or gone on from its journal. */

import type { RoomId, UserId } from "../../../../core/ids.ts";
import type { Services } from "../../../../core/ports/services.ts";
import { RealtimeLimitReached } from "../../../../core/realtime/check.ts";
import type { EntityValues } from "../../../../core/realtime/fields.ts";
import type { RealtimeGame } from "../../../../core/realtime/game.ts";
import {
  type JournalEntry,
  JournalReplay,
  PlayerPlaces,
  type SnapshotEntry,
} from "../../../../core/realtime/journal.ts";
import { Simulation } from "../../../../core/realtime/simulation.ts";
import { startOf } from "../../../../core/realtime/start.ts";
import { teamsOf } from "../../../../core/teams.ts";
import type { Room } from "../../rooms/stored.ts";
import { asGame } from "../as-game.ts";
import { type RunRecord, runKeys } from "../stored.ts";
import { Run } from "./run.ts";
import { tooLarge } from "./saver.ts";

const JOURNAL_PAGE = 500;

export function createOpenings({ store, random, settings }: Services) {
  const { streams } = store;

  /** A game that has never been stepped. */
  function begin(room: Room, game: RealtimeGame) {
    const seed = Array.from({ length: 4 }, () => random.int(0, 2 ** 32 - 1));
    const options = asGame(game).optionsOf(room.options) as EntityValues;
    const players = [...(room.play?.players ?? [])];
    const count = Math.max(0, game.bots?.(options as never, players.length) ?? 0);
    const bots: UserId[] = [];
    for (let n = 1; bots.length < count; n++) {
      const name = `bot:${n}` as UserId;
      if (!players.includes(name)) bots.push(name);
    }
    const teams = teamsOf(players, room.play?.teams);
    const snapshot = startOf(game, { players, bots, teams, options, seed });
    const size = tooLarge(snapshot);
    if (size !== undefined) throw new RealtimeLimitReached("state_too_large", size);
    const seated = snapshot.seats.map(({ user }) => user);
    const simulation = new Simulation(game, snapshot, { seed, options, checks: !settings.production });
    const entries = (epoch: number): JournalEntry[] => [
      {
        kind: "snapshot",
        game: game.name,
        ...{ seed, options, at: store.now(), epoch },
        players: seated,
        acks: seated.map(() => 0),
        snapshot,
      },
    ];
    const run = (epoch: number) =>
      new Run({
        ...{ id: room.id, game, epoch, round: room.play?.round ?? 1, simulation },
        places: new PlayerPlaces(seated),
        acks: new Map(players.map((user) => [user, 0])),
        gapTicks: 0,
      });
    return { entries, run };
  }

  /** The game from the last tick of an owner who handed it over. */
  function goOn(
    id: RoomId,
    game: RealtimeGame,
    record: RunRecord,
    snapshot: SnapshotEntry,
    handedAt: number,
  ) {
    const replay = new JournalReplay(game, !settings.production);
    replay.add(snapshot);
    return runOf(id, game, record, replay, record.at - handedAt);
  }

  function runOf(
    id: RoomId,
    game: RealtimeGame,
    { epoch, round }: RunRecord,
    replay: JournalReplay,
    sinceMs: number,
  ) {
    const { simulation, places, acks } = replay;
    const gapMs = Math.max(0, sinceMs);
    const gapTicks = Math.ceil((gapMs * game.hz) / 1_000);
    return { run: new Run({ id, game, epoch, round, simulation, places, acks, gapTicks }), gapMs };
  }

  /** The game from its newest snapshot on. What others wrote before this worker took the room is all in the journal. */
  async function resume(
    id: RoomId,
    game: RealtimeGame,
    record: RunRecord,
    before: RunRecord | undefined,
  ): Promise<{ readonly run: Run; readonly gapMs: number }> {
    const replay = new JournalReplay(game, !settings.production);
    for (let after = record.snapshotAt - 1; ; ) {
      const page = await streams.read(runKeys.journal(id, record.round), { after, limit: JOURNAL_PAGE });
      for (const { entry } of page.entries) replay.add(entry);
      after = page.entries.at(-1)?.offset ?? page.offset;
      if (after >= page.offset) break;
    }
    return runOf(id, game, record, replay, record.at - (before?.at ?? record.at));
  }

  return { begin, goOn, resume };
}
