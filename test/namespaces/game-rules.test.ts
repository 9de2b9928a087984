import assert from "node:assert/strict";
import fc from "fast-check";
import { Type } from "typebox";
import { action, defineGame } from "../../core/games/game.ts";
import { asId, type RoomId, type UserId } from "../../core/ids.ts";
import { dashDice } from "../../games/dash-dice.ts";
import { relay } from "../../games/relay.ts";
import { statePayload } from "../../namespaces/game/delivery/view.ts";
import { playMove, startGame } from "../../namespaces/game/play/play.ts";
import { forfeitSeat, leave, takeSeat } from "../../namespaces/game/play/players.ts";
import { joinedEntries } from "../../namespaces/game/presence/coalesce.ts";
import type { PresenceEntry } from "../../namespaces/game/presence/stored.ts";
import { laterOf } from "../../namespaces/game/rooms/outbox.ts";
import { markConnected, openRoom, type RoomDecision } from "../../namespaces/game/rooms/rules.ts";
import type { Room } from "../../namespaces/game/rooms/stored.ts";
import type { UserView } from "../../namespaces/game/schema.ts";

const id = asId<RoomId>("r_test");
const user = (name: string) => ({ userId: asId<UserId>(name), name });
const [ann, bob, cat] = [user("ann"), user("bob"), user("cat")];
const at = { now: 1, random: { int: (min: number) => min + 1 } };

const lobbyOf = (game = dashDice): Room => openRoom({ id, game, joinCode: null, now: 0 }, ann);
const settle = (before: Room, decision: RoomDecision): Room =>
  decision.room === undefined ? before : (decision.room ?? assert.fail("the room is still there"));
const kinds = ({ entries }: RoomDecision) => entries.map(({ kind }) => kind);
const code = (expected: string) => (error: unknown) => (error as { code?: string }).code === expected;

/** ann and bob at dash-dice. */
function playing(): Room {
  const room = lobbyOf();
  return startGame(settle(room, takeSeat(room, dashDice, bob, at)), dashDice, at).room;
}

describe("/game rules", () => {
  it("max_players must be what the game allows", () => {
    for (const maxPlayers of [1, 33])
      assert.throws(
        () => openRoom({ id, game: dashDice, maxPlayers, joinCode: null, now: 0 }, ann),
        code("invalid_payload"),
      );
  });

  it("nobody takes a seat in a running game, unless the game lets them", () => {
    assert.throws(() => takeSeat(playing(), dashDice, cat, at), code("conflict"));
    const room = startGame(lobbyOf(relay), relay, at).room;
    const joined = settle(room, takeSeat(room, relay, cat, at));
    assert.deepEqual(joined.play?.players, [ann.userId, cat.userId]);
    assert.equal(joined.play?.version, 1);
  });

  it("a move of somebody who does not play is refused, and one on another version is stale", () => {
    const roll = { action: "roll", args: {} };
    assert.throws(() => playMove(playing(), dashDice, cat.userId, roll, at), code("forbidden"));
    assert.throws(
      () => playMove(playing(), dashDice, ann.userId, { ...roll, version: 2 }, at),
      code("stale_version"),
    );
    assert.equal(playMove(playing(), dashDice, ann.userId, { ...roll, version: 1 }, at).version, 2);
  });

  it("a state larger than a room may hold is refused, and one just below is not", () => {
    const room = startGame(lobbyOf(relay), relay, at).room;
    const set = (length: number) => ({ action: "set", args: { state: "x".repeat(length) } });
    assert.equal(playMove(room, relay, ann.userId, set(65_000), at).version, 2);
    assert.throws(() => playMove(room, relay, ann.userId, set(66_000), at), code("payload_too_large"));
  });

  it("the end of a game is told after its last state, once", () => {
    const decision = leave(playing(), dashDice, bob.userId, at);
    assert.deepEqual(kinds(decision), ["played", "ended", "updated", "left", "updated"]);
    const ended = settle(playing(), decision);
    assert.deepEqual(ended.result?.winners, [ann.userId]);
    const again = leave(ended, dashDice, ann.userId, at);
    assert.equal(again.room, null);
    assert.deepEqual(kinds(again), ["left", "closed"]);
  });

  it("a game that nobody is left in is over, whatever its rules", () => {
    const room = startGame(lobbyOf(relay), relay, at).room;
    const away = settle(room, markConnected(room, ann.userId, false));
    const dropped = settle(away, forfeitSeat(away, relay, ann.userId, at));
    assert.equal(dropped.phase, "ended");
    assert.deepEqual(dropped.result, { winners: [], reason: "abandoned" });
  });

  it("a seat is not forfeited by somebody who is there, and only once", () => {
    const room = playing();
    assert.equal(forfeitSeat(room, dashDice, bob.userId, at).room, undefined);
    const away = settle(room, markConnected(room, bob.userId, false));
    const dropped = settle(away, forfeitSeat(away, dashDice, bob.userId, at));
    assert.equal(dropped.seats.find(({ userId }) => userId === bob.userId)?.dropped, true);
    assert.equal(forfeitSeat(dropped, dashDice, bob.userId, at).room, undefined);
  });

  it("the room goes to a player who is there when its owner drops out", () => {
    let room = lobbyOf();
    for (const one of [bob, cat]) room = settle(room, takeSeat(room, dashDice, one, at));
    room = startGame(room, dashDice, at).room;
    for (const one of [ann, bob]) room = settle(room, markConnected(room, one.userId, false));
    room = settle(room, forfeitSeat(room, dashDice, ann.userId, at));
    assert.equal(room.owner, cat.userId);
  });

  it("a held seat has one deadline, which goes when its player is back or gone", () => {
    const times = { now: 10, seatUntil: 30, goneAt: 99, lonelyUntil: 3_600, tellsEnds: false };
    const room = playing();
    const away = markConnected(room, bob.userId, false);
    const held = settle(room, away);
    const seatsOf = (before: Room, decision: RoomDecision) =>
      laterOf(before, decision.room ?? null, decision.entries, times)
        .filter(({ kind }) => kind === "game:seat")
        .map(({ id: who, dueAt }) => [who, dueAt]);
    assert.deepEqual(seatsOf(room, away), [["bob", 30]]);
    assert.deepEqual(seatsOf(held, markConnected(held, bob.userId, true)), [["bob", null]]);
    assert.deepEqual(seatsOf(held, leave(held, dashDice, bob.userId, at)), [["bob", null]]);
    assert.deepEqual(
      seatsOf(held, playMove(held, dashDice, ann.userId, { action: "roll", args: {} }, at)),
      [],
    );
  });

  it("the end of a match is put into the outbox, and of another room it is not", () => {
    const times = { now: 10, seatUntil: 30, goneAt: 99, lonelyUntil: 3_600, tellsEnds: false };
    for (const match of [true, false]) {
      const room = { ...playing(), match };
      const decision = leave(room, dashDice, bob.userId, at);
      const later = laterOf(room, decision.room ?? null, decision.entries, times);
      const told = later.filter(({ kind }) => kind === "match:ended");
      assert.equal(told.length, match ? 1 : 0);
      if (match)
        assert.deepEqual(told[0]?.payload, {
          matchId: id,
          players: [ann.userId, bob.userId],
          result: {
            winners: [ann.userId],
            reason: "forfeit",
            scores: [
              { user_id: "ann", score: 0 },
              { user_id: "bob", score: 0 },
            ],
          },
        });
    }
  });

  it("what is hidden reaches its player only", () => {
    const cards = defineGame<{ hands: { user_id: UserId; card: number }[] }>({
      name: "cards",
      players: { min: 2, max: 2 },
      setup: (players) => ({ hands: players.map((user_id, card) => ({ user_id, card })) }),
      actions: {
        pass: action(Type.Object({}), (state: { hands: { user_id: UserId; card: number }[] }) => ({ state })),
      },
      view: ({ hands }, viewer) =>
        hands.map((hand) => (hand.user_id === viewer ? hand : { user_id: hand.user_id })),
    });
    const players = [ann.userId, bob.userId];
    const play = {
      players,
      state: cards.setup(players, {}, { ...at, owner: ann.userId, teams: [] }),
      version: 2,
      round: 1,
      first: 1,
      turn: null,
    };
    const events = [{ type: "drawn", card: 1, only: [bob.userId] }, { type: "passed" }];
    const seen = (viewer: UserId) => statePayload(id, cards, { play, events }, viewer);
    assert.deepEqual(seen(bob.userId).state, [{ user_id: "ann" }, { user_id: "bob", card: 1 }]);
    assert.deepEqual(seen(bob.userId).events, [{ type: "drawn", card: 1 }, { type: "passed" }]);
    assert.deepEqual(seen(cat.userId).state, [{ user_id: "ann" }, { user_id: "bob" }]);
    assert.deepEqual(seen(ann.userId).events, [{ type: "passed" }]);
  });

  it("any course of a room keeps its invariants: seats within bounds, an owner with a seat, versions that only grow", () => {
    const names = ["ann", "bob", "cat", "dan", "eve"];
    const step = fc.record({
      who: fc.nat(names.length - 1),
      what: fc.constantFrom("join", "leave", "away", "back", "expire", "start", "roll", "bank"),
      die: fc.integer({ min: 1, max: 6 }),
    });
    fc.assert(
      fc.property(fc.constantFrom(dashDice, relay), fc.array(step, { maxLength: 80 }), (game, steps) => {
        let room: Room = { ...lobbyOf(game), maxPlayers: 3 };
        for (const { who, what, die } of steps) {
          const one = user(names[who] ?? "ann");
          const chance = { now: 1, random: { int: () => die } };
          let decision: RoomDecision;
          try {
            switch (what) {
              case "join":
                decision = takeSeat(room, game, one, chance);
                break;
              case "leave":
                decision = leave(room, game, one.userId, chance);
                break;
              case "away":
              case "back":
                decision = markConnected(room, one.userId, what === "back");
                break;
              case "expire":
                decision = forfeitSeat(room, game, one.userId, chance);
                break;
              case "start":
                decision = startGame(room, game, chance);
                break;
              default:
                decision = playMove(room, game, one.userId, { action: what, args: {} }, chance);
            }
          } catch (err) {
            assert.ok((err as { code?: string }).code, String(err));
            continue;
          }
          const version = room.play?.version ?? 0;
          if (decision.room === null) return;
          if (decision.room === undefined) continue;
          assert.notEqual(kinds(decision).length === 0 && decision.room.phase !== room.phase, true);
          const before = room;
          room = decision.room;
          assert.ok(room.seats.length >= 1 && room.seats.length <= 3);
          assert.ok(room.seats.some(({ userId }) => userId === room.owner));
          assert.equal(new Set(room.seats.map(({ userId }) => userId)).size, room.seats.length);
          assert.ok((room.play?.version ?? 0) >= version);
          assert.equal(room.result !== null, room.phase === "ended");
          assert.equal(
            kinds(decision).filter((kind) => kind === "ended").length,
            room.phase === "ended" && before.phase !== "ended" ? 1 : 0,
          );
          if (room.phase === "playing")
            assert.ok(
              room.seats.some(({ userId, dropped }) => !dropped && room.play?.players.includes(userId)),
            );
        }
      }),
    );
  });
});

describe("/game presence feed", () => {
  const view = (name: string, connections = 1): UserView => ({
    user_id: name,
    name,
    status: "online",
    connections,
  });

  it("joins a user's changes so that a follower ends where the changes end", () => {
    const entry = fc.oneof(
      fc.constant("joined" as const),
      fc.constant("updated" as const),
      fc.constant("left" as const),
    );
    fc.assert(
      fc.property(fc.boolean(), fc.array(entry, { maxLength: 12 }), (known, wished) => {
        // Only what can happen: a user who is there joins no more, one who is not neither leaves nor changes.
        let there = known;
        let joined: PresenceEntry | undefined;
        wished.forEach((kind, i) => {
          if ((kind === "joined") === there) return;
          there = kind !== "left";
          const next: PresenceEntry =
            kind === "left"
              ? { kind, userId: ann.userId, guild: null }
              : { kind, user: view("ann", i), guild: null };
          joined = joinedEntries(joined, next);
        });
        if (joined === undefined) assert.equal(there, known);
        else if (joined.kind === "left") assert.deepEqual([known, there], [true, false]);
        else assert.deepEqual([known, there], [joined.kind === "updated", true]);
      }),
    );
  });

  it("keeps the guild that a user was last known in, whatever they did meanwhile", () => {
    const left = { kind: "left", userId: ann.userId, guild: "red" } as const;
    const joined = { kind: "joined", user: view("ann"), guild: "blue" } as const;
    const moved = { kind: "updated", user: view("ann"), guild: "blue", formerGuild: "green" } as const;
    const back = joinedEntries(left, joined);
    assert.deepEqual(back, { ...joined, kind: "updated", formerGuild: "red" });
    assert.deepEqual(joinedEntries(joinedEntries(left, { ...joined, guild: "green" }), moved), back);
    assert.deepEqual(joinedEntries({ ...left, formerGuild: "green" }, joined), {
      ...joined,
      kind: "updated",
      formerGuild: "green",
    });
    // In none before: to those of the new guild they come.
    assert.deepEqual(joinedEntries({ ...left, guild: null }, joined), {
      ...joined,
      kind: "updated",
      formerGuild: null,
    });
  });
});
