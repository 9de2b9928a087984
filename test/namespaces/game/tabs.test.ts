import assert from "node:assert/strict";
import { gameContract } from "../../../namespaces/game/index.ts";
import { onEachSetup, type TestApp } from "../../support/app.ts";
import { closePlain, openPlain } from "../../support/plain.ts";
import type { Client } from "./playing.ts";

type Listed = { user_id: string; connections: number };

const countOf = (users: readonly Listed[], user: string) =>
  users.find(({ user_id }) => user_id === user)?.connections;

/** Until a change that was told has this count. */
const told = (client: Client, user: string, connections: number) =>
  client.next("presence", ({ joined, updated }) => countOf([...joined, ...updated], user) === connections);
/** Until a list that was pushed has it. */
const listed = (client: Client, user: string, connections: number) =>
  client.next("user:list", ({ users }) => countOf(users, user) === connections);

onEachSetup((setup) => {
  const tab = (app: TestApp, user: string, worker: 0 | 1 = 0) => app.connect(gameContract, user, { worker });

  describe("/game presence: several tabs", () => {
    afterEach(closePlain);

    it("each gets a first list with all of its user's connections, over two workers", async () => {
      const app = await setup.start();
      for (const [worker, connections] of [
        [0, 1],
        [1, 2],
        [1, 3],
        [0, 4],
      ] as const) {
        const { users } = await (await tab(app, "ann", worker)).next("user:list");
        assert.equal(countOf(users, "ann"), connections);
      }
    });

    it("others, and the tabs before, get each one that comes and of each that goes", async () => {
      const app = await setup.start();
      const bob = await tab(app, "bob", 1);
      const first = await tab(app, "ann");
      await Promise.all([bob, first].map((client) => told(client, "ann", 1)));
      const others: Client[] = [];
      for (const [at, worker] of ([1, 0] as const).entries()) {
        others.push(await tab(app, "ann", worker));
        await Promise.all([bob, first].map((client) => told(client, "ann", at + 2)));
      }
      await Promise.all([bob, first].map((client) => listed(client, "ann", 3)));
      for (const [at, other] of others.entries()) {
        other.disconnect();
        await Promise.all([bob, first].map((client) => told(client, "ann", 2 - at)));
      }
      // Held for the grace period.
      first.disconnect();
      await Promise.all([told(bob, "ann", 0), listed(bob, "ann", 0)]);
      const back = await tab(app, "ann", 1);
      assert.equal(countOf((await back.next("user:list")).users, "ann"), 1);
      await told(bob, "ann", 1);
    });

    it("plain WebSocket clients get the same", async () => {
      const app = await setup.start();
      const plain = () =>
        openPlain(app.urls.at(-1) ?? "", "/ws/game", { query: { token: app.token("ann") } });
      const first = plain();
      await first.next("user:list", ({ users }) => countOf(users as Listed[], "ann") === 1);
      const second = plain();
      await second.next("user:list", ({ users }) => countOf(users as Listed[], "ann") === 2);
      await first.next("user:list", ({ users }) => countOf(users as Listed[], "ann") === 2);
      second.close();
      await first.next("user:list", ({ users }) => countOf(users as Listed[], "ann") === 1);
    });

    it("many that come and go at once end in the right count", async () => {
      const app = await setup.start();
      const bob = await tab(app, "bob");
      const tabs = await Promise.all(Array.from({ length: 12 }, (_, at) => tab(app, "ann", at % 2 ? 1 : 0)));
      await told(bob, "ann", 12);
      for (const each of tabs.slice(0, 7)) each.disconnect();
      await told(bob, "ann", 5);
    });

    it("a further tab does not show a user that is invisible", async () => {
      const app = await setup.start();
      const bob = await tab(app, "bob");
      const ann = await tab(app, "ann");
      await told(bob, "ann", 1);
      await ann.call("status", { status: "invisible" });
      await bob.next("presence", ({ left }) => left.includes("ann"));
      const from = bob.log.length;
      await (await tab(app, "ann", 1)).next("user:list");
      await app.runDue();
      await tab(app, "eve", 1);
      await told(bob, "eve", 1);
      const since = bob.log.slice(from).filter(({ event }) => event === "presence" || event === "user:list");
      assert.equal(JSON.stringify(since).includes('"ann"'), false);
    });
  });
});
