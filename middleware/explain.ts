/**
 * What is wrong with a payload, in one line: its first mistake. The library's own list of mistakes looks at all of a payload, which for
 * one of 400 KB with a mistake in each value takes half a second; here so much of it is looked at as a person could have written.
 */
import type { TSchema } from "typebox";

/** Entries of one list or object: more than any contract allows in a list, so that 'too many' stays that. */
const MAX_ENTRIES = 1_024;
/** Values in one field of the payload. */
const MAX_VALUES = 4_096;
/** Of the names on the way to the mistake, which the client may have chosen. */
const MAX_PATH = 128;

/** What a compiled schema says of a value, in order. */
export interface Judge {
  Errors(value: unknown): readonly { readonly instancePath: string; readonly message?: string }[];
}

/** The names that a schema has at its top level. */
export function fieldsOf(schema: TSchema): readonly string[] {
  const properties: unknown = "properties" in schema ? schema.properties : undefined;
  return typeof properties === "object" && properties !== null ? Object.keys(properties) : [];
}

interface Mistake {
  /** As `members.3.name`; empty: the whole. */
  readonly path: string;
  readonly message: string | undefined;
}

/**
 * @param fields the names that the schema has at its top level; where it names none, all of the value's
 * @returns undefined where no mistake is in the part that is looked at
 */
export function firstMistake(
  judge: Judge,
  value: unknown,
  fields: readonly string[] = [],
): Mistake | undefined {
  const [first] = judge.Errors(fields.length === 0 ? new Beginning().of(value) : chosen(value, fields));
  if (!first) return undefined;
  const path = first.instancePath.slice(1, MAX_PATH + 1).replaceAll("/", ".");
  return { path, message: first.message };
}

/** To name all of 60,000 fields, of which the schema knows five, would take as long as to read them. */
function chosen(value: unknown, names: readonly string[]): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return new Beginning().of(value);
  const fields: Record<string, unknown> = {};
  for (const name of names)
    if (Object.hasOwn(value, name))
      fields[name] = new Beginning().of((value as Readonly<Record<string, unknown>>)[name]);
  return fields;
}

/** A copy without the rest of long lists and large objects. */
class Beginning {
  #left = MAX_VALUES;

  of(value: unknown): unknown {
    this.#left--;
    if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
    return Array.isArray(value) ? this.#list(value) : this.#object(value);
  }

  #list(list: readonly unknown[]): unknown[] {
    const items: unknown[] = [];
    for (const item of list) {
      if (items.length >= MAX_ENTRIES || this.#left <= 0) break;
      items.push(this.of(item));
    }
    return items;
  }

  #object(object: object): object {
    const fields = {};
    let entries = 0;
    for (const name in object) {
      if (entries++ >= MAX_ENTRIES || this.#left <= 0) break;
      const value = this.of((object as Readonly<Record<string, unknown>>)[name]);
      // Not by assignment: `__proto__` is a name like others.
      Object.defineProperty(fields, name, { value, enumerable: true });
    }
    return fields;
  }
}
