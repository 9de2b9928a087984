import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { createChannelListeners } from "../../../server/store/redis/link/channel-listeners.ts";
import type { RedisListener, RedisNode } from "../../../server/store/redis/link/node.ts";

/**
 * As node-redis does it: a listener counts from when its subscription is confirmed, and where the last one that counts goes, Redis is told
 * to end the channel. Commands are answered one by one.
 */
function slowNode() {
  const counted = new Set<RedisListener>();
  const waiting: { readonly command: string; readonly answer: (lost?: Error) => void }[] = [];
  let subscribed = false;
  const send = (command: string, done: () => void) =>
    new Promise<void>((resolve, reject) => {
      const answer = (lost?: Error) => {
        if (lost) return reject(lost);
        subscribed = command === "subscribe";
        done();
        resolve();
      };
      waiting.push({ command, answer });
    });
  const node: Pick<RedisNode, "subscribe" | "unsubscribe"> = {
    async subscribe(_, listener) {
      if (counted.size > 0) counted.add(listener);
      else await send("subscribe", () => counted.add(listener));
    },
    async unsubscribe(_, listener) {
      if (counted.size - Number(counted.has(listener)) > 0) return counted.delete(listener);
      return send("unsubscribe", () => counted.delete(listener)).then(
        () => true,
        () => false,
      );
    },
  };
  return {
    node: node as RedisNode,
    counted,
    get subscribed() {
      return subscribed;
    },
    get waiting() {
      return waiting.map(({ command }) => command);
    },
    /** Answers the oldest command. */
    async answer(lost?: Error) {
      waiting.shift()?.answer(lost);
      await turn();
    },
  };
}

const listener = (): RedisListener => ({ type: "channel", binary: false, hear: () => undefined });

describe("Subscriptions that end and begin again before Redis has confirmed them", () => {
  it("an end does not take the next one with it", async () => {
    const redis = slowNode();
    const listeners = createChannelListeners(() => redis.node);
    const first = listeners.hear("ann", listener());
    void first.end();
    const last = listener();
    const second = listeners.hear("ann", last);
    for (let answers = 0; answers < 4; answers++) await redis.answer();
    await second.confirmed;
    assert.ok(redis.subscribed);
    assert.deepEqual([...redis.counted], [last]);

    void second.end();
    await turn();
    await redis.answer();
    assert.ok(!redis.subscribed);
    assert.equal(redis.counted.size, 0);
    listeners.close();
  });

  it("an end that was lost with the connection is asked for again", async () => {
    const redis = slowNode();
    const listeners = createChannelListeners(() => redis.node);
    const only = listeners.hear("ann", listener());
    await redis.answer();
    const ended = only.end();
    await turn();
    await redis.answer(new Error("Socket closed unexpectedly"));
    assert.ok(redis.subscribed);
    while (redis.waiting.length === 0) await turn();
    await redis.answer();
    await ended;
    assert.ok(!redis.subscribed);
    listeners.close();
  });
});
