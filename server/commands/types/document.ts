/** What an AsyncAPI document of this server says, as types are written from it: namespaces, their messages, and the parts of those. */
import { type Field, type FieldShape, isSchema, type Schema, shapeOf } from "./shape.ts";

export interface Message {
  readonly kind: "command" | "result" | "event";
  /** The name on the wire; of a result that of its command. */
  readonly wire: string;
  /** Such as `ChatMessageCommand`. */
  readonly name: string;
  readonly summary: string;
  readonly fields: readonly Field[];
}

/** An object within messages. */
interface Part {
  readonly name: string;
  readonly fields: readonly Field[];
}

export interface NamespaceTypes {
  /** On the wire, such as `/chat`. */
  readonly wire: string;
  /** Such as `Chat`. */
  readonly name: string;
  readonly messages: readonly Message[];
  readonly parts: readonly Part[];
  /** Sets of texts, such as `StatusValues`. */
  readonly values: readonly { readonly name: string; readonly values: readonly string[] }[];
  /** The name of the part or of the set of values that a shape is. */
  nameOf(shape: FieldShape): string | undefined;
}

/** It is not a document that types can be made of; the text says why. */
class DocumentError extends Error {}

/** `room:create` and `room_create` as `RoomCreate`. */
export const pascal = (text: string): string => {
  const words = text.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  const name = words.map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`).join("");
  return /^[A-Za-z]/.test(name) ? name : `X${name}`;
};

/** One of a list: `entries` as `entry`. */
const singular = (name: string) =>
  name
    .replace(/ies$/, "y")
    .replace(/(ch|x)es$/, "$1")
    .replace(/([^s])s$/, "$1");

const objectAt = (value: unknown, path: string): Schema => {
  const found = path
    .split("/")
    .reduce<unknown>((each, name) => (isSchema(each) ? each[name] : undefined), value);
  if (!isSchema(found)) throw new DocumentError(`there is no object at ${path}`);
  return found;
};

/** @throws DocumentError */
export function namespacesOf(document: unknown): readonly NamespaceTypes[] {
  if (!isSchema(document) || !String(document.asyncapi).startsWith("3."))
    throw new DocumentError('no AsyncAPI 3 document: "asyncapi" is not 3.…');
  const find = (ref: string) => {
    const path = ref.replace(/^#\//, "").split("/");
    return path.reduce<unknown>((each, name) => (isSchema(each) ? each[name] : undefined), document);
  };
  return Object.entries(objectAt(document, "channels")).map(([key, channel]) => {
    if (!isSchema(channel) || typeof channel.address !== "string" || !/^\/ws(\/|$)/.test(channel.address))
      throw new DocumentError(`channels/${key}: its address is not /ws or below it`);
    const wire = channel.address.replace(/^\/ws$/, "/").replace(/^\/ws/, "");
    const messages = Object.entries(objectAt(channel, "messages")).map(([id, message]) =>
      messageOf(id, message, `channels/${key}/messages/${id}`, find),
    );
    return { wire, name: pascal(key), messages, ...partsOf(messages) };
  });
}

const KINDS = { command: "command", ack: "result", event: "event" } as const;
const isKind = (text: string | undefined): text is keyof typeof KINDS =>
  text !== undefined && Object.hasOwn(KINDS, text);

function messageOf(id: string, message: unknown, where: string, find: (ref: string) => unknown): Message {
  const [, own, kind] = /^(.*)_(\w+)$/.exec(id) ?? [];
  if (own === undefined || !isKind(kind) || !isSchema(message) || typeof message.name !== "string")
    throw new DocumentError(`${where}: a name …_command, …_ack or …_event and a "name" are needed`);
  const payload = objectAt(message, "payload");
  const [head, body, ...more] = Array.isArray(payload.allOf)
    ? (payload.allOf as readonly unknown[])
    : [undefined, objectAt(payload, "properties").data ?? {}];
  const schema =
    kind === "ack" ? resultOf(body, where) : kind === "event" ? { allOf: [head, body, ...more] } : body;
  const shape = shapeOf(schema, find);
  if (shape.kind !== "object" && shape.kind !== "any" && shape.kind !== "map")
    throw new DocumentError(`${where}: its payload is no object`);
  const fields = shape.kind === "object" ? shape.fields : [];
  return {
    kind: KINDS[kind],
    wire: kind === "ack" ? own : message.name,
    name: `${pascal(own)}${pascal(KINDS[kind])}`,
    summary: typeof message.summary === "string" ? message.summary.replace(/\s+/g, " ") : "",
    // The frame's own.
    fields: fields.filter(({ name }) => name !== "type" && name !== "id"),
  };
}

/** What an acknowledgement has beside `ok`, where it was done. */
function resultOf(body: unknown, where: string): unknown {
  const options = isSchema(body) && Array.isArray(body.anyOf) ? (body.anyOf as readonly unknown[]) : [];
  const done = options.find((option) => isSchema(option) && Array.isArray(option.allOf));
  if (!isSchema(done)) throw new DocumentError(`${where}: it does not say what a done command answers`);
  return { allOf: (done.allOf as readonly unknown[]).slice(1) };
}

/** Equal shapes have one name; two that differ, two names. */
function partsOf(messages: readonly Message[]): Pick<NamespaceTypes, "parts" | "values" | "nameOf"> {
  const byShape = new Map<string, string>();
  const taken = new Set(messages.map(({ name }) => name));
  const parts: Part[] = [];
  const values: { name: string; values: readonly string[] }[] = [];
  const keyOf = (shape: FieldShape) =>
    shape.kind === "object"
      ? JSON.stringify(shape.fields.map(({ name, shape: inner, required }) => [name, inner, required]))
      : shape.kind === "text"
        ? JSON.stringify(shape.values)
        : undefined;
  const nameFor = (key: string, owner: string, field: string, ending: string) => {
    const wanted = [`${pascal(field)}${ending}`, `${owner}${pascal(field)}${ending}`];
    const name = wanted.find((each) => !taken.has(each)) ?? `${wanted[1]}${taken.size}`;
    taken.add(name);
    byShape.set(key, name);
    return name;
  };
  const visit = (shape: FieldShape, owner: string, field: string): void => {
    if (shape.kind === "list") visit(shape.item, owner, singular(field));
    if (shape.kind === "map") visit(shape.item, owner, field);
    const key = keyOf(shape);
    if (key === undefined || byShape.has(key)) return;
    if (shape.kind === "text" && shape.values && shape.values.length > 1)
      values.push({ name: nameFor(key, owner, field, "Values"), values: shape.values });
    if (shape.kind !== "object") return;
    const name = nameFor(key, owner, field, "Fields");
    for (const each of shape.fields) visit(each.shape, name.replace(/Fields$/, ""), each.name);
    // After those within it, so that a reader has met them.
    parts.push({ name, fields: shape.fields });
  };
  for (const { name, fields } of messages) for (const field of fields) visit(field.shape, name, field.name);
  return {
    parts,
    values,
    nameOf: (shape) => {
      const key = keyOf(shape);
      return key === undefined ? undefined : byShape.get(key);
    },
  };
}
