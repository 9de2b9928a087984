/** Sends reliable events to one connection until each is acknowledged: bounded in flight, with back-off. */
import type { DeliveryId } from "../../core/ids.ts";
import type { SocketSession } from "./socket-session.ts";

/** First wait for an acknowledgement, doubled up to the last (PROTOCOL, reliable events). */
const FIRST_WAIT_MS = 2_000;
const LAST_WAIT_MS = 30_000;
/** Events sent and not yet acknowledged; the others wait here, and in the store. */
const MAX_IN_FLIGHT = 32;
/** Events held in memory for one connection; what is beyond stays in the store for later. */
const MAX_HELD = 200;
/** Ids remembered, so that a notice and a flush of the same event send it once. */
const MAX_SEEN = 1_000;

interface Held {
  readonly event: string;
  readonly payload: object;
  waitMs: number;
  /** Sent, and an acknowledgement is awaited. */
  inFlight: boolean;
}

export class ReliableSender {
  readonly #session: SocketSession;
  readonly #acknowledged: (id: DeliveryId) => void;
  readonly #held = new Map<DeliveryId, Held>();
  readonly #seen = new Set<DeliveryId>();
  #inFlight = 0;
  #overflowed = false;

  constructor(session: SocketSession, acknowledged: (id: DeliveryId) => void) {
    this.#session = session;
    this.#acknowledged = acknowledged;
  }

  /** Sends an event, unless this connection already has it. */
  send(id: DeliveryId, event: string, payload: object): void {
    if (this.#seen.has(id)) return;
    if (this.#held.size >= MAX_HELD) {
      this.#overflowed = true;
      return;
    }
    this.#seen.add(id);
    if (this.#seen.size > MAX_SEEN) {
      const [oldest] = this.#seen;
      if (oldest !== undefined) this.#seen.delete(oldest);
    }
    this.#start(id, event, payload);
  }

  #start(id: DeliveryId, event: string, payload: object): void {
    if (!this.#session.reliable) {
      this.#session.emit(event, { ...payload, delivery_id: id });
      return;
    }
    this.#held.set(id, { event, payload, waitMs: FIRST_WAIT_MS, inFlight: false });
    this.tick();
  }

  /** True once, when events were left in the store for want of room and there is room again. */
  hasRoomAgain(): boolean {
    const again = this.#overflowed && this.#held.size < MAX_HELD / 2;
    if (again) this.#overflowed = false;
    return again;
  }

  /** Sends what is due, as far as there is room in flight. */
  tick(): void {
    for (const [id, held] of this.#held) {
      if (this.#inFlight >= MAX_IN_FLIGHT) return;
      if (!held.inFlight) this.#emit(id, held);
    }
  }

  #emit(id: DeliveryId, held: Held): void {
    const { waitMs } = held;
    held.inFlight = true;
    this.#inFlight++;
    this.#session.emitReliable(held.event, { ...held.payload, delivery_id: id }, waitMs, (acknowledged) => {
      // Settled meanwhile, by `ack {delivery_id}` or another device.
      if (this.#held.get(id) !== held) return;
      if (acknowledged) {
        this.#acknowledged(id);
        this.settle(id);
      } else {
        this.#inFlight--;
        held.inFlight = false;
        held.waitMs = Math.min(waitMs * 2, LAST_WAIT_MS);
        // Behind the others: what is never acknowledged must not keep them waiting.
        this.#held.delete(id);
        this.#held.set(id, held);
      }
    });
  }

  /** Acknowledged, here or by another of the user's devices: makes room for the next. */
  settle(id: DeliveryId): void {
    const held = this.#held.get(id);
    if (!held) return;
    this.#held.delete(id);
    if (held.inFlight) this.#inFlight--;
    this.tick();
  }

  close(): void {
    this.#held.clear();
  }
}
