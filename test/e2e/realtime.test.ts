import assert from "node:assert/strict";
import { io, type Socket } from "socket.io-client";
import { WebSocket } from "ws";
import type { RealtimeGame } from "../../core/realtime/game.ts";
import { arena } from "../../games/arena.ts";
import { freePort } from "../support/free-port.ts";
import { type Frame, RealtimeView, type Sync } from "../support/realtime.ts";
import { RealtimePlayer } from "../support/realtime-player.ts";
import { sharedRedis, uniquePrefix } from "../support/redis.ts";
import { type ServerFolder, type ServerProcess, serverFolder } from "../support/server-process.ts";

const game: RealtimeGame = arena;

interface Ack {
  readonly ok: boolean;
  readonly room: { readonly room_id: string };
}

function connect(server: ServerProcess, user_id: string): Socket {
  return io(`${server.url}/game`, {
    auth: { user_id },
    transports: ["websocket"],
    reconnectionDelay: 100,
    reconnectionDelayMax: 200,
  });
}

const call = async (socket: Socket, event: string, payload: object): Promise<Ack> => {
  const ack = (await socket.timeout(5_000).emitWithAck(event, payload)) as Ack;
  assert.ok(ack.ok, JSON.stringify(ack));
  return ack;
};

function follow(socket: Socket): RealtimeView {
  const view = new RealtimeView(game);
  socket.on("game_sync", (sync: Sync) => view.sync(sync));
  socket.on("game_frame", (frame: Frame) => view.frame(frame));
  return view;
}

/** A player over a plain WebSocket, who plays at once. */
async function plainPlayer(server: ServerProcess, user: string, room_id: string) {
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/ws/game?user_id=${user}`);
  const view = new RealtimeView(game);
  const player = new RealtimePlayer(room_id, view, (fields) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: "game:input", ...fields }));
  });
  socket.on("message", (data) => {
    const message = JSON.parse(String(data)) as { type: string };
    if (message.type === "game_sync") {
      view.sync(message as unknown as Sync);
      player.synced();
    }
    if (message.type === "game_frame") {
      view.frame(message as unknown as Frame);
      player.framed();
    }
  });
  await view.until("the room", ({ tick }) => tick > 0);
  return { socket, view, player };
}

describe("a real-time room outlives its worker", () => {
  let folder: ServerFolder;
  beforeEach(async () => {
    folder = await serverFolder();
  });
  afterEach(() => folder.close());

  it("kill -9 of the owner: another worker goes on within a second, with every saved input, and inputs that were not saved count again", async () => {
    const redis = await sharedRedis();
    const env = { REDIS_URL: redis.url, REDIS_PREFIX: uniquePrefix() };
    const first = folder.start(env);
    await first.listening;
    const second = folder.start({ ...env, WEBSOCKET_PORT: String(await freePort()) });
    await second.listening;

    const ann = connect(first, "ann");
    const annView = follow(ann);
    const { room } = await call(ann, "room:create", {
      game: "arena",
      options: { seconds: 600, target: 100 },
    });
    const { room_id } = room;
    const early = connect(first, "bob");
    await call(early, "room:join", { room_id });
    await call(ann, "room:start", { room_id });
    await annView.until("the start", ({ tick }) => tick > 1);

    // Nobody at the second worker followed the room when it began: the first one steps it.
    const { socket, view, player } = await plainPlayer(second, "bob", room_id);
    early.disconnect();
    player.input = { x: 0, y: 0, aim: 1, fire: false };
    await view.until("saved inputs", ({ saved }) => saved > 20);
    await view.until("a ship that has turned", (now) => Math.abs(Number(now.shipOf("bob")?.aim) - 1) < 0.01);

    const before = { epoch: view.epoch, tick: view.tick, saved: view.saved, faults: [...view.faults] };
    const killedAt = performance.now();
    first.kill("SIGKILL");
    const sync = await view.until("the take-over", ({ syncs }) =>
      syncs.find(({ reason }) => reason === "takeover"),
    );
    const gapMs = performance.now() - killedAt;
    assert.equal(sync.epoch, before.epoch + 1);
    assert.ok(sync.ack >= before.saved, `${sync.ack} of ${before.saved} saved inputs`);
    assert.ok(gapMs < 5_000, `${Math.round(gapMs)} ms`);
    const { seq } = player;
    await view.until("every input of the gap", ({ ack }) => ack >= seq);
    assert.equal(
      view.frames.find(({ lost }) => lost),
      undefined,
    );
    assert.deepEqual(view.faults, before.faults);

    // The player of the dead worker comes back to the living one and plays on.
    ann.disconnect();
    const back = connect(second, "ann");
    const backView = follow(back);
    await backView.until("the room", ({ tick }) => tick > sync.tick);
    assert.equal(backView.epoch, sync.epoch);
    back.disconnect();
    socket.close();
    second.kill("SIGKILL");
    await second.ended;
  });

  it("the embedded store: after a kill -9 and after an orderly stop the room goes on when its players are back", async () => {
    let server = folder.start();
    await server.listening;
    const ann = connect(server, "ann");
    const view = follow(ann);
    const { room } = await call(ann, "room:create", {
      game: "arena",
      options: { bots: 2, seconds: 600, target: 100 },
    });
    await call(ann, "room:start", { room_id: room.room_id });
    await view.until("two seconds", ({ tick }) => tick > 60);
    let { tick, epoch } = view;
    for (const signal of ["SIGKILL", "SIGTERM"] as const) {
      const syncs = view.syncs.length;
      server.kill(signal);
      await server.ended;
      server = folder.start();
      await server.listening;
      await view.until("the room again", () => view.syncs.length > syncs);
      const sync = view.syncs.at(-1);
      assert.ok(sync !== undefined && sync.epoch > epoch);
      assert.ok(sync.tick > tick - 15, `${sync.tick} after ${tick}`);
      await view.until("a second more", (now) => now.tick > sync.tick + 30);
      ({ tick, epoch } = view);
    }
    ann.disconnect();
  });
});
