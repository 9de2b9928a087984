/** A program that opens clients, closes each in some state, and then has nothing left to do: it ends by itself, or something is left. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { connectMuster, type Muster } from "../../../client/index.ts";
import { inState } from "../../support/typed-client.ts";

const [url = "", token = "", deaf = ""] = process.argv.slice(2);

/** Commands and follows of which nobody looks at the end. */
function leaveThingsOpen(muster: Muster): void {
  void muster.in("/chat").call("unread", {});
  void muster.in("/game").call("room:create", { game: "dash-dice" });
  void muster.rooms.follow("r", { message() {} });
  void muster.rooms.publish("r", 1);
  void muster.channels.follow("guild", { entry() {} });
}

const states: Record<string, () => Promise<void> | void> = {
  "never used": () => connectMuster({ url, token }).close(),
  "just begun": () => {
    const muster = connectMuster({ url, token });
    leaveThingsOpen(muster);
    muster.close();
  },
  "nobody there": async () => {
    const muster = connectMuster({ url: "http://127.0.0.1:1", token });
    const told = new Promise<void>((resolve) => muster.onError(() => resolve()));
    leaveThingsOpen(muster);
    await told;
    muster.close();
  },
  "token() hangs": () => {
    const muster = connectMuster({ url, token: () => new Promise<string>(() => undefined) });
    leaveThingsOpen(muster);
    muster.close();
  },
  "token() throws": async () => {
    const muster = connectMuster({
      url,
      token: () => {
        throw new Error("no login");
      },
    });
    const told = new Promise<void>((resolve) => muster.onError(() => resolve()));
    leaveThingsOpen(muster);
    await told;
    muster.close();
  },
  "refused for good": async () => {
    const muster = connectMuster({ url, token: "not a token" });
    muster.in("/chat");
    await inState(muster, "ended");
    muster.close();
  },
};
for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) {
  states[`connected over ${transports}`] = async () => {
    const muster = connectMuster({ url, token, manager: { transports } });
    muster.in("/chat");
    await inState(muster, "connected");
    leaveThingsOpen(muster);
    muster.close();
  };
  states[`reconnecting over ${transports}`] = async () => {
    const muster = connectMuster({ url, token, manager: { transports } });
    const { socket } = muster.in("/chat");
    await inState(muster, "connected");
    const gone = inState(muster, "reconnecting");
    socket.io.engine.close();
    await gone;
    leaveThingsOpen(muster);
    muster.close();
  };
}
states["a server that says nothing"] = async () => {
  // A poll that is never answered lasts as long as its connection does: Node's XMLHttpRequest can't end it.
  const muster = connectMuster({ url: deaf, token, manager: { transports: ["websocket"] } });
  leaveThingsOpen(muster);
  // There is none before the connection is under way, whatever its type says.
  const { io }: { readonly io: { readonly engine?: object } } = muster.in("/chat").socket;
  while (io.engine === undefined) await nextTurn();
  muster.close();
};

for (const [name, run] of Object.entries(states)) {
  await run();
  console.log(name);
}
console.log("all closed");
