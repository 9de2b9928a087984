/** Whatever clients do, well or badly: when they are gone, nothing of them is left in a worker's memory. */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { asId, type UserId } from "../../core/ids.ts";
import { chatContract } from "../../namespaces/chat/index.ts";
import { combatContract } from "../../namespaces/combat/index.ts";
import { gameContract } from "../../namespaces/game/index.ts";
import { matchmakingContract } from "../../namespaces/matchmaking/schema.ts";
import { roomsContract } from "../../namespaces/rooms/index.ts";
import { worldContract } from "../../namespaces/world/index.ts";
import { contracts } from "../../server/contracts.ts";
import { onEachSetup, type TestApp } from "../support/app.ts";
import { closePlain, openPlain } from "../support/plain.ts";
import { RawEngine } from "../support/raw-engine.ts";

/** What is not nought, over all workers. */
const left = (app: TestApp): string[] =>
  app.workers.flatMap((worker, at) =>
    Object.entries(worker.held()).flatMap(([what, count]) =>
      count === 0 ? [] : [`worker ${at}: ${what} ${count}`],
    ),
  );

/** Sweeps go by the machine's time, once a second, and may need three rounds. */
const SWEEPS_MS = 20_000;

/** Graces and windows pass, and sweeps come round. */
async function settle(app: TestApp): Promise<void> {
  const end = performance.now() + SWEEPS_MS;
  while (left(app).length > 0 && performance.now() < end) {
    await app.advance(2_000);
    await app.runDue();
    await delay(50);
  }
  assert.deepEqual(left(app), []);
}

/** Packets that wait for a client; private in the library's types. */
const queued = (connection: object): number =>
  "writeBuffer" in connection && Array.isArray(connection.writeBuffer) ? connection.writeBuffer.length : 0;

/** A little of everything that a player does. */
async function play(app: TestApp, user: string, worker: 0 | 1, transport: "websocket" | "polling") {
  const as = { worker, transports: [transport] as ("websocket" | "polling")[], auth: { reliable: true } };
  const rooms = await app.connect(roomsContract, user, as);
  const game = await app.connect(gameContract, user, as);
  const chat = await app.connect(chatContract, user, as);
  const combat = await app.connect(combatContract, user, as);
  const world = await app.connect(worldContract, user, as);
  const matchmaking = await app.connect(matchmakingContract, user, as);
  await rooms.call("subscribe", { room: "lobby" });
  await rooms.call("publish", { room: "lobby", data: user });
  await rooms.call("relay:join", { room_id: "studio" });
  await rooms.call("relay", { room_id: "studio", data: Buffer.from(user) });
  const { room } = await game.call("room:create", {});
  await game.call("room:watch", { labels: { mode: "any" } });
  await game.call("status", { status: "away" });
  await game.call("room:start", { room_id: room.room_id }).catch(() => undefined);
  await chat.call("chat_message", { channel: "global", content: `hello from ${user}` });
  await chat.call("typing", { channel: "global", typing: true });
  await combat.call("combat_create", {
    participants: [
      { id: "rat", kind: "monster", team: "b" },
      { id: user, kind: "player", team: "a" },
    ],
  });
  await world.call("enter", { zone: "plaza", x: 1, y: 1 });
  world.socket.emit("player_movement", { x: 2, y: 1 });
  await matchmaking.call("queue_join", { game_mode: "classic" }).catch(() => undefined);
  return [rooms, game, chat, combat, world, matchmaking];
}

/** Connections whose clients do not behave. All of them are over, one way or the other, when it resolves. */
async function misbehave(app: TestApp, url: string): Promise<void> {
  const token = app.token("mallory");
  const open = async (...packets: (string | Buffer)[]) => {
    const raw = await RawEngine.open(url);
    for (const namespace of ["/", "/chat"]) await raw.connect(namespace, { token, reliable: true });
    for (const packet of packets) raw.send(packet);
    return raw;
  };
  const nested = "[".repeat(5_000) + "]".repeat(5_000);
  const cut = await Promise.all([
    // An attachment that nobody has announced, text where one was, packets that there are not.
    open(Buffer.from("x")),
    open('52-["relay",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]', "2[]"),
    open("9", "4{}", ""),
    open(...Array.from({ length: 40 }, () => `0/game,${JSON.stringify({ token })}`)),
  ]);
  const gone = await Promise.all([
    // These go in the middle of something.
    open('51-["relay",{"_placeholder":true,"num":0}]'),
    open('61-0[{"_placeholder":true,"num":0}]'),
    open(`2["publish",${nested}]`, `0/game,${JSON.stringify({ token })}`, "1/chat,", "1,"),
    open(...Array.from({ length: 60 }, (_, at) => `2${at}["subscribe",{"room":"${at}"}]`)),
    open(`0/game,${JSON.stringify({ token })}`, `0/world,${JSON.stringify({ token })}`),
    open(
      `0/matchmaking,${JSON.stringify({ token })}`,
      '2/matchmaking,1["queue_join",{"game_mode":"classic"}]',
    ),
    RawEngine.open(url),
    // Sent away from the namespace that it floods.
    open(...Array.from({ length: 1_200 }, (_, at) => `2["subscribe",{"room":"${at}"}]`)).then(async (raw) => {
      await raw.next((text) => text === "1");
      return raw;
    }),
  ]);
  for (const raw of gone) raw.close();
  await Promise.all([...cut, ...gone].map(({ closed }) => closed));
}

onEachSetup((setup) => {
  describe("what a worker holds", () => {
    afterEach(closePlain);

    it("is nought again after players, guests and plain clients have gone, whoever ended it", async () => {
      const app = await setup.start();
      assert.deepEqual(left(app), []);
      const clients = (
        await Promise.all([play(app, "ann", 0, "websocket"), play(app, "bob", 1, "polling")])
      ).flat();
      const guest = await app.connect(worldContract, null);
      const url = app.urls.at(-1) ?? app.url;
      const query = { token: app.token("carl") };
      const plain = ["/ws", "/ws/chat", "/ws/world", "/ws/studio", "/ws/matchmaking"].map((path) =>
        openPlain(url, path, { query }),
      );
      await Promise.all(plain.map((client) => client.opened()));
      await plain[0]?.call("subscribe", { room: "lobby" });
      const held = app.workers.map((worker) => worker.held());
      for (const what of [
        "connections",
        "connections_plain",
        "sessions",
        "users",
        "followed_streams",
        "inboxes",
        "zone_viewers",
        "chat_members",
        "combat_users",
        "room_members",
      ])
        assert.ok(
          held.some((counts) => (counts[what] ?? 0) > 0),
          `${what} is counted`,
        );
      // Some go by themselves, some are cut in the middle, some are sent away.
      for (const [at, client] of clients.entries())
        if (at % 2 === 0) client.disconnect();
        else client.socket.io.engine.close();
      guest.disconnect();
      plain[0]?.ws.close();
      plain[1]?.close();
      await app.workers[0]?.revoke({ userId: asId<UserId>("carl") });
      await settle(app);
    });

    it("is nought again after clients that send what they should not", async () => {
      const app = await setup.start();
      const bob = await app.connect(roomsContract, "bob");
      for (const url of app.urls) await misbehave(app, url);
      assert.ok((await bob.raw("ping")).ok);
      bob.disconnect();
      await settle(app);
    });

    it("is nought again after connections that end while they begin, in every namespace", async () => {
      const app = await setup.start();
      for (const contract of contracts)
        await Promise.all(
          Array.from({ length: 6 }, async (_, at) => {
            const raw = await RawEngine.open(app.urls[at % app.urls.length] ?? app.url);
            const nsp = contract.namespace === "/" ? "" : `${contract.namespace},`;
            raw.send(`0${nsp}${JSON.stringify({ token: app.token(`user${at}`) })}`);
            // Not before, not at, not after any step of it: on each of them once, by chance.
            for (let turn = 0; turn < at * 3; turn++) await new Promise((resolve) => setImmediate(resolve));
            raw.close();
            await raw.closed;
          }),
        );
      await settle(app);
    });

    it("counts clients that do not read as slow only as long as they are there", async () => {
      const app = await setup.start();
      const raw = await RawEngine.open(app.url);
      await raw.connect("/", { token: app.token("deaf") });
      const plain = openPlain(app.url, "/ws", { query: { token: app.token("deaf") } });
      await plain.call("ping");
      raw.ws.pause();
      plain.ws.pause();
      const [worker] = app.workers;
      const slow = () => worker?.held().connections_slow ?? 0;
      // Much until the system's buffers are full, then as little as is slow and not yet too much.
      for (let told = 0; slow() < 2 && told < 5_000; told++) {
        for (const socket of worker?.io.of("/").sockets.values() ?? [])
          if (queued(socket.conn) < 20) socket.emit("message", { data: "x".repeat(20_000) });
        await delay(1);
      }
      assert.equal(slow(), 2);
      // The server ends the one, with a goodbye that waits behind the rest; the other goes by itself.
      await worker?.revoke({ userId: asId<UserId>("deaf") });
      raw.close();
      plain.close();
      await settle(app);
    });
  });
});
