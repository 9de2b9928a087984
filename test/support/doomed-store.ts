/**
 * Stands between a worker and its store, and lets the worker meet its end at a chosen write: killed before it, or with a store that
 * goes away at it. Remembers the names of all that was written, so that a test can look at everything there is.
 */
import { GameError } from "../../core/contract/errors.ts";
import type { Change } from "../../core/ports/store/documents.ts";
import { type IndexKey, indexKey, type Partition } from "../../core/ports/store/keys.ts";
import type { Store } from "../../core/ports/store/store.ts";

/**
 * `killed`: the write does not happen, nor does anything after it. `unwritten`: the write does not happen, and the store is away until
 * `restore`. `unanswered`: the same, but the write happens and its answer is lost. `blip`: this one write does not happen, and all others do.
 */
export type Fault = "killed" | "unwritten" | "unanswered" | "blip";

const WRITES: Readonly<Record<string, readonly string[]>> = {
  documents: ["commit"],
  streams: ["append", "renew"],
  presence: ["connect", "disconnect", "leave", "update"],
  deadlines: ["complete"],
  bus: ["publish"],
};
/** Turns of the event loop without a call under way after which nothing more is expected of a worker. */
const QUIET_TURNS = 20;

/** What was written on any worker of one test, by name. */
export class Written {
  readonly #documents = new Map<string, { readonly partition: Partition; readonly name: string }>();
  readonly #indexes = new Map<string, IndexKey<unknown>>();

  note({ partition, documents = [], index = [] }: Change): void {
    for (const { name } of documents) this.#documents.set(`${partition}\n${name}`, { partition, name });
    for (const { name } of index) this.#indexes.set(`${partition}\n${name}`, indexKey(partition, name));
  }

  /** Documents of partitions and names that begin so. */
  documents(partition: string, name: string) {
    return [...this.#documents.values()].filter(
      (key) => key.partition.startsWith(partition) && key.name.startsWith(name),
    );
  }

  indexes(partition: string, name: string): IndexKey<unknown>[] {
    return [...this.#indexes.values()].filter(
      (key) => key.partition.startsWith(partition) && key.name.startsWith(name),
    );
  }
}

export class Doom {
  readonly #written: Written;
  #armed: { readonly fault: Fault; readonly at: number } | undefined;
  #writes = 0;
  #down = false;
  #isAway = false;
  #underWay = 0;

  constructor(written: Written) {
    this.#written = written;
  }

  /** Writes since `arm`. */
  get writes(): number {
    return this.#writes;
  }

  /** Whether the fault has come. */
  get down(): boolean {
    return this.#down;
  }

  /** The write after `at` more meets the fault. */
  arm(fault: Fault, at: number): void {
    this.#armed = { fault, at };
    this.#writes = 0;
  }

  /** The store is back; or nothing happens any more, where nothing has. */
  restore(): void {
    this.#armed = undefined;
    this.#down = false;
    this.#isAway = false;
  }

  /** Resolves when nothing has been asked of the store for a while. */
  async quiet(): Promise<void> {
    for (let turns = 0; turns < QUIET_TURNS; turns++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#underWay > 0) turns = 0;
    }
  }

  wrap(store: Store): Store {
    const guarded = new Map<string, object>();
    for (const port of [
      "documents",
      "streams",
      "indexes",
      "deadlines",
      "leases",
      "presence",
      "bus",
      "counters",
    ])
      guarded.set(port, this.#guard(Reflect.get(store, port), WRITES[port] ?? []));
    return new Proxy(store, {
      get: (target, name) => guarded.get(String(name)) ?? Reflect.get(target, name, target),
    });
  }

  #guard(port: object, writes: readonly string[]): object {
    return new Proxy(port, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name, target);
        if (typeof method !== "function") return method;
        // Topics of users: nothing is written, and nothing asked.
        if (name === "group") return method.bind(target);
        return (...args: unknown[]) => {
          if (name === "commit") this.#written.note(args[0] as Change);
          return this.#run(name, writes.includes(String(name)), () => Reflect.apply(method, target, args));
        };
      },
    });
  }

  async #run(name: string | symbol, isWrite: boolean, call: () => Promise<unknown>): Promise<unknown> {
    this.#underWay++;
    try {
      const fault = this.#isAway ? "unwritten" : isWrite ? this.#next() : undefined;
      if (fault === undefined) return await call();
      this.#down = true;
      this.#isAway = fault !== "blip";
      if (fault === "unanswered") await call();
      if (name === "publish") return false;
      throw new GameError("unavailable", { cause: new Error("this worker met its fault") });
    } finally {
      this.#underWay--;
    }
  }

  #next(): Fault | undefined {
    if (this.#armed === undefined) return undefined;
    return this.#writes++ === this.#armed.at ? this.#armed.fault : undefined;
  }
}
