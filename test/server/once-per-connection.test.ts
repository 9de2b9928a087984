import assert from "node:assert/strict";
import { GameError } from "../../core/contract/errors.ts";
import type { Identity } from "../../core/contract/session.ts";
import { asId, randomName, type UserId } from "../../core/ids.ts";
import { createOncePerConnection } from "../../server/auth/once-per-connection.ts";

const NOW_S = 1_800_000_000;

function setUp({ expiresInS = 3_600 } = {}) {
  let nowMs = NOW_S * 1_000;
  const seen: string[] = [];
  const revoked = new Set<Identity>();
  const once = createOncePerConnection(
    (token) => {
      seen.push(token);
      if (token === "bad") throw new GameError("token_invalid");
      const identity: Identity = {
        userId: asId<UserId>(token),
        name: token,
        roles: ["player"],
        anonymous: false,
        token: { issuedAt: NOW_S, expiresAt: NOW_S + expiresInS },
      };
      return token === "fetched" ? Promise.resolve(identity) : identity;
    },
    () => nowMs,
    (identity) => revoked.has(identity),
  );
  return {
    once,
    seen,
    revoked,
    pass(ms: number) {
      nowMs += ms;
    },
  };
}

describe("a token on one connection", () => {
  it("is verified once for all namespaces that bring it, also where its key had to be fetched", async () => {
    const { once, seen } = setUp();
    const verify = once.of({});
    assert.equal(verify("ann"), verify("ann"));
    const other = once.of({});
    assert.equal(await other("fetched"), await other("fetched"));
    assert.deepEqual(seen, ["ann", "fetched"]);
  });

  it("is verified again on another connection, after another token, and after five seconds", () => {
    const { once, seen, pass } = setUp();
    const connection = {};
    once.of(connection)("ann");
    once.of({})("ann");
    once.of(connection)("bob");
    once.of(connection)("ann");
    pass(5_000);
    once.of(connection)("ann");
    assert.deepEqual(seen, ["ann", "ann", "bob", "ann", "ann"]);
  });

  it("that was revoked or has ended in between is verified again, and a bad one each time", () => {
    const { once, seen, revoked, pass } = setUp({ expiresInS: 2 });
    const connection = {};
    const verify = once.of(connection);
    const identity = verify("ann");
    assert.ok(!(identity instanceof Promise));
    revoked.add(identity);
    verify("ann");
    pass(2_000);
    verify("ann");
    for (let n = 0; n < 2; n++) assert.throws(() => verify("bad"), { code: "token_invalid" });
    assert.deepEqual(seen, ["ann", "ann", "ann", "bad", "bad"]);
  });
});

describe("random names", () => {
  it("are of the length asked, and all different, over many refills of the pool", () => {
    const names = new Set(Array.from({ length: 20_000 }, () => randomName(9)));
    assert.equal(names.size, 20_000);
    assert.ok([...names].every((name) => /^[\w-]{12}$/.test(name)));
    assert.throws(() => randomName(65), RangeError);
  });
});
