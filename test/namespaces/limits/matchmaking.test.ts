import assert from "node:assert/strict";
import { matchmakingContract } from "../../../namespaces/matchmaking/schema.ts";
import { onEachSetup, type TestApp } from "../../support/app.ts";

const SQUAD = "matchmaking:\n  modes:\n    squad: { game: relay, players_per_team: 20, max_tickets: 5 }\n";
const count = (all: readonly string[], one: string) => all.filter((each) => each === one).length;

const connectAll = (app: TestApp, many: number) =>
  Promise.all(
    Array.from({ length: many }, (_, at) =>
      app.connect(matchmakingContract, `u${at}`, { worker: (at % 2) as 0 | 1 }),
    ),
  );
const codeOf = (ack: { ok: boolean; error?: { code: string } }) => (ack.ok ? "ok" : (ack.error?.code ?? ""));

onEachSetup((setup) => {
  describe("limits of /matchmaking", () => {
    it("a queue takes as many tickets as its mode says, however many come at once", async () => {
      const app = await setup.start({ yaml: SQUAD });
      const clients = await connectAll(app, 12);
      const acks = await Promise.all(clients.map((each) => each.raw("queue_join", { game_mode: "squad" })));
      const told = acks.map(codeOf);
      assert.deepEqual([count(told, "ok"), count(told, "server_full")], [5, 7]);
      await clients[told.indexOf("ok")]?.call("queue_leave", {});
      await clients[told.indexOf("server_full")]?.call("queue_join", { game_mode: "squad" });
    });

    it("there is a bounded number of parties in all, and one that nobody is left in makes room", async () => {
      const app = await setup.start({ env: { LIMITS_PARTIES: "3" } });
      const clients = await connectAll(app, 8);
      const told = (await Promise.all(clients.map((each) => each.raw("party_create", {})))).map(codeOf);
      assert.deepEqual([count(told, "ok"), count(told, "server_full")], [3, 5]);
      await clients[told.indexOf("ok")]?.call("party_leave", {});
      await clients[told.indexOf("server_full")]?.call("party_create", {});
    });
  });
});
