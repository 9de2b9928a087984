/** What clients cause is one line a minute and cause, with a count, and no line holds a secret. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { WebSocket } from "ws";
import { roomsContract } from "../../namespaces/rooms/index.ts";
import { createPacedLog } from "../../server/observability/paced-log.ts";
import { closeAll, startEmbedded, type TestApp } from "../support/app.ts";
import { connectClient } from "../support/client.ts";
import { post } from "../support/http.ts";
import { type BookLine, logBook } from "../support/log-book.ts";
import { refusalOf } from "../support/refusals.ts";

describe("a paced log", () => {
  it("writes the first line of a cause, and one a minute with how many more there were and the last of them", () => {
    const book = logBook("info");
    let now = 0;
    const log = createPacedLog(book, () => now);
    const told = () => book.lines.splice(0).map(({ level, message, fields }) => [level, message, fields]);
    for (let at = 0; at < 1_000; at++) log.warn({ at }, "flood");
    log.error({}, "another");
    assert.deepEqual(told(), [
      ["warn", "flood", { at: 0 }],
      ["error", "another", {}],
    ]);
    now = 60_000;
    log.warn({ at: 1_000 }, "flood");
    assert.deepEqual(told(), [["warn", "flood", { at: 999, times: 999 }]]);
    for (let at = 0; at < 30; at++) log.warn({ at }, "flood");
    log.close();
    assert.deepEqual(told(), [["warn", "flood", { at: 29, times: 31 }]]);
    log.warn({ at: 1 }, "flood");
    log.warn({ at: 2 }, "flood");
    assert.equal(told().length, 2, "what comes after the end is written as it is");
  });

  it("tells causes apart by the error's code and the server's own names, never by what clients send", () => {
    const book = logBook("info");
    const log = createPacedLog(book, () => 0);
    for (let at = 0; at < 100; at++) {
      log.error({ err: new TypeError(`made up ${at}`), user: `user ${at}` }, "a handler failed");
      log.error({ err: Object.assign(new Error(), { code: "EIO" }) }, "a handler failed");
      log.error({ err: new TypeError(), command: "publish" }, "a handler failed");
    }
    assert.equal(book.lines.length, 3);
    log.close();
    assert.deepEqual(
      book.lines.slice(3).map(({ fields }) => fields.times),
      [99, 99, 99],
    );
  });

  it("tells a bounded number of causes apart, and loses none", () => {
    const book = logBook("info");
    const log = createPacedLog(book, () => 0);
    for (let at = 0; at < 10_000; at++) log.info({}, `made up ${at}`);
    assert.equal(book.lines.length, 501);
    log.close();
    assert.equal(book.lines.length, 502);
    assert.equal(book.of("(lines of several causes)")[0]?.fields.times, 10_000 - 501);
  });
});

/** Below the limit of events a second, so that each has the cause that it is meant to have. */
const FLOOD = 18;
const SECRET = "s3cret-that-no-line-may-hold";
const BAD_TOKEN = `${SECRET}.${SECRET}.x`;
const API_KEY = "an API key of the tests, long enough";
const MAX_MESSAGE = 4_000;

interface Flood {
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** @returns how many of the cause there were */
  run(app: TestApp): Promise<number>;
}

async function each(act: (nr: number) => Promise<unknown>): Promise<number> {
  for (let nr = 0; nr < FLOOD; nr++) await act(nr);
  return FLOOD;
}

/** Connects, and is refused. */
const refusedAt = (app: TestApp, namespace: string, auth: object, transports?: ("websocket" | "polling")[]) =>
  refusalOf(
    connectClient({
      url: app.url,
      namespace,
      name: "nobody",
      auth: { ...auth },
      ...(transports && { transports }),
    }),
  );

/** A plain connection that sends this and leaves. */
async function sendPlain(app: TestApp, frames: readonly string[]): Promise<void> {
  const ws = new WebSocket(`${app.url.replace("http", "ws")}/ws?token=${app.token("ann")}`);
  ws.on("error", () => undefined);
  await once(ws, "open");
  for (const frame of frames) ws.send(frame);
  ws.send('{"type":"ping"}');
  ws.close();
  await once(ws, "close");
}

const postWith = (app: TestApp, token: string, body: string) =>
  post(`${app.url}/api/websocket`, body, { token });

const refused = (entrance: string, reason: string) => ({
  message: "refused connections",
  fields: { entrance, reason },
});
const command = (name: string, outcome: string) => ({
  message: "refused commands",
  fields: { command: name, outcome },
});

/** Each is sent many times over. */
const floods: Readonly<Record<string, Flood>> = {
  "bad tokens over plain WebSocket": {
    ...refused("WebSocket", "token_invalid"),
    run: (app) =>
      each(async () => {
        const ws = new WebSocket(`${app.url.replace("http", "ws")}/ws?token=${BAD_TOKEN}`, {
          headers: { authorization: `Bearer ${SECRET}` },
        });
        ws.on("error", () => undefined);
        await once(ws, "close");
      }),
  },
  "bad tokens over Socket.IO's WebSocket": {
    ...refused("Socket.IO", "token_invalid"),
    run: (app) => each(() => refusedAt(app, "/chat", { token: BAD_TOKEN }, ["websocket"])),
  },
  "bad tokens over Socket.IO's polling": {
    ...refused("Socket.IO", "token_invalid"),
    run: (app) => each(() => refusedAt(app, "/chat", { token: BAD_TOKEN }, ["polling"])),
  },
  "log-ins to the dashboard": {
    ...refused("dashboard", "unauthorized"),
    run: async (app) => {
      const answers = [];
      for (let nr = 0; nr < FLOOD; nr++)
        answers.push(await refusedAt(app, "/admin", { username: SECRET, password: SECRET }));
      return answers.filter(({ data }) => data?.code === "unauthorized").length;
    },
  },
  "requests with a wrong key": {
    ...refused("HTTP", "token_invalid"),
    run: (app) => each(() => postWith(app, BAD_TOKEN, `{"${SECRET}": `)),
  },
  "requests with bodies that are not JSON": {
    message: "failed requests",
    fields: { code: "invalid_json" },
    run: (app) => each(() => postWith(app, API_KEY, `{"${SECRET}": `)),
  },
  "requests with bodies that are too large": {
    message: "failed requests",
    fields: { code: "payload_too_large" },
    run: (app) => each(() => postWith(app, API_KEY, JSON.stringify({ x: SECRET.repeat(MAX_MESSAGE / 10) }))),
  },
  "bytes that are no HTTP": {
    ...refused("HTTP", "no_http"),
    run(app) {
      const { port, hostname } = new URL(app.url);
      return each(async () => {
        const socket = connectTcp(Number(port), hostname)
          .on("error", () => undefined)
          .resume();
        socket.end(`${SECRET} \0\0 nonsense\r\n\r\n`);
        await once(socket, "close");
      });
    },
  },
  "frames that are no JSON": {
    ...command("(unknown)", "invalid_json"),
    async run(app) {
      await sendPlain(app, Array<string>(FLOOD).fill(`{"type": "${SECRET}`));
      return FLOOD;
    },
  },
  "frames that are too large": {
    ...command("(unknown)", "payload_too_large"),
    async run(app) {
      const frame = JSON.stringify({ type: "publish", room: "a", data: SECRET.repeat(MAX_MESSAGE / 20) });
      await sendPlain(app, Array<string>(FLOOD).fill(frame));
      return FLOOD;
    },
  },
  "events that nobody knows": {
    ...command("(unknown)", "unknown_event"),
    async run(app) {
      const ann = await app.connect(roomsContract, "ann");
      return each((nr) => ann.socket.emitWithAck(`${SECRET}${nr}`, {}));
    },
  },
  "commands of a wrong form": {
    ...command("publish", "invalid_payload"),
    async run(app) {
      const ann = await app.connect(roomsContract, "ann");
      return each(() => ann.socket.emitWithAck("publish", { room: 7, data: SECRET }));
    },
  },
  "commands beyond a limit": {
    ...command("subscribe", "rate_limited"),
    async run(app) {
      const ann = await app.connect(roomsContract, "ann");
      const acks: { ok: boolean }[] = await Promise.all(
        Array.from({ length: 4 * FLOOD }, () => ann.socket.emitWithAck("subscribe", { room: SECRET })),
      );
      return acks.filter(({ ok }) => !ok).length;
    },
  },
};

/** What a line stands for. */
const timesOf = ({ fields }: BookLine) => Number(fields.times ?? 1);

describe("the log under fire", () => {
  afterEach(closeAll);

  for (const [what, { message, fields, run }] of Object.entries(floods))
    it(`has one line of it, one with how many more, and no secret in them: ${what}`, async () => {
      const book = logBook("info");
      const app = await startEmbedded({
        log: book,
        env: {
          ...{ API_KEY, WEBSOCKET_MAX_MESSAGE_SIZE: String(MAX_MESSAGE) },
          ...{ ADMIN_USERNAME: "operator", ADMIN_PASSWORD: "rather-long-one" },
        },
      });
      const times = await run(app);
      await closeAll();
      const all = book.lines.map((line) => JSON.stringify(line));
      const lines = book.of(message, fields);
      assert.ok(times > 1);
      assert.deepEqual(
        [lines.length, lines.reduce((sum, line) => sum + timesOf(line), 0)],
        [2, times],
        all.join("\n"),
      );
      assert.ok(all.length <= 6, all.join("\n"));
      assert.deepEqual(
        all.filter((line) => line.includes(SECRET)),
        [],
      );
    });
});
