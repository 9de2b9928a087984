/**
 * The one port: decides for each request and upgrade whose it is. Origins are checked first, then sessions of other workers are
 * passed on, then Socket.IO, the plain endpoints and Express take what is theirs; an upgrade that is nobody's is refused.
 */
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import type { Duplex } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Server } from "socket.io";
import type { Sticky } from "../cluster/sticky.ts";

/** More than that come without end: they are not waited for. */
const MAX_ACCEPT_TURNS = 500;
/** Where Socket.IO lives. */
const SOCKET_IO_PATH = "/socket.io/";

export interface FrontOptions {
  readonly io: Server;
  readonly app: http.RequestListener;
  readonly sticky: Sticky;
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  /** For headers and the handshake to arrive, in milliseconds. */
  readonly requestTimeoutMs: number;
  originAllowed(req: http.IncomingMessage): boolean;
  /** Takes an upgrade for a plain endpoint; false: it is not one. */
  plainUpgrade?(req: http.IncomingMessage, socket: Duplex, head: Buffer): boolean;
}

interface Place {
  readonly host: string;
  readonly port: number;
}

export interface Front {
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

function refuseUpgrade(socket: Duplex, status: number, reason: string): void {
  socket.on("error", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

export function createFront(options: FrontOptions): Front {
  const { io, sticky } = options;
  const limits = { headersTimeout: options.requestTimeoutMs, requestTimeout: options.requestTimeoutMs };
  const server = options.tls
    ? https.createServer({
        ...limits,
        cert: readFileSync(options.tls.certFile),
        key: readFileSync(options.tls.keyFile),
      })
    : http.createServer(limits);
  // Socket.IO adds listeners of its own; they are taken off the server and called from here.
  io.attach(server);
  io.engine.generateId = () => sticky.newSessionId();
  const ioRequest = server.listeners("request");
  const ioUpgrade = server.listeners("upgrade");
  server.removeAllListeners("request").removeAllListeners("upgrade");
  // And it would end all sessions when the port is closed, also those whose connections other workers have accepted.
  server.removeAllListeners("close");

  let stopping = false;

  const isSocketIo = (req: http.IncomingMessage) => (req.url ?? "").startsWith(SOCKET_IO_PATH);

  const answer = (req: http.IncomingMessage, res: http.ServerResponse) => {
    if (isSocketIo(req)) for (const listener of ioRequest) listener.call(server, req, res);
    else options.app(req, res);
  };
  const upgrade = (req: http.IncomingMessage, socket: Duplex, head: Buffer) => {
    if (isSocketIo(req)) for (const listener of ioUpgrade) listener.call(server, req, socket, head);
    else if (!options.plainUpgrade?.(req, socket, head)) refuseUpgrade(socket, 404, "Not Found");
  };

  server.on("request", (req: http.IncomingMessage, res: http.ServerResponse) => {
    // The answer says so: the client's next request takes a connection to a worker that stays.
    if (stopping) res.shouldKeepAlive = false;
    if (isSocketIo(req) || req.method === "POST") {
      if (!options.originAllowed(req)) {
        res.writeHead(403, { "content-type": "application/json", connection: "close" });
        res.end(JSON.stringify({ error: { code: "forbidden", message: "this origin is not allowed" } }));
        return;
      }
    }
    if (isSocketIo(req) && sticky.forward(req, res)) return;
    answer(req, res);
  });
  server.on("upgrade", (req: http.IncomingMessage, socket: Duplex, head: Buffer) => {
    if (!options.originAllowed(req)) return refuseUpgrade(socket, 403, "Forbidden");
    if (isSocketIo(req) && sticky.forwardUpgrade(req, socket, head)) return;
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
      await sticky.listen(answer, upgrade);
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
      sticky.keepNoConnections();
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
      await sticky.close();
      server.closeAllConnections();
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
