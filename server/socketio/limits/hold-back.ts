/** Reads nothing from a connection for a while: what its client goes on to send waits in the network, at the client's own cost. */

/** How long a client that is not read any more has for what was said to it last: to end at once would take the close code with it. */
const LAST_WORDS_MS = 100;

/** Of the WebSocket library's. */
interface PausableSocket {
  readonly isPaused: boolean;
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

/**
 * What has been read of the network already is still handed over, about 64 KB. A connection that polls is left to the budget of its
 * requests.
 * @param forMs well below the time in which it must answer a ping
 */
export function holdBack(connection: object, forMs: number): void {
  const socket = webSocketOf(connection);
  // Whoever has paused it otherwise resumes it.
  if (socket === undefined || socket.isPaused) return;
  socket.pause();
  setTimeout(() => socket.resume(), forMs).unref();
}

/**
 * Reads nothing of a WebSocket any more, and ends it a moment after its close code was sent: for a client that floods, whose part of the
 * closing would stand behind megabytes of what it goes on to send.
 */
export function endUnread(socket: Pick<PausableSocket, "pause" | "terminate">): void {
  socket.pause();
  setTimeout(() => socket.terminate(), LAST_WORDS_MS).unref();
}

/** The same for a connection whose sessions were closed. */
export function endFlooding(connection: { close(): unknown }): void {
  const socket = webSocketOf(connection);
  if (socket === undefined) connection.close();
  else endUnread(socket);
}
