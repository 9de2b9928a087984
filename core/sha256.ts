/** SHA-256, for secrets that are compared and for names that are too long. */
import { createHash, timingSafeEqual } from "node:crypto";

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** In 43 characters that are safe in keys and addresses (base64url). */
export const sha256 = (text: string): string => digest(text).toString("base64url");

/** Takes as long for nearly equal texts as for any others. */
export const areEqualSecrets = (one: string, other: string): boolean =>
  timingSafeEqual(digest(one), digest(other));
