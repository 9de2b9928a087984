/**
 * Bytes that go straight to the handle of a connection whose stream has nothing to write, as most have: Node's `Writable` makes six calls
 * and two objects of each write, and the network takes it at once all the same. What the network does not take at once is counted here until it
 * has; meanwhile everything goes through the stream, and so behind it. It reaches into Node: test/server/direct-writes.test.ts fails
 * where an update changes that.
 */
import { Socket } from "node:net";
import { getSystemErrorName } from "node:util";

/** Node's object for one write. */
interface WriteRequest {
  oncomplete: (this: WriteRequest, status: number) => void;
  /** Keeps the bytes until they are written. */
  buffer: Uint8Array;
  socket: Socket;
}

interface Handle {
  readonly writeQueueSize: number;
  writeBuffer(request: object, bytes: Uint8Array): number;
}

/** Of handles that were looked at: all of plain TCP have one. */
let prototype: object | undefined;

function isHandle(handle: unknown): handle is Handle {
  if (typeof handle !== "object" || handle === null) return false;
  const own: unknown = Object.getPrototypeOf(handle);
  if (own === prototype) return true;
  const isKnown =
    "writeBuffer" in handle &&
    typeof handle.writeBuffer === "function" &&
    "writeQueueSize" in handle &&
    typeof handle.writeQueueSize === "number";
  if (isKnown && typeof own === "object" && own !== null) prototype = own;
  return isKnown;
}

/** Plain TCP only: what TLS makes of the bytes waits elsewhere. */
const handleOf = (socket: Socket): Handle | undefined =>
  socket.constructor === Socket && "_handle" in socket && isHandle(socket._handle)
    ? socket._handle
    : undefined;

/** What Node makes a write of; undefined until one of its own was seen, null where it is not as it was known. */
let Request: (new () => WriteRequest) | null | undefined;

/** Bytes that the network has not taken, of writes that went past the stream. */
const queued = new Map<Socket, number>();

/** @returns bytes that `writableLength` does not tell of */
export const queuedPastStream = (socket: Socket): number =>
  queued.size === 0 ? 0 : (queued.get(socket) ?? 0);

/** Looks at one write on its way from the stream to the handle. */
function learn(socket: Socket, handle: Handle, bytes: Uint8Array): void {
  const { writeBuffer } = handle;
  Request = null;
  const watch: Handle["writeBuffer"] = (request, chunk) => {
    const made = request.constructor;
    if (chunk === bytes && "oncomplete" in request && made !== Object)
      Request = made as new () => WriteRequest;
    return writeBuffer.call(handle, request, chunk);
  };
  Object.defineProperty(handle, "writeBuffer", { value: watch, configurable: true, writable: true });
  try {
    socket.write(bytes);
  } finally {
    Reflect.deleteProperty(handle, "writeBuffer");
  }
}

function onComplete(this: WriteRequest, status: number): void {
  const { socket } = this;
  queued.delete(socket);
  if (status < 0) fail(socket, status);
}

function fail(socket: Socket, status: number): void {
  if (socket.destroyed) return;
  const code = getSystemErrorName(status);
  socket.destroy(Object.assign(new Error(`write ${code}`), { code, errno: status, syscall: "write" }));
}

/**
 * Writes bytes, which must not change any more, past the stream where it has nothing to write; else through it.
 * @returns whether something waits now for the network to take it
 */
export function writePast(socket: Socket, bytes: Buffer): boolean {
  const handle = isIdle(socket) ? handleOf(socket) : undefined;
  if (handle === undefined || !Request) {
    if (handle !== undefined && Request === undefined) learn(socket, handle, bytes);
    else socket.write(bytes);
    return socket.writableLength > 0;
  }
  const request = new Request();
  request.oncomplete = onComplete;
  request.buffer = bytes;
  request.socket = socket;
  const status = handle.writeBuffer(request, bytes);
  if (status !== 0) {
    fail(socket, status);
    return false;
  }
  const waits = handle.writeQueueSize;
  if (waits === 0) return false;
  queued.set(socket, waits);
  return true;
}

/** Whether a write through the stream would reach the handle at once. */
const isIdle = (socket: Socket): boolean =>
  socket.writableLength === 0 &&
  socket.writableCorked === 0 &&
  socket.writable &&
  !socket.connecting &&
  (queued.size === 0 || !queued.has(socket));
