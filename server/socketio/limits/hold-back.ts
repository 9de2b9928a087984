/**
 * Reads nothing from a connection for a while: what its client goes on to send waits in the network, at the client's own cost. What was
 * read already, up to the 64 KB that the network gives in one piece, waits too, and is handed over in portions: a thousand refusals
 * in one go would keep everybody waiting for 20 ms.
 */

/** How long a client that is not read any more has for what was said to it last: to end at once would take the close code with it. */
const LAST_WORDS_MS = 100;

/** Messages in one portion. */
const PORTION = 50;
const OPEN = 1;

/** Of the WebSocket library's. */
interface PausableSocket {
  readonly isPaused: boolean;
  readonly readyState: number;
  emit(event: string | symbol, ...args: unknown[]): boolean;
  pause(): void;
  resume(): void;
  terminate(): void;
}

const isPausable = (socket: unknown): socket is PausableSocket =>
  typeof socket === "object" &&
  socket !== null &&
  "pause" in socket &&
  "resume" in socket &&
  "terminate" in socket &&
  "emit" in socket &&
  "readyState" in socket &&
  "isPaused" in socket;

/** The WebSocket under a connection of Engine.IO's or of the gateway's; undefined for one that polls. */
function webSocketOf(connection: object): PausableSocket | undefined {
  const own: unknown = "ws" in connection ? connection.ws : undefined;
  if (isPausable(own)) return own;
  const transport: unknown = "transport" in connection ? connection.transport : undefined;
  const socket: unknown =
    typeof transport === "object" && transport !== null && "socket" in transport
      ? transport.socket
      : undefined;
  return isPausable(socket) ? socket : undefined;
}

/** A socket that is held, with what it has read. */
class Held {
  readonly #socket: PausableSocket;
  readonly #emit: PausableSocket["emit"];
  #messages: unknown[][] = [];
  /** By the monotonic clock. */
  #until: number;

  constructor(socket: PausableSocket, forMs: number) {
    this.#socket = socket;
    this.#until = performance.now() + forMs;
    const { emit } = socket;
    this.#emit = emit;
    socket.pause();
    socket.emit = (event, ...args) => {
      if (event !== "message") return emit.call(socket, event, ...args);
      this.#messages.push(args);
      return true;
    };
    setTimeout(this.#handOver, forMs).unref();
  }

  /** It was refused again. @returns whether that was of what it had sent before, when its time was over */
  extend(forMs: number): boolean {
    const now = performance.now();
    const wasOver = now >= this.#until;
    this.#until = now + forMs;
    return wasOver;
  }

  readonly #handOver = (): void => {
    const socket = this.#socket;
    const portion = this.#messages.slice(0, PORTION);
    let done = 0;
    for (const message of portion) {
      if (socket.readyState !== OPEN || this.#until > performance.now()) break;
      done++;
      this.#emit.call(socket, "message", ...message);
    }
    this.#messages.splice(0, done);
    const leftMs = this.#until - performance.now();
    if (socket.readyState !== OPEN) this.#end();
    else if (leftMs > 0) setTimeout(this.#handOver, leftMs).unref();
    else if (this.#messages.length > 0) setImmediate(this.#handOver);
    else {
      this.#end();
      socket.resume();
    }
  };

  #end(): void {
    this.#messages = [];
    this.#socket.emit = this.#emit;
    held.delete(this.#socket);
  }
}

const held = new WeakMap<PausableSocket, Held>();

/**
 * @param forMs well below the time in which it must answer a ping
 * @returns true where the connection is held once more; false where it is held already, or polls: then the budget of its requests holds
 */
export function holdBack(connection: object, forMs: number): boolean {
  const socket = webSocketOf(connection);
  if (socket === undefined) return false;
  const known = held.get(socket);
  if (known !== undefined) return known.extend(forMs);
  // Whoever has paused it otherwise resumes it.
  if (socket.isPaused) return false;
  held.set(socket, new Held(socket, forMs));
  return true;
}

/**
 * Reads nothing of a WebSocket any more, and ends it a moment after its close code was sent: for a client that floods, whose part of the
 * closing would stand behind megabytes of what it goes on to send.
 */
export function endUnread(
  socket: Pick<PausableSocket, "pause" | "terminate">,
  lastWordsMs = LAST_WORDS_MS,
): void {
  socket.pause();
  setTimeout(() => socket.terminate(), lastWordsMs).unref();
}

/** The same for a connection whose sessions were closed. */
export function endFlooding(connection: { close(): unknown }): void {
  const socket = webSocketOf(connection);
  if (socket === undefined) connection.close();
  else endUnread(socket);
}
