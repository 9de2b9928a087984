/** Sends reliable events to one connection until each is acknowledged: bounded in flight, in bytes too, with back-off. */
import { dropOldest } from "../../core/collections.ts";
import type { DeliveryId } from "../../core/ids.ts";
import type { SocketSession } from "./socket-session.ts";

/** The first wait for an acknowledgement; it doubles up to the last. */
const FIRST_WAIT_MS = 2_000;
const LAST_WAIT_MS = 30_000;
/** Events sent and not yet acknowledged; the others wait here, and in the store. */
const MAX_IN_FLIGHT = 32;
/** Events held in memory for one connection; what is beyond stays in the store for later. */
const MAX_HELD = 200;
/** Events that a connection which acknowledges nothing is sent between two ticks. */
const MAX_PLAIN = 200;
/** Of one event at least, and of several at most so many bytes: far less than what a slow client is cut for. */
const MAX_BYTES = 256 * 1024;
/** Ids remembered, so that a connection gets each event once: more than an inbox holds. */
const MAX_SEEN = 4_096;

interface Held {
  readonly event: string;
  readonly payload: object;
  readonly bytes: number;
  waitMs: number;
  /** Sent, and an acknowledgement is awaited. */
  inFlight: boolean;
}

export class ReliableSender {
  readonly #session: SocketSession;
  readonly #acknowledged: (id: DeliveryId) => void;
  readonly #held = new Map<DeliveryId, Held>();
  /** Those that were seen longest ago first. */
  readonly #seen = new Set<DeliveryId>();
  /** Sent and not acknowledged; of a connection that acknowledges nothing, sent since the last tick. */
  #inFlight = 0;
  #bytes = 0;
  #overflowed = false;

  constructor(session: SocketSession, acknowledged: (id: DeliveryId) => void) {
    this.#session = session;
    this.#acknowledged = acknowledged;
  }

  /**
   * Sends an event, unless this connection already has it.
   * @returns false where there is no room: it stays in the store for later
   */
  send(id: DeliveryId, event: string, payload: object): boolean {
    if (this.#seen.delete(id)) {
      this.#seen.add(id);
      return true;
    }
    const bytes = Buffer.byteLength(JSON.stringify(payload));
    if (!this.#hasRoomFor(bytes)) {
      this.#overflowed = true;
      return false;
    }
    this.#seen.add(id);
    dropOldest(this.#seen, MAX_SEEN);
    this.#start(id, { event, payload, bytes, waitMs: FIRST_WAIT_MS, inFlight: false });
    return true;
  }

  #hasRoomFor(bytes: number): boolean {
    if (this.#session.reliable) return this.#held.size < MAX_HELD;
    return this.#inFlight < MAX_PLAIN && this.#fits(bytes);
  }

  #fits(bytes: number): boolean {
    return this.#inFlight === 0 || this.#bytes + bytes <= MAX_BYTES;
  }

  #start(id: DeliveryId, held: Held): void {
    if (this.#session.reliable) {
      this.#held.set(id, held);
      this.#sendDue();
      return;
    }
    this.#inFlight++;
    this.#bytes += held.bytes;
    this.#session.emit(held.event, { ...held.payload, delivery_id: id });
  }

  /** True once, when events were left in the store for want of room and there is room again. */
  hasRoomAgain(): boolean {
    const again = this.#overflowed && (!this.#session.reliable || this.#held.size < MAX_HELD / 2);
    if (again) this.#overflowed = false;
    return again;
  }

  /** Once a second: sends what is due, as far as there is room in flight. */
  tick(): void {
    if (!this.#session.reliable) {
      this.#inFlight = 0;
      this.#bytes = 0;
    }
    this.#sendDue();
  }

  #sendDue(): void {
    for (const [id, held] of this.#held) {
      if (this.#inFlight >= MAX_IN_FLIGHT) return;
      if (held.inFlight) continue;
      if (!this.#fits(held.bytes)) return;
      this.#emit(id, held);
    }
  }

  #emit(id: DeliveryId, held: Held): void {
    const { waitMs } = held;
    held.inFlight = true;
    this.#inFlight++;
    this.#bytes += held.bytes;
    this.#session.emitReliable(held.event, { ...held.payload, delivery_id: id }, waitMs, (acknowledged) => {
      // Settled meanwhile, by `ack {delivery_id}` or another device.
      if (this.#held.get(id) !== held) return;
      if (acknowledged) {
        this.#acknowledged(id);
        this.settle(id);
      } else {
        this.#landed(held);
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
    if (held.inFlight) this.#landed(held);
    this.#sendDue();
  }

  #landed(held: Held): void {
    held.inFlight = false;
    this.#inFlight--;
    this.#bytes -= held.bytes;
  }

  close(): void {
    this.#held.clear();
  }
}
