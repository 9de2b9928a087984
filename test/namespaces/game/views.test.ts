import assert from "node:assert/strict";
import fc from "fast-check";
import jsonPatch, { type Operation } from "fast-json-patch";
import { Type } from "typebox";
import { action, defineGame } from "../../../core/games/game.ts";
import type { Log } from "../../../core/ports/log.ts";
import type { GoofspielView } from "../../../games/goofspiel.ts";
import { patchBetween } from "../../../namespaces/game/delivery/state-sender.ts";
import { gameContract } from "../../../namespaces/game/index.ts";
import { onEachSetup } from "../../support/app.ts";
import { act, type Client, gameOf } from "./playing.ts";

/** The highest draw: prizes in the order 1, 2, 3 … */
const highest = { int: (_min: number, max: number) => max };

/** A client's copy of a game, kept as docs/reference says. */
class Copy {
  version = 0;
  state: unknown;
  patched = 0;
  whole = 0;

  /** @returns whether there was no gap */
  take(event: { version: number; state?: unknown; from?: number; to?: number; patch?: unknown }): boolean {
    if (event.patch === undefined) {
      if (event.version < this.version) return true;
      this.whole++;
      this.version = event.version;
      this.state = event.state;
      return true;
    }
    if ((event.to ?? 0) <= this.version) return true;
    if (event.from !== this.version) return false;
    const patch = structuredClone(event.patch) as Operation[];
    this.state = jsonPatch.applyPatch(structuredClone(this.state), patch).newDocument;
    this.version = event.to ?? 0;
    this.patched++;
    return true;
  }
}

describe("/game views", () => {
  describe("patches", () => {
    const tree = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        fc.integer(),
        fc.string(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie("any"), { maxLength: 5 }),
        fc.dictionary(
          fc.oneof(
            fc.string({ maxLength: 4 }),
            fc.constantFrom("a", "b", "a/b", "~", "", "__proto__", "constructor"),
          ),
          tie("any"),
          { maxKeys: 5 },
        ),
      ),
    })).any;

    it("applying the difference of two states makes the second of the first", () => {
      let patched = 0;
      fc.assert(
        fc.property(tree, tree, fc.boolean(), (before, other, close) => {
          const json = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;
          // Half of the pairs are near each other, as the states of a game are.
          const first = json({ kept: { a: [1, 2, 3], text: "x".repeat(60) }, before });
          const second = json(
            close ? { kept: { a: [1, 2, 3], text: "x".repeat(60) }, before: other } : other,
          );
          const patch = patchBetween(first, second);
          if (patch === undefined) return;
          patched++;
          const wire = json(patch) as Operation[];
          assert.ok(JSON.stringify(wire).length < JSON.stringify(second).length);
          assert.deepEqual(jsonPatch.applyPatch(structuredClone(first), wire).newDocument, second);
        }),
        { numRuns: 500 },
      );
      assert.ok(patched > 50, `only ${patched} pairs were patched`);
    });

    it("a state that is no tree, is another kind of tree, or cannot be patched safely is sent whole", () => {
      const long = { text: "x".repeat(200) };
      for (const [before, after] of [
        [null, long],
        [long, 5],
        [[1], long],
        [long, JSON.parse('{"text":"y","__proto__":1}')],
      ])
        assert.equal(patchBetween(before, after), undefined);
      assert.deepEqual(patchBetween(long, { ...long, n: 1 }), [{ op: "add", path: "/n", value: 1 }]);
    });
  });

  onEachSetup((setup) => {
    it("a client that asks for patches gets the same states as one that does not, also across a gap", async () => {
      const { app, clients, room_id } = await gameOf(setup, ["ann", "bob"], {
        game: "goofspiel",
        random: highest,
      });
      const [ann, bob] = clients as [Client, Client];
      const tab = await app.connect(gameContract, "bob", { worker: 1 });
      const eve = await app.connect(gameContract, "eve", { worker: 1 });
      const watched = await eve.call("room:join", { room_id, spectate: true, patches: true });
      assert.equal(watched.room.room_id, room_id);
      const copies = { tab: new Copy(), eve: new Copy() };
      const now = await tab.call("room:state", { room_id, patches: true });
      copies.tab.take({ version: now.version, state: now.state });
      for (let card = 1; card <= 5; card++) {
        await act(ann, room_id, "bid", { card });
        await act(bob, room_id, "bid", { card: 6 - card });
      }
      for (let version = 2; version <= 11; version++) {
        const whole = await bob.next("game_state");
        assert.equal(whole.version, version);
        const one = await tab.next("game_state");
        assert.ok(copies.tab.take(one));
        assert.deepEqual(copies.tab.state, whole.state);
        assert.deepEqual(one.events, whole.events);
        assert.ok(copies.eve.take(await eve.next("game_state")));
        assert.equal(copies.eve.version, version);
      }
      assert.deepEqual(copies.eve.state, (await eve.call("room:state", { room_id })).state);
      assert.ok(
        copies.tab.patched >= 4 && copies.eve.patched >= 4,
        "the first bid of each round came as a patch",
      );
    });

    it("a lost patch shows as a gap, and room:state mends it", async () => {
      const { clients, room_id } = await gameOf(setup, ["ann", "bob"], {
        game: "goofspiel",
        random: highest,
      });
      const [ann, bob] = clients as [Client, Client];
      await bob.call("room:state", { room_id, patches: true });
      const copy = new Copy();
      for (const [who, card] of [
        [ann, 1],
        [bob, 2],
        [ann, 3],
        [bob, 4],
      ] as const)
        await act(who, room_id, "bid", { card });
      const told = [];
      for (let i = 0; i < 4; i++) told.push(await bob.next("game_state"));
      const [first, , third, fourth] = told as [never, never, never, never];
      assert.ok(copy.take(first));
      assert.equal(copy.take(third), false);
      const { state, version } = await bob.call("room:state", { room_id });
      copy.take({ state, version });
      assert.ok(copy.take(third) && copy.take(fourth));
      assert.deepEqual(copy.state, state);
      await bob.call("room:state", { room_id, patches: false });
      await act(ann, room_id, "bid", { card: 5 });
      assert.equal((await bob.next("game_state")).patch, undefined);
    });

    it("nothing hidden reaches a client that may not see it, nor the server's log", async () => {
      const lines: unknown[] = [];
      const keep = (fields: object, message: string) => lines.push([fields, message]);
      const log: Log = { debug: keep, info: keep, warn: keep, error: keep };
      /** All that bob and a spectator get when ann's first bid is this card, without what differs from run to run. */
      async function heardOf(card: number): Promise<string> {
        const { app, clients, room_id } = await gameOf(setup, ["ann", "bob"], {
          game: "goofspiel",
          random: highest,
          log,
        });
        const [ann, bob] = clients as [Client, Client];
        const eve = await app.connect(gameContract, "eve", { worker: 1 });
        const guest = await app.connect(gameContract, null);
        for (const one of [eve, guest])
          await one.call("room:join", { room_id, spectate: true, patches: true });
        const tab = await app.connect(gameContract, "bob");
        await tab.call("room:state", { room_id, patches: true });
        await act(ann, room_id, "bid", { card });
        const acks: unknown[] = [];
        for (const one of [bob, tab, eve, guest]) {
          await one.next("game_state", (p) => p.version === 2);
          acks.push(await one.raw("room:state", { room_id }));
          acks.push(await one.raw("game:action", { room_id, action: "bid", args: { card: 3 }, version: 1 }));
          acks.push(await one.raw("match:replay", { room_id }));
          acks.push(await one.raw("match:replay", { room_id, round: 1 }));
        }
        const games = ["game_state", "game_started", "game_ended"];
        const events = [bob, tab, eve, guest].map(({ log: all }) =>
          all.filter(({ event }) => games.includes(event)),
        );
        return JSON.stringify([events, acks])
          .replaceAll(room_id, "")
          .replaceAll(/"(timestamp|deadline|created_at)":"[^"]*"/g, "");
      }
      const heard = await heardOf(9);
      assert.match(heard, /"submitted":\["ann"\]/);
      assert.match(heard, /"stale_version"/);
      assert.doesNotMatch(heard, /"deck"|"bids":\[\{/);
      assert.equal(await heardOf(4), heard);
      assert.doesNotMatch(JSON.stringify(lines, skipCycles()), /"card"|"deck"/);
    });

    describe("spectators' delay", () => {
      const DELAY_MS = 1_500;
      const word = defineGame<{ secret: string; n: number }>({
        name: "word",
        players: { min: 1, max: 2 },
        spectatorDelayMs: DELAY_MS,
        setup: () => ({ secret: "start", n: 0 }),
        actions: {
          say: action(
            Type.Object({ text: Type.String() }),
            (state: { secret: string; n: number }, _by, { text }) => ({
              state: { secret: text, n: state.n + 1 },
              events: [{ type: "said", text }],
            }),
          ),
        },
        result: ({ secret }) => (secret === "end" ? { winners: [], reason: "said" } : undefined),
      });
      const secretOf = (state: unknown) => (state as { secret: string } | null)?.secret;
      const say = (client: Client, room_id: string, text: string) => act(client, room_id, "say", { text });

      it("players see at once, spectators later, in order and to the end", async () => {
        const { app, clients, room_id } = await gameOf(setup, ["ann", "bob"], {
          game: "word",
          games: [word],
        });
        const [ann, bob] = clients as [Client, Client];
        const eve = await app.connect(gameContract, "eve", { worker: 1 });
        const { room } = await eve.call("room:join", { room_id, spectate: true });
        assert.equal(room.phase, "playing");
        await say(ann, room_id, "one");
        const said = performance.now();
        assert.equal(secretOf((await bob.next("game_state")).state), "one");
        const early = await eve.call("room:state", { room_id });
        assert.notEqual(secretOf(early.state), "one");
        await say(bob, room_id, "end");
        await bob.next("game_ended");
        const masked = await eve.call("room:state", { room_id });
        assert.deepEqual([masked.room.phase, masked.result], ["playing", undefined]);
        const first = await eve.next("game_state", (p) => p.version === 2);
        assert.ok(performance.now() - said >= DELAY_MS - 50, "not before the delay");
        assert.deepEqual(first.events, [{ type: "said", text: "one" }]);
        await eve.next("game_state", (p) => p.version === 3);
        await eve.next("game_ended");
        const { phase } = (await eve.next("room:updated", (p) => p.room.phase === "ended")).room;
        assert.equal(phase, "ended");
        const order = eve.log
          .map(({ event }) => event)
          .filter((event) => event !== "presence" && event !== "user:list");
        assert.deepEqual(order.slice(-4), ["game_state", "game_state", "game_ended", "room:updated"]);
        const state = await eve.call("room:state", { room_id });
        assert.deepEqual([secretOf(state.state), state.version, state.room.phase], ["end", 3, "ended"]);
      });

      it("a spectator that comes on another worker finds the past as it was, and then the later states", async () => {
        const { app, clients, room_id } = await gameOf(setup, ["ann"], { game: "word", games: [word] });
        const [ann] = clients as [Client];
        await say(ann, room_id, "old");
        await app.advance(DELAY_MS * 2);
        await say(ann, room_id, "new");
        const eve = await app.connect(gameContract, "eve", { worker: 1 });
        await eve.call("room:join", { room_id, spectate: true });
        const found = await eve.call("room:state", { room_id });
        assert.deepEqual([secretOf(found.state), found.version], ["old", 2]);
        await app.advance(DELAY_MS);
        const later = await eve.next("game_state", (p) => p.version > 2);
        assert.deepEqual([secretOf(later.state), later.version], ["new", 3]);
        assert.deepEqual(later.events, [{ type: "said", text: "new" }]);
      });

      it("a spectator that takes a seat is behind no longer", async () => {
        const open = defineGame({ ...word, onJoin: (state: unknown) => ({ state }) });
        const { app, clients, room_id } = await gameOf(setup, ["ann"], { game: "word", games: [open] });
        const [ann] = clients as [Client];
        const eve = await app.connect(gameContract, "eve", { worker: 1 });
        await eve.call("room:join", { room_id, spectate: true });
        await say(ann, room_id, "fresh");
        await eve.call("room:join", { room_id });
        assert.equal(secretOf((await eve.call("room:state", { room_id })).state), "fresh");
        await say(ann, room_id, "live");
        const state = await eve.next("game_state", (p) => secretOf(p.state) === "live");
        assert.equal(state.version, 3);
      });
    });

    it("a spectator of goofspiel sees the table, and bids when they are shown", async () => {
      const { app, clients, room_id } = await gameOf(setup, ["ann", "bob"], {
        game: "goofspiel",
        random: highest,
      });
      const [ann, bob] = clients as [Client, Client];
      const eve = await app.connect(gameContract, "eve", { worker: 1 });
      await eve.call("room:join", { room_id, spectate: true });
      await act(ann, room_id, "bid", { card: 13 });
      const hidden = (await eve.next("game_state")).state as GoofspielView;
      assert.deepEqual([hidden.submitted, hidden.bid, hidden.last_round], [["ann"], null, null]);
      await act(bob, room_id, "bid", { card: 12 });
      const shown = (await eve.next("game_state")).state as GoofspielView;
      assert.equal(shown.last_round?.bids.length, 2);
    });
  });
});

/** Errors and sockets in log lines refer to themselves. */
function skipCycles() {
  const seen = new WeakSet<object>();
  return (_key: string, value: unknown) => {
    if (typeof value !== "object" || value === null) return value;
    if (seen.has(value)) return "(again)";
    seen.add(value);
    return value;
  };
}
