/** A TCP balancer as bad as a network: each new connection goes to the next worker that answers; links can be cut or stalled. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

interface Target {
  readonly port: number;
  readonly alive: boolean;
}

export interface Balancer {
  readonly url: string;
  /** Ends every connection there is. */
  cutAll(): void;
  /** From now on nothing passes on the connections there are, and nobody is told: half-open links. */
  stallAll(): void;
  close(): Promise<void>;
}

export async function startBalancer(targets: readonly Target[]): Promise<Balancer> {
  const open = new Set<Socket>();
  let turn = 0;

  function forget(one: Socket, other: Socket): void {
    open.delete(one);
    other.destroy();
  }

  function join(client: Socket, onward: Socket): void {
    client.pipe(onward);
    onward.pipe(client);
    onward.on("close", () => forget(onward, client));
    client.on("close", () => forget(client, onward));
  }

  function tryNext(client: Socket, left: number): void {
    const target = targets[turn++ % targets.length];
    if (left === 0 || target === undefined) {
      client.destroy();
      return;
    }
    if (!target.alive) {
      tryNext(client, left - 1);
      return;
    }
    const onward = connect(target.port, "127.0.0.1").setNoDelay(true);
    const refused = () => {
      open.delete(onward);
      tryNext(client, left - 1);
    };
    onward.once("error", refused);
    onward.once("connect", () => {
      onward.off("error", refused);
      onward.on("error", () => client.destroy());
      open.add(onward);
      join(client, onward);
    });
  }

  const server = createServer((client) => {
    client.setNoDelay(true);
    open.add(client);
    client.on("error", () => client.destroy());
    client.on("close", () => open.delete(client));
    tryNext(client, targets.length);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    cutAll() {
      for (const socket of open) socket.destroy();
    },
    stallAll() {
      for (const socket of open) {
        socket.unpipe();
        socket.pause();
      }
    },
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
