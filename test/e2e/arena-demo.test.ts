import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { io, type Socket } from "socket.io-client";
import { arena } from "../../games/arena.ts";
import { type Frame, RealtimeView, type Sync } from "../support/realtime.ts";

/** Starts Redis and two workers, on a busy machine. */
const START_MS = 40_000;

/** The address that the demo says; rejects with what it printed where it ends instead. */
function addressOf(demo: ChildProcess): Promise<string> {
  let printed = "";
  return new Promise((found, failed) => {
    demo.once("exit", (code) => failed(new Error(`the demo ended with code ${code}: ${printed}`)));
    for (const stream of [demo.stdout, demo.stderr])
      stream?.on("data", (chunk: Buffer) => {
        printed += chunk;
        const [, url] = /open (http:\/\/localhost:\d+)\/arena/.exec(printed) ?? [];
        if (url !== undefined) found(url);
      });
  });
}

function player(url: string, user_id: string) {
  const socket: Socket = io(`${url}/game`, {
    auth: { user_id },
    transports: ["websocket"],
    reconnectionDelay: 50,
    reconnectionDelayMax: 100,
  });
  const view = new RealtimeView(arena);
  socket.on("game_sync", (sync: Sync) => view.sync(sync));
  socket.on("game_frame", (frame: Frame) => view.frame(frame));
  return { socket, view };
}

describe("npm run demo -- --arena", function () {
  this.timeout(2 * START_MS);
  let demo: ChildProcess;
  const sockets: Socket[] = [];

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.disconnect();
    if (demo.exitCode === null && demo.signalCode === null && demo.kill("SIGINT")) await once(demo, "exit");
  });

  it("serves the arena on two workers, and a room goes on when the page's button kills the worker that steps it", async () => {
    demo = spawn(
      process.execPath,
      ["--import=tsx", resolve("examples/demo/index.ts"), "--arena", "--port", "0"],
      {
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    const url = await addressOf(demo);
    const page = await fetch(`${url}/arena?workers=2`);
    assert.deepEqual([page.status, /<canvas/.test(await page.text())], [200, true]);
    const [ann, bob] = ["ann", "bob"].map((user) => player(url, user));
    assert.ok(ann && bob);
    sockets.push(ann.socket, bob.socket);
    const call = async (socket: Socket, event: string, payload: object) => {
      const answer = (await socket.timeout(10_000).emitWithAck(event, payload)) as {
        readonly ok: boolean;
        readonly room: { readonly room_id: string };
      };
      assert.equal(answer.ok, true, JSON.stringify(answer));
      return answer;
    };
    const { room_id } = (await call(ann.socket, "room:create", { game: "arena", options: { bots: 2 } })).room;
    await call(bob.socket, "room:join", { room_id });
    await call(ann.socket, "room:start", { room_id });
    const kill = (room: string) => fetch(`${url}/demo-control/kill?room=${room}`, { method: "POST" });
    assert.equal((await kill("no-such-room")).status, 404);
    // A second of play: by then the worker is known as the one that commits the room.
    for (const { view } of [ann, bob]) await view.until("a second of play", ({ tick }) => tick > 30);
    const { tick, epoch } = ann.view;
    assert.equal((await kill(room_id)).status, 200);
    for (const { view } of [ann, bob]) {
      const sync = await view.until("the room at another worker", ({ syncs }) =>
        syncs.find((one) => one.epoch > epoch),
      );
      assert.ok(sync.tick > tick - 15, `${sync.tick} after ${tick}`);
      await view.until("frames on it", (now) => now.tick > sync.tick + 10);
      assert.equal(view.state.ships?.size, 4);
    }
    demo.kill("SIGINT");
    const [code] = await once(demo, "exit");
    assert.equal(code, 0);
    await assert.rejects(fetch(url));
  });
});
