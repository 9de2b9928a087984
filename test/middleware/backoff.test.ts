import assert from "node:assert/strict";
import {
  createSharedBackoff,
  type Offence,
  type OffenceChannel,
} from "../../middleware/rate-limit/backoff.ts";

const WINDOW_MS = 1_000;
const RULE = { max: 2, windowMs: WINDOW_MS };
const LONGEST_MS = 8 * WINDOW_MS;

/** A bus between workers, whose messages arrive when the test delivers them. */
class Bus {
  readonly #listeners: { readonly by: object; hear(offence: Offence): void }[] = [];
  readonly #sent: { readonly by: object; readonly offence: Offence }[] = [];

  channel(): OffenceChannel {
    const by = {};
    return {
      publish: (offence) => void this.#sent.push({ by, offence }),
      listen: (hear) => {
        this.#listeners.push({ by, hear });
        return () => undefined;
      },
    };
  }

  deliver(): number {
    const sent = this.#sent.splice(0);
    for (const { by, offence } of sent)
      for (const listener of this.#listeners) if (listener.by !== by) listener.hear(offence);
    return sent.length;
  }
}

describe("back-off over two workers", () => {
  function start() {
    let at = 1_000_000;
    const bus = new Bus();
    const create = () =>
      createSharedBackoff({ longestMs: LONGEST_MS, now: () => at, channel: bus.channel() });
    const [here, there] = [create(), create()];
    return {
      ...{ bus, here, there },
      get at() {
        return at;
      },
      pass(ms: number) {
        at += ms;
      },
      /** Is refused once in each of so many windows. */
      offend(windows: number, worker = here) {
        for (let count = 0; count < windows; count++) {
          worker.refuse("ann", at, 1, RULE);
          bus.deliver();
          at += WINDOW_MS;
        }
      },
    };
  }

  it("three windows with refusals cost nothing more; the fourth counts on the other worker too", () => {
    const test = start();
    test.offend(3);
    assert.equal(test.there.left("ann", test.at), 0);
    assert.equal(test.here.refuse("ann", test.at, 1, RULE), 2 * WINDOW_MS);
    assert.equal(test.there.left("ann", test.at), 0, "nothing was delivered yet");
    test.bus.deliver();
    assert.equal(test.there.left("ann", test.at), 2 * WINDOW_MS);
    assert.equal(test.there.left("bob", test.at), 0);
  });

  it("ends on both at the same time", () => {
    const test = start();
    test.offend(4);
    test.pass(WINDOW_MS - 1);
    for (const worker of [test.here, test.there]) assert.equal(worker.left("ann", test.at), 1);
    test.pass(1);
    for (const worker of [test.here, test.there]) assert.equal(worker.left("ann", test.at), 0);
  });

  it("goes on from what the other worker counted, up to the longest", () => {
    const test = start();
    test.offend(4);
    test.offend(1, test.there);
    // The fifth window, counted there: 4 windows from its begin, one of which has passed.
    assert.equal(test.here.left("ann", test.at), 3 * WINDOW_MS);
    test.offend(10, test.there);
    assert.equal(test.here.left("ann", test.at), LONGEST_MS - WINDOW_MS);
  });

  it("tells of a window once, however many refusals it has", () => {
    const test = start();
    for (let count = 0; count < 100; count++) test.here.refuse("ann", test.at, 1, RULE);
    assert.equal(test.bus.deliver(), 1);
  });

  it("is forgotten after a minute without a refusal, on both", () => {
    const test = start();
    test.offend(4);
    test.pass(62_000);
    for (const worker of [test.here, test.there]) {
      worker.sweep(test.at);
      assert.equal(worker.size, 0);
      assert.equal(worker.refuse("ann", test.at, 1, RULE), 1);
    }
  });
});
