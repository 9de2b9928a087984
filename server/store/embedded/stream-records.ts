import { renewedEpoch } from "../../../core/ports/store/streams.ts";

/** How a stream is written: a record of where it begins and ends, and a record of each entry. */

/** Streams whose record is remembered as it was written; past it all are forgotten. */
const MAX_KNOWN = 1_000;

export interface Meta {
  readonly epoch: string;
  readonly offset: number;
  readonly first: number;
  readonly expiresAt: number;
  readonly watchedAt: number;
  /** Of the entries that are kept; of those that an older server wrote, nothing. */
  readonly bytes: number;
}

/** Before an entry's JSON, which begins otherwise: its tag, up to the end of the line. */
const TAGGED = "\u0001";

export const entryText = (json: string, tag: string | undefined) =>
  tag === undefined ? json : `${TAGGED}${tag}\n${json}`;
export const jsonOf = (text: string) => (text.startsWith(TAGGED) ? text.slice(text.indexOf("\n") + 1) : text);
export const tagIn = (head: string) =>
  head.startsWith(TAGGED) ? head.slice(1, head.indexOf("\n")) : undefined;

export const metaText = ({ epoch, offset, first, expiresAt, watchedAt, bytes }: Meta) =>
  JSON.stringify([epoch, offset, first, expiresAt, watchedAt, bytes]);

function metaIn(text: string): Meta {
  const [epoch, offset, first, expiresAt, watchedAt, bytes = 0] = JSON.parse(text) as [
    epoch: string,
    offset: number,
    first: number,
    expiresAt: number,
    watchedAt: number,
    bytes?: number,
  ];
  return { epoch, offset, first, expiresAt, watchedAt, bytes };
}

/** The record of a stream with another epoch: what was told of it under this one may be another past. Its entries stay. */
export function renewedMeta(text: string, fresh: string): string {
  const meta = metaIn(text);
  return metaText({ ...meta, epoch: renewedEpoch(meta, fresh) });
}

/** The streams that were written last, so that the next append need not read what this one has written. */
export class KnownMetas {
  readonly #known = new Map<string, { readonly text: string; readonly meta: Meta }>();

  /** What a record's text says. */
  read(key: string, text: string | undefined): Meta | undefined {
    if (text === undefined) return undefined;
    const known = this.#known.get(key);
    return known?.text === text ? known.meta : metaIn(text);
  }

  note(key: string, text: string, meta: Meta): void {
    if (this.#known.size >= MAX_KNOWN && !this.#known.has(key)) this.#known.clear();
    this.#known.set(key, { text, meta });
  }
}
