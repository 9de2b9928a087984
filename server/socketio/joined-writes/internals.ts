/**
 * What the joined writes reach into: members of socket.io-adapter, socket.io, engine.io and ws that their types keep private. Each is
 * looked at before it is used; where one is missing everything goes the libraries' own way. test/server/joined-writes-internals.test.ts fails
 * when an update changes them.
 */

type Encoded = readonly (string | Buffer)[];

/** One object for all recipients of a broadcast. */
export interface PacketOptions {
  readonly volatile?: boolean | undefined;
  compress?: boolean | undefined;
  /** A frame that the WebSocket transport sends as it is. */
  wsPreEncodedFrame?: readonly Buffer[];
}

export interface Packet {
  readonly id?: number;
  readonly data?: unknown;
}

export interface Targets {
  readonly rooms: ReadonlySet<string>;
  readonly except?: ReadonlySet<string>;
}

export interface FrameSender {
  sendFrame(frame: readonly Buffer[], done?: (err?: Error) => void): void;
}

interface EngineTransport {
  readonly name: string;
  readonly perMessageDeflate?: unknown;
  readonly supportsBinary?: boolean;
  readonly socket?: {
    readonly readyState: number;
    readonly bufferedAmount: number;
    readonly _sender?: FrameSender;
    readonly _socket?: unknown;
  };
}

export type SendPacket = (
  this: EngineConnection,
  type: string,
  data?: string | Uint8Array,
  options?: PacketOptions,
  done?: () => void,
) => void;
export type CloseConnection = (this: EngineConnection, discard?: boolean) => unknown;

export interface EngineConnection {
  readonly readyState: string;
  readonly upgrading: boolean;
  readonly writeBuffer: readonly unknown[];
  readonly transport: EngineTransport;
  sendPacket: SendPacket;
  close: CloseConnection;
  /** Of the gateway's connections: takes all broadcasts of a turn at once, the same array for every recipient. */
  sendShared?(sent: readonly SharedPackets[]): void;
  /** Of those too: one broadcast among a connection's own packets; `writeNow` follows when all have been handed over. */
  addShared?(sent: SharedPackets): void;
  writeNow?(): void;
}

/** A broadcast, as the packets that it was encoded to. */
export interface SharedPackets {
  readonly packets: Encoded;
}

export interface AdapterSocket {
  readonly id: string;
  readonly nsp: { readonly name: string };
  /** Of the gateway it is another kind: those are found out when they join. */
  readonly client: { readonly conn: EngineConnection };
  readonly _anyOutgoingListeners?: readonly unknown[];
  notifyOutgoingListeners(packet: Packet): void;
}

export interface AdapterInside {
  readonly nsp: { readonly name: string; readonly sockets: ReadonlyMap<string, AdapterSocket> };
  readonly encoder: { encode(packet: object): (string | Buffer)[] };
  readonly rooms: ReadonlyMap<string, ReadonlySet<string>>;
  readonly sids: ReadonlyMap<string, ReadonlySet<string>>;
  broadcast(packet: object, targets: object): void;
  _encode(packet: Packet, options: PacketOptions): Encoded;
  apply(targets: Targets, send: (socket: AdapterSocket) => void): void;
  addAll(id: string, rooms: ReadonlySet<string>): unknown;
  del(id: string, room: string): unknown;
  delAll(id: string): unknown;
}

const isFunction = (value: unknown) => typeof value === "function";
const isRecord = (value: unknown): value is Record<string, unknown> =>
  (typeof value === "object" && value !== null) || typeof value === "function";

export function isEngineConnection(connection: object): connection is EngineConnection {
  const c = connection as Record<string, unknown>;
  return (
    isFunction(c.sendPacket) &&
    isFunction(c.close) &&
    Array.isArray(c.writeBuffer) &&
    typeof c.upgrading === "boolean" &&
    typeof c.readyState === "string" &&
    isRecord(c.transport) &&
    typeof c.transport.name === "string"
  );
}

function hasMembers(adapter: object): adapter is AdapterInside {
  const a = adapter as Record<string, unknown>;
  return (
    ["broadcast", "_encode", "apply", "addAll", "del", "delAll"].every((name) => isFunction(a[name])) &&
    a.rooms instanceof Map &&
    a.sids instanceof Map &&
    isRecord(a.encoder) &&
    isFunction(a.encoder.encode) &&
    isRecord(a.nsp) &&
    a.nsp.sockets instanceof Map
  );
}

/** Nobody is in it: no client can make a room with this name. */
const NOBODY = "\0nobody";

/** Whether a broadcast is encoded by `_encode` and then handed out by `apply`, once each, through the object itself. */
export function hasKnownInside(adapter: object): adapter is AdapterInside {
  if (!hasMembers(adapter)) return false;
  const calls: string[] = [];
  // On an object in front of the adapter, which itself stays as it is.
  const probe: AdapterInside = Object.create(adapter);
  probe._encode = (packet, options) => {
    calls.push("encode");
    return adapter._encode(packet, options);
  };
  probe.apply = (targets, send) => {
    calls.push(targets.rooms.has(NOBODY) ? "apply" : "apply to others");
    adapter.apply(targets, send);
  };
  try {
    probe.broadcast(
      { type: 2, data: ["probe"] },
      { rooms: new Set([NOBODY]), except: new Set(), flags: { local: true } },
    );
  } catch {
    return false;
  }
  return calls.join() === "encode,apply";
}

/** Bytes that may wait in the system's buffer of a socket; a client behind this is left to the ordinary way, and its limits. */
const MAX_BUFFERED_BYTES = 65_536;
const OPEN = 1;

/** Takes frames for this connection at once; undefined where something is queued, or it is no plain WebSocket now. */
export function readySender(connection: EngineConnection): FrameSender | undefined {
  const { transport } = connection;
  if (
    connection.readyState !== "open" ||
    connection.upgrading ||
    connection.writeBuffer.length > 0 ||
    transport.name !== "websocket" ||
    transport.perMessageDeflate ||
    transport.supportsBinary !== true
  )
    return undefined;
  const { socket } = transport;
  if (socket?.readyState !== OPEN || !(socket.bufferedAmount <= MAX_BUFFERED_BYTES)) return undefined;
  const sender = socket._sender;
  return typeof sender?.sendFrame === "function" ? sender : undefined;
}
