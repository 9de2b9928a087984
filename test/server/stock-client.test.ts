/** The stock client as everybody uses it: what it keeps while it is offline, sends again by itself, or sends while it changes its transport. */
import assert from "node:assert/strict";
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import type { Ack } from "../../core/contract/contract.ts";
import { onEachSetup, type TestApp } from "../support/app.ts";
import { online } from "../support/typed-client.ts";

const sockets: Socket[] = [];

function connect(
  app: TestApp,
  namespace: string,
  options: Partial<ManagerOptions & SocketOptions> = {},
): Socket {
  const socket = io(app.url + namespace, {
    auth: { token: app.token("ann", { guild_id: "g" }) },
    forceNew: true,
    reconnectionDelay: 20,
    reconnectionDelayMax: 50,
    ...options,
  });
  sockets.push(socket);
  return socket;
}

type Answer = Ack<Record<string, unknown>>;
const ask = (socket: Socket, event: string, input: object): Promise<Answer> =>
  socket.emitWithAck(event, input);
const codeOf = (answer: Answer) => (answer.ok ? "ok" : answer.error.code);

const numbers = (count: number) => Array.from({ length: count }, (_, at) => at);
const unlimited = { yaml: "rate_limits: { connection: off, user: off, events: { chat_message: 10000/1s } }" };

/** What was said in the guild, by another connection. */
async function said(app: TestApp): Promise<string[]> {
  const socket = connect(app, "/chat");
  const answer = (await ask(socket, "history", { channel: "guild", limit: 100 })) as {
    messages?: { content: string }[];
  };
  return (answer.messages ?? []).map(({ content }) => content);
}

onEachSetup((setup) => {
  describe("the stock client", () => {
    afterEach(() => {
      for (const socket of sockets.splice(0)) socket.disconnect();
    });

    for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]])
      it(`over ${transports.join(" and ")}: what it kept while offline is served in its order`, async () => {
        const app = await setup.start();
        const socket = connect(app, "/", { transports });
        await online({ socket });
        socket.io.engine.close();
        await new Promise<void>((resolve) => {
          if (!socket.connected) return resolve();
          socket.once("disconnect", () => resolve());
        });
        const asked = [
          ask(socket, "publish", { room: "r", data: "too early" }),
          ask(socket, "subscribe", { room: "r" }),
          ...numbers(5).map((data) => ask(socket, "publish", { room: "r", data })),
          ask(socket, "unsubscribe", { room: "r" }),
          ask(socket, "publish", { room: "r", data: "too late" }),
          ask(socket, "subscribe", { room: "r" }),
        ];
        const answers = await Promise.all(asked);
        assert.deepEqual(answers.map(codeOf), [
          "not_subscribed",
          ...Array(7).fill("ok"),
          "not_subscribed",
          "ok",
        ]);
        const offsets = answers.slice(2, 7).map((answer) => answer.ok && answer.offset);
        assert.deepEqual(offsets, [1, 2, 3, 4, 5]);
      });

    it("that sends again by itself (`retries`) is heard once and in order, over every loss of its connection", async () => {
      const app = await setup.start(unlimited);
      const socket = connect(app, "/chat", { transports: ["websocket"], retries: 20, ackTimeout: 1_000 });
      const asked = numbers(20).map(async (at) => {
        const answer = await ask(socket, "chat_message", {
          channel: "guild",
          content: `${at}`,
          client_msg_id: `m${at}`,
        });
        if (at % 5 === 0) socket.io.engine.close();
        return codeOf(answer);
      });
      assert.deepEqual(new Set(await Promise.all(asked)), new Set(["ok"]));
      assert.deepEqual(
        await said(app),
        numbers(20).map((at) => `${at}`),
      );
    });

    it("is heard once and in order while it changes from polling to WebSocket", async () => {
      const app = await setup.start(unlimited);
      const socket = connect(app, "/chat");
      const upgraded = new Promise((resolve) => socket.io.engine.once("upgrade", resolve));
      const asked: Promise<Answer>[] = [];
      for (const at of numbers(100)) {
        asked.push(ask(socket, "chat_message", { channel: "guild", content: `${at}` }));
        // Some before there is a connection, and the others in turns of their own, so that some meet the change.
        if (at === 20) await online({ socket });
        if (at > 20) await new Promise((resolve) => setImmediate(resolve));
      }
      assert.deepEqual(new Set((await Promise.all(asked)).map(codeOf)), new Set(["ok"]));
      await upgraded;
      assert.deepEqual(
        await said(app),
        numbers(100).map((at) => `${at}`),
      );
    });
  });
});
