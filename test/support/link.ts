/** A link to a server that can be cut: what a phone in a tunnel has. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface Link {
  /** The server through this link. */
  readonly url: string;
  /** Ends every connection; new ones are refused until `mend`. */
  cut(): void;
  mend(): void;
  /** Connections stay and say nothing more; new ones are served. */
  freeze(): void;
  close(): Promise<void>;
}

/** Both sides of a link, kept in `sockets` for as long as they are open: with one the other ends too. */
export function endTogether(sockets: Set<Socket>, client: Socket, server: Socket): void {
  for (const [one, other] of [
    [client, server],
    [server, client],
  ] as const) {
    sockets.add(one);
    one.on("error", () => undefined);
    one.on("close", () => {
      sockets.delete(one);
      other.destroy();
    });
  }
}

export async function startLink(url: string): Promise<Link> {
  const target = Number(new URL(url).port);
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((client) => {
    if (isCut) {
      client.destroy();
      return;
    }
    const there = connect(target, "127.0.0.1");
    client.pipe(there).pipe(client);
    endTogether(sockets, client, there);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const end = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    freeze() {
      for (const socket of sockets) socket.unpipe().pause();
    },
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut() {
      isCut = true;
      end();
    },
    mend() {
      isCut = false;
    },
    async close() {
      end();
      server.close();
      await once(server, "close");
    },
  };
}
