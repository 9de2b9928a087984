/** The presence service. It has no client code, only a flow: this is that flow, with its two messages. */
import assert from "node:assert/strict";
import { gameContract } from "../../namespaces/game/schema.ts";
import { startEmbedded, startTwoWorkers, type TestApp } from "../support/app.ts";
import { type Json, openPlain } from "../support/plain.ts";
import { endSeeds } from "./support.ts";

const enter = (app: TestApp, user: string, worker = 0) =>
  openPlain(app.urls[Math.min(worker, app.urls.length - 1)] ?? "", "/ws/game", {
    query: { token: app.token(user, { name: user.toUpperCase() }) },
  });

const ids = (frame: Json) => (frame.users as Json[]).map((user) => user.user_id).sort();
const lists = (...users: string[]) => {
  return (frame: Json) => JSON.stringify(ids(frame)) === JSON.stringify(users);
};

describe("the presence service document", () => {
  afterEach(endSeeds);

  for (const [name, start] of [
    ["embedded", startEmbedded],
    ["two workers", startTwoWorkers],
  ] as const)
    it(`its connection flow: welcome, then the list to everybody, until all of a user's sockets are gone (${name})`, async () => {
      const app = await start({ env: { GRACE_PRESENCE: "1s" } });
      const ann = enter(app, "ann");
      const welcome = await ann.next("welcome");
      assert.deepEqual(welcome.user, { user_id: "ann", name: "ANN", roles: ["player"] });
      await ann.next("user:list", lists("ann"));
      const tab = enter(app, "bob", 1);
      const phone = enter(app, "bob");
      await Promise.all([tab.next("welcome"), phone.next("welcome")]);
      const list = await ann.next("user:list", lists("ann", "bob"));
      assert.equal(list.count, 2);
      tab.close();
      assert.deepEqual(ann.pending("user:list").filter(lists("ann")), []);
      phone.close();
      await Promise.all([tab.closed, phone.closed]);
      const gone = ann.next("user:list", lists("ann"));
      // The last socket's end is told by the time the grace period is over.
      for (let step = 0; step < 6; step++) {
        await ann.call("ping");
        await app.advance(1_000);
        await app.runDue();
      }
      await gone;
    });

  it("a bad token ends the connection, in the query too", async () => {
    const app = await startEmbedded();
    const bad = openPlain(app.url, "/ws/game?token=bad");
    assert.equal((await bad.next("error")).code, "token_invalid");
    assert.equal((await bad.closed).code, 4401);
  });

  it("game signalling: a room is made, joined, and players reach each other and the match's state", async () => {
    const app = await startEmbedded();
    const ann = enter(app, "ann");
    const bob = await app.connect(gameContract, "bob");
    const { room } = await ann.call("room:create", { game: "dash-dice" });
    const { room_id } = room as { room_id: string };
    await bob.call("room:join", { room_id });
    await ann.next("room:updated", ({ room: now }) => ((now as Json).players as Json[]).length === 2);
    ann.send({ type: "room:signal", room_id, to: "bob", data: { offer: "sdp" } });
    const signal = await bob.next("room:signal");
    assert.deepEqual([signal.from, signal.data], ["ann", { offer: "sdp" }]);
    assert.equal((await ann.call("room:start", { room_id })).ok, true);
    const started = await ann.next("game_started");
    const turn = (started.state as Json).turn;
    const action = { room_id, action: "roll" } as const;
    if (turn === "ann") assert.equal((await ann.call("game:action", action)).ok, true);
    else await bob.call("game:action", action);
    assert.equal((await ann.next("game_state")).room_id, room_id);
    assert.equal((await bob.next("game_state")).room_id, room_id);
  });
});
