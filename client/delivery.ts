/**
 * Events for the application. A reliable one is acknowledged when all its listeners have taken it. Where nobody listens yet it is
 * kept for the first who does: it stays in the user's inbox at the server meanwhile.
 */
import type { Socket } from "socket.io-client";
import type { ClientTimers } from "./connection/timers.ts";
import { ClientError, messageOf, type Report } from "./errors.ts";
import { deliveryIdOf, sizeOf } from "./payloads.ts";

/** A promise that it returns is awaited. */
export type EventListener = (payload: unknown) => unknown;

interface KeptEvent {
  readonly id: string;
  readonly event: string;
  readonly payload: unknown;
  readonly size: number;
  /** Of the newest time that it came; undefined where the server wants none. */
  acknowledge: (() => void) | undefined;
  readonly taken: Set<EventListener>;
  readonly taking: Set<EventListener>;
}

/** As many as the server keeps of a user and namespace. */
const MAX_KEPT = 1_000;
const MAX_SIZE = 4 * 1024 * 1024;
/** How long a listener that returns a promise may take. */
const TAKES_AT_MOST_MS = 60_000;

export interface DeliveryOptions {
  readonly namespace: string;
  readonly timers: ClientTimers;
  readonly report: Report;
}

/** Remembers the newest ids, so that an event that is delivered at least once is shown once. */
export class SeenIds {
  readonly #ids = new Set<string>();
  readonly #max: number;

  /** @param max ids kept; the server holds at most 1,000 unacknowledged events of a user and namespace */
  constructor(max = 4_000) {
    this.#max = max;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  add(id: string): void {
    this.#ids.add(id);
    if (this.#ids.size <= this.#max) return;
    const [oldest] = this.#ids;
    if (oldest !== undefined) this.#ids.delete(oldest);
  }
}

export class Delivery {
  readonly #socket: Socket;
  readonly #options: DeliveryOptions;
  readonly #listeners = new Map<string, Set<EventListener>>();
  /** What a listener is for, where it is not for every event of its name. */
  readonly #wants = new WeakMap<EventListener, (payload: unknown) => boolean>();
  readonly #watchers = new Map<string, Set<EventListener>>();
  readonly #kept = new Map<string, KeptEvent>();
  #size = 0;
  readonly #seen = new SeenIds();

  constructor(socket: Socket, options: DeliveryOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.onAny((event: string, payload: unknown, acknowledge: unknown) =>
      this.#arrive(event, payload, acknowledge),
    );
    // The server sends it again, unless another of the user's devices has acknowledged it meanwhile.
    socket.on("disconnect", () => {
      for (const kept of [...this.#kept.values()])
        if (kept.acknowledge && kept.taken.size + kept.taking.size === 0) this.#drop(kept);
    });
  }

  /** @param wants the payloads that are for it; others wait for other listeners. Default: all. @returns a function that ends it */
  on(event: string, listener: EventListener, wants?: (payload: unknown) => boolean): () => void {
    const own: EventListener = (payload) => listener(payload);
    if (wants !== undefined) this.#wants.set(own, wants);
    const all = listOf(this.#listeners, event).add(own);
    // Not before the caller has the function that ends it.
    queueMicrotask(() => {
      if (!all.has(own)) return;
      for (const kept of [...this.#kept.values()])
        if (kept.event === event && this.#listenersFor(kept).includes(own)) this.#offer(kept, [own]);
    });
    return () => {
      all.delete(own);
    };
  }

  #listenersFor({ event, payload }: Pick<KeptEvent, "event" | "payload">): EventListener[] {
    return [...(this.#listeners.get(event) ?? [])].filter((one) => this.#wants.get(one)?.(payload) ?? true);
  }

  /** Sees every event of this name, and takes none. */
  watch(event: string, watcher: EventListener): void {
    listOf(this.#watchers, event).add(watcher);
  }

  /** Calls a function of the application. @returns whether it was done with, as soon as that is known */
  run(what: string, call: () => unknown): boolean | Promise<boolean> {
    try {
      const result = call();
      return isPromise(result) ? this.#settled(what, result) : true;
    } catch (thrown) {
      this.#failed(what, thrown);
      return false;
    }
  }

  #settled(what: string, result: PromiseLike<unknown>): Promise<boolean> {
    return new Promise((resolve) => {
      const cancel = this.#options.timers.after(TAKES_AT_MOST_MS, () => {
        this.#failed(what, new Error(`not done within ${TAKES_AT_MOST_MS} ms`));
        resolve(false);
      });
      result.then(
        () => {
          cancel();
          resolve(true);
        },
        (thrown: unknown) => {
          cancel();
          this.#failed(what, thrown);
          resolve(false);
        },
      );
    });
  }

  #failed(what: string, cause: unknown): void {
    const { namespace, report } = this.#options;
    report(
      new ClientError({
        code: "listener_failed",
        message: `a listener of ${what} failed: ${messageOf(cause)}`,
        namespace,
        cause,
      }),
    );
  }

  #arrive(event: string, payload: unknown, acknowledgement: unknown): void {
    for (const watcher of this.#watchers.get(event) ?? []) this.run(event, () => watcher(payload));
    const id = deliveryIdOf(payload);
    const listeners = this.#listenersFor({ event, payload });
    if (id === undefined) {
      for (const listener of listeners) void this.run(event, () => listener(payload));
      return;
    }
    const acknowledge =
      typeof acknowledgement === "function" ? this.#here(acknowledgement as () => void) : undefined;
    if (this.#seen.has(id)) {
      acknowledge?.();
      return;
    }
    const kept = this.#kept.get(id) ?? this.#keep(id, event, payload, listeners.length > 0);
    if (kept === undefined) return;
    kept.acknowledge = acknowledge ?? kept.acknowledge;
    this.#offer(kept, listeners);
  }

  /** On another connection the same number would acknowledge something else. */
  #here(acknowledge: () => void): () => void {
    const { id } = this.#socket;
    return () => {
      if (this.#socket.connected && this.#socket.id === id) acknowledge();
    };
  }

  /** Where there is no room, an event waits at the server, unless a listener is there to take it. */
  #keep(id: string, event: string, payload: unknown, wanted: boolean): KeptEvent | undefined {
    const size = sizeOf(payload);
    while (this.#kept.size >= MAX_KEPT || (this.#kept.size > 0 && this.#size + size > MAX_SIZE)) {
      const [oldest] = this.#kept.values();
      if (!wanted || oldest === undefined) return undefined;
      this.#drop(oldest);
    }
    const kept: KeptEvent = {
      id,
      event,
      payload,
      size,
      acknowledge: undefined,
      taken: new Set(),
      taking: new Set(),
    };
    this.#kept.set(id, kept);
    this.#size += size;
    return kept;
  }

  #drop(kept: KeptEvent): void {
    if (this.#kept.delete(kept.id)) this.#size -= kept.size;
  }

  #offer(kept: KeptEvent, listeners: readonly EventListener[]): void {
    const { taken, taking } = kept;
    for (const listener of listeners) {
      if (taken.has(listener) || taking.has(listener)) continue;
      const done = this.run(kept.event, () => listener(kept.payload));
      if (done === true) taken.add(listener);
      else if (done !== false) {
        taking.add(listener);
        void done.then((well) => {
          taking.delete(listener);
          if (well) taken.add(listener);
          this.#settle(kept);
        });
      }
    }
    this.#settle(kept);
  }

  /** Acknowledged when every listener that is there has taken it. Whose listener failed gets it again, and nobody else does. */
  #settle(kept: KeptEvent): void {
    const { id, taken, taking, acknowledge } = kept;
    const listeners = this.#listenersFor(kept);
    if (taken.size === 0 || taking.size > 0 || listeners.some((listener) => !taken.has(listener))) {
      // One that the server does not send again is not to be kept after a failure.
      if (acknowledge === undefined && taking.size === 0 && listeners.length > 0) this.#drop(kept);
      return;
    }
    if (this.#seen.has(id)) return;
    this.#seen.add(id);
    this.#drop(kept);
    acknowledge?.();
  }
}

function listOf(lists: Map<string, Set<EventListener>>, event: string): Set<EventListener> {
  const list = lists.get(event) ?? new Set();
  lists.set(event, list);
  return list;
}

const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
