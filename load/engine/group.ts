/** What users of one group share, in their process. */
import { LoadFailure } from "../failure.ts";
import type { LoadGroup } from "../user.ts";

const MOST_KEYS = 1_000;
const MEET_MS = 30_000;

interface Meeting {
  readonly seats: Set<number>;
  readonly all: PromiseWithResolvers;
}
interface PromiseWithResolvers {
  readonly promise: Promise<void>;
  resolve(): void;
}

function withResolvers(): PromiseWithResolvers {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

export class GroupOfUsers {
  readonly number: number;
  readonly name: string;
  readonly ids: readonly string[];
  readonly #shared = new Map<string, Promise<unknown>>();
  readonly #meetings = new Map<string, Meeting>();
  readonly #signal: AbortSignal;

  constructor(
    number: number,
    {
      name,
      ids,
      signal,
    }: { readonly name: string; readonly ids: readonly string[]; readonly signal: AbortSignal },
  ) {
    this.number = number;
    this.name = name;
    this.ids = ids;
    this.#signal = signal;
  }

  /** As the user in this seat has it. */
  at(seat: number): LoadGroup {
    const { number, name, ids } = this;
    return {
      ...{ number, name, ids, seat, size: ids.length },
      share: (key, make) => this.#share(key, make),
      meet: (key, withinMs = MEET_MS) => this.#meet(key, seat, withinMs),
    };
  }

  #share<T>(key: string, make: () => Promise<T>): Promise<T> {
    const known = this.#shared.get(key);
    // A key has one kind of result: the author's own.
    if (known) return known as Promise<T>;
    const made = make();
    this.#shared.set(key, made);
    made.catch(() => this.#shared.delete(key));
    dropOldest(this.#shared);
    return made;
  }

  async #meet(key: string, seat: number, withinMs: number): Promise<void> {
    const meeting = this.#meetings.get(key) ?? { seats: new Set<number>(), all: withResolvers() };
    this.#meetings.set(key, meeting);
    dropOldest(this.#meetings);
    meeting.seats.add(seat);
    if (meeting.seats.size === this.ids.length) meeting.all.resolve();
    await within(meeting.all.promise, {
      withinMs,
      signal: this.#signal,
      late: () =>
        new LoadFailure(
          "group_timeout",
          `${meeting.seats.size} of ${this.ids.length} users of the group have come to ${key} within ${withinMs} ms`,
        ),
    });
  }
}

function dropOldest(map: Map<string, unknown>): void {
  if (map.size <= MOST_KEYS) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}

/** Waits for a promise, for so long, while the run goes on. @throws what `late` makes, or LoadFailure `stopped` */
export function within<T>(
  promise: Promise<T>,
  { withinMs, signal, late }: { readonly withinMs: number; readonly signal?: AbortSignal; late(): Error },
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const stopped = () => end(() => reject(new LoadFailure("stopped", "the run is over")));
    const timer = setTimeout(() => end(() => reject(late())), withinMs);
    function end(last: () => void): void {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stopped);
      last();
    }
    if (signal?.aborted) return stopped();
    signal?.addEventListener("abort", stopped);
    promise.then(
      (value) => end(() => resolve(value)),
      (thrown) => end(() => reject(thrown)),
    );
  });
}
