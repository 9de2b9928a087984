import assert from "node:assert/strict";
import { createClient } from "redis";
import { chatContract } from "../../namespaces/chat/schema.ts";
import { gameContract } from "../../namespaces/game/schema.ts";
import { worldContract } from "../../namespaces/world/schema.ts";
import { closeAll, startTwoWorkers } from "../support/app.ts";
import { workersRedisUrl } from "../support/shared-redis.ts";

/** As JSON of a newer version, an older one, or nobody. */
const BODIES = [
  "null",
  "7",
  "true",
  '"text"',
  "[]",
  "[[],{}]",
  "{}",
  '{"kind":"of tomorrow","type":"of tomorrow","message":{"more":1},"version":99}',
  '{"kind":"inbox:notice","message":null}',
  '{"user":7,"users":"nobody","roomId":{},"id":[],"by":null,"mode":7,"namespace":"/of-tomorrow"}',
  '{"user":"ann","users":["ann"],"roomId":"r_none","id":"none","mode":"none","by":"ann","more":{"deep":[1]}}',
  '{"id":"q","by":"nobody","question":null,"answer":null,"to":[],"replyTo":"nowhere"}',
  '{"id":"q","by":"nobody","question":{"of":"tomorrow"},"replyTo":7}',
  '{"epoch":1,"offset":"x","entry":null}',
  '{"epoch":"e","offset":-1,"entry":{"kind":"of tomorrow"}}',
  "{not json",
  "",
];
/** A sender's mark stands before it; of notices, an offset and an epoch. */
const FRAMES = (body: string) => [body, `stranger ${body}`, `12 epoch ${body}`, `1 12 epoch ${body}`];

describe("messages between workers that are strange", () => {
  const faults: unknown[] = [];
  const fault = (thrown: unknown) => void faults.push(thrown);
  const others = { uncaughtException: [] as unknown[], unhandledRejection: [] as unknown[] };

  beforeEach(() => {
    faults.length = 0;
    for (const event of ["uncaughtException", "unhandledRejection"] as const) {
      others[event] = process.listeners(event as "uncaughtException");
      process.removeAllListeners(event);
      process.on(event, fault);
    }
  });
  afterEach(async () => {
    await closeAll();
    for (const event of ["uncaughtException", "unhandledRejection"] as const) {
      process.removeListener(event, fault);
      for (const listener of others[event]) process.on(event, listener as () => void);
    }
  });

  it("of unknown kinds, broken, or with fields missing: on every topic they end nothing, and are told once for each cause", async () => {
    const lines = new Map<string, number>();
    const note = (fields: object, message: string) => {
      if ("times" in fields) return;
      const { err, ...others } = fields as { readonly err?: Error & { readonly code?: string } };
      const cause = `${message} ${err?.code ?? err?.name} ${JSON.stringify(others)}`;
      lines.set(cause, (lines.get(cause) ?? 0) + 1);
    };
    const app = await startTwoWorkers({ log: { debug() {}, info: note, warn: note, error: note } });
    const ann = await app.connect(chatContract, "ann", { auth: { reliable: true } });
    const bob = await app.connect(chatContract, "bob", { worker: 1 });
    const [annPlays, bobPlays] = [
      await app.connect(gameContract, "ann"),
      await app.connect(gameContract, "bob", { worker: 1 }),
    ];
    const { room } = await annPlays.call("room:create", { game: "dash-dice" });
    await bobPlays.call("room:join", { room_id: room.room_id });
    await (await app.connect(worldContract, "ann")).call("enter", { zone: "town", x: 0, y: 0 });
    await app.runDue();

    const redis = createClient({ url: await workersRedisUrl() });
    await redis.connect();
    try {
      const prefix = app.workers[0]?.worker.replace(/^w0-/, "") ?? "";
      const channels = (await redis.pubSubChannels("*")).filter((name) => name.includes(prefix));
      assert.ok(channels.length > 20, `${channels.length} topics`);
      for (const name of channels)
        await Promise.all(BODIES.flatMap(FRAMES).map((text) => redis.publish(name, text)));
      // The adapter's, which listens to patterns.
      for (const name of [
        `${prefix}:io#/chat#`,
        `${prefix}:io#/chat#user:ann#`,
        `${prefix}:io-request#/chat#`,
      ])
        for (const text of ["", "text", "\u0093\u0001\u0002", "{}", '{"type":99}'])
          await redis.publish(name, text);
    } finally {
      await redis.close();
    }

    // All of it has been heard when what is said now is.
    for (const [says, hears, text] of [
      [ann, bob, "still here"],
      [bob, ann, "me too"],
    ] as const) {
      await says.call("chat_message", { channel: "global", content: text });
      await hears.next("chat_message", ({ content }) => content === text);
    }
    await bob.call("chat_message", { channel: "private", to: "ann", content: "only you" });
    await ann.next("chat_message", ({ content }) => content === "only you");
    await app.runDue();
    assert.deepEqual(faults, []);
    assert.ok([...lines.keys()].some((cause) => cause.startsWith("a listener of the store threw")));
    // Each of two workers tells a cause once.
    const repeated = [...lines].filter(([, times]) => times > 2);
    assert.deepEqual(repeated, []);
  });
});
