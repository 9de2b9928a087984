/** An upstream gateway for tests: a real HTTP server that answers, refuses, stalls and dies as it is told. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

interface Seen {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: Readonly<Record<string, unknown>>;
}
export type Answering = (response: ServerResponse, seen: Seen, number: number) => void;

export type Gateway = Awaited<ReturnType<typeof startGateway>>;

export async function startGateway(first: Answering) {
  const seen: Seen[] = [];
  let answering = first;
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (part) => {
      text += part;
    });
    request.on("end", () => {
      const { method, url, headers } = request;
      const one: Seen = { method, path: url, headers, body: text === "" ? {} : JSON.parse(text) };
      seen.push(one);
      answering(response, one, seen.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const stop = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  closing.push(stop);
  return {
    /** On the same port again. */
    start: () => new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve)),
    url: `http://127.0.0.1:${port}`,
    port,
    seen,
    stop,
    answers(next: Answering) {
      answering = next;
    },
  };
}

const closing: (() => Promise<void>)[] = [];

/** Ends what was started; for `afterEach`. */
export async function stopGateways(): Promise<void> {
  for (const stop of closing.splice(0)) await stop();
}

export const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answering =>
  (response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  };
export const stalls: Answering = () => undefined;
export const hangsUp: Answering = (response) => response.destroy();
