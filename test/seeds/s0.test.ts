/**
 * DashDice matchmaking. Its addresses name two ports (8085 for sockets, 3000 for the API): here both are the one port of the
 * server. Its front end and its Go services live in other programs: their calls are made with the document's curl lines. Without
 * a gateway configured the queue is the server's own; what is forwarded to one has tests of its own.
 */
import assert from "node:assert/strict";
import { startEmbedded } from "../support/app.ts";
import { type Json, openPlain } from "../support/plain.ts";
import { curl, endSeeds, printed, quoted, runInBrowser, runInNode, typed, wscat, wsUrl } from "./support.ts";

const start = () => startEmbedded({ env: { AUTH_MODE: "dev" } });
const client = (url: string, user: string) =>
  quoted("s0-client.js", { "ws://localhost:8085": wsUrl(url), your_user_id: user });

const MATCH_FOUND = {
  user_ids: ["user1", "user2"],
  message_type: "match_found",
  data: { match_id: "match_123", game_mode: "classic", players: ["user1", "user2"] },
};
const broadcast = (url: string, body: object) =>
  curl(
    ...["-X", "POST", `${url}/api/websocket`],
    ...["-H", "Content-Type: application/json", "-d", JSON.stringify(body)],
  );

describe("the DashDice matchmaking document", () => {
  afterEach(endSeeds);

  for (const [name, run] of [
    ["Node", runInNode],
    ["a browser", runInBrowser],
  ] as const)
    it(`its JavaScript client runs in ${name}: greeted, told of its match by the API, told of errors`, async () => {
      const app = await start();
      const { lines } = await run(client(app.url, "user1"));
      await lines.next("connected", printed("Connected to matchmaking server"));
      await lines.next("greeted", printed("Joined matchmaking queue"));
      const sent = await broadcast(app.url, MATCH_FOUND);
      assert.deepEqual(sent, { delivered_to: 1, queued_for: 0 });
      const [, data] = await lines.next("its match", printed("Match found!"));
      assert.deepEqual(data, MATCH_FOUND.data);
      await broadcast(app.url, { user_id: "user1", message_type: "game_started", data: { room_id: "r" } });
      assert.deepEqual((await lines.next("its game", printed("Game started!")))[1], { room_id: "r" });
      await broadcast(app.url, { user_id: "user1", message_type: "error", data: { error: "from the API" } });
      assert.equal((await lines.next("an error", printed("WebSocket error:")))[1], "from the API");
    });

  it("its heartbeat is answered", async () => {
    const app = await start();
    const { lines, frames, intervals } = await runInNode(client(app.url, "user1"));
    await lines.next("connected", printed("Connected to matchmaking server"));
    const beat = intervals.get(30_000);
    assert.ok(beat);
    beat();
    const pong = await frames.next("pong", typed("pong"));
    assert.equal(typeof pong.timestamp, "string");
  });

  it("its React hook tells of the connection and the last message, and sends", async () => {
    const app = await start();
    const hook = quoted("s0-hook.js", {
      "ws://localhost:8085": wsUrl(app.url),
      "import { useEffect, useRef, useState } from 'react';": "",
      "export function": "return function",
    });
    // React itself is the front end's: this is what the hook needs of it, for one component that is rendered again on each change.
    const cells: unknown[] = [];
    let cell = 0;
    let changed: () => void = () => undefined;
    const effects: (() => (() => void) | undefined)[] = [];
    const react = {
      useState(first: unknown) {
        const at = cell++;
        if (!(at in cells)) cells[at] = first;
        return [
          cells[at],
          (value: unknown) => {
            cells[at] = value;
            changed();
          },
        ];
      },
      useRef(first: unknown) {
        const at = cell++;
        cells[at] ??= { current: first };
        return cells[at];
      },
      useEffect(effect: () => (() => void) | undefined) {
        if (effects.length === 0) effects.push(effect);
      },
    };
    type Hook = (user: string) => {
      connected: boolean;
      lastMessage: Json | null;
      sendMessage(m: Json): void;
    };
    let useHook: Hook | undefined;
    const { frames } = await runInNode(`keep((() => {${hook}})());`, {
      ...react,
      keep: (made: Hook) => {
        useHook = made;
      },
    });
    assert.ok(useHook);
    const made = useHook;
    const render = () => {
      cell = 0;
      return made("user7");
    };
    assert.deepEqual([render().connected, render().lastMessage], [false, null]);
    const greeted = new Promise<void>((resolve) => {
      changed = () => {
        if (render().lastMessage !== null) resolve();
      };
    });
    const cleanUp = effects[0]?.();
    await greeted;
    assert.equal(render().connected, true);
    assert.equal(render().lastMessage?.type, "queue_joined");
    render().sendMessage({ type: "queue_join", user_id: "user7", data: { game_mode: "classic" } });
    const joined = await frames.next("its ticket", (frame) => {
      return frame.type === "queue_joined" && (frame.data as Json).ticket_id !== null;
    });
    assert.equal((joined.data as Json).game_mode, "classic");
    const closed = new Promise<void>((resolve) => {
      changed = () => {
        if (!render().connected) resolve();
      };
    });
    cleanUp?.();
    await closed;
  });

  it("two users with its frames find each other, and start a game", async () => {
    const app = await start();
    const users = ["user1", "user2"].map((user) => openPlain(app.url, `/ws/matchmaking?user_id=${user}`));
    for (const [at, user] of users.entries())
      user.send({
        type: "queue_join",
        user_id: `user${at + 1}`,
        data: { game_mode: "classic" },
        timestamp: new Date().toISOString(),
      });
    for (const user of users) {
      const { data } = await user.next("match_found");
      assert.deepEqual(new Set((data as Json).players as string[]), new Set(["user1", "user2"]));
      assert.equal(((await user.next("game_started")).data as Json).match_id, (data as Json).match_id);
    }
  });

  it("its wscat session is greeted, and gets the curl lines' broadcast; the other curl lines answer", async () => {
    const app = await start();
    const session = wscat("-c", `${wsUrl(app.url)}/ws/matchmaking?user_id=test_user`);
    const greeted = await session.frames.next("greeting", typed("queue_joined"));
    assert.deepEqual(greeted.data, { ticket_id: null, queue_size: 0 });
    const statistics = await curl(`${app.url}/api/websocket`);
    assert.equal(statistics.connections, 1);
    await broadcast(app.url, { user_id: "test_user", message_type: "ping", data: { test: true } });
    assert.deepEqual((await session.frames.next("ping", typed("ping"))).data, { test: true });
  });
});
