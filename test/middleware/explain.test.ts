import assert from "node:assert/strict";
import { Type } from "typebox";
import { Compile } from "typebox/compile";
import { GameError } from "../../core/contract/errors.ts";
import { fieldsOf, firstMistake } from "../../middleware/explain.ts";

const schema = Type.Object({
  room: Type.String(),
  user_ids: Type.Optional(Type.Array(Type.String({ maxLength: 8 }), { maxItems: 500 })),
  properties: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()]))),
});
const validator = Compile(schema);
const explain = (value: unknown) => firstMistake(validator, value, fieldsOf(schema));

describe("the explanation of a refused payload", () => {
  it("is its first mistake, with the way to it", () => {
    for (const [value, path, message] of [
      [7, "", /must be object/],
      [{}, "", /required properties room/],
      [{ room: 5 }, "room", /must be string/],
      [{ room: "r", user_ids: ["a", 5, 6] }, "user_ids.1", /must be string/],
      [{ room: "r", user_ids: Array(501).fill("a") }, "user_ids", /more than 500/],
      [{ room: "r", user_ids: Array(60_000).fill("a") }, "user_ids", /more than 500/],
      [{ room: "r", user_ids: [...Array(400).fill("a"), "too long a name"] }, "user_ids.400", /8 characters/],
      [{ room: "r", properties: { a: 1, b: [] } }, "properties.b", /./],
      [JSON.parse('{"room":5,"__proto__":{"room":"r"}}'), "room", /must be string/],
    ] as const) {
      const mistake = explain(value);
      assert.equal(mistake?.path, path, JSON.stringify(value).slice(0, 60));
      assert.match(String(mistake?.message), message);
    }
  });

  it("does not repeat a long name of the client's", () => {
    const mistake = explain({ room: "r", properties: { ["n".repeat(300_000)]: [] } });
    assert.ok(mistake && mistake.path.length <= 128);
  });

  it("is found without looking at all of a large payload", () => {
    const many: Readonly<Record<string, unknown>> = {
      numbers: { room: "r", user_ids: Array(200_000).fill(1) },
      objects: { room: "r", user_ids: Array.from({ length: 130_000 }, () => ({})) },
      "fields that no schema has": Object.fromEntries(
        Array.from({ length: 60_000 }, (_, at) => [`k${at}`, []]),
      ),
    };
    for (const [what, value] of Object.entries(many)) {
      let looked = 0;
      const judge = {
        Errors(part: unknown) {
          looked = JSON.stringify(part).length;
          return validator.Errors(part);
        },
      };
      assert.ok(firstMistake(judge, value, fieldsOf(schema)), what);
      assert.ok(looked < 20_000, `${what}: ${looked} characters were looked at`);
    }
  });
});

describe("a failure that a client is told of", () => {
  it("has no stack: the code is all there is to it; other errors keep theirs", () => {
    assert.equal(new GameError("rate_limited").stack?.split("\n").length, 1);
    assert.ok((new Error("x").stack?.split("\n").length ?? 0) > 1);
    const { stackTraceLimit } = Error;
    new GameError("internal", { cause: new Error("inside") });
    assert.equal(Error.stackTraceLimit, stackTraceLimit);
  });
});
