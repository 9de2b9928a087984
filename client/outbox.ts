/**
 * Commands of one namespace on their way to the server, in the order in which they were given. Many are under way at once. What
 * the connection took along unanswered goes out again before what came later; so does what was refused for the moment, and
 * until nothing waits any more the others then go one at a time, lest they overtake it.
 */
import type { Socket } from "socket.io-client";
import { type ClientTimers, CommandPace, ReconnectBackoff } from "./connection/timers.ts";
import { CommandError, type Failure, type FailureCode, retryAfterMs } from "./errors.ts";
import { readAcknowledgement, sizeOf } from "./payloads.ts";

export interface Command {
  readonly event: string;
  readonly input: object;
  /** `again`: sent again until it is answered, it acts once. `once`: must not be. `volatile`: the newest is enough. */
  readonly kind: "again" | "once" | "volatile";
  /** How long it is tried, and waits for a connection. */
  readonly withinMs: number;
  /** Where it is false, this and the later ones wait; whoever changes that calls `pump`. */
  readonly ready?: () => boolean;
}

export interface OutboxOptions {
  readonly timers: ClientTimers;
  /** How long one try waits for its answer. */
  readonly answerMs: number;
}

interface PendingCommand {
  resolve(result: object): void;
  reject(error: CommandError): void;
}

interface Item extends Command {
  readonly size: number;
  readonly until: number;
  readonly waiters: readonly PendingCommand[];
  readonly backoff: ReconnectBackoff;
  tries: number;
  firstSentAt: number;
  sentAt: number;
  underWay: boolean;
  /** Not to be sent before. */
  notBefore: number;
  /** The last refusal. */
  failure: Failure | undefined;
  cancelEnd: () => void;
  cancelTry: () => void;
}

const MAX_ITEMS = 1_000;
const MAX_SIZE = 4 * 1024 * 1024;
/** Sent and not answered yet. */
const MAX_UNDER_WAY = 64;
const FIRST_WAIT_MS = 50;
const LAST_WAIT_MS = 2_000;
/** How long after a refusal commands go one at a time; the longest window of the server's limits. */
const CAREFUL_MS = 10_000;
/** The server knows ids for five minutes. */
const KNOWN_MS = 4 * 60_000;

const NO_ANSWER: Failure = { code: "no_answer", message: "no answer; whether it was done is not known" };
const NOT_SENT: Failure = { code: "unavailable", message: "not connected, or others were before it" };
const FULL: Failure = { code: "queue_full", message: "too many commands wait to be sent" };

export class CommandOutbox {
  readonly #socket: Socket;
  readonly #options: OutboxOptions;
  /** In their order, those under way too. */
  readonly #items = new Set<Item>();
  #size = 0;
  #underWay = 0;
  #open = false;
  #carefulUntil = 0;
  readonly #pace = new CommandPace();
  #cancelPump: (() => void) | undefined;
  #ended: Failure | undefined;
  /** Called when nothing is under way. */
  readonly #idle: (() => void)[] = [];

  constructor(socket: Socket, options: OutboxOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  /** Resolves with the result. @throws (rejects with) CommandError */
  add(command: Command): Promise<object> {
    const size = sizeOf(command.input);
    const failure = this.#ended ?? (this.#hasRoom(size) ? undefined : FULL);
    if (failure) return Promise.reject(new CommandError(command.event, failure));
    return new Promise((resolve, reject) => {
      const waiters = [...this.#replaced(command), { resolve, reject }];
      const item: Item = {
        ...command,
        size,
        waiters,
        until: performance.now() + command.withinMs,
        backoff: new ReconnectBackoff(FIRST_WAIT_MS, LAST_WAIT_MS),
        tries: 0,
        firstSentAt: 0,
        sentAt: 0,
        underWay: false,
        notBefore: 0,
        failure: undefined,
        cancelTry: () => undefined,
        cancelEnd: this.#options.timers.after(command.withinMs, () => this.#timedOut(item)),
      };
      this.#items.add(item);
      this.#size += size;
      this.pump();
    });
  }

  /** Connected: all that waits goes out. */
  open(): void {
    this.#open = true;
    this.pump();
  }

  /** Sends nothing more on this connection. Resolves when everything that was sent is answered, or its time is over. */
  pause(): Promise<void> {
    this.#open = false;
    return new Promise((resolve) => {
      if (this.#underWay === 0) resolve();
      else this.#idle.push(resolve);
    });
  }

  /** The connection was lost. Commands without an answer wait for the next connection, or fail. */
  interrupt(): void {
    this.#open = false;
    this.#cancelPump?.();
    for (const item of [...this.#items]) {
      if (!item.underWay) continue;
      this.#land(item);
      if (item.kind === "again") item.notBefore = 0;
      else this.#fail(item, NO_ANSWER);
    }
  }

  /** The connection went, and nothing is for another one. */
  abandon(failure: Failure = NO_ANSWER): void {
    this.#open = false;
    this.#cancelPump?.();
    for (const item of [...this.#items]) this.#fail(item, failure);
  }

  /** Everything fails with this, now and from now on. */
  end(failure: Failure): void {
    this.#ended = failure;
    this.abandon(failure);
  }

  #hasRoom(size: number): boolean {
    const { size: count } = this.#items;
    return count < MAX_ITEMS && (count === 0 || this.#size + size <= MAX_SIZE);
  }

  /** A newer volatile command takes the place of one that waits, and answers for it. */
  #replaced({ kind, event }: Command): readonly PendingCommand[] {
    if (kind !== "volatile") return [];
    for (const item of this.#items)
      if (item.kind === kind && item.event === event && !item.underWay) {
        this.#remove(item);
        return item.waiters;
      }
    return [];
  }

  /** Sends the commands that may be sent. */
  pump(): void {
    this.#cancelPump?.();
    this.#cancelPump = undefined;
    for (const item of this.#items) {
      if (!this.#open) return;
      if (item.underWay) continue;
      if (item.ready?.() === false) return;
      const now = performance.now();
      const at = Math.max(item.notBefore, this.#pace.nextAt(item.event, now));
      if (at > now) {
        this.#cancelPump = this.#options.timers.after(at - now, () => this.pump());
        return;
      }
      if (this.#underWay >= (now < this.#carefulUntil ? 1 : MAX_UNDER_WAY)) return;
      this.#send(item);
    }
    if (this.#underWay === 0) this.#carefulUntil = 0;
  }

  #send(item: Item): void {
    if (item.tries > 0 && performance.now() - item.firstSentAt > KNOWN_MS) {
      this.#fail(item, NO_ANSWER);
      return;
    }
    const attempt = ++item.tries;
    const { sendBuffer } = this.#socket;
    const buffered = sendBuffer.length;
    try {
      this.#socket.emit(item.event, item.input, (answer: unknown) => this.#answered(item, attempt, answer));
    } catch (thrown) {
      // It can't be encoded.
      this.#fail(item, { code: "invalid_payload", message: String(thrown) });
      return;
    }
    if (sendBuffer.length > buffered) {
      // The heartbeat is overdue, as after a sleep: the connection is about to go. This class decides which commands go out again.
      sendBuffer.pop();
      item.tries--;
      this.#open = false;
      return;
    }
    const now = performance.now();
    if (attempt === 1) item.firstSentAt = now;
    item.sentAt = now;
    this.#pace.sent(item.event, now);
    item.underWay = true;
    this.#underWay++;
    item.cancelTry = this.#options.timers.after(this.#options.answerMs, () => {
      this.#land(item);
      if (item.kind === "again") this.#hold(item, NO_ANSWER);
      else this.#fail(item, NO_ANSWER);
    });
  }

  #answered(item: Item, attempt: number, raw: unknown): void {
    if (!this.#items.has(item)) return;
    const answer = readAcknowledgement(raw);
    if (answer.ok) {
      this.#remove(item);
      for (const { resolve } of item.waiters) resolve(answer.result);
      this.pump();
      return;
    }
    const { failure } = answer;
    if (!isPassing(item, failure.code)) {
      this.#fail(item, failure);
      return;
    }
    // A late answer; another try is on its way.
    if (attempt !== item.tries || !item.underWay) return;
    this.#land(item);
    this.#hold(item, failure);
  }

  /** It waits, and the later ones behind it. */
  #hold(item: Item, failure: Failure): void {
    const now = performance.now();
    const waitMs = item.backoff.next(retryAfterMs(failure));
    item.failure = failure;
    if (now + waitMs >= item.until) {
      this.#fail(item, failure);
      return;
    }
    item.notBefore = now + waitMs;
    if (failure.code === "rate_limited") this.#pace.refused(item.event, item.sentAt, now, item.notBefore);
    this.#carefulUntil = now + CAREFUL_MS;
    this.pump();
  }

  #timedOut(item: Item): void {
    const { underWay, tries, failure } = item;
    this.#fail(item, underWay ? NO_ANSWER : (failure ?? (tries > 0 ? NO_ANSWER : NOT_SENT)));
  }

  #fail(item: Item, failure: Failure): void {
    this.#remove(item);
    for (const { reject } of item.waiters) reject(new CommandError(item.event, failure));
    this.pump();
  }

  #remove(item: Item): void {
    if (!this.#items.delete(item)) return;
    this.#land(item);
    item.cancelEnd();
    this.#size -= item.size;
  }

  #land(item: Item): void {
    if (item.underWay) this.#underWay--;
    item.underWay = false;
    item.cancelTry();
    if (this.#underWay === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }
}

function isPassing({ kind }: Item, code: FailureCode): boolean {
  // A volatile one is stale by then.
  if (code === "rate_limited") return kind !== "volatile";
  return kind === "again" && code === "unavailable";
}
