import assert from "node:assert/strict";
import { asId, type WorkerId } from "../../core/ids.ts";
import type { Topic } from "../../core/ports/store/bus.ts";
import type { Store } from "../../core/ports/store/store.ts";
import { createClusterRequest } from "../../server/cluster/request.ts";

const log = { debug() {}, info() {}, warn() {}, error() {} };

/** A bus in memory that says what went where. */
class Exchange {
  readonly published: string[] = [];
  readonly #listeners = new Map<string, Set<(message: unknown) => void>>();
  readonly #workers: WorkerId[] = [];

  storeOf(name: string): { store: Store; worker: WorkerId } {
    const worker = asId<WorkerId>(name);
    this.#workers.push(worker);
    const store = {
      shared: true,
      health: () => ({ ok: true }),
      presence: { workers: async () => this.#workers.map((other) => ({ worker: other, info: {} })) },
      bus: { publish: this.publish, subscribe: this.subscribe },
    };
    return { store: store as unknown as Store, worker };
  }

  readonly publish = async ({ topic }: Topic<unknown>, message: unknown): Promise<boolean> => {
    this.published.push(topic);
    for (const hear of this.#listeners.get(topic) ?? []) hear(structuredClone(message));
    return true;
  };

  readonly subscribe = async ({ topic }: Topic<unknown>, hear: (message: never) => void) => {
    const all = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, all.add(hear as (message: unknown) => void));
    return () => void all.delete(hear as (message: unknown) => void);
  };
}

describe("a question to all workers", () => {
  let exchange: Exchange;
  const ends: (() => void)[] = [];
  beforeEach(() => {
    exchange = new Exchange();
  });
  afterEach(() => {
    for (const end of ends.splice(0)) end();
  });

  async function asker(name: string) {
    const answer = () => `${name}'s`;
    const made = await createClusterRequest<null, string>({
      ...exchange.storeOf(name),
      log,
      name: "test",
      answer,
    });
    ends.push(made.close);
    return made;
  }

  it("is answered to the worker that asked, and no other hears the answers", async () => {
    const [one] = [await asker("one"), await asker("two"), await asker("three")];
    assert.deepEqual((await one.askAll(null)).sort(), ["one's", "three's", "two's"]);
    assert.deepEqual(exchange.published, ["test:ask", "test:tell:one", "test:tell:one"]);
  });

  it("of an older worker, which names no place for answers, is answered to all", async () => {
    await asker("two");
    await exchange.publish({ topic: "test:ask" }, { id: "7", by: "old", question: null });
    assert.deepEqual(exchange.published, ["test:ask", "test:tell"]);
  });

  it("is answered by an older worker to all", async () => {
    const one = await asker("one");
    exchange.storeOf("old");
    await exchange.subscribe({ topic: "test:ask" }, ({ id }: { id: string }) => {
      void exchange.publish({ topic: "test:tell" }, { id, by: "old", answer: "old's" });
    });
    assert.deepEqual(await one.askAll(null), ["one's", "old's"]);
  });
});
