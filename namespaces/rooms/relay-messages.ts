/**
 * The five kinds of message that clients of the Go relay send. Relayed data goes through as it is; where it is one of these kinds, as a
 * protobuf `ClientMessage` or as JSON, the room's other members get it as an event too.
 */

import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";
import { isWellFormedJson } from "../../core/text.ts";
import { decodeClientMessage } from "../../proto/messages.ts";

const Finite = Type.Number({ minimum: -1e6, maximum: 1e6 });
const Position = Type.Object({ x: Finite, y: Finite, z: Finite });
const Rotation = Type.Object({ x: Finite, y: Finite, z: Finite, w: Finite });
const Id = Type.String({ minLength: 1, maxLength: 128 });
const Scalar = Type.Union([Type.String({ maxLength: 1_000 }), Type.Number(), Type.Boolean(), Type.Null()]);

export const kindSchemas = {
  client_hello: Type.Object({
    display_name: Type.Optional(Type.String({ maxLength: 128 })),
    client_version: Type.Optional(Type.String({ maxLength: 128 })),
  }),
  position_update: Type.Object({
    entity_id: Type.Optional(Id),
    position: Position,
    rotation: Type.Optional(Rotation),
    seq: Type.Optional(Type.Integer({ minimum: 0 })),
  }),
  chat_message: Type.Object({ text: Type.String({ minLength: 1, maxLength: 2_000 }) }),
  entity_spawn: Type.Object({
    entity_id: Id,
    kind: Type.String({ maxLength: 128 }),
    position: Position,
    rotation: Type.Optional(Rotation),
    data: Type.Optional(Type.Record(Type.String({ maxLength: 128 }), Scalar, { maxProperties: 64 })),
  }),
  presence_event: Type.Object({
    status: Type.String({ minLength: 1, maxLength: 128 }),
    text: Type.Optional(Type.String({ maxLength: 1_000 })),
  }),
} as const;

type RelayKind = keyof typeof kindSchemas;

/** A message of one kind: the fields that its schema names, checked. */
export type KindMessage = {
  [K in RelayKind]: { readonly kind: K; readonly fields: Static<(typeof kindSchemas)[K]> };
}[RelayKind];

/** Longer data is relayed without being interpreted. */
const MAX_INTERPRETED = 16_384;

interface Checked {
  readonly names: readonly string[];
  check(value: unknown): boolean;
}

const checks: ReadonlyMap<string, Checked> = new Map(
  Object.entries(kindSchemas).map(([kind, schema]) => {
    const validator = Compile(schema);
    return [
      kind,
      { names: Object.keys(schema.properties), check: (value: unknown) => validator.Check(value) },
    ];
  }),
);

const JSON_KIND = /"type"\s*:\s*"(?:CLIENT_HELLO|POSITION_UPDATE|CHAT_MESSAGE|ENTITY_SPAWN|PRESENCE_EVENT)"/;

/** The message that relayed data is, where it is one of the kinds. */
export function interpret(data: string | Uint8Array): KindMessage | undefined {
  if (data.length > MAX_INTERPRETED) return undefined;
  if (typeof data !== "string") {
    const decoded = decodeClientMessage(data);
    return decoded && messageOf(decoded.kind, fromBinary(decoded.fields));
  }
  if (!JSON_KIND.test(data)) return undefined;
  const frame = objectOf(data);
  if (!isWellFormedJson(data, frame)) return undefined;
  return typeof frame?.type === "string" ? messageOf(frame.type.toLowerCase(), frame) : undefined;
}

function messageOf(kind: string, given: Readonly<Record<string, unknown>>): KindMessage | undefined {
  const checked = checks.get(kind);
  if (!checked) return undefined;
  const fields = Object.fromEntries(
    checked.names.filter((name) => given[name] !== undefined).map((name) => [name, given[name]]),
  );
  // After the check the fields have the type of their kind, which a map of checks cannot express.
  return checked.check(fields) ? ({ kind, fields } as KindMessage) : undefined;
}

/** Protobuf leaves out what is zero, and has no JSON. */
function fromBinary(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { position, rotation, data, ...rest } = fields;
  return {
    kind: "",
    ...rest,
    ...(position ? { position: { x: 0, y: 0, z: 0, ...position } } : {}),
    ...(rotation ? { rotation: { x: 0, y: 0, z: 0, w: 0, ...rotation } } : {}),
    ...(typeof data === "string" ? { data: objectOf(data) } : {}),
  };
}

function objectOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
