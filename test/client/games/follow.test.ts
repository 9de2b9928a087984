import assert from "node:assert/strict";
import { closeAll, onEachSetup } from "../../support/app.ts";
import { closeTyped, cut, inState, openTyped } from "../../support/typed-client.ts";
import {
  add,
  dropEvents,
  finish,
  gameIn,
  owner,
  startTally,
  type TallyEvent,
  type TallyView,
  told,
} from "./table.ts";

onEachSetup((setup) => {
  describe("a game that is followed", () => {
    afterEach(closeTyped);

    it("has its room, its state at each version, its events in order and its end, also for commands in one go", async () => {
      const app = await startTally(setup);
      const { muster: ann, room_id } = await owner(app, "ann");
      const bob = openTyped(app, "bob", { worker: 1 });
      const game = ann.games.follow<TallyView, TallyEvent>(room_id);
      const log = told(game);
      const first = await game.ready;
      assert.deepEqual([first.version, first.state, first.room.phase], [0, null, "lobby"]);
      await gameIn(bob).call("room:join", { room_id });
      const start = gameIn(ann).call("room:start", { room_id });
      const all = [3, 4, 5].map((n) => add(ann, room_id, n, n - 3));
      await Promise.all([start, ...all, finish(ann, room_id)]);
      const over = await game.until(({ result, room }) => result !== undefined && room.phase === "ended");
      assert.deepEqual(log, ["event 3: 40", "event 4: 50", "event 4: 51", "end 5: finished"]);
      assert.deepEqual([over.version, over.state?.sum, over.state?.own], [5, 12, 5]);
      assert.deepEqual(
        over.room.players.map(({ user_id }) => user_id),
        ["ann", "bob"],
      );
      const asked = await gameIn(ann).call("room:state", { room_id });
      assert.deepEqual({ ...game.current }, { ...asked, state: game.current?.state });
      assert.deepEqual(game.current?.state, asked.state);
      assert.equal(first.state, null, "a view that was given stays as it was");
    });

    it("gets patches, and its views share what has not changed", async () => {
      const app = await startTally(setup);
      const { muster: ann, room_id } = await owner(app, "ann");
      const patches: unknown[] = [];
      gameIn(ann).on("game_state", ({ patch }) => patches.push(patch));
      const game = ann.games.follow<TallyView>(room_id);
      await gameIn(ann).call("room:start", { room_id });
      for (const n of [1, 2]) await add(ann, room_id, n);
      const before = await game.until(({ version }) => version === 3);
      await add(ann, room_id, 3);
      const after = await game.until(({ version }) => version === 4);
      assert.ok(patches.length === 3 && patches[2] !== undefined, "no patch came");
      assert.equal(before.state?.sum, 3);
      assert.equal(after.state?.sum, 6);
    });

    it("goes on after lost messages: asks once, tells what it got, and reports the rest as a gap", async () => {
      const app = await startTally(setup);
      const { muster: ann, room_id } = await owner(app, "ann");
      let asked = 0;
      gameIn(ann).socket.onAnyOutgoing((event) => void (event === "room:state" && asked++));
      dropEvents(
        gameIn(ann),
        (event, { version }) => event === "game_state" && [3, 4].includes(Number(version)),
      );
      const game = ann.games.follow<TallyView, TallyEvent>(room_id);
      const log = told(game);
      await gameIn(ann).call("room:start", { room_id });
      await Promise.all([1, 2, 3, 4, 5, 6].map((n) => add(ann, room_id, n)));
      const { state } = await game.until(({ version }) => version === 7);
      assert.equal(state?.sum, 21);
      assert.deepEqual(log, ["event 2: 10", "gap 3-4", "event 5: 40", "event 6: 50", "event 7: 60"]);
      assert.equal(asked, 2);
    });

    it("plays again: versions go on, the result goes, and a late start is no gap", async () => {
      const app = await startTally(setup);
      const { muster: ann, room_id } = await owner(app, "ann");
      const game = ann.games.follow<TallyView, TallyEvent>(room_id);
      const log = told(game);
      const again = () => gameIn(ann).call("room:rematch", { room_id });
      await gameIn(ann).call("room:start", { room_id });
      const commands = [
        add(ann, room_id, 1),
        finish(ann, room_id),
        again(),
        add(ann, room_id, 2),
        finish(ann, room_id),
      ];
      await Promise.all(commands);
      await game.until(({ version, result }) => version === 6 && result !== undefined);
      await again();
      const fresh = await game.until(({ version }) => version === 7);
      assert.deepEqual([fresh.result, fresh.state?.sum, fresh.room.round], [undefined, 0, 3]);
      assert.deepEqual(log, ["event 2: 10", "end 3: finished", "event 5: 20", "end 6: finished"]);
    });

    it("comes back after the connection was lost, on another worker too, with what was missed as a gap", async () => {
      const app = await startTally(setup);
      const { muster: ann, room_id } = await owner(app, "ann");
      const bob = openTyped(app, "bob", { worker: 1 });
      await gameIn(bob).call("room:join", { room_id });
      const game = ann.games.follow<TallyView, TallyEvent>(room_id);
      const log = told(game);
      await gameIn(ann).call("room:start", { room_id });
      await add(bob, room_id, 1);
      await game.until(({ version }) => version === 2);
      cut(gameIn(ann));
      await inState(gameIn(ann), "reconnecting");
      await add(bob, room_id, 2);
      const back = await game.until(({ version }) => version === 3);
      assert.equal(back.state?.sum, 3);
      await add(bob, room_id, 3);
      await game.until(({ version }) => version === 4);
      assert.equal(log.at(-1), "event 4: 30");
      assert.ok(log.length === 2 || log[1] === "gap 3-3" || log[1] === "event 3: 20", String(log));
    });

    it("comes back after a reload of the page, by room:mine, and the start that nobody took is not told again", async () => {
      const app = await startTally(setup);
      const { muster: tab, room_id } = await owner(app, "ann");
      await gameIn(tab).call("room:start", { room_id });
      await add(tab, room_id, 5);
      tab.close();
      const ann = openTyped(app, "ann", { worker: 1 });
      const { rooms } = await gameIn(ann).call("room:mine", {});
      assert.deepEqual(
        rooms.map((room) => room.room_id),
        [room_id],
      );
      const game = ann.games.follow<TallyView, TallyEvent>(room_id);
      const log = told(game);
      const { version, state } = await game.ready;
      assert.deepEqual([version, state?.sum, state?.own], [2, 5, 5]);
      await add(ann, room_id, 1);
      await game.until((view) => view.version === 3);
      assert.deepEqual(log, ["event 3: 10"]);
      ann.close();
      assert.deepEqual(log.slice(1), ["closed closed"]);
      const starts: unknown[] = [];
      const third = openTyped(app, "ann");
      gameIn(third).on("game_started", (payload) => starts.push(payload));
      await gameIn(third).call("room:mine", {});
      await third.games.follow(room_id).ready;
      assert.deepEqual(starts, [], "it was taken from the inbox");
    });

    it("is watched without a seat, by guests and with a join code too, and again after a reconnect", async () => {
      const app = await startTally(setup);
      const { muster: ann, room_id, join_code } = await owner(app, "ann", {}, { private: true });
      await gameIn(ann).call("room:start", { room_id });
      const eve = openTyped(app, "eve", { worker: 1 });
      const guest = openTyped(app, "guest", { token: undefined as never });
      await assert.rejects(eve.games.follow(room_id, { spectate: true }).ready, { code: "not_found" });
      for (const who of [eve, guest]) {
        const game = who.games.follow<TallyView, TallyEvent>(room_id, {
          spectate: true,
          join_code: join_code ?? "",
        });
        const log = told(game);
        await game.ready;
        const before = game.current?.version ?? 0;
        await add(ann, room_id, 1);
        await game.until(({ version }) => version === before + 1);
        cut(gameIn(who));
        await new Promise((resolve) => game.onChange(resolve)); // it watches again
        await add(ann, room_id, 2);
        const { state } = await game.until(({ version }) => version === before + 2);
        assert.equal(state?.own, null);
        assert.deepEqual(log, [`event ${before + 1}: 10`, `event ${before + 2}: 20`]);
      }
    });

    it("is over for who leaves or is kicked, on every device, and for the last one the room is gone", async () => {
      const app = await startTally(setup);
      const { muster: ann, room_id } = await owner(app, "ann");
      const [bob, cat, eve] = ["bob", "cat", "eve"].map((name) => openTyped(app, name, { worker: 1 }));
      assert.ok(bob && cat && eve);
      for (const one of [bob, cat]) await gameIn(one).call("room:join", { room_id });
      const of = async (muster: typeof ann, spectate = false) => {
        const game = muster.games.follow(room_id, { spectate });
        await game.ready;
        return { game, reason: new Promise((resolve) => game.onClose(resolve)) };
      };
      const [a, b, c, e] = [await of(ann), await of(bob), await of(cat), await of(eve, true)];
      const waiting = assert.rejects(
        b.game.until(() => false),
        { code: "not_found" },
      );
      await gameIn(openTyped(app, "bob")).call("room:leave", { room_id });
      assert.equal(await b.reason, "left");
      await waiting;
      await gameIn(ann).call("room:kick", { room_id, user_id: "cat" });
      assert.equal(await c.reason, "kicked");
      await gameIn(ann).call("room:leave", { room_id });
      assert.deepEqual([await a.reason, await e.reason], ["left", "gone"]);
      await assert.rejects(
        b.game.until(() => true),
        { code: "not_found" },
      );
    });

    it("is watched with its delay: the same states and events, later, and the end too", async () => {
      const app = await startTally(setup);
      const { muster: ann, room_id } = await owner(app, "ann", {}, { game: "late-tally" });
      const eve = openTyped(app, "eve", { worker: 1 });
      const [own, watched] = [
        ann.games.follow<TallyView, TallyEvent>(room_id),
        eve.games.follow<TallyView, TallyEvent>(room_id, { spectate: true }),
      ];
      const [heard, seen] = [told(own), told(watched)];
      await Promise.all([own.ready, watched.ready]);
      await gameIn(ann).call("room:start", { room_id });
      await Promise.all([add(ann, room_id, 1, 2), add(ann, room_id, 2), finish(ann, room_id)]);
      const first = await own.until(({ result }) => result !== undefined);
      assert.equal(watched.current?.result, undefined);
      const later = await watched.until(({ result }) => result !== undefined);
      assert.deepEqual([later.version, later.state?.slots], [first.version, first.state?.slots]);
      assert.deepEqual(seen, heard);
    });

    it("takes the start of its own room from the inbox, and leaves those of others to the application", async () => {
      const app = await startTally(setup);
      const { muster: ann, room_id } = await owner(app, "ann");
      const { room: other } = await gameIn(ann).call("room:create", { game: "tally" });
      const game = ann.games.follow(room_id);
      for (const id of [other.room_id, room_id]) await gameIn(ann).call("room:start", { room_id: id });
      await game.until(({ version }) => version === 1);
      await new Promise<void>((resolve) => {
        gameIn(ann).on("game_started", (start) => {
          assert.equal(start.room_id, other.room_id);
          resolve();
        });
      });
    });

    it("is none where the room is played in real time", async () => {
      const app = await startTally(setup);
      const { muster: ann, room_id } = await owner(app, "ann", {}, { game: "arena" });
      const errors: string[] = [];
      ann.onError(({ message }) => errors.push(message));
      const game = ann.games.follow(room_id);
      const closed = new Promise((resolve) => game.onClose(resolve));
      await game.ready;
      await gameIn(ann).call("room:start", { room_id });
      assert.equal(await closed, "invalid_payload");
      await assert.rejects(
        ann.games.follow(room_id).until(() => false),
        { code: "invalid_payload" },
      );
      assert.match(String(errors), /muster\.realtime/);
    });

    it("is refused at once, with the server's code, and is told to onClose and onError", async () => {
      const app = await startTally(setup);
      const { muster: ann, room_id } = await owner(app, "ann");
      const bob = openTyped(app, "bob");
      const errors: string[] = [];
      bob.onError(({ code }) => errors.push(code));
      for (const id of [room_id, "r_nothing"]) {
        const game = bob.games.follow(id);
        const closed = new Promise((resolve) => game.onClose(resolve));
        await assert.rejects(game.ready, { name: "CommandError", code: "not_found" });
        assert.equal(await closed, "not_found");
      }
      assert.deepEqual(errors, ["not_found", "not_found"]);
      const game = ann.games.follow(room_id);
      assert.throws(() => ann.games.follow(room_id), /followed already/);
      game.close();
      await assert.rejects(game.ready, { code: "closed" });
      assert.equal((await ann.games.follow(room_id).ready).version, 0);
      await closeAll();
    });
  });
});
