import assert from "node:assert/strict";
import type { RoomId, UserId } from "../../../core/ids.ts";
import { asId } from "../../../core/ids.ts";
import { dashDice } from "../../../games/dash-dice.ts";
import { createDelay } from "../../../namespaces/game/delivery/spectator-delay.ts";
import { roomView } from "../../../namespaces/game/delivery/view.ts";
import { playMove, startGame } from "../../../namespaces/game/play/play.ts";
import { takeSeat } from "../../../namespaces/game/play/players.ts";
import { openRoom } from "../../../namespaces/game/rooms/rules.ts";
import type { Room, RoomEntry } from "../../../namespaces/game/rooms/stored.ts";
import { always } from "./playing.ts";

const [ann, bob] = ["ann", "bob"].map((name) => ({ userId: asId<UserId>(name), name }));

/** A game that has begun, and so many rolls of two. */
function course(rolls: number) {
  if (ann === undefined || bob === undefined) throw new Error("there are two");
  const at = { now: 0, random: always(2) };
  const lobby = openRoom({ id: asId<RoomId>("r"), game: dashDice, joinCode: null, now: 0 }, ann);
  const seated = takeSeat(lobby, dashDice, bob, at).room as Room;
  const begun = startGame(seated, dashDice, at);
  const entries: RoomEntry[] = begun.entries.filter(({ kind }) => kind === "started");
  const log = [...(begun.log ?? [])];
  let room = begun.room;
  for (let i = 0; i < rolls; i++) {
    const moved = playMove(room, dashDice, ann.userId, { action: "roll", args: {} }, { ...at, now: i + 1 });
    room = moved.room as Room;
    entries.push(...moved.entries);
    log.push(...(moved.log ?? []));
  }
  return { room, entries, log };
}

function held(delayMs: number) {
  const told: RoomEntry[] = [];
  const clock = { now: 0 };
  const delay = createDelay({ delayMs, now: () => clock.now, release: (entry) => told.push(entry) });
  const versions = () => told.map((entry) => ("play" in entry ? entry.play.version : 0));
  return { delay, clock, told, versions };
}

describe("/game: the spectator delay", () => {
  it("releases entries that are due, in order, and none before", () => {
    const { delay, clock, versions } = held(100);
    for (const entry of course(2).entries) {
      delay.hold(entry);
      clock.now += 10;
    }
    clock.now = 99;
    assert.equal(delay.shown().play, null);
    clock.now = 110;
    assert.equal(delay.shown().play?.version, 2);
    assert.deepEqual(versions(), [1, 2]);
    clock.now = 120;
    assert.equal(delay.shown().play?.version, 3);
    assert.ok(delay.idle);
    delay.close();
  });

  it("holds a bounded number of states, and the newest is never among those left out", () => {
    const { delay, clock, versions } = held(100);
    const { entries } = course(1_200);
    for (const entry of entries) delay.hold(entry);
    clock.now = 100;
    assert.equal(delay.shown().play?.version, 1_201);
    assert.equal(versions().length, 1_000);
    assert.equal(versions()[0], 1);
    delay.close();
  });

  it("holds a bounded number of bytes, and of changes of the room", () => {
    const { delay, clock, told, versions } = held(100);
    const { room, entries } = course(200);
    const pad = "x".repeat(60_000);
    const large = entries.map((entry) =>
      entry.kind === "played" ? { ...entry, play: { ...entry.play, state: { pad } } } : entry,
    );
    for (const entry of large) delay.hold(entry);
    clock.now = 100;
    assert.equal(delay.shown().play?.version, 201);
    // The start is a small one.
    assert.ok((versions().length - 1) * pad.length <= 4 * 2 ** 20, `${versions().length} states`);
    const before = told.length;
    for (let i = 0; i < 1_100; i++) delay.hold({ kind: "updated", room: roomView(room) });
    clock.now = 200;
    delay.shown();
    assert.equal(told.length - before, 1_000);
    delay.close();
  });

  it("takes entries that it missed from the log: old enough is shown, the rest held, nothing twice", () => {
    const { delay, clock, versions } = held(100);
    const { room, entries, log } = course(4);
    clock.now = 102;
    delay.hold(entries.at(-1) as RoomEntry);
    delay.fill(room, dashDice, log);
    assert.equal(delay.shown().play?.version, 3);
    clock.now = 300;
    assert.equal(delay.shown().play?.version, 5);
    assert.deepEqual(versions(), [4, 5]);
    delay.close();
  });

  it("a log that lacks its beginning shows nothing of the past", () => {
    const { delay, clock } = held(100);
    const { room, log } = course(4);
    clock.now = 500;
    delay.fill(room, dashDice, log.slice(2));
    assert.equal(delay.shown().play, null);
    delay.close();
  });
});
