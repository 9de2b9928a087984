/**
 * Socket.IO's packets as a dialect's frames. A broadcast hands the same encoded packet to every recipient, one after the other, so
 * the last translation is kept and compared: one translation per broadcast and dialect. Should Socket.IO ever encode for each
 * recipient, equal text is still found equal; anything else is translated again.
 */
import { ERRORS, type ErrorCode } from "../../core/contract/errors.ts";
import type { SharedPackets } from "../socketio/joined-writes/internals.ts";
import type { Dialect } from "./dialects/dialect.ts";
import { type FrameBatch, GatewayFrame } from "./outgoing-frames.ts";
import { readEvent, readHead } from "./packets.ts";

export class Translator {
  readonly dialect: Dialect;
  readonly #now: () => number;
  #packet = "";
  #attachments: readonly Buffer[] = [];
  #frame: GatewayFrame | undefined;
  readonly #shared = new WeakMap<SharedPackets, GatewayFrame | "none">();
  #sent: readonly SharedPackets[] | undefined;
  #batch: FrameBatch | undefined;
  #translations = 0;

  constructor(dialect: Dialect, now: () => number) {
    this.dialect = dialect;
    this.#now = now;
  }

  /** Events translated since the start. */
  get translations(): number {
    return this.#translations;
  }

  /** The frame of an encoded EVENT packet; undefined where the dialect does not tell of it. */
  event(packet: string, attachments: readonly Buffer[]): GatewayFrame | undefined {
    if (packet === this.#packet && sameBuffers(attachments, this.#attachments)) return this.#frame;
    this.#frame = this.#translate(packet, attachments);
    this.#packet = packet;
    this.#attachments = attachments;
    return this.#frame;
  }

  /** The frame of a broadcast that is the same object for all its recipients. */
  shared(sent: SharedPackets): GatewayFrame | undefined {
    let frame = this.#shared.get(sent);
    if (frame === undefined) {
      const [text, ...attachments] = sent.packets;
      frame = (typeof text === "string" && this.event(text, attachments as Buffer[])) || "none";
      this.#shared.set(sent, frame);
    }
    return frame === "none" ? undefined : frame;
  }

  /** The frames of all broadcasts of a turn; undefined where the dialect tells of none. The array is known by its identity. */
  batch(sent: readonly SharedPackets[]): FrameBatch | undefined {
    if (sent === this.#sent) return this.#batch;
    let batch: FrameBatch | undefined;
    for (const one of sent) {
      const frame = this.shared(one);
      if (frame) batch = batch?.and(frame) ?? frame.alone;
    }
    this.#sent = sent;
    this.#batch = batch;
    return batch;
  }

  /** The frame of an event that the gateway itself tells of. */
  own(name: string, payload: object): GatewayFrame | undefined {
    return this.#build(name, JSON.stringify(payload), []);
  }

  /** `id` is the client's, `ack` the acknowledgement, as JSON texts. */
  ack(id: string, ack: string): GatewayFrame {
    return new GatewayFrame(this.dialect.ack(id, ack, this.#now));
  }

  #translate(packet: string, attachments: readonly Buffer[]): GatewayFrame | undefined {
    this.#translations++;
    const event = readEvent(packet, readHead(packet).at);
    return event && this.#build(event.name, event.payload, attachments);
  }

  #build(name: string, payload: string, attachments: readonly Buffer[]): GatewayFrame | undefined {
    const message = this.dialect.event(name, payload, attachments, this.#now);
    if (message === undefined) return undefined;
    return new GatewayFrame(message, name === "error" ? codeOf(payload) : undefined);
  }
}

function sameBuffers(a: readonly Buffer[], b: readonly Buffer[]): boolean {
  return a.length === b.length && a.every((buffer, at) => buffer === b[at]);
}

function codeOf(payload: string): ErrorCode | undefined {
  const { code } = JSON.parse(payload) as { code?: unknown };
  return typeof code === "string" && Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : undefined;
}
