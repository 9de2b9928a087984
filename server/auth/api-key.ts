import { createHash, timingSafeEqual } from "node:crypto";

/** Whether a bearer token of the HTTP API is the configured key; takes as long for a nearly right one as for any other. */
export function createApiKeyCheck(apiKey: string | undefined): (presented: string) => boolean {
  if (apiKey === undefined) return () => false;
  const expected = sha256(apiKey);
  return (presented) => timingSafeEqual(sha256(presented), expected);
}

const sha256 = (text: string) => createHash("sha256").update(text).digest();
