/** A proxy that serves an application below a path of its own, as `location /play/ { proxy_pass …/; }` does. */
import http from "node:http";
import type { AddressInfo } from "node:net";

export interface PrefixProxy {
  /** With the path, without a slash at its end. */
  readonly url: string;
  close(): Promise<void>;
}

export async function startPrefixProxy(target: string, prefix: string): Promise<PrefixProxy> {
  const server = http.createServer((req, res) => {
    const { url = "", method, headers } = req;
    if (!url.startsWith(`${prefix}/`)) return void res.writeHead(404).end();
    const forward = http.request(new URL(url.slice(prefix.length), target), { method, headers }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    });
    forward.on("error", () => res.destroy());
    req.pipe(forward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${prefix}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
