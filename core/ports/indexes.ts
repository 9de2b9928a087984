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
}

/**
 * Members in order of (score, member). Written by `Documents.commit` only, so that an index never tells of what was not
 * committed. A member that moves while pages are read may be seen twice or not at all.
 */
export interface Indexes {
  page<V>(
    key: IndexKey<V>,
    options: { cursor?: string; limit: number; reverse?: boolean },
  ): Promise<IndexPage<V>>;
  get<V>(key: IndexKey<V>, member: string): Promise<IndexMember<V> | undefined>;
  size(key: IndexKey<unknown>): Promise<number>;
  /** How many members stand before this one; undefined where it is not there. */
  rank(key: IndexKey<unknown>, member: string): Promise<number | undefined>;
}
