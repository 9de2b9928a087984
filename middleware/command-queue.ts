/**
 * The commands of one session, in the order in which the client sent them. A command sees the effects of every command before it,
 * because it starts when those have ended. Two kinds overlap: reads run together, and pipelined commands follow each other as soon as
 * the one before is placed, which means that its effect is on its way to the store.
 */
import { endsWithin } from "../core/async.ts";
import type { CommandOrder, CommandTurn } from "../core/contract/contract.ts";

/** Commands that may wait in one session, and the bytes of their payloads; a client that sends more is refused. */
export const MAX_WAITING = 256;
const MAX_WAITING_BYTES = 2_000_000;
/** Counted for each value beside the bytes of its text. */
const VALUE_BYTES = 16;
/** A command that keeps others waiting for this long is given up: it is answered `unavailable`, and the next one starts. */
const OVERDUE_MS = 15_000;
const LOOK_MS = 1_000;

/** A command that waits for its turn. */
export interface WaitingCommand {
  readonly order: CommandOrder;
  readonly bytes: number;
  start(): void;
  /** Answers it without running it. */
  abandon(): void;
}

/** A command under way. */
interface Running {
  readonly startedAt: number;
  /** Of one that is pipelined: those behind it wait for that. */
  readonly turn: CommandTurn | undefined;
  /** Answers it, whatever it still does. */
  abandon(): void;
}

/** For a command that has none before it to wait for, and lets none ahead of its end. */
export const ALONE: CommandTurn = { mine: undefined, placed() {} };

/** A place in a line, after the one before it: placed where it is, and all before it are. */
export class PipelinedTurn implements CommandTurn {
  #before: PipelinedTurn | undefined;
  #isPlaced = false;
  #waiting: (() => void)[] | undefined;

  constructor(before: PipelinedTurn | undefined) {
    this.#before = before;
  }

  get mine(): Promise<void> | undefined {
    const before = this.#before;
    if (before === undefined || before.#isPlaced) return undefined;
    return new Promise((resolve) => before.#afterwards(resolve));
  }

  placed(): void {
    const before = this.#before;
    // A command that fails early does not let the next one overtake those before it.
    if (before !== undefined && !before.#isPlaced) before.#afterwards(() => this.#settle());
    else this.#settle();
  }

  #afterwards(then: () => void): void {
    if (this.#isPlaced) then();
    else if (this.#waiting) this.#waiting.push(then);
    else this.#waiting = [then];
  }

  #settle(): void {
    if (this.#isPlaced) return;
    this.#isPlaced = true;
    this.#before = undefined;
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const then of waiting) then();
  }
}

export class CommandQueue {
  readonly #crowded: CrowdedQueues | undefined;
  #waiting: WaitingCommand[] | undefined;
  #waitingBytes = 0;
  #running: Running[] | undefined;
  /** Of what runs now. */
  #order: CommandOrder = "in-turn";
  #lastTurn: PipelinedTurn | undefined;
  #isPaused: boolean;
  #idle: (() => void)[] | undefined;

  /** @param isPaused nothing starts before `resume`: the session is being set up */
  constructor(crowded?: CrowdedQueues, isPaused = false) {
    this.#crowded = crowded;
    this.#isPaused = isPaused;
  }

  /** Commands that wait or are under way; those that are `free` are not counted. */
  get size(): number {
    return (this.#waiting?.length ?? 0) + (this.#running?.length ?? 0);
  }

  /** Whether a command of this kind may start at once. */
  isFree(order: CommandOrder): boolean {
    return order === "free" || (!this.#isPaused && !this.#waiting?.length && this.#canStart(order));
  }

  hasRoom(bytes = 0): boolean {
    return (this.#waiting?.length ?? 0) < MAX_WAITING && this.#waitingBytes + bytes <= MAX_WAITING_BYTES;
  }

  /** Where `isFree`, or from `start` of one that has waited: the turn of a command that starts now. */
  begin(order: CommandOrder): CommandTurn {
    if (order !== "pipelined") return ALONE;
    this.#lastTurn = new PipelinedTurn(this.#running?.length ? this.#lastTurn : undefined);
    return this.#lastTurn;
  }

  /** A command that has begun, and ends later. @param done must not reject */
  track(order: CommandOrder, done: Promise<void>, abandon: () => void): void {
    if (order === "free") return;
    const turn = order === "pipelined" ? this.#lastTurn : undefined;
    const running: Running = { startedAt: performance.now(), turn, abandon };
    this.#order = order;
    if (this.#running) this.#running.push(running);
    else this.#running = [running];
    if (turn && this.#keepsOthersWaiting) this.#crowded?.add(this);
    void done.then(() => this.#end(running));
  }

  /** Where not `isFree`, and `hasRoom`. */
  wait(command: WaitingCommand): void {
    if (this.#waiting) this.#waiting.push(command);
    else this.#waiting = [command];
    this.#waitingBytes += command.bytes;
    this.#crowded?.add(this);
  }

  resume(): void {
    this.#isPaused = false;
    this.#next();
  }

  /** Answers what waits without running it. */
  abandonWaiting(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    this.#waitingBytes = 0;
    for (const command of waiting) command.abandon();
    this.#next();
  }

  /** The same for those that only read: nobody waits for what they would find. */
  abandonReads(): void {
    const all = this.#waiting ?? [];
    if (!all.some(({ order }) => order === "read")) return;
    this.#waiting = [];
    for (const command of all) {
      if (command.order !== "read") {
        this.#waiting.push(command);
        continue;
      }
      this.#waitingBytes -= command.bytes;
      command.abandon();
    }
    this.#next();
  }

  /** Resolves when the last command has ended. */
  idle(): Promise<void> {
    if (this.size === 0) return Promise.resolve();
    this.#crowded?.add(this);
    return new Promise((resolve) => {
      if (this.#idle) this.#idle.push(resolve);
      else this.#idle = [resolve];
    });
  }

  /** Gives up what keeps others waiting for too long. */
  giveUpOverdue(now: number): void {
    for (const running of [...(this.#running ?? [])])
      if (now - running.startedAt > OVERDUE_MS) {
        running.abandon();
        this.#end(running);
      }
  }

  /** Whether somebody may wait for a command that is under way: the next one, one behind its turn, or who takes leave of the session. */
  get #keepsOthersWaiting(): boolean {
    if (this.#waiting?.length || this.#idle) return true;
    return this.#order === "pipelined" && (this.#running?.length ?? 0) > 1;
  }

  #canStart(order: CommandOrder): boolean {
    return !this.#running?.length || (this.#order === order && order !== "in-turn");
  }

  #end(running: Running): void {
    const at = this.#running?.indexOf(running) ?? -1;
    if (at < 0) return;
    running.turn?.placed();
    this.#running?.splice(at, 1);
    if (!this.#running?.length) this.#lastTurn = undefined;
    this.#next();
  }

  #next(): void {
    while (!this.#isPaused) {
      const command = this.#waiting?.[0];
      if (command === undefined || !this.#canStart(command.order)) break;
      this.#waiting?.shift();
      this.#waitingBytes -= command.bytes;
      command.start();
    }
    const idle = this.size > 0 ? undefined : this.#idle;
    if (idle) this.#idle = undefined;
    if (!this.#keepsOthersWaiting) this.#crowded?.delete(this);
    for (const resolve of idle ?? []) resolve();
  }
}

/** About how much memory a payload takes, in bytes. @param payload nests no deeper than a client's message may */
export function roughBytes(payload: unknown): number {
  if (typeof payload === "string") return VALUE_BYTES + payload.length;
  if (typeof payload !== "object" || payload === null) return VALUE_BYTES;
  if (payload instanceof Uint8Array) return VALUE_BYTES + payload.byteLength;
  let bytes = VALUE_BYTES;
  const record = payload as Readonly<Record<string, unknown>>;
  for (const key in record) bytes += key.length + roughBytes(record[key]);
  return bytes;
}

/** The queues in which commands wait, so that one is not kept waiting for ever by a command that never ends. */
export class CrowdedQueues {
  readonly #queues = new Set<CommandQueue>();
  readonly #interval = setInterval(() => this.look(performance.now()), LOOK_MS);

  get size(): number {
    return this.#queues.size;
  }

  add(queue: CommandQueue): void {
    this.#queues.add(queue);
  }

  delete(queue: CommandQueue): void {
    this.#queues.delete(queue);
  }

  /** @param now by the monotonic clock, in milliseconds */
  look(now: number): void {
    for (const queue of [...this.#queues]) queue.giveUpOverdue(now);
  }

  close(): void {
    clearInterval(this.#interval);
    this.#queues.clear();
  }
}

/** Commands and other work of all sessions under way, so that a stopping worker can wait for it. */
export interface InFlight {
  track<T>(work: Promise<T>): Promise<T>;
  readonly size: number;
  /** Resolves when nothing is under way, or after `limitMs`; true for the former. */
  idle(limitMs: number): Promise<boolean>;
}

export function createInFlight(): InFlight {
  let size = 0;
  let waiters: (() => void)[] = [];
  const done = () => {
    if (--size > 0) return;
    const waiting = waiters;
    waiters = [];
    for (const resolve of waiting) resolve();
  };
  return {
    track(work) {
      size++;
      work.then(done, done);
      return work;
    },
    get size() {
      return size;
    },
    idle(limitMs) {
      if (size === 0) return Promise.resolve(true);
      return endsWithin(limitMs, new Promise<void>((resolve) => waiters.push(resolve)));
    },
  };
}
