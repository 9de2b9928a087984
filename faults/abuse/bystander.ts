/**
 * Clients that do nothing wrong, in a process of their own: what others do to the machine of who measures must not count. Each sends
 * an acknowledged message at a steady rate over plain WebSocket.
 */
import WebSocket from "ws";

/** What the process is told, as JSON in its first argument. */
export interface BystanderPlan {
  readonly addresses: readonly string[];
  readonly everyMs: number;
}

/** What it tells ten times a second: how long each answer since the last time took, and what failed. */
export interface Observed {
  readonly latenciesMs: readonly number[];
  /** Codes of refusals, `late`, or `closed`. */
  readonly failed: readonly string[];
}

/** A command that is not answered by then has failed. */
const ANSWER_WITHIN_MS = 5_000;
const TELL_EVERY_MS = 100;

interface Answer {
  readonly id: string;
  readonly ok: boolean;
  readonly error?: { readonly code: string };
}

const waiting = new Map<string, number>();
let latenciesMs: number[] = [];
let failed: string[] = [];

function stand(address: string, room: string, everyMs: number): Promise<void> {
  const socket = new WebSocket(address);
  let turn = 0;
  const send = () => {
    if (socket.readyState !== socket.OPEN) return;
    const id = `${room}/${turn++}`;
    waiting.set(id, performance.now());
    socket.send(JSON.stringify({ type: "publish", room, data: "hello", id }));
  };
  socket.on("open", () => socket.send(JSON.stringify({ type: "subscribe", room, id: "in" })));
  socket.on("error", () => undefined);
  // A bystander that loses its connection is the worst that can happen.
  socket.on("close", () => {
    failed.push("closed");
  });
  return new Promise((resolve) => {
    socket.on("message", (data: Buffer) => {
      const text = data.toString();
      if (!text.startsWith('{"type":"ack"')) return;
      const { id, ok, error }: Answer = JSON.parse(text);
      if (id === "in") {
        setInterval(send, everyMs);
        resolve();
        return;
      }
      const sentAt = waiting.get(id);
      waiting.delete(id);
      if (ok && sentAt !== undefined) latenciesMs.push(performance.now() - sentAt);
      else failed.push(error?.code ?? "unasked");
    });
  });
}

const [told] = process.argv.slice(2);
if (told !== undefined) {
  const { addresses, everyMs }: BystanderPlan = JSON.parse(told);
  process.on("disconnect", () => process.exit(0));
  await Promise.all(addresses.map((address, at) => stand(address, `bystanders-${at}`, everyMs)));
  setInterval(() => {
    const now = performance.now();
    for (const [id, sentAt] of waiting) {
      if (now - sentAt < ANSWER_WITHIN_MS) continue;
      waiting.delete(id);
      failed.push("late");
    }
    process.send?.({ latenciesMs, failed } satisfies Observed);
    latenciesMs = [];
    failed = [];
  }, TELL_EVERY_MS);
}
