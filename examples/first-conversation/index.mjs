// Two players meet in a room. Run it beside a server in development: `npm start`, then `node examples/first-conversation/index.mjs`.
import { io } from "socket.io-client";

const url = process.env.MUSTER_URL ?? "http://localhost:3000";

async function tokenFor(user_id) {
  const answer = await fetch(`${url}/dev/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user_id }),
  });
  return (await answer.json()).token;
}

const ann = io(url, { auth: { token: await tokenFor("ann") } });
const bob = io(url, { auth: { token: await tokenFor("bob") } });

// Commands are acknowledged: { ok: true, … } or { ok: false, error: { code, message } }.
console.log(await ann.emitWithAck("subscribe", { room: "lobby" }));
const { epoch } = await bob.emitWithAck("subscribe", { room: "lobby" });

const heard = new Promise((resolve) => bob.once("message", resolve));
await ann.emitWithAck("publish", { room: "lobby", data: "hello bob", client_msg_id: "1" });
const { data, offset } = await heard;
console.log("bob heard:", data);

// A room is a stream: a client that was away sends its last position, and gets what it missed.
await bob.emitWithAck("unsubscribe", { room: "lobby" });
await ann.emitWithAck("publish", { room: "lobby", data: "while you were away" });
const back = await bob.emitWithAck("subscribe", { room: "lobby", since: { epoch, offset } });
console.log(
  "bob missed:",
  back.messages.map((message) => message.data),
);

ann.disconnect();
bob.disconnect();
