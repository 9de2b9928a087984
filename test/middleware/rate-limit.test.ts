import assert from "node:assert/strict";
import fc from "fast-check";
import { GameError } from "../../core/contract/errors.ts";
import type { SharedCounters } from "../../core/ports/store/counters.ts";
import type { Offence, OffenceChannel } from "../../middleware/rate-limit/backoff.ts";
import {
  createRateLimiter,
  type RateLimiter,
  type RateLimiterOptions,
} from "../../middleware/rate-limit/limiter.ts";
import { SlidingWindow } from "../../middleware/rate-limit/windows.ts";

describe("sliding window", () => {
  it("never allows more than its limit in any span of its length, and never refuses below it", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 100, max: 5_000 }),
        fc.array(fc.nat(1_500), { maxLength: 300 }),
        (max, windowMs, steps) => {
          const window = new SlidingWindow({ max, windowMs });
          const taken: number[] = [];
          let now = 0;
          for (const step of steps) {
            now += step;
            const within = taken.filter((at) => at > now - windowMs).length;
            const wait = window.wait(now);
            assert.equal(wait === 0, within < max);
            if (wait > 0) continue;
            window.record(now);
            taken.push(now);
          }
          for (const start of taken)
            assert.ok(taken.filter((at) => at >= start && at < start + windowMs).length <= max);
        },
      ),
    );
  });

  it("says exactly how long to wait: not a millisecond sooner, and not later", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10 }),
        fc.array(fc.nat(300), { minLength: 1, maxLength: 60 }),
        (max, steps) => {
          const window = new SlidingWindow({ max, windowMs: 1_000 });
          let now = 0;
          for (const step of steps) {
            now += step;
            const wait = window.wait(now);
            if (wait > 0) {
              assert.ok(window.wait(now + wait - 1) > 0);
              assert.equal(window.wait(now + wait), 0);
              now += wait;
            }
            window.record(now);
          }
        },
      ),
    );
  });

  it("takes what others counted off its limit", () => {
    const window = new SlidingWindow({ max: 10, windowMs: 1_000 });
    for (let i = 0; i < 4; i++) window.record(0);
    assert.equal(window.wait(0, 5), 0);
    assert.ok(window.wait(0, 5.1) > 0);
    assert.equal(window.wait(500, 10), 1_000);
  });

  it("a clock that is set back by hours locks nobody out", () => {
    const window = new SlidingWindow({ max: 1, windowMs: 1_000 });
    window.record(10_000_000);
    assert.ok(window.wait(10_000_000 - 5) > 0, "a correction of milliseconds forgives nothing");
    assert.equal(window.wait(1_000), 0);
  });
});

describe("rate limiter", () => {
  const chat = { name: "chat_message", rate: { max: 5, windowMs: 1_000 } };
  const move = { name: "player_movement", rate: { max: 60, windowMs: 1_000 } };
  const roll = { name: "roll", rate: { max: 20, windowMs: 1_000 } };
  const ann = { id: "c1", userId: "ann" };
  const annElsewhere = { id: "c2", userId: "ann" };
  const bob = { id: "c3", userId: "bob" };

  let now: number;
  const open: RateLimiter[] = [];
  beforeEach(() => {
    now = 1_000_000;
  });
  afterEach(() => {
    for (const limiter of open.splice(0)) limiter.close();
  });
  const limiterOf = (options: Partial<RateLimiterOptions> = {}) => {
    const limiter = createRateLimiter({ limits: { events: {} }, clock: { now: () => now }, ...options });
    open.push(limiter);
    return limiter;
  };
  /** How many of `count` at once were taken. */
  const taken = (limiter: RateLimiter, caller: typeof ann, command: typeof chat, count: number) =>
    Array.from({ length: count }, () => limiter.take(caller, command)).filter((wait) => wait === 0).length;

  it("limits a user per event, over all of the user's connections", () => {
    const limiter = limiterOf();
    assert.equal(taken(limiter, ann, chat, 4), 4);
    assert.equal(taken(limiter, annElsewhere, chat, 4), 1);
    assert.equal(taken(limiter, ann, roll, 20), 20, "another event");
    assert.equal(taken(limiter, bob, chat, 5), 5, "another user");
    assert.equal(limiter.take(ann, chat), 1_000);
    now += 1_000;
    assert.equal(limiter.take(ann, chat), 0);
  });

  describe("by role", () => {
    const roles = {
      moderator: { chat_message: { max: 50, windowMs: 1_000 } },
      service: { chat_message: null },
      player: { chat_message: { max: 10, windowMs: 1_000 } },
    } as const;
    const as = (id: string, ...own: ("player" | "moderator" | "service")[]) => ({
      id,
      userId: id,
      identity: { roles: own },
    });

    it("the most generous rule of a user's roles holds, in place of the event's own", () => {
      const limiter = limiterOf({ limits: { events: { chat_message: { max: 1, windowMs: 1_000 } }, roles } });
      assert.equal(taken(limiter, as("pat", "player"), chat, 100), 10);
      assert.equal(taken(limiter, as("mod", "player", "moderator"), chat, 100), 50);
      assert.equal(taken(limiter, as("svc", "moderator", "service"), chat, 1_000), 1_000);
      assert.equal(taken(limiter, as("nobody"), chat, 100), 1);
      assert.equal(
        taken(limiter, as("mod", "moderator"), roll, 100),
        20,
        "of another event nothing was said",
      );
    });

    it("a role that comes or goes with a refreshed token counts from the next event on", () => {
      const limiter = limiterOf({ limits: { events: {}, roles } });
      assert.equal(taken(limiter, as("ann", "player"), chat, 100), 10);
      assert.equal(taken(limiter, as("ann", "moderator"), chat, 100), 50);
      now += 1_000;
      assert.equal(taken(limiter, as("ann", "player"), chat, 100), 10);
    });
  });

  it("a burst is limited beside the rate", () => {
    const rule = { max: 10, windowMs: 10_000, burst: { max: 3, windowMs: 1_000 } };
    const limiter = limiterOf({ limits: { events: { chat_message: rule } } });
    assert.equal(taken(limiter, ann, chat, 20), 3);
    assert.equal(limiter.take(ann, chat), 1_000, "the burst says how long");
    let all = 3;
    for (let second = 1; second < 10; second++) {
      now += 1_000;
      all += taken(limiter, ann, chat, 20);
    }
    assert.equal(all, 10);
  });

  describe("longer refusals", () => {
    const limits = { events: {}, longestRefusalMs: 60_000 };
    /** Sends far too much in each of so many seconds. */
    const flood = (limiter: RateLimiter, seconds: number, command = chat) => {
      for (let second = 0; second < seconds; second++, now += 1_000) taken(limiter, ann, command, 20);
    };

    it("a burst costs no more than its window, and so do two more", () => {
      const limiter = limiterOf({ limits });
      flood(limiter, 3);
      assert.equal(limiter.take(ann, chat), 0);
      now += 120_000;
      flood(limiter, 3);
      assert.equal(limiter.take(ann, chat), 0, "what was long ago is forgotten");
    });

    it("who goes on waits twice as long with each window, up to the longest, and not longer once they stop", () => {
      const limiter = limiterOf({ limits });
      flood(limiter, 3);
      const waits: number[] = [];
      for (let second = 0; second < 8; second++, now += 1_000) {
        taken(limiter, ann, chat, 20);
        waits.push(limiter.take(ann, chat));
      }
      assert.deepEqual(waits, [2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
      assert.equal(limiter.take(bob, chat), 0, "another user");
      assert.equal(limiter.take(ann, roll), 0, "another event");
      now += 59_000;
      assert.equal(limiter.take(ann, chat), 0);
    });

    it("streams of positions are spared, and so is everybody where it is off", () => {
      const limiter = limiterOf({ limits });
      for (let second = 0; second < 20; second++, now += 1_000) taken(limiter, ann, move, 200);
      assert.equal(limiter.take(ann, move), 0);
      const off = limiterOf({ limits: { events: {}, longestRefusalMs: 0 } });
      flood(off, 20);
      assert.equal(off.take(ann, chat), 0);
    });

    it("a clock that is set back by hours locks nobody out", () => {
      const limiter = limiterOf({ limits });
      flood(limiter, 10);
      now -= 3_600_000;
      assert.equal(limiter.take(ann, chat), 0);
    });
  });

  it("keeps events of the same name in two namespaces apart", () => {
    const limiter = limiterOf();
    assert.equal(taken(limiter, ann, chat, 10), 5);
    assert.equal(taken(limiter, ann, { ...chat }, 10), 5);
  });

  it("a configured rule replaces the contract's, also by none, and `constructor` is a name like any other", () => {
    const limiter = limiterOf({
      limits: { events: { chat_message: { max: 2, windowMs: 1_000 }, roll: null } },
    });
    assert.equal(taken(limiter, ann, chat, 10), 2);
    assert.equal(taken(limiter, ann, roll, 100), 100);
    assert.equal(taken(limiter, ann, { ...chat, name: "constructor" }, 10), 5);
  });

  it("limits a user over all events, a connection, and everybody", () => {
    const user = limiterOf({ limits: { user: { max: 10, windowMs: 1_000 }, events: {} } });
    assert.equal(taken(user, ann, roll, 8) + taken(user, annElsewhere, move, 8), 10);
    assert.equal(taken(user, bob, roll, 8), 8);

    const connection = limiterOf({ limits: { connection: { max: 10, windowMs: 1_000 }, events: {} } });
    assert.equal(taken(connection, ann, roll, 8) + taken(connection, ann, move, 8), 10);
    assert.equal(taken(connection, annElsewhere, move, 8), 8);

    const everybody = limiterOf({ limits: { global: { max: 10, windowMs: 1_000 }, events: {} } });
    assert.equal(taken(everybody, ann, roll, 8) + taken(everybody, bob, move, 8), 10);
  });

  it("does not count what it refuses, for any of its limits", () => {
    const limiter = limiterOf({ limits: { user: { max: 10, windowMs: 1_000 }, events: {} } });
    taken(limiter, ann, chat, 100);
    assert.equal(taken(limiter, ann, roll, 100), 5, "ten in all, of which five were chat");
  });

  it("tells which limit refused", () => {
    const refused: string[] = [];
    const limits = { user: { max: 6, windowMs: 1_000 }, events: {} };
    const limiter = limiterOf({ limits, onRefused: (limit) => refused.push(limit) });
    taken(limiter, ann, chat, 6);
    taken(limiter, ann, roll, 2);
    assert.deepEqual(refused, ["event", "user"]);
  });

  it("remembers a bounded number of users and connections", () => {
    const connection = { max: 100, windowMs: 1_000 };
    const limiter = limiterOf({ maxSubjects: 100, limits: { connection, events: {} } });
    for (let i = 0; i < 1_000; i++) limiter.take({ id: `c${i}`, userId: `u${i}` }, chat);
    assert.equal(limiter.size, 200);
    limiter.forget("c999");
    assert.equal(limiter.size, 199);
  });

  describe("on two workers", () => {
    /** The port's promise in memory: totals by key. */
    function countersInMemory() {
      const totals = new Map<string, number>();
      const port: SharedCounters & { away: boolean; calls: number } = {
        away: false,
        calls: 0,
        async add(deltas) {
          port.calls++;
          if (port.away) throw new GameError("unavailable");
          return deltas.map(({ key, add }) => {
            const total = (totals.get(key) ?? 0) + add;
            totals.set(key, total);
            return total;
          });
        },
      };
      return port;
    }

    it("a user is limited as one", async () => {
      const counters = countersInMemory();
      const [one, two] = [limiterOf({ counters }), limiterOf({ counters })];
      let accepted = 0;
      const seconds = 20;
      // 20 a second are allowed; 200 a second are tried on each, with an exchange every 200 ms.
      for (let ms = 0; ms < seconds * 1_000; ms += 5) {
        now += 5;
        for (const limiter of [one, two]) if (limiter.take(ann, roll) === 0) accepted++;
        if (ms % 200 === 0) await Promise.all([one.sync(), two.sync()]);
      }
      // Alone each would take 20 a second: 800 in all.
      assert.ok(accepted <= 20 * seconds * 1.25, `${accepted} taken`);
      assert.ok(accepted >= 20 * seconds * 0.5, `${accepted} taken`);
    });

    it("one worker refuses what the other took", async () => {
      const counters = countersInMemory();
      const [one, two] = [limiterOf({ counters }), limiterOf({ counters })];
      assert.equal(taken(one, ann, roll, 15), 15);
      assert.equal(taken(two, ann, roll, 5), 5);
      await one.sync();
      await two.sync();
      await one.sync();
      assert.ok(one.take(ann, roll) > 0);
      assert.ok(two.take(ann, roll) > 0);
      assert.equal(taken(two, bob, roll, 20), 20, "others are not concerned");
      now += 2_000;
      assert.equal(taken(two, ann, roll, 20), 20, "it passes");
    });

    it("a burst is limited as one", async () => {
      const counters = countersInMemory();
      const rule = { max: 100, windowMs: 10_000, burst: { max: 4, windowMs: 1_000 } };
      const limits = { events: { chat_message: rule } };
      const [one, two] = [limiterOf({ counters, limits }), limiterOf({ counters, limits })];
      assert.equal(taken(one, ann, chat, 3), 3);
      await one.sync();
      assert.equal(taken(two, ann, chat, 1), 1);
      await two.sync();
      assert.equal(taken(two, ann, chat, 10), 0);
      await one.sync();
      assert.equal(taken(one, ann, chat, 10), 0);
      // Past the window and the part of it that the one before weighs.
      now += 2_000;
      assert.equal(taken(two, ann, chat, 10), 4);
    });

    it("commands of one name in two namespaces are counted apart", async () => {
      const counters = countersInMemory();
      const [one, two] = [limiterOf({ counters }), limiterOf({ counters })];
      const [read, other] = [
        { ...chat, scope: "/chat" },
        { ...chat, scope: "/game" },
      ];
      assert.equal(taken(one, ann, read, 5) + taken(one, ann, other, 3), 8);
      for (const limiter of [one, two, one, two]) await limiter.sync();
      assert.equal(taken(one, ann, other, 5), 2);
    });

    describe("longer refusals", () => {
      const limits = { events: {}, longestRefusalMs: 60_000 };

      /** Between workers; `away`: nothing arrives. */
      function channelInMemory() {
        const listeners = new Set<(offence: Offence) => void>();
        const port: OffenceChannel & { away: boolean; told: number } = {
          away: false,
          told: 0,
          publish(offence) {
            port.told++;
            // As it travels.
            const text = JSON.stringify(offence);
            if (!port.away) for (const listener of listeners) listener(JSON.parse(text));
          },
          listen(listener) {
            listeners.add(listener);
            return () => void listeners.delete(listener);
          },
        };
        return port;
      }

      it("hold on the worker that the user goes to, for the user and the event, and end there too", () => {
        const offences = channelInMemory();
        const [one, two] = [limiterOf({ limits, offences }), limiterOf({ limits, offences })];
        for (let second = 0; second < 5; second++, now += 1_000) taken(one, ann, chat, 20);
        assert.equal(two.take(annElsewhere, chat), 8_000, "as in the sixth window on the first");
        assert.equal(two.take(bob, chat), 0);
        assert.equal(two.take(annElsewhere, roll), 0);
        assert.equal(one.take(ann, chat), 8_000, "and the first has heard of it");
        now += 8_000;
        assert.equal(two.take(annElsewhere, chat), 0);
      });

      it("are no longer for who floods two workers than for who floods one", () => {
        const offences = channelInMemory();
        const [one, two] = [limiterOf({ limits, offences }), limiterOf({ limits, offences })];
        const alone = limiterOf({ limits });
        for (let second = 0; second < 8; second++, now += 1_000) {
          for (const limiter of [one, two, alone]) taken(limiter, ann, chat, 20);
          const waits = [one, two, alone].map((limiter) => limiter.take(ann, chat));
          assert.deepEqual(waits, [waits[2], waits[2], waits[2]], `in second ${second}`);
        }
        assert.equal(offences.told, 8, "each window is told once");
      });

      it("a worker that hears nothing counts by itself", () => {
        const offences = channelInMemory();
        offences.away = true;
        const [one, two] = [limiterOf({ limits, offences }), limiterOf({ limits, offences })];
        for (let second = 0; second < 6; second++, now += 1_000) taken(one, ann, chat, 20);
        assert.equal(two.take(ann, chat), 0);
        for (let second = 0; second < 5; second++, now += 1_000) taken(two, ann, chat, 20);
        assert.ok(two.take(ann, chat) > 1_000);
      });

      it("that are told late, or of another time, lock nobody out for longer than the longest", () => {
        const offences = channelInMemory();
        const limiter = limiterOf({ limits, offences });
        const subject = "chat_message:ann";
        offences.publish({ subject, count: 9, at: now - 3_600_000, until: now + 3_600_000 });
        assert.equal(limiter.take(ann, chat), 0);
        offences.publish({ subject, count: 9, at: now, until: now + 3_600_000 });
        assert.equal(limiter.take(ann, chat), 60_000);
      });
    });

    it("users far below their limits are not told of", async () => {
      const counters = countersInMemory();
      const limiter = limiterOf({ counters });
      taken(limiter, ann, roll, 4);
      await limiter.sync();
      assert.equal(counters.calls, 0);
      taken(limiter, ann, roll, 1);
      await limiter.sync();
      assert.equal(counters.calls, 1);
      now += 5_000;
      await limiter.sync();
      assert.equal(counters.calls, 1, "nor are users of a window that is over");
    });

    it("a store that is away changes nothing of the own limit, and is told later", async () => {
      const counters = countersInMemory();
      const [one, two] = [limiterOf({ counters }), limiterOf({ counters })];
      counters.away = true;
      assert.equal(taken(one, ann, roll, 30), 20);
      await one.sync();
      assert.equal(taken(two, ann, roll, 5), 5);
      counters.away = false;
      await one.sync();
      await two.sync();
      assert.ok(two.take(ann, roll) > 0);
    });
  });
});
