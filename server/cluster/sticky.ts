/**
 * Sessions that stay with their worker without a sticky proxy: a session id names the worker that made it, and each worker passes
 * requests for another's sessions on to that one's private unix socket. PM2 spreads connections blindly; polling clients need this.
 */

import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync, statSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import type { Duplex } from "node:stream";
import type { WorkerId } from "../../core/ids.ts";

/** Between the worker's id and the session's own part; in neither of them. */
const SEPARATOR = ".";

type RequestHandler = (req: http.IncomingMessage, res: http.ServerResponse) => void;
type UpgradeHandler = (req: http.IncomingMessage, socket: Duplex, head: Buffer) => void;

export interface Sticky {
  /** A new session id of this worker. */
  newSessionId(): string;
  /** Passes the request on where its session is another worker's; false: it is ours to answer. */
  forward(req: http.IncomingMessage, res: http.ServerResponse): boolean;
  forwardUpgrade(req: http.IncomingMessage, socket: Duplex, head: Buffer): boolean;
  /** Starts to answer what other workers pass on. */
  listen(request: RequestHandler, upgrade: UpgradeHandler): Promise<void>;
  /** Ends tunnels and the private socket. */
  close(): Promise<void>;
}

/** A folder that only this system user can enter; refuses one that somebody else has made. */
function privateFolder(): string {
  const folder = path.join(os.tmpdir(), `muster-${os.userInfo().uid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const made = statSync(folder);
  if (made.uid !== os.userInfo().uid || (made.mode & 0o077) !== 0)
    throw new Error(
      `${folder} must belong to this user alone (mode 0700): remove it, or set TMPDIR to another folder`,
    );
  return folder;
}

/** The worker that a session id names; undefined where there is none in it. */
function workerOf(url: string | undefined): string | undefined {
  const sid = /[?&]sid=([^&#]*)/.exec(url ?? "")?.[1];
  if (sid === undefined) return undefined;
  const at = sid.indexOf(SEPARATOR);
  const worker = at > 0 ? sid.slice(0, at) : undefined;
  return worker !== undefined && /^[\w-]{1,32}$/.test(worker) ? worker : undefined;
}

const UNKNOWN_SESSION = JSON.stringify({ code: 1, message: "Session ID unknown" });

export function createSticky(worker: WorkerId): Sticky {
  const folder = privateFolder();
  const socketOf = (id: string) => path.join(folder, `${id}.sock`);
  const tunnels = new Set<Duplex>();
  const own = http.createServer();

  const track = (stream: Duplex) => {
    tunnels.add(stream);
    stream.once("close", () => tunnels.delete(stream));
  };

  return {
    newSessionId: () => `${worker}${SEPARATOR}${randomBytes(15).toString("base64url")}`,

    forward(req, res) {
      const target = workerOf(req.url);
      if (target === undefined || target === worker) return false;
      const onward = http.request({
        socketPath: socketOf(target),
        method: req.method,
        path: req.url,
        headers: req.headers,
        setHost: false,
      });
      const unknown = () => {
        if (res.headersSent) return void res.destroy();
        res.writeHead(400, { "content-type": "application/json" }).end(UNKNOWN_SESSION);
      };
      onward.on("response", (answer) => {
        res.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(res);
        answer.on("error", () => res.destroy());
      });
      onward.on("error", unknown);
      onward.on("socket", track);
      res.on("close", () => onward.destroy());
      req.pipe(onward);
      return true;
    },

    forwardUpgrade(req, socket, head) {
      const target = workerOf(req.url);
      if (target === undefined || target === worker) return false;
      const onward = net.connect(socketOf(target));
      track(onward);
      track(socket);
      onward.on("connect", () => {
        const lines = [`${req.method} ${req.url} HTTP/1.1`];
        for (let i = 0; i < req.rawHeaders.length; i += 2)
          lines.push(`${req.rawHeaders[i]}: ${req.rawHeaders[i + 1]}`);
        onward.write(`${lines.join("\r\n")}\r\n\r\n`);
        if (head.length > 0) onward.write(head);
        socket.pipe(onward).pipe(socket);
      });
      const end = () => {
        socket.destroy();
        onward.destroy();
      };
      onward.on("error", end).on("close", end);
      socket.on("error", end).on("close", end);
      return true;
    },

    async listen(request, upgrade) {
      own.on("request", request).on("upgrade", upgrade);
      await new Promise<void>((resolve, reject) => {
        own.once("error", reject);
        own.listen(socketOf(worker), resolve);
      });
    },

    async close() {
      for (const tunnel of tunnels) tunnel.destroy();
      own.closeAllConnections();
      if (own.listening) await new Promise<void>((resolve) => own.close(() => resolve()));
      rmSync(socketOf(worker), { force: true });
    },
  };
}
