import { GameError } from "../../../core/contract/errors.ts";
import type { IndexWrite } from "../../../core/ports/store/documents.ts";
import type { Indexes, IndexMember, IndexPage, IndexRange } from "../../../core/ports/store/indexes.ts";
import type { IndexKey, Partition } from "../../../core/ports/store/keys.ts";
import { boundOf, ITEM_BYTES } from "../../../core/ports/store/pages.ts";
import { decode, encode, endOf, KINDS, recordKey } from "./keys.ts";
import type { Kv } from "./kv.ts";
import { compareText, Sorted } from "./sorted.ts";

/** As in Redis. */
const MAX_PAGE = 1_000;

interface Member {
  readonly member: string;
  readonly score: number;
  /** The encoded value. */
  readonly text: string;
}

interface Index {
  readonly members: Map<string, Member>;
  readonly order: Sorted<Pick<Member, "member" | "score">>;
}

export interface EmbeddedIndexes extends Indexes {
  /** Encodes and checks; the function that it returns writes, as a part of the change that is being put together. */
  prepare(partition: Partition, writes: readonly IndexWrite[]): () => void;
  /** The first index for which there would be more members than a write allows. */
  full(partition: Partition, writes: readonly IndexWrite[]): string | undefined;
}

const byScore = (a: Pick<Member, "member" | "score">, b: Pick<Member, "member" | "score">) =>
  a.score - b.score || compareText(a.member, b.member);

const cursorOf = ({ score, member }: Pick<Member, "member" | "score">) => encode([score, member]);

function readCursor(cursor: string): Pick<Member, "member" | "score"> {
  try {
    const [score, member] = decode<[unknown, unknown]>(cursor);
    if (typeof score === "number" && typeof member === "string") return { score, member };
  } catch {
    // Not one of ours: refused below.
  }
  throw new GameError("invalid_payload", { message: "unknown cursor" });
}

/** All members are in memory, in order; the disk has them for the next start. */
export function createIndexes(kv: Kv): EmbeddedIndexes {
  const indexes = new Map<string, Index>();
  const indexOf = (key: { partition: string; name: string }) => encode([key.partition, key.name]);

  function put(index: string, member: Member): void {
    const found = indexes.get(index) ?? { members: new Map(), order: new Sorted(byScore) };
    indexes.set(index, found);
    const before = found.members.get(member.member);
    found.members.set(member.member, member);
    if (before?.score === member.score) return;
    if (before !== undefined) found.order.remove(before);
    found.order.insert({ member: member.member, score: member.score });
  }

  function remove(index: string, member: string): void {
    const found = indexes.get(index);
    const before = found?.members.get(member);
    if (found === undefined || before === undefined) return;
    found.members.delete(member);
    found.order.remove(before);
    if (found.members.size === 0) indexes.delete(index);
  }

  for (const { value } of kv.range(KINDS.index, endOf(KINDS.index))) {
    const [partition, name, member, score, text] = decode<[string, string, string, number, string]>(value);
    put(indexOf({ partition, name }), { member, score, text });
  }

  return {
    prepare(partition, writes) {
      const prepared = writes.map(({ name, member, score, value }) => {
        if (score !== null && !Number.isFinite(score))
          throw new TypeError(`a score of the index ${name} is not a finite number`);
        return { name, member, score, text: encode(value) };
      });
      return () => {
        for (const { name, member, score, text } of prepared) {
          const index = indexOf({ partition, name });
          const key = recordKey(KINDS.index, partition, name, member);
          if (score === null) {
            if (indexes.get(index)?.members.has(member)) kv.put(key, null);
            remove(index, member);
          } else {
            put(index, { member, score, text });
            kv.put(key, encode([partition, name, member, score, text]));
          }
        }
      };
    },

    full(partition, writes) {
      const coming = new Map<string, Set<string>>();
      for (const { name, member, max } of writes) {
        if (max === undefined) continue;
        const index = indexOf({ partition, name });
        const members = indexes.get(index)?.members;
        if (members?.has(member)) continue;
        const others = coming.get(index) ?? new Set();
        coming.set(index, others.add(member));
        if ((members?.size ?? 0) + others.size > max) return name;
      }
      return undefined;
    },

    async page<V>(key: IndexKey<V>, options: IndexRange): Promise<IndexPage<V>> {
      kv.assertOpen();
      const from = options.after ?? (options.cursor === undefined ? undefined : readCursor(options.cursor));
      const index = indexes.get(indexOf(key));
      if (index === undefined) return { members: [] };
      const { order, members } = index;
      const limit = Math.min(Math.max(1, options.limit), MAX_PAGE);
      let start = from === undefined ? (options.reverse ? order.size : 0) : order.before(from);
      if (from !== undefined && !options.reverse && members.get(from.member)?.score === from.score)
        start += 1;
      const end = options.reverse ? start - limit : start + limit;
      const found = options.reverse ? order.slice(end, start).reverse() : order.slice(start, end);
      const page: IndexMember<V>[] = [];
      let bytes = 0;
      for (const { member, score } of found) {
        const text = members.get(member)?.text ?? "null";
        const more = Buffer.byteLength(member) + Buffer.byteLength(text) + ITEM_BYTES;
        if (page.length > 0 && bytes + more > boundOf(options.maxBytes)) break;
        bytes += more;
        page.push({ member, score, value: decode<V>(text) });
      }
      const last = page.at(-1);
      if (last === undefined) return { members: page };
      const isMore = page.length < found.length || (options.reverse ? end > 0 : end < order.size);
      return isMore ? { members: page, bytes, cursor: cursorOf(last) } : { members: page, bytes };
    },

    async get<V>(key: { partition: Partition; name: string }, member: string) {
      kv.assertOpen();
      const found = indexes.get(indexOf(key))?.members.get(member);
      return found && { member, score: found.score, value: decode<V>(found.text) };
    },

    async size(key) {
      kv.assertOpen();
      return indexes.get(indexOf(key))?.order.size ?? 0;
    },

    async rank(key, member) {
      kv.assertOpen();
      const index = indexes.get(indexOf(key));
      const found = index?.members.get(member);
      return found && index?.order.before(found);
    },
  };
}
