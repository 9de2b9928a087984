/** JSON Schema in the few words that every language has: what a field is, for those who write types. */

export type Schema = Readonly<Record<string, unknown>>;

export interface Field {
  readonly name: string;
  readonly shape: FieldShape;
  readonly required: boolean;
  /** What the schema says of it; empty where it says nothing. */
  readonly note: string;
}

export type FieldShape = { readonly nullable?: true } & (
  | { readonly kind: "whole" | "number" | "flag" | "any" }
  /** With `values`: these are known; a newer server may have more. */
  | { readonly kind: "text"; readonly values?: readonly string[] }
  | { readonly kind: "list" | "map"; readonly item: FieldShape }
  | { readonly kind: "object"; readonly fields: readonly Field[] }
);

const ANY: FieldShape = { kind: "any" };
/** Deeper, a schema refers to itself. */
const MAX_DEPTH = 24;

export const isSchema = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/**
 * The shape of a schema. Null beside others makes it nullable. A union of objects is one object: what only some of them have is optional.
 * Other unions of different kinds are `any`.
 * @param find what a `$ref` leads to
 */
export function shapeOf(schema: unknown, find: (ref: string) => unknown, depth = 0): FieldShape {
  if (!isSchema(schema) || depth > MAX_DEPTH) return ANY;
  const inner = (each: unknown) => shapeOf(each, find, depth + 1);
  if (typeof schema.$ref === "string") return inner(find(schema.$ref));
  if (Array.isArray(schema.enum)) return united(schema.enum.map(constant));
  if ("const" in schema) return constant(schema.const);
  const options = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(options)) return united(options.map(inner));
  if (Array.isArray(schema.allOf)) return joined(schema.allOf.map(inner));
  if (Array.isArray(schema.type)) return united(schema.type.map((type) => inner({ ...schema, type })));
  switch (schema.type ?? ("properties" in schema ? "object" : undefined)) {
    case "string":
      return { kind: "text" };
    case "integer":
      return { kind: "whole" };
    case "number":
      return { kind: "number" };
    case "boolean":
      return { kind: "flag" };
    case "null":
      return { kind: "any", nullable: true };
    case "array": {
      const items = Array.isArray(schema.items) ? schema.items : [schema.items];
      return { kind: "list", item: united(items.map(inner)) };
    }
    case "object":
      return objectOf(schema, inner);
    default:
      return ANY;
  }
}

function constant(value: unknown): FieldShape {
  if (typeof value === "string") return { kind: "text", values: [value] };
  if (typeof value === "boolean") return { kind: "flag" };
  if (value === null) return { kind: "any", nullable: true };
  if (typeof value === "number") return { kind: Number.isInteger(value) ? "whole" : "number" };
  return ANY;
}

function objectOf(schema: Schema, inner: (schema: unknown) => FieldShape): FieldShape {
  const properties = isSchema(schema.properties) ? schema.properties : {};
  const required = listOf(schema.required);
  const fields = Object.entries(properties).map(([name, each]) => {
    return { name, shape: inner(each), required: required.includes(name), note: noteOf(each) };
  });
  if (fields.length > 0) return { kind: "object", fields };
  const patterns = isSchema(schema.patternProperties) ? Object.values(schema.patternProperties) : [];
  const others = isSchema(schema.additionalProperties) ? [schema.additionalProperties] : patterns;
  if (others.length > 0) return { kind: "map", item: united(others.map(inner)) };
  return { kind: "map", item: ANY };
}

function noteOf(schema: unknown): string {
  if (!isSchema(schema)) return "";
  const described = typeof schema.description === "string" ? [sentence(schema.description)] : [];
  const bounds = [
    ["at least", schema.minimum, ""],
    ["at most", schema.maximum, ""],
    ["at most", schema.maxLength, " characters"],
    ["at most", schema.maxItems, " of them"],
  ] as const;
  const said = bounds.flatMap(([word, bound, unit]) =>
    typeof bound === "number" && Math.abs(bound) < Number.MAX_SAFE_INTEGER ? [`${word} ${bound}${unit}`] : [],
  );
  return [...described, ...(said.length === 0 ? [] : [sentence(said.join(", "))])].join(" ");
}

const sentence = (text: string) =>
  text
    .replace(/\s+/g, " ")
    .replace(/^[a-z]/, (letter) => letter.toUpperCase())
    .replace(/\.?$/, ".");

/** One of them. */
function united(shapes: readonly FieldShape[]): FieldShape {
  const isNull = (shape: FieldShape) => shape.kind === "any" && shape.nullable === true;
  const others = shapes.filter((shape) => !isNull(shape));
  const merged = others.reduce<FieldShape | undefined>(
    (before, shape) => (before ? either(before, shape) : shape),
    undefined,
  );
  if (merged === undefined) return ANY;
  return shapes.some(({ nullable }) => nullable) ? { ...merged, nullable: true } : merged;
}

function either(one: FieldShape, other: FieldShape): FieldShape {
  if (one.kind === "text" && other.kind === "text")
    return one.values && other.values
      ? { kind: "text", values: [...new Set([...one.values, ...other.values])] }
      : { kind: "text" };
  if (one.kind === "list" && other.kind === "list")
    return { kind: "list", item: either(one.item, other.item) };
  if (one.kind === "map" && other.kind === "map") return { kind: "map", item: either(one.item, other.item) };
  if (one.kind === "object" && other.kind === "object")
    return {
      kind: "object",
      fields: mergedFields([one.fields, other.fields], (each) => each.every(Boolean)),
    };
  if (one.kind === other.kind) return one;
  const numbers = [one.kind, other.kind].every((kind) => kind === "whole" || kind === "number");
  return numbers ? { kind: "number" } : ANY;
}

/** All of them at once. */
function joined(shapes: readonly FieldShape[]): FieldShape {
  const objects = shapes.flatMap((shape) => (shape.kind === "object" ? [shape.fields] : []));
  if (objects.length > 0)
    return { kind: "object", fields: mergedFields(objects, (each) => each.some(Boolean)) };
  return shapes.find(({ kind }) => kind !== "any") ?? ANY;
}

function mergedFields(
  objects: readonly (readonly Field[])[],
  isRequired: (inEach: readonly boolean[]) => boolean,
): Field[] {
  const names = new Set(objects.flatMap((fields) => fields.map(({ name }) => name)));
  return [...names].map((name) => {
    const found = objects.map((fields) => fields.find((field) => field.name === name));
    const there = found.filter((field) => field !== undefined);
    return {
      name,
      shape: united(there.map(({ shape }) => shape)),
      required: isRequired(found.map((field) => field?.required === true)),
      note: there[0]?.note ?? "",
    };
  });
}
