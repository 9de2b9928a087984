import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import { asyncApiDocument } from "../../server/asyncapi.ts";
import { contracts } from "../../server/contracts.ts";

type Json = Record<string, unknown>;

const load = (file: string): Json => createRequire(import.meta.url)(file) as Json;
const document = asyncApiDocument(contracts);

/** What a reference of the document leads to. */
const at = (ref: string): unknown =>
  ref
    .slice(2)
    .split("/")
    .reduce<unknown>((value, name) => (value as Json | undefined)?.[name.replaceAll("~1", "/")], document);

function refsIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "$ref" && typeof inner === "string" ? [inner] : refsIn(inner),
  );
}

describe("the AsyncAPI document", () => {
  it("is one by AsyncAPI's own schema, and each of its references leads somewhere", () => {
    const ajv = new Ajv({ strict: false, allErrors: false });
    addFormats.default(ajv);
    ajv.addMetaSchema(load("@asyncapi/specs/schemas/3.1.0-without-$id.json"), "asyncapi");
    const validate = ajv.compile(load("@asyncapi/specs/schemas/3.1.0-without-$id.json"));
    assert.ok(validate(document), JSON.stringify(validate.errors?.slice(0, 3)));
    assert.ok(
      !validate({ ...document, channels: { rooms: { adress: "/ws" } } }),
      "the schema takes anything",
    );
    const refs = refsIn(document);
    assert.ok(refs.length > 500);
    assert.deepEqual(
      refs.filter((ref) => at(ref) === undefined),
      [],
    );
  });

  it("has every command and event, and takes frames that a server takes", () => {
    const ajv = new Ajv({ strict: false });
    addFormats.default(ajv);
    const schemaOf = (channel: string, message: string) => ({
      ...(at(`#/channels/${channel}/messages/${message}`) as { payload: Json }).payload,
      components: document.components,
    });
    for (const { namespace, commands, events } of contracts) {
      const channel = namespace === "/" ? "rooms" : namespace.slice(1);
      for (const name of Object.keys(commands))
        ajv.compile(schemaOf(channel, `${name.replaceAll(":", "_")}_command`));
      for (const name of Object.keys(events))
        ajv.compile(schemaOf(channel, `${name.replaceAll(":", "_")}_event`));
    }
    const takes = (channel: string, message: string, frame: object) =>
      ajv.validate(schemaOf(channel, message), frame);
    assert.ok(
      takes("chat", "chat_message_command", {
        type: "chat_message",
        id: 1,
        channel: "global",
        content: "hello",
      }),
    );
    assert.ok(!takes("chat", "chat_message_command", { type: "chat_message", id: 1, channel: "global" }));
    assert.ok(
      takes("matchmaking", "queue_join_command", { type: "queue_join", data: { game_mode: "classic" } }),
    );
    assert.ok(
      takes("game", "room_create_ack", {
        type: "ack",
        id: 1,
        ok: false,
        error: { code: "conflict", message: "no" },
      }),
    );
    assert.ok(
      !takes("game", "room_create_ack", {
        type: "ack",
        id: 1,
        ok: false,
        error: { code: "nonsense", message: "no" },
      }),
    );
  });
});
