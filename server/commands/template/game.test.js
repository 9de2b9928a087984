// The game as its players meet it: a real server on a free port, and real clients.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startTestServer } from "muster-server/testing";
import { twentyOne } from "./game.js";

/** @type {Awaited<ReturnType<typeof startTestServer>>} */
let server;
before(async () => {
  server = await startTestServer({ games: [twentyOne] });
});
after(() => server.close());

/** A game that has begun: ann made the room, so she begins. */
async function play(move) {
  const ann = server.connect("ann").in("/game");
  const { room } = await ann.call("room:create", { game: "twenty-one" });
  const end = await server.bot("bob", room.room_id, move);
  await ann.call("room:start", { room_id: room.room_id });
  return { ann, room_id: room.room_id, end };
}

test("whoever reaches 21 wins", async () => {
  const { ann, room_id, end } = await play(({ state }) =>
    state.turn === "bob" && state.winner === null ? { action: "add", args: { number: 1 } } : undefined,
  );
  const ended = new Promise((resolve) =>
    ann.on("game_ended", (told) => told.room_id === room_id && resolve(told)),
  );
  // Ann adds 3 each time it is her turn: 3, 4, 7, 8, 11, 12, 15, 16, 19, 20, 23.
  const add = ({ state, ...told }) => {
    if (told.room_id === room_id && state?.turn === "ann" && state.winner === null)
      ann.call("game:action", { room_id, action: "add", args: { number: 3 } }).catch(() => undefined);
  };
  ann.on("game_state", add);
  await ann.call("game:action", { room_id, action: "add", args: { number: 3 } });
  assert.deepEqual((await ended).result.winners, ["ann"]);
  end();
});

test("nobody adds more than three, nor out of turn", async () => {
  const { ann, room_id, end } = await play(() => undefined);
  const refused = (number) =>
    ann.call("game:action", { room_id, action: "add", args: { number } }).then(
      () => "served",
      (err) => err.code,
    );
  assert.equal(await refused(4), "invalid_payload");
  assert.equal(await refused(2), "served");
  assert.equal(await refused(1), "not_your_turn");
  end();
});

test("a player who is too slow adds one", async () => {
  const { ann, room_id, end } = await play(() => undefined);
  const changed = new Promise((resolve) =>
    ann.on("game_state", (told) => told.room_id === room_id && resolve(told.state)),
  );
  await server.advance(31_000);
  assert.equal((await changed).total, 1);
  end();
});
