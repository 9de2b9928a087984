/** How many packets a polling client may send: one POST holds as many as fit into it, and all of them are worked off in one go. */
import type { Server } from "socket.io";
import { PacketBudget, type PacketBudgetRule } from "./packet-budget.ts";

/** What the stock client has queued while it was away comes in one POST; it refuses to queue more than a server takes. */
const POLLED: PacketBudgetRule = { packets: 5_000, characters: 64_000_000, windowMs: 10_000 };

interface EngineConnection {
  readonly transport: { readonly name: string };
  on(event: "packet", listener: (packet: { readonly data?: unknown }) => void): void;
  off(event: "packet", listener: (packet: { readonly data?: unknown }) => void): void;
  once(event: "upgrade", listener: () => void): void;
  close(discard: boolean): void;
}

/** After the server is attached to its port; from then on for each new connection of Engine.IO's. */
export function limitPolling(io: Server): void {
  io.engine.on("connection", (connection: EngineConnection) => {
    if (connection.transport.name !== "polling") return;
    const budget = new PacketBudget(POLLED);
    const take = ({ data }: { readonly data?: unknown }) => {
      const size = typeof data === "string" ? data.length : 0;
      // The rest of the POST meets a closed connection, which takes nothing.
      if (!budget.take(size)) connection.close(true);
    };
    connection.on("packet", take);
    connection.once("upgrade", () => connection.off("packet", take));
  });
}
