// Two players and a moderator in a channel: messages, a resume, unread counts, a mute. Run it beside `npm start`.
import { io } from "socket.io-client";

const url = process.env.MUSTER_URL ?? "http://localhost:3000";

async function chat(user_id, roles) {
  const answer = await fetch(`${url}/dev/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user_id, ...(roles && { roles }) }),
  });
  const { token } = await answer.json();
  const socket = io(`${url}/chat`, { auth: { token } });
  return {
    socket,
    call: (event, payload) => socket.emitWithAck(event, payload),
    next: (event) => new Promise((resolve) => socket.once(event, resolve)),
  };
}

const ann = await chat("ann");
const bob = await chat("bob");
const mod = await chat("mia", ["moderator"]);

// A named channel, in addition to global, guild, party, private and room:<room_id>.
const channel = `trade-${Date.now()}`;
await mod.call("channel_create", { channel, description: "Buy and sell" });
const { epoch, offset } = await ann.call("channel_join", { channel });
await bob.call("channel_join", { channel });

const heard = bob.next("chat_message");
const sent = await ann.call("chat_message", { channel, content: "wood for sheep?", client_msg_id: "1" });
console.log("bob heard:", (await heard).content);
await bob.call("chat_message", { channel, content: "deal", reply_to: sent.message_id });
await ann.call("edit", { channel, message_id: sent.message_id, content: "wood for two sheep?" });

// A client that was away sends the last position it had in each channel, and gets everything since then.
const { channels: missed } = await ann.call("sync", { cursors: [{ channel, epoch, offset }] });
console.log(
  "since then:",
  missed[0].messages.map(({ event, content }) => `${event} ${content}`),
);
const { channels } = await bob.call("channels", {});
const trade = channels.find((each) => each.channel === channel);
console.log("bob has unread:", trade.unread, "last:", trade.last.content);
await bob.call("read", { channel, offset: trade.offset });

const told = bob.next("moderation");
await mod.call("mute", { user_id: "bob", channel, duration_s: 60, reason: "haggling" });
console.log("bob is told:", (await told).action, (await told).reason);
const refused = await bob.call("chat_message", { channel, content: "hm" });
console.log("bob may write:", refused.ok, refused.error.code);

await mod.call("channel_delete", { channel });
for (const { socket } of [ann, bob, mod]) socket.disconnect();
