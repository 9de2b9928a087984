/**
 * Socket.IO's own wire format with limits before parsing, for every type of packet. What is too long, nested too deep or not in form
 * becomes an event with a refusal in the place of its payload, so that it is answered instead of costing the connection (or the
 * process). What no client sends by mistake ends the connection.
 */
import { type Decoder as BaseDecoder, type Encoder, PacketType } from "socket.io-parser";
import { isWellFormedJson } from "../../core/text.ts";
import { RefusedPayload } from "../../middleware/dispatch.ts";
import { type Attachments, attachmentsOf, hasForgedPlaceholder } from "./attachments.ts";
import { isEventName, LeanEncoder, readConnect, readPacket, type TextPacket } from "./lean-parser.ts";
import { PacketBudget, type PacketBudgetRule } from "./limits/packet-budget.ts";
import { WatchedDecoder } from "./watched-decoder.ts";

/** Deepest nesting of a payload; the array around an event's arguments comes on top. */
export const MAX_DEPTH = 32;
/** Characters in which nothing can nest too deep: each level takes two. */
const SHALLOW = 2 * MAX_DEPTH;
/** Arguments of one packet; more are left out. Listeners are called with all of them at once, and the stack holds so many only. */
const MAX_ARGUMENTS = 16;
const MAX_ATTACHMENTS = 10;
/** Attachments of refused packets that are skipped; a client that sends more of them is cut. */
const MAX_SKIPPED = 1_000;
/** How long a packet may wait for its attachments. */
const ATTACHMENTS_MS = 3_000;
/** Longest CONNECT, in characters: a token of 4,096, and as much again for other fields. */
const MAX_CONNECT = 8_192;
/** Longest packet that has nothing but a type and a namespace. */
const MAX_BARE = 1_024;
/** CONNECT packets on one connection: each namespace some times over. */
const CONNECTS: PacketBudgetRule = { packets: 30, characters: 30 * MAX_CONNECT, windowMs: 10_000 };
/** Acknowledgements: no rate of an event counts them. */
const ACKS: PacketBudgetRule = { packets: 5_000, characters: 16_000_000, windowMs: 10_000 };

export interface ParserLimits {
  /** Longest text of one event, in characters, its attachments' bytes included. */
  readonly maxMessageBytes: number;
}

const HEADER = /^[0-6](?:[^/["{,]*-)?(\/[^,]*(?:,|$))?(\d{1,15})?(?:\["((?:[^"\\]|\\.){0,128})")?/;

/** A packet's header, read without parsing what follows. */
function readHeader(text: string): { nsp: string; id: number | undefined; name: string } {
  const found = HEADER.exec(text.slice(0, 512));
  const name = found?.[3] ?? "";
  return {
    nsp: found?.[1]?.replace(/,$/, "") ?? "/",
    id: found?.[2] === undefined ? undefined : Number(found[2]),
    name: isEventName(name) ? name : "",
  };
}

/** Where the JSON of a packet begins at the earliest: a namespace, which begins at `from`, may have any letters but a comma. */
const afterNamespace = (text: string, from = 1): number =>
  text.charCodeAt(from) === 47 ? text.indexOf(",", from) + 1 || text.length : from;

/** Whether brackets outside strings nest deeper than `limit`. */
export function nestsDeeperThan(text: string, limit: number, from = 0): boolean {
  if (text.length - from <= limit * 2) return false;
  let depth = 0;
  for (let at = from; at < text.length; at++) {
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

interface Announced {
  readonly count: number;
  /** Where the packet goes on. */
  readonly from: number;
}

/** How many attachments a packet says it has; undefined where it says nothing of the kind. */
function announced(text: string): Announced | undefined {
  const found = /^[56](\d{1,9})-/.exec(text.slice(0, 12));
  return found ? { count: Number(found[1]), from: found[0].length } : undefined;
}

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

/** What exactly is wrong with a packet. */
function causeFor(code: RefusedPayload["code"], length: number, max: number): string {
  if (code === "payload_too_large")
    return `the packet has ${length} characters: ${max} are taken with what is attached, nested ${MAX_DEPTH} deep`;
  return code === "invalid_json"
    ? "the packet is not in Socket.IO's form, with JSON in it"
    : "a text in the packet is no Unicode, a number in it is too large, or what is attached is not what was announced";
}

/** Stands for a CONNECT that cannot be taken, so that it is answered with a CONNECT_ERROR. */
function refusedConnect(text: string, code: RefusedPayload["code"]) {
  const { nsp } = readHeader(text);
  const cause =
    code === "payload_too_large"
      ? causeFor(code, text.length, MAX_CONNECT)
      : "what came with the connect is no object of JSON, a text in it is no Unicode, or a number in it is too large";
  return { type: PacketType.CONNECT, nsp, data: new RefusedPayload(code, { cause }) };
}

/** Waits for its attachments. */
interface Partial {
  readonly packet: TextPacket;
  readonly attachments: Attachments;
  /** The beginning of the text, for a refusal. */
  readonly text: string;
  /** Of the text, in characters. */
  readonly length: number;
  readonly late: NodeJS.Timeout;
}

export function createParser(limits: ParserLimits): Parser {
  const { maxMessageBytes } = limits;

  class Decoder extends WatchedDecoder {
    #partial: Partial | undefined;
    /** Attachments that are still to come of packets that were refused; they are skipped. */
    #skip = 0;
    #skippedBytes = 0;
    readonly #connects = new PacketBudget(CONNECTS);
    readonly #acks = new PacketBudget(ACKS);

    /** Throws where the connection is to end. */
    override add(chunk: unknown): void {
      if (chunk instanceof ReadyPacket) this.hand(chunk.packet);
      else if (typeof chunk === "string") this.#addText(chunk);
      else if (chunk instanceof Uint8Array) this.#addBinary(chunk);
      else throw new Error("a packet is neither text nor binary");
    }

    override destroy(): void {
      this.#letGo();
      super.destroy();
    }

    #addText(text: string): void {
      if (this.#partial) throw new Error("text came where attachments were announced");
      // Attachments follow their text at once: none are to come any more.
      this.#skip = 0;
      switch (text.charCodeAt(0) - 48) {
        case PacketType.EVENT:
          this.#addPacket(text, PacketType.EVENT);
          break;
        case PacketType.ACK:
          this.#countAck(text);
          this.#addPacket(text, PacketType.ACK);
          break;
        case PacketType.BINARY_EVENT:
          this.#addBinaryPacket(text, PacketType.EVENT);
          break;
        case PacketType.BINARY_ACK:
          this.#countAck(text);
          this.#addBinaryPacket(text, PacketType.ACK);
          break;
        case PacketType.CONNECT:
          this.#addConnect(text);
          break;
        case PacketType.DISCONNECT:
          if (text.length > MAX_BARE) throw new Error("a packet is too long for its type");
          super.add(text);
          break;
        default:
          throw new Error("clients send no packets of this type");
      }
    }

    /** For how long a packet is refused because too much has come. Throws where the connection is to end. */
    #waitFor(size: number): number {
      const waitMs = this.take?.(size) ?? 0;
      if (waitMs === Number.POSITIVE_INFINITY) throw new Error("too many bytes on one connection");
      return waitMs;
    }

    #isOverBudget(text: string, attachments = 0): boolean {
      const waitMs = this.#waitFor(text.length);
      if (waitMs > 0) this.#refuse(text, "rate_limited", attachments, waitMs);
      return waitMs > 0;
    }

    #addPacket(text: string, type: TextPacket["type"]): void {
      if (this.#isOverBudget(text)) return;
      const packet = this.#isTooMuch(text) ? undefined : readPacket(text, type);
      if (packet && isWellFormedJson(text, packet.data) && !hasForgedPlaceholder(text, packet.data))
        this.#deliver(packet);
      else if (packet) this.#refuse(text, "invalid_payload");
      else this.#refuse(text, this.#isTooMuch(text) ? "payload_too_large" : "invalid_json");
    }

    #addBinaryPacket(text: string, type: TextPacket["type"]): void {
      const said = announced(text);
      if (this.#isOverBudget(text, said?.count)) return;
      const packet = this.#readBinaryPacket(text, type, said);
      if (typeof packet === "string") this.#refuse(text, packet, said?.count);
      else {
        const late = setTimeout(() => this.#giveUp("invalid_payload"), ATTACHMENTS_MS);
        this.#partial = { ...packet, text: text.slice(0, 512), length: text.length, late };
      }
    }

    /** @returns why not, where it cannot be taken */
    #readBinaryPacket(
      text: string,
      type: TextPacket["type"],
      said: Announced | undefined,
    ): Pick<Partial, "packet" | "attachments"> | RefusedPayload["code"] {
      if (!said || said.count === 0) return "invalid_payload";
      if (said.count > MAX_ATTACHMENTS || this.#isTooMuch(text, said.from)) return "payload_too_large";
      const packet = readPacket(text, type, said.from);
      if (!packet) return "invalid_json";
      const attachments = isWellFormedJson(text, packet.data) && attachmentsOf(packet.data, said.count);
      return attachments ? { packet, attachments } : "invalid_payload";
    }

    #addBinary(chunk: Uint8Array): void {
      const partial = this.#partial;
      const waitMs = this.#waitFor(chunk.byteLength);
      if (!partial) {
        this.#skippedBytes += chunk.byteLength;
        if (--this.#skip < 0 || this.#skippedBytes > maxMessageBytes * 2)
          throw new Error("an attachment belongs to nothing");
        return;
      }
      const { packet, attachments, length } = partial;
      attachments.add(chunk);
      if (attachments.bytes > maxMessageBytes * 2) throw new Error("attachments are too large");
      if (waitMs > 0) this.#giveUp("rate_limited", waitMs);
      else if (length + attachments.bytes > maxMessageBytes) this.#giveUp("payload_too_large");
      else if (attachments.missing === 0) {
        this.#letGo();
        this.#deliver(packet);
      }
    }

    #addConnect(text: string): void {
      // Each makes a socket; a client needs one per namespace.
      if (!this.#connects.take(Math.min(text.length, MAX_CONNECT)))
        throw new Error("too many connects on one connection");
      const isTooMuch = text.length > MAX_CONNECT || nestsDeeperThan(text, MAX_DEPTH, afterNamespace(text));
      const read = isTooMuch ? "payload_too_large" : readConnect(text);
      const packet = typeof read === "object" ? read : refusedConnect(text, read);
      this.onConnect?.(packet.nsp);
      this.emitReserved("decoded", packet);
    }

    #countAck(text: string): void {
      if (!this.#acks.take(text.length)) throw new Error("too many acknowledgements on one connection");
    }

    #isTooMuch(text: string, from?: number): boolean {
      if (text.length > maxMessageBytes) return true;
      return text.length > SHALLOW && nestsDeeperThan(text, MAX_DEPTH + 1, afterNamespace(text, from));
    }

    #deliver(packet: TextPacket): void {
      const { data, type } = packet;
      if (data.length > MAX_ARGUMENTS) data.length = MAX_ARGUMENTS;
      // A name of Socket.IO's own would call the server's listeners; without one it is an unknown event.
      if (type === PacketType.EVENT && !isEventName(data[0])) data[0] = "";
      this.hand(packet);
    }

    /** Lets go of a packet whose attachments do not come, or are too large; those that come all the same are skipped. */
    #giveUp(code: RefusedPayload["code"], waitMs?: number): void {
      const partial = this.#letGo();
      if (partial) this.#refuse(partial.text, code, partial.attachments.missing, waitMs);
    }

    #letGo(): Partial | undefined {
      const partial = this.#partial;
      this.#partial = undefined;
      clearTimeout(partial?.late);
      return partial;
    }

    /** An acknowledgement has nobody who waits for an answer: its refusal is an `error` of the event `ack`. */
    #refuse(text: string, code: RefusedPayload["code"], attachments = 0, waitMs?: number): void {
      this.#skip = Math.min(attachments, MAX_SKIPPED);
      this.#skippedBytes = 0;
      const { nsp, id, name } = readHeader(text);
      const isAck = text.charCodeAt(0) === 51 || text.charCodeAt(0) === 54;
      const refused = new RefusedPayload(code, {
        ...(waitMs === undefined
          ? { cause: causeFor(code, text.length, maxMessageBytes) }
          : { retryAfterMs: waitMs }),
      });
      const data = [isAck ? "ack" : name, refused];
      const packet = { type: PacketType.EVENT, nsp, data };
      this.hand(id === undefined || isAck ? packet : { ...packet, id });
    }
  }
  return { Encoder: LeanEncoder, Decoder };
}
