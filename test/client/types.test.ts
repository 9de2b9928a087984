/** Types for clients of other languages, made of an AsyncAPI document. That the shipped ones run is told by engines.test.ts. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { type TSchema, Type } from "typebox";
import { getUser, Users } from "../../examples/get-user/index.ts";
import { asyncApiDocument } from "../../server/asyncapi.ts";
import { typesOf } from "../../server/commands/types/write.ts";
import { contracts } from "../../server/contracts.ts";
import { type CustomEvent, defineEvent, withOwnEvents } from "../../server/custom-events.ts";

const CSHARP = path.resolve(import.meta.dirname, "../../clients/csharp");
const documentWith = (...events: readonly CustomEvent[]) =>
  asyncApiDocument(withOwnEvents(contracts, events));
const oneOf = <T extends string>(...values: readonly T[]) =>
  Type.Union(values.map((value) => Type.Literal(value)));

/** An event of its own in `/chat`, with these fields. */
const eventOf = (fields: Record<string, TSchema>) =>
  defineEvent({
    namespace: "/chat",
    name: "own:look",
    schema: Type.Object({}),
    result: Type.Object(fields),
    handle: () => undefined,
  });

/** The body of a class. */
function classIn(text: string, name: string): string {
  const [, body] = new RegExp(`class ${name}\\b.*\\n([\\s\\S]*?)\\n(?:\\s*\\n|$)`).exec(text) ?? [];
  assert.ok(body, `there is no class ${name}`);
  return body;
}

describe("types of clients", () => {
  for (const [language, comment] of [
    ["csharp", /^\s*\/\//],
    ["gdscript", /^\s*#/],
  ] as const)
    it(`in ${language} have nothing of a foreign document's texts as code`, () => {
      const lines = ["\u0085", "\u2028", "\u2029", "\n", "\r\n", "\u000b"];
      const text = lines.map((end) => `x";*/${end}Evil();`).join(" ");
      const own = eventOf({ one: Type.String({ description: text }), two: oneOf(`a${text}`, "b") });
      const made = typesOf(language, documentWith(own), "Made by a test.");
      // To each of these a line may end.
      const evil = made.split(/[\n\r\u0085\u2028\u2029]/).filter((line) => line.includes("Evil"));
      assert.ok(evil.length > 0);
      for (const line of evil) assert.ok(comment.test(line) || line.includes('"ax\\"'), line);
    });

  it("say what is optional, null, a list, a choice or of several kinds", () => {
    const document = documentWith(
      eventOf({
        needed: Type.String({ maxLength: 9, description: "its name" }),
        count: Type.Optional(Type.Integer()),
        share: Type.Union([Type.Number(), Type.Null()]),
        mood: Type.Optional(oneOf("happy", "sad-ish")),
        found: Type.Array(
          Type.Union([
            Type.Object({ a: Type.String() }),
            Type.Object({ a: Type.String(), b: Type.Boolean() }),
          ]),
        ),
        either: Type.Union([Type.String(), Type.Number()]),
        scores: Type.Record(Type.String(), Type.Integer()),
        fields: Type.Boolean(),
        match: Type.Boolean(),
      }),
    );
    const csharp = typesOf("csharp", document, "Made by a test.");
    const result = classIn(csharp, "OwnLookResult")
      .replace(/ \{ get.*/g, "")
      .replace(/^ +/gm, "");
    assert.deepEqual(result.split("\n").slice(1, -1), [
      ...["/// <summary>Its name. At most 9 characters.</summary>", "public string Needed"],
      ...["/// <summary>Optional.</summary>", "public long? Count"],
      ...["/// <summary>May be null.</summary>", "public double? Share"],
      ...['/// <summary>Optional. One of <see cref="MoodValues"/>.</summary>', "public string Mood"],
      ...["public IReadOnlyList<FoundFields> Found", "public object Either"],
      ...["public IReadOnlyDictionary<string, long> Scores", "public bool FieldsField", "public bool Match"],
    ]);
    assert.match(classIn(csharp, "MoodValues"), /string SadIsh = "sad-ish";/);
    assert.match(classIn(csharp, "FoundFields"), /string A \{[\s\S]*Optional[\s\S]*bool\? B \{/);
    const gdscript = typesOf("gdscript", document, "Made by a test.");
    const variables = [...classIn(gdscript, "OwnLookResult").matchAll(/^\t\t(var .*)$/gm)];
    assert.deepEqual(
      variables.map(([, line]) => line),
      [
        ...['var needed: String = ""', "var count = null", "var share = null", "var mood = null"],
        ...["var found: Array = []", "var either = null", "var scores: Dictionary = {}"],
        ...["var fields_: bool = false", "var match_: bool = false", "var fields: Dictionary = {}"],
      ],
    );
    assert.match(classIn(gdscript, "MoodValues"), /const SAD_ISH := "sad-ish"/);
  });

  it("has an application's own commands, answers and events, and their C# compiles", async function () {
    this.timeout(60_000);
    const document = documentWith(getUser(new Users()));
    const gdscript = typesOf("gdscript", document, "Made by a test.");
    assert.match(gdscript, /const ON_USER_RESPONSE := "user_response"/);
    assert.match(classIn(gdscript, "GetUserCommand"), /const NAME := "get_user"/);
    if (!existsSync("/usr/bin/mcs")) {
      console.log("      not compiled: mono-mcs is not installed (`npm run setup`)");
      return;
    }
    const folder = await mkdtemp(path.join(tmpdir(), "muster-types-"));
    try {
      const own = path.join(folder, "Own.cs");
      const use =
        'class Use { static string Of(Muster.Rooms.UserResponseEvent told) { return new Muster.Rooms.GetUserCommand { Email = "x" }.Email + told.Data.User.Name; } }';
      await writeFile(own, `${typesOf("csharp", document, "Made by a test.")}${use}\n`);
      const files = ["Json", "MusterClient", "MusterConnection", "MusterNamespace", "MusterSocket"];
      const beside = [...files, "MusterStream", "MusterTyped"].map((name) => path.join(CSHARP, `${name}.cs`));
      const words = ["-langversion:7", "-warnaserror", "-t:library", `-out:${folder}/own.dll`];
      await promisify(execFile)("/usr/bin/mcs", [...words, ...beside, own], { timeout: 50_000 });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("are not made of a document that is another's, and it is said why", () => {
    const { channels, ...rest } = documentWith();
    const chat = { address: "/ws/chat", messages: { hello: { name: "hello", payload: {} } } };
    for (const [document, why] of [
      [null, /no AsyncAPI 3 document/],
      [{ asyncapi: "2.6.0", channels }, /no AsyncAPI 3 document/],
      [rest, /no object at channels/],
      [{ ...rest, channels: { chat: { address: "other/topic" } } }, /chat: its address is not \/ws/],
      [{ ...rest, channels: { chat } }, /messages\/hello: a name …_command/],
    ] as const)
      for (const language of ["csharp", "gdscript"] as const)
        assert.throws(() => typesOf(language, document, "Made by a test."), why);
  });
});
