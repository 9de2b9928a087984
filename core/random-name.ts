/** Names that nobody can guess, many at a time: a call into the system for each costs several microseconds. */
import { randomFillSync } from "node:crypto";

const pool = Buffer.allocUnsafeSlow(4_096);
let used = pool.length;

/** As much randomness as so many bytes have (at most 64), in base64url. For names, not for secrets that last. */
export function randomName(bytes: number): string {
  if (bytes > 64) throw new RangeError("a name has at most 64 random bytes");
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const name = pool.toString("base64url", used, used + bytes);
  used += bytes;
  return name;
}
