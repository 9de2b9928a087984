/**
 * `admin.mode: development`: sockets, rooms and single events as they happen, in the Admin UI's form. Listeners are on the sockets
 * only while somebody watches, so that otherwise a broadcast costs what it costs without a dashboard.
 */

import { randomBytes } from "node:crypto";
import type { Namespace, Server, Socket } from "socket.io";
import type { WorkerId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Store } from "../../core/ports/store/store.ts";
import { createClusterRequest } from "../cluster/request.ts";
import type { Guard } from "../process/guarded.ts";

// What of a connection and its events may reach the dashboard. By name: whatever is not listed stays here.

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
interface ShownSocket {
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

function shownSocket(socket: Socket, address: string): ShownSocket {
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

/** Sockets that one worker lists, and single events that it tells between two rounds; the rest is left out. */
const MAX_SOCKETS = 1_000;
const MAX_EVENTS = 500;

export interface Details {
  /** The first viewer has come. */
  start(): void;
  /** The last viewer has left. */
  stop(): void;
  /** Begins a new round of events. */
  round(): void;
  /** Sockets with listeners on them. */
  watched(): number;
  /** The sockets of all workers, for a viewer that has just come. */
  sockets(): Promise<readonly ShownSocket[]>;
  close(): void;
}

export interface DetailsOptions {
  readonly io: Server;
  readonly admin: Namespace;
  readonly store: Store;
  readonly worker: WorkerId;
  readonly log: Log;
  /** Around every listener on what is watched. */
  readonly guard: Guard;
  addressOf(socket: Socket): string;
}

interface Listeners {
  readonly received: (...args: unknown[]) => void;
  readonly sent: (...args: unknown[]) => void;
  readonly ended: (reason: string) => void;
}

export async function createDetails(options: DetailsOptions): Promise<Details> {
  const { io, admin, store, worker, log, guard, addressOf } = options;
  const watched = new Map<Socket, Listeners>();
  const adapters: (() => void)[] = [];
  let watching = false;
  let emitted = 0;

  const namespaces = () => [...io._nsps.values()].filter((nsp) => nsp !== admin);

  function* sockets(): Iterable<Socket> {
    for (const nsp of namespaces()) yield* nsp.sockets.values();
  }

  const request = await createClusterRequest<null, readonly ShownSocket[]>({
    store,
    worker,
    log,
    name: "admin-sockets",
    answer() {
      const shown: ShownSocket[] = [];
      for (const socket of sockets()) {
        if (shown.length === MAX_SOCKETS) break;
        shown.push(shownSocket(socket, addressOf(socket)));
      }
      return shown;
    },
  });

  /** @param shown is asked for only where there is room for it */
  function emitDetail(event: string, nsp: string, about: string, shown: () => unknown): void {
    if (emitted++ < MAX_EVENTS) admin.emit(event, nsp, about, shown(), new Date());
  }

  function attach(socket: Socket): void {
    if (watched.has(socket) || watched.size >= MAX_SOCKETS) return;
    const nsp = socket.nsp.name;
    const listeners: Listeners = {
      received: guard((...args) => emitDetail("event_received", nsp, socket.id, () => shownEvent(args))),
      sent: guard((...args) => emitDetail("event_sent", nsp, socket.id, () => shownEvent(args))),
      ended: guard((reason) => {
        watched.delete(socket);
        admin.emit("socket_disconnected", nsp, socket.id, reason, new Date());
      }),
    };
    watched.set(socket, listeners);
    socket.onAnyOutgoing(listeners.sent);
    // Before the one that dispatches: it ends there.
    socket.prependAny(listeners.received);
    socket.on("disconnect", listeners.ended);
  }

  function detach(socket: Socket, { received, sent, ended }: Listeners): void {
    socket.offAny(received);
    socket.offAnyOutgoing(sent);
    socket.off("disconnect", ended);
  }

  function follow(nsp: Namespace): void {
    const joined = guard((room: string, id: string) => emitDetail("room_joined", nsp.name, room, () => id));
    const left = guard((room: string, id: string) => emitDetail("room_left", nsp.name, room, () => id));
    const connected = guard((socket: Socket) => {
      attach(socket);
      admin.emit("socket_connected", shownSocket(socket, addressOf(socket)), new Date());
    });
    nsp.on("connection", connected);
    nsp.adapter.on("join-room", joined);
    nsp.adapter.on("leave-room", left);
    adapters.push(() => {
      nsp.off("connection", connected);
      nsp.adapter.off("join-room", joined);
      nsp.adapter.off("leave-room", left);
    });
  }

  function stop(): void {
    watching = false;
    for (const end of adapters.splice(0)) end();
    for (const [socket, listeners] of watched) detach(socket, listeners);
    watched.clear();
  }

  return {
    start() {
      if (watching) return;
      watching = true;
      for (const nsp of namespaces()) follow(nsp);
      for (const socket of sockets()) attach(socket);
    },
    stop,
    round() {
      emitted = 0;
    },
    watched: () => watched.size,
    sockets: async () => (await request.ask(null)).flat(),
    close() {
      stop();
      request.close();
    },
  };
}
