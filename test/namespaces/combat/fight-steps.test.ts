import assert from "node:assert/strict";
import fc from "fast-check";
import { Type } from "typebox";
import { GameError } from "../../../core/contract/errors.ts";
import { type Combatant, defineAction, defineRuleset, type Ruleset } from "../../../core/games/ruleset.ts";
import { asId, type CombatId, type UserId } from "../../../core/ids.ts";
import { cryptoRandom } from "../../../core/random.ts";
import type { Fight } from "../../../namespaces/combat/fight.ts";
import * as steps from "../../../namespaces/combat/fight-steps.ts";
import type { FightStore } from "../../../namespaces/combat/fight-store.ts";
import { type EndedFight, handOut } from "../../../namespaces/combat/rewards.ts";
import * as rules from "../../../namespaces/combat/rules.ts";
import { replayFight } from "../../../namespaces/combat/shown/replay.ts";

interface Race {
  readonly order: readonly Combatant[];
  readonly at: number;
  readonly points: Readonly<Record<string, number>>;
  readonly left: readonly string[];
}

const next = (state: Race, by: string, points: number): Race => ({
  ...state,
  at: (state.at + 1) % state.order.length,
  points: { ...state.points, [by]: (state.points[by] ?? 0) + points },
});

/** Combatants add to their points in turn; ten points win. */
const race: Ruleset<Race> = defineRuleset<Race>({
  name: "race",
  combatants: { min: 1, max: 4 },
  maxTurns: 40,
  actions: {
    add: defineAction({
      summary: "Adds points.",
      args: Type.Object({ points: Type.Integer() }),
      apply(state: Race, by, { args }, random) {
        if (args.points > 3) throw new GameError("conflict", { message: "too many points" });
        const points = args.points + random.int(0, 1);
        return { state: next(state, by, points), effects: [{ kind: "added", points }] };
      },
    }),
    leave: defineAction({
      summary: "Leaves.",
      args: Type.Object({}),
      apply: (state: Race, by) => ({
        state: { ...next(state, by, 0), left: [...state.left, by] },
        effects: [],
      }),
    }),
  },
  setup: (order) => ({ order, at: 0, points: {}, left: [] }),
  actor: (state) => state.order[state.at]?.id ?? "",
  legal: () => [],
  defaultMove: () => ({ action: "add", args: { points: 0 } }),
  monsterMove: (_state, _by, random) => ({ action: "add", args: { points: random.int(1, 2) } }),
  forfeit: (state, who) => ({
    state: { ...state, left: [...state.left, who] },
    effects: [{ kind: "gave_up" }],
  }),
  departed: (state, who) => state.left.includes(who),
  verdict(state, final) {
    const winner = state.order.find(({ id }) => (state.points[id] ?? 0) >= 10);
    if (winner) return { winner: winner.team, result: { reason: "points" } };
    if (final || state.left.length > 0) return { winner: null, result: { reason: final ? "turns" : "left" } };
    return null;
  },
  view: (state) => state,
});

const NOW = 1_000_000;
const ann = asId<UserId>("ann");
const player = (id: string, team: number): Combatant => ({ id, kind: "player", team });
const ogre: Combatant = { id: "ogre", kind: "monster", team: 9 };

const contextWith = (ruleset: Ruleset<Race> = race, now = NOW): rules.RuleContext => ({
  ruleset,
  now,
  random: { int: (min) => min },
  forfeitAfter: 2,
});

function newFight(combatants: readonly Combatant[], ctx = contextWith(), bankMs = 0): Fight {
  return rules.createFight(
    { id: asId<CombatId>("c_1"), createdBy: ann, combatants, turnMs: 30_000, bankMs, joinMs: 60_000 },
    ctx,
  );
}

/** A fight on its first turn. */
function runningFight(combatants: readonly Combatant[], ctx = contextWith(), bankMs = 0): Fight {
  const under = steps.begin(newFight(combatants, ctx, bankMs), ctx);
  for (const { id, kind } of combatants)
    if (kind === "player") steps.setParticipant(under, id, { joined: true, connected: true });
  steps.start(under);
  return under.fight;
}

const duel = [player("ann", 1), player("bob", 2)];
const add = (points: number) => ({ action: "add", args: { points } });
const kinds = (under: steps.FightSteps) => under.entries.map(({ kind }) => kind);
const refusedWith = (code: string) => (err: unknown) => err instanceof GameError && err.code === code;
const isFault = (pattern: RegExp) => (err: unknown) =>
  err instanceof Error && !(err instanceof GameError) && pattern.test(err.message);

describe("fight steps", () => {
  it("start a fight with the first player's turn, whose deadline counts the player's bank", () => {
    const ctx = contextWith();
    const under = steps.begin(newFight(duel, ctx, 5_000), ctx);
    const before = structuredClone(under.fight);
    steps.start(under);
    assert.deepEqual(kinds(under), ["started", "turn"]);
    assert.deepEqual(under.entries[1], {
      kind: "turn",
      turn: 1,
      actor: "ann",
      deadline: NOW + 35_000,
      version: before.version + 1,
    });
    assert.deepEqual([under.fight.phase, under.fight.turn, under.fight.turnBeganAt], ["running", 1, NOW]);
    assert.equal(before.phase, "waiting");
  });

  it("start it only once every player has joined or left", () => {
    const ctx = contextWith();
    const under = steps.begin(newFight(duel, ctx), ctx);
    steps.setParticipant(under, "ann", { joined: true });
    steps.startWhenComplete(under);
    assert.equal(under.fight.phase, "waiting");
    steps.setParticipant(under, "bob", { left: true });
    steps.startWhenComplete(under);
    assert.equal(under.fight.phase, "running");
  });

  it("make a move: its outcome, draws and version are in the log and in the entry", () => {
    const fight = runningFight(duel);
    const under = steps.begin(fight, contextWith());
    const logged = steps.makeMove(under, "player", "ann", add(2));
    assert.deepEqual(logged, {
      seq: 1,
      turn: 1,
      at: NOW,
      cause: "player",
      actor: "ann",
      action: "add",
      target: null,
      args: { points: 2 },
      effects: [{ kind: "added", points: 2 }],
      draws: [0],
      version: fight.version + 1,
    });
    assert.deepEqual(under.fight.log, [logged]);
    assert.equal((under.fight.state as Race).points.ann, 2);
    assert.deepEqual(kinds(under), ["result"]);
    assert.deepEqual(fight.log, [], "the fight before the step is unchanged");
  });

  it("refuse an unknown action, and what the ruleset refuses, with their codes and without a trace", () => {
    const fight = runningFight(duel);
    const under = steps.begin(fight, contextWith());
    for (const [move, code] of [
      [{ action: "win", args: {} }, "invalid_payload"],
      [{ action: "constructor", args: {} }, "invalid_payload"],
      [add(4), "conflict"],
    ] as const)
      assert.throws(() => steps.makeMove(under, "player", "ann", move), refusedWith(code));
    assert.deepEqual([under.fight, under.entries], [fight, []]);
    assert.throws(() => rules.act(fight, asId("bob"), add(1), contextWith()), refusedWith("not_your_turn"));
  });

  it("call a refused move of the ruleset's own a fault of the ruleset", () => {
    const cheating = { ...race, monsterMove: () => add(4) };
    const ctx = contextWith(cheating);
    assert.throws(() => runningFight([ogre, ...duel], ctx), isFault(/race: a move of its own was refused/));
  });

  it("let monsters act one after the other until it is a player's turn", () => {
    const troll: Combatant = { id: "troll", kind: "monster", team: 9 };
    const fight = runningFight([player("ann", 1), ogre, troll]);
    const under = steps.begin(fight, contextWith());
    steps.makeMove(under, "player", "ann", add(1));
    steps.playOn(under);
    assert.deepEqual(kinds(under), ["result", "result", "result", "turn"]);
    assert.deepEqual(
      under.fight.log.map(({ cause, actor, turn }) => [cause, actor, turn]),
      [
        ["player", "ann", 1],
        ["monster", "ogre", 2],
        ["monster", "troll", 3],
      ],
    );
    assert.equal(under.fight.turn, 4);
  });

  it("stop where the ruleset names an actor that is not in the fight", () => {
    const lost = contextWith({ ...race, actor: () => "nobody" });
    assert.throws(() => runningFight(duel, lost), isFault(/actor\(\) names nobody/));
  });

  it("end a fight at the ruleset's verdict, and after its last turn in any case", () => {
    const won = steps.begin(runningFight([ogre]), contextWith());
    assert.deepEqual(
      [won.fight.phase, won.fight.winner, won.fight.result],
      ["ended", 9, { reason: "points" }],
    );
    assert.equal(won.fight.deadline, null);
    const short = contextWith({ ...race, maxTurns: 2 });
    const over = steps.begin(runningFight(duel, short), short);
    assert.equal(steps.endIfDecided(over), false);
    steps.makeMove(over, "player", "ann", add(1));
    steps.playOn(over);
    assert.deepEqual(kinds(over), ["result", "turn"]);
    steps.makeMove(over, "player", "bob", add(1));
    steps.playOn(over);
    assert.deepEqual(over.entries.at(-1), {
      kind: "ended",
      winner: null,
      result: { reason: "turns" },
      version: over.fight.version,
    });
    const undecided = contextWith({ ...race, maxTurns: 1, verdict: () => null });
    const fight = { ...runningFight(duel), turn: 1 };
    assert.throws(() => steps.endIfDecided(steps.begin(fight, undecided)), isFault(/verdict\(\) gives none/));
  });

  it("take a player out by forfeit, and mark players that left by a move of their own", () => {
    const gaveUp = steps.begin(runningFight(duel), contextWith());
    const logged = steps.forfeit(gaveUp, "bob");
    assert.deepEqual([logged.cause, logged.action, logged.draws], ["forfeit", "forfeit", []]);
    const left = steps.begin(runningFight(duel), contextWith());
    steps.makeMove(left, "player", "ann", { action: "leave", args: {} });
    for (const [under, who] of [
      [gaveUp, "bob"],
      [left, "ann"],
    ] as const) {
      assert.deepEqual(under.entries.at(-1), { kind: "participant", userId: who, status: "left" });
      assert.equal(under.fight.participants.find(({ id }) => id === who)?.left, true);
    }
  });

  it("take the time beyond a turn's own out of the bank, down to nothing", () => {
    const bankAfter = (ms: number) => {
      const under = steps.begin(runningFight(duel, contextWith(), 10_000), contextWith(race, NOW + ms));
      steps.spendBank(under, "ann");
      return under.fight.participants[0]?.bankMs;
    };
    assert.deepEqual([bankAfter(30_000), bankAfter(34_000), bankAfter(50_000)], [10_000, 6_000, 0]);
  });

  it("make the default move at a time-out, and forfeit after too many in a row", () => {
    const first = rules.timeOut(runningFight(duel), 1, contextWith());
    assert.ok(first);
    assert.deepEqual([first.fight.log[0]?.cause, first.fight.log[0]?.args], ["timeout", { points: 0 }]);
    const bobs = rules.act(first.fight, asId("bob"), add(1), contextWith()).fight;
    const second = rules.timeOut(bobs, bobs.turn, contextWith());
    assert.ok(second);
    assert.equal(second.fight.log.at(-1)?.cause, "forfeit");
    assert.deepEqual([second.fight.phase, second.fight.result], ["ended", { reason: "left" }]);
  });

  it("are replayed from the log to the state after each of them", () => {
    const choices = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(choices, (picks) => {
        const ctx = { ...contextWith(), random: cryptoRandom };
        let fight = runningFight([...duel, ogre], ctx);
        const history = [{ moves: 0, state: newFight([...duel, ogre], ctx).state }];
        for (const pick of picks) {
          if (fight.phase !== "running") break;
          const actor = asId<UserId>(race.actor(fight.state as Race));
          const done: steps.FightChange | undefined =
            pick === 4 ? rules.timeOut(fight, fight.turn, ctx) : rules.act(fight, actor, add(pick), ctx);
          assert.ok(done);
          fight = done.fight;
          history.push({ moves: fight.log.length, state: fight.state });
        }
        for (const { moves, state } of history)
          assert.deepEqual(
            [...replayFight({ ...fight, log: fight.log.slice(0, moves) }, race)].at(-1),
            state,
          );
      }),
    );
  });

  it("hand the result of an ended fight out once, with each player's team and whether it left", async () => {
    let fight = rules.act(runningFight(duel), ann, { action: "leave", args: {} }, contextWith()).fight;
    const store = {
      async change(_id, decide) {
        const { change, result } = decide(fight, contextWith());
        fight = change?.fight ?? fight;
        return { result, committed: undefined, duplicate: false };
      },
    } as Pick<FightStore, "change"> as FightStore;
    const got: EndedFight[] = [];
    const rewards = async (ended: EndedFight) => void got.push(ended);
    await assert.rejects(
      handOut(fight, store, () => Promise.reject(new Error("away"))),
      /away/,
    );
    assert.equal(fight.rewarded, false, "a failure is tried again later");
    await handOut(fight, store, rewards);
    await handOut(fight, store, rewards);
    assert.deepEqual(got, [
      {
        combatId: "c_1",
        ruleset: "race",
        players: [
          { userId: "ann", team: 1, left: true },
          { userId: "bob", team: 2, left: false },
        ],
        winner: null,
        result: { reason: "left" },
      },
    ]);
  });
});
