/**
 * A queue in the memory of the worker that ticks it. It is read whole once. After that only changes are read, from the stream that
 * every commit to the queue appends to.
 */
import { GameError } from "../../../core/contract/errors.ts";
import type { TicketId } from "../../../core/ids.ts";
import type { StreamPosition } from "../../../core/ports/store/streams.ts";
import { atOnce, mergedInSteps, STEP, type Steps, sortedInSteps } from "../../../core/steps.ts";
import type { MatchmakingContext } from "../context.ts";
import type { Mode } from "../modes.ts";
import { byAge } from "../pairing/pairing.ts";
import { keys, type QueueChange, type Ticket } from "../store.ts";

const PAGE = 1_000;
/** How often a full read starts over because the stream has dropped changes during it. */
const TRIES = 3;

export interface QueueListener {
  /** A ticket came (no `before`), changed, or went (no `after`). */
  changed(before: Ticket | undefined, after: Ticket | undefined): void;
  /** All tickets went. Those that still wait come again. */
  clear(): void;
}

export class QueueCache {
  readonly #context: MatchmakingContext;
  readonly #mode: Mode;
  readonly #listener: QueueListener;
  #tickets = new Map<TicketId, Ticket>();
  #sorted: readonly Ticket[] = [];
  readonly #added = new Set<Ticket>();
  readonly #removed = new Set<Ticket>();
  /** The last change that was applied. */
  #position: StreamPosition | undefined;
  /** How often the whole queue was read. */
  fullReads = 0;

  constructor(context: MatchmakingContext, mode: Mode, listener: QueueListener) {
    this.#context = context;
    this.#mode = mode;
    this.#listener = listener;
  }

  /** By age. */
  get tickets(): readonly Ticket[] {
    return atOnce(this.inOrder());
  }

  get size(): number {
    return this.#tickets.size;
  }

  /** The same in steps, between which nothing must change the queue. The list stays as it is. */
  *inOrder(): Steps<readonly Ticket[]> {
    if (this.#added.size > 0 || this.#removed.size > 0) {
      let kept = this.#sorted;
      if (this.#removed.size > 0) {
        const left: Ticket[] = [];
        for (let at = 0; at < kept.length; at++) {
          if (at % STEP === 0) yield;
          const ticket = kept[at] as Ticket;
          if (!this.#removed.has(ticket)) left.push(ticket);
        }
        kept = left;
      }
      const added: Ticket[] = [];
      for (const ticket of this.#added) {
        added.push(ticket);
        if (added.length % STEP === 0) yield;
      }
      this.#sorted = yield* mergedInSteps(kept, yield* sortedInSteps(added, byAge), byAge);
      this.#added.clear();
      this.#removed.clear();
    }
    return this.#sorted;
  }

  /**
   * Applies everything that was committed before this call.
   * @param between is awaited between two pages; what it throws ends it
   */
  async follow(between?: () => Promise<void> | undefined): Promise<void> {
    if (this.#position && (await this.#readOn(this.#position, between))) return;
    for (let attempt = 0; attempt < TRIES; attempt++) if (await this.#readAll(between)) return;
    throw new GameError("unavailable", { message: `the queue ${this.#mode.name} changes too fast` });
  }

  /** Removes tickets that this worker has just taken out, before the stream says so. */
  drop(tickets: Iterable<Ticket>): void {
    for (const { ticketId } of tickets) this.#put(ticketId, undefined);
  }

  forget(): void {
    this.#position = undefined;
    this.#tickets = new Map();
    this.#sorted = [];
    this.#added.clear();
    this.#removed.clear();
    this.#listener.clear();
  }

  /** @returns false where the changes in between are not kept any more */
  async #readOn(from: StreamPosition, between?: () => Promise<void> | undefined): Promise<boolean> {
    const { streams } = this.#context.services.store;
    let { offset } = from;
    for (;;) {
      const page = await streams.read(keys.changes(this.#mode.name), { after: offset, limit: PAGE });
      if (page.epoch !== from.epoch || page.offset < offset || page.first > offset + 1) return false;
      for (const { entry } of page.entries) this.#apply(entry);
      offset = page.entries.at(-1)?.offset ?? offset;
      this.#position = { epoch: from.epoch, offset };
      if (offset >= page.offset) return true;
      await between?.();
    }
  }

  async #readAll(between?: () => Promise<void> | undefined): Promise<boolean> {
    const { streams, indexes } = this.#context.services.store;
    this.forget();
    this.fullReads += 1;
    // The position first: changes during the read are applied twice, which does no harm.
    const [position] = await streams.positions([keys.changes(this.#mode.name)]);
    const queue = keys.queue(this.#mode.name);
    for (let cursor: string | undefined; ; ) {
      const page = await indexes.page(queue, { limit: PAGE, ...(cursor !== undefined && { cursor }) });
      for (const { member, value } of page.members) this.#put(member as TicketId, value);
      cursor = page.cursor;
      if (cursor === undefined) break;
      await between?.();
    }
    return position !== undefined && this.#readOn(position, between);
  }

  #apply(change: QueueChange): void {
    if ("put" in change) this.#put(change.put.ticketId, change.put);
    else this.#put(change.gone, undefined);
  }

  #put(id: TicketId, after: Ticket | undefined): void {
    const before = this.#tickets.get(id);
    if (!before && !after) return;
    if (before && !this.#added.delete(before)) this.#removed.add(before);
    if (after) {
      this.#tickets.set(id, after);
      this.#added.add(after);
    } else this.#tickets.delete(id);
    this.#listener.changed(before, after);
  }
}
