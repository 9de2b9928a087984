/** A balancer that knows nothing of sessions, as PM2's is: each new TCP connection goes to the next of its targets. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export interface RoundRobin {
  readonly url: string;
  close(): Promise<void>;
}

export async function startRoundRobin(targets: readonly string[]): Promise<RoundRobin> {
  const open = new Set<Socket>();
  let turn = 0;
  const server = createServer((client) => {
    const { port } = new URL(targets[turn++ % targets.length] ?? "");
    const onward = connect(Number(port), "127.0.0.1");
    for (const [from, to] of [
      [client, onward],
      [onward, client],
    ] as const) {
      open.add(from);
      from
        .on("error", () => to.destroy())
        .on("close", () => {
          open.delete(from);
          to.destroy();
        });
      from.pipe(to);
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
