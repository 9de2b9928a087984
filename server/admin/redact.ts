/** What of a connection and its events may reach the dashboard. By name: whatever is not listed stays here. */
import { randomBytes } from "node:crypto";
import type { Socket } from "socket.io";

const HEADERS = ["host", "origin", "user-agent", "accept-language"] as const;
const QUERY = ["EIO", "transport", "reliable", "client_id", "game_mode"] as const;
/** Fields of events that hold a secret. */
const SECRETS: ReadonlySet<string> = new Set(["token", "password", "secret"]);
const HIDDEN = "(hidden)";

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

/** An event's name and arguments, without acknowledgement and secrets. */
export function shownEvent(args: readonly unknown[]): unknown[] {
  return args.filter((arg) => typeof arg !== "function").map(withoutSecrets);
}

function withoutSecrets(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Uint8Array)
    return value;
  const names = Object.keys(value);
  if (!names.some((name) => SECRETS.has(name))) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, held]) => [name, SECRETS.has(name) ? HIDDEN : held]),
  );
}
