/** How much of one kind a connection may send in a window of time: in packets, and in characters of them. */
import type { Server } from "socket.io";
import { indifferentToMessages } from "../direct-messages.ts";

export interface PacketBudgetRule {
  readonly packets: number;
  readonly characters: number;
  readonly windowMs: number;
}

export class PacketBudget {
  readonly #rule: PacketBudgetRule;
  #since = Number.NEGATIVE_INFINITY;
  #packets = 0;
  #characters = 0;

  constructor(rule: PacketBudgetRule) {
    this.#rule = rule;
  }

  /** Counts a packet, or several. @returns false where that is too much */
  take(characters: number, count = 1): boolean {
    const now = performance.now();
    const { packets, characters: most, windowMs } = this.#rule;
    if (now - this.#since > windowMs) {
      this.#since = now;
      this.#packets = 0;
      this.#characters = 0;
    }
    this.#packets += count;
    this.#characters += characters;
    return this.#packets <= packets && this.#characters <= most;
  }
}

/** Engine.IO's packets that are no messages: pongs, and what an upgrade needs. A client sends one for each ping. */
const OWN_PACKETS: PacketBudgetRule = { packets: 200, characters: 25_000, windowMs: 10_000 };

const ENGINES_OWN: ReadonlySet<string> = new Set(["polling", "websocket"]);

interface EngineConnection {
  readonly transport: { readonly name: string };
  on(event: "packet", listener: (packet: { readonly type: string; readonly data?: unknown }) => void): void;
  close(discard: boolean): void;
}

/** After the server is attached to its port; from then on for each new connection. The gateway's have messages only. */
export function limitEnginePackets(io: Server): void {
  io.engine.on("connection", (connection: EngineConnection) => {
    if (!ENGINES_OWN.has(connection.transport.name)) return;
    const budget = new PacketBudget(OWN_PACKETS);
    const onPacket = indifferentToMessages((packet: { readonly type: string; readonly data?: unknown }) => {
      const { type, data } = packet;
      if (type === "message") return;
      if (!budget.take(typeof data === "string" ? data.length : 0)) connection.close(true);
    });
    connection.on("packet", onPacket);
  });
}
