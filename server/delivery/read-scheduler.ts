/**
 * Shares out what clients cause to be read. Each connection has a line of its own, in which reads wait for each other and for the client
 * to take what it was sent. Lines whose turn it is are served one after the other, a few at a time, at a rate in bytes that leaves
 * the event loop and the store to everybody else.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Contract } from "../../core/contract/contract.ts";
import { GameError } from "../../core/contract/errors.ts";
import type { Session } from "../../core/contract/session.ts";
import type { Reading, Spend, TurnOptions } from "../../core/ports/reading.ts";
import type { SocketSession } from "../sessions/socket-session.ts";
import type { SlowClientSweep } from "../socketio/limits/slow-clients.ts";
import type { Engine } from "../socketio/limits/unsent.ts";

/** Bytes read a millisecond, in all: 16 MB a second. */
const BYTES_A_MS = 16_384;
/** What may be read at once after a rest. */
const BURST_BYTES = 512 * 1_024;
/** Turns at the same time: while one waits for the store, others are at work. */
const MAX_TURNS = 4;
/** Reads of one connection that wait. */
const MAX_WAITING = 64;
const RETRY_MS = 1_000;
/** A connection with less than this on its way has taken what it was sent. */
const TAKEN_BYTES = 64 * 1_024;
const LIMITS: ReadingLimits = {
  waitMs: 10_000,
  maxUntakenBytes: 32 * 1_024 * 1_024,
  maxUntakenBytesOfUser: 4 * 1_024 * 1_024,
  stalledMs: 5_000,
};
const FIRST_LOOK_MS = 1;
const LAST_LOOK_MS = 50;
const SWEEP_MS = 250;

export interface ReadingLimits {
  /** How long a read waits for its turn. */
  readonly waitMs: number;
  /** What connections have been sent and not taken, in all. With more, no turn begins. */
  readonly maxUntakenBytes: number;
  /** The same of one user: with more, none of the user's connections has a turn. */
  readonly maxUntakenBytesOfUser: number;
  /** Then a connection that has taken nothing for this long is cut. */
  readonly stalledMs: number;
}

export interface ReadingOptions<K extends object> {
  readonly limits?: ReadingLimits;
  /** The transport connection of a session. */
  connectionOf(session: Session): K;
  /** Bytes sent to a connection that are not on their way through the network yet; undefined where it has ended. */
  queuedBytes(connection: K): number | undefined;
  /** Ends a connection that does not read. */
  cut(connection: K): void;
}

export interface RunningReading extends Reading {
  /** Connections that are reading, or have not taken what they read. */
  readonly size: number;
  /** Sent after a read and not taken yet, in bytes. */
  readonly untakenBytes: number;
  close(): void;
}

interface Job {
  readonly run: (spend: Spend) => Promise<void>;
  readonly reject: (err: GameError) => void;
  /** When it is given up. */
  readonly until: number;
}

interface Line<K> {
  readonly connection: K;
  readonly user: string;
  readonly waiting: Job[];
  state: "idle" | "ready" | "running" | "taking";
  /** Read for it, and not taken. */
  untaken: number;
  /** Since when, where it has not taken something at its last look. */
  stalledAt: number | undefined;
  lookMs: number;
}

export function createReading<K extends object>(options: ReadingOptions<K>): RunningReading {
  const { waitMs, maxUntakenBytes, maxUntakenBytesOfUser, stalledMs } = options.limits ?? LIMITS;
  /** By user; those who have taken everything are not in it. */
  const untakenOf = new Map<string, number>();
  const lines = new Map<K, Line<K>>();
  const ready: Line<K>[] = [];
  let turns = 0;
  let untaken = 0;
  let closed = false;
  /** Until then what was read is paid for with waiting. */
  let paidAt = 0;
  let gate = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let isServingLater = false;

  const owedMs = () => paidAt - performance.now();

  function charge(bytes: number): void {
    const rested = performance.now() - BURST_BYTES / BYTES_A_MS;
    paidAt = Math.max(paidAt, rested) + bytes / BYTES_A_MS;
  }

  /** One after the other, so that no two pages are read in one turn of the event loop. */
  function pass(): Promise<void> {
    gate = gate.then(async () => {
      const owed = owedMs();
      if (owed >= 1) await new Promise((resolve) => setTimeout(resolve, owed));
      else await nextTurn();
    });
    return gate;
  }

  function count(line: Line<K>, bytes: number): void {
    line.untaken += bytes;
    untaken += bytes;
    const all = (untakenOf.get(line.user) ?? 0) + bytes;
    if (all > 0) untakenOf.set(line.user, all);
    else untakenOf.delete(line.user);
  }

  /** The first whose turn it is and whose user does not keep others waiting by reading on many connections. */
  function nextLine(): Line<K> | undefined {
    const at = ready.findIndex(({ user }) => (untakenOf.get(user) ?? 0) < maxUntakenBytesOfUser);
    return at < 0 ? undefined : ready.splice(at, 1)[0];
  }

  function lineOf(connection: K, user: string): Line<K> {
    const known = lines.get(connection);
    if (known) return known;
    const line: Line<K> = {
      connection,
      user,
      waiting: [],
      state: "idle",
      untaken: 0,
      stalledAt: undefined,
      lookMs: FIRST_LOOK_MS,
    };
    lines.set(connection, line);
    timer ??= setInterval(sweep, SWEEP_MS);
    return line;
  }

  function forget(line: Line<K>): void {
    count(line, -line.untaken);
    lines.delete(line.connection);
    for (const job of line.waiting.splice(0)) job.reject(new GameError("unavailable"));
  }

  /** After a turn, and before each: whether the client has taken what it was sent. */
  function look(line: Line<K>): void {
    if (closed) return;
    const queued = options.queuedBytes(line.connection);
    if (queued === undefined) {
      forget(line);
      serve();
      return;
    }
    if (queued >= TAKEN_BYTES) {
      line.state = "taking";
      line.stalledAt ??= performance.now();
      setTimeout(look, line.lookMs, line).unref();
      line.lookMs = Math.min(2 * line.lookMs, LAST_LOOK_MS);
      return;
    }
    count(line, -line.untaken);
    line.stalledAt = undefined;
    line.lookMs = FIRST_LOOK_MS;
    if (line.waiting.length === 0) {
      line.state = "idle";
      lines.delete(line.connection);
    } else {
      line.state = "ready";
      ready.push(line);
    }
    serve();
  }

  function serve(): void {
    let isNobodyNext = false;
    while (turns < MAX_TURNS && ready.length > 0 && untaken < maxUntakenBytes && owedMs() < 1) {
      const line = nextLine();
      if (line === undefined) {
        isNobodyNext = true;
        break;
      }
      const job = line.waiting.shift();
      if (job) void take(line, job);
      else look(line);
    }
    if (lines.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
    // A turn that ends, and a client that takes something, serve by themselves.
    if (isServingLater || isNobodyNext || ready.length === 0) return;
    if (turns >= MAX_TURNS || untaken >= maxUntakenBytes) return;
    isServingLater = true;
    void pass().then(() => {
      isServingLater = false;
      serve();
    });
  }

  async function take(line: Line<K>, job: Job): Promise<void> {
    turns++;
    line.state = "running";
    await job.run(async (bytes = 0) => {
      charge(bytes);
      count(line, bytes);
      await pass();
    });
    turns--;
    serve();
    // What is sent in a turn of the event loop can wait for its end: after the next the answer is on its way.
    await nextTurn();
    await nextTurn();
    look(line);
  }

  /** Gives up what has waited for too long, and who keeps everybody waiting by not reading. */
  function sweep(): void {
    const now = performance.now();
    for (const line of lines.values()) {
      const late = line.waiting.filter(({ until }) => until < now);
      for (const job of late) {
        line.waiting.splice(line.waiting.indexOf(job), 1);
        job.reject(new GameError("rate_limited", { details: { retry_after_ms: RETRY_MS } }));
      }
      const { stalledAt = now } = line;
      if (untaken >= maxUntakenBytes && now - stalledAt > stalledMs) options.cut(line.connection);
    }
    for (let at = ready.length - 1; at >= 0; at--)
      if (ready[at]?.waiting.length === 0) for (const line of ready.splice(at, 1)) look(line);
    serve();
  }

  return {
    get size() {
      return lines.size;
    },
    get untakenBytes() {
      return untaken;
    },
    turn<C extends Contract, R>(
      session: Session<C>,
      read: (spend: Spend) => Promise<R>,
      { patient = false }: TurnOptions = {},
    ): Promise<R> {
      if (closed || !session.connected) return Promise.reject(new GameError("unavailable"));
      const line = lineOf(options.connectionOf(session as unknown as Session), session.userId);
      if (line.waiting.length >= MAX_WAITING && !patient)
        return Promise.reject(new GameError("rate_limited", { details: { retry_after_ms: RETRY_MS } }));
      return new Promise<R>((resolve, reject) => {
        line.waiting.push({
          run: (spend) => read(spend).then(resolve, reject),
          reject,
          until: patient ? Number.POSITIVE_INFINITY : performance.now() + waitMs,
        });
        if (line.state === "idle") look(line);
      });
    },
    unreadBytes: <C extends Contract>(session: Session<C>) =>
      options.queuedBytes(options.connectionOf(session as unknown as Session)) ?? 0,
    close() {
      closed = true;
      clearInterval(timer);
      for (const line of [...lines.values()]) forget(line);
      ready.length = 0;
    },
  };
}

/** Over the server's own connections. */
export const createSessionReading = (
  slowClients: Pick<SlowClientSweep, "end" | "unsentBytes">,
): RunningReading =>
  createReading<Engine>({
    // Every session of this server is one of a socket.
    connectionOf: (session) => (session as SocketSession).socket.conn as unknown as Engine,
    queuedBytes: (connection) => slowClients.unsentBytes(connection),
    cut: (connection) => slowClients.end(connection),
  });
