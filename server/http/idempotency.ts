/** `Idempotency-Key`: the same request again gets the same answer, and acts once. */
import { GameError } from "../../core/contract/errors.ts";
import type { Documents } from "../../core/ports/store/documents.ts";
import { put, remove } from "../../core/ports/store/documents.ts";
import { documentKey, partitions } from "../../core/ports/store/keys.ts";
import { sha256 } from "../../core/sha256.ts";

/** How long a worker that died in the middle keeps others from trying the same request again. */
const CLAIM_MS = 30_000;
const ANSWER = "answer";
const KEY = /^[\x21-\x7e]{1,200}$/;

interface Kept<A> {
  readonly request: string;
  readonly answer: A;
}

export interface IdempotentRequest {
  /** The header as it came; undefined: the request is not idempotent. */
  readonly key: string | undefined;
  /** Keys of one caller mean nothing to another. */
  readonly caller: string;
  readonly body: unknown;
}

/**
 * Runs `act` once per key and caller. While the first is under way, or with another body under the same key, the second is a
 * `conflict`. What failed is not kept.
 * @param act gets a name of the request that stays the same when it is tried again
 * @throws GameError `invalid_payload` for a key of another form, `conflict`, `unavailable`, or what `act` throws
 */
export async function once<A extends object>(
  documents: Documents,
  { key, caller, body }: IdempotentRequest,
  keepMs: number,
  act: (name: string | undefined) => Promise<A>,
): Promise<A> {
  if (key === undefined) return act(undefined);
  if (!KEY.test(key))
    throw new GameError("invalid_payload", {
      message: "Idempotency-Key: 1 to 200 visible ASCII characters are needed",
    });
  const name = sha256(`${caller.length}:${caller}:${key}`);
  const partition = partitions.http(name);
  const claim = documentKey<{ readonly request: string }>(partition, "claim");
  const request = sha256(JSON.stringify(body));

  const claimed = await documents.commit({ partition, documents: [put(claim, 0, { request }, CLAIM_MS)] });
  // After the claim: whoever held it before has left an answer, or none.
  const known = await documents.resultOf(partition, ANSWER);
  if (claimed.outcome !== "committed") {
    if (known !== undefined) return sameRequest(known as Kept<A>, request);
    throw new GameError("conflict", { message: "a request with this Idempotency-Key is under way" });
  }
  const version = claimed.versions[0] ?? 1;
  const release = async () => {
    // It also ends by itself.
    await documents.commit({ partition, documents: [remove(claim, version)] }).catch(() => undefined);
  };
  if (known !== undefined) {
    await release();
    return sameRequest(known as Kept<A>, request);
  }
  let answer: A;
  try {
    answer = await act(name);
  } catch (err) {
    await release();
    throw err;
  }
  await documents.commit({
    partition,
    documents: [remove(claim, version)],
    once: { id: ANSWER, result: { request, answer }, ttlMs: keepMs },
  });
  return answer;
}

function sameRequest<A>({ request, answer }: Kept<A>, asked: string): A {
  if (request !== asked)
    throw new GameError("conflict", { message: "this Idempotency-Key was used for another request" });
  return answer;
}
