/**
 * A tag is stored beside each entry of a channel, so that entries are counted and found without reading them. It holds the entry's kind,
 * four characters of its nonce, and its author or message.
 */
import { createHash } from "node:crypto";
import type { UserId } from "../../../core/ids.ts";
import { type Entry, parseEntryId } from "./entries.ts";

type Kind = "message" | "edited" | "deleted" | "other";

export interface Tag {
  readonly kind: Kind;
  /** The end of the entry's nonce. Few entries share one, so a search reads few entries. */
  readonly nonceEnd: string;
  /** Of a message: its author, as `authorTag`. */
  readonly author?: string;
  /** Of an edit or a deletion: the offset of the message. */
  readonly message?: number;
}

const LETTERS: Readonly<Record<Kind, string>> = { message: "m", edited: "e", deleted: "d", other: "-" };
const KINDS = new Map(Object.entries(LETTERS).map(([kind, letter]) => [letter, kind as Kind]));
const NONCE_END_LENGTH = 4;

export const nonceEndOf = (nonce: string): string =>
  nonce.slice(-NONCE_END_LENGTH).padStart(NONCE_END_LENGTH, ".");

/** An id in few signs: as it is, or where it is long or has other signs, its hash. */
export function shortOf(id: string): string {
  if (/^[!-~]{1,24}$/.test(id) && !id.startsWith("#")) return id;
  return `#${createHash("sha256").update(id).digest("base64url").slice(0, 22)}`;
}

/** A user in a tag. */
export const authorTag = (user: UserId): string => shortOf(user);

export function tagOf(entry: Entry): string {
  const nonceEnd = nonceEndOf(entry.nonce);
  switch (entry.kind) {
    case "message":
      return `${LETTERS.message}${nonceEnd}${authorTag(entry.by)}`;
    case "edited":
    case "deleted":
      return `${LETTERS[entry.kind]}${nonceEnd}${parseEntryId(entry.messageId)?.offset.toString(36) ?? ""}`;
    default:
      return `${LETTERS.other}${nonceEnd}`;
  }
}

export function readTag(tag: string): Tag | undefined {
  const kind = KINDS.get(tag.slice(0, 1));
  if (kind === undefined) return undefined;
  const nonceEnd = tag.slice(1, 1 + NONCE_END_LENGTH);
  const rest = tag.slice(1 + NONCE_END_LENGTH);
  if (kind === "message") return { kind, nonceEnd, author: rest };
  if (kind === "other") return { kind, nonceEnd };
  return { kind, nonceEnd, message: rest === "" ? 0 : Number.parseInt(rest, 36) };
}

/** Approximate bytes of a tag on its way from the store. */
export const TAG_BYTES = 32;
