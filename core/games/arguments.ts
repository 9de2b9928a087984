/** Arguments and options that clients give to games and rulesets: checked once, without what their schema does not name. */
import type { TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { Clean } from "typebox/value";
import { copyOf } from "../bytes.ts";
import { GameError } from "../contract/errors.ts";

/**
 * The value without the fields that the schema does not name, so that nothing unasked-for is kept or logged.
 * @param message of the refusal
 * @throws GameError `invalid_payload` for a value that does not fit
 */
export type Parse = (given: unknown, message: string) => unknown;

/** The parts of a JSON schema that say whether objects lie within it. */
interface SchemaNode {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: unknown;
  readonly items?: unknown;
  readonly anyOf?: readonly SchemaNode[];
  readonly allOf?: unknown;
}

export function parserOf(schema: TSchema): Parse {
  const validator = Compile(schema);
  const names = flatFields(schema as SchemaNode);
  return (given, message) => {
    if (!validator.Check(given)) throw new GameError("invalid_payload", { message });
    if (names === undefined) return Clean(schema, copyOf(given));
    const fields = given as Readonly<Record<string, unknown>>;
    return Object.fromEntries(
      names.filter((name) => Object.hasOwn(fields, name)).map((name) => [name, fields[name]]),
    );
  };
}

/** The fields of an object schema whose values hold nothing to leave out; undefined for any other schema. */
function flatFields({ type, properties, additionalProperties }: SchemaNode): string[] | undefined {
  if (type !== "object" || additionalProperties !== undefined) return undefined;
  const fields = Object.entries(properties ?? {});
  return fields.every(([, field]) => isFlat(field)) ? fields.map(([name]) => name) : undefined;
}

/** A schema without a type takes any value as it is. */
function isFlat({ type, properties, items, anyOf, allOf }: SchemaNode): boolean {
  if (properties !== undefined || items !== undefined || allOf !== undefined) return false;
  return type !== "object" && (anyOf ?? []).every(isFlat);
}
