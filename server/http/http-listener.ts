/**
 * The one port: decides for each request and upgrade whose it is. Origins are checked first, then sessions of other workers are
 * passed on, then Socket.IO, the plain endpoints and Express take what is theirs; an upgrade that is nobody's is refused.
 */
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createSecureContext } from "node:tls";
import type { Server } from "socket.io";
import type { SessionAffinity } from "../cluster/session-affinity.ts";
import type { Gateway } from "../gateway/index.ts";
import type { Observer } from "../observability/observer.ts";
import type { CutOff } from "../process/cut-off.ts";
import { StartError } from "../process/usage.ts";
import type { WorkerLoad } from "../process/worker-load.ts";
import type { AddressLimit } from "../sessions/address-limit.ts";
import { crossOrigin } from "./cross-origin.ts";
import { announcedBytes, createDoor, leaveBodyUnread, refuseUpgrade, retryAfter } from "./door.ts";

/** More than that come without end: they are not waited for. */
const MAX_ACCEPT_TURNS = 500;
/** How often connections are looked at that may be over their time. */
const CHECK_MS = 250;
/** However short pings are: answers of the HTTP API may take a while. */
const MIN_IDLE_MS = 30_000;
/** Where Socket.IO lives. */
const SOCKET_IO_PATH = "/socket.io/";

export interface HttpListenerOptions {
  readonly io: Server;
  readonly app: http.RequestListener;
  readonly sessionAffinity: SessionAffinity;
  readonly observer: Pick<Observer, "refusedAtDoor" | "noHttp">;
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  /** For a request, and the TLS handshake before it, to arrive, in milliseconds. */
  readonly requestTimeoutMs: number;
  /** After this long without a byte either way a connection is given up. Above the ping interval. */
  readonly idleMs: number;
  originAllowed(req: http.IncomingMessage): boolean;
  /** The longest body of a client that polls. */
  readonly maxPolledBytes: number;
  /** Counts a request for a new connection; what it returns refuses it. */
  readonly arrive: AddressLimit["arrive"];
  /** Connections that may be on their way to a namespace, and whether so many are. */
  readonly maxConnecting: number;
  isCrowded(): boolean;
  /** While it is full or overloaded, no request for a new connection is taken. */
  readonly load: Pick<WorkerLoad, "isFull" | "shed" | "retryMs">;
  /** While it is cut off and others are not, none either. */
  readonly cutOff: Pick<CutOff, "reason" | "counts" | "retryMs">;
  /** Takes an upgrade for a plain endpoint; false: it is not one. */
  plainUpgrade?: Gateway["upgrade"];
  /** Tells the client of such an endpoint that the server is full; false: a status must do. */
  plainRefuse?: Gateway["refuse"];
}

interface Place {
  readonly host: string;
  readonly port: number;
}

export interface HttpListener {
  readonly server: http.Server;
  /** Starts to answer other workers and then the port. @returns the port */
  listen(host: string, port: number): Promise<number>;
  /** Resolves when no connection waits to be accepted (libuv takes one a turn): closing the port would cut it unheard. */
  acceptWaiting(): Promise<void>;
  /** Takes no new connections; those that are open go on. */
  stopListening(): void;
  /** Takes new connections again, on the same port. */
  listenAgain(): Promise<void>;
  close(): Promise<void>;
}

/** In Engine.IO's form. */
const BAD_REQUEST = { code: 3, message: "Bad request" };
const TOO_LARGE = { code: 3, message: "Payload too large" };
/** A request for a session that is there. */
const HAS_SESSION = /[?&]sid=[^&#]/;
/** A request over HTTP for a session's WebSocket: Engine.IO would never answer it. */
const NO_POLL = /[?&]transport=websocket(?:[&#]|$)/;

function refuse(res: http.ServerResponse, status: number, body: object): void {
  res.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** With a time limit for everything that a client may keep us waiting for. */
function createServer({ tls, requestTimeoutMs, idleMs }: HttpListenerOptions): http.Server | https.Server {
  const limits = {
    headersTimeout: requestTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: CHECK_MS,
  };
  const server = tls
    ? https.createServer({ ...limits, handshakeTimeout: requestTimeoutMs, ...certificateOf(tls) })
    : http.createServer(limits);
  // A connection that waits for an answer of ours (a poll waits longest), or that does not read one.
  server.setTimeout(Math.max(idleMs, MIN_IDLE_MS));
  return server;
}

/** @throws StartError where a file cannot be read, or is no certificate or key, or they do not belong together */
function certificateOf({ certFile, keyFile }: NonNullable<HttpListenerOptions["tls"]>) {
  const read = (setting: string, file: string) => {
    try {
      return readFileSync(file);
    } catch (err) {
      throw new StartError(`${setting} ${file} cannot be read (${reasonOf(err)})`);
    }
  };
  const pair = { cert: read("TLS_CERT_FILE", certFile), key: read("TLS_KEY_FILE", keyFile) };
  try {
    createSecureContext(pair);
  } catch (err) {
    throw new StartError(
      `TLS_CERT_FILE ${certFile} and TLS_KEY_FILE ${keyFile} are no certificate and its key in PEM form (${reasonOf(err)})`,
    );
  }
  return pair;
}

const reasonOf = (err: unknown) =>
  err instanceof Error ? ("code" in err ? String(err.code) : err.message) : String(err);

/** Connections whose TLS handshake is under way. None without TLS. */
function watchHandshakes(server: http.Server | https.Server): Iterable<Socket> {
  const under = new Map<string, Socket>();
  if (!(server instanceof https.Server)) return under.values();
  const nameOf = ({ remoteAddress, remotePort }: Socket) => `${remoteAddress} ${remotePort}`;
  server.on("connection", (socket: Socket) => {
    const name = nameOf(socket);
    under.set(name, socket);
    socket.once("close", () => under.delete(name));
  });
  server.on("secureConnection", (secure: Socket) => under.delete(nameOf(secure)));
  return { [Symbol.iterator]: () => under.values() };
}

export function createHttpListener(options: HttpListenerOptions): HttpListener {
  const { io, sessionAffinity } = options;
  const door = createDoor(options.observer);
  const server = createServer(options);
  const handshakes = watchHandshakes(server);
  server.on(options.tls ? "secureConnection" : "connection", (socket: Socket) => socket.on("error", noHttp));
  // Socket.IO adds listeners of its own; they are taken off the server and called from here.
  io.attach(server);
  io.engine.generateId = () => sessionAffinity.newSessionId();
  const ioRequest = server.listeners("request");
  const ioUpgrade = server.listeners("upgrade");
  server.removeAllListeners("request").removeAllListeners("upgrade");
  // And it would end all sessions when the port is closed, also those whose connections other workers have accepted.
  server.removeAllListeners("close");

  let stopping = false;

  /** Node answers it; on a connection that speaks HTTP, what it throws is the parser's. */
  function noHttp(err: NodeJS.ErrnoException): void {
    if (err.code?.startsWith("HPE_")) options.observer.noHttp(err);
  }
  const isSocketIo = (req: http.IncomingMessage) => (req.url ?? "").startsWith(SOCKET_IO_PATH);

  const answer = (req: http.IncomingMessage, res: http.ServerResponse) => {
    if (!isSocketIo(req)) options.app(req, res);
    else if (announcedBytes(req) > options.maxPolledBytes) refuse(res, 413, TOO_LARGE);
    else if (NO_POLL.test(req.url ?? "")) refuse(res, 400, BAD_REQUEST);
    else for (const listener of ioRequest) listener.call(server, req, res);
  };
  const upgrade = (req: http.IncomingMessage, socket: Duplex, head: Buffer) => {
    if (isSocketIo(req)) for (const listener of ioUpgrade) listener.call(server, req, socket, head);
    else if (!options.plainUpgrade?.(req, socket, head))
      refuseUpgrade(socket, "404 Not Found", { error: door.nowhere(req) });
  };

  /** Why a request for a new connection is refused; undefined: it is none, or goes on. */
  const crowded = (req: http.IncomingMessage) => {
    if (isSocketIo(req) && HAS_SESSION.test(req.url ?? "")) return undefined;
    if (options.load.isFull) {
      options.load.shed.connections++;
      return { status: "503 Service Unavailable", error: door.overloaded(req, options.load.retryMs) };
    }
    if (options.cutOff.reason !== undefined) {
      options.cutOff.counts.refused++;
      return { status: "503 Service Unavailable", error: door.cutOff(req, options.cutOff.retryMs) };
    }
    if (options.isCrowded())
      return { status: "503 Service Unavailable", error: door.full(req, options.maxConnecting) };
    const refused = options.arrive(req);
    return (
      refused && {
        status: "429 Too Many Requests",
        error: door.crowded(req, refused.waitMs, refused.cause),
      }
    );
  };

  const ask = crossOrigin(options.originAllowed);
  server.on("request", (req: http.IncomingMessage, res: http.ServerResponse) => {
    // The answer says so: the client's next request takes a connection to a worker that stays.
    if (stopping) res.shouldKeepAlive = false;
    leaveBodyUnread(req, res);
    ask(req, res, () => {
      const tooLong = door.tooLong(req);
      const isOriginsBusiness = isSocketIo(req) || req.method === "POST" || req.method === "OPTIONS";
      if (tooLong || (isOriginsBusiness && !options.originAllowed(req))) {
        res.setHeader("connection", "close");
        const { status, error } = tooLong ?? { status: "403", error: door.foreign(req) };
        refuse(res, Number.parseInt(status, 10), { error });
      } else if (!isSocketIo(req)) answer(req, res);
      else if (!sessionAffinity.forward(req, res)) {
        const refused = crowded(req);
        if (refused === undefined) return answer(req, res);
        res.setHeader("Retry-After", retryAfter(refused.error) ?? "1");
        refuse(res, Number.parseInt(refused.status, 10), { error: refused.error });
      }
    });
  });
  server.on("upgrade", (req: http.IncomingMessage, socket: Duplex, head: Buffer) => {
    const tooLong = door.tooLong(req);
    if (tooLong) return refuseUpgrade(socket, tooLong.status, { error: tooLong.error });
    if (!options.originAllowed(req))
      return refuseUpgrade(socket, "403 Forbidden", { error: door.foreign(req) });
    if (isSocketIo(req) && sessionAffinity.forwardUpgrade(req, socket, head)) return;
    const refused = crowded(req);
    if (refused) {
      const { status, error } = refused;
      const isTold = error.code === "server_full" || error.code === "unavailable";
      if (isTold && options.plainRefuse?.(req, socket, head, error)) return;
      return refuseUpgrade(socket, status, { error });
    }
    upgrade(req, socket, head);
  });

  const open = ({ host, port }: Place) =>
    new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, () => {
        server.off("error", reject);
        resolve();
      });
    });
  let place: Place | undefined;
  /** Whether the port is to be open. Opening takes time (under PM2 a round trip to its primary): this can turn meanwhile. */
  let wanted = false;
  let opening: Promise<void> | undefined;

  async function openWhileWanted(at: Place): Promise<void> {
    try {
      while (wanted && !server.listening) await open(at);
      const address = server.address();
      if (typeof address === "object" && address !== null) place = { ...at, port: address.port };
      if (wanted) stopping = false;
      else if (server.listening) server.close();
    } finally {
      opening = undefined;
    }
  }
  async function openPort(at: Place): Promise<void> {
    if (wanted && !server.listening) opening ??= openWhileWanted(at);
    await opening;
  }

  return {
    server,
    async listen(host, port) {
      wanted = true;
      await sessionAffinity.listen(answer, upgrade);
      await openPort({ host, port });
      return place?.port ?? port;
    },
    async acceptWaiting() {
      let accepted = true;
      const note = () => {
        accepted = true;
      };
      server.on("connection", note);
      for (let turn = 0; accepted && turn < MAX_ACCEPT_TURNS; turn++) {
        accepted = false;
        // Two: one of them has looked at the port in any case.
        await nextTurn();
        await nextTurn();
      }
      server.off("connection", note);
    },
    stopListening() {
      wanted = false;
      stopping = true;
      sessionAffinity.keepNoConnections();
      if (server.listening) server.close();
    },
    async listenAgain() {
      wanted = true;
      if (place) await openPort(place);
    },
    async close() {
      wanted = false;
      // It closes what it has opened.
      await opening?.catch(() => undefined);
      await sessionAffinity.close();
      server.closeAllConnections();
      // Those that have not come to speak HTTP yet are not among them.
      for (const socket of handshakes) socket.destroy();
      if (server.listening) await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Where the port is found, as a person may type it. */
export function urlOf({ host, tls }: { readonly host: string; readonly tls?: object }, port: number): string {
  const everywhere = host === "0.0.0.0" || host === "::";
  const shown = everywhere ? "localhost" : host.includes(":") ? `[${host}]` : host;
  return `${tls === undefined ? "http" : "https"}://${shown}:${port}`;
}
