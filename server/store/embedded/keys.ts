import { resolve } from "node:path";
import { decodeValue, encodeValue } from "../../../core/bytes.ts";
import { sha256 } from "../../../core/sha256.ts";

/** What a record is, as the first character of its key: records of one kind stand together. */
export const KINDS = {
  counter: "c",
  document: "d",
  entry: "e",
  garbage: "g",
  idempotency: "i",
  lease: "l",
  stream: "m",
  index: "n",
  once: "o",
  presence: "p",
  scope: "q",
  deadline: "t",
  expiry: "x",
  format: "f",
} as const;

export type RecordKind = (typeof KINDS)[keyof typeof KINDS];

/** The record of the format. */
export const FORMAT_KEY = KINDS.format;

/** The store as messages name it. */
export const whereOf = (dataDir: string): string => `the store in DATA_DIR ${resolve(dataDir)}`;

/** Where the records of a kind end, for ranges. */
export const endOf = (kind: RecordKind): string => String.fromCharCode(kind.charCodeAt(0) + 1);

/** lmdb takes 1,978 bytes of key; an expiry record's key has a time before another's key. */
const MAX_KEY_BYTES = 1_900;

/**
 * A record's key. JSON escapes what lmdb or UTF-8 would change (NUL, half a surrogate pair) and keeps the parts apart;
 * what is too long is named by its hash.
 */
export function recordKey(kind: RecordKind, ...parts: readonly string[]): string {
  const text = JSON.stringify(parts);
  return text.length < MAX_KEY_BYTES / 3 || Buffer.byteLength(text) < MAX_KEY_BYTES
    ? kind + text
    : `${kind}#${sha256(text)}`;
}

/** A number as text of a fixed length, in the order of the numbers. */
export const ordered = (value: number) => String(Math.max(0, Math.floor(value))).padStart(16, "0");

/** What is stored of a value; `undefined` is stored as null, as it has no JSON. Throws TypeError where there is no JSON. */
export const encode = (value: unknown): string => encodeValue(value) ?? "null";

/** The type is the one of the key under which the caller has stored it. */
export const decode = <T>(text: string): T => decodeValue(text) as T;
