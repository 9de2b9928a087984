/** The filters of chat as the configuration has them: what is built in first, then the service that is asked over HTTP. */
import { type Static, Type } from "typebox";
import { Check } from "typebox/value";
import { textWithin } from "../core/bytes.ts";
import { inTurn, tidyFilter } from "../namespaces/chat/filters/tidy.ts";
import { wordFilter } from "../namespaces/chat/filters/words.ts";
import type { ChatFilter } from "../namespaces/chat/index.ts";
import type { Config } from "./config/config.ts";

/** So many failures in a row, and the service is not asked for a while. */
const FAILURES = 5;
const PAUSE_MS = 2_000;
/** Of an answer; a message has far less. */
const MAX_ANSWER = 64_000;

const Verdict = Type.Union([
  Type.Object({ action: Type.Literal("pass") }),
  Type.Object({ action: Type.Literal("rewrite"), content: Type.String() }),
  Type.Object({ action: Type.Literal("refuse"), reason: Type.Optional(Type.String({ maxLength: 200 })) }),
]);

export interface FilterServiceOptions {
  readonly url: string;
  /** Sent along as a bearer token. */
  readonly secret?: string;
  readonly timeoutMs: number;
  readonly now?: () => number;
}

/**
 * Asks a service: `POST {user_id, channel, channel_id, content}`, answered with `{action: "pass"}`, `{action: "rewrite", content}` or
 * `{action: "refuse", reason?}`. Throws whatever else comes back, or nothing in time: then the configured fallback holds. While
 * the service is down, messages do not wait for it.
 */
export function filterService({
  url,
  secret,
  timeoutMs,
  now = performance.now.bind(performance),
}: FilterServiceOptions): ChatFilter {
  let failures = 0;
  let pausedUntil = Number.NEGATIVE_INFINITY;

  async function ask(body: object): Promise<Static<typeof Verdict>> {
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }),
      },
      body: JSON.stringify(body),
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMs),
    });
    const answer = await textWithin(response.body, MAX_ANSWER);
    if (!response.ok) throw new Error(`the filter service answered with status ${response.status}`);
    const verdict: unknown = JSON.parse(answer);
    if (!Check(Verdict, verdict)) throw new Error("the filter service's answer is no verdict");
    return verdict;
  }

  return async ({ userId, channel, channelId, content }) => {
    if (now() < pausedUntil) throw new Error("the filter service is down");
    try {
      const verdict = await ask({ user_id: userId, channel, channel_id: channelId, content });
      failures = 0;
      return verdict;
    } catch (err) {
      // One more try when the pause is over decides whether there is another.
      if (++failures >= FAILURES) pausedUntil = now() + PAUSE_MS;
      throw err;
    }
  };
}

export function configuredFilter({ filter }: Config["chat"]): ChatFilter | undefined {
  const { words, action, links, repeats, shouting, service } = filter;
  return inTurn(
    wordFilter({ words, action }),
    tidyFilter({ links, repeats, shouting }),
    service && filterService({ ...service, timeoutMs: filter.timeoutMs }),
  );
}
