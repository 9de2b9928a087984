// Two players follow a game of dice; one of them reloads her page. Run it beside the server: `node --import=tsx examples/follow/index.ts`.
import { connectMuster, type Muster } from "../../client/index.ts";

const url = process.env.MUSTER_URL ?? "http://localhost:3000";

/** As `AUTH_MODE=dev` allows it. Yours gives a token. */
const connect = (user_id: string) => connectMuster({ url, auth: { user_id } });

/** What a player sees of the game. */
interface Dice {
  readonly turn: string;
  readonly turn_points: number;
  readonly players: readonly { readonly user_id: string; readonly score: number }[];
}

/** Follows the room, and plays when it is the user's turn. */
function play(muster: Muster, me: string, room_id: string) {
  const game = muster.games.follow<Dice>(room_id);
  game.onChange(({ state, version, result }) => {
    if (state?.turn !== me || result !== undefined) return;
    const action = state.turn_points < 8 ? "roll" : "bank";
    // With the version of what is shown. It is refused where the game has gone on: then the next change decides.
    muster
      .in("/game")
      .call("game:action", { room_id, action, version })
      .catch(() => undefined);
  });
  game.onEvent(({ type, ...details }) => type === "banked" && console.log(`${me} hears: banked`, details));
  game.onGap(({ from, to }) => console.log(`${me} has missed the events of ${from} to ${to}`));
  game.onEnd(({ winners }) => console.log(`${me} hears that ${winners} has won`));
  game.onClose((reason) => console.log(`${me} follows no more: ${reason}`));
  return game;
}

const [ann, bob] = [connect("ann"), connect("bob")];
const { room } = await ann.in("/game").call("room:create", { game: "dash-dice", options: { target: 30 } });
await bob.in("/game").call("room:join", { room_id: room.room_id });
const ofBob = play(bob, "bob", room.room_id);
const ofAnn = play(ann, "ann", room.room_id);
const { room: lobby } = await ofAnn.ready;
console.log("in the", lobby.phase, "are", lobby.players.map(({ name }) => name).join(" and "));
await ann.in("/game").call("room:start", { room_id: room.room_id });
await ofAnn.until(({ version }) => version >= 5);

// The page is loaded anew: the server says where the user plays, and the game goes on.
ann.close();
const annAgain = connect("ann");
const { rooms } = await annAgain.in("/game").call("room:mine", {});
const game = play(annAgain, "ann", rooms[0]?.room_id ?? "");
console.log("ann is back in the game:", (await game.ready).version >= 5);

const { state } = await game.until(({ result }) => result !== undefined);
await ofBob.until(({ result }) => result !== undefined);
console.log("scores:", state?.players.map(({ user_id, score }) => `${user_id} ${score}`).join(", "));
game.close();
annAgain.close();
bob.close();
