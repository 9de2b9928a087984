/* The connection: one transport with a socket in each namespace, its state, and commands with their answers. */
/* global io */
import { noteServerTime } from "./clock.js";
import { base, remember, renewed } from "./session.js";

const NAMESPACES = ["game", "chat", "combat", "world", "matchmaking"];
const ANSWER_MS = 5_000;
const AGAIN_MS = 1_000;

/** An id for a command. Pages without TLS have no `randomUUID`. */
export const newId = () =>
  [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** A command's result; throws its error. */
export async function ask(socket, event, payload = {}) {
  let ack;
  try {
    ack = await socket.timeout(ANSWER_MS).emitWithAck(event, payload);
  } catch {
    throw new Error(socket.connected ? "The server does not answer." : "There is no connection just now.");
  }
  noteServerTime(ack.timestamp);
  if (!ack.ok) throw Object.assign(new Error(ack.error.message), { code: ack.error.code });
  return ack;
}

/**
 * Resolves once all namespaces are connected. From then on they come back by themselves.
 * @param watch is told of each state: `connected`, `reconnecting`, or `ended` with the reason
 * @throws Error with what the server says where it refuses
 */
export async function connect(first, watch) {
  let session = first;
  const manager = new io.Manager(location.origin, {
    path: `${base}socket.io/`,
    // WebSocket first; where something on the way lets none through, polling.
    transports: ["websocket", "polling"],
    tryAllTransports: true,
  });
  const sockets = {};
  let isOpen = false;
  let isStarted = false;
  /** What came before the page listened. */
  const early = [];
  let state;
  const waits = new Set();

  function close() {
    for (const wait of waits) clearTimeout(wait);
    for (const socket of Object.values(sockets)) socket.disconnect();
  }

  function tell(next, reason) {
    if (state === "ended" || (state === next && next !== "ended")) return;
    state = next;
    if (isOpen) watch(next, reason);
  }

  const look = () => {
    const isConnected = Object.values(sockets).every((socket) => socket.connected);
    tell(isConnected ? "connected" : "reconnecting");
  };

  function later(act, ms) {
    const wait = setTimeout(() => {
      waits.delete(wait);
      act();
    }, ms);
    waits.add(wait);
  }

  /** A token that is over is replaced where this server makes them. */
  async function renew() {
    const next = await renewed(session);
    if (next === undefined) return false;
    session = next;
    remember(session);
    return true;
  }

  /** @returns whether the connection is tried again */
  async function judge(socket, error) {
    // The transport failed: Socket.IO tries again by itself.
    if (socket.active) return true;
    const { code, details, retry_after_ms } = error.data ?? {};
    if (code === "token_expired" && (await renew().catch(() => false))) socket.connect();
    else if (["rate_limited", "server_full", "unavailable", "server_draining"].includes(code) && isOpen)
      later(() => socket.connect(), retry_after_ms ?? details?.retry_after_ms ?? AGAIN_MS);
    else return false;
    return true;
  }

  function open(name) {
    const socket = manager.socket(`/${name}`, {
      auth: (give) => give({ token: session.token, reliable: true }),
    });
    sockets[name] = socket;
    socket.onAny((event, ...args) => {
      noteServerTime(args[0]?.timestamp);
      if (isStarted) acknowledge(args);
      else early.push({ socket, event, args });
    });
    socket.on("token_expiring", async () => {
      if (await renew().catch(() => false))
        ask(socket, "refresh_token", { token: session.token }).catch(look);
    });
    socket.on("connect", look);
    socket.on("disconnect", (reason) => {
      look();
      // Only what the server ended does not come back by itself: its answer says why.
      if (reason === "io server disconnect" && state !== "ended") later(() => socket.connect(), AGAIN_MS);
    });
    return new Promise((resolve, reject) => {
      socket.once("connect", resolve);
      socket.on("connect_error", async (error) => {
        if (await judge(socket, error)) return;
        const reason = error.data?.message ?? error.message;
        reject(new Error(reason));
        tell("ended", reason);
        close();
      });
    });
  }

  await Promise.all(NAMESPACES.map(open));
  isOpen = true;
  watch("connected");
  return {
    ...sockets,
    /** The page listens now. */
    start() {
      isStarted = true;
      for (const { socket, event, args } of early.splice(0)) {
        for (const listener of socket.listeners(event)) listener(...args);
        acknowledge(args);
      }
    },
  };
}

/** Reliable events come with an acknowledgement; giving it takes them out of the inbox. */
function acknowledge(args) {
  const answer = args.at(-1);
  if (typeof answer === "function") answer();
}
