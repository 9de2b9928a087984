import assert from "node:assert/strict";
import fc from "fast-check";
import { newId, type TicketId } from "../../../core/ids.ts";
import type { Store } from "../../../core/ports/store/store.ts";
import { combine, enqueue, setPlaces } from "../../../namespaces/matchmaking/changes.ts";
import { createContext } from "../../../namespaces/matchmaking/context.ts";
import { parseModes } from "../../../namespaces/matchmaking/mode-config.ts";
import { byAge } from "../../../namespaces/matchmaking/pairing/pairing.ts";
import { SkillCounts } from "../../../namespaces/matchmaking/queue/wait-reasons.ts";
import { KEPT_CHANGES, keys, PARTITION, type Ticket } from "../../../namespaces/matchmaking/store.ts";
import { QueueCache } from "../../../namespaces/matchmaking/tick/queue-cache.ts";
import { createQueueTick } from "../../../namespaces/matchmaking/tick/tick.ts";
import { onEachSetup, type TestApp } from "../../support/app.ts";
import { connectAll, placeOf, queueSize, storeOf } from "./clients.ts";

/** Players queue for `held`, which the servers cannot match: 32 are needed. The tests tick it as they like. */
const HELD = "matchmaking:\n  modes:\n    held: { game: dash-dice, teams: 32 }\n";
const held = { game_mode: "held" };
const nothing = { changed() {}, clear() {} };
const noBackfill = { fill: async () => [] };

function modeAndContext(app: TestApp, worker: 0 | 1 = 0) {
  const { services } = app.workers[worker] ?? app.workers[0] ?? assert.fail("there is a worker");
  const modes = parseModes({ held: { game: "dash-dice" }, far: { game: "dash-dice" } });
  return { context: createContext(services, modes), mode: modes.get("held") ?? assert.fail("no mode") };
}

const users = (tickets: readonly Ticket[]) => tickets.map((each) => each.owner as string);

describe("the ticking worker's mirror of a queue", () => {
  onEachSetup((setup) => {
    it("reads the queue once, then only what has changed", async () => {
      const app = await setup.start({ yaml: HELD });
      const [ann, bob, cid] = await connectAll(app, ["ann", "bob", "cid"]);
      await ann?.call("queue_join", held);
      const { context, mode } = modeAndContext(app);
      const cache = new QueueCache(context, mode, nothing);
      await cache.follow();
      assert.deepEqual(users(cache.tickets), ["ann"]);
      await bob?.call("queue_join", held);
      // Of two tickets of one millisecond either may be the first.
      await app.advance(5);
      await cid?.call("queue_join", held);
      await bob?.call("preferences", { region: "eu" });
      await ann?.call("queue_leave", {});
      await cache.follow();
      assert.deepEqual(users(cache.tickets), ["bob", "cid"]);
      assert.equal(cache.tickets[0]?.region, "eu");
      assert.equal(cache.fullReads, 1);
    });

    it("reads it whole again where it has missed more than is kept, or the past is gone", async () => {
      const app = await setup.start({ yaml: HELD });
      const [ann, bob] = await connectAll(app, ["ann", "bob"]);
      await ann?.call("queue_join", held);
      const { context, mode } = modeAndContext(app);
      const cache = new QueueCache(context, mode, nothing);
      await cache.follow();
      const { streams } = storeOf(app);
      const gone = { gone: newId<TicketId>("t") };
      for (let at = 0; at < 20; at++)
        await streams.append(keys.changes("held"), gone, { ...KEPT_CHANGES, maxLength: 5 });
      await app.advance(5);
      await bob?.call("queue_join", held);
      await cache.follow();
      assert.equal(cache.fullReads, 2);
      assert.deepEqual(users(cache.tickets), ["ann", "bob"]);
    });

    it("of thousands is what the queue is", async () => {
      const app = await setup.start({ yaml: HELD });
      const { context, mode } = modeAndContext(app);
      const { documents } = storeOf(app);
      const many = Array.from({ length: 2_500 }, (_, at) => ticketOf(at));
      for (let at = 0; at < many.length; at += 100) {
        const pieces = many.slice(at, at + 100).map((each) => enqueue(each, 600_000));
        await documents.commit({ ...combine(...pieces), partition: PARTITION });
      }
      const cache = new QueueCache(context, mode, nothing);
      await cache.follow();
      assert.deepEqual(cache.tickets, many.toSorted(byAge));
      cache.drop(many.slice(0, 1_000));
      assert.equal(cache.tickets.length, 1_500);
    });

    it("keeps its lease while it reads a long queue, and makes nothing where another has taken it meanwhile or the worker stops", async () => {
      const app = await setup.start({ yaml: HELD });
      const { services } = app.workers[0] ?? assert.fail("there is a worker");
      const modes = parseModes({ long: { game: "dash-dice", teams: 32 } });
      const mode = modes.get("long") ?? assert.fail("no mode");
      const { store } = services;
      for (let at = 0; at < 1_100; at += 100) {
        const joinedAt = store.now();
        const some = Array.from({ length: 100 }, (_, more) => ({
          ...ticketOf(at + more),
          mode: "long",
          joinedAt,
        }));
        await store.documents.commit({
          ...combine(...some.map(waiting)),
          partition: PARTITION,
        });
      }
      let closing: Promise<void> | undefined;
      const indexes: Store["indexes"] = {
        ...store.indexes,
        page(...args) {
          closing ??= stopping.close();
          return store.indexes.page(...args);
        },
      };
      const stopping = createQueueTick(
        createContext({ ...services, store: { ...store, indexes } }, modes),
        mode,
        "stopping",
        noBackfill,
      );
      await stopping.run(true);
      await closing;
      assert.equal(await queueSize(app, "long"), 1_100, "it stops between the two pages");

      let late = 0;
      let renewed = 0;
      let isTaken = true;
      const slow: Store = {
        ...store,
        now: () => store.now() + late,
        indexes: {
          ...store.indexes,
          page(...args) {
            late += 2_000;
            return store.indexes.page(...args);
          },
        },
        leases: {
          ...store.leases,
          renew(...args) {
            renewed++;
            return isTaken ? Promise.resolve(false) : store.leases.renew(...args);
          },
        },
      };
      const tick = createQueueTick(
        createContext({ ...services, store: slow }, modes),
        mode,
        "slow",
        noBackfill,
      );
      await tick.run(true);
      assert.equal(renewed, 1, "between the two pages");
      assert.equal(await queueSize(app, "long"), 1_100);
      isTaken = false;
      await tick.run(true);
      assert.ok(renewed >= 2);
      assert.equal(await queueSize(app, "long"), 1_100 % 32);
      await tick.close();
    });

    it("is taken over when the worker that held the queue is dead, as soon as its lease runs out", async () => {
      const app = await setup.start({ yaml: HELD });
      const clients = await connectAll(app, ["ann", "bob"], { auth: { reliable: true } });
      const first = modeAndContext(app, 0);
      const second = modeAndContext(app, 1);
      // The servers' own ticks would ask for the same lease.
      for (const worker of app.workers) await worker.modules.matchmaking.close();
      const dead = createQueueTick(first.context, first.mode, "dead", noBackfill);
      const heir = createQueueTick(second.context, second.mode, "heir", noBackfill);
      await dead.run(true);
      for (const client of clients) await client.call("queue_join", held);
      // It never looks again. Nobody else may while it could still be alive.
      await heir.run(true);
      assert.equal(await queueSize(app, "held"), 2);
      await app.advance(3_500);
      await heir.run(true);
      assert.equal(await queueSize(app, "held"), 0, "nobody took over");
      const found = await Promise.all(clients.map((client) => client.next("match_found")));
      assert.equal(new Set(found.map((each) => each.match_id)).size, 1);
      // Back from the dead, it matches nobody a second time.
      await dead.run(true);
      for (const client of clients) assert.deepEqual(client.pending("match_found"), []);
      assert.equal((await placeOf(app, "ann"))?.ticketId, undefined);
      await heir.close();
    });
  });
});

/** In the queue, and its player with it. */
function waiting(each: Ticket) {
  const { owner, ticketId, joinedAt } = each;
  return combine(
    enqueue(each, 600_000),
    setPlaces(new Map([[owner, undefined]]), [owner], { ticketId }, joinedAt),
  );
}

function ticketOf(at: number): Ticket {
  const ticketId = `t${at}` as TicketId;
  const userId = `u${at}` as Ticket["owner"];
  return {
    ticketId,
    mode: "held",
    owner: userId,
    members: [{ userId, name: "x" }],
    skill: 1000,
    properties: [],
    joinedAt: 1_000_000 + ((at * 7_919) % 5_000),
    revision: 1,
  };
}

describe("counts of skills", () => {
  it("are those of a plain list, whatever comes and goes", () => {
    const step = fc.record({
      skill: fc.integer({ min: 0, max: 40 }),
      players: fc.integer({ min: 1, max: 3 }),
      goes: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 1_500 }), fc.nat(40), fc.nat(40), (steps, from, to) => {
        const counts = new SkillCounts();
        const plain: { skill: number; players: number }[] = [];
        for (const { skill, players, goes } of steps) {
          const at = plain.findIndex((each) => each.skill === skill && each.players === players);
          if (goes && at >= 0) {
            plain.splice(at, 1);
            counts.remove(skill, players);
          } else {
            plain.push({ skill, players });
            counts.add(skill, players);
          }
        }
        const within = plain.filter(({ skill }) => skill >= from && skill <= to);
        assert.equal(
          counts.between(from, to),
          within.reduce((sum, { players }) => sum + players, 0),
        );
      }),
      { numRuns: 60 },
    );
  });
});
