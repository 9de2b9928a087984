/** Indexes: a sorted set of scores and a hash of values, written by commits. */
import { GameError } from "../../../core/contract/errors.ts";
import type { Indexes, IndexMember, IndexPage, IndexRange } from "../../../core/ports/store/indexes.ts";
import type { IndexKey } from "../../../core/ports/store/keys.ts";
import { boundOf, ITEM_BYTES } from "../../../core/ports/store/pages.ts";
import type { RedisContext } from "./context.ts";
import { decode, number, text } from "./reply.ts";

/** Redis does nothing else while it collects a page. */
const MAX_PAGE = 1_000;

export function createIndexes({ connection, keys, run }: RedisContext): Indexes {
  return {
    async page<V>(key: IndexKey<V>, options: IndexRange): Promise<IndexPage<V>> {
      const limit = Math.min(Math.max(1, options.limit), MAX_PAGE);
      const from = placeOf(options);
      const after = from === undefined ? ["0"] : ["1", ...from];
      const args = [limit, boundOf(options.maxBytes), ITEM_BYTES, options.reverse ? "1" : "0", ...after];
      const reply = await run("index_page", keys.index(key.partition, key.name), args);
      const members: IndexMember<V>[] = [];
      for (let at = 3; at < reply.length; at += 3)
        members.push({
          member: text(reply, at),
          score: number(reply, at + 1),
          value: decode<V>(text(reply, at + 2)),
        });
      const last = members.at(-1);
      if (last === undefined) return { members };
      const page = { members, bytes: number(reply, 2) };
      return number(reply, 1) === 0 ? page : { ...page, cursor: `${last.score}:${last.member}` };
    },

    async get<V>(key: IndexKey<V>, member: string): Promise<IndexMember<V> | undefined> {
      const reply = await run("index_get", keys.index(key.partition, key.name), [member]);
      if (reply.length < 3) return undefined;
      return { member, score: number(reply, 1), value: decode<V>(text(reply, 2)) };
    },

    async size(key) {
      const [scores] = keys.index(key.partition, key.name);
      return number([await connection.ask("ZCARD", scores)], 0);
    },

    async rank(key, member) {
      const [scores] = keys.index(key.partition, key.name);
      const rank = await connection.ask("ZRANK", scores, member);
      return typeof rank === "number" ? rank : undefined;
    },
  };
}

/** Behind what a page begins: score and member. */
function placeOf({ after, cursor }: IndexRange): [score: string, member: string] | undefined {
  if (after !== undefined) return [String(after.score), after.member];
  return cursor === undefined ? undefined : readCursor(cursor);
}

/** `score:member`; it comes back from clients, so it may be anything. */
function readCursor(cursor: string): [score: string, member: string] {
  const colon = cursor.indexOf(":");
  const score = cursor.slice(0, colon);
  if (colon < 1 || !Number.isFinite(Number(score)))
    throw new GameError("invalid_payload", { message: "this cursor is not one of ours" });
  return [String(Number(score)), cursor.slice(colon + 1)];
}
