// Finds rooms by their labels. Start the server first: `npm start`, then `node examples/find-rooms/index.mjs`.
import { io } from "socket.io-client";

const url = process.env.MUSTER_URL ?? "http://localhost:3000";
const ann = io(`${url}/game`, { auth: { user_id: "ann" } });
const guest = io(`${url}/game`); // may look, but not play

async function ask(socket, event, payload) {
  const { ok, error, ...result } = await socket.emitWithAck(event, payload);
  if (!ok) throw new Error(`${event}: ${error.message}`);
  return result;
}

// A list that stays up to date: the answer is its first page, and the events change it.
const filter = { game: "dash-dice", labels: { mode: "ranked", skill: { min: 1000 } } };
const { watch, rooms: first } = await ask(guest, "room:watch", filter);
let rooms = new Map(first.map((room) => [room.room_id, room]));
const changed = (event, change) =>
  new Promise((resolve) => {
    guest.once(event, (payload) => {
      if (payload.watch === watch) change(payload);
      console.log(
        "rooms:",
        [...rooms.values()].map(({ name, labels }) => `${name} (${labels.skill})`),
      );
      resolve();
    });
  });
const listed = () => changed("room:listed", ({ room }) => rooms.set(room.room_id, room));
const unlisted = () => changed("room:unlisted", ({ room_id }) => rooms.delete(room_id));
guest.on("room:list", (page) => (rooms = new Map(page.rooms.map((room) => [room.room_id, room]))));

let next = listed();
const { room } = await ask(ann, "room:create", {
  game: "dash-dice",
  name: "the arena",
  labels: { mode: "ranked", skill: 1200 },
});
await next;

next = listed();
await ask(ann, "room:update", { room_id: room.room_id, labels: { skill: 1250 } });
await next;

// The same search, once.
const found = await ask(guest, "room:list", { labels: { mode: ["ranked", "blitz"] } });
console.log(
  "found:",
  found.rooms.map(({ name }) => name),
);

next = unlisted();
await ask(ann, "room:update", { room_id: room.room_id, labels: { mode: "casual" } });
await next;

ann.close();
guest.close();
