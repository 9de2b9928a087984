/**
 * Clients that do nothing wrong, in a process of their own: what others do to the machine of who measures must not count. Each sends
 * acknowledged commands at a steady rate over plain WebSocket, by turns one that is answered at once and one that is stored first.
 */
import { open, unlink } from "node:fs/promises";
import WebSocket from "ws";

/** What the process is told, as JSON in its first argument. */
export interface BystanderPlan {
  readonly addresses: readonly string[];
  readonly everyMs: number;
  /** Written to and synchronised as often as a bystander sends: what the disk alone takes. */
  readonly probe: string;
}

/** What it tells ten times a second: how long each answer since the last time took, and what failed. */
export interface Observed {
  readonly latenciesMs: readonly number[];
  /** The same of commands that were stored. */
  readonly storedMs: readonly number[];
  /** How long the disk took, without the server. */
  readonly diskMs: readonly number[];
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
let storedMs: number[] = [];
let diskMs: number[] = [];
let failed: string[] = [];

async function probeDisk(path: string, everyMs: number): Promise<void> {
  const file = await open(path, "w");
  // The file goes with the process.
  await unlink(path);
  let isUnderWay = false;
  setInterval(async () => {
    if (isUnderWay) return;
    isUnderWay = true;
    const from = performance.now();
    await file.write(Buffer.alloc(4_096), 0, 4_096, 0);
    await file.datasync();
    diskMs.push(performance.now() - from);
    isUnderWay = false;
  }, everyMs);
}

function stand(address: string, room: string, everyMs: number): Promise<void> {
  const socket = new WebSocket(address);
  let turn = 0;
  const send = () => {
    if (socket.readyState !== socket.OPEN) return;
    const isStored = turn % 2 === 1;
    const id = `${isStored ? "stored" : "ping"}/${room}/${turn++}`;
    waiting.set(id, performance.now());
    const command = isStored ? { type: "publish", room, data: "hello", id } : { type: "ping", id };
    socket.send(JSON.stringify(command));
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
      const list = id.startsWith("stored") ? storedMs : latenciesMs;
      if (ok && sentAt !== undefined) list.push(performance.now() - sentAt);
      else failed.push(error?.code ?? "unasked");
    });
  });
}

const [told] = process.argv.slice(2);
if (told !== undefined) {
  const { addresses, everyMs, probe }: BystanderPlan = JSON.parse(told);
  process.on("disconnect", () => process.exit(0));
  await Promise.all(addresses.map((address, at) => stand(address, `bystanders-${at}`, everyMs)));
  await probeDisk(probe, everyMs);
  setInterval(() => {
    const now = performance.now();
    for (const [id, sentAt] of waiting) {
      if (now - sentAt < ANSWER_WITHIN_MS) continue;
      waiting.delete(id);
      failed.push("late");
    }
    process.send?.({ latenciesMs, storedMs, diskMs, failed } satisfies Observed);
    latenciesMs = [];
    storedMs = [];
    diskMs = [];
    failed = [];
  }, TELL_EVERY_MS);
}
