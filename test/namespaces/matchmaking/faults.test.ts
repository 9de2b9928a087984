import assert from "node:assert/strict";
import { asId, type UserId } from "../../../core/ids.ts";
import type { Lease } from "../../../core/ports/store/leases.ts";
import { createContext } from "../../../namespaces/matchmaking/context.ts";
import { createMatch } from "../../../namespaces/matchmaking/match/create.ts";
import { parseModes } from "../../../namespaces/matchmaking/mode-config.ts";
import type { Pairing } from "../../../namespaces/matchmaking/pairing/pairing.ts";
import { keys, PARTITION, type Ticket } from "../../../namespaces/matchmaking/store.ts";
import { closeAll, onEachSetup, startTwoWorkers, type TestApp } from "../../support/app.ts";
import { connectAll, counted, placeOf, queueSize, storeOf } from "./clients.ts";

/** Players queue for `held`, which no queue is ticked for by itself: 32 are needed. The tests form its matches. */
const HELD = "matchmaking:\n  modes:\n    held: { game: dash-dice, teams: 32 }\n";
const held = { game_mode: "held" };
const mode = parseModes({ held: { game: "dash-dice" } }).get("held");

async function ticketOf(app: TestApp, user: string): Promise<Ticket> {
  const { documents } = storeOf(app);
  const place = await documents.load(keys.place(asId<UserId>(user)));
  const ticket = place?.state.ticketId && (await documents.load(keys.ticket(place.state.ticketId)));
  assert.ok(ticket, `${user} has no ticket`);
  return ticket.state;
}

/** A worker that ends right after the commit: it notifies nobody and wakes no timers. */
async function formAndDie(app: TestApp, users: readonly string[], lease?: Lease) {
  const [worker] = app.workers;
  assert.ok(worker && mode);
  const tickets = await Promise.all(users.map((user) => ticketOf(app, user)));
  const pairing: Pairing = { tickets, teams: tickets.map((ticket) => [ticket]) };
  const context = createContext(worker.services, parseModes());
  return () =>
    createMatch(
      context,
      pairing,
      mode,
      lease ?? { partition: PARTITION, name: "tick:test", owner: "w", token: 1 },
    );
}

async function lease(app: TestApp, owner: string): Promise<Lease> {
  const taken = await storeOf(app).leases.acquire(PARTITION, "tick:test", owner, 3_000);
  assert.ok(taken, `${owner} did not get the lease`);
  return taken;
}

describe("/matchmaking: faults", () => {
  onEachSetup((setup) => {
    it("a worker that ends between committing a match and telling it is made up for", async () => {
      const app = await setup.start({ yaml: HELD });
      const clients = await connectAll(app, ["ann", "bob"], { auth: { reliable: true } });
      for (const client of clients) await client.call("queue_join", held);
      const formMatch = await formAndDie(app, ["ann", "bob"], await lease(app, "a"));
      assert.equal(await formMatch(), "created");
      await app.runDue();
      const found = await Promise.all(clients.map((client) => client.next("match_found")));
      assert.equal(new Set(found.map((each) => each.match_id)).size, 1);
      for (const client of clients) await client.next("game_started");
      await app.runDue();
      for (const client of clients) assert.deepEqual(client.pending("match_found"), []);
    });

    it("a worker that has lost its lease forms no match, and the tickets keep their places", async () => {
      const app = await setup.start({ yaml: HELD });
      const clients = await connectAll(app, ["ann", "bob"]);
      for (const client of clients) await client.call("queue_join", held);
      const late = await formAndDie(app, ["ann", "bob"], await lease(app, "a"));
      await app.advance(4_000);
      await lease(app, "b");
      assert.equal(await late(), "fenced");
      assert.equal(await queueSize(app, "held"), 2);
      for (const client of clients) assert.deepEqual(client.pending("match_found"), []);
    });

    it("a ticket that was withdrawn or changed since it was paired is in no match", async () => {
      const app = await setup.start({ yaml: HELD });
      const [ann, bob] = await connectAll(app, ["ann", "bob"]);
      for (const client of [ann, bob]) await client?.call("queue_join", held);
      const holding = await lease(app, "a");
      const changed = await formAndDie(app, ["ann", "bob"], holding);
      await ann?.call("preferences", { region: "eu" });
      assert.equal(await changed(), "changed");
      const withdrawn = await formAndDie(app, ["ann", "bob"], holding);
      await ann?.call("queue_leave", {});
      assert.equal(await withdrawn(), "changed");
      assert.equal(await queueSize(app, "held"), 1);
      assert.notEqual((await placeOf(app, "bob"))?.ticketId, undefined);
    });

    it("of two workers that form the same match one does", async () => {
      const app = await setup.start({ yaml: HELD });
      const clients = await connectAll(app, ["ann", "bob"]);
      for (const client of clients) await client.call("queue_join", held);
      const holding = await lease(app, "a");
      const twice = await Promise.all([
        formAndDie(app, ["ann", "bob"], holding),
        formAndDie(app, ["ann", "bob"], holding),
      ]);
      const outcomes = await Promise.all(twice.map((formMatch) => formMatch()));
      assert.deepEqual(outcomes.sort(), ["changed", "created"]);
      await app.runDue();
      for (const client of clients) await client.next("match_found");
      for (const client of clients) assert.deepEqual(client.pending("match_found"), []);
    });

    it("a drop at any moment while a match forms strands nobody", async () => {
      const app = await setup.start();
      for (let round = 0; round < 12; round++) {
        const users = [`ann${round}`, `bob${round}`];
        const [ann, bob] = await connectAll(app, users);
        await ann?.call("queue_join", { game_mode: "classic" });
        // The same command again after the drop, as a client does that got no acknowledgement.
        const wish = { game_mode: "classic", request_id: "only" };
        bob?.socket.emit("queue_join", wish);
        // From 'the command may not even arrive' to 'everything has been told'.
        for (let turn = 0; turn < round * 3; turn++) await new Promise((resolve) => setImmediate(resolve));
        bob?.disconnect();
        await counted(app, `bob${round}`, 0);
        const [back] = await connectAll(app, [`bob${round}`]);
        await back?.call("queue_join", wish);
        const found = await ann?.next("match_found");
        assert.deepEqual(new Set(found?.players), new Set(users));
        // Told on the first connection already, or on this one.
        const told = bob?.log.some((each) => each.event === "match_found");
        if (!told) assert.equal((await back?.next("match_found"))?.match_id, found?.match_id);
        ann?.disconnect();
        back?.disconnect();
      }
      assert.equal(await queueSize(app, "classic"), 0);
    });
  });

  describe("Redis, two workers", () => {
    afterEach(closeAll);

    it("the other worker ticks on when the one that did has stopped", async () => {
      const app = await startTwoWorkers();
      const [ann, bob] = await connectAll(app, ["ann", "bob"], { worker: 1 });
      await app.workers[0]?.close({ skip: AbortSignal.abort() });
      await ann?.call("queue_join", { game_mode: "classic" });
      await bob?.call("queue_join", { game_mode: "classic" });
      assert.equal((await ann?.next("match_found"))?.match_id, (await bob?.next("match_found"))?.match_id);
    });
  });
});
