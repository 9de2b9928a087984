import assert from "node:assert/strict";
import type { Contracts } from "../../client/index.ts";
import { asId, type UserId } from "../../core/ids.ts";
import { closeAll, startEmbedded } from "../support/app.ts";
import { closeTyped, inState, online, openTyped } from "../support/typed-client.ts";

const NAMES = [
  "/",
  "/game",
  "/chat",
  "/combat",
  "/world",
  "/matchmaking",
] as const satisfies readonly (keyof Contracts)[];

describe("the client's state, in each namespace", () => {
  afterEach(() => {
    closeTyped();
    return closeAll();
  });

  it("is ended at once by a token that is refused, with the server's code", async () => {
    const app = await startEmbedded();
    for (const [token, code] of [
      ["not a token", "token_invalid"],
      [app.token("ann", { ttlMs: -60_000 }), "token_expired"],
    ] as const)
      for (const name of NAMES) {
        const muster = openTyped(app, "ann", { token });
        const client = muster.in(name);
        const states: unknown[] = [];
        client.onState((state, reason) => states.push([state, reason?.code]));
        await inState(client, "ended");
        assert.deepEqual([client.state, client.reason?.code, muster.state], ["ended", code, "ended"], name);
        assert.deepEqual(states, [["ended", code]], name);
      }
  });

  it("is that namespace's own at a later CONNECT on the same connection: one that is refused ends it alone, at once", async () => {
    const app = await startEmbedded();
    const token = app.token("ann");
    let refused: string | undefined;
    for (const name of NAMES)
      app.workers[0]?.io.of(name).use((_socket, next) => {
        if (refused !== name) return next();
        next(Object.assign(new Error("refused"), { data: { code: "token_invalid", message: "refused" } }));
      });
    for (const [at, name] of NAMES.entries()) {
      const muster = openTyped(app, "ann", { token });
      const first = muster.in(NAMES[(at + 1) % NAMES.length] ?? "/");
      await online(first);
      refused = name;
      const second = muster.in(name);
      const told: unknown[] = [];
      second.onState((state, reason) => told.push([state, reason?.code]));
      assert.equal(second.state, "connecting");
      assert.equal((await inState(second, "ended"))?.code, "token_invalid");
      assert.deepEqual(told, [["ended", "token_invalid"]]);
      assert.deepEqual([first.state, first.connected, muster.state], ["connected", true, "connected"], name);
      muster.close();
    }
  });

  it("ends at once where the token was revoked meanwhile and no function gives another", async () => {
    const app = await startEmbedded();
    const muster = openTyped(app, "ann", { token: app.token("ann") });
    const all = NAMES.map((name) => muster.in(name));
    await Promise.all(all.map(online));
    await app.workers[0]?.revoke({ userId: asId<UserId>("ann") });
    for (const client of all) await inState(client, "ended");
    assert.deepEqual(
      all.map(({ reason }) => reason?.code),
      Array(6).fill("token_revoked"),
    );
    assert.equal(muster.state, "ended");
  });
});
