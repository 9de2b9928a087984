/** Documents: strings of 16 digits of version, 16 of when they expire (0: never), and the state as JSON. */
import type { Change, Committed, Documents, Versioned } from "../../../core/ports/store/documents.ts";
import type { DocumentKey } from "../../../core/ports/store/keys.ts";
import { checkTag, PAGE_BYTES } from "../../../core/ports/store/pages.ts";
import { STREAM_BYTES } from "../../../core/ports/store/streams.ts";
import type { RedisContext } from "./context.ts";
import { deadlineName } from "./deadlines.ts";
import { decode, encode, list, newEpoch, number, type Reply, text, traceText, wholeMs } from "./reply.ts";

const DIGITS = 16;
/** So many documents are one answer, whatever they hold. */
const FEW = 2;
/** Documents asked for at a time. */
const MAX_AT_ONCE = 500;

/** As long as a command waits behind others. Later another worker may as well have changed it. */
const KEPT_MS = 50;
const MAX_DOCUMENTS = 1_000;
const MAX_CHARS = 2_000_000;
/** One that is larger is read from Redis. */
const LONGEST = 100_000;

interface Recent {
  readonly version: number;
  /** The state, as it was sent. */
  readonly text: string;
  readonly until: number;
}

/**
 * The documents that this worker has just changed. Who changes one of them next, in the same moment, need not ask Redis for it first: with
 * `appendfsync always` a question takes as long as a change.
 */
export class RecentDocuments {
  /** Oldest first. */
  readonly #documents = new Map<string, Recent>();
  readonly #now: () => number;
  #chars = 0;

  /** @param now in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** What Redis has taken. @param ttlMs after which it is forgotten there */
  note(name: string, version: number, text: string, ttlMs = Number.POSITIVE_INFINITY): void {
    const known = this.#documents.get(name);
    if (known !== undefined && known.version > version) return;
    this.forget(name);
    if (text.length > LONGEST) return;
    const now = this.#now();
    for (const [oldest, { until }] of this.#documents) {
      const isFull = this.#documents.size >= MAX_DOCUMENTS || this.#chars + text.length > MAX_CHARS;
      if (until > now && !isFull) break;
      this.forget(oldest);
    }
    this.#documents.set(name, { version, text, until: now + Math.min(KEPT_MS, ttlMs) });
    this.#chars += text.length;
  }

  forget(name: string): void {
    this.#chars -= this.#documents.get(name)?.text.length ?? 0;
    this.#documents.delete(name);
  }

  find(name: string): Pick<Recent, "version" | "text"> | undefined {
    const found = this.#documents.get(name);
    return found !== undefined && found.until > this.#now() ? found : undefined;
  }
}

export function createDocuments({ connection, keys, run, time }: RedisContext): Documents {
  const recent = new RecentDocuments();

  function read<T>(stored: unknown): Versioned<T> | undefined {
    if (typeof stored !== "string") return undefined;
    const expires = Number(stored.slice(DIGITS, 2 * DIGITS));
    if (expires > 0 && expires <= time.now()) return undefined;
    return { version: Number(stored.slice(0, DIGITS)), state: decode<T>(stored.slice(2 * DIGITS)) };
  }

  /** The texts of these documents, or as many of the first as fit into one answer. */
  async function some(names: readonly string[]): Promise<Reply> {
    const [first = "", ...more] = names;
    if (names.length <= FEW) return list([await connection.ask("MGET", first, ...more)], 0);
    return (await run("documents_load", names, [PAGE_BYTES])).slice(1);
  }

  return {
    load: async <T>(key: DocumentKey<T>) =>
      read<T>(await connection.ask("GET", keys.document(key.partition, key.name))),

    async loadMany<T>(wanted: readonly DocumentKey<T>[]) {
      const found = new Array<Versioned<T> | undefined>(wanted.length).fill(undefined);
      const groups = [...keys.byShard(wanted, (key) => key.partition)];
      const loads = groups.map(async (group) => {
        const names = group.flatMap((at) => {
          const key = wanted[at];
          return key === undefined ? [] : [keys.document(key.partition, key.name)];
        });
        for (let i = 0; i < names.length; ) {
          const stored = await some(names.slice(i, i + MAX_AT_ONCE));
          for (const text of stored) {
            const at = group[i++];
            if (at !== undefined) found[at] = read<T>(text);
          }
        }
      });
      await Promise.all(loads);
      return found;
    },

    recent<T>(key: DocumentKey<T>) {
      const found = recent.find(keys.document(key.partition, key.name));
      return found && { version: found.version, state: decode<T>(found.text) };
    },

    async commit(change) {
      const packed = pack(change);
      // Until the outcome is known.
      for (const { name } of packed.written) recent.forget(name);
      const reply = await run("commit", packed.keys, packed.args);
      const done = outcome(change, reply);
      if (done.outcome === "committed")
        for (const [at, { name, text, ttlMs }] of packed.written.entries())
          if (text !== "") recent.note(name, done.versions[at] ?? 0, text, ttlMs);
      return done;
    },

    async resultOf(partition, onceId) {
      const stored = await connection.ask("GET", keys.once(partition, onceId));
      if (typeof stored !== "string" || Number(stored.slice(0, DIGITS)) <= time.now()) return undefined;
      return decode<unknown>(stored.slice(DIGITS));
    },
  };

  /** KEYS and ARGV as scripts/commit.lua reads them. */
  function pack({ partition, documents = [], unchanged = [], append = [], ...rest }: Change) {
    const { replace = [], index = [], deadlines = [], once, fence, trace } = rest;
    const shard = keys.shardOf(partition);
    const names = [shard.versions, shard.due, shard.dueValues];
    const args: (string | number)[] = [];
    if (once === undefined) args.push(0);
    else {
      names.push(keys.once(partition, once.id));
      args.push(1, wholeMs(once.ttlMs), encode(once.result));
    }
    if (fence === undefined) args.push(0);
    else {
      names.push(keys.lease(partition, fence.name));
      args.push(1, fence.token);
    }
    args.push(documents.length);
    const written = documents.map(({ name, state, ttlMs }) => ({
      name: keys.document(partition, name),
      text: state === null ? "" : encode(state),
      ttlMs,
    }));
    for (const [at, { name, text, ttlMs }] of written.entries()) {
      names.push(name);
      args.push(documents[at]?.expected ?? 0, ttlMs === undefined ? "" : wholeMs(ttlMs), text);
    }
    args.push(unchanged.length);
    for (const { name, expected } of unchanged) {
      names.push(keys.document(partition, name));
      args.push(expected);
    }
    args.push(replace.length);
    for (const { name, epoch, offset, expected, entry } of replace) {
      names.push(...keys.stream(partition, name));
      args.push(epoch, offset, encode(expected), encode(entry));
    }
    const bounded = index.filter(({ max }) => max !== undefined);
    args.push(bounded.length);
    for (const { name, member, max } of bounded) {
      names.push(keys.index(partition, name)[0]);
      args.push(member, max ?? 0);
    }
    args.push(append.length);
    for (const { name, entry, tag, maxLength, maxBytes = STREAM_BYTES, ttlMs } of append) {
      names.push(...keys.stream(partition, name));
      if (tag !== undefined) names.push(keys.tags(partition, name));
      args.push(newEpoch(), encode(entry), maxLength, maxBytes, wholeMs(ttlMs), checkTag(tag));
    }
    args.push(index.length);
    for (const { name, member, score, value } of index) {
      names.push(...keys.index(partition, name));
      args.push(member, score ?? "", encode(value));
    }
    args.push(deadlines.length);
    for (const { kind, id, dueAt, payload } of deadlines)
      args.push(deadlineName(partition, kind, id), dueAt ?? "", encode(payload));
    args.push(traceText(trace));
    return { keys: names, args, written };
  }
}

function outcome(
  { documents = [], unchanged = [], replace = [], index = [] }: Change,
  reply: Reply,
): Committed {
  const outcome = text(reply, 1);
  switch (outcome) {
    case "committed": {
      const positions = list(reply, 3);
      return {
        outcome,
        versions: list(reply, 2).map((_, at, versions) => number(versions, at)),
        positions: Array.from({ length: positions.length / 2 }, (_, at) => ({
          epoch: text(positions, 2 * at),
          offset: number(positions, 2 * at + 1),
        })),
      };
    }
    case "conflict":
      return {
        outcome,
        name: [...documents, ...unchanged, ...replace][number(reply, 2) - 1]?.name ?? "",
      };
    case "duplicate":
      return { outcome, result: decode<unknown>(text(reply, 2)) };
    case "fenced":
      return { outcome };
    case "full":
      return {
        outcome,
        name: index.filter(({ max }) => max !== undefined)[number(reply, 2) - 1]?.name ?? "",
      };
    default:
      throw new Error(`commit replied with an unknown outcome ${outcome}`);
  }
}
