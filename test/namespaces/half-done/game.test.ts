import assert from "node:assert/strict";
import type { RoomId, UserId } from "../../../core/ids.ts";
import { asId } from "../../../core/ids.ts";
import { put } from "../../../core/ports/store/documents.ts";
import type { Store } from "../../../core/ports/store/store.ts";
import { roomView } from "../../../namespaces/game/delivery/view.ts";
import { gameContract } from "../../../namespaces/game/index.ts";
import { labelPlaces, listKeys } from "../../../namespaces/game/listing/stored.ts";
import { keys, type Room } from "../../../namespaces/game/rooms/stored.ts";
import { onEachSetup } from "../../support/app.ts";
import type { Written } from "../../support/doomed-store.ts";
import {
  connectionsOf,
  game,
  membersOf,
  placesWrongs,
  type Scene,
  type Stage,
  scene,
  settles,
  survives,
} from "./stage.ts";

const LABELS = { mode: "casual", skill: 5, pvp: true };

async function roomsOf(store: Store, written: Written): Promise<Room[]> {
  const ids = written.documents("game:", "room").map(({ partition }) => asId<RoomId>(partition.slice(5)));
  const found = await store.documents.loadMany(ids.map(keys.room));
  return found.flatMap((one) => (one === undefined ? [] : [one.state]));
}

/** Rooms against their players' lists, presence, the lobby and the join codes. */
async function wrongs(store: Store, written: Written): Promise<string[]> {
  const found: string[] = [];
  const rooms = new Map((await roomsOf(store, written)).map((room) => [room.id, room]));
  const users = written
    .documents("user:", "game:rooms")
    .map(({ partition }) => asId<UserId>(partition.slice(5)));
  const lists = new Map<UserId, readonly RoomId[]>();
  for (const user of users)
    lists.set(user, (await store.documents.load(keys.ownRooms(user)))?.state.rooms.map(({ id }) => id) ?? []);
  for (const [user, list] of lists)
    for (const id of list)
      if (!rooms.get(id)?.seats.some((seat) => seat.userId === user))
        found.push(`${user} lists ${id} without a seat`);
  const lobby = new Set(
    (await store.indexes.page(keys.lobby(), { limit: 500 })).members.map(({ member }) => member as RoomId),
  );
  for (const id of lobby) if (!rooms.has(id)) found.push(`the lobby shows ${id}, which is gone`);
  for (const { id, seats, private: hidden, phase, joinCode } of rooms.values()) {
    for (const { userId, connected, dropped } of seats) {
      if (!lists.get(userId)?.includes(id)) found.push(`${userId} has a seat in ${id} and does not list it`);
      const there = (await connectionsOf(store, game, userId)) > 0;
      if (there !== connected)
        found.push(
          `the seat of ${userId} is ${connected ? "taken" : "held"} and they are ${there ? "" : "not "}there`,
        );
      if (!there && !dropped && phase !== "playing")
        found.push(`the seat of ${userId}, who is gone, is still held`);
    }
    if (lobby.has(id) !== (!hidden && phase !== "ended")) found.push(`the lobby is wrong about ${id}`);
    if (joinCode !== null && (await store.documents.load(keys.joinCode(joinCode))) === undefined)
      found.push(`the join code of ${id} leads nowhere`);
  }
  found.push(...(await listWrongs(store, written, rooms)));
  for (const { partition, name } of written.documents("lobby", "code:")) {
    const code = await store.documents.load(keys.joinCode(name.slice(5)));
    if (code && !rooms.has(code.state.roomId)) found.push(`${partition} keeps a code of no room`);
  }
  return [...found, ...(await placesWrongs(store, "rooms", (id) => rooms.has(asId<RoomId>(id))))];
}

/** The listed rooms and the indexes of labels against the rooms. */
async function listWrongs(
  store: Store,
  written: Written,
  rooms: ReadonlyMap<RoomId, Room>,
): Promise<string[]> {
  const found: string[] = [];
  const places = new Set<string>();
  for (const { name } of written.documents("lobby", "listed:")) {
    const id = asId<RoomId>(name.slice("listed:".length));
    const room = rooms.get(id);
    const listed = (await store.documents.load(listKeys.listed(id)))?.state;
    const isThere = room !== undefined && !room.private && room.phase !== "ended";
    if (JSON.stringify(listed?.room) !== (isThere ? JSON.stringify(roomView(room)) : undefined))
      found.push(`${id} is listed as ${JSON.stringify(listed?.room)}`);
    if (isThere)
      for (const index of labelPlaces(id, room.createdAt, room.labels).keys())
        places.add(`${id} in ${index}`);
  }
  for (const key of [...written.indexes("lobby", "label:"), ...written.indexes("lobby", "numbers:")])
    for (const member of await membersOf(store, key))
      if (!places.delete(`${member} in ${key.name}`)) found.push(`${member} must not be in ${key.name}`);
  return [...found, ...Array.from(places, (place) => `there is no ${place}`)];
}

/** A room of bob's, who is on another worker, and ann. */
async function met(stage: Stage, input: { game?: string; private?: boolean } = {}) {
  const bob = await stage.other(gameContract, "bob");
  const { room } = await bob.call("room:create", { game: "relay", labels: LABELS, ...input });
  const ann = await stage.connect(gameContract, "ann");
  return { ann, bob, room_id: room.room_id };
}

async function joined(stage: Stage) {
  const made = await met(stage);
  await made.ann.call("room:join", { room_id: made.room_id });
  return made;
}

/** A room of ann's, whom bob has joined. */
async function owned(stage: Stage, game = "relay") {
  const ann = await stage.connect(gameContract, "ann");
  const { room } = await ann.call("room:create", { game, labels: LABELS });
  const bob = await stage.other(gameContract, "bob");
  await bob.call("room:join", { room_id: room.room_id });
  return { ann, bob, room_id: room.room_id };
}

const scenes: readonly Scene<unknown>[] = [
  scene({
    title: "room:create",
    before: (stage) => stage.connect(gameContract, "ann"),
    act: (_stage, ann) => ann.call("room:create", { game: "relay", labels: LABELS }),
  }),
  scene({
    title: "room:create of a private room",
    before: (stage) => stage.connect(gameContract, "ann"),
    act: (_stage, ann) => ann.call("room:create", { game: "relay", private: true }),
  }),
  scene({
    title: "room:join and the end of the connection",
    before: (stage) => met(stage),
    act: (stage, { ann, room_id }) => {
      ann.socket.emit("room:join", { room_id });
      return stage.leave(ann);
    },
  }),
  scene({
    title: "room:join on one device and the end of the other's connection",
    async before(stage) {
      return { ...(await met(stage)), phone: await stage.connect(gameContract, "ann") };
    },
    act: (stage, { ann, phone, room_id }) =>
      Promise.all([ann.call("room:join", { room_id }), stage.leave(phone)]).then(() => stage.leave(ann)),
  }),
  scene({
    title: "room:leave",
    before: joined,
    act: (_stage, { ann, room_id }) => ann.call("room:leave", { room_id }),
  }),
  scene({
    title: "room:leave of the last",
    async before(stage) {
      const ann = await stage.connect(gameContract, "ann");
      return { ann, ...(await ann.call("room:create", { game: "relay", private: true })).room };
    },
    act: (_stage, { ann, room_id }) => ann.call("room:leave", { room_id }),
  }),
  scene({
    title: "room:leave on one device and room:join on another",
    async before(stage) {
      return { ...(await joined(stage)), phone: await stage.connect(gameContract, "ann") };
    },
    act: (_stage, { ann, phone, room_id }) =>
      Promise.allSettled([ann.call("room:leave", { room_id }), phone.call("room:join", { room_id })]),
  }),
  scene({
    title: "room:update of labels",
    async before(stage) {
      const ann = await stage.connect(gameContract, "ann");
      const { room } = await ann.call("room:create", { labels: LABELS });
      return { ann, room_id: room.room_id };
    },
    act: (_stage, { ann, room_id }) =>
      ann.call("room:update", { room_id, labels: { mode: "ranked", skill: 6, pvp: null } }),
  }),
  scene({
    title: "room:kick",
    before: (stage) => owned(stage),
    act: (_stage, { ann, room_id }) => ann.call("room:kick", { room_id, user_id: "bob" }),
  }),
  scene({
    title: "room:start",
    before: (stage) => owned(stage, "dash-dice"),
    act: (_stage, { ann, room_id }) => ann.call("room:start", { room_id }),
  }),
  scene({
    title: "the end of a player's connection",
    before: joined,
    act: (stage, { ann }) => stage.leave(ann),
  }),
  scene({
    title: "a player who comes back",
    async before(stage) {
      const made = await joined(stage);
      await stage.leave(made.ann);
      return made;
    },
    act: (stage) => stage.connect(gameContract, "ann"),
  }),
  scene({
    title: "a player who goes and comes back at once",
    before: joined,
    act: (stage, { ann }) => Promise.all([stage.leave(ann), stage.connect(gameContract, "ann")]),
  }),
];

/** Seats and lists as nobody would write them: what a bug, or a store that lost some of it, might have left. */
const spoilt = scene({
  title: "a seat of one who is not there and whose list lacks it",
  thenMs: [310_000, 31_000],
  async before(stage) {
    return asId<RoomId>((await joined(stage)).room_id);
  },
  async act({ app }, id) {
    const { documents } = app.workers.at(-1)?.services.store ?? assert.fail("there is a worker");
    const room = (await documents.load(keys.room(id))) ?? assert.fail("there is the room");
    const seats = room.state.seats.map((seat) =>
      seat.userId === "ann" ? { ...seat, userId: asId<UserId>("ghost") } : seat,
    );
    await documents.commit({
      partition: keys.room(id).partition,
      documents: [put(keys.room(id), room.version, { ...room.state, seats })],
    });
  },
});

/** Two devices on two workers that come and go in one room, all at once. */
const crossing = scene({
  title: "room:join and room:leave of two devices, all at the same time",
  async before(stage) {
    return { ...(await met(stage)), phone: await stage.other(gameContract, "ann") };
  },
  act: (_stage, { ann, phone, room_id }) =>
    Promise.all(
      [ann, phone].flatMap((device) =>
        Array.from({ length: 24 }, (_, at) =>
          device.raw(at % 3 === 0 ? "room:leave" : "room:join", { room_id }),
        ),
      ),
    ),
});

const ended = scene({
  title: "a room that ends by itself after its game",
  thenMs: [900_000],
  async before(stage) {
    const made = await owned(stage, "dash-dice");
    await made.ann.call("room:start", { room_id: made.room_id });
    return made;
  },
  act: (_stage, { bob, room_id }) => bob.call("room:leave", { room_id }),
});

onEachSetup((setup) => {
  describe("/game half done: seats, lists, lobby and presence agree in the end", () => {
    for (const each of scenes)
      it(each.title, async function () {
        this.timeout(120_000);
        await survives(setup, each, wrongs);
      });
    for (const each of [spoilt, crossing, ended])
      it(each.title, async () => {
        await settles(setup, each, wrongs);
      });
  });
});
