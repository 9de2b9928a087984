/** Binary values of Socket.IO's packets: where a text has placeholders for them, and how they get there. */
import { asBytes } from "../../core/bytes.ts";

/** In the text stands `{"_placeholder": true, "num": n}` for the nth attachment. */
const MARK = "_placeholder";

interface Place {
  readonly holder: Record<string | number, unknown>;
  readonly key: string | number;
}

/** A packet whose attachments have not all come yet. */
export class Attachments {
  readonly wanted: number;
  /** Of those that have come. */
  bytes = 0;
  readonly #places: readonly Place[];
  #count = 0;

  /**
   * @param places one for each attachment, by their numbers
   */
  constructor(places: readonly Place[]) {
    this.#places = places;
    this.wanted = places.length;
  }

  get missing(): number {
    return this.wanted - this.#count;
  }

  /** Puts the next attachment in its place. */
  add(attachment: Uint8Array): void {
    const place = this.#places[this.#count++];
    this.bytes += attachment.byteLength;
    if (place) place.holder[place.key] = asBytes(attachment);
  }
}

/**
 * The attachments of parsed data; undefined unless each of `count` has exactly one place. One that had many would be sent on as many
 * times, and one without any would not be seen at all.
 */
export function attachmentsOf(data: unknown[], count: number): Attachments | undefined {
  const places: (Place | undefined)[] = Array.from({ length: count }, () => undefined);
  let found = 0;
  const fits = walk(data, (holder, key, num) => {
    if (typeof num !== "number" || !Number.isInteger(num) || num < 0 || num >= count || places[num])
      return false;
    places[num] = { holder, key };
    found++;
    return true;
  });
  return fits && found === count ? new Attachments(places.filter((place) => place !== undefined)) : undefined;
}

/**
 * Whether a text packet has something in it that reads as a placeholder. Sent on in one packet with binary values, as what a room
 * said is, it would be taken for one: the receiver's decoder would put another's bytes there, or end the connection.
 * @param text the JSON that `data` was parsed from
 */
export function hasForgedPlaceholder(text: string, data: unknown): boolean {
  // JSON may write a letter as an escape.
  if (!text.includes(MARK) && !text.includes("\\u")) return false;
  return !walk([data], () => false);
}

/** Calls `visit` for each placeholder, until one is not good. @returns whether all were */
function walk(
  value: object,
  visit: (holder: Place["holder"], key: Place["key"], num: unknown) => boolean,
): boolean {
  const holder = value as Record<string | number, unknown>;
  for (const key in holder) {
    const held = holder[key];
    if (typeof held !== "object" || held === null) continue;
    if (MARK in held && held[MARK] === true) {
      if (!visit(holder, key, "num" in held ? held.num : undefined)) return false;
    } else if (!walk(held, visit)) return false;
  }
  return true;
}
