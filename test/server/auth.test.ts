import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createHmac, createSecretKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import jwt from "jsonwebtoken";
import { type ErrorCode, GameError } from "../../core/contract/errors.ts";
import type { Identity } from "../../core/contract/session.ts";
import { asId, type UserId, type WorkerId } from "../../core/ids.ts";
import type { Store } from "../../core/ports/store/store.ts";
import { createApiKeyCheck } from "../../server/auth/api-key.ts";
import { keepDevSecret, readDevSecret, sharedDevSecret } from "../../server/auth/dev-secret.ts";
import { createKeySource } from "../../server/auth/keys.ts";
import { mintToken } from "../../server/auth/mint.ts";
import {
  createRevocationList,
  createRevocations,
  type Revocation,
  type Revocations,
} from "../../server/auth/revocations.ts";
import { createVerifier, hasDuplicateKeys, type Verify } from "../../server/auth/verify.ts";
import type { AuthConfig } from "../../server/config/index.ts";
import { openEmbeddedStore } from "../../server/store/embedded/index.ts";
import { openRedisStore } from "../../server/store/redis/index.ts";
import { sharedRedis, startRedis, uniquePrefix } from "../support/redis.ts";
import { turned } from "../support/redis-store.ts";
import { until } from "../support/until.ts";

const NOW_S = 1_800_000_000;
const SECRET = "k7Qp2vX9tLw4Zr8sNb3Yd6Hf1Jm5Gc0A-uEo";
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const auth: AuthConfig = {
  mode: "jwt",
  keys: { kind: "secret", secret: SECRET },
  algorithms: ["HS256"],
  maxTokenAgeMs: 3650 * 86_400_000,
};
const noDevSecret = () => Promise.reject(new Error("no secret is made here"));

function verifierOf(config: AuthConfig, nowS = () => NOW_S, isRevoked = (_: Identity) => false): Verify {
  const clock = { now: () => nowS() * 1000 };
  return createVerifier(config, createKeySource(config, { clock, devSecret: noDevSecret }), clock, {
    isRevoked,
  });
}

const part = (value: unknown) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
const hs256 = (input: string, key = SECRET) => createHmac("sha256", key).update(input).digest("base64url");
/** Signed with the right secret, whatever it says. */
const forge = (payload: unknown, header: unknown = { alg: "HS256", typ: "JWT" }, key = SECRET) => {
  const input = `${part(header)}.${part(payload)}`;
  return `${input}.${hs256(input, key)}`;
};
const good = { sub: "ann", iat: NOW_S - 10, exp: NOW_S + 3600 };

const refusedAs = async (token: string, verify: Verify, code: ErrorCode) => {
  let answer: unknown;
  try {
    answer = await verify(token);
  } catch (thrown) {
    assert.ok(thrown instanceof GameError, String(thrown));
    assert.equal(thrown.code, code);
    assert.deepEqual(Object.keys(thrown.data).sort(), ["code", "message"]);
    assert.equal(thrown.message, new GameError(code).message);
    return;
  }
  assert.fail(`accepted: ${JSON.stringify(answer)}`);
};

describe("tokens", () => {
  describe("that are good", () => {
    it("give an identity at once, without a promise, where the key is at hand", () => {
      const identity = verifierOf(auth)(
        forge({
          ...good,
          name: "Ann",
          roles: ["moderator", "wizard"],
          skill: 1500,
          guild_id: "g1",
          client_id: "c1",
          jti: "t1",
        }),
      );
      assert.deepEqual(identity, {
        userId: "ann",
        name: "Ann",
        roles: ["moderator"],
        anonymous: false,
        guildId: "g1",
        clientId: "c1",
        skill: 1500,
        token: { issuedAt: NOW_S - 10, expiresAt: NOW_S + 3600, id: "t1" },
      });
    });

    for (const [what, claims, expected] of [
      ["no name: the user id", {}, { name: "ann" }],
      ["a long name: cut to 64 characters", { name: "x".repeat(80) }, { name: "x".repeat(64) }],
      ["control characters in the name: left out", { name: "A\u0000n\nn" }, { name: "Ann" }],
      ["no roles: a player", {}, { roles: ["player"] }],
      ["only unknown roles: a player", { roles: ["root", "__proto__"] }, { roles: ["player"] }],
      ["one role as text", { roles: "admin" }, { roles: ["admin"] }],
      [
        "null for claims without a value",
        { guild_id: null, skill: null, name: null, nbf: null },
        { name: "ann" },
      ],
      [
        "iat up to five seconds ahead",
        { iat: NOW_S + 5 },
        { token: { issuedAt: NOW_S + 5, expiresAt: good.exp } },
      ],
      ["no iat", { iat: undefined }, { token: { issuedAt: 0, expiresAt: good.exp } }],
    ] as const)
      it(`${what}`, () => {
        const identity = verifierOf(auth)(forge({ ...good, ...claims }));
        assert.ok(!(identity instanceof Promise));
        for (const [field, value] of Object.entries(expected))
          assert.deepEqual(identity[field as keyof Identity], value);
      });

    it("are checked for issuer and audience where they are configured", async () => {
      const verify = verifierOf({ ...auth, issuer: "login", audience: ["muster", "other"] });
      await verify(forge({ ...good, iss: "login", aud: "muster" }));
      await verify(forge({ ...good, iss: "login", aud: ["x", "other"] }));
      for (const claims of [
        {},
        { iss: "login" },
        { aud: "muster" },
        { iss: "evil", aud: "muster" },
        { iss: "login", aud: "evil" },
        { iss: "login", aud: [] },
        { iss: ["login"], aud: "muster" },
        { iss: "LOGIN", aud: "muster" },
      ])
        await refusedAs(forge({ ...good, ...claims }), verify, "token_invalid");
    });
  });

  describe("that are forged", () => {
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const evil = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const publicPem = rsa.publicKey.export({ type: "spki", format: "pem" }).toString();
    const rsaAuth: AuthConfig = {
      ...auth,
      keys: { kind: "publicKey", pem: publicPem },
      algorithms: ["RS256"],
    };
    const evilJwk = evil.publicKey.export({ format: "jwk" });
    const signed = (options: jwt.SignOptions, key: KeyObject = evil.privateKey) =>
      jwt.sign(good, key, { algorithm: "RS256", ...options });

    const table: [string, string, AuthConfig?][] = [
      ["no algorithm", `${part({ alg: "none" })}.${part(good)}.`],
      ["no algorithm, but a signature", `${part({ alg: "none" })}.${part(good)}.${hs256("x")}`],
      ["NONE in other letters", forge(good, { alg: "nOnE" })],
      ["no alg at all", forge(good, { typ: "JWT" })],
      ["alg of another type", forge(good, { alg: ["HS256"] })],
      [
        "an algorithm of the key's family that is not pinned",
        jwt.sign(good, createSecretKey(Buffer.from(SECRET)), { algorithm: "HS512" }),
      ],
      ["another secret", forge(good, undefined, "another secret that is long enough, too")],
      ["an empty signature", `${part({ alg: "HS256" })}.${part(good)}.`],
      [
        "a signature of another payload",
        `${forge({ ...good, sub: "bob" })
          .split(".")
          .slice(0, 2)
          .join(".")}.${forge(good).split(".")[2]}`,
      ],
      ["the public key as a secret", forge(good, { alg: "HS256" }, publicPem), rsaAuth],
      ["the public key as a secret, said to be RS256", forge(good, { alg: "RS256" }, publicPem), rsaAuth],
      ["another key of the same kind", signed({}), rsaAuth],
      ["its own key in jwk", signed({ header: { alg: "RS256", jwk: evilJwk } as jwt.JwtHeader }), rsaAuth],
      [
        "its own key behind jku",
        signed({ header: { alg: "RS256", jku: "https://evil.example/jwks" } }),
        rsaAuth,
      ],
      [
        "its own key behind x5u",
        signed({ header: { alg: "RS256", x5u: "https://evil.example/c.pem" } }),
        rsaAuth,
      ],
      ["its own certificate in x5c", signed({ header: { alg: "RS256", x5c: "MIIB" } }), rsaAuth],
      ["a kid that is a path", forge(good, { alg: "HS256", kid: "../../../../dev/null" }, "")],
      ["a kid that is a query", forge(good, { alg: "HS256", kid: "' UNION SELECT 'a" }, "a")],
      ["a kid of another type", forge(good, { alg: "HS256", kid: { a: 1 } })],
      ["crit", forge(good, { alg: "HS256", crit: ["b64"], b64: false })],
      ["two alg in the header", forge(good, '{"alg":"none","alg":"HS256"}')],
      ["two sub in the payload", forge(`{"sub":"ann","sub":"bob","exp":${good.exp}}`)],
      ["two sub, one escaped", forge(`{"sub":"ann","\\u0073ub":"bob","exp":${good.exp}}`)],
      ["a text as payload", forge('"ann"')],
      ["a list as payload", forge([good])],
      ["a header that is null", forge(good, "null")],
      ["no JSON", forge("{sub:ann}")],
      ["no sub", forge({ exp: good.exp })],
      ["an empty sub", forge({ ...good, sub: "" })],
      ["a blank sub", forge({ ...good, sub: "  " })],
      ["a number as sub", forge({ ...good, sub: 5 })],
      ["an object as sub", forge({ ...good, sub: { toString: "ann" } })],
      ["a sub of 129 characters", forge({ ...good, sub: "x".repeat(129) })],
      ["a line break in sub", forge({ ...good, sub: "ann\nadmin" })],
      ["a NUL in sub", forge({ ...good, sub: "ann\u0000" })],
      ["half a character in sub", forge(`{"sub":"ann\\ud800","exp":${good.exp}}`)],
      ["an anonymous sub", forge({ ...good, sub: "anonymous:abc" })],
      ["the sub of an operator of the console", forge({ ...good, sub: "console:olga" })],
      ["the sub of the API key", forge({ ...good, sub: "service:api-key" })],
      ["no exp", forge({ sub: "ann" })],
      ["exp as text", forge({ ...good, exp: String(good.exp) })],
      ["exp 1e300", forge(`{"sub":"ann","exp":1e300}`)],
      ["exp 1e999", forge(`{"sub":"ann","exp":1e999}`)],
      ["exp eleven years ahead", forge({ ...good, exp: NOW_S + 11 * 365 * 86_400 })],
      ["exp null", forge({ ...good, exp: null })],
      ["exp before iat", forge({ ...good, iat: NOW_S + 4, exp: NOW_S + 2 })],
      ["iat in the future", forge({ ...good, iat: NOW_S + 60 })],
      ["a negative iat", forge({ ...good, iat: -1 })],
      ["iat as text", forge({ ...good, iat: "now" })],
      ["nbf in the future", forge({ ...good, nbf: NOW_S + 60 })],
      ["nbf as text", forge({ ...good, nbf: "0" })],
      ["roles as an object", forge({ ...good, roles: { admin: true } })],
      ["roles with an object in them", forge({ ...good, roles: ["admin", {}] })],
      ["skill as text", forge({ ...good, skill: "9000" })],
      ["skill 1e999", forge(`{"sub":"ann","exp":${good.exp},"skill":1e999}`)],
      ["guild_id as a list", forge({ ...good, guild_id: ["a"] })],
      ["jti as a number", forge({ ...good, jti: 5 })],
      ["over 4 KB, although it is signed", forge({ ...good, pad: "x".repeat(4096) })],
      ["1 MB", "x".repeat(2 ** 20)],
      ["1 MB of dots", ".".repeat(2 ** 20)],
      ["nothing", ""],
      ["words", "let me in"],
      ["four parts", `${forge(good)}.x`],
      ["a line break at its end", `${forge(good)}\n`],
      ["padding", `${forge(good)}=`],
    ];
    for (const [what, token, config = auth] of table)
      it(`${what} → token_invalid, and nothing more is told`, () =>
        refusedAs(token, verifierOf(config), "token_invalid"));

    it("the good token of the table's making is good, or the table shows nothing", async () => {
      await verifierOf(auth)(forge(good));
      await verifierOf(rsaAuth)(signed({}, rsa.privateKey));
    });

    it("any change of any character makes a token bad", async () => {
      const verify = verifierOf(auth);
      const token = forge(good);
      // The last character of a part has bits that mean nothing.
      const places = [...token].flatMap((c, at) =>
        c !== "." && at + 1 < token.length && token[at + 1] !== "." ? [at] : [],
      );
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...places),
          fc.constantFrom(..."abcXYZ019-_"),
          async (at, character) => {
            fc.pre(token[at] !== character);
            await refusedAs(token.slice(0, at) + character + token.slice(at + 1), verify, "token_invalid");
          },
        ),
      );
    });
  });

  it("that have ended are token_expired, from the second of exp on", async () => {
    let nowS = NOW_S;
    const verify = verifierOf(auth, () => nowS);
    const token = forge(good);
    nowS = good.exp - 1;
    await verify(token);
    nowS = good.exp;
    await refusedAs(token, verify, "token_expired");
    await refusedAs(
      forge(good, undefined, "another secret that is long enough, too"),
      verify,
      "token_invalid",
    );
  });

  it("that were revoked are token_revoked", async () => {
    const verify = verifierOf(
      auth,
      () => NOW_S,
      ({ userId }) => userId === "ann",
    );
    await refusedAs(forge(good), verify, "token_revoked");
    await verify(forge({ ...good, sub: "bob" }));
  });

  it("minted here are taken here, for each kind of local key", async () => {
    const key = createSecretKey(Buffer.from(SECRET));
    for (const algorithm of ["HS256", "HS384", "HS512"] as const) {
      const config: AuthConfig = { ...auth, algorithms: [algorithm], issuer: "me", audience: ["you"] };
      const token = mintToken(key, config, {
        userId: "ann",
        roles: ["admin"],
        issuedAt: NOW_S,
        ttlMs: 60_000,
      });
      const identity = await verifierOf(config)(token);
      assert.deepEqual(identity.roles, ["admin"]);
      assert.equal(identity.token?.expiresAt, NOW_S + 60);
    }
  });

  it("of elliptic curves are taken with their public key", async () => {
    for (const [namedCurve, algorithm] of [
      ["P-256", "ES256"],
      ["P-384", "ES384"],
      ["P-521", "ES512"],
    ] as const) {
      const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve });
      const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
      const verify = verifierOf({ ...auth, keys: { kind: "publicKey", pem }, algorithms: [algorithm] });
      assert.equal((await verify(jwt.sign(good, privateKey, { algorithm }))).userId, "ann");
    }
  });

  it("duplicate keys are found whatever the JSON looks like", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        const text = JSON.stringify(object, null, 2);
        const parsed: unknown = JSON.parse(text);
        assert.ok(typeof parsed === "object" && parsed !== null);
        assert.equal(hasDuplicateKeys(text, parsed), false);
        const [key] = Object.keys(object);
        if (key === undefined) return;
        const twice = `{${JSON.stringify(key)}: "{:}\\"", ${text.slice(1)}`;
        const parsedTwice: unknown = JSON.parse(twice);
        assert.ok(typeof parsedTwice === "object" && parsedTwice !== null);
        assert.equal(hasDuplicateKeys(twice, parsedTwice), true);
      }),
    );
  });

  it("an API key is compared whole", () => {
    const isKey = createApiKeyCheck("k".repeat(24));
    assert.equal(isKey("k".repeat(24)), true);
    for (const wrong of ["", "k", "k".repeat(23), "k".repeat(25)]) assert.equal(isKey(wrong), false);
    assert.equal(createApiKeyCheck(undefined)(""), false);
  });
});

describe("published keys (JWKS)", () => {
  const first = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const second = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwk = (key: KeyObject, kid: string, more = {}) => ({
    ...key.export({ format: "jwk" }),
    kid,
    ...more,
  });
  const tokenOf = (key: KeyObject, kid: string | undefined, algorithm: jwt.Algorithm = "RS256") =>
    jwt.sign(good, key, { algorithm, ...(kid === undefined ? {} : { keyid: kid }) });

  let server: Server;
  let published: unknown;
  let status: number;
  let hangs: boolean;
  let fetches: number;
  let nowMs: number;
  let verify: Verify;
  let close: () => void;

  beforeEach(async () => {
    published = { keys: [jwk(first.publicKey, "one")] };
    status = 200;
    hangs = false;
    fetches = 0;
    nowMs = NOW_S * 1000;
    server = createServer((_, response) => {
      fetches++;
      if (hangs) return;
      response.writeHead(status).end(JSON.stringify(published));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const config: AuthConfig = {
      ...auth,
      keys: { kind: "jwks", url: `http://127.0.0.1:${port}/jwks` },
      algorithms: ["RS256", "ES256"],
    };
    const clock = { now: () => nowMs };
    const keys = createKeySource(config, { clock, devSecret: noDevSecret });
    verify = createVerifier(config, keys, clock, { isRevoked: () => false });
    close = keys.close;
  });
  afterEach(async () => {
    close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it("are fetched once for many tokens, and are at hand afterwards", async () => {
    const token = tokenOf(first.privateKey, "one");
    await Promise.all(Array.from({ length: 50 }, () => verify(token)));
    assert.equal(fetches, 1);
    assert.ok(!(verify(token) instanceof Promise));
  });

  it("a new key is found after a rotation, and old ones are good until they are withdrawn", async () => {
    await verify(tokenOf(first.privateKey, "one"));
    published = { keys: [jwk(first.publicKey, "one"), jwk(second.publicKey, "two")] };
    nowMs += 31_000;
    await verify(tokenOf(second.privateKey, "two", "ES256"));
    await verify(tokenOf(first.privateKey, "one"));
    assert.equal(fetches, 2);
  });

  it("a flood of unknown kids makes one fetch in 30 s, and keeps nobody out", async () => {
    const token = tokenOf(first.privateKey, "one");
    await verify(token);
    for (let second = 0; second < 60; second++) {
      nowMs += 1_000;
      for (let i = 0; i < 20; i++)
        await refusedAs(tokenOf(first.privateKey, `kid-${second}-${i}`), verify, "token_invalid");
      await verify(token);
    }
    assert.ok(fetches <= 3, `${fetches} fetches`);
  });

  it("stay good while their address fails", async () => {
    const token = tokenOf(first.privateKey, "one");
    await verify(token);
    status = 500;
    nowMs += 700_000;
    await verify(token);
    // Perhaps it is a new one: nobody can say.
    await refusedAs(tokenOf(second.privateKey, "two", "ES256"), verify, "unavailable");
    await verify(token);
    await refusedAs(tokenOf(second.privateKey, "two", "ES256"), verify, "unavailable");
    status = 200;
    nowMs += 31_000;
    await refusedAs(tokenOf(second.privateKey, "two", "ES256"), verify, "token_invalid");
  });

  it("are waited for a second at most where their address hangs, and once for each fetch", async () => {
    const token = tokenOf(first.privateKey, "one");
    await verify(token);
    hangs = true;
    nowMs += 31_000;
    const unknown = () => refusedAs(tokenOf(second.privateKey, "two", "ES256"), verify, "unavailable");
    const since = performance.now();
    await Promise.all(Array.from({ length: 50 }, unknown));
    assert.ok(performance.now() - since < 4_000, "before the fetch itself gives up");
    assert.ok(!(verify(token) instanceof Promise), "known keys are at hand");
    const later = performance.now();
    for (let at = 0; at < 50; at++) await unknown();
    assert.ok(performance.now() - later < 500, "nobody waits again");
    assert.equal(fetches, 2);
  });

  it("that cannot be fetched at all are unavailable, and not the token's fault", async () => {
    status = 500;
    await refusedAs(tokenOf(first.privateKey, "one"), verify, "unavailable");
    status = 200;
    nowMs += 6_000;
    await verify(tokenOf(first.privateKey, "one"));
  });

  it("without a kid are used only where one key fits", async () => {
    await verify(tokenOf(first.privateKey, undefined));
    published = {
      keys: [
        jwk(first.publicKey, "one"),
        jwk(generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey, "two"),
      ],
    };
    nowMs += 31_000;
    await refusedAs(tokenOf(first.privateKey, "none"), verify, "token_invalid");
    await refusedAs(tokenOf(first.privateKey, undefined), verify, "token_invalid");
  });

  it("of other kinds are passed over: secrets, keys for encryption, broken ones, weak ones", async () => {
    const secretJwk = { kty: "oct", k: part(SECRET), kid: "secret", alg: "HS256" };
    const weak = generateKeyPairSync("rsa", { modulusLength: 1024 });
    published = {
      keys: [
        null,
        5,
        {},
        { kty: "RSA", n: "x" },
        secretJwk,
        jwk(first.publicKey, "enc", { use: "enc" }),
        jwk(weak.publicKey, "weak"),
        jwk(first.publicKey, "other", { alg: "RS512" }),
      ],
    };
    await refusedAs(forge(good, { alg: "HS256", kid: "secret" }), verify, "token_invalid");
    nowMs += 31_000;
    for (const kid of ["enc", "other"])
      await refusedAs(tokenOf(first.privateKey, kid), verify, "token_invalid");
    await refusedAs(
      jwt.sign(good, weak.privateKey, { algorithm: "RS256", keyid: "weak", allowInsecureKeySizes: true }),
      verify,
      "token_invalid",
    );
  });
});

describe("revocations", () => {
  const identity = (userId: string, issuedAt: number, id?: string): Identity => ({
    userId: asId<UserId>(userId),
    name: userId,
    roles: ["player"],
    anonymous: false,
    token: { issuedAt, expiresAt: issuedAt + 3600, ...(id === undefined ? {} : { id }) },
  });
  const ann = asId<UserId>("ann");

  describe("list", () => {
    it("refuses a user's tokens up to that second, and newer ones not", () => {
      const list = createRevocationList();
      list.add({ userId: ann, at: 100 });
      assert.equal(list.isRevoked(identity("ann", 99)), true);
      assert.equal(list.isRevoked(identity("ann", 100)), true);
      assert.equal(list.isRevoked(identity("ann", 100.9)), true);
      assert.equal(list.isRevoked(identity("ann", 101)), false);
      assert.equal(list.isRevoked(identity("bob", 99)), false);
      assert.equal(list.isRevoked(identity("ann", 0)), true, "a token that does not say when it was issued");
    });

    it("refuses one token by its id", () => {
      const list = createRevocationList();
      list.add({ jti: "t1", at: 100 });
      assert.equal(list.isRevoked(identity("ann", 500, "t1")), true);
      assert.equal(list.isRevoked(identity("ann", 50, "t2")), false);
    });

    it("forgets what can concern no token any more", () => {
      const list = createRevocationList();
      for (let at = 0; at < 100; at++) list.add({ userId: asId<UserId>(`u${at}`), at });
      list.forgetBefore(60);
      assert.equal(list.size, 40);
    });

    it("is bounded, and never lets a revoked token back in", () => {
      fc.assert(
        fc.property(
          fc.array(fc.record({ user: fc.nat(30), step: fc.nat(3) }), { maxLength: 100 }),
          (revoked) => {
            const list = createRevocationList(5);
            let at = 1;
            for (const { user, step } of revoked) {
              at += step;
              list.add({ userId: asId<UserId>(`u${user}`), at });
              assert.equal(list.isRevoked(identity(`u${user}`, at)), true);
            }
            assert.ok(list.size <= 5);
            at = 1;
            for (const { user, step } of revoked) {
              at += step;
              assert.equal(list.isRevoked(identity(`u${user}`, at)), true);
            }
            assert.equal(list.isRevoked(identity("u0", at + 1)), false);
          },
        ),
      );
    });
  });

  const told: Revocation[] = [];
  const closing: (() => Promise<void> | void)[] = [];
  let wake = () => {};
  beforeEach(() => {
    told.length = 0;
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  const follow = (store: Store): Revocations => {
    const revocations = createRevocations({
      store,
      maxTokenAgeMs: 3_600_000,
      log: silent,
      onRevoked(revocation) {
        told.push(revocation);
        wake();
      },
    });
    closing.push(() => revocations.close());
    return revocations;
  };
  /** Resolves when so many were told, or fails after `withinMs`. */
  const tell = (count: number, withinMs: number) =>
    new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`told of ${told.length} within ${withinMs} ms`)),
        withinMs,
      );
      wake = () => {
        if (told.length < count) return;
        clearTimeout(timer);
        resolve();
      };
      wake();
    });
  const open = async (url: string, prefix: string, worker: string) => {
    const store = await openRedisStore({
      url,
      prefix,
      worker: asId<WorkerId>(worker),
      clock: { now: Date.now },
      log: silent,
    });
    closing.push(() => store.close());
    return store;
  };

  it("are there after a restart of the only process", async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "muster-revocations-"));
    closing.push(() => rmSync(dataDir, { recursive: true, force: true }));
    const options = { dataDir, worker: asId<WorkerId>("w1"), clock: { now: Date.now }, log: silent };
    const before = await openEmbeddedStore(options);
    const revocations = follow(before);
    const { at } = await revocations.revoke({ userId: ann });
    await revocations.revoke({ jti: "t1" });
    await tell(2, 1_000);
    revocations.close();
    await before.close();

    const after = await openEmbeddedStore(options);
    closing.push(() => after.close());
    const again = follow(after);
    await tell(4, 2_000);
    assert.equal(again.isRevoked(identity("ann", at)), true);
    assert.equal(again.isRevoked(identity("ann", at + 1)), false);
    assert.equal(again.isRevoked(identity("bob", at, "t1")), true);
  });

  it("reach the other workers within a second", async () => {
    const { url } = await sharedRedis();
    const prefix = uniquePrefix();
    const one = follow(await open(url, prefix, "w1"));
    const two = follow(await open(url, prefix, "w2"));
    const { at } = await one.revoke({ userId: ann });
    await tell(2, 1_000);
    assert.equal(two.isRevoked(identity("ann", at)), true);
    assert.equal(one.isRevoked(identity("ann", at)), true);
  });

  for (const more of [1, 3])
    it(`hold where Redis came back without the last two, and ${more} came after them`, async () => {
      const redis = await startRedis();
      closing.push(() => redis.close());
      const prefix = uniquePrefix();
      const [first, second] = [await open(redis.url, prefix, "w1"), await open(redis.url, prefix, "w2")];
      const [one, two] = [follow(first), follow(second)];
      await one.revoke({ jti: "kept" });
      await tell(2, 2_500);
      assert.equal(await redis.command("SAVE"), "+OK");
      for (const jti of ["lost1", "lost2"]) await one.revoke({ jti });
      await tell(6, 2_500);
      const away = [first, second].map((store) => turned(store, false, 5_000));
      await redis.restart();
      await Promise.all(away);
      await Promise.all([first, second].map((store) => turned(store, true, 5_000)));
      for (let n = 0; n < more; n++) await one.revoke({ jti: `new${n}` });
      await until("both have heard the newest", async () =>
        [one, two].every((each) => each.isRevoked(identity("bob", Date.now() / 1_000, `new${more - 1}`))),
      );
      for (const each of [one, two])
        for (const jti of ["kept", "lost1", "lost2", "new0"])
          assert.equal(each.isRevoked(identity("bob", Date.now() / 1_000, jti)), true, jti);
    });

  it("are found by a worker that heard nothing, and by one that comes back after Redis was away", async () => {
    const redis = await startRedis({ appendOnly: "always" });
    closing.push(() => redis.close());
    const prefix = uniquePrefix();
    const first = await open(redis.url, prefix, "w1");
    const one = follow(first);
    const deaf = await open(redis.url, prefix, "w2");
    const two = follow({ ...deaf, streams: { ...deaf.streams, subscribe: async () => () => {} } });
    const { at } = await one.revoke({ userId: ann });
    await tell(2, 2_500);
    assert.equal(two.isRevoked(identity("ann", at)), true);

    await redis.kill();
    await assert.rejects(one.revoke({ jti: "t1" }), (error: GameError) => error.code === "unavailable");
    assert.equal(two.isRevoked(identity("ann", at)), true, "what is known stays known");
    await redis.restart();
    await turned(first, true, 5_000);
    await one.revoke({ jti: "t2" });
    // Not counted: what is known may be told again when the store comes back.
    await until("the other has found it", async () => two.isRevoked(identity("bob", at + 99, "t2")));
  });
});

describe("the secret made for development", () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), "muster-secret-"));
  });
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  it("is made once, readable by its owner only", () => {
    const secret = keepDevSecret(join(dataDir, "deep"));
    assert.ok(secret.length >= 32);
    assert.equal(keepDevSecret(join(dataDir, "deep")), secret);
    assert.equal(readDevSecret(join(dataDir, "deep")), secret);
    assert.equal(statSync(join(dataDir, "deep", "dev-secret")).mode & 0o777, 0o600);
    assert.notEqual(keepDevSecret(dataDir), secret);
  });

  it("a damaged file is told, not used", () => {
    writeFileSync(join(dataDir, "dev-secret"), "");
    assert.throws(() => keepDevSecret(dataDir), /dev-secret does not hold a secret: delete it/);
  });

  it("is agreed on by workers with folders of their own", async () => {
    const { url } = await sharedRedis();
    const prefix = uniquePrefix();
    const stores = await Promise.all(
      ["w1", "w2", "w3"].map((worker) =>
        openRedisStore({
          url,
          prefix,
          worker: asId<WorkerId>(worker),
          clock: { now: Date.now },
          log: silent,
        }),
      ),
    );
    try {
      const secrets = await Promise.all(
        stores.map((store, at) => sharedDevSecret(store, join(dataDir, String(at)))),
      );
      assert.equal(new Set(secrets).size, 1);
      for (const at of [0, 1, 2]) assert.equal(readDevSecret(join(dataDir, String(at))), secrets[0]);
    } finally {
      await Promise.all(stores.map((store) => store.close()));
    }
  });

  it("waits for a store that is away, and then verifies at once", async () => {
    let there = false;
    const clock = { now: () => NOW_S * 1000 };
    const config: AuthConfig = { ...auth, mode: "dev", keys: { kind: "dev" } };
    const keys = createKeySource(config, {
      clock,
      devSecret: async () => {
        if (!there) throw new GameError("unavailable");
        return SECRET;
      },
    });
    const verify = createVerifier(config, keys, clock, { isRevoked: () => false });
    await refusedAs(forge(good), verify, "unavailable");
    there = true;
    assert.equal((await verify(forge(good))).userId, "ann");
    assert.ok(!(verify(forge(good)) instanceof Promise));
  });
});

describe("the token command", () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), "muster-token-"));
  });
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  async function run(args: string[], env: Record<string, string> = {}) {
    const child: ChildProcess = spawn(
      process.execPath,
      ["--import", "tsx", "server/cli.ts", "token", ...args],
      {
        env: { PATH: process.env.PATH ?? "", DATA_DIR: dataDir, ...env },
        timeout: 40_000,
      },
    );
    let stdout = "";
    let stderr = "";
    child.stdout?.on("data", (chunk) => (stdout += chunk));
    child.stderr?.on("data", (chunk) => (stderr += chunk));
    const [code] = await once(child, "close");
    return { code, stdout, stderr };
  }

  it("prints a token that the server takes, and nothing else on stdout", async () => {
    const { code, stdout } = await run([
      "--user",
      "ann",
      "--roles",
      "admin,player",
      "--ttl",
      "2h",
      "--skill",
      "7.5",
      "--guild",
      "g",
      "--name",
      "Ann A.",
    ]);
    assert.equal(code, 0);
    const secret = readFileSync(join(dataDir, "dev-secret"), "utf8").trim();
    const verify = verifierOf({ ...auth, keys: { kind: "secret", secret } }, () =>
      Math.ceil(Date.now() / 1000),
    );
    const { token, ...identity } = await verify(stdout.trimEnd());
    assert.deepEqual(identity, {
      userId: "ann",
      name: "Ann A.",
      roles: ["player", "admin"],
      anonymous: false,
      guildId: "g",
      skill: 7.5,
    });
    assert.equal((token?.expiresAt ?? 0) - (token?.issuedAt ?? 0), 7200);
  });

  it("uses the configured secret", async () => {
    const { stdout } = await run(["--user", "ann"], { NODE_ENV: "production", JWT_SECRET: SECRET });
    assert.equal((await verifierOf(auth, () => Math.ceil(Date.now() / 1000))(stdout.trim())).userId, "ann");
  });

  for (const [what, args, env, expected, reason] of [
    ["no user", [], {}, 64, /--user is needed/],
    ["an unknown option", ["--usr", "ann"], {}, 64, /usr/],
    ["an unknown role", ["--user", "ann", "--roles", "king"], {}, 64, /king is not one of/],
    ["a wrong duration", ["--user", "ann", "--ttl", "soon"], {}, 64, /--ttl/],
    ["a wrong configuration", ["--user", "ann"], { NODE_ENV: "production" }, 78, /JWT_SECRET/],
    [
      "public keys only",
      ["--user", "ann"],
      { JWT_JWKS_URL: "https://login.example/jwks" },
      64,
      /cannot sign/,
    ],
    [
      "no secret yet with Redis",
      ["--user", "ann"],
      { REDIS_URL: "redis://127.0.0.1:1" },
      64,
      /start the server once/,
    ],
  ] as const)
    it(`with ${what} says what to do, and prints no token`, async () => {
      const { code, stdout, stderr } = await run([...args], env);
      assert.equal(code, expected, stderr);
      assert.equal(stdout, "");
      assert.match(stderr, reason);
    });
});
