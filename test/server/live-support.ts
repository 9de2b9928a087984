/** What `live` stands on, in memory: a stream whose notices can be lost or late, and connections that write down what they hear. */
import type { Contract } from "../../core/contract/contract.ts";
import type { Session } from "../../core/contract/session.ts";
import { asId, type ConnectionId } from "../../core/ids.ts";
import type { LiveStream } from "../../core/ports/live.ts";
import type { Log } from "../../core/ports/log.ts";
import { partitions, type StreamKey, streamKey } from "../../core/ports/store/keys.ts";
import { ITEM_BYTES, PAGE_BYTES } from "../../core/ports/store/pages.ts";
import type { StreamEntry, StreamNotice, StreamRange, Streams } from "../../core/ports/store/streams.ts";
import { rooms } from "../../core/rooms.ts";
import { createLive, type LiveOptions, type RunningLive } from "../../server/delivery/live.ts";
import type { Sender } from "../../server/delivery/outbound.ts";

export const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

type Listener = (notice: StreamNotice<unknown>) => void;

/** One stream of texts. Replies and notices go through `later`, which may hold them back or reorder them. */
export class FakeStream {
  epoch = "e1";
  entries: StreamEntry<unknown>[] = [];
  first = 1;
  /** Whether appends are told at all. */
  noticed = true;
  /** Thrown by every method while it is set. */
  away: Error | undefined;
  readonly listeners = new Set<Listener>();
  /** Bytes of the largest page that was read. */
  largestPage = 0;
  readonly #later: <T>(value: T) => Promise<T>;

  constructor(later: <T>(value: T) => Promise<T> = (value) => Promise.resolve(value)) {
    this.#later = later;
  }

  get end(): number {
    return this.first + this.entries.length - 1;
  }

  append(entry: unknown): number {
    const offset = this.end + 1;
    this.entries.push({ offset, entry });
    if (this.noticed) {
      const notice = { epoch: this.epoch, offset, entry };
      for (const listener of this.listeners) void this.#later(notice).then(listener);
    }
    return offset;
  }

  /** Keeps the newest `count` entries. */
  trim(count: number): void {
    const gone = Math.max(0, this.entries.length - count);
    this.entries.splice(0, gone);
    this.first += gone;
  }

  /** Another entry in the place of one, as a change puts it there. */
  replace(offset: number, entry: unknown): void {
    this.entries[offset - this.first] = { offset, entry };
  }

  /** The store came back empty. */
  restart(epoch: string): void {
    this.epoch = epoch;
    this.entries = [];
    this.first = 1;
  }

  /** The store came back without the newest `count` entries. */
  lose(count: number): void {
    this.entries.splice(-count);
  }

  async #reply<T>(value: T): Promise<T> {
    if (this.away) throw this.away;
    return this.#later(value);
  }

  readonly streams: Streams = {
    append: () => Promise.reject(new Error("the tests append by themselves")),
    // The one stream of a test holds what the test has put there.
    read: <E>(_: StreamKey<E>, { after = 0, limit, maxBytes = PAGE_BYTES }: StreamRange) => {
      const entries: StreamEntry<E>[] = [];
      let bytes = 0;
      for (const entry of this.entries.filter(({ offset }) => offset > after).slice(0, limit)) {
        const more = JSON.stringify(entry.entry).length + ITEM_BYTES;
        if (entries.length > 0 && bytes + more > maxBytes) break;
        bytes += more;
        entries.push(entry as StreamEntry<E>);
      }
      this.largestPage = Math.max(this.largestPage, bytes);
      return this.#reply({ epoch: this.epoch, offset: this.end, first: this.first, entries, bytes });
    },
    tags: () => Promise.reject(new Error("nothing here has tags")),
    at: () => Promise.reject(new Error("nothing here is looked up")),
    positions: (keys) => this.#reply(keys.map(() => ({ epoch: this.epoch, offset: this.end }))),
    renew: async (_, epoch) => {
      if (epoch === this.epoch) this.epoch = `${epoch}.2~${this.end}`;
      return this.#reply({ epoch: this.epoch, offset: this.end });
    },
    subscribe: async (_, listener) => {
      this.listeners.add(listener as Listener);
      await this.#reply(undefined);
      return () => this.listeners.delete(listener as Listener);
    },
  };
}

/** A connection that hears what is sent to the rooms it is in. */
export interface Hearer {
  readonly session: Session;
  /** Entries by offset, and `lost <epoch> <offset>`. */
  readonly heard: (number | string)[];
  end(): void;
}

export interface LiveHouse {
  readonly stream: FakeStream;
  readonly live: RunningLive;
  readonly followed: LiveStream<Contract, unknown>;
  hearer(name: string): Hearer;
}

/** `live` over a fake stream; it compares positions only when it is asked to, unless `checkMs` says otherwise. */
export function houseOf(
  stream: FakeStream,
  checkMs = 3_600_000,
  more: Pick<LiveOptions, "reading" | "resume"> = {},
): LiveHouse {
  const members = new Map<string, Set<Hearer>>();
  const hear = (hearer: Hearer, event: string, payload: unknown) => {
    const { offset, epoch } = payload as { offset: number; epoch: string };
    hearer.heard.push(event === "lost" ? `lost ${epoch} ${offset}` : offset);
  };
  const sender: Sender = {
    send(_, room, event, payload, { exceptEach = [] } = {}) {
      for (const hearer of members.get(String(room)) ?? [])
        if (!exceptEach.includes(hearer.session.id)) hear(hearer, event, payload);
    },
    in: () => {
      throw new Error("live sends by `send`");
    },
    sendToUsers: () => {
      throw new Error("live sends by `send`");
    },
    disconnectUser() {},
  };
  const followed: LiveStream<Contract, unknown> = {
    key: streamKey(partitions.room("r"), "messages"),
    room: rooms.room("r"),
    // An entry that another takes the place of keeps its id.
    identityOf: (entry) => (typeof entry === "object" && entry !== null && "id" in entry ? entry.id : entry),
    deliver: (_, position, to) => to.emit("message", position as never),
    lost: (position, to) => to.emit("lost", position as never),
  };
  return {
    stream,
    live: createLive({ streams: stream.streams, sender, log: silent, checkMs, ...more }),
    followed,
    hearer(name) {
      let connected = true;
      const hearer: Hearer = {
        heard: [],
        // What `live` uses of a session.
        session: {
          id: asId<ConnectionId>(name),
          namespace: "/",
          get connected() {
            return connected;
          },
          join: (room: string) => members.set(room, (members.get(room) ?? new Set()).add(hearer)),
          leave: (room: string) => members.get(room)?.delete(hearer),
          emit: (event: string, payload: unknown) => hear(hearer, event, payload),
        } as unknown as Session,
        end() {
          connected = false;
        },
      };
      return hearer;
    },
  };
}
