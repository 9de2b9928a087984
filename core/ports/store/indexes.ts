import type { IndexKey } from "./keys.ts";

export interface IndexMember<V> {
  readonly member: string;
  readonly score: number;
  readonly value: V;
}

export interface IndexPage<V> {
  readonly members: readonly IndexMember<V>[];
  /** Pass it as `cursor` for the next page; absent at the end. */
  readonly cursor?: string;
  /** What the members count. Absent where there are none. */
  readonly bytes?: number;
}

export interface IndexRange {
  readonly cursor?: string;
  /** In place of a cursor: the page begins behind this place, whether there is a member or not. */
  readonly after?: Pick<IndexMember<unknown>, "member" | "score">;
  /** At most 1,000. */
  readonly limit: number;
  readonly reverse?: boolean;
  /**
   * The page ends before the member that would make it larger: its name and its value's JSON in bytes, and `ITEM_BYTES`. There is at
   * least one, however large. Default `PAGE_BYTES`, at most `MAX_PAGE_BYTES`.
   */
  readonly maxBytes?: number;
}

/**
 * Members in order of (score, member). Written by `Documents.commit` only, so that an index never tells of what was not
 * committed. A member that moves while pages are read may be seen twice or not at all.
 */
export interface Indexes {
  page<V>(key: IndexKey<V>, options: IndexRange): Promise<IndexPage<V>>;
  get<V>(key: IndexKey<V>, member: string): Promise<IndexMember<V> | undefined>;
  size(key: IndexKey<unknown>): Promise<number>;
  /** How many members stand before this one; undefined where it is not there. */
  rank(key: IndexKey<unknown>, member: string): Promise<number | undefined>;
}
