/**
 * Joined writes: the broadcasts of one turn of the event loop reach each socket in one write (docs/performance.md has what it gives).
 * Adapters and connections are changed one by one, as they come, so that Socket.IO's own adapter and the Redis adapter, which hands
 * out locally what it gets from others, share it. `server.fast_broadcast: false` leaves everything to the libraries.
 */
import type { Namespace, Server } from "socket.io";
import { ConnectGates } from "../connect-gate.ts";
import { framesOf } from "./frames.ts";
import {
  type AdapterInside,
  type AdapterSocket,
  hasKnownInside,
  isEngineConnection,
  type Packet,
  type PacketOptions,
  type Targets,
} from "./internals.ts";
import { type Group, type Shared, TurnBuffer } from "./turn-buffer.ts";

export interface JoinedWrites {
  /**
   * From here on connections take part; after the server is attached to its port.
   * @param leftUnsent called with a connection that was written to and whose network has not taken all
   */
  watch(leftUnsent: (connection: object) => void): void;
  /** Packets that Engine.IO's own events do not tell of. */
  packetsSent(): number;
  /** Packets and broadcasts kept for the end of this turn. */
  readonly kept: number;
  /** False where the libraries are not as they were known, and everything goes their way. */
  readonly active: boolean;
}

/**
 * @param gates sockets that are held get their broadcasts the ordinary way, which is where they are kept
 * @param fastIo whether bytes are written past Node's streams
 */
export function joinWrites(
  io: Server,
  gates = new ConnectGates(),
  { fastIo }: { readonly fastIo: boolean } = { fastIo: false },
): JoinedWrites {
  const turnBuffer = new TurnBuffer(fastIo);
  const joining = new Map<string, JoiningAdapter>();
  const join = (nsp: Namespace) => {
    const adapter: object = nsp.adapter;
    if (!hasKnownInside(adapter)) return false;
    joining.set(nsp.name, new JoiningAdapter(adapter, turnBuffer, gates));
    return true;
  };
  const active = join(io.sockets);
  gates.onRelease(({ id, nsp }) => joining.get(nsp.name)?.released(id));
  // Without an adopted connection every socket is sent to directly, which is the ordinary way.
  if (active) io.on("new_namespace", join);
  return {
    active,
    watch(leftUnsent) {
      if (!active) return;
      turnBuffer.leftUnsent = leftUnsent;
      io.engine.on("connection", (connection: object) => {
        if (isEngineConnection(connection)) turnBuffer.adopt(connection);
      });
    },
    packetsSent: () => turnBuffer.packetsSent,
    get kept() {
      return turnBuffer.kept;
    },
  };
}

/** An adapter whose broadcasts are kept for the end of the turn. */
class JoiningAdapter {
  readonly #adapter: AdapterInside;
  readonly #turnBuffer: TurnBuffer;
  readonly #gates: ConnectGates;
  /** Of this turn, by their targets. */
  readonly #groups = new Map<string, Group>();
  /** Rooms that these are for, or leave out. */
  readonly #rooms = new Set<string>();
  #toAll = false;
  /** Sockets that are held, or on connections that are not Engine.IO's own. */
  readonly #direct = new Set<string>();
  /** Between the two halves of a broadcast. */
  #encoded: Omit<Shared, "order"> | undefined;

  constructor(adapter: AdapterInside, turnBuffer: TurnBuffer, gates: ConnectGates) {
    this.#adapter = adapter;
    this.#turnBuffer = turnBuffer;
    this.#gates = gates;
    const { apply, addAll, del, delAll } = adapter;
    adapter._encode = (packet, options) => this.#encode(packet, options);
    adapter.apply = (targets, send) => {
      const encoded = this.#encoded;
      this.#encoded = undefined;
      if (encoded === undefined) apply.call(adapter, targets, send);
      else this.#broadcast(targets, encoded, send);
    };
    // Who is in a room when a broadcast is kept is who gets it.
    adapter.addAll = (id, rooms) => {
      if (this.#toAll || this.#concerns(rooms)) turnBuffer.flush();
      const known = adapter.sids.has(id);
      const added = addAll.call(adapter, id, rooms);
      if (!known) this.#classify(id);
      return added;
    };
    adapter.del = (id, room) => {
      if (this.#rooms.has(room)) turnBuffer.flush();
      return del.call(adapter, id, room);
    };
    adapter.delAll = (id) => {
      if (this.#toAll || this.#concerns(adapter.sids.get(id) ?? [])) turnBuffer.flush();
      this.#direct.delete(id);
      return delAll.call(adapter, id);
    };
    turnBuffer.onFlush.push(() => {
      if (this.#groups.size === 0) return;
      this.#groups.clear();
      this.#rooms.clear();
      this.#toAll = false;
    });
  }

  #concerns(rooms: Iterable<string>): boolean {
    if (this.#rooms.size > 0) for (const room of rooms) if (this.#rooms.has(room)) return true;
    return false;
  }

  #classify(id: string): void {
    const socket = this.#adapter.nsp.sockets.get(id);
    if (socket && this.#turnBuffer.has(socket.client.conn) && !this.#gates.isHeld(socket))
      this.#direct.delete(id);
    else this.#direct.add(id);
  }

  /** From now on the socket takes part, if its connection does. */
  released(id: string): void {
    // What is kept for the end of this turn was sent to this socket already.
    this.#turnBuffer.flush();
    const socket = this.#adapter.nsp.sockets.get(id);
    if (socket && this.#turnBuffer.has(socket.client.conn)) this.#direct.delete(id);
  }

  #encode(packet: Packet, options: PacketOptions): readonly (string | Buffer)[] {
    const packets = this.#adapter.encoder.encode(packet);
    const [only] = packets;
    if (packet.id !== undefined || options.volatile) return packets;
    const frames = framesOf(packets);
    // For those who get it the ordinary way: still one buffer, and one write.
    if (packets.length === 1 && typeof only === "string") options.wsPreEncodedFrame = [frames];
    this.#encoded = { packet, packets, options, frames };
    return packets;
  }

  #broadcast(targets: Targets, encoded: Omit<Shared, "order">, send: (socket: AdapterSocket) => void): void {
    this.#sendDirectly(targets, send);
    const key = keyOf(targets);
    const known = this.#groups.get(key);
    const group = known ?? { adapter: this.#adapter, targets, sent: [], direct: this.#direct };
    if (known === undefined) {
      this.#groups.set(key, group);
      if (targets.rooms.size === 0) this.#toAll = true;
      for (const room of targets.rooms) this.#rooms.add(room);
      for (const room of targets.except ?? []) this.#rooms.add(room);
    }
    this.#turnBuffer.broadcast(group, known === undefined, encoded);
  }

  /** These connections have a queue of their own, so that nothing needs to be put in order for them. */
  #sendDirectly({ rooms, except }: Targets, send: (socket: AdapterSocket) => void): void {
    if (this.#direct.size === 0) return;
    const [only] = rooms;
    const members = rooms.size === 1 && only !== undefined ? this.#adapter.rooms.get(only) : undefined;
    if (rooms.size === 1 && members === undefined) return;
    const fewer = members && members.size < this.#direct.size ? members : this.#direct;
    for (const id of fewer) {
      const own = this.#adapter.sids.get(id);
      const socket = this.#direct.has(id) ? this.#adapter.nsp.sockets.get(id) : undefined;
      if (own && socket && (rooms.size === 0 || meet(own, rooms)) && !(except && meet(own, except)))
        send(socket);
    }
  }
}

function meet(some: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  for (const other of others) if (some.has(other)) return true;
  return false;
}

/** Alike for the same rooms and exceptions. No room's name begins with a zero. */
function keyOf({ rooms, except }: Targets): string {
  if (rooms.size === 1 && !except?.size) return rooms.values().next().value ?? "";
  return `\0${JSON.stringify([[...rooms], [...(except ?? [])]])}`;
}
