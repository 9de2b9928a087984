import assert from "node:assert/strict";
import fc from "fast-check";
import type { UserId } from "../../../core/ids.ts";
import type { EntityValues } from "../../../core/realtime/fields.ts";
import type { RealtimeGame } from "../../../core/realtime/game.ts";
import {
  isHashed,
  type JournalEntry,
  JournalReplay,
  type PlayedTick,
  PlayerPlaces,
  replayJournal,
  tickInputOf,
  writeTick,
} from "../../../core/realtime/journal.ts";
import { type SeatChange, Simulation } from "../../../core/realtime/simulation.ts";
import { startOf } from "../../../core/realtime/start.ts";
import { hashOf } from "../../../core/realtime/state.ts";
import { arena } from "../../../games/arena.ts";

const game: RealtimeGame = arena;
const users = ["ann", "bob", "cat", "dan"] as UserId[];
const seed = [7, 11, 13, 17];
const options = { bots: 1, target: 100, seconds: 300 };

const axis = fc.integer({ min: -127, max: 127 }).map((n) => n / 127);
const input = fc.record({ x: axis, y: axis, aim: fc.constantFrom(0, 1.5, -2), fire: fc.boolean() });
/** What happens before one tick and in it. */
const tick = fc.record({
  taken: fc.dictionary(fc.constantFrom(...users), fc.array(input, { minLength: 1, maxLength: 2 })),
  change: fc.option(
    fc.record({
      kind: fc.constantFrom<SeatChange["kind"]>("join", "drop", "return"),
      user: fc.constantFrom(...users),
    }),
    { freq: 6 },
  ),
  view: fc.nat(6),
  /** A commit ends here, and perhaps a snapshot is written; perhaps another worker goes on. */
  commit: fc.integer({ min: 0, max: 9 }),
});
type Tick = typeof tick extends fc.Arbitrary<infer T> ? T : never;

/** Runs a game as its owners do, and keeps what they commit, as the store gives it back. */
function history(ticks: readonly Tick[]) {
  const players = users.slice(0, 2);
  const bots = ["bot:1" as UserId];
  let simulation = new Simulation(game, startOf(game, { players, bots, options, seed }), { seed, options });
  let places = new PlayerPlaces(simulation.seats.map(({ user }) => user));
  let epoch = 1;
  let ack = 0;
  const entries: JournalEntry[] = [];
  const states: string[] = [];
  const snapshot = (): JournalEntry => ({
    kind: "snapshot",
    game: game.name,
    ...{ seed, options, at: 1, epoch },
    players: [...places.players],
    acks: places.players.map(() => 0),
    snapshot: simulation.snapshot(),
  });
  entries.push(snapshot());
  let pending: ReturnType<typeof writeTick>[] = [];
  let hashes: [number, string][] = [];
  let newcomers: UserId[] = [];
  let from = 0;
  const commit = () => {
    if (pending.length === 0) return;
    entries.push({ kind: "ticks", epoch, from, players: newcomers, ticks: pending, hashes });
    [pending, hashes, newcomers, from] = [[], [], [], simulation.tick];
  };
  for (const { taken, change, view, commit: what } of ticks) {
    const rounded = (one: EntityValues): EntityValues =>
      Object.fromEntries(
        Object.entries(game.input).map(([name, field]) => [name, field.round(one[name] ?? field.initial)]),
      );
    const played: PlayedTick = {
      taken: new Map(
        Object.entries(taken).map(([user, inputs]) => [
          user as UserId,
          { ack: ++ack, inputs: inputs.map(rounded) },
        ]),
      ),
      changes: change === null ? [] : [change],
      views: view === 0 ? new Map() : new Map([[users[0] as UserId, view]]),
    };
    const { result } = simulation.step(tickInputOf(played));
    const known = places.players.length;
    pending.push(writeTick(game, places, played));
    newcomers.push(...places.players.slice(known));
    const hash = hashOf(game.state, simulation.state);
    states.push(hash);
    if (isHashed(game, simulation.tick, result)) hashes.push([simulation.tick, hash]);
    if (what > 3) continue;
    commit();
    if (what === 1) entries.push(snapshot());
    if (what > 1) continue;
    // Another worker goes on from the journal.
    const taking = replayJournal(game, JSON.parse(JSON.stringify(entries)));
    ({ simulation, places } = taking);
    epoch++;
  }
  commit();
  const stored: JournalEntry[] = JSON.parse(JSON.stringify(entries));
  return { entries: stored, states, last: hashOf(game.state, simulation.state) };
}

const histories = fc.array(tick, { minLength: 1, maxLength: 90 }).map(history);

/** The game again, with the state after each tick. */
function again(entries: readonly JournalEntry[]) {
  const states: string[] = [];
  const replay = replayJournal(game, entries, ({ state }) => states.push(hashOf(game.state, state)));
  return { replay, states };
}

describe("the journal of a real-time game", () => {
  it("played again is the game as it was, tick by tick, whoever stepped it", () => {
    fc.assert(
      fc.property(histories, ({ entries, states, last }) => {
        const { replay, states: replayed } = again(entries);
        assert.deepEqual(replayed, states);
        assert.equal(hashOf(game.state, replay.simulation.state), last);
        assert.deepEqual([replay.problemCount, replay.problems], [0, []]);
        assert.equal(replay.proved >= Math.floor(states.length / game.hz), true);
      }),
      { numRuns: 60 },
    );
  });

  it("played again from any of its snapshots ends as it ended", () => {
    fc.assert(
      fc.property(histories, fc.nat(), ({ entries, last }, which) => {
        const snapshots = entries.flatMap(({ kind }, at) => (kind === "snapshot" ? [at] : []));
        const { replay } = again(entries.slice(snapshots[which % snapshots.length]));
        assert.equal(hashOf(game.state, replay.simulation.state), last);
        assert.equal(replay.problemCount, 0);
      }),
      { numRuns: 30 },
    );
  });

  const playing: Tick = {
    taken: { ann: [{ x: 1, y: 0.5, aim: 0, fire: true }], bob: [{ x: -1, y: 0, aim: 1.5, fire: false }] },
    change: null,
    view: 2,
    commit: 9,
  };
  const minute = history(
    Array.from({ length: 70 }, (_, at) => ({ ...playing, commit: at % 10 === 0 ? 3 : 9 })),
  );
  const changed = (change: (entries: JournalEntry[]) => void) => {
    const copy: JournalEntry[] = JSON.parse(JSON.stringify(minute.entries));
    change(copy);
    return copy;
  };
  const replayed = (entries: Iterable<JournalEntry>) => {
    const replay = new JournalReplay(game);
    for (const entry of entries) replay.add(entry);
    return replay;
  };

  const ticksOf = (entries: readonly JournalEntry[]) => {
    const found = entries.find((entry) => entry.kind === "ticks");
    assert.ok(found?.kind === "ticks");
    return found;
  };
  const FORGERIES: Readonly<Record<string, (entries: JournalEntry[]) => void>> = {
    "an input": (entries) => {
      const [first] = ticksOf(entries).ticks[0]?.in ?? [];
      Object.assign(first?.[2] ?? [], { 0: -1 });
    },
    "a tick that was taken out": (entries) => {
      const found = ticksOf(entries);
      Object.assign(found, { ticks: found.ticks.slice(1) });
    },
    "a player who was dropped": (entries) => {
      Object.assign(ticksOf(entries).ticks[0] ?? {}, { changes: [{ kind: "drop", user: "bob" }] });
    },
    "another beginning": (entries) => {
      const [first] = entries;
      assert.ok(first?.kind === "snapshot");
      const text = JSON.stringify(first.snapshot.state).replace("100", "80");
      Object.assign(first.snapshot, { state: JSON.parse(text) });
    },
    "a hash": (entries) => {
      const hashed = entries.find((entry) => entry.kind === "ticks" && (entry.hashes?.length ?? 0) > 0);
      Object.assign(hashed ?? {}, { hashes: [[30, "00000000000000"]] });
    },
    "hashes that were left out": (entries) => {
      for (const entry of entries) if (entry.kind === "ticks") Object.assign(entry, { hashes: [] });
    },
    "an older owner that writes late": (entries) => {
      Object.assign(entries[1] ?? {}, { epoch: 2 });
    },
  };

  it("that nobody has touched has nothing that contradicts", () => {
    const replay = replayed(minute.entries);
    assert.deepEqual([replay.problems, replay.proved], [[], 2]);
  });

  for (const [what, forge] of Object.entries(FORGERIES))
    it(`is refuted by ${what}`, () => {
      let refuted: unknown;
      try {
        refuted = replayed(changed(forge)).problems;
      } catch (err) {
        refuted = [String(err)];
      }
      assert.notDeepEqual(refuted, []);
    });

  it("refuses what is no part of one, and what can't follow", () => {
    const [snapshot, ticks] = minute.entries;
    assert.throws(() => replayJournal(game, [{ kind: "action" }]), /no part of one/);
    assert.throws(() => replayJournal(game, [ticks]), /no snapshot/);
    assert.throws(() => replayJournal(game, [snapshot, ticks, ticks]), /followed by ticks after/);
    assert.throws(() => replayJournal({ ...game, name: "other" }, [snapshot]), /of the game arena/);
  });
});
