// Two users with the typed client. Run it beside the server: `node --import=tsx examples/client/index.ts`.
import { CommandError, connectMuster } from "../../client/index.ts";

const url = process.env.MUSTER_URL ?? "http://localhost:3000";

/** The client calls it before each connection, and again before the token expires. Yours asks your own login service. */
async function tokenFor(user_id: string): Promise<string> {
  const answer = await fetch(`${url}/dev/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user_id }),
  });
  const { token } = (await answer.json()) as { token: string };
  return token;
}

function connect(name: string) {
  const muster = connectMuster({ url, token: () => tokenFor(name) });
  muster.onState((state, reason) => console.log(`${name} is ${state}`, reason?.code ?? ""));
  muster.onError((error) => console.log(`${name}: ${error.code}`));
  return muster;
}

const ann = connect("ann");
const bob = connect("bob");

// A channel is followed across lost connections: each entry arrives once and in order, or a gap is reported.
const heard: string[] = [];
let heardAll = () => {};
const both = new Promise<void>((resolve) => (heardAll = resolve));
await bob.channels.follow("global", {
  entry(entry) {
    if (entry.event === "chat_message" && heard.push(entry.content) === 2) heardAll();
  },
  gap: () => console.log("bob has missed something: ask for the history"),
});
await ann.in("/chat").call("chat_message", { channel: "global", content: "hello" });
bob.in("/chat").socket.io.engine.close(); // as a network failure does
await ann.in("/chat").call("chat_message", { channel: "global", content: "are you there?" });
await both;
console.log("bob heard:", heard);

// Reliable events wait until a listener takes them: in the client, and on the server while the user is away.
await ann.in("/chat").call("chat_message", { channel: "private", to: "bob", content: "psst" });
await new Promise<void>((done) => {
  bob.in("/chat").on("chat_message", ({ channel, content }) => {
    if (channel !== "private") return;
    console.log("bob was told:", content);
    done();
  });
});

// A refused command has a code.
try {
  await ann.in("/chat").call("chat_message", { channel: "party", content: "anybody?" });
} catch (error) {
  if (!(error instanceof CommandError)) throw error;
  console.log("refused:", error.code);
}

ann.close();
bob.close();
