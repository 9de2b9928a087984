/** A game that is followed, for the application: its listeners, and promises with a time limit. */
import type { GameResult } from "../../core/games/game.ts";
import type { ClientTimers } from "../connection/timers.ts";
import { CommandError, type FailureCode } from "../errors.ts";
import { GameCopy, type GameNews, type GameView, type MissedEvents } from "./game-copy.ts";

/** An event of a game, as its rules have made it. */
export interface AnyGameEvent {
  readonly type: string;
  readonly [detail: string]: unknown;
}

/** `left` and `kicked`: the user is no member of the room any more. `gone`: the room is over. Others are codes of a refusal. */
export type FollowEnd = FailureCode | "left" | "kicked" | "gone";

export interface FollowedGame<S = unknown, E = AnyGameEvent> {
  readonly room_id: string;
  /** The newest view; undefined before the first. Each change makes a new one. */
  readonly current: GameView<S> | undefined;
  /** The first view. @throws CommandError (rejects with) where the server refuses, or nothing comes within `withinMs` */
  readonly ready: Promise<GameView<S>>;
  /**
   * The first view from now on for which `holds` gives true; the present one counts. @param withinMs default 30 seconds
   * @throws CommandError (rejects with) when the time is over, or the following
   */
  until(holds: (view: GameView<S>) => boolean, withinMs?: number): Promise<GameView<S>>;
  /** Called with each new view: of the room, the state, the deadline or the result. @returns a function that ends it */
  onChange(listener: (view: GameView<S>) => unknown): () => void;
  /** Called with each event once, in order, when `current` has its change already. @returns a function that ends it */
  onEvent(listener: (event: E, version: number) => unknown): () => void;
  /** Called where events are gone, before the next event or the end. @returns a function that ends it */
  onGap(listener: (missed: MissedEvents) => unknown): () => void;
  /** Called once for each game that is over; also for one that was, when the following begins. @returns a function that ends it */
  onEnd(listener: (result: GameResult, view: GameView<S>) => unknown): () => void;
  /** Called when the following is over, but not by `close`. @returns a function that ends it */
  onClose(listener: (reason: FollowEnd) => unknown): () => void;
  /** Ends the following and nothing else: `room:leave` gives up the seat, or ends watching. */
  close(): void;
}

interface Heard {
  readonly change: (view: GameView) => unknown;
  readonly event: (event: unknown, version: number) => unknown;
  readonly gap: (missed: MissedEvents) => unknown;
  readonly end: (result: GameResult, view: GameView) => unknown;
  readonly close: (reason: FollowEnd) => unknown;
}

interface Waiter {
  readonly holds: (view: GameView) => boolean;
  resolve(view: GameView): void;
  reject(error: unknown): void;
}

export interface FollowingParts {
  readonly timers: ClientTimers;
  readonly withinMs: number;
  /** Calls a function of the application, and reports its failure. */
  notify(call: () => unknown): void;
  /** Nothing is to be told any more. */
  closed(): void;
}

/** Waits of one game at a time. */
const MAX_WAITERS = 1_000;

export class Following {
  readonly roomId: string;
  readonly copy = new GameCopy();
  /** The first answer has come; from then on each connection asks again. */
  started = false;
  readonly #parts: FollowingParts;
  readonly #listeners: { readonly [K in keyof Heard]: Set<Heard[K]> } = {
    change: new Set(),
    event: new Set(),
    gap: new Set(),
    end: new Set(),
    close: new Set(),
  };
  readonly #waiters = new Set<Waiter>();
  #over: FollowEnd | undefined;

  constructor(roomId: string, parts: FollowingParts) {
    this.roomId = roomId;
    this.#parts = parts;
  }

  get isOpen(): boolean {
    return this.#over === undefined;
  }

  /** @returns a function that ends it */
  on<K extends keyof Heard>(what: K, listener: Heard[K]): () => void {
    const listeners: Set<Heard[K]> = this.#listeners[what];
    // The same function twice is two listeners.
    const own = ((...args: never[]) => (listener as (...args: never[]) => unknown)(...args)) as Heard[K];
    listeners.add(own);
    return () => {
      listeners.delete(own);
    };
  }

  tell(news: readonly GameNews[]): void {
    for (const item of news) {
      const { view } = this.copy;
      // A listener may have closed it.
      if (!this.isOpen || view === undefined) return;
      switch (item.kind) {
        case "change":
          this.#call("change", (listener) => listener(view));
          break;
        case "event":
          this.#call("event", (listener) => listener(item.event, item.version));
          break;
        case "gap":
          this.#call("gap", (listener) => listener(item.missed));
          break;
        case "end":
          this.#call("end", (listener) => listener(item.result, view));
      }
    }
    this.#look();
  }

  #call<K extends keyof Heard>(what: K, call: (listener: Heard[K]) => unknown): void {
    const listeners: Set<Heard[K]> = this.#listeners[what];
    for (const listener of [...listeners]) this.#parts.notify(() => call(listener));
  }

  until(holds: (view: GameView) => boolean, withinMs = this.#parts.withinMs): Promise<GameView> {
    return new Promise((resolve, reject) => {
      const fail = (code: FailureCode, message: string) =>
        reject(new CommandError("games.follow", { code, message }));
      if (this.#over !== undefined) {
        fail(codeOf(this.#over), `the following is over: ${this.#over}`);
        return;
      }
      if (this.#waiters.size >= MAX_WAITERS) {
        fail("queue_full", "too much waits for this game");
        return;
      }
      const done = () => {
        cancel();
        this.#waiters.delete(waiter);
      };
      const waiter: Waiter = {
        holds,
        resolve(view) {
          done();
          resolve(view);
        },
        reject(error) {
          done();
          reject(error);
        },
      };
      const cancel = this.#parts.timers.after(withinMs, () =>
        waiter.reject(noAnswer(`it was not so within ${withinMs} ms`)),
      );
      this.#waiters.add(waiter);
      this.#look();
    });
  }

  #look(): void {
    const { view } = this.copy;
    if (view === undefined) return;
    for (const waiter of [...this.#waiters])
      try {
        if (waiter.holds(view)) waiter.resolve(view);
      } catch (thrown) {
        waiter.reject(thrown);
      }
  }

  /** @param reason undefined: the application's own wish, of which it is not told */
  end(reason?: FollowEnd): void {
    if (!this.isOpen) return;
    this.#over = reason ?? "closed";
    this.#parts.closed();
    if (reason !== undefined) this.#call("close", (listener) => listener(reason));
    for (const listeners of Object.values(this.#listeners)) listeners.clear();
    const failure = { code: codeOf(this.#over), message: `the following is over: ${this.#over}` };
    for (const waiter of [...this.#waiters]) waiter.reject(new CommandError("games.follow", failure));
  }
}

/** `gone` and its like are what a later command would be told. */
const codeOf = (reason: FollowEnd): FailureCode =>
  reason === "left" || reason === "gone" ? "not_found" : reason === "kicked" ? "forbidden" : reason;

const noAnswer = (message: string) => new CommandError("games.follow", { code: "no_answer", message });
