/** What of a connection and its events may reach the dashboard. By name: whatever is not listed stays here. */
import { randomBytes } from "node:crypto";
import type { Socket } from "socket.io";

const HEADERS = ["host", "origin", "user-agent", "accept-language"] as const;
const QUERY = ["EIO", "transport", "reliable", "client_id", "game_mode"] as const;
/** Fields of events that hold a secret. */
const SECRETS: ReadonlySet<string> = new Set(["token", "password", "secret"]);
const HIDDEN = "(hidden)";
/** In the place of what is left out. */
const MORE = "(…)";
/** Of one event. */
const MAX_DEPTH = 8;
const MAX_VALUES = 200;
const MAX_CHARACTERS = 4_000;
/** Of one binary value. */
const MAX_BYTES = 256;

/** In the Admin UI's form. */
export interface ShownSocket {
  readonly id: string;
  readonly clientId: string;
  readonly transport: string;
  readonly nsp: string;
  readonly data: { readonly user_id?: unknown; readonly roles?: unknown };
  readonly handshake: {
    readonly address: string;
    readonly headers: Readonly<Record<string, unknown>>;
    readonly query: Readonly<Record<string, unknown>>;
    readonly issued: number;
    readonly secure: boolean;
    readonly time: string;
    readonly url: string;
    readonly xdomain: boolean;
  };
  readonly rooms: readonly string[];
}

const clientIds = new WeakMap<object, string>();

/** The same for all sockets of a connection. The session's own id would let others take it over. */
function clientIdOf(connection: object): string {
  const known = clientIds.get(connection);
  if (known !== undefined) return known;
  const made = randomBytes(6).toString("hex");
  clientIds.set(connection, made);
  return made;
}

const picked = (from: object, names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)));

export function shownSocket(socket: Socket, address: string): ShownSocket {
  const { handshake, conn, data } = socket;
  return {
    id: socket.id,
    clientId: clientIdOf(conn),
    transport: conn.transport.name,
    nsp: socket.nsp.name,
    data: { user_id: data.user_id, roles: data.roles },
    handshake: {
      address,
      headers: picked(handshake.headers, HEADERS),
      query: picked(handshake.query, QUERY),
      issued: handshake.issued,
      secure: handshake.secure,
      time: handshake.time,
      url: handshake.url?.split("?", 1)[0] ?? "",
      xdomain: handshake.xdomain,
    },
    rooms: [...socket.rooms],
  };
}

/**
 * An event's name and arguments, without acknowledgement and secrets. Plain data only, and no more of it than a person reads: events
 * may be as large and as deep as clients make them.
 */
export function shownEvent(args: readonly unknown[]): unknown[] {
  const room: Room = { values: MAX_VALUES, characters: MAX_CHARACTERS };
  return args.filter((arg) => typeof arg !== "function").map((arg) => shown(arg, room, 0));
}

/** What is left for one event. */
interface Room {
  values: number;
  characters: number;
}

function shown(value: unknown, room: Room, depth: number): unknown {
  if (room.values-- <= 0) return MORE;
  switch (typeof value) {
    case "string":
      return shownText(value, room);
    case "object":
      if (value === null) return value;
      if (depth === MAX_DEPTH) return MORE;
      if (value instanceof Uint8Array) return value.length <= MAX_BYTES ? value : `(${value.length} bytes)`;
      return Array.isArray(value) ? shownList(value, room, depth) : shownObject(value, room, depth);
    case "number":
    case "boolean":
      return value;
    default:
      return value === undefined ? undefined : `(${typeof value})`;
  }
}

function shownText(text: string, room: Room): string {
  const length = Math.max(0, room.characters);
  room.characters -= text.length;
  return text.length <= length ? text : text.slice(0, length) + MORE;
}

function shownList(list: readonly unknown[], room: Room, depth: number): unknown[] {
  const items: unknown[] = [];
  for (const item of list) {
    items.push(shown(item, room, depth + 1));
    if (room.values <= 0) break;
  }
  return items;
}

function shownObject(object: object, room: Room, depth: number): unknown {
  if (object instanceof Date) return object.toJSON();
  const fields: [name: string, value: unknown][] = [];
  for (const name of Object.keys(object)) {
    const held = SECRETS.has(name) ? HIDDEN : (object as Record<string, unknown>)[name];
    fields.push([shownText(name, room), shown(held, room, depth + 1)]);
    if (room.values <= 0) break;
  }
  return Object.fromEntries(fields);
}
