/** The paths of plain WebSocket endpoints, and what each speaks to. */
import type { IncomingHttpHeaders } from "node:http";
import type { NamespaceName } from "../../core/contract/contract.ts";
import { readCredentials } from "../../middleware/authenticate.ts";
import { relayRoomId } from "../../namespaces/rooms/index.ts";
import type { Dialect } from "./dialects/dialect.ts";
import { envelope } from "./dialects/envelope.ts";
import { flat } from "./dialects/flat.ts";
import { relay, relayProtobuf } from "./dialects/relay.ts";

/** Longest name of a relay room, in UTF-16 units; the same as `relay:join` takes. */
const MAX_ROOM_ID = 200;

export interface Endpoint {
  readonly namespace: NamespaceName;
  readonly dialect: Dialect;
  /** The room of `/ws/{room_id}`. */
  readonly roomId?: string;
  /** By name; a name that is repeated has a list. */
  readonly query: Readonly<Record<string, string | readonly string[]>>;
}

const NAMED: ReadonlyMap<string, Pick<Endpoint, "namespace" | "dialect">> = new Map([
  ["/ws", { namespace: "/", dialect: flat }],
  ["/ws/", { namespace: "/", dialect: flat }],
  ["/ws/game", { namespace: "/game", dialect: flat }],
  ["/ws/chat", { namespace: "/chat", dialect: flat }],
  ["/ws/combat", { namespace: "/combat", dialect: flat }],
  ["/ws/world", { namespace: "/world", dialect: flat }],
  ["/ws/matchmaking", { namespace: "/matchmaking", dialect: envelope }],
]);

const RELAY_PATH = /^\/ws\/([^/]+)$/;

/** The endpoint that a request names; undefined: none. */
export function endpointOf(url: string, headers: IncomingHttpHeaders = {}): Endpoint | undefined {
  const [address = ""] = url.split("#", 1);
  const mark = address.indexOf("?");
  const path = mark < 0 ? address : address.slice(0, mark);
  const query = queryOf(mark < 0 ? "" : address.slice(mark + 1));
  // Presence clients of other servers connect to the bare address; without a token it is the demo page's.
  const isPresence = path === "/" && readCredentials({ headers, query }).token !== undefined;
  const named = NAMED.get(isPresence ? "/ws/game" : path);
  if (named) return { ...named, query };
  const roomId = roomIdOf(path);
  if (roomId === undefined) return undefined;
  return { namespace: "/", dialect: query.format === "protobuf" ? relayProtobuf : relay, roomId, query };
}

function roomIdOf(path: string): string | undefined {
  const segment = RELAY_PATH.exec(path)?.[1];
  if (segment === undefined) return undefined;
  try {
    const id = relayRoomId(decodeURIComponent(segment));
    return id.length <= MAX_ROOM_ID ? id : undefined;
  } catch {
    return undefined; // a reserved name, or a malformed percent-encoding
  }
}

function queryOf(text: string): Endpoint["query"] {
  const query: Record<string, string | string[]> = Object.create(null);
  for (const [name, value] of new URLSearchParams(text)) {
    const before = query[name];
    if (before === undefined) query[name] = value;
    else if (typeof before === "string") query[name] = [before, value];
    else before.push(value);
  }
  return query;
}
