/**
 * Sessions that stay with their worker without a sticky proxy: a session id names the worker that made it, and each worker passes
 * requests for another's sessions on to that one's private unix socket. PM2 spreads connections blindly; polling clients need this.
 */

import { rmSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import type { Duplex } from "node:stream";
import type { WorkerId } from "../../core/ids.ts";
import { randomName } from "../../core/ids.ts";
import { refuseUpgrade } from "../http/door.ts";
import { isDead, privateSockets, removeStaleSockets } from "./private-sockets.ts";

/** Between the worker's id and the session's own part; in neither of them. */
const SEPARATOR = ".";
/** Of one hop: they say nothing to the worker behind. */
const HOP_HEADERS = new Set(["connection", "keep-alive", "proxy-connection", "expect"]);

type RequestHandler = (req: http.IncomingMessage, res: http.ServerResponse) => void;
type UpgradeHandler = (req: http.IncomingMessage, socket: Duplex, head: Buffer) => void;

export interface SessionAffinityOptions {
  /** After this long without a byte either way what is passed on is given up. Above the ping interval. */
  readonly idleMs: number;
  /** Where the private sockets are; left out: a folder of this system user's in the system's temporary one. */
  readonly folder?: string;
  /** Told of a request for a session whose worker is gone. */
  refused?(req: http.IncomingMessage): void;
}

/** A client's request or upgraded connection that goes on to the worker that serves its session. */
interface Passing {
  readonly worker: string;
  readonly session: string;
  readonly upgraded: boolean;
}

export interface SessionAffinity {
  /** A new session id of this worker. */
  newSessionId(): string;
  /** Passes the request on where its session is another worker's; false: it is ours to answer. */
  forward(req: http.IncomingMessage, res: http.ServerResponse): boolean;
  forwardUpgrade(req: http.IncomingMessage, socket: Duplex, head: Buffer): boolean;
  /** Whether a worker of this host was killed, known at once; false also where nothing is known of it. */
  wasKilled(worker: WorkerId): Promise<boolean>;
  /** What is passed on now. */
  passing(): Iterable<Passing>;
  /** Each client's connection ends with the answer that it waits for: its next request takes another, to a worker that stays. */
  keepNoConnections(): void;
  /** Starts to answer what other workers pass on. */
  listen(request: RequestHandler, upgrade: UpgradeHandler): Promise<void>;
  /** Ends tunnels and the private socket. */
  close(): Promise<void>;
}

/** The session that a request is for, and the worker that its id names; undefined where there is none in it. */
function sessionOf(
  url: string | undefined,
): { readonly worker: string; readonly session: string } | undefined {
  const session = /[?&]sid=([^&#]*)/.exec(url ?? "")?.[1];
  if (session === undefined) return undefined;
  const at = session.indexOf(SEPARATOR);
  const worker = at > 0 ? session.slice(0, at) : undefined;
  return worker !== undefined && /^[\w-]{1,32}$/.test(worker) ? { worker, session } : undefined;
}

const withoutHopHeaders = (headers: http.IncomingHttpHeaders): http.OutgoingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_HEADERS.has(name)));

/** What Engine.IO says of a session that it does not know: the client opens a new one. */
const UNKNOWN_SESSION = { code: 1, message: "Session ID unknown" };

function refuse(res: http.ServerResponse): void {
  if (res.headersSent) res.destroy();
  else res.writeHead(400, { "content-type": "application/json" }).end(JSON.stringify(UNKNOWN_SESSION));
}

function requestHead(req: http.IncomingMessage): string {
  const lines = [`${req.method} ${req.url} HTTP/1.1`];
  for (let at = 0; at < req.rawHeaders.length; at += 2)
    lines.push(`${req.rawHeaders[at]}: ${req.rawHeaders[at + 1]}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}

export function createSessionAffinity(worker: WorkerId, options: SessionAffinityOptions): SessionAffinity {
  const { folder, pathOf: socketOf } = privateSockets(worker, options.folder);
  const tunnels = new Set<Duplex>();
  const requests = new Map<http.ServerResponse, Passing>();
  const upgrades = new Map<Duplex, Passing>();
  const own = http.createServer();
  // Each connection is used once: one that was kept could be one that the other worker is just closing.
  const agent = new http.Agent({ keepAlive: false });

  const track = (stream: Duplex) => {
    tunnels.add(stream);
    stream.once("close", () => tunnels.delete(stream));
  };

  return {
    newSessionId: () => `${worker}${SEPARATOR}${randomName(15)}`,

    forward(req, res) {
      const target = sessionOf(req.url);
      if (target === undefined || target.worker === worker) return false;
      requests.set(res, { ...target, upgraded: false });
      const onward = http.request({
        agent,
        socketPath: socketOf(target.worker),
        method: req.method,
        path: req.url,
        // Else the other worker closes as soon as it has answered, and a last (empty) write of ours fails before the answer is read.
        headers: { ...withoutHopHeaders(req.headers), connection: "keep-alive" },
        setHost: false,
        timeout: options.idleMs,
      });
      onward.on("response", (answer) => {
        res.writeHead(answer.statusCode ?? 502, withoutHopHeaders(answer.headers));
        answer.pipe(res);
        answer.on("error", () => res.destroy());
      });
      onward.on("timeout", () => onward.destroy());
      // A destroyed request ends in an error too.
      onward.on("error", () => {
        if (!res.headersSent && !res.closed) options.refused?.(req);
        refuse(res);
      });
      onward.on("socket", track);
      res.on("close", () => {
        requests.delete(res);
        onward.destroy();
      });
      req.pipe(onward);
      return true;
    },

    forwardUpgrade(req, socket, head) {
      const target = sessionOf(req.url);
      if (target === undefined || target.worker === worker) return false;
      const onward = net.connect(socketOf(target.worker));
      upgrades.set(socket, { ...target, upgraded: true });
      const end = () => {
        upgrades.delete(socket);
        socket.destroy();
        onward.destroy();
      };
      track(onward);
      track(socket);
      socket.on("error", end).on("close", end);
      const unreachable = () => {
        options.refused?.(req);
        refuseUpgrade(socket, "400 Bad Request", UNKNOWN_SESSION);
      };
      onward.once("error", unreachable);
      onward.once("connect", () => {
        onward.off("error", unreachable);
        onward.on("error", end).on("close", end).setTimeout(options.idleMs, end);
        onward.write(requestHead(req));
        if (head.length > 0) onward.write(head);
        socket.pipe(onward).pipe(socket);
      });
      return true;
    },

    wasKilled: (other) => isDead(socketOf(other)),

    *passing() {
      yield* requests.values();
      yield* upgrades.values();
    },

    keepNoConnections() {
      for (const res of requests.keys()) if (!res.headersSent) res.shouldKeepAlive = false;
    },

    async listen(request, upgrade) {
      await removeStaleSockets(folder);
      own.on("request", request).on("upgrade", upgrade);
      await new Promise<void>((resolve, reject) => {
        own.once("error", reject);
        // Exclusive: this worker's own, not one that a cluster's primary would hold for it.
        own.listen({ path: socketOf(worker), exclusive: true }, resolve);
      });
    },

    async close() {
      for (const tunnel of tunnels) tunnel.destroy();
      agent.destroy();
      own.closeAllConnections();
      if (own.listening) await new Promise<void>((resolve) => own.close(() => resolve()));
      rmSync(socketOf(worker), { force: true });
    },
  };
}
