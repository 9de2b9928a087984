/**
 * S4's five kinds of message in a relay room. What is relayed goes through as it is; where it is one of these, as a protobuf
 * `ClientMessage` or as JSON, the room's other members are told of it as an event too.
 */
import { Compile } from "typebox/compile";
import { isWellFormedJson } from "../../core/text.ts";
import { decodeClientMessage } from "../../proto/messages.ts";
import { type KindMessage, kindSchemas } from "./kinds.ts";

/** Longer data is relayed without a look. */
const MAX_LOOK = 16_384;

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

/** What relayed data says, where it is a message of one of the kinds. */
export function interpret(data: string | Uint8Array): KindMessage | undefined {
  if (data.length > MAX_LOOK) return undefined;
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
