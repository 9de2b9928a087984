import assert from "node:assert/strict";
import fc from "fast-check";
import { GameError } from "../../../core/contract/errors.ts";
import type { Combatant, Ruleset } from "../../../core/games/ruleset.ts";
import { asId, type CombatId, type UserId } from "../../../core/ids.ts";
import { cryptoRandom, type Random } from "../../../core/random.ts";
import { skirmish } from "../../../games/skirmish.ts";
import type { Fight, FightEntry } from "../../../namespaces/combat/fight.ts";
import * as rules from "../../../namespaces/combat/rules.ts";
import { loadRulesets } from "../../../namespaces/combat/rulesets.ts";
import { replayFight } from "../../../namespaces/combat/shown/replay.ts";

const user = (name: string) => asId<UserId>(name);
const ann = user("ann");
const bob = user("bob");
const NOW = 1_000_000;

const contextAt = (now: number, random: Random = cryptoRandom): rules.RuleContext => ({
  ruleset: skirmish,
  now,
  random,
  forfeitAfter: 3,
});

/** Ann is first: her throw for initiative is the higher one. */
const middling: Random = { int: (min, max) => Math.floor((min + max) / 2) };

function fightOf(combatants: readonly Combatant[], bankMs = 0, ctx = contextAt(NOW, middling)): Fight {
  return rules.createFight(
    { id: asId<CombatId>("c_1"), createdBy: ann, combatants, turnMs: 30_000, bankMs, joinMs: 60_000 },
    ctx,
  );
}

const duel: Combatant[] = [
  { id: "ann", kind: "player", team: 1 },
  { id: "bob", kind: "player", team: 2 },
];

function changed(result: rules.FightChange | undefined): rules.FightChange {
  assert.ok(result, "something changed");
  return result;
}

function started(bankMs = 0): Fight {
  const joined = changed(rules.join(fightOf(duel, bankMs), ann, contextAt(NOW))).fight;
  return changed(rules.join(joined, bob, contextAt(NOW))).fight;
}

const kinds = (entries: readonly FightEntry[]) => entries.map(({ kind }) => kind);
const attack = { action: "attack", args: {} };
const refusedWith = (code: string) => (err: unknown) => err instanceof GameError && err.code === code;

describe("combat: the rules of a fight", () => {
  it("starts when the last of its players has joined, the creator too", () => {
    const first = changed(rules.join(fightOf(duel), bob, contextAt(NOW)));
    assert.deepEqual([first.fight.phase, kinds(first.entries)], ["waiting", ["participant"]]);
    const second = changed(rules.join(first.fight, ann, contextAt(NOW)));
    assert.deepEqual(kinds(second.entries), ["participant", "started", "turn"]);
    assert.equal(second.fight.deadline, NOW + 30_000);
    assert.equal(rules.join(second.fight, ann, contextAt(NOW)), undefined);
    assert.throws(() => rules.join(second.fight, user("eve"), contextAt(NOW)), refusedWith("not_found"));
  });

  it("starts without those who have not joined in time, and ends where nobody has", () => {
    const one = changed(rules.join(fightOf(duel), bob, contextAt(NOW))).fight;
    assert.equal(changed(rules.joinTimeOut(one, contextAt(NOW))).fight.phase, "running");
    const none = changed(rules.joinTimeOut(fightOf(duel), contextAt(NOW)));
    assert.deepEqual(kinds(none.entries), ["ended"]);
    assert.equal(none.fight.winner, null);
    assert.equal(rules.joinTimeOut(started(), contextAt(NOW)), undefined);
  });

  it("ends before the start where those who declined leave one team", () => {
    const declined = rules.decline(fightOf(duel), bob, contextAt(NOW));
    assert.deepEqual(kinds(declined.entries), ["result", "participant", "ended"]);
    assert.equal(declined.fight.winner, 1);
    assert.throws(() => rules.decline(declined.fight, bob, contextAt(NOW)), refusedWith("conflict"));
  });

  it("lets only the one on turn act, only while it runs", () => {
    const act = (fight: Fight, who: UserId) => () => rules.act(fight, who, attack, contextAt(NOW));
    assert.throws(act(fightOf(duel), ann), refusedWith("conflict"));
    assert.throws(act(started(), bob), refusedWith("not_your_turn"));
    const next = rules.act(started(), ann, attack, contextAt(NOW));
    assert.deepEqual(kinds(next.entries), ["result", "turn"]);
    assert.equal(skirmish.actor(next.fight.state as never), "bob");
  });

  it("takes the default action once when the time is over, for that turn alone", () => {
    const fight = started();
    const late = changed(rules.timeOut(fight, 1, contextAt(NOW + 30_000)));
    assert.deepEqual(kinds(late.entries), ["timeout", "result", "turn"]);
    assert.equal(late.fight.log[0]?.action, "defend");
    assert.equal(rules.timeOut(late.fight, 1, contextAt(NOW + 30_000)), undefined);
    assert.equal(rules.timeOut(fightOf(duel), 0, contextAt(NOW)), undefined);
  });

  it("takes a player out after three time-outs in a row, not after three in all", () => {
    let fight = started();
    const timeOut = () => {
      fight = changed(rules.timeOut(fight, fight.turn, contextAt(NOW))).fight;
    };
    const act = (who: UserId) => {
      fight = rules.act(fight, who, { action: "defend", args: {} }, contextAt(NOW)).fight;
    };
    for (let i = 0; i < 2; i++) {
      timeOut();
      act(bob);
    }
    act(ann);
    act(bob);
    for (let i = 0; i < 2; i++) {
      timeOut();
      act(bob);
      assert.equal(fight.phase, "running");
    }
    timeOut();
    assert.deepEqual([fight.phase, fight.winner], ["ended", 2]);
    assert.equal(fight.log.at(-1)?.cause, "forfeit");
  });

  it("takes time beyond the turn's out of the player's bank, and all of it at a time-out", () => {
    const fight = started(10_000);
    assert.equal(fight.deadline, NOW + 40_000);
    const bankOf = (of: Fight) => of.participants.find(({ id }) => id === "ann")?.bankMs;
    const quick = rules.act(fight, ann, attack, contextAt(NOW + 29_000)).fight;
    assert.equal(bankOf(quick), 10_000);
    const slow = rules.act(fight, ann, attack, contextAt(NOW + 34_000)).fight;
    assert.equal(bankOf(slow), 6_000);
    const out = changed(rules.timeOut(fight, 1, contextAt(NOW + 40_000))).fight;
    assert.equal(bankOf(out), 0);
  });

  it("tells of connections of those who have joined, once", () => {
    const gone = changed(rules.setConnected(started(), bob, false, contextAt(NOW)));
    assert.deepEqual(gone.entries, [{ kind: "participant", userId: "bob", status: "disconnected" }]);
    assert.equal(gone.fight.version, started().version);
    assert.equal(rules.setConnected(gone.fight, bob, false, contextAt(NOW)), undefined);
    assert.equal(changed(rules.setConnected(gone.fight, bob, true, contextAt(NOW))).entries.length, 1);
    assert.equal(rules.setConnected(fightOf(duel), bob, false, contextAt(NOW)), undefined);
  });

  it("refuses a fight that can't be", () => {
    const refused = (combatants: Combatant[]) =>
      assert.throws(() => fightOf(combatants), refusedWith("invalid_payload"));
    refused([{ id: "ann", kind: "player", team: 1 }]);
    refused([...duel, { id: "bob", kind: "monster", team: 1 }]);
    refused(duel.map((who) => ({ ...who, team: 1 })));
    refused(Array.from({ length: 17 }, (_, i) => ({ id: `m${i}`, kind: "monster" as const, team: i })));
  });

  it("can be replayed from its log, with monsters, time-outs and all", () => {
    const choices = fc.array(fc.nat(1_000), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(choices, (picks) => {
        const ogre: Combatant = { id: "ogre", kind: "monster", team: 3 };
        let fight = fightOf([...duel, ogre], 0, contextAt(NOW));
        for (const who of [ann, bob]) fight = changed(rules.join(fight, who, contextAt(NOW))).fight;
        let seen = 0;
        for (let i = 0; fight.phase === "running"; i++) {
          const actor = user(skirmish.actor(fight.state as never));
          const moves = skirmish.legal(fight.state as never, actor);
          const pick = picks[i % picks.length] ?? 0;
          const move = moves[pick % moves.length];
          const step: rules.FightChange =
            move === undefined || pick % 7 === 0
              ? changed(rules.timeOut(fight, fight.turn, contextAt(NOW)))
              : rules.act(fight, actor, move, contextAt(NOW));
          fight = step.fight;
          for (const entry of step.entries) {
            if (entry.kind !== "result") continue;
            assert.ok(entry.version > seen, "versions grow with every move");
            seen = entry.version;
          }
        }
        assert.deepEqual([...replayFight(fight, skirmish)].at(-1), fight.state);
      }),
    );
  });
});

describe("combat: rulesets", () => {
  const broken = (change: object) => () => loadRulesets([{ ...skirmish, ...change } as Ruleset<unknown>]);

  it("are refused at the start with the reason", () => {
    assert.throws(() => loadRulesets([]), /at least one ruleset/);
    assert.throws(() => loadRulesets([skirmish, skirmish]), /skirmish: there are two/);
    assert.throws(broken({ name: "no such name" }), /name must be/);
    assert.throws(broken({ combatants: { min: 3, max: 2 } }), /combatants must be/);
    assert.throws(broken({ maxTurns: Number.POSITIVE_INFINITY }), /maxTurns/);
    assert.throws(broken({ actions: {} }), /actions must hold/);
    assert.throws(broken({ verdict: undefined }), /verdict must be a function/);
    assert.throws(broken({ actions: { a: { args: {}, apply: 1 } } }), /actions\.a\.apply/);
  });

  it("take only the arguments that their actions know", () => {
    const loaded = loadRulesets([skirmish]).get("skirmish");
    assert.ok(loaded);
    const hostile: unknown = JSON.parse('{"skill":"mend","__proto__":{"x":1},"more":2}');
    assert.deepEqual(Object.entries(loaded.parseArgs("skill", hostile) as object), [["skill", "mend"]]);
    assert.throws(() => loaded.parseArgs("skill", { skill: "win" }), refusedWith("invalid_payload"));
    assert.throws(() => loaded.parseArgs("constructor", {}), refusedWith("invalid_payload"));
  });
});
