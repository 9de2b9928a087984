/**
 * Holds back what the server sends to one namespace of a connection until the namespace is set up to serve it. The answer to CONNECT
 * comes first among it, so a client that has its `connect` hears everything from then on, and what is sent while the set-up runs is
 * neither lost nor early. All packets of a socket pass `Client.writeToEngine`; broadcasts in joined writes are told to go that way.
 */
import type { Socket } from "socket.io";

/** More is not held: the client gets its `connect` early, and the limits for what waits to be sent apply. */
const MAX_HELD_BYTES = 1_000_000;

interface WriteOptions {
  readonly volatile?: boolean | undefined;
}
type Encoded = string | readonly (string | Uint8Array)[];
type Write = (encoded: Encoded, options: WriteOptions) => void;

/** Socket.IO's side of one transport connection; the method is private in its types. */
interface Client {
  writeToEngine: Write;
}

interface Held {
  readonly socket: Socket;
  readonly packets: { readonly encoded: Encoded; readonly options: WriteOptions }[];
  bytes: number;
  /** The client is to hear none of it. */
  readonly isSilent: boolean;
}

/** One connection's namespaces that are held, and Socket.IO's own way to write to it. */
interface Gate {
  readonly held: Map<string, Held>;
  readonly write: Write;
}

const lengthOf = (encoded: Encoded): number =>
  typeof encoded === "string"
    ? Buffer.byteLength(encoded)
    : encoded.reduce((sum, part) => sum + Buffer.byteLength(part), 0);

/** The namespace in the head of an encoded packet: after the type and the number of attachments, up to a comma. */
function namespaceOf(encoded: Encoded): string {
  const [head] = typeof encoded === "string" ? [encoded] : encoded;
  if (typeof head !== "string") return "/";
  let at = 1;
  for (let code = head.charCodeAt(at); code === 45 || (code >= 48 && code <= 57); )
    code = head.charCodeAt(++at);
  if (head.charCodeAt(at) !== 47) return "/";
  const end = head.indexOf(",", at);
  return end < 0 ? head.slice(at) : head.slice(at, end);
}

/** A CONNECT_ERROR. */
const isRefusal = (encoded: Encoded): boolean =>
  (typeof encoded === "string" ? encoded : encoded[0])?.[0] === "4";

const hasWrite = (client: object): client is Client =>
  "writeToEngine" in client && typeof client.writeToEngine === "function";

export class ConnectGates {
  readonly #gates = new WeakMap<object, Gate>();
  readonly #releasing: ((socket: Socket) => void)[] = [];
  /** By transport connection; only those for which something waits. */
  readonly #heldBytes = new Map<object, number>();

  /** The listener is called just before what was held for a socket is sent. */
  onRelease(listener: (socket: Socket) => void): void {
    this.#releasing.push(listener);
  }

  /** Bytes that wait for the namespaces of a transport connection. */
  heldBytes(connection: object): number {
    return this.#heldBytes.size === 0 ? 0 : (this.#heldBytes.get(connection) ?? 0);
  }

  isHeld(socket: {
    readonly id: string;
    readonly client: object;
    readonly nsp: { readonly name: string };
  }): boolean {
    return this.#gates.get(socket.client)?.held.get(socket.nsp.name)?.socket.id === socket.id;
  }

  /** From now on what is for this socket's namespace waits. What was held for an older socket of it is dropped. */
  hold(socket: Socket): void {
    this.#hold(socket, false);
  }

  /** Sends what waits, in order; nothing is held any more. */
  release(socket: Socket): void {
    const gate = this.#gates.get(socket.client);
    const held = gate?.held.get(socket.nsp.name);
    if (!gate || held?.socket !== socket) return;
    for (const notify of this.#releasing) notify(socket);
    this.#end(socket, gate);
    if (held.isSilent) return;
    for (const { encoded, options } of held.packets) gate.write.call(socket.client, encoded, options);
  }

  /** Forgets what waits; nothing is held any more. */
  drop(socket: Socket): void {
    const gate = this.#gates.get(socket.client);
    if (gate?.held.get(socket.nsp.name)?.socket === socket) this.#end(socket, gate);
  }

  /** Ends a socket without a word to the client, which has asked for another one in its place. */
  endSilently(socket: Socket): void {
    this.#hold(socket, true);
    socket.disconnect(false);
    this.drop(socket);
  }

  #hold(socket: Socket, isSilent: boolean): void {
    const held = this.#gateOf(socket.client)?.held;
    const older = held?.get(socket.nsp.name);
    if (older) this.#count(older, -older.bytes);
    held?.set(socket.nsp.name, { socket, packets: [], bytes: 0, isSilent });
  }

  #count(held: Held, bytes: number): void {
    held.bytes += bytes;
    const { conn } = held.socket;
    const all = (this.#heldBytes.get(conn) ?? 0) + bytes;
    if (all > 0) this.#heldBytes.set(conn, all);
    else this.#heldBytes.delete(conn);
  }

  #end(socket: Socket, { held, write }: Gate): void {
    const client: object = socket.client;
    const ended = held.get(socket.nsp.name);
    if (ended) this.#count(ended, -ended.bytes);
    held.delete(socket.nsp.name);
    if (held.size > 0 || !hasWrite(client)) return;
    client.writeToEngine = write;
    this.#gates.delete(client);
  }

  #gateOf(client: object): Gate | undefined {
    const known = this.#gates.get(client);
    if (known || !hasWrite(client)) return known;
    const gate: Gate = { held: new Map(), write: client.writeToEngine };
    this.#gates.set(client, gate);
    client.writeToEngine = (encoded, options) => {
      const held = gate.held.get(namespaceOf(encoded));
      if (held && isRefusal(encoded)) {
        // By a middleware of the application, after ours.
        this.drop(held.socket);
        gate.write.call(client, encoded, options);
      } else if (held === undefined) gate.write.call(client, encoded, options);
      else if (!options.volatile) this.#keep(held, encoded, options);
    };
    return gate;
  }

  #keep(held: Held, encoded: Encoded, options: WriteOptions): void {
    held.packets.push({ encoded, options });
    this.#count(held, lengthOf(encoded));
    if (held.bytes > MAX_HELD_BYTES) this.release(held.socket);
  }
}
