/** What clients cause is a bounded number of lines, and none of them holds a secret. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { WebSocket } from "ws";
import { roomsContract } from "../../namespaces/rooms/index.ts";
import { createPacedLog } from "../../server/observability/paced-log.ts";
import { closeAll, startEmbedded, type TestApp } from "../support/app.ts";
import { logBook } from "../support/log-book.ts";

describe("a paced log", () => {
  it("writes ten lines of a message in a minute, and then how many more there were", () => {
    const book = logBook("info");
    let now = 0;
    const log = createPacedLog(book, () => now);
    for (let at = 0; at < 1_000; at++) log.warn({ at }, "flood");
    log.error({}, "another");
    assert.equal(book.of("flood").length, 10);
    assert.equal(book.of("another").length, 1);
    now = 60_000;
    log.warn({ at: 1_000 }, "flood");
    assert.deepEqual(
      book.of("flood (further lines of this minute)").map(({ level, fields }) => [level, fields.times]),
      [["warn", 990]],
    );
    assert.equal(book.of("flood").length, 11);
    for (let at = 0; at < 30; at++) log.warn({}, "flood");
    log.close();
    assert.equal(book.of("flood (further lines of this minute)").at(-1)?.fields.times, 21);
  });

  it("tells a bounded number of messages apart", () => {
    const book = logBook("info");
    const log = createPacedLog(book, () => 0);
    for (let at = 0; at < 10_000; at++) log.info({}, `made up ${at}`);
    assert.equal(book.lines.length, 510);
    log.close();
    assert.equal(book.lines.length, 511);
  });
});

const FLOOD = 60;
const SECRET = "s3cret-that-no-line-may-hold";

/** Each is sent many times over. */
const floods: Readonly<Record<string, (app: TestApp) => Promise<void>>> = {
  async "tokens that are not good"(app) {
    const url = `${app.url.replace("http", "ws")}/ws?token=${SECRET}.${SECRET}.x`;
    for (let at = 0; at < FLOOD; at++) {
      const ws = new WebSocket(url, { headers: { authorization: `Bearer ${SECRET}` } });
      ws.on("error", () => undefined);
      await once(ws, "close");
    }
  },
  async "requests with bodies that are not JSON"(app) {
    for (let at = 0; at < FLOOD; at++)
      await fetch(`${app.url}/api/websocket?token=${SECRET}`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${SECRET}` },
        body: `{"${SECRET}": `,
      });
  },
  async "frames that are none"(app) {
    const ws = new WebSocket(`${app.url.replace("http", "ws")}/ws?token=${app.token("ann")}`);
    ws.on("error", () => undefined);
    await once(ws, "open");
    for (let at = 0; at < FLOOD; at++) ws.send(`{"type": "${SECRET}`);
    ws.send('{"type":"ping"}');
    ws.close();
    await once(ws, "close");
  },
  async "commands that fail"(app) {
    const ann = await app.connect(roomsContract, "ann");
    await Promise.all(
      Array.from({ length: FLOOD }, () => ann.socket.emitWithAck("publish", { room: 7, data: SECRET })),
    );
  },
  async "bytes that are no HTTP"(app) {
    const { port, hostname } = new URL(app.url);
    for (let at = 0; at < FLOOD; at++) {
      const socket = connectTcp(Number(port), hostname)
        .on("error", () => undefined)
        .resume();
      socket.end(`${SECRET} \0\0 nonsense\r\n\r\n`);
      await once(socket, "close");
    }
  },
};

describe("the log under fire", function () {
  this.timeout(20_000);
  afterEach(closeAll);

  for (const [what, flood] of Object.entries(floods))
    it(`has few lines, and no secret in them: ${what}`, async () => {
      const book = logBook("info");
      const app = await startEmbedded({ log: book });
      await flood(app);
      await closeAll();
      const lines = book.lines.map((line) => JSON.stringify(line));
      assert.ok(lines.length <= 15, lines.join("\n"));
      assert.deepEqual(
        lines.filter((line) => line.includes(SECRET)),
        [],
      );
    });
});
