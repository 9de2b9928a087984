import assert from "node:assert/strict";
import type { CommandOrder, CommandTurn } from "../../core/contract/contract.ts";
import { CommandQueue, CrowdedQueues, MAX_WAITING, roughBytes } from "../../middleware/command-queue.ts";

interface Started {
  readonly name: string;
  readonly turn: CommandTurn;
  end(): void;
}

/** A queue whose commands end when the test says so. */
function openQueue(crowded?: CrowdedQueues, isPaused = false) {
  const queue = new CommandQueue(crowded, isPaused);
  const started: Started[] = [];
  const abandoned: string[] = [];
  const start = (name: string, order: CommandOrder) => {
    const turn = queue.begin(order);
    const done = new Promise<void>((resolve) => started.push({ name, turn, end: resolve }));
    queue.track(
      order,
      done.then(() => turn.placed()),
      () => abandoned.push(name),
    );
  };
  return {
    queue,
    abandoned,
    names: () => started.map(({ name }) => name).join(" "),
    of(name: string): Started {
      const found = started.find((one) => one.name === name);
      assert.ok(found, `${name} has not started`);
      return found;
    },
    send(name: string, order: CommandOrder = "in-turn", bytes = 1): void {
      if (queue.isFree(order)) start(name, order);
      else queue.wait({ order, bytes, start: () => start(name, order), abandon: () => abandoned.push(name) });
    },
    /** Lets one end, and the next start. */
    async end(name: string): Promise<void> {
      this.of(name).end();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

describe("the commands of a session", () => {
  it("start one after the other, in the order in which they came", async () => {
    const q = openQueue();
    for (const name of ["a", "b", "c"]) q.send(name);
    assert.equal(q.names(), "a");
    await q.end("a");
    assert.equal(q.names(), "a b");
    await q.end("b");
    await q.end("c");
    assert.equal(q.names(), "a b c");
    assert.equal(q.queue.size, 0);
  });

  it("that read run together, behind and before what changes something", async () => {
    const q = openQueue();
    q.send("write");
    q.send("read1", "read");
    q.send("read2", "read");
    q.send("write2");
    q.send("read3", "read");
    await q.end("write");
    assert.equal(q.names(), "write read1 read2");
    await q.end("read2");
    assert.equal(q.names(), "write read1 read2");
    await q.end("read1");
    assert.equal(q.names(), "write read1 read2 write2");
    await q.end("write2");
    assert.equal(q.names(), "write read1 read2 write2 read3");
  });

  it("that hangs does not keep those pipelined behind it for ever", async () => {
    const crowded = new CrowdedQueues();
    try {
      const q = openQueue(crowded);
      q.send("a", "pipelined");
      q.send("b", "pipelined");
      let isItsTurn = false;
      void q.of("b").turn.mine?.then(() => {
        isItsTurn = true;
      });
      crowded.look(performance.now() + 20_000);
      await new Promise((resolve) => setImmediate(resolve));
      assert.ok(q.abandoned.includes("a"));
      assert.ok(isItsTurn);
      assert.equal(q.queue.size, 0);
      assert.equal(crowded.size, 0);
    } finally {
      crowded.close();
    }
  });

  it("that hangs does not keep the end of its session for ever", async () => {
    const crowded = new CrowdedQueues();
    try {
      const q = openQueue(crowded);
      q.send("a");
      let isIdle = false;
      void q.queue.idle().then(() => {
        isIdle = true;
      });
      crowded.look(performance.now() + 20_000);
      await new Promise((resolve) => setImmediate(resolve));
      assert.ok(isIdle);
      assert.equal(crowded.size, 0);
    } finally {
      crowded.close();
    }
  });

  it("that are free wait for none, and none waits for them", async () => {
    const q = openQueue();
    q.send("a");
    q.send("ping", "free");
    q.send("b");
    assert.equal(q.names(), "a ping");
    await q.end("a");
    assert.equal(q.names(), "a ping b");
  });

  it("that are pipelined are under way together, each with its turn behind the one before", async () => {
    const q = openQueue();
    for (const name of ["a", "b", "c"]) q.send(name, "pipelined");
    q.send("after");
    assert.equal(q.names(), "a b c");
    assert.equal(q.of("a").turn.mine, undefined);
    const order: string[] = [];
    void q.of("b").turn.mine?.then(() => order.push("b"));
    void q.of("c").turn.mine?.then(() => order.push("c"));
    // One that ends without having placed anything does not let the next overtake the first.
    await q.end("b");
    assert.deepEqual(order, []);
    q.of("a").turn.placed();
    await q.end("a");
    assert.deepEqual(order, ["b", "c"]);
    assert.equal(q.names(), "a b c");
    await q.end("c");
    assert.equal(q.names(), "a b c after");
  });

  it("wait for a session that is being set up", async () => {
    const q = openQueue(undefined, true);
    q.send("a");
    assert.equal(q.names(), "");
    q.queue.resume();
    assert.equal(q.names(), "a");
    await q.end("a");
  });

  it("are bounded in number and in bytes, and there is room again afterwards", async () => {
    const q = openQueue();
    q.send("running");
    for (let i = 0; i < MAX_WAITING; i++) q.send(`${i}`);
    assert.equal(q.queue.hasRoom(), false);
    q.queue.abandonWaiting();
    assert.equal(q.abandoned.length, MAX_WAITING);
    assert.equal(q.queue.hasRoom(), true);
    q.send("large", "in-turn", 1_900_000);
    assert.equal(q.queue.hasRoom(200_000), false);
    assert.equal(q.queue.hasRoom(50_000), true);
    await q.end("running");
    assert.equal(q.queue.hasRoom(1_900_000), true);
    await q.end("large");
    assert.equal(q.queue.size, 0);
  });

  it("that only read are given up where nobody waits for their results; the others come in their order", async () => {
    const q = openQueue();
    q.send("a");
    for (const [name, order] of [
      ["r1", "read"],
      ["b", "in-turn"],
      ["r2", "read"],
      ["c", "in-turn"],
    ] as const)
      q.send(name, order, 400_000);
    q.queue.abandonReads();
    assert.deepEqual(q.abandoned, ["r1", "r2"]);
    assert.equal(q.queue.hasRoom(1_100_000), true, "what they took is free");
    await q.end("a");
    await q.end("b");
    await q.end("c");
    assert.equal(q.names(), "a b c");
    assert.equal(q.queue.size, 0);
  });

  it("tell when the last of them has ended", async () => {
    const q = openQueue();
    await q.queue.idle();
    q.send("a");
    q.send("b");
    let isIdle = false;
    void q.queue.idle().then(() => {
      isIdle = true;
    });
    await q.end("a");
    assert.equal(isIdle, false);
    await q.end("b");
    assert.equal(isIdle, true);
  });

  it("are not kept waiting for ever by one that never ends", () => {
    const crowded = new CrowdedQueues();
    try {
      const q = openQueue(crowded);
      q.send("hangs");
      assert.equal(crowded.size, 0);
      q.send("next");
      assert.equal(crowded.size, 1);
      crowded.look(performance.now() + 5_000);
      assert.equal(q.names(), "hangs");
      crowded.look(performance.now() + 16_000);
      assert.equal(q.names(), "hangs next");
      assert.deepEqual(q.abandoned, ["hangs"]);
      assert.equal(crowded.size, 0);
    } finally {
      crowded.close();
    }
  });

  it("are weighed by what they hold", () => {
    assert.ok(roughBytes("x".repeat(1_000)) >= 1_000);
    assert.ok(roughBytes({ a: ["x".repeat(500), Buffer.alloc(500)] }) >= 1_000);
    assert.ok(roughBytes(Array.from({ length: 100 }, () => 1)) >= 1_000);
    assert.ok(roughBytes(undefined) < 100);
  });
});
