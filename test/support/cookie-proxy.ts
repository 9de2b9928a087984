/** A balancer that keeps a browser at one of its targets by a cookie, as ingress-nginx does. */
import { once } from "node:events";
import http from "node:http";
import { connect, type Socket } from "node:net";

const COOKIE = "route";

interface Passed {
  /** The target that the cookie named; undefined: there was none, and one was set. */
  readonly named: number | undefined;
  readonly target: number;
  readonly upgraded: boolean;
}

export interface CookieProxy {
  readonly url: string;
  /** Requests to Socket.IO, in their order. */
  readonly passed: Passed[];
  close(): Promise<void>;
}

function cookieOf(req: http.IncomingMessage): number | undefined {
  const found = new RegExp(`(?:^|; )${COOKIE}=(\\d+)`).exec(req.headers.cookie ?? "")?.[1];
  return found === undefined ? undefined : Number(found);
}

export async function startCookieProxy(targets: readonly string[]): Promise<CookieProxy> {
  const passed: Passed[] = [];
  const open = new Set<Socket>();
  let turn = 0;

  function pass(req: http.IncomingMessage, upgraded: boolean) {
    const named = cookieOf(req);
    const target = named ?? turn++ % targets.length;
    if (req.url?.startsWith("/socket.io/?") && req.method !== "OPTIONS")
      passed.push({ named, target, upgraded });
    const { hostname, port } = new URL(targets[target] ?? "");
    return { named, target, hostname, port: Number(port) };
  }

  const server = http.createServer((req, res) => {
    const { named, target, hostname, port } = pass(req, false);
    const { method, url: path, headers } = req;
    const onward = http.request({ hostname, port, method, path, headers, agent: false }, (answer) => {
      const set = named === undefined ? { "set-cookie": `${COOKIE}=${target}; Path=/; HttpOnly` } : {};
      res.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...set });
      answer.pipe(res);
    });
    onward.on("error", () => res.destroy());
    res.on("close", () => onward.destroy());
    req.pipe(onward);
  });
  server.on("upgrade", (req: http.IncomingMessage, socket: Socket, head: Buffer) => {
    const { hostname, port } = pass(req, true);
    const onward = connect(port, hostname);
    const lines = [`GET ${req.url} HTTP/1.1`];
    for (let at = 0; at < req.rawHeaders.length; at += 2)
      lines.push(`${req.rawHeaders[at]}: ${req.rawHeaders[at + 1]}`);
    onward.write(`${lines.join("\r\n")}\r\n\r\n`);
    onward.write(head);
    for (const [from, to] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      open.add(from);
      from.on("error", () => to.destroy()).on("close", () => to.destroy());
      from.pipe(to);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    passed,
    async close() {
      for (const socket of open) socket.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
