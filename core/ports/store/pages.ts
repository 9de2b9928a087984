/**
 * How much one page of a store holds. Whoever reads more reads page by page, so that neither Redis nor this process does anything
 * else for long, and memory holds a page at a time.
 */

/** Of a page that names no bound. */
export const PAGE_BYTES = 256 * 1_024;
/** Of any page. An item that is larger by itself is a page of its own. */
export const MAX_PAGE_BYTES = 1_024 * 1_024;
/** What each item of a page counts beside its JSON: a page of the smallest items is bounded too. */
export const ITEM_BYTES = 64;

/** The bound of a page. */
export const boundOf = (maxBytes: number | undefined): number =>
  Math.min(Math.max(1, maxBytes ?? PAGE_BYTES), MAX_PAGE_BYTES);

export const MAX_TAG = 64;

/** @throws TypeError for a tag that could not be told from its neighbours */
export function checkTag(tag: string | undefined): string {
  if (tag === undefined) return "";
  if (tag.length > MAX_TAG || !/^[ -~]+$/.test(tag)) throw new TypeError(`no tag of a stream: ${tag}`);
  return tag;
}
