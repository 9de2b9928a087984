import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import {
  type ChangeListener,
  followChanges,
  type Replaying,
  replayChanges,
} from "../../core/consistency/change-feed.ts";
import { GameError } from "../../core/contract/errors.ts";
import type { Log } from "../../core/ports/log.ts";
import { partitions, type StreamKey, streamKey } from "../../core/ports/store/keys.ts";
import type { Store, StoreHealth } from "../../core/ports/store/store.ts";
import type { StreamNotice, StreamPage, Streams } from "../../core/ports/store/streams.ts";

const KEY = streamKey<number>(partitions.system(), "changes");

/** One stream whose notices, reads and past can be taken away. */
class FakeStream {
  epoch = "one";
  /** The newest offset. */
  offset = 0;
  entries: { offset: number; entry: number }[] = [];
  isAway = false;
  isSilent = false;
  reads = 0;
  /** Called with each read, before its answer. */
  onRead = () => {};
  readonly listeners = new Set<(notice: StreamNotice<number>) => void>();
  readonly #health = new Set<(health: StoreHealth) => void>();

  append(...entries: number[]): void {
    for (const entry of entries) {
      const offset = ++this.offset;
      this.entries.push({ offset, entry });
      if (this.isSilent) continue;
      for (const listener of this.listeners) listener({ epoch: this.epoch, offset, entry });
    }
  }

  trim(count: number): void {
    this.entries.splice(0, count);
  }

  /** The store comes back without its newest entries. */
  lose(count: number): void {
    this.entries.splice(-count);
    this.offset -= count;
    for (const listener of this.#health) listener({ ok: true });
  }

  store(): Pick<Store, "streams" | "onHealth"> {
    const check = () => {
      if (this.isAway) throw new GameError("unavailable");
    };
    const streams: Pick<Streams, "read" | "positions" | "subscribe" | "renew"> = {
      read: async (_key, { after = 0, limit }) => {
        this.reads++;
        check();
        const { epoch, offset } = this;
        const entries = this.entries.filter((one) => one.offset > after).slice(0, limit);
        const page = { epoch, offset, first: this.entries[0]?.offset ?? offset + 1, entries };
        this.onRead();
        return page as unknown as StreamPage<never>;
      },
      positions: async (keys: readonly StreamKey<unknown>[]) => {
        check();
        return keys.map(() => ({ epoch: this.epoch, offset: this.offset }));
      },
      subscribe: async (_key, listener) => {
        check();
        const own = listener as unknown as (notice: StreamNotice<number>) => void;
        this.listeners.add(own);
        return () => this.listeners.delete(own);
      },
      renew: () => assert.fail("not used"),
    };
    return {
      streams: streams as Streams,
      onHealth: (listener) => {
        this.#health.add(listener);
        return () => this.#health.delete(listener);
      },
    };
  }
}

describe("a change feed", () => {
  let stream: FakeStream;
  let heard: (number | string)[];
  let warnings: number;
  let closing: (() => void)[];
  let listener: ChangeListener<number>;
  const log: Log = { debug() {}, info() {}, error() {}, warn: () => void warnings++ };
  const feed = () => ({ store: stream.store(), log, key: KEY });

  beforeEach(() => {
    stream = new FakeStream();
    heard = [];
    warnings = 0;
    closing = [];
    listener = {
      heard: (change) => heard.push(change),
      lost: (oldest) => heard.push(`lost before ${oldest}`),
    };
  });

  afterEach(() => {
    for (const close of closing) close();
    assert.equal(stream.listeners.size, 0);
  });

  /** Waits until a read that has begun is done. */
  async function settled(): Promise<void> {
    for (let i = 0; i < 20; i++) await turn();
  }

  async function follow(): Promise<void> {
    closing.push(await followChanges(feed(), listener));
  }

  function replay(): Replaying {
    const replaying = replayChanges(feed(), listener);
    closing.push(() => replaying.close());
    return replaying;
  }

  describe("that is followed", () => {
    it("brings changes from now on, by their notices alone", async () => {
      stream.append(1, 2);
      await follow();
      stream.append(3, 4);
      assert.deepEqual(heard, [3, 4]);
      assert.equal(stream.reads, 0);
    });

    it("reads what a notice did not bring, before the change whose notice came", async () => {
      await follow();
      stream.isSilent = true;
      stream.append(1, 2);
      stream.isSilent = false;
      stream.append(3);
      await settled();
      assert.deepEqual(heard, [1, 2, 3]);
    });

    it("reads again where a notice comes during a read", async () => {
      await follow();
      stream.isSilent = true;
      stream.append(1);
      stream.isSilent = false;
      let isFirst = true;
      // With the answer that finds nothing new.
      stream.onRead = () => {
        if (isFirst && heard.length > 0) {
          isFirst = false;
          stream.append(3);
        }
      };
      stream.append(2);
      await settled();
      assert.deepEqual(heard, [1, 2, 3]);
    });

    it("says that changes are lost that were trimmed, and goes on with the oldest that is left", async () => {
      await follow();
      stream.isSilent = true;
      stream.append(1, 2, 3);
      stream.trim(2);
      stream.isSilent = false;
      stream.append(4);
      await settled();
      assert.deepEqual(heard, ["lost before 3", 3, 4]);
    });

    it("of a renewed epoch says that changes are lost, and goes on from where that began", async () => {
      stream.append(1, 2);
      await follow();
      stream.epoch = "one~2";
      stream.append(3);
      await settled();
      assert.deepEqual(heard, ["lost before undefined", 3]);
    });

    it("says that changes are lost when the store comes back, and does not repeat what it holds", async () => {
      await follow();
      stream.append(1, 2);
      stream.lose(1);
      await settled();
      stream.append(3);
      assert.deepEqual(heard, [1, 2, "lost before undefined", 3]);
    });

    it("is refused where the store is away", async () => {
      stream.isAway = true;
      await assert.rejects(follow(), { code: "unavailable" });
    });
  });

  describe("that is replayed", () => {
    it("brings all that the stream holds, then what comes", async () => {
      stream.append(1, 2);
      replay();
      await settled();
      stream.append(3);
      assert.deepEqual(heard, [1, 2, 3]);
    });

    it("says first which changes are gone", async () => {
      stream.append(1, 2, 3);
      stream.trim(2);
      replay();
      await settled();
      assert.deepEqual(heard, ["lost before 3", 3]);
    });

    it("brings everything once more of another stream, and when the store comes back", async () => {
      stream.append(1, 2);
      replay();
      await settled();
      stream.lose(1);
      await settled();
      assert.deepEqual(heard.splice(0), [1, 2, 1]);
      stream.epoch = "two";
      stream.append(3);
      await settled();
      assert.deepEqual(heard, [1, 3]);
    });

    it("begins when the store is there, and warns once while it is not", async () => {
      stream.isAway = true;
      const replaying = replay();
      await settled();
      replaying.look();
      await settled();
      assert.equal(warnings, 1);
      stream.isAway = false;
      stream.append(1);
      replaying.look();
      await settled();
      assert.deepEqual(heard, [1]);
    });

    it("brings nothing after its end, also of a read that has begun", async () => {
      stream.append(1);
      const replaying = replay();
      stream.onRead = () => replaying.close();
      await settled();
      stream.append(2);
      await settled();
      assert.deepEqual(heard, []);
    });
  });
});
