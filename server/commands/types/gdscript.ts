/** Types for the GDScript client: a class for each message, in the words that Godot 3 and 4 have in common, save `RefCounted`. */
import type { Message, NamespaceTypes } from "./document.ts";
import type { Field, FieldShape } from "./shape.ts";

/** Words of the language, its functions, and names that a class has already. */
const TAKEN = new Set(
  [
    "and as assert await break breakpoint class class_name const continue elif else enum extends false for func if in is match",
    "namespace not null or pass preload return self setget signal static super tool trait true var void when while yield",
    "call callv connect disconnect emit_signal fields free get get_class get_meta has_method has_meta notification script set",
    "abs ceil char clamp convert cos ease exp floor hash instance_from_id len lerp load log max min nearest_po2 pow print",
    "randf randi range round seed sign sin smoothstep snapped sqrt stepify str tan typeof weakref wrapf wrapi",
    "set_meta set_script to_string to_fields init reference unreference",
  ].flatMap((words) => words.split(" ")),
);

const safe = (name: string): string => {
  const word = name.replace(/[^A-Za-z0-9_]/g, "_").replace(/^(?=\d)/, "n");
  return TAKEN.has(word) ? `${word}_` : word;
};
const constant = (text: string) =>
  text
    .replace(/[^A-Za-z0-9]+/g, "_")
    .toUpperCase()
    .replace(/^(?=\d|$)/, "N");
const quoted = (text: string) => JSON.stringify(text);

/** As the language writes it where it can. */
function typeOf(shape: FieldShape, types: NamespaceTypes): string {
  const words = {
    text: "String",
    whole: "int",
    number: "float",
    flag: "bool",
    list: "Array",
    map: "Dictionary",
  };
  if (shape.kind === "any") return "Variant";
  return shape.kind === "object" ? (types.nameOf(shape) ?? "Dictionary") : words[shape.kind];
}

/** As a person reads it: `Array of MemberData`, `{epoch: String, offset: int}`. */
function described(shape: FieldShape, types: NamespaceTypes, isInline: boolean): string {
  const inner = (each: FieldShape) => described(each, types, isInline);
  const orNull = shape.nullable ? " or null" : "";
  switch (shape.kind) {
    case "list":
      return `Array of ${inner(shape.item)}${orNull}`;
    case "map":
      return `Dictionary of ${inner(shape.item)}${orNull}`;
    case "text": {
      const name = types.nameOf(shape);
      return `String${name === undefined ? "" : ` of ${name}`}${orNull}`;
    }
    case "object": {
      if (!isInline) return `${typeOf(shape, types)}${orNull}`;
      const fields = shape.fields.map(
        ({ name, required, shape: each }) => `${name}${required ? "" : "?"}: ${inner(each)}`,
      );
      return `{${fields.join(", ")}}${orNull}`;
    }
    default:
      return `${typeOf(shape, types)}${orNull}`;
  }
}

/** What stands above a field; nothing where its type says it all. */
function comment(field: Field, types: NamespaceTypes, isInline: boolean): string[] {
  const { required, shape, note } = field;
  const text = described(shape, types, isInline);
  const isPlain = emptyOf(field) !== undefined && text === typeOf(shape, types);
  const kind = isPlain || shape.kind === "any" ? "" : `${text}.`;
  const said = [required ? "" : "Optional.", kind, note].filter((part) => part !== "").join(" ");
  return said === "" ? [] : [`\t\t# ${said.replace(/\s+/g, " ")}`];
}

const EMPTY = { text: '""', whole: "0", number: "0.0", flag: "false", list: "[]", map: "{}" } as const;

/** What stands for one that is always there, and has a type of the language's own; undefined for others. */
const emptyOf = ({ required, shape }: Field): string | undefined =>
  !required || shape.nullable || shape.kind === "any" || shape.kind === "object"
    ? undefined
    : EMPTY[shape.kind];

/** How what came is read. */
function read(field: Field, types: NamespaceTypes): string[] {
  const { name, shape } = field;
  const own = safe(name);
  const wire = quoted(name);
  const there = `typeof(payload.get(${wire}))`;
  if (shape.kind === "object")
    return [
      `\t\t\tif ${there} == TYPE_DICTIONARY:`,
      `\t\t\t\t${own} = ${typeOf(shape, types)}.new(payload[${wire}])`,
    ];
  if (shape.kind === "list" && shape.item.kind === "object")
    return [
      `\t\t\tif ${there} == TYPE_ARRAY:`,
      `\t\t\t\t${own} = []`,
      `\t\t\t\tfor one in payload[${wire}]:`,
      `\t\t\t\t\t${own}.append(${typeOf(shape.item, types)}.new(one))`,
    ];
  const empty = emptyOf(field);
  if (empty !== undefined) {
    const cast = shape.kind === "text" ? "str" : typeOf(shape, types);
    return [`\t\t\t${own} = ${cast}(payload.get(${wire}, ${empty}))`];
  }
  // JSON's numbers are floats.
  if (shape.kind === "whole")
    return [`\t\t\tif payload.get(${wire}) != null:`, `\t\t\t\t${own} = int(payload[${wire}])`];
  return [`\t\t\t${own} = payload.get(${wire})`];
}

function variable(field: Field, types: NamespaceTypes): string {
  const empty = emptyOf(field);
  const type = empty === undefined ? "" : `: ${typeOf(field.shape, types)}`;
  return `\t\tvar ${safe(field.name)}${type} = ${empty ?? "null"}`;
}

/** One that came: made of its payload. */
function told(
  name: string,
  head: readonly string[],
  fields: readonly Field[],
  types: NamespaceTypes,
): string[] {
  return [
    `\tclass ${name}:`,
    ...head,
    ...fields.flatMap((field) => [...comment(field, types, false), variable(field, types)]),
    "\t\t# All of it, and what is newer than this file.",
    "\t\tvar fields: Dictionary = {}",
    "",
    "\t\tfunc _init(payload := {}) -> void:",
    "\t\t\tfields = payload",
    ...fields.flatMap((field) => read(field, types)),
    "",
  ];
}

/** One that is sent: what it needs is given when it is made, the rest is set. */
function sent({ name, fields }: Message, head: readonly string[], types: NamespaceTypes): string[] {
  const needed = fields.filter(({ required }) => required);
  const words = needed.map((field) => {
    const type = emptyOf(field) === undefined ? "" : `: ${typeOf(field.shape, types)}`;
    return `p_${safe(field.name)}${type}`;
  });
  const optional = fields.filter(({ required }) => !required);
  return [
    `\tclass ${name}:`,
    ...head,
    ...fields.flatMap((field) => [...comment(field, types, true), variable(field, types)]),
    "\t\t# More, which this file does not know.",
    "\t\tvar fields: Dictionary = {}",
    "",
    `\t\tfunc _init(${words.join(", ")}) -> void:`,
    ...(needed.length === 0
      ? ["\t\t\tpass"]
      : needed.map(({ name: field }) => `\t\t\t${safe(field)} = p_${safe(field)}`)),
    "",
    "\t\tfunc to_fields() -> Dictionary:",
    "\t\t\tvar made = fields.duplicate()",
    ...needed.map((field) => `\t\t\tmade[${quoted(field.name)}] = ${safe(field.name)}`),
    ...optional.flatMap((field) => [
      `\t\t\tif ${safe(field.name)} != null:`,
      `\t\t\t\tmade[${quoted(field.name)}] = ${safe(field.name)}`,
    ]),
    "\t\t\treturn made",
    "",
  ];
}

function messageClass(message: Message, types: NamespaceTypes): string[] {
  const above = message.summary === "" ? [] : [`\t# ${message.summary}`];
  const head =
    message.kind === "result"
      ? []
      : [`\t\tconst NS := ${quoted(types.wire)}`, `\t\tconst NAME := ${quoted(message.wire)}`];
  if (message.kind === "command") return [...above, ...sent(message, head, types)];
  return [...above, ...told(message.name, head, message.fields, types)];
}

function namespaceOf(types: NamespaceTypes): string[] {
  const names = types.messages
    .filter(({ kind }) => kind === "event")
    .map(({ wire }) => `\tconst ON_${constant(wire)} := ${quoted(wire)}`);
  return [
    `class In${types.name}:`,
    `\tconst NS := ${quoted(types.wire)}`,
    ...names,
    "",
    ...types.values.flatMap(({ name, values }) => [
      "\t# Those that are known; a newer server may have more.",
      `\tclass ${name}:`,
      ...values.map((each) => `\t\tconst ${constant(each)} := ${quoted(each)}`),
      "",
    ]),
    ...types.parts.flatMap(({ name, fields }) => told(name, [], fields, types)),
    ...types.messages.flatMap((message) => messageClass(message, types)),
  ];
}

/** @param made who made it, for the head of the file */
export const gdscriptOf = (namespaces: readonly NamespaceTypes[], made: string): string =>
  [
    `# ${made}`,
    "# A class for each command, its result and each event, with names of events as constants.",
    "extends RefCounted",
    "class_name MusterTypes",
    "",
    ...namespaces.flatMap(namespaceOf),
  ]
    .join("\n")
    .replace(/\n+$/, "\n");
