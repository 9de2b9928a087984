import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import fc from "fast-check";
import { mintToken } from "../../server/auth/mint.ts";
import { createLog, type Logger } from "../../server/process/log.ts";

const KEY = createSecretKey(Buffer.from("k7Qp2vX9tLw4Zr8sNb3Yd6Hf1Jm5Gc0A"));
const TOKEN = mintToken(KEY, { algorithms: ["HS256"] }, { userId: "ann", ttlMs: 60_000 });
const [, PAYLOAD = "", SIGNATURE = ""] = TOKEN.split(".");

for (const format of ["ecs", "pretty"] as const)
  describe(`log: ${format}`, () => {
    let lines: string[];
    let log: Logger;
    beforeEach(() => {
      lines = [];
      log = createLog({ level: "debug", format }, { write: (line: string) => void lines.push(line) });
    });
    const written = () => lines.join("");
    const assertHidden = (...secrets: string[]) => {
      for (const secret of secrets) assert.ok(!written().includes(secret), `${secret} in ${written()}`);
    };

    const places: Record<string, () => void> = {
      "in a field": () => log.info({ token: TOKEN }, "x"),
      "deep in a field": () => log.info({ a: { b: [{ c: { access_token: TOKEN } }] } }, "x"),
      "in a field with a harmless name": () => log.info({ what: TOKEN }, "x"),
      "in the message": () => log.warn(`bad token ${TOKEN}!`),
      "in the address": () => log.info({ url: `/ws?a=1&token=${TOKEN}&b=2` }, `GET /ws?token=${TOKEN}`),
      "in headers": () =>
        log.info({ headers: { authorization: `Bearer ${TOKEN}`, cookie: `t=${TOKEN}` } }, "x"),
      "in a list": () => log.info({ authorization: [TOKEN] }, "x"),
      "in an error's message and stack": () => log.error({ err: new Error(`refused ${TOKEN}`) }, "x"),
      "in an error's cause": () => log.error({ err: new Error("x", { cause: new Error(TOKEN) }) }, "x"),
      "in an error's own field": () =>
        log.error({ err: Object.assign(new Error("x"), { token: TOKEN }) }, "x"),
      "in a child logger's fields": () => log.child({ token: TOKEN, w: 1 }).info("x"),
      "in a text that was quoted": () => log.info({ body: JSON.stringify({ token: TOKEN }) }, "x"),
    };
    it("cuts a text that is long, wherever it stands", () => {
      log.info({ a: { b: ["x".repeat(1_000_000)] } }, "long");
      assert.ok(written().length < 3_000, `${written().length}`);
    });

    const long = "x".repeat(1_000_000);
    const large: Record<string, () => void> = {
      "an error's message": () => log.error({ err: new Error(long) }, "x"),
      "an error's cause": () => log.error({ err: new Error("x", { cause: new Error(long) }) }, "x"),
      "an error's own field": () => log.error({ err: Object.assign(new Error("x"), { given: long }) }, "x"),
      "an error in a list": () => log.error({ all: [new Error(long)] }, "x"),
      "a class's field": () =>
        log.info(
          {
            a: new (class {
              b = long;
            })(),
          },
          "x",
        ),
      "a list": () => log.info({ a: Array(100_000).fill("y") }, "x"),
      "lists in lists": () => log.info({ a: Array(100).fill(Array(100).fill(Array(100).fill("y"))) }, "x"),
      bytes: () => log.info({ a: Buffer.alloc(100_000) }, "x"),
    };
    for (const [what, act] of Object.entries(large))
      it(`a line is short, however large ${what} is`, () => {
        act();
        assert.ok(lines.length > 0 && written().length < 15_000, `${written().length}`);
      });

    it("keeps what an error says: its class, message, place and code", () => {
      log.error({ err: Object.assign(new TypeError("broken"), { code: "EIO" }) }, "x");
      assert.match(written(), /TypeError/);
      assert.match(written(), /broken/);
      assert.match(written(), /log\.test\.ts/);
    });

    it("an error of JSON.parse does not quote what it was given", () => {
      const given = ["hunter2", '{"a": hunter2', `[1, "${"hunter2 ".repeat(9)}" hunter2`];
      for (const text of given)
        try {
          JSON.parse(text);
        } catch (err) {
          log.error({ err }, "x");
          log.error({ err: new Error("outer", { cause: err }) }, "x");
        }
      assert.equal(lines.length >= 2 * given.length, true);
      assertHidden("hunter2");
      assert.match(written(), /SyntaxError/);
    });

    for (const [place, act] of Object.entries(places))
      it(`a token ${place} never appears`, () => {
        act();
        assert.ok(lines.length > 0);
        assertHidden(TOKEN, PAYLOAD, SIGNATURE);
      });

    it("passwords, secrets and keys do not appear, and what stands beside them does", () => {
      log.info(
        {
          user: "ann",
          password: "p4ss",
          admin: { ADMIN_PASSWORD: "p4ss" },
          jwtSecret: "s3cret",
          "api-key": "k3y",
        },
        "start",
      );
      log
        .child({ redisPassword: "p4ss" })
        .error({ err: new Error("redis://user:p4ss@host:6379 is away") }, "x");
      assertHidden("p4ss", "s3cret", "k3y");
      assert.match(written(), /ann/);
      assert.match(written(), /host:6379 is away/);
    });

    it("an opaque bearer key and one in an address do not appear", () => {
      log.info({ header: "Bearer abc123opaque" }, "GET /x?api_key=abc123opaque&y=1");
      assertHidden("abc123opaque");
      assert.match(written(), /y=1/);
    });

    it("counts and flags with such names are shown", () => {
      log.info({ tokens: 4, hasPassword: true }, "x");
      assert.match(written(), /4/);
      assert.match(written(), /true/);
    });

    it("any event is one line, whatever a client put into it", () => {
      fc.assert(
        fc.property(fc.string({ unit: "binary" }), (text) => {
          lines.length = 0;
          log.info({ text, nested: { text } }, text);
          assert.equal(
            written()
              .trimEnd()
              .split(/[\r\n]/).length,
            1,
          );
        }),
      );
    });

    it("is quiet below its level", () => {
      createLog({ level: "warn", format }, { write: (line: string) => void lines.push(line) }).info("x");
      assert.equal(written(), "");
    });
  });

describe("log", () => {
  it("ecs: lines are JSON of the Elastic Common Schema", () => {
    const lines: string[] = [];
    createLog({ level: "info", format: "ecs" }, { write: (line: string) => void lines.push(line) }).error(
      { err: new Error("broken"), user: "ann" },
      "a handler failed",
    );
    const line: unknown = JSON.parse(lines[0] ?? "");
    assert.ok(typeof line === "object" && line !== null);
    const fields = line as Record<string, unknown>;
    assert.equal(fields["log.level"], "error");
    assert.equal(fields.message, "a handler failed");
    assert.equal(fields.user, "ann");
    assert.ok(typeof fields["@timestamp"] === "string" && typeof fields["ecs.version"] === "string");
    assert.equal((fields.error as { message: string }).message, "broken");
  });

  it("ecs: lines name the service, its version and the worker", () => {
    const lines: string[] = [];
    const destination = { write: (line: string) => void lines.push(line) };
    const config = { level: "info", format: "ecs" } as const;
    createLog(config, destination, { version: "1.2.3", worker: "w_one" }).info("x");
    createLog(config, destination, { service: "arena" }).child({ more: 1 }).warn({ user: "ann" }, "y");
    const [first, second] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(
      ["service.name", "service.version", "service.node.name"].map((name) => first?.[name]),
      ["muster", "1.2.3", "w_one"],
    );
    assert.deepEqual([second?.["service.name"], second?.more, second?.user], ["arena", 1, "ann"]);
  });

  it("pretty: time, level, message, fields, and the stack below", () => {
    const lines: string[] = [];
    createLog({ level: "info", format: "pretty" }, { write: (line: string) => void lines.push(line) }).error(
      { err: new Error("broken"), user: "ann", what: "two words" },
      "a handler failed",
    );
    assert.match(
      lines[0] ?? "",
      /^\d\d:\d\d:\d\d\.\d{3} ERROR a handler failed user=ann what="two words"\n {4}Error: broken\n {8}at /,
    );
  });
});
