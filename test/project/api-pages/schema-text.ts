/** A JSON Schema as a person reads it: one field a line, with what may be in it. */

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function bounds(min: unknown, max: unknown): string {
  if (min !== undefined && max !== undefined) return min === max ? `, exactly ${min}` : `, ${min} to ${max}`;
  if (min !== undefined) return `, at least ${min}`;
  return max === undefined ? "" : `, at most ${max}`;
}

/** Objects that stand together are one: their fields side by side. */
function joined(parts: readonly unknown[]): Json | undefined {
  if (!parts.every((part) => isObject(part) && isObject(part.properties))) return undefined;
  const all = parts as readonly Json[];
  return {
    type: "object",
    properties: Object.assign({}, ...all.map(({ properties }) => properties)) as Json,
    required: all.flatMap(({ required }) => (Array.isArray(required) ? required : [])),
  };
}

function fields(schema: Json, indent: string): string {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  const lines = Object.entries(properties).map(([name, value]) => {
    const note = isObject(value) && typeof value.description === "string" ? `  // ${value.description}` : "";
    return `${indent}  ${name}${required.has(name) ? "" : "?"}: ${schemaText(value, `${indent}  `)}${note}`;
  });
  if (lines.length > 0) return `{\n${lines.join("\n")}\n${indent}}`;
  const values = Object.values(isObject(schema.patternProperties) ? schema.patternProperties : {});
  return values.length > 0 ? `{ [name]: ${schemaText(values[0], indent)} }` : "{}";
}

export function schemaText(schema: unknown, indent = ""): string {
  if (!isObject(schema)) return "anything";
  if (typeof schema.$ref === "string") return schema.$ref.split("/").at(-1) ?? "anything";
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if ("const" in schema) return JSON.stringify(schema.const);
  if (Array.isArray(schema.allOf)) {
    const one = joined(schema.allOf);
    return one ? fields(one, indent) : schema.allOf.map((part) => schemaText(part, indent)).join(" and ");
  }
  const options = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(options)) return options.map((option) => schemaText(option, indent)).join(" | ");
  if (Array.isArray(schema.type)) return schema.type.join(" | ");
  switch (schema.type) {
    case "string":
      return `text${bounds(schema.minLength, schema.maxLength)}${schema.format ? `, ${schema.format}` : ""}`;
    case "integer":
      return `whole number${bounds(schema.minimum, schema.maximum)}`;
    case "number":
      return `number${bounds(schema.minimum, schema.maximum)}`;
    case "boolean":
      return "true | false";
    case "null":
      return "null";
    case "array": {
      const items = Array.isArray(schema.items)
        ? `[${schema.items.map((item) => schemaText(item, indent)).join(", ")}]`
        : `list of ${schemaText(schema.items, indent)}`;
      return items + bounds(schema.minItems, schema.maxItems);
    }
    case "object":
      return fields(schema, indent);
    default:
      return "anything";
  }
}
