/**
 * Socket.IO's own wire format with limits before parsing: text that is too long, nested too deep or not JSON becomes an event
 * with a refusal in the place of its payload, so that it is answered instead of costing the connection (or the process).
 */
import { Decoder as BaseDecoder, type Encoder, PacketType } from "socket.io-parser";
import { RefusedPayload } from "../../middleware/dispatch.ts";
import { LeanEncoder, readPlainEvent } from "./lean-parser.ts";

/** Deepest nesting of a payload (FAULTS, row 27); the array around an event's arguments comes on top. */
const MAX_DEPTH = 32;

/** How long an event may wait for its attachments. */
const ATTACHMENTS_MS = 3_000;
/** CONNECT packets on one connection: each namespace some times over. */
const CONNECTS = { max: 30, windowMs: 10_000 };

export interface ParserLimits {
  /** Longest text of one event, in characters. */
  readonly maxMessageBytes: number;
}

const HEADER = /^[25](?:\d+-)?(\/[^,]*(?:,|$))?(\d{1,15})?(?:\["((?:[^"\\]|\\.){0,128})")?/;

/** An event's header, read without parsing what follows. */
function readHeader(text: string): { nsp: string; id: number | undefined; name: string } {
  const found = HEADER.exec(text.slice(0, 512));
  return {
    nsp: found?.[1]?.replace(/,$/, "") ?? "/",
    id: found?.[2] === undefined ? undefined : Number(found[2]),
    name: found?.[3] ?? "",
  };
}

/** Whether brackets outside strings nest deeper than `limit`. */
export function nestsDeeperThan(text: string, limit: number): boolean {
  if (text.length <= limit * 2) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 34) {
      for (at++; at < text.length; at++) {
        const inside = text.charCodeAt(at);
        if (inside === 92) at++;
        else if (inside === 34) break;
      }
    } else if (code === 91 || code === 123) {
      if (++depth > limit) return true;
    } else if (code === 93 || code === 125) depth--;
  }
  return false;
}

const attachmentsOf = (text: string) => Number(/^5(\d+)-/.exec(text.slice(0, 16))?.[1] ?? 0);
const isEvent = (text: string) => text.charCodeAt(0) === 50 || text.charCodeAt(0) === 53;

/** A packet that arrives ready made, from a transport with a format of its own (plain WebSocket). */
export class ReadyPacket {
  readonly packet: { type: PacketType; nsp: string; data: unknown; id?: number };
  constructor(packet: ReadyPacket["packet"]) {
    this.packet = packet;
  }
}

/** What Socket.IO's `parser` option takes. */
export interface Parser {
  readonly Encoder: typeof Encoder;
  readonly Decoder: typeof BaseDecoder;
}

/** Tells of each CONNECT before Socket.IO looks at it. */
export abstract class ConnectWatcher extends BaseDecoder {
  onConnect: ((namespace: string) => void) | undefined;
}

/** The namespace of a CONNECT packet's text. */
const connectedTo = (text: string) => /^0(\/[^,]*)/.exec(text.slice(0, 512))?.[1] ?? "/";

export function createParser(limits: ParserLimits): Parser {
  class Decoder extends ConnectWatcher {
    /** Attachments that the event under way still waits for; text in between is the client's fault and ends it. */
    #attachments = 0;
    #attachedBytes = 0;
    #header = "";
    #late: NodeJS.Timeout | undefined;
    /** CONNECT packets since `#connectsSince`. */
    #connects = 0;
    #connectsSince = 0;

    override add(chunk: unknown): void {
      if (chunk instanceof ReadyPacket) this.emitReserved("decoded", chunk.packet);
      else if (typeof chunk !== "string") this.#addBinary(chunk);
      else if (isEvent(chunk) && this.#attachments === 0) this.#addEvent(chunk);
      else {
        if (chunk.charCodeAt(0) === 48) {
          this.#countConnect();
          this.onConnect?.(connectedTo(chunk));
        }
        super.add(chunk);
      }
    }

    override destroy(): void {
      clearTimeout(this.#late);
      super.destroy();
    }

    #addEvent(text: string): void {
      if (text.length > limits.maxMessageBytes || nestsDeeperThan(text, MAX_DEPTH + 1)) {
        this.#refuse(text, new RefusedPayload("payload_too_large"));
        return;
      }
      const plain = text.charCodeAt(0) === 50 ? readPlainEvent(text) : undefined;
      if (plain) {
        this.emitReserved("decoded", plain);
        return;
      }
      try {
        super.add(text);
      } catch {
        this.#refuse(text, new RefusedPayload("invalid_json"));
        return;
      }
      this.#attachments = attachmentsOf(text);
      if (this.#attachments === 0) return;
      this.#attachedBytes = 0;
      this.#header = text.slice(0, 512);
      this.#late = setTimeout(() => this.#giveUp(), ATTACHMENTS_MS);
    }

    /** Throws, which ends the connection, where no attachment is expected or more comes than one event may have. */
    #addBinary(chunk: unknown): void {
      if (chunk instanceof Uint8Array) this.#attachedBytes += chunk.byteLength;
      if (this.#attachedBytes > limits.maxMessageBytes) throw new Error("attachments are too large");
      if (--this.#attachments === 0) clearTimeout(this.#late);
      super.add(chunk);
    }

    /** Lets go of an event whose attachments do not come. */
    #giveUp(): void {
      this.#attachments = 0;
      super.destroy();
      this.#refuse(this.#header, new RefusedPayload("invalid_payload"));
    }

    /** Each CONNECT makes a socket; a client needs one per namespace. Throws, which ends the connection, for a flood of them. */
    #countConnect(): void {
      const now = performance.now();
      if (now - this.#connectsSince > CONNECTS.windowMs) {
        this.#connectsSince = now;
        this.#connects = 0;
      }
      if (++this.#connects > CONNECTS.max) throw new Error("too many connects on one connection");
    }

    #refuse(text: string, refusal: RefusedPayload): void {
      const { nsp, id, name } = readHeader(text);
      const packet = { type: PacketType.EVENT, nsp, data: [name, refusal] };
      this.emitReserved("decoded", id === undefined ? packet : { ...packet, id });
    }
  }
  return { Encoder: LeanEncoder, Decoder };
}
