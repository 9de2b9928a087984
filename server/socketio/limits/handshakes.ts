/**
 * What is kept of how a connection was made. A request (parser state, raw headers, streams) would stay in memory as long as its
 * connection, and so would whatever a client puts into headers, address and `auth`. Kept is what namespaces that are joined later, the
 * dashboard and the log look at, each part bounded.
 */
import { IncomingMessage } from "node:http";
import type { Server, Socket } from "socket.io";

/** Headers and query parameters, each, and the characters of one of them. */
const MAX_FIELDS = 64;
const MAX_FIELD = 1_024;
/** Of those that may be long, as tokens are. One that is too long is refused for that, with its length. */
const MAX_LONG = 8_192;
const LONG: ReadonlySet<string> = new Set(["authorization", "ws-token", "cookie", "token", "auth_token"]);
const FORWARDED = "x-forwarded-for";

interface Connection {
  request: unknown;
}

/** In the form in which Socket.IO reads a request. */
function slim(request: IncomingMessage) {
  const { headers, method, url, socket } = request;
  const connection = {
    remoteAddress: socket.remoteAddress,
    encrypted: "encrypted" in socket && socket.encrypted === true,
  };
  const query: unknown = "_query" in request ? request._query : {};
  return { headers: kept(headers), method, url, socket: connection, connection, _query: kept(query) };
}

/** Without the fields that nobody here asks for and that are long, or many. */
function kept(fields: unknown): Record<string, unknown> {
  const few: Record<string, unknown> = {};
  if (typeof fields !== "object" || fields === null) return few;
  let count = 0;
  for (const [name, value] of Object.entries(fields)) {
    const most = LONG.has(name) ? MAX_LONG : MAX_FIELD;
    const isLong = typeof value === "string" && value.length > most;
    if (name.length > MAX_FIELD || (isLong && !LONG.has(name) && name !== FORWARDED)) continue;
    if (++count > MAX_FIELDS) break;
    // Addresses that proxies have seen stand at its end.
    const cut = () => (name === FORWARDED ? String(value).slice(-most) : String(value).slice(0, most));
    few[name] = isLong ? Buffer.from(cut()).toString() : value;
  }
  return few;
}

/** After the server is attached to its port; from then on for each new connection of Engine.IO's. */
export function slimRequests(io: Server): void {
  io.engine.on("connection", (connection: Connection) => {
    if (connection.request instanceof IncomingMessage) connection.request = slim(connection.request);
  });
}

const NOTHING = Object.freeze({});

/** Lets go of what came with a CONNECT: a token, and whatever else. Middlewares and listeners of `connection` have read it by then. */
export function forgetAuth(socket: Socket): void {
  socket.handshake.auth = NOTHING;
}
