/** The filter that the configuration offers: words that no message may have, masked or refused. */
import type { ChatFilter } from "./filter.ts";

export interface WordFilterOptions {
  readonly words: readonly string[];
  readonly action: "mask" | "refuse";
}

const escaped = (word: string) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Matches whole words, whatever their case; undefined where there is nothing to filter. */
export function wordFilter({ words, action }: WordFilterOptions): ChatFilter | undefined {
  const listed = words.map((word) => word.trim()).filter((word) => word !== "");
  if (listed.length === 0) return undefined;
  // `\b` knows ASCII only; letters and digits of any script must not touch the word.
  const pattern = new RegExp(
    `(?<![\\p{L}\\p{N}])(?:${listed.map(escaped).join("|")})(?![\\p{L}\\p{N}])`,
    "giu",
  );
  return ({ content }) => {
    pattern.lastIndex = 0;
    if (!pattern.test(content)) return { action: "pass" };
    if (action === "refuse")
      return { action: "refuse", reason: "this message has words that are not allowed here" };
    return { action: "rewrite", content: content.replace(pattern, (word) => "*".repeat([...word].length)) };
  };
}
