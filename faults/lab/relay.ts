/**
 * A bad network between hosts, as a process of its own: it gets their frames (VXLAN, RFC 7348) as datagrams, and hands each to the host
 * that it is for, late or not at all. What is above does what it would do on such a network: it is the kernel's own TCP. `links.ts` starts
 * it, with `RelayOptions` as its argument, and ends it.
 */
import { createSocket } from "node:dgram";
import { seeded } from "../random.ts";
import { FRAME_AT, isIPv4, withChecksum } from "./frame.ts";

export interface RelayOptions {
  readonly address: string;
  readonly port: number;
  /** Where hosts are, and the address of their frames, as in `02:00:00:00:00:01`. */
  readonly hosts: readonly { readonly address: string; readonly mac: string }[];
  readonly delayMs: number;
  /** So much more or less. What one host sends to another keeps its order. */
  readonly jitterMs: number;
  /** Of a thousand packets, each way. */
  readonly lostOfThousand: number;
  readonly seed: number;
}

/** What it tells: once it listens, and then of each second. */
export interface RelayCounts {
  readonly passed: number;
  readonly dropped: number;
  /** How late packets were on average, in milliseconds. */
  readonly lateMs: number;
}

/** As a router, it drops what comes while so much waits. */
const MAX_WAITING_BYTES = 64 * 2 ** 20;
const TELL_EVERY_MS = 500;
const THOUSAND = 1_000;

interface Waiting {
  readonly frame: Buffer;
  readonly cameAt: number;
  readonly dueAt: number;
}

const options: RelayOptions = JSON.parse(process.argv[2] ?? "");
const draws = seeded(options.seed);
const socket = createSocket("udp4");
let waitingBytes = 0;
let passed = 0;
let dropped = 0;
let lateMs = 0;

/** What one host sends to another. */
class Link {
  readonly #to: string;
  readonly #waiting: Waiting[] = [];
  #lastDue = 0;

  constructor(to: string) {
    this.#to = to;
  }

  take(frame: Buffer): void {
    const isLost = isIPv4(frame) && draws.below(THOUSAND) < options.lostOfThousand;
    if (isLost || waitingBytes + frame.length > MAX_WAITING_BYTES) {
      dropped++;
      return;
    }
    waitingBytes += frame.length;
    const cameAt = performance.now();
    const jitterMs = (draws.below(2 * THOUSAND + 1) / THOUSAND - 1) * options.jitterMs;
    this.#lastDue = Math.max(this.#lastDue, cameAt + options.delayMs + jitterMs);
    this.#waiting.push({ frame, cameAt, dueAt: this.#lastDue });
    if (this.#waiting.length === 1) this.#waitForFirst();
  }

  #waitForFirst(): void {
    const [first] = this.#waiting;
    if (first) setTimeout(() => this.#pass(), Math.max(0, first.dueAt - performance.now()));
  }

  #pass(): void {
    const now = performance.now();
    let due = 0;
    for (const { frame, cameAt, dueAt } of this.#waiting) {
      // A timer is up to a millisecond early or late.
      if (dueAt > now + 0.5) break;
      due++;
      waitingBytes -= frame.length;
      passed++;
      lateMs += now - cameAt;
      socket.send(withChecksum(frame), options.port, this.#to);
    }
    this.#waiting.splice(0, due);
    this.#waitForFirst();
  }
}

const links = new Map<string, Link>();

function linkOf(from: string, to: string): Link {
  const name = `${from} ${to}`;
  const link = links.get(name) ?? new Link(to);
  links.set(name, link);
  return link;
}

socket.on("message", (message, { address: from }) => {
  if (message.length < FRAME_AT + 14) return;
  const mac = message.subarray(FRAME_AT, FRAME_AT + 6).toString("hex");
  // The lowest bit says: to all.
  const isToAll = ((message[FRAME_AT] ?? 0) & 1) === 1;
  for (const host of options.hosts)
    if (host.address !== from && (isToAll || host.mac.replaceAll(":", "") === mac))
      linkOf(from, host.address).take(Buffer.from(message));
});
socket.bind(options.port, options.address, () => {
  const tell = () =>
    process.send?.({ passed, dropped, lateMs: passed === 0 ? 0 : lateMs / passed } satisfies RelayCounts);
  tell();
  setInterval(tell, TELL_EVERY_MS);
});
process.once("disconnect", () => process.exit(0));
