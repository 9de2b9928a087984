/** The hook through which every text goes before it is stored. */
import { within } from "../../../core/async.ts";
import { GameError } from "../../../core/contract/errors.ts";
import type { UserId } from "../../../core/ids.ts";
import type { Log } from "../../../core/ports/log.ts";
import { contentOf } from "../model/rules.ts";

export interface FilteredMessage {
  readonly userId: UserId;
  /** The channel's name as clients use it. */
  readonly channel: string;
  readonly channelId: string;
  readonly content: string;
  /**
   * For a filter that remembers what it let pass: what it gives here is called where the text is not said after all, as the repeat
   * of a message, one that a later filter refuses, or one that could not be stored. Must not throw.
   */
  ifUnsaid?(takeBack: () => void): void;
}

export type FilterVerdict =
  | { readonly action: "pass" }
  | { readonly action: "rewrite"; readonly content: string }
  /** The author receives the reason. */
  | { readonly action: "refuse"; readonly reason?: string };

export interface ChatFilter {
  (message: FilteredMessage): FilterVerdict | Promise<FilterVerdict>;
  /** Optional: receives messages that were sent through other workers. Must not throw. */
  heard?(message: FilteredMessage): void;
}

export interface FilterSettings {
  readonly timeoutMs: number;
  readonly fallback: "pass" | "refuse";
  readonly log: Log;
}

/**
 * The text as it may be stored: a checked text goes to the filter, and is checked again if the filter rewrote it.
 * @throws GameError `invalid_payload`; `forbidden` if the filter refuses; `unavailable` if it fails and the fallback is
 * to refuse
 */
export async function acceptContent(
  filter: ChatFilter,
  settings: FilterSettings,
  message: FilteredMessage,
): Promise<string> {
  const verdict = await verdictOf(filter, settings, message);
  if (verdict.action === "pass") return message.content;
  if (verdict.action === "rewrite") return contentOf(verdict.content);
  throw new GameError("forbidden", {
    message: "the message was refused by the filter",
    ...(verdict.reason === undefined ? {} : { details: { reason: verdict.reason } }),
  });
}

async function verdictOf(
  filter: ChatFilter,
  { timeoutMs, fallback, log }: FilterSettings,
  message: FilteredMessage,
): Promise<FilterVerdict> {
  try {
    return await within(timeoutMs, Promise.resolve(message).then(filter));
  } catch (cause) {
    log.warn({ err: cause }, "the chat filter failed");
    if (fallback === "pass") return { action: "pass" };
    throw new GameError("unavailable", { cause });
  }
}
