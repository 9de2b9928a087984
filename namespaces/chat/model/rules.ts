/** The pure rules of chat: texts, sanctions, read markers and block lists. */
import { GameError } from "../../../core/contract/errors.ts";
import type { UserId } from "../../../core/ids.ts";
import { renewedAt, sameStream } from "../../../core/ports/store/streams.ts";
import { iso } from "../../../core/time.ts";
import { MAX_CONTENT } from "./payloads.ts";

/**
 * Control characters (C0, DEL, C1), halves of surrogate pairs, and the invisible characters that turn the direction of text around
 * (so that a message can't rewrite its surroundings). A line feed is no exception: a chat message is one line.
 */
const FORBIDDEN = /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069\u2028\u2029]/u;

/**
 * A message's text: trimmed, 1 to 2,000 characters (UTF-16 units, as JavaScript counts), none of them a control character.
 * @throws GameError `invalid_payload`
 */
export function contentOf(raw: string): string {
  const content = raw.trim();
  if (content.length === 0) throw invalidContent("content is empty");
  if (content.length > MAX_CONTENT) throw invalidContent(`content is longer than ${MAX_CONTENT} characters`);
  if (FORBIDDEN.test(content)) throw invalidContent("content has control characters");
  return content;
}

const invalidContent = (message: string) => new GameError("invalid_payload", { message });

export interface Sanction {
  /** Store's time, milliseconds since the epoch; null: without an end. */
  readonly until: number | null;
  readonly by: UserId;
  readonly reason: string;
}

export type SanctionKind = "mute" | "kick" | "ban";

/** A user's sanctions in one channel, or everywhere. */
export type Sanctions = { readonly [K in SanctionKind]?: Sanction };

const isInForce = (sanction: Sanction | undefined, now: number): sanction is Sanction =>
  sanction !== undefined && (sanction.until === null || sanction.until > now);

/** The sanctions in force, with one more. A kick does not shorten a ban, nor the other way round. */
export function impose(current: Sanctions, kind: SanctionKind, sanction: Sanction, now: number): Sanctions {
  return { ...inForce(current, now), [kind]: sanction };
}

/** The sanctions in force, without these. */
export function lift(current: Sanctions, kinds: readonly SanctionKind[], now: number): Sanctions {
  const left: { -readonly [K in SanctionKind]?: Sanction } = { ...inForce(current, now) };
  for (const kind of kinds) delete left[kind];
  return left;
}

export function inForce(current: Sanctions, now: number): Sanctions {
  const { mute, kick, ban } = current;
  return {
    ...(isInForce(mute, now) ? { mute } : {}),
    ...(isInForce(kick, now) ? { kick } : {}),
    ...(isInForce(ban, now) ? { ban } : {}),
  };
}

/** Milliseconds for which sanctions must be kept; 0 if none is in force, undefined if one has no end. */
export function keepMs(current: Sanctions, now: number): number | undefined {
  let longest = 0;
  for (const { until } of Object.values(inForce(current, now))) {
    if (until === null) return undefined;
    longest = Math.max(longest, until - now);
  }
  return longest;
}

/**
 * Refuses a user who is banned or kicked, and for writing also one who is muted.
 * @throws GameError `banned`, `forbidden` (kicked) or `muted`, with `until` if it has an end
 */
export function admit(sanctions: Sanctions, purpose: "read" | "write", now: number): void {
  const { mute, kick, ban } = inForce(sanctions, now);
  if (ban) throw new GameError("banned", refusalDetails(ban));
  if (kick) throw new GameError("forbidden", refusalDetails(kick));
  if (mute && purpose === "write") throw new GameError("muted", refusalDetails(mute));
}

const refusalDetails = ({ until, reason }: Sanction) => ({
  details: { ...(until === null ? {} : { until: iso(until) }), ...(reason === "" ? {} : { reason }) },
});

/** How far a user has read one channel. */
export interface ReadMarker {
  readonly channelId: string;
  readonly epoch: string;
  readonly offset: number;
}

/**
 * The offset up to which a read marker counts in a stream with this epoch; 0 in another stream. Entries after the place of a renewal
 * are lost, and the entries that have their offsets now are unread.
 */
export function reachOf(marker: ReadMarker, epoch: string): number {
  if (marker.epoch === epoch) return marker.offset;
  return sameStream(marker.epoch, epoch) ? Math.min(marker.offset, renewedAt(epoch)) : 0;
}

/** Read markers kept per user; the one that moved longest ago is dropped. */
const MAX_READ_MARKERS = 500;

/** The read markers with one moved forward, newest last; undefined if it is already there or further. */
export function moveReadMarker(
  readMarkers: readonly ReadMarker[],
  marker: ReadMarker,
): readonly ReadMarker[] | undefined {
  const known = readMarkers.find((m) => m.channelId === marker.channelId);
  if (known && reachOf(known, marker.epoch) >= marker.offset) return undefined;
  return [...readMarkers.filter((m) => m !== known), marker].slice(-MAX_READ_MARKERS);
}

/** Users on one block list. */
const MAX_BLOCKED = 1_000;

/** @returns undefined if the user is on the list already */
export function withBlocked(list: readonly UserId[], user: UserId): readonly UserId[] | undefined {
  if (list.includes(user)) return undefined;
  if (list.length >= MAX_BLOCKED)
    throw new GameError("conflict", { message: `a block list holds at most ${MAX_BLOCKED} users` });
  return [...list, user];
}

export function withoutBlocked(list: readonly UserId[], user: UserId): readonly UserId[] | undefined {
  return list.includes(user) ? list.filter((id) => id !== user) : undefined;
}
