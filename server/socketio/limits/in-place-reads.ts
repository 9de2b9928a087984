/**
 * What the network brings, read where it was put: into one buffer for all connections. Node allots 64 KB for each read, cuts it to what
 * has come and hands it through the socket's stream; that is more work than a game's short message is. The buffer is `onread` of
 * `net.Socket`, which only its constructor takes: it reaches into Node, and test/server/in-place-reads.test.ts fails where an update
 * changes that.
 */
import { Socket } from "node:net";

/** As much as Node reads at once. */
const BUFFER_BYTES = 65_536;

/** Reads are handed over one by one, each before the next: on plain TCP nothing reads while a handler runs. */
let shared: Buffer | undefined;

/** @param chunk what has come, at its beginning; it holds other bytes when this returns @returns false to pause */
type OnRead = (length: number, chunk: Uint8Array) => boolean;

/** Where a socket keeps its `onread`. */
interface Inside {
  readonly buffer: symbol;
  readonly callback: symbol;
}

function findInside(): Inside | undefined {
  const values = { buffer: Buffer.alloc(1), callback: () => true };
  // `onread` is newer than the types of this constructor.
  const options = { readable: true, onread: values };
  const probe = new Socket(options);
  const named = Object.getOwnPropertySymbols(probe);
  const keyOf = (value: unknown) => named.find((key) => Reflect.get(probe, key) === value);
  const [buffer, callback] = [keyOf(values.buffer), keyOf(values.callback)];
  probe.destroy();
  return buffer && callback && { buffer, callback };
}

let inside: Inside | undefined | "unknown" = "unknown";

interface Handle {
  useUserBuffer(buffer: Uint8Array): void;
}

/** A TLS connection gives what it has decrypted at other times too. */
function handleOf(socket: Socket): Handle | undefined {
  const handle: unknown = socket.constructor === Socket && "_handle" in socket ? socket._handle : undefined;
  return typeof handle === "object" && handle !== null && "useUserBuffer" in handle
    ? (handle as Handle)
    : undefined;
}

/**
 * From the next read on, `read` gets what comes, and nothing goes through the stream but what it puts there. Pausing and the end of the
 * connection stay the stream's. Once for a socket.
 * @returns whether the socket is as it was known; else nothing is changed
 */
export function readInPlace(socket: Socket, read: (chunk: Uint8Array, length: number) => void): boolean {
  if (inside === "unknown") inside = findInside();
  const handle = handleOf(socket);
  if (inside === undefined || handle === undefined) return false;
  const { buffer, callback } = inside;
  if (Reflect.get(socket, buffer) !== null || Reflect.get(socket, callback) !== null) return false;
  shared ??= Buffer.allocUnsafeSlow(BUFFER_BYTES);
  const onRead: OnRead = (length, chunk) => {
    read(chunk, length);
    return true;
  };
  Reflect.set(socket, buffer, shared);
  Reflect.set(socket, callback, onRead);
  handle.useUserBuffer(shared);
  return true;
}
