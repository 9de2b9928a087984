/** Types for the C# client: a class for each message, which reads and writes the fields that the connection passes around. */
import { type Message, type NamespaceTypes, pascal } from "./document.ts";
import type { Field, FieldShape } from "./shape.ts";

/** Names of every class: of Object, and of what the types derive from. */
const TAKEN = [
  ...["Equals", "Finalize", "GetHashCode", "GetType", "MemberwiseClone", "ReferenceEquals", "ToString"],
  ...["Fields", "WireNamespace", "WireType"],
];

const xml = (text: string) =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/`([^`]*)`/g, "<c>$1</c>");

const summary = (indent: string, text: string) =>
  text.trim() === "" ? [] : [`${indent}/// <summary>${xml(text.trim().replace(/\s+/g, " "))}</summary>`];

/** The C# type of a shape, and how a field of it is read. */
function typeOf(
  shape: FieldShape,
  types: NamespaceTypes,
  isOptional: boolean,
): { type: string; read: string } {
  const plain = (type: string) => ({ type, read: `Value<${type}>` });
  const mark = isOptional ? "?" : "";
  switch (shape.kind) {
    case "text":
      return plain("string");
    case "whole":
      return plain(`long${mark}`);
    case "number":
      return plain(`double${mark}`);
    case "flag":
      return plain(`bool${mark}`);
    case "any":
      return plain("object");
    case "object": {
      const name = types.nameOf(shape) ?? "MusterFields";
      return { type: name, read: `Part<${name}>` };
    }
    default: {
      const { item } = shape;
      const inner = item.kind === "list" || item.kind === "map" ? "object" : typeOf(item, types, false).type;
      const isPart = item.kind === "object";
      return shape.kind === "list"
        ? { type: `IReadOnlyList<${inner}>`, read: `${isPart ? "Parts" : "Items"}<${inner}>` }
        : { type: `IReadOnlyDictionary<string, ${inner}>`, read: `${isPart ? "PartMap" : "Map"}<${inner}>` };
    }
  }
}

/** The set of texts that a field has, also in a list. */
const valuesOf = (shape: FieldShape, types: NamespaceTypes): string | undefined =>
  shape.kind === "list" || shape.kind === "map"
    ? valuesOf(shape.item, types)
    : shape.kind === "text"
      ? types.nameOf(shape)
      : undefined;

function property({ name, shape, required, note }: Field, owner: string, types: NamespaceTypes): string[] {
  const isOptional = !required || shape.nullable === true;
  const { type, read } = typeOf(shape, types, isOptional);
  const wanted = pascal(name);
  const own = TAKEN.includes(wanted) || wanted === owner ? `${wanted}Field` : wanted;
  const values = valuesOf(shape, types);
  const said = [
    ...(required ? (shape.nullable ? ["May be null."] : []) : ["Optional."]),
    ...(note === "" ? [] : [note]),
  ].join(" ");
  const see = values === undefined ? "" : ` One of <see cref="${values}"/>.`;
  const text = `${xml(said)}${see}`.trim();
  const wire = JSON.stringify(name);
  const put = required && shape.nullable ? "PutNullable" : "Put";
  return [
    ...(text === "" ? [] : [`        /// <summary>${text}</summary>`]),
    `        public ${type} ${own} { get { return MusterField.${read}(this, ${wire}, ${!isOptional}); } set { MusterField.${put}(this, ${wire}, value); } }`,
  ];
}

function classOf(
  name: string,
  base: string,
  head: readonly string[],
  fields: readonly Field[],
  types: NamespaceTypes,
) {
  const lines = [...head, ...fields.flatMap((field) => property(field, name, types))];
  return [`    public sealed class ${name} : ${base}`, "    {", ...lines, "    }", ""];
}

function messageClass(message: Message, types: NamespaceTypes): string[] {
  const { kind, name, wire, fields } = message;
  const base = {
    command: `MusterCommand<${name.replace(/Command$/, "Result")}>`,
    result: "MusterFields",
    event: "MusterEvent",
  }[kind];
  const names = `base(${JSON.stringify(types.wire)}, ${JSON.stringify(wire)})`;
  const head = kind === "result" ? [] : [`        public ${name}() : ${names} { }`];
  return [...summary("    ", message.summary), ...classOf(name, base, head, fields, types)];
}

function namespaceOf(types: NamespaceTypes): string[] {
  return [
    `namespace Muster.${types.name}`,
    "{",
    ...types.messages.flatMap((message) => messageClass(message, types)),
    ...types.parts.flatMap(({ name, fields }) => classOf(name, "MusterFields", [], fields, types)),
    ...types.values.flatMap(({ name, values }) => [
      "    /// <summary>Those that are known; a newer server may have more.</summary>",
      `    public static class ${name}`,
      "    {",
      ...values.map((each) => `        public const string ${pascal(each)} = ${JSON.stringify(each)};`),
      "    }",
      "",
    ]),
    "}",
    "",
  ];
}

/** @param made who made it, for the head of the file */
export const csharpOf = (namespaces: readonly NamespaceTypes[], made: string): string =>
  [
    `// ${made}`,
    "// A class for each command, its result and each event. They are views of the fields that the connection passes around.",
    "using System.Collections.Generic;",
    "",
    ...namespaces.flatMap(namespaceOf),
  ].join("\n");
