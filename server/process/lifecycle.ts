/**
 * The parts of a server, started and closed in order. A part belongs to a phase: phases start in the order below and close in the
 * reverse order, and so do the parts of one phase. Nothing that fails or hangs keeps the other parts from being closed.
 */
import type { Log } from "../../core/ports/log.ts";

/**
 * - `store`: what is stored, and connections to it
 * - `sockets`: Socket.IO, the plain endpoints and the HTTP server, which answer until the end
 * - `cluster`: what this worker says of itself to the other workers
 * - `services`: what namespaces share: delivery, security, metrics
 * - `namespaces`: the namespaces, and the deadlines that call them
 * - `clients`: the open port and the clients behind it; closed first, by draining
 */
export const PHASES = ["store", "sockets", "cluster", "services", "namespaces", "clients"] as const;
export type Phase = (typeof PHASES)[number];

export interface LifecyclePart {
  /** Called once, when all parts have been made. What it throws ends the start. */
  start?(): unknown;
  /** Also called where `start` was not. What it throws is logged. */
  close?(): unknown;
}

/** How long one part may take to close. */
const CLOSE_LIMIT_MS = 2_000;

interface Entry {
  readonly name: string;
  readonly part: LifecyclePart;
  readonly closeLimitMs: number;
}

export class Lifecycle {
  readonly #entries: Readonly<Record<Phase, Entry[]>> = {
    store: [],
    sockets: [],
    cluster: [],
    services: [],
    namespaces: [],
    clients: [],
  };
  readonly #log: Log;
  #closing: Promise<void> | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  /**
   * @param name for the log
   * @returns the part
   * @throws Error once closing has begun: the part would never be closed
   */
  add<P extends LifecyclePart>(phase: Phase, name: string, part: P, closeLimitMs = CLOSE_LIMIT_MS): P {
    if (this.#closing) throw new Error(`${name} was added to a server that closes`);
    this.#entries[phase].push({ name, part, closeLimitMs });
    return part;
  }

  /** @throws what the first part throws that cannot start; the caller closes everything then */
  async start(): Promise<void> {
    for (const phase of PHASES)
      for (const { part } of [...this.#entries[phase]]) {
        if (this.#closing) throw new Error("the server was closed while it started");
        await part.start?.();
      }
  }

  /** Never rejects. A second call joins the first. */
  close(): Promise<void> {
    this.#closing ??= Promise.resolve().then(() => this.#closeAll());
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    for (const phase of PHASES.toReversed())
      for (const entry of this.#entries[phase].toReversed()) await this.#closePart(phase, entry);
  }

  async #closePart(phase: Phase, { name, part, closeLimitMs }: Entry): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`it was not closed within ${closeLimitMs} ms`)),
        closeLimitMs,
      );
    });
    try {
      await Promise.race([part.close?.(), tooLong]);
    } catch (err) {
      this.#log.error({ err, phase, part: name }, `${name} could not be closed; the rest is closed`);
    } finally {
      clearTimeout(timer);
    }
  }
}
