/**
 * The AsyncAPI 3.1 document, made of the contracts: what clients of engines generate their types from. Messages are the frames of plain
 * WebSocket; over Socket.IO the same payloads go as events. TypeBox schemas are JSON Schema, which AsyncAPI takes as it is.
 */
import type { Contract } from "../core/contract/contract.ts";
import { ERRORS } from "../core/contract/errors.ts";
import { commonCommands, commonEvents } from "../middleware/common.ts";

type Json = Record<string, unknown>;

const API_VERSION = "1.0.0";
/** Its frames have what is said in `data`. */
const ENVELOPED = "/matchmaking";
const FRAME_ID = { description: "Comes back in the `ack`.", type: ["string", "integer"] };

/** Without what TypeBox notes for itself. */
const plain = (schema: unknown): Json =>
  JSON.parse(JSON.stringify(schema, (key, value: unknown) => (key.startsWith("~") ? undefined : value)));

const idOf = (name: string) => name.replace(/[^A-Za-z0-9_]/g, "_");
const keyOf = (namespace: string) => (namespace === "/" ? "rooms" : namespace.slice(1));
const pathOf = (namespace: string) => (namespace === "/" ? "/ws" : `/ws${namespace}`);

/** A frame as it is on the wire. */
function frame(namespace: string, name: string, fields: Json, payload: unknown): Json {
  const head = { type: { const: name }, ...fields };
  if (namespace === ENVELOPED)
    return { type: "object", required: ["type"], properties: { ...head, data: plain(payload) } };
  return {
    allOf: [{ type: "object", required: ["type"], properties: head }, plain(payload)],
  };
}

const timestampOf = (namespace: string) => ({
  timestamp:
    namespace === "/"
      ? { type: "number", description: "In milliseconds." }
      : { type: "string", description: "ISO 8601." },
});

const errorSchema = {
  type: "object",
  required: ["code", "message"],
  properties: {
    code: { type: "string", enum: Object.keys(ERRORS) },
    message: { type: "string" },
    retry_after_ms: { type: "number", description: "When to try again, where that helps." },
  },
};

/** Of one command: it was done, with its result, or refused. */
function acknowledgement(namespace: string, result: unknown): Json {
  const done = {
    allOf: [{ type: "object", required: ["ok"], properties: { ok: { const: true } } }, plain(result)],
  };
  const refused = {
    type: "object",
    required: ["ok", "error"],
    properties: { ok: { const: false }, error: { $ref: "#/components/schemas/Error" } },
  };
  return frame(namespace, "ack", { id: FRAME_ID }, { anyOf: [done, refused] });
}

function namespaceParts({ namespace, commands, events }: Contract) {
  const key = keyOf(namespace);
  const messages: Json = {};
  const operations: Json = {};
  const channel = { $ref: `#/channels/${key}` };
  const refTo = (name: string) => ({ $ref: `#/channels/${key}/messages/${name}` });
  for (const [name, spec] of Object.entries({ ...commands, ...commonCommands })) {
    const [asked, answered] = [`${idOf(name)}_command`, `${idOf(name)}_ack`];
    messages[asked] = {
      name,
      summary: spec.summary,
      payload: frame(namespace, name, { id: FRAME_ID }, spec.input),
    };
    messages[answered] = {
      name: "ack",
      summary: `The answer to \`${name}\`.`,
      payload: acknowledgement(namespace, spec.result),
    };
    operations[`${key}_${idOf(name)}`] = {
      ...{ action: "receive", channel, summary: spec.summary, messages: [refTo(asked)] },
      reply: { channel, messages: [refTo(answered)] },
    };
  }
  for (const [name, spec] of Object.entries({ ...events, ...commonEvents })) {
    const told = `${idOf(name)}_event`;
    messages[told] = {
      name,
      summary: spec.summary,
      payload: frame(namespace, name, timestampOf(namespace), spec.payload),
      tags: [{ name: spec.delivery }],
    };
    operations[`${key}_on_${idOf(name)}`] = {
      ...{ action: "send", channel, summary: spec.summary, messages: [refTo(told)] },
    };
  }
  const description = `The namespace \`${namespace}\`, which Socket.IO clients connect to under this name.`;
  return { key, channel: { address: pathOf(namespace), description, messages }, operations };
}

export function asyncApiDocument(contracts: readonly Contract[]): Json {
  const parts = contracts.map(namespaceParts);
  return {
    asyncapi: "3.1.0",
    info: {
      title: "Muster",
      version: API_VERSION,
      description:
        "The frames of plain WebSocket. Socket.IO carries the same payloads: a command is an event with an acknowledgement, without `type` and `id`.",
    },
    defaultContentType: "application/json",
    servers: {
      development: {
        host: "localhost:3000",
        protocol: "ws",
        description: "As `npm start` serves it.",
        security: [{ $ref: "#/components/securitySchemes/token" }],
      },
    },
    channels: Object.fromEntries(parts.map(({ key, channel }) => [key, channel])),
    operations: Object.assign({}, ...parts.map(({ operations }) => operations)) as Json,
    components: {
      schemas: { Error: errorSchema },
      securitySchemes: {
        token: {
          type: "httpApiKey",
          in: "query",
          name: "token",
          description: "A JWT; the header `Authorization: Bearer` does as well.",
        },
      },
    },
  };
}
