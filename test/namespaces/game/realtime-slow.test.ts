import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "socket.io";
import type { WebSocket } from "ws";
import { axis, entities, int, player } from "../../../core/realtime/fields.ts";
import { defineRealtime, type RealtimeGame } from "../../../core/realtime/game.ts";
import { gameContract } from "../../../namespaces/game/index.ts";
import { queuedPastStream } from "../../../server/socketio/direct-writes.ts";
import { networkOf } from "../../../server/socketio/limits/guarded-websocket.ts";
import { startEmbedded, type TestApp } from "../../support/app.ts";
import { get } from "../../support/http.ts";
import { closePlain, openPlain } from "../../support/plain.ts";
import { type Frame, RealtimeView, type Sync } from "../../support/realtime.ts";
import { sit } from "../../support/realtime-seat.ts";
import { until } from "../../support/until.ts";

/** So much changes at each step that each frame is full. */
const blizzard: RealtimeGame = defineRealtime({
  name: "blizzard",
  players: { min: 1, max: 2 },
  hz: 60,
  input: { x: axis() },
  state: {
    ships: entities({ owner: player(), x: int(0, 10) }),
    flakes: entities({ x: int(0, 1_000_000_000), y: int(0, 1_000_000_000) }),
  },
  setup: (players) => ({
    ships: new Map(players.map((owner) => [owner, { owner: owner as string | null, x: 0 }])),
    flakes: new Map(Array.from({ length: 300 }, (_, at) => [`flake-${at}`, { x: 0, y: 0 }])),
  }),
  step({ flakes }, _inputs, { random, emit }) {
    emit({ type: "gust", noise: "x".repeat(16_000) });
    for (const flake of flakes.values())
      Object.assign(flake, { x: random.int(0, 1_000_000_000), y: random.int(0, 1_000_000_000) });
  },
});

const WRITE_WAIT_MS = 1_500;
/** As much as ends the sending, and what may wait: a worker that was late sends up to five frames in one go on top, or the whole state. */
const STOPS_AT = 65_536;
/** Frames in a row at which so much waits that the next one is left out for sure. */
const LEFT_OUT = 10;
const MOST_WAITING = STOPS_AT + 6 * 34_000;
const skippedOf = async (app: TestApp) =>
  Number(
    /^muster_realtime_frames_skipped_total (\d+)$/m.exec(
      String((await get(`${app.url}/metrics`)).body.text),
    )?.[1],
  );

/** A spectator who can stop to read. */
interface Reader {
  readonly view: RealtimeView;
  pause(): void;
  resume(): void;
}

/** What a connection has waiting at the server. */
function waitingFor({ conn }: Socket): number {
  const inside = conn as unknown as {
    readonly writeBuffer: readonly { readonly data?: string }[];
    readonly ws?: WebSocket;
    readonly transport: { readonly socket?: WebSocket };
  };
  const queued = inside.writeBuffer.reduce((sum, { data = "" }) => sum + data.length, 0);
  const ws = inside.ws ?? inside.transport.socket;
  const network = ws && networkOf(ws);
  return queued + (ws?.bufferedAmount ?? 0) + (network ? queuedPastStream(network) : 0);
}

const taking = (view: RealtimeView) => (event: unknown, payload: unknown) => {
  if (event === "game_sync") view.sync(payload as Sync);
  if (event === "game_frame") view.frame(payload as Frame);
};

async function overSocketIo(app: TestApp, user: string, room_id: string): Promise<Reader> {
  const view = new RealtimeView(blizzard);
  const client = await app.connect(gameContract, user);
  client.socket.onAny(taking(view));
  await client.call("room:join", { room_id, spectate: true });
  const { ws } = client.socket.io.engine.transport as unknown as { readonly ws: WebSocket };
  return { view, pause: () => ws.pause(), resume: () => ws.resume() };
}

async function overWebSocket(app: TestApp, user: string, room_id: string): Promise<Reader> {
  const view = new RealtimeView(blizzard);
  const take = taking(view);
  const { ws, ...client } = await (async () => {
    const plain = openPlain(app.url, "/ws/game", { query: { token: app.token(user) } });
    plain.ws.on("message", (data) => {
      const frame = JSON.parse(String(data)) as { readonly type: string };
      take(frame.type, frame);
    });
    await plain.next("welcome");
    return { ws: plain.ws, call: plain.call.bind(plain) };
  })();
  assert.equal((await client.call("room:join", { room_id, spectate: true })).ok, true);
  return { view, pause: () => ws.pause(), resume: () => ws.resume() };
}

/** Engine.IO over HTTP by hand: a client that polls no more while it is paused. */
async function overPolling(app: TestApp, user: string, room_id: string, ended: AbortSignal): Promise<Reader> {
  const view = new RealtimeView(blizzard);
  const take = taking(view);
  const address = `${app.url}/socket.io/?EIO=4&transport=polling`;
  const opened = await (await fetch(address)).text();
  const url = `${address}&sid=${(JSON.parse(opened.slice(1)) as { readonly sid: string }).sid}`;
  const post = (body: string) => fetch(url, { method: "POST", body, signal: ended });
  let reads = Promise.resolve();
  let goOn: () => void = () => undefined;
  (async () => {
    while (!ended.aborted) {
      await reads;
      const packets = (await (await fetch(url, { signal: ended })).text()).split("\x1e");
      for (const packet of packets) {
        if (packet === "2") await post("3");
        if (packet.startsWith("40"))
          await post(`42/game,1["room:join",${JSON.stringify({ room_id, spectate: true })}]`);
        if (!packet.startsWith("42")) continue;
        const [event, payload] = JSON.parse(packet.slice(packet.indexOf("["))) as [string, unknown];
        take(event, payload);
      }
    }
  })().catch(() => undefined);
  await post(`40/game,${JSON.stringify({ token: app.token(user) })}`);
  await view.until("the room", ({ frames }) => frames.length > 0);
  return {
    view,
    pause() {
      reads = new Promise((resolve) => {
        goOn = resolve;
      });
    },
    resume: () => goOn(),
  };
}

describe("/game real-time rooms: readers that are slow", () => {
  afterEach(closePlain);
  const ended = new AbortController();
  after(() => ended.abort());

  const ways: readonly (readonly [string, (app: TestApp, user: string, room: string) => Promise<Reader>])[] =
    [
      ["Socket.IO over WebSocket", overSocketIo],
      ["plain WebSocket", overWebSocket],
      ["Socket.IO over polling", (app, user, room) => overPolling(app, user, room, ended.signal)],
    ];

  it("over each transport one that pauses costs a bounded memory and gets the newest state when it reads again, and one that does not is cut", async () => {
    const app = await startEmbedded({
      app: { realtimeGames: [blizzard] },
      env: { WEBSOCKET_WRITE_WAIT: `${WRITE_WAIT_MS}ms` },
    });
    const sockets = app.workers[0]?.io.of("/game").sockets ?? new Map<string, Socket>();
    const ann = await sit(app, "socket.io", "ann", blizzard);
    const { room_id } = (await ann.call("room:create", { game: "blizzard" })).room;
    await ann.call("room:start", { room_id });
    const readers: {
      readonly way: string;
      readonly reader: Reader;
      readonly socket: Socket;
      most: number;
      /** Frames of others during which more waited than may. */
      full: number;
    }[] = [];
    for (const [way, open] of ways)
      for (const what of ["pauses", "stops"]) {
        const before = new Set(sockets.keys());
        const reader = await open(app, `${what} over ${way}`, room_id);
        const [socket] = [...sockets.values()].filter(({ id }) => !before.has(id));
        assert.ok(socket);
        readers.push({ way, reader, socket, most: 0, full: 0 });
      }
    await Promise.all(
      readers.map(({ reader }) => reader.view.until("frames", ({ frames }) => frames.length > 3)),
    );
    ann.onFrame(() => {
      for (const one of readers) {
        const waits = waitingFor(one.socket);
        one.most = Math.max(one.most, waits);
        if (waits > STOPS_AT) one.full++;
      }
    });
    const cuts = readers.filter((_, at) => at % 2 === 1).map(({ socket }) => once(socket, "disconnect"));
    for (const { reader } of readers) reader.pause();
    await Promise.all(
      readers
        .filter((_, at) => at % 2 === 0)
        .map(async (one) => {
          const { way, reader } = one;
          const { view } = reader;
          one.full = 0;
          await until(`frames are left out over ${way}`, () => one.full > LEFT_OUT);
          const { tick } = ann.view;
          const before = view.syncs.length;
          reader.resume();
          // One from before may have waited in a buffer too.
          const sync = await view.until(`the newest state over ${way}, from ${tick} on`, ({ syncs }) =>
            syncs.slice(before).find((one) => one.tick >= tick),
          );
          assert.equal(sync.reason, "gap");
          await view.until("frames on it", (now) => now.tick > sync.tick + 3);
          assert.deepEqual(view.faults, []);
        }),
    );
    await Promise.all(cuts);
    for (const { way, most } of readers)
      assert.ok(most > STOPS_AT && most <= MOST_WAITING, `${way}: ${most} bytes waited`);
    assert.deepEqual(ann.view.faults, []);
    assert.ok((await skippedOf(app)) > readers.length);
  });
});
