import assert from "node:assert/strict";
import fc from "fast-check";
import { Type } from "typebox";
import type { Game } from "../../../core/games/game.ts";
import { action, defineGame } from "../../../core/games/game.ts";
import { type LogEntry, replay } from "../../../core/games/replay.ts";
import type { RoomId, UserId } from "../../../core/ids.ts";
import { asId } from "../../../core/ids.ts";
import { dashDice } from "../../../games/dash-dice.ts";
import { goofspiel } from "../../../games/goofspiel.ts";
import { gameContract } from "../../../namespaces/game/index.ts";
import {
  type MoveCircumstances,
  playMove,
  startGame,
  timeOutTurn,
} from "../../../namespaces/game/play/play.ts";
import { agreeRematch, forfeitSeat, leave, takeSeat } from "../../../namespaces/game/play/players.ts";
import { markConnected, openRoom, type RoomDecision } from "../../../namespaces/game/rooms/rules.ts";
import type { Play, Room } from "../../../namespaces/game/rooms/stored.ts";
import { onEachSetup } from "../../support/app.ts";
import { act, always, type Client, gameOf } from "./playing.ts";

/** Everything that can be in a log: others join, draws in every hook, the owner and the time are looked at. */
interface Fair {
  readonly players: readonly { readonly user_id: UserId; readonly luck: number }[];
  readonly trail: readonly unknown[];
}
const fair = defineGame<Fair>({
  name: "fair",
  players: { min: 2, max: 5 },
  setup: (players, _options, { random, now }) => ({
    players: players.map((user_id) => ({ user_id, luck: random.int(1, 1_000) })),
    trail: [now],
  }),
  turnId: ({ trail }) => trail.length,
  turnMs: () => 1_000,
  onTimeout: (state, { random, now, owner }) => ({
    state: { ...state, trail: [...state.trail, now, owner, random.int(1, 9)] },
  }),
  onJoin: (state, user_id, { random }) => ({
    state: { ...state, players: [...state.players, { user_id, luck: random.int(1, 1_000) }] },
  }),
  onDrop: (state, user_id, { now }) => ({
    state: {
      ...state,
      players: state.players.filter((one) => one.user_id !== user_id),
      trail: [...state.trail, now],
    },
  }),
  actions: {
    draw: action(
      Type.Object({ n: Type.Integer({ minimum: 0, maximum: 5 }) }),
      (state: Fair, by, { n }, context) => ({
        state: {
          ...state,
          trail: [
            ...state.trail,
            by,
            context.owner,
            ...Array.from({ length: n }, () => context.random.int(1, 6)),
          ],
        },
      }),
    ),
  },
  result: ({ trail }) => (trail.length > 60 ? { winners: [], reason: "long" } : undefined),
});

const user = (name: string) => ({ userId: asId<UserId>(name), name });
const names = ["ann", "bob", "cat", "dan"];

interface Step {
  readonly who: number;
  readonly what: "move" | "timeout" | "away" | "back" | "expire" | "leave" | "join" | "rematch";
  readonly choice: number;
}
const steps = fc.array(
  fc.record({
    who: fc.nat(names.length - 1),
    what: fc.oneof(
      { weight: 24, arbitrary: fc.constant("move" as const) },
      {
        weight: 4,
        arbitrary: fc.constantFrom(
          "timeout" as const,
          "away" as const,
          "back" as const,
          "expire" as const,
          "leave" as const,
          "join" as const,
          "rematch" as const,
        ),
      },
    ),
    choice: fc.nat(40),
  }),
  { minLength: 30, maxLength: 120 },
);

function moveOf(game: Game, choice: number): { action: string; args: object } {
  if (game === dashDice) return { action: choice % 3 === 0 ? "bank" : "roll", args: {} };
  if (game === goofspiel) return { action: "bid", args: { card: (choice % 13) + 1 } };
  return { action: "draw", args: { n: choice % 6 } };
}

/** Mostly somebody whose turn it is. */
function mover(room: Room, game: Game, one: UserId, choice: number): UserId {
  const turn = room.play === null ? undefined : game.turnOf?.(room.play.state);
  const [first = one] = turn === undefined ? [] : [turn].flat();
  return choice % 7 === 0 ? one : first;
}

function decide(room: Room, game: Game, { who, what, choice }: Step, at: MoveCircumstances): RoomDecision {
  const one = user(names[who] ?? "ann");
  switch (what) {
    case "move":
      return playMove(room, game, mover(room, game, one.userId, choice), moveOf(game, choice), at);
    case "timeout":
      return timeOutTurn(room, game, room.play?.turn?.since ?? 0, at);
    case "away":
    case "back":
      return markConnected(room, one.userId, what === "back");
    case "expire":
      return forfeitSeat(room, game, one.userId, at);
    case "leave":
      return leave(room, game, one.userId, at);
    case "join":
      return takeSeat(room, game, one, at);
    case "rematch":
      return agreeRematch(room, game, one.userId, true, at);
  }
}

/** Plays until the room is gone or the steps are: the log and every state of each round, by its version. */
function history(game: Game, plan: readonly Step[], draw: (min: number, max: number) => number) {
  const rounds = new Map<number, { log: LogEntry[]; plays: Map<number, Play> }>();
  let now = 1_000;
  const at = (): MoveCircumstances => ({ now, random: { int: draw } });
  let room: Room = openRoom({ id: asId<RoomId>("r"), game, joinCode: null, now }, user("ann"));
  const settle = (decision: RoomDecision): boolean => {
    const next = decision.room === undefined ? room : (decision.room ?? room);
    const { play } = next;
    if (play !== null) {
      const round = rounds.get(play.round) ?? { log: [], plays: new Map<number, Play>() };
      rounds.set(play.round, round);
      round.log.push(...(decision.log ?? []));
      for (const entry of decision.entries)
        if (entry.kind === "started" || entry.kind === "played")
          round.plays.set(entry.play.version, entry.play);
    }
    room = next;
    return decision.room !== null;
  };
  for (const name of ["bob", "cat"]) settle(takeSeat(room, game, user(name), at()));
  settle(startGame(room, game, at()));
  for (const step of plan) {
    now += 700;
    try {
      if (!settle(decide(room, game, step, at()))) break;
    } catch (err) {
      assert.ok((err as { code?: string }).code, String(err));
    }
  }
  return { rounds, room };
}

describe("/game replays", () => {
  for (const game of [fair, dashDice, goofspiel])
    it(`any course of ${game.name} is replayed from its log to the same states`, () => {
      let moves = 0;
      fc.assert(
        fc.property(steps, fc.infiniteStream(fc.nat(1_000_000)), (plan, draws) => {
          const draw = (min: number, max: number) => min + ((draws.next().value as number) % (max - min + 1));
          const { rounds } = history(game, plan, draw);
          for (const { log, plays } of rounds.values()) {
            const stored = JSON.parse(JSON.stringify(log)) as LogEntry[];
            const seen = new Set<number>();
            for (const { entry, state } of replay(game, stored)) {
              moves++;
              const play = plays.get(entry.version);
              assert.ok(play, `version ${entry.version} was never told`);
              assert.deepEqual(state, play.state, `version ${entry.version} after ${entry.kind}`);
              seen.add(entry.version);
            }
            assert.deepEqual(
              [...plays.keys()],
              [...seen].sort((a, b) => a - b),
            );
          }
        }),
      );
      assert.ok(moves > 500, `only ${moves} entries were replayed`);
    });

  it("a log that lacks its beginning, is of another game or was changed is not replayed", () => {
    const log = [...(history(dashDice, [], () => 6).rounds.get(1)?.log ?? [])];
    const roll: LogEntry = {
      kind: "action",
      by: asId<UserId>("ann"),
      action: "roll",
      args: {},
      version: 2,
      at: 0,
      owner: asId<UserId>("ann"),
      draws: [7],
    };
    assert.throws(() => [...replay(dashDice, [...log, roll])], /draw 1 of 1 is not in 1\.\.6/);
    assert.throws(() => [...replay(dashDice, [...log, { ...roll, draws: [] }])], /draw 1 of 0/);
    assert.throws(() => [...replay(dashDice, [roll])], /beginning of this log is gone/);
    assert.throws(() => [...replay(goofspiel, log)], /a log of dash-dice/);
  });

  onEachSetup((setup) => {
    const quick = { mode: "quickfire", target: 30 };

    /** ann wins with sixes: five rolls and a bank. */
    async function won(ann: Client, room_id: string): Promise<void> {
      for (let i = 0; i < 5; i++) await act(ann, room_id, "roll");
      await act(ann, room_id, "bank");
      await ann.next("game_ended");
    }

    it("players get the log of a game that is over, in pages, and it makes the states that they saw", async () => {
      const { app, clients, room_id } = await gameOf(setup, ["ann", "bob"], {
        random: always(6),
        options: quick,
      });
      const [ann, bob] = clients as [Client, Client];
      const eve = await app.connect(gameContract, "eve", { worker: 1 });
      await eve.call("room:join", { room_id, spectate: true });
      assert.equal((await ann.refused("match:replay", { room_id })).code, "not_found");
      await won(ann, room_id);
      for (const one of [eve, await app.connect(gameContract, "stranger")])
        assert.equal((await one.refused("match:replay", { room_id })).code, "not_found");
      const entries: LogEntry[] = [];
      let cursor: number | undefined;
      do {
        const page = await bob.call("match:replay", {
          room_id,
          limit: 3,
          ...(cursor === undefined ? {} : { cursor }),
        });
        assert.ok(page.entries.length <= 3 && page.complete);
        assert.deepEqual([page.game, page.round, page.players], ["dash-dice", 1, ["ann", "bob"]]);
        entries.push(
          ...page.entries.map((entry) => ({ ...entry, at: Date.parse(entry.at) }) as unknown as LogEntry),
        );
        cursor = page.cursor;
      } while (cursor !== undefined);
      assert.deepEqual(
        entries.map(({ kind }) => kind),
        ["start", ...Array.from({ length: 6 }, () => "action"), "end"],
      );
      const states = new Map(
        [...replay(dashDice, entries)].map(({ entry, state }) => [entry.version, state]),
      );
      const seen = bob.log.filter(({ event }) => event === "game_state").map(({ payload }) => payload);
      assert.equal(seen.length, 6);
      for (const { version, state } of seen as { version: number; state: unknown }[])
        assert.deepEqual(states.get(version), state);
    });

    it("each game of a room has its own, also when the room is gone", async () => {
      const { app, clients, room_id } = await gameOf(setup, ["ann", "bob"], {
        random: always(6),
        options: quick,
      });
      const [ann, bob] = clients as [Client, Client];
      await won(ann, room_id);
      for (const one of [ann, bob]) await one.call("room:rematch", { room_id });
      await ann.next("game_started");
      assert.equal((await ann.call("match:replay", { room_id })).round, 1);
      assert.equal((await ann.refused("match:replay", { room_id, round: 2 })).code, "not_found");
      await won(ann, room_id);
      const second = await bob.call("match:replay", { room_id });
      assert.deepEqual([second.round, second.entries[0]?.version], [2, 8]);
      for (const one of [ann, bob]) await one.call("room:leave", { room_id });
      await app.runDue();
      assert.equal((await ann.refused("room:state", { room_id })).code, "not_found");
      const kept = await ann.call("match:replay", { room_id, round: 2 });
      assert.deepEqual(kept.entries, second.entries);
    });

    it("refuses a request that is invalid, and a game without a log", async () => {
      const { clients, room_id } = await gameOf(setup, ["ann", "bob"], { game: "relay" });
      const [ann, bob] = clients as [Client, Client];
      await act(ann, room_id, "set", { state: { secret: 1 } });
      await bob.call("room:leave", { room_id });
      for (const wrong of [
        {},
        { room_id, limit: 0 },
        { room_id, limit: 501 },
        { room_id, cursor: -1 },
        { room_id, round: 0 },
      ])
        assert.equal((await ann.refused("match:replay", wrong)).code, "invalid_payload");
      assert.equal((await ann.refused("match:replay", { room_id })).code, "not_found");
      assert.equal((await ann.refused("match:replay", { room_id: "__proto__" })).code, "not_found");
    });

    it("arguments that are too large for the log are refused, and arguments that an action does not take are not logged", async () => {
      const text = defineGame<{ n: number }>({
        name: "text",
        players: { min: 1, max: 1 },
        setup: () => ({ n: 0 }),
        actions: {
          say: action(Type.Object({ text: Type.String() }), (state: { n: number }) => ({
            state: { n: state.n + 1 },
          })),
        },
        result: ({ n }) => (n > 0 ? { winners: [], reason: "said" } : undefined),
      });
      const { clients, room_id } = await gameOf(setup, ["ann"], { game: "text", games: [text] });
      const [ann] = clients as [Client];
      const large = { room_id, action: "say", args: { text: "x".repeat(5_000) } };
      assert.equal((await ann.refused("game:action", large)).code, "payload_too_large");
      await act(ann, room_id, "say", { text: "hi", junk: "y".repeat(5_000) });
      const { entries } = await ann.call("match:replay", { room_id });
      assert.deepEqual(entries[1]?.args, { text: "hi" });
    });
  });
});
