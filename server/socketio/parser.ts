/**
 * Socket.IO's own wire format with limits before parsing: text that is too long, nested too deep or not JSON becomes an event
 * with a refusal in the place of its payload, so that it is answered instead of costing the connection (or the process).
 */
import { Decoder as BaseDecoder, Encoder, PacketType } from "socket.io-parser";
import { RefusedPayload } from "../../middleware/dispatch.ts";

/** Deepest nesting of a payload (FAULTS, row 27); the array around an event's arguments comes on top. */
const MAX_DEPTH = 32;

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

export function createParser(limits: ParserLimits): Parser {
  class Decoder extends BaseDecoder {
    /** Attachments that the event under way still waits for; text in between is the client's fault and ends it. */
    #attachments = 0;

    override add(chunk: unknown): void {
      if (chunk instanceof ReadyPacket) {
        this.emitReserved("decoded", chunk.packet);
        return;
      }
      if (typeof chunk !== "string" || !isEvent(chunk) || this.#attachments > 0) {
        super.add(chunk);
        if (typeof chunk !== "string") this.#attachments--;
        return;
      }
      if (chunk.length > limits.maxMessageBytes || nestsDeeperThan(chunk, MAX_DEPTH + 1)) {
        this.#refuse(chunk, new RefusedPayload("payload_too_large"));
        return;
      }
      try {
        super.add(chunk);
        this.#attachments = attachmentsOf(chunk);
      } catch {
        this.#refuse(chunk, new RefusedPayload("invalid_json"));
      }
    }

    #refuse(text: string, refusal: RefusedPayload): void {
      const { nsp, id, name } = readHeader(text);
      const packet = { type: PacketType.EVENT, nsp, data: [name, refusal] };
      this.emitReserved("decoded", id === undefined ? packet : { ...packet, id });
    }
  }
  return { Encoder, Decoder };
}
