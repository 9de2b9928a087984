import assert from "node:assert/strict";
import type { Session } from "../../../core/contract/session.ts";
import { asId, type ConnectionId, type UserId } from "../../../core/ids.ts";
import { createContext } from "../../../namespaces/matchmaking/context.ts";
import { createReadyCheck } from "../../../namespaces/matchmaking/match/ready-check.ts";
import { parseModes } from "../../../namespaces/matchmaking/mode-config.ts";
import { createParties } from "../../../namespaces/matchmaking/party/parties.ts";
import { createJoin } from "../../../namespaces/matchmaking/queue/join.ts";
import { createLocalQueue } from "../../../namespaces/matchmaking/queue/local-queue.ts";
import { createQueueResume } from "../../../namespaces/matchmaking/queue/resume.ts";
import { createRatings } from "../../../namespaces/matchmaking/ratings.ts";
import { matchmakingContract } from "../../../namespaces/matchmaking/schema.ts";
import { onEachSetup, type TestApp } from "../../support/app.ts";

const LONELY = "matchmaking:\n  modes:\n    lonely: { game: dash-dice, teams: 32 }\n";

/** What a new connection of ann is sent, without its transport. */
async function greeting(app: TestApp, transport: Session["transport"]): Promise<[string, unknown][]> {
  const [worker] = app.workers;
  assert.ok(worker);
  // The worker's own parts run its deadlines.
  const services = { ...worker.services, timers: { on() {}, wake() {} } };
  const context = createContext(services, parseModes({ lonely: { game: "dash-dice", teams: 32 } }));
  const parties = createParties(context, 16);
  const queue = createLocalQueue(context, {
    join: createJoin(context, createRatings(context, new Map()), {
      engagementsOf: async (users) => users.map(() => []),
      withdrawAgreement: async () => undefined,
    }),
    readyCheck: createReadyCheck(context),
  });
  const resume = createQueueResume(context, queue, parties);
  const sent: [string, unknown][] = [];
  const userId = asId<UserId>("ann");
  await resume.greet({
    id: asId<ConnectionId>("c"),
    namespace: "/matchmaking",
    identity: { userId, name: "ann", roles: ["player"], anonymous: false },
    userId,
    client: { id: "c", source: "connection" },
    reliable: false,
    transport,
    connected: true,
    isSlow: false,
    emitFields() {},
    hasRole: () => true,
    emit: (event, payload) => sent.push([event, payload]),
    join() {},
    leave() {},
    close() {},
  });
  return sent;
}

describe("/matchmaking: the greeting", () => {
  onEachSetup((setup) => {
    it("tells a plain WebSocket client the size of the queues, and a Socket.IO client nothing", async () => {
      const app = await setup.start({ yaml: LONELY });
      const bob = await app.connect(matchmakingContract, "bob");
      await bob.call("queue_join", { game_mode: "lonely" });
      assert.deepEqual(await greeting(app, "websocket"), [
        ["queue_joined", { ticket_id: null, queue_size: 1 }],
      ]);
      assert.deepEqual(await greeting(app, "socket.io"), []);
    });

    it("tells either of a ticket that waits, and of the party", async () => {
      const app = await setup.start({ yaml: LONELY });
      const ann = await app.connect(matchmakingContract, "ann", { worker: 1 });
      const { ticket_id } = await ann.call("queue_join", { game_mode: "lonely" });
      const { party } = await ann.call("party_create", {});
      for (const transport of ["websocket", "socket.io"] as const) {
        const [joined, updated, ...more] = await greeting(app, transport);
        assert.equal(joined?.[0], "queue_joined");
        assert.equal((joined?.[1] as { ticket_id: string } | undefined)?.ticket_id, ticket_id);
        assert.deepEqual(updated, ["party_updated", { party }]);
        assert.deepEqual(more, []);
      }
    });
  });
});
