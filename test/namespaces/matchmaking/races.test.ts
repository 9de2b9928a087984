import assert from "node:assert/strict";
import { asId, type MatchId } from "../../../core/ids.ts";
import { deadlineKind } from "../../../core/ports/store/deadlines.ts";
import type { Lease } from "../../../core/ports/store/leases.ts";
import { createContext } from "../../../namespaces/matchmaking/context.ts";
import { createMatch } from "../../../namespaces/matchmaking/match/create.ts";
import { parseModes } from "../../../namespaces/matchmaking/mode-config.ts";
import { matchmakingContract } from "../../../namespaces/matchmaking/schema.ts";
import { keys, type MatchRecord, PARTITION, type Ticket } from "../../../namespaces/matchmaking/store.ts";
import { onEachSetup, type TestApp } from "../../support/app.ts";
import { connectAll, counted, placeOf, queueSize, storeOf } from "./clients.ts";

const HELD =
  "matchmaking:\n  modes:\n    held: { game: dash-dice, teams: 32, concurrent: true }\n" +
  "rate_limits:\n  connection: off\n  user: off\n  events: { queue_join: off, queue_leave: off }\n";
const held = { game_mode: "held" };

async function ticketOf(app: TestApp, user: string): Promise<Ticket> {
  const ticketId = (await placeOf(app, user))?.ticketId;
  const ticket = ticketId && (await storeOf(app).documents.load(keys.ticket(ticketId)));
  assert.ok(ticket, `${user} has no ticket`);
  return ticket.state;
}

async function leaseOf(app: TestApp): Promise<Lease> {
  const lease = await storeOf(app).leases.acquire(PARTITION, "tick:test", "w", 600_000);
  return lease ?? assert.fail("no lease");
}

/** What a step of forming a match has come to when a player drops. */
const STEPS = ["queued", "committed", "started", "told"] as const;

describe("/matchmaking: races", () => {
  onEachSetup((setup) => {
    it("of one user on two workers, a thousand times: one ticket each time", async () => {
      const app = await setup.start({ yaml: HELD });
      const users = Array.from({ length: 20 }, (_, at) => `user${at}`);
      const ones = await connectAll(app, users, { worker: 0 });
      const twos = await connectAll(app, users, { worker: 1 });
      for (let round = 0; round < 50; round++) {
        const outcomes = await Promise.all(
          users.map((_, at) =>
            Promise.all([ones[at]?.raw("queue_join", held), twos[at]?.raw("queue_join", held)]),
          ),
        );
        for (const acks of outcomes) {
          const codes = acks.map((ack) => (ack?.ok ? "ok" : ack?.error.code)).sort();
          assert.deepEqual(codes, ["already_queued", "ok"]);
        }
        assert.equal(await queueSize(app, "held"), users.length);
        const left = await Promise.all(
          users.map((_, at) =>
            Promise.all([ones[at]?.raw("queue_leave", {}), twos[at]?.raw("queue_leave", {})]),
          ),
        );
        for (const acks of left) assert.equal(acks.filter((ack) => ack?.ok).length, 1, JSON.stringify(acks));
        assert.equal(await queueSize(app, "held"), 0);
      }
    }).timeout(60_000);

    for (const step of STEPS)
      it(`a drop when a match is ${step} strands nobody: matched with the grace period`, async () => {
        const app = await setup.start({ yaml: HELD });
        const [ann, bob] = await connectAll(app, ["ann", "bob"], { auth: { reliable: true } });
        assert.ok(ann && bob);
        for (const client of [ann, bob]) await client.call("queue_join", held);
        const worker = app.workers[0] ?? assert.fail("there is a worker");
        const mode = parseModes({ held: { game: "dash-dice" } }).get("held") ?? assert.fail("no mode");
        const context = createContext(worker.services, parseModes({ held: { game: "dash-dice" } }));
        const tickets = [await ticketOf(app, "ann"), await ticketOf(app, "bob")];
        const drop = async (at: (typeof STEPS)[number]) => {
          if (at !== step) return;
          ann.disconnect();
          await counted(app, "ann", 0);
        };
        await drop("queued");
        const pairing = { tickets, teams: tickets.map((ticket) => [ticket]) };
        assert.equal(await createMatch(context, pairing, mode, await leaseOf(app)), "created");
        await drop("committed");
        await app.runDue();
        const { match_id } = await bob.next("match_found");
        await drop("started");
        await bob.next("game_started");
        await drop("told");
        const back = await app.connect(matchmakingContract, "ann", { worker: 1, auth: { reliable: true } });
        const told = [...ann.log, ...back.log].some(({ event }) => event === "match_found");
        if (!told) assert.equal((await back.next("match_found")).match_id, match_id);
        // Nobody waits, and nobody is held: both may queue again.
        assert.equal(await queueSize(app, "held"), 0);
        for (const client of [back, bob]) await client.call("queue_join", held);
      });

    it("found a seat in a match that has ended meanwhile: the ticket waits again with the age it had", async () => {
      const app = await setup.start({ yaml: HELD });
      const [ann] = await connectAll(app, ["ann"]);
      const { documents } = storeOf(app);
      await ann?.call("queue_join", held);
      const ticket = await ticketOf(app, "ann");
      await ann?.call("queue_leave", {});
      const matchId = asId<MatchId>("m_over");
      const match: MatchRecord = {
        matchId,
        mode: "held",
        phase: "starting",
        tickets: [ticket],
        teams: [[], []],
        accepted: [],
        joining: [{ ticket, team: 0 }],
      };
      await documents.commit({
        partition: PARTITION,
        documents: [{ name: keys.match(matchId).name, expected: 0, state: match }],
        deadlines: [{ kind: deadlineKind("match:fill").kind, id: matchId, dueAt: 0, payload: { matchId } }],
      });
      await app.runDue();
      await ann?.next("queue_joined", (joined) => joined.resumed === true);
      const again = await ticketOf(app, "ann");
      assert.deepEqual([again.ticketId, again.joinedAt], [ticket.ticketId, ticket.joinedAt]);
      assert.equal(await queueSize(app, "held"), 1);
      assert.equal((await documents.load(keys.match(matchId)))?.state.joining?.length, 0);
    });
  });
});
