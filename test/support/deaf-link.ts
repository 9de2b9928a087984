/** A link to Redis on which what is published can be kept away: commands go on as they are, subscriptions are confirmed and hear nothing. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { endTogether } from "./link.ts";

/** How a message of a channel begins; confirmations of subscriptions begin otherwise. */
const PUBLISHED = /^[*>]\d+\r\n\$\d+\r\n[ps]?message\r\n/;

/** Where the reply that begins here ends; undefined where it is not all there yet. */
function endOf(bytes: Buffer, at: number): number | undefined {
  const line = bytes.indexOf("\r\n", at);
  if (line < 0) return undefined;
  const after = line + 2;
  const kind = String.fromCharCode(bytes[at] ?? 0);
  const count = Number(bytes.toString("latin1", at + 1, line));
  if ("$=!".includes(kind)) {
    const end = count < 0 ? after : after + count + 2;
    return end <= bytes.length ? end : undefined;
  }
  if (!"*>~%".includes(kind)) return after;
  let end: number | undefined = after;
  const parts = kind === "%" ? 2 * count : count;
  for (let part = 0; part < parts && end !== undefined; part++) end = endOf(bytes, end);
  return end;
}

export interface DeafLink {
  /** Redis through this link. */
  readonly url: string;
  /** From now on nothing that is published arrives, on connections that are made meanwhile neither. */
  cut(): void;
  /** What is published from now on arrives again; what was meanwhile is lost. */
  mend(): void;
  close(): Promise<void>;
}

export async function deafLink(port: number): Promise<DeafLink> {
  let isCut = false;
  const sockets = new Set<Socket>();

  const server = createServer((client) => {
    const redis = connect(port, "127.0.0.1");
    let left = Buffer.alloc(0);
    client.on("data", (data) => redis.write(data));
    redis.on("data", (data) => {
      left = Buffer.concat([left, data]);
      let at = 0;
      for (let end = endOf(left, at); end !== undefined; end = endOf(left, at)) {
        const reply = left.subarray(at, end);
        if (!(isCut && PUBLISHED.test(reply.subarray(0, 40).toString("latin1")))) client.write(reply);
        at = end;
      }
      left = left.subarray(at);
    });
    endTogether(sockets, client, redis);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port: own } = server.address() as AddressInfo;
  return {
    url: `redis://127.0.0.1:${own}`,
    cut() {
      isCut = true;
    },
    mend() {
      isCut = false;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
