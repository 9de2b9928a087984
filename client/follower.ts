/**
 * A stream at the client: joins the entries of a resume with live ones, so that the application sees each entry once and in
 * order, or learns of a gap. Pure: no connection, no time.
 */
import type { Contract } from "../core/contract/contract.ts";
import { ReconnectBackoff } from "./connection/timers.ts";
import { CommandError } from "./errors.ts";
import type { NamespaceClient } from "./namespace.ts";

// Runs a resume until it has succeeded on the present connection; the next connection starts its own.

const FIRST_WAIT_MS = 500;
const LAST_WAIT_MS = 5_000;

/** @param attempt says whether it must be done again at once */
export async function resumeUntilDone<C extends Contract>(
  client: NamespaceClient<C>,
  attempt: () => Promise<boolean>,
  wanted: () => boolean,
): Promise<void> {
  const { id } = client.socket;
  const isPresent = () => wanted() && client.connected && client.socket.id === id;
  const backoff = new ReconnectBackoff(FIRST_WAIT_MS, LAST_WAIT_MS);
  while (isPresent()) {
    try {
      if (!(await attempt())) return;
    } catch (thrown) {
      if (!isPresent()) return;
      if (thrown instanceof CommandError) client.report(thrown);
      await client.wait(backoff.next());
    }
  }
}

export interface Position {
  readonly epoch: string;
  readonly offset: number;
}

/** What the application gets, in order. */
export type FollowerUpdate<E> =
  | { readonly kind: "entry"; readonly offset: number; readonly entry: E }
  /** Entries are gone for good, or the stream is another: the next entries continue after this position. */
  | { readonly kind: "gap"; readonly position: Position };

type HeldUpdate<E> =
  | { readonly kind: "entry"; readonly epoch: string | undefined; readonly offset: number; readonly entry: E }
  | { readonly kind: "lost"; readonly position: Position };

export interface ResumeReply<E> extends Position {
  readonly recovered: boolean;
  /** Ascending; empty where nothing was missed or it can't be given. */
  readonly missed: readonly { readonly offset: number; readonly entry: E }[];
  /** These are the first of the missed entries: the next resume, from its end, has more. */
  readonly more?: boolean;
}

/** Live entries kept while a resume is under way. Beyond, they are dropped and the stream is resumed once more. */
const MAX_HELD = 5_000;

export class Follower<E> {
  #cursor: Position;
  #held: HeldUpdate<E>[] | undefined;
  #overflowed = false;

  constructor(cursor: Position) {
    this.#cursor = cursor;
  }

  get cursor(): Position {
    return this.#cursor;
  }

  get isResuming(): boolean {
    return this.#held !== undefined;
  }

  /** The connection was lost: live entries wait for the resume from now on. */
  interrupt(): void {
    this.#held = [];
    this.#overflowed = false;
  }

  /** @param epoch of the entry: another than the cursor's is another stream (a new party, another guild). Default: the cursor's */
  live(offset: number, entry: E, epoch?: string): FollowerUpdate<E>[] {
    if (this.#held) {
      this.#hold({ kind: "entry", epoch, offset, entry });
      return [];
    }
    return this.#takeOf(epoch, offset, entry);
  }

  /** The server says that entries are gone, and where it goes on. */
  lost(position: Position): FollowerUpdate<E>[] {
    if (this.#held) {
      this.#hold({ kind: "lost", position });
      return [];
    }
    return this.#skipTo(position);
  }

  /** @returns the updates, and whether to resume once more: there is more, or too much came meanwhile */
  resumed(answer: ResumeReply<E>): { readonly updates: FollowerUpdate<E>[]; readonly again: boolean } {
    const updates: FollowerUpdate<E>[] = [];
    const before = this.#cursor.epoch;
    if (answer.recovered)
      for (const { offset, entry } of answer.missed) updates.push(...this.#take(offset, entry));
    const { epoch, offset } = answer;
    if (!answer.recovered) updates.push(...this.#skipTo({ epoch, offset }));
    else if (offset > this.#cursor.offset) this.#cursor = { epoch, offset };
    if (answer.recovered && answer.more === true) return { updates, again: true };
    if (this.#overflowed) {
      this.interrupt();
      return { updates, again: true };
    }
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const item of held)
      if (item.kind === "entry") {
        // Of the stream that the answer has done with.
        const past = item.epoch === before && before !== epoch;
        if (!past) updates.push(...this.#takeOf(item.epoch, item.offset, item.entry));
      } else if (item.position.epoch !== this.#cursor.epoch || item.position.offset > this.#cursor.offset)
        updates.push(...this.#skipTo(item.position));
    return { updates, again: false };
  }

  #hold(item: HeldUpdate<E>): void {
    if (this.#held && this.#held.length < MAX_HELD) this.#held.push(item);
    else this.#overflowed = true;
  }

  #takeOf(epoch: string | undefined, offset: number, entry: E): FollowerUpdate<E>[] {
    const other = epoch !== undefined && epoch !== this.#cursor.epoch;
    const gap = other ? this.#skipTo({ epoch, offset: offset - 1 }) : [];
    return [...gap, ...this.#take(offset, entry)];
  }

  #take(offset: number, entry: E): FollowerUpdate<E>[] {
    if (offset <= this.#cursor.offset) return [];
    this.#cursor = { epoch: this.#cursor.epoch, offset };
    return [{ kind: "entry", offset, entry }];
  }

  #skipTo(position: Position): FollowerUpdate<E>[] {
    this.#cursor = position;
    return [{ kind: "gap", position }];
  }
}
