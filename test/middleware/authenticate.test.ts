import assert from "node:assert/strict";
import { type ErrorCode, GameError } from "../../core/contract/errors.ts";
import type { Identity } from "../../core/contract/session.ts";
import { asId, type ConnectionId, type UserId } from "../../core/ids.ts";
import {
  authenticate,
  bearerOf,
  type Credentials,
  readCredentials,
  renew,
} from "../../middleware/authenticate.ts";
import { authorize } from "../../middleware/dispatch.ts";

const identity = (userId: string): Identity => ({
  userId: asId<UserId>(userId),
  name: userId,
  roles: ["player"],
  anonymous: false,
  token: { issuedAt: 1, expiresAt: 2 },
});
/** `good:NAME` is NAME's token. */
const verify = (token: string): Identity => {
  if (!token.startsWith("good:")) throw new GameError("token_invalid");
  return identity(token.slice(5));
};
const connectionId = asId<ConnectionId>("c1");
const refusal = (code: ErrorCode) => (thrown: unknown) => thrown instanceof GameError && thrown.code === code;

describe("credentials", () => {
  it("are taken in order: auth.token, Authorization, ?token=", () => {
    const auth = { token: "a" };
    const headers = { authorization: "Bearer h" };
    const query = { token: "q" };
    assert.deepEqual(readCredentials({ auth, headers, query }), { token: "a" });
    assert.deepEqual(readCredentials({ headers, query }), { token: "h" });
    assert.deepEqual(readCredentials({ headers: {}, query }), { token: "q" });
    assert.deepEqual(readCredentials({ headers: {}, query: {} }), {});
  });

  it("an empty token is none; one of another type is a token, and a bad one", () => {
    for (const token of [undefined, null, ""])
      assert.deepEqual(readCredentials({ auth: { token }, headers: {}, query: {} }), {});
    for (const token of [0, false, {}, ["good:ann"], () => "good:ann"]) {
      const credentials = readCredentials({ auth: { token }, headers: {}, query: {} });
      assert.throws(
        () => authenticate(credentials, { access: "anonymous", mode: "dev", connectionId, verify }),
        refusal("token_invalid"),
      );
    }
    const twice = readCredentials({ headers: {}, query: { token: ["good:ann", "good:ann"] } });
    assert.throws(
      () => authenticate(twice, { access: "anonymous", mode: "jwt", connectionId, verify }),
      refusal("token_invalid"),
    );
  });

  it("an auth that is no object holds nothing", () => {
    for (const auth of [null, 5, "token", [], ["token"]])
      assert.deepEqual(readCredentials({ auth, headers: {}, query: {} }), {});
  });

  it("only bearer credentials are tokens", () => {
    assert.equal(bearerOf("Bearer abc"), "abc");
    assert.equal(bearerOf("bearer   abc "), "abc");
    for (const header of [undefined, "", "Bearer", "Bearer ", "Basic abc", "abc", "XBearer abc"])
      assert.equal(bearerOf(header), undefined);
  });

  it("user_id is read from auth and from the query", () => {
    assert.deepEqual(readCredentials({ auth: { user_id: "ann" }, headers: {}, query: { user_id: "bob" } }), {
      userId: "ann",
    });
    assert.deepEqual(readCredentials({ headers: {}, query: { user_id: "bob" } }), { userId: "bob" });
  });
});

describe("authentication", () => {
  const none: Credentials = {};
  const enter = (
    credentials: Credentials,
    access: "token" | "anonymous" | "open-in-dev",
    mode: "dev" | "jwt",
  ) => authenticate(credentials, { access, mode, connectionId, verify });

  it("a good token is its user in every namespace and mode", () => {
    for (const access of ["token", "anonymous", "open-in-dev"] as const)
      for (const mode of ["dev", "jwt"] as const) {
        assert.deepEqual(enter({ token: "good:ann" }, access, mode), identity("ann"));
        assert.deepEqual(enter({ token: "good:ann", userId: "ann" }, access, mode), identity("ann"));
      }
  });

  it("a bad token is refused everywhere, and never makes an anonymous, a guest or a user of dev", () => {
    for (const access of ["token", "anonymous", "open-in-dev"] as const)
      for (const mode of ["dev", "jwt"] as const)
        assert.throws(() => enter({ token: "bad", userId: "ann" }, access, mode), refusal("token_invalid"));
  });

  it("a user_id that is not the token's is forbidden, also where the key had to be fetched", async () => {
    assert.throws(() => enter({ token: "good:ann", userId: "bob" }, "token", "jwt"), refusal("forbidden"));
    await assert.rejects(
      async () =>
        authenticate(
          { token: "good:ann", userId: "bob" },
          { access: "token", mode: "jwt", connectionId, verify: async (token) => verify(token) },
        ),
      refusal("forbidden"),
    );
  });

  for (const [access, mode, outcome] of [
    ["token", "jwt", "unauthorized"],
    ["token", "dev", "unauthorized"],
    ["open-in-dev", "jwt", "unauthorized"],
    ["open-in-dev", "dev", "guest:c1"],
    ["anonymous", "jwt", "anonymous:c1"],
    ["anonymous", "dev", "anonymous:c1"],
  ] as const)
    it(`without a token: ${access} under ${mode} → ${outcome}`, () => {
      if (outcome === "unauthorized") return assert.throws(() => enter(none, access, mode), refusal(outcome));
      const entered = enter(none, access, mode);
      assert.ok(!(entered instanceof Promise));
      assert.equal(entered.userId, outcome);
      assert.equal(entered.anonymous, access === "anonymous");
      assert.equal(entered.token, undefined);
      assert.deepEqual(entered.roles, ["player"]);
    });

  it("a user_id alone is a user under dev, and nothing under jwt", () => {
    for (const access of ["token", "anonymous", "open-in-dev"] as const) {
      const entered = enter({ userId: "ann" }, access, "dev");
      assert.ok(!(entered instanceof Promise));
      assert.equal(entered.userId, "ann");
      assert.equal(entered.anonymous, false);
      assert.throws(() => enter({ userId: "ann" }, access, "jwt"), refusal("unauthorized"));
    }
  });

  for (const userId of ["anonymous:c2", "console:olga", " ", "x".repeat(129), "a\nb", "\ud800"])
    it(`the user_id ${JSON.stringify(userId).slice(0, 20)} is refused under dev too`, () => {
      assert.throws(() => enter({ userId }, "token", "dev"), refusal("unauthorized"));
    });

  it("a newer token of the same user is taken, another's is forbidden", async () => {
    assert.deepEqual(renew(identity("ann"), "good:ann", verify), identity("ann"));
    assert.throws(() => renew(identity("ann"), "good:bob", verify), refusal("forbidden"));
    assert.throws(() => renew(identity("ann"), "bad", verify), refusal("token_invalid"));
    await assert.rejects(
      async () => renew(identity("ann"), "good:bob", async (token) => verify(token)),
      refusal("forbidden"),
    );
  });
});

describe("authorization", () => {
  const ann = { anonymous: false, roles: ["player"] } as const;
  const admin = { anonymous: false, roles: ["admin"] } as const;
  const nobody = { anonymous: true, roles: ["player"] } as const;

  it("asks an anonymous for a token, and a user for a role", () => {
    authorize(ann, {});
    authorize(nobody, { anonymous: true });
    authorize(admin, { roles: ["service", "admin"] });
    assert.throws(() => authorize(nobody, {}), refusal("unauthorized"));
    assert.throws(() => authorize(nobody, { roles: ["player"] }), refusal("unauthorized"));
    assert.throws(() => authorize(ann, { roles: ["service", "admin"] }), refusal("forbidden"));
    assert.throws(() => authorize(ann, { roles: [] }), refusal("forbidden"));
  });
});
