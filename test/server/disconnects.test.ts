import assert from "node:assert/strict";
import type { NamespaceName } from "../../core/contract/contract.ts";
import { asId, type UserId } from "../../core/ids.ts";
import { createDisconnects } from "../../server/cluster/disconnects.ts";
import { SessionRegistry } from "../../server/sessions/registry.ts";
import type { SocketSession } from "../../server/sessions/socket-session.ts";
import { onEachSetup } from "../support/app.ts";
import { logBook } from "../support/log-book.ts";
import { until } from "../support/until.ts";

const bob = asId<UserId>("bob");
const eve = asId<UserId>("eve");
const probe = asId<UserId>("probe");

/** What the registry and the disconnects look at of a session. */
function sessionOf(userId: UserId, namespace: NamespaceName = "/game") {
  const ended: string[] = [];
  const session = { userId, namespace, socket: { conn: {} }, close: (code: string) => ended.push(code) };
  return { session: session as unknown as SocketSession, ended };
}

onEachSetup((setup) => {
  describe("a user who is disconnected by the server", () => {
    it("is ended on every worker where they are, and nowhere that they come to afterwards", async () => {
      const app = await setup.start();
      const workers = app.workers.map(({ services: { store } }) => {
        let passed = 0;
        const registry = new SessionRegistry(() => store.now() + passed);
        const disconnects = createDisconnects({ store, registry, log: logBook("info") });
        return { registry, disconnects, pass: () => passed++ };
      });
      const join = (at: number, of: ReturnType<typeof sessionOf>) => {
        workers[at]?.registry.add(of.session);
        return of;
      };
      const last = workers.length - 1;
      try {
        // Until all follow the list: the worker that is asked ends sessions at once, and again when it hears of it.
        const probes = workers.map((_, at) => join(at, sessionOf(probe)));
        let asked = 0;
        await until("all follow the list", () => {
          if (probes.every(({ ended }, at) => ended.length > (at === 0 ? asked : 0))) return true;
          workers[0]?.disconnects.ask(probe);
          asked++;
          return false;
        });
        const there = workers.map((_, at) => join(at, sessionOf(bob)));
        const chatting = join(last, sessionOf(bob, "/chat"));
        const marker = workers.map((_, at) => join(at, sessionOf(eve)));
        workers[0]?.disconnects.ask(bob, "/game");
        assert.deepEqual(there[0]?.ended, ["forbidden"], "at once on the worker that was asked");
        // Before any worker can have heard of it from the store.
        for (const { pass } of workers) pass();
        const back = workers.map((_, at) => join(at, sessionOf(bob)));
        workers[0]?.disconnects.ask(eve);
        // What was asked first is heard first.
        await until("all have heard of both", () => marker.every(({ ended }) => ended.length > 0));
        for (const { ended } of there) assert.ok(ended.length > 0);
        await until(
          "the worker that was asked has heard of it too",
          () => (marker[0]?.ended.length ?? 0) > 1,
        );
        assert.deepEqual(
          back.map(({ ended }) => ended),
          back.map(() => []),
        );
        assert.deepEqual(chatting.ended, []);
      } finally {
        for (const { disconnects } of workers) disconnects.close();
      }
    });
  });
});
