/** The small filter that is built in: links, repeats and shouting. Each is let through, mended or refused. */
import { dropOldest } from "../../../core/collections.ts";
import type { ChatFilter, FilteredMessage, FilterVerdict } from "./filter.ts";

// The last text of each user in each channel with its time, sent here or received from another worker. No read of the store is needed.
// No worker receives all of a private channel, so each worker counts the texts sent through it.

/** The same text of one user in one channel so often within this time is enough. */
const SAME_TIMES = 3;
const SAME_MS = 30_000;
/** Users remembered on this worker; the one whose last text is oldest is dropped. */
const MAX_REMEMBERED = 10_000;

interface Said {
  readonly text: string;
  readonly times: readonly number[];
}

class RecentTexts {
  readonly #lately = new Map<string, Said>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Counts the text; undefined if the user repeated it too often. @returns a function that withdraws the count */
  mayBeSaid(userId: string, channelId: string, content: string): (() => void) | undefined {
    return this.#say(userId, channelId, content, SAME_TIMES);
  }

  /** It was said on another worker. */
  note(userId: string, channelId: string, content: string): void {
    this.#say(userId, channelId, content, Number.POSITIVE_INFINITY);
  }

  #say(userId: string, channelId: string, content: string, max: number): (() => void) | undefined {
    const key = `${userId.length}:${userId}:${channelId}`;
    const text = content.toLowerCase();
    const before = this.#lately.get(key);
    const since = this.#now() - SAME_MS;
    const times = before?.text === text ? before.times.filter((at) => at > since) : [];
    const at = this.#now();
    const may = times.length < max;
    const said = { text, times: may ? [...times.slice(1 - SAME_TIMES), at] : times };
    this.#lately.delete(key);
    this.#lately.set(key, said);
    dropOldest(this.#lately, MAX_REMEMBERED);
    return may ? () => this.#takeBack(key, said, before, at) : undefined;
  }

  #takeBack(key: string, said: Said, before: Said | undefined, at: number): void {
    const latest = this.#lately.get(key);
    if (latest === said && !before) this.#lately.delete(key);
    else if (latest === said && before) this.#lately.set(key, before);
    else if (latest?.text === said.text) {
      const which = latest.times.indexOf(at);
      this.#lately.set(key, { text: said.text, times: latest.times.filter((_, index) => index !== which) });
    }
  }
}

/** `mend`: the message is said without it. */
type Treatment = "allow" | "mend" | "refuse";

export interface TidyOptions {
  /** Addresses of pages, with or without a scheme; mended: replaced by `[link]`. */
  readonly links: Treatment;
  /** One sign more than eight times in a row (mended: eight), or the same text again and again (refused, never mended). */
  readonly repeats: Treatment;
  /** Words of capitals only; mended: in small letters. */
  readonly shouting: Treatment;
  /** Milliseconds, for tests; the default is the process's clock. */
  readonly now?: () => number;
}

const LINK =
  /\b(?:https?:\/\/|www\.)[^\s<>"']+|\b(?:[a-z0-9][a-z0-9-]{0,62}\.)+(?:com|net|org|io|gg|tv|info|biz|xyz|shop|app|dev|ru|cn|de|ly)\b(?:\/[^\s<>"']*)?/giu;
const RUN = /(\p{Any})\1{8,}/gu;
/** So many letters at least, and this part of them capitals, is shouting. */
const SHOUT_LETTERS = 10;
const SHOUT_PART = 0.7;
function isShouting(content: string): boolean {
  const letters = content.match(/\p{L}/gu)?.length ?? 0;
  const capitals = content.match(/\p{Lu}/gu)?.length ?? 0;
  return letters >= SHOUT_LETTERS && capitals >= letters * SHOUT_PART;
}

/** Undefined where nothing is to be done. */
export function tidyFilter(options: TidyOptions): ChatFilter | undefined {
  const { links, repeats, shouting, now = () => performance.now() } = options;
  if ([links, repeats, shouting].every((treatment) => treatment === "allow")) return undefined;
  const said = new RecentTexts(now);

  const judge: ChatFilter = (message): FilterVerdict => {
    const { userId, channelId, content } = message;
    let mended = content;
    const treat = (treatment: Treatment, found: boolean, mend: () => string): boolean => {
      if (treatment === "allow" || !found) return false;
      if (treatment === "mend") mended = mend();
      return treatment === "refuse";
    };
    const refuse = (reason: string): FilterVerdict => ({ action: "refuse", reason });
    if (treat(links, mended.search(LINK) >= 0, () => mended.replace(LINK, "[link]")))
      return refuse("links are not allowed here");
    if (treat(repeats, mended.search(RUN) >= 0, () => mended.replace(RUN, (run) => shortened(run))))
      return refuse("this message repeats itself");
    if (repeats !== "allow") {
      const takeBack = said.mayBeSaid(userId, channelId, mended);
      if (!takeBack) return refuse("this was said several times already");
      message.ifUnsaid?.(takeBack);
    }
    if (treat(shouting, isShouting(mended), () => mended.toLowerCase())) return refuse("no shouting here");
    return mended === content ? { action: "pass" } : { action: "rewrite", content: mended };
  };
  if (repeats === "allow") return judge;
  return Object.assign(judge, {
    heard: ({ userId, channelId, content }: FilteredMessage) => said.note(userId, channelId, content),
  });
}

const shortened = (run: string) => [...run].slice(0, 8).join("");

/** Runs filters in turn, each on the text that the one before returned. The first refusal ends it. */
export function inTurn(...filters: readonly (ChatFilter | undefined)[]): ChatFilter | undefined {
  const present = filters.filter((filter) => filter !== undefined);
  const [only] = present;
  if (present.length < 2) return only;
  const judge: ChatFilter = async (message) => {
    let { content } = message;
    for (const filter of present) {
      const verdict = await filter({ ...message, content });
      if (verdict.action === "refuse") return verdict;
      if (verdict.action === "rewrite") content = verdict.content;
    }
    return content === message.content ? { action: "pass" } : { action: "rewrite", content };
  };
  return Object.assign(judge, {
    heard(message: FilteredMessage) {
      for (const filter of present) filter.heard?.(message);
    },
  });
}
