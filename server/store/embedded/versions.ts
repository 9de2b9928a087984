import { KINDS } from "./keys.ts";
import type { Kv } from "./kv.ts";

const KEY = `${KINDS.counter}versions`;
const BLOCK = 1_000_000;

/**
 * Numbers that grow for good: document versions and fencing tokens. A block is reserved on disk long before its numbers are
 * given, so that one that was seen and lost with a crash is not given again.
 */
export function createVersions(kv: Kv): () => number {
  let reserved = Number(kv.get(KEY) ?? 0);
  let last = reserved;
  return function nextVersion() {
    last += 1;
    if (last + BLOCK / 2 > reserved) {
      reserved = last + BLOCK;
      kv.put(KEY, String(reserved));
    }
    return last;
  };
}
