// Two clients of the server that runs: `npm start` in one terminal, `node play.js` in another.
import { connectMuster } from "muster-server/client";

const url = process.env.MUSTER_URL ?? "http://localhost:3000";

/** As development allows it: in production a client brings a token. */
const connect = (user_id) => connectMuster({ url, auth: { user_id } });
const [ann, bob] = [connect("ann"), connect("bob")];
ann.onError(({ code, message }) => console.log(`${code}: ${message}`));

const { room } = await ann.in("/game").call("room:create", { game: "twenty-one" });
await bob.in("/game").call("room:join", { room_id: room.room_id });

/** Adds two whenever it is this user's turn. */
function play(muster, me) {
  const game = muster.games.follow(room.room_id);
  game.onChange(({ state, version }) => {
    if (state?.turn !== me || state.winner !== null) return;
    muster
      .in("/game")
      .call("game:action", { room_id: room.room_id, action: "add", args: { number: 2 }, version })
      .catch((error) => console.log(`${me}: ${error.code}: ${error.message}`));
  });
  game.onEvent(({ by, number }) => console.log(`${me} hears: ${by} adds ${number}`));
  return new Promise((resolve) => game.onEnd(({ winners }) => resolve(winners)));
}

const ended = [play(ann, "ann"), play(bob, "bob")];
await ann.in("/game").call("room:start", { room_id: room.room_id });
const [winners] = await Promise.all(ended);
console.log("the winner is", ...winners);
for (const muster of [ann, bob]) muster.close();
