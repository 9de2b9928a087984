/** Channels: their ids, their streams and the names that clients use. Only this file makes channel ids. */

import type { Role } from "../../../core/contract/contract.ts";
import { GameError } from "../../../core/contract/errors.ts";
import { asId, type PartyId, type RoomId, type UserId } from "../../../core/ids.ts";
import type { Change } from "../../../core/ports/store/documents.ts";
import { partitions, type StreamKey, streamKey } from "../../../core/ports/store/keys.ts";
import { type RoomName, rooms } from "../../../core/rooms.ts";
import type { Entry } from "./entries.ts";
import { tagOf } from "./tags.ts";

type ChannelKind = "global" | "guild" | "party" | "private" | "room" | "named";

/** An ordered stream of entries: a channel's, or one of the whole server. */
export interface Scope {
  /** Internal and unique. Clients receive it, but never name a channel by it. */
  readonly id: string;
  /** Of a named channel: separates its messages from those of an earlier channel with the same name. */
  readonly instance?: string;
  /** The stream of its entries. */
  readonly log: StreamKey<Entry>;
}

/** A channel that somebody has been found to be a member of. */
export interface Channel extends Scope {
  readonly kind: ChannelKind;
  /** The name that clients use: the kind, or a named channel's own name. */
  readonly name: string;
  /** Of `private`: both users, in the order of their ids. */
  readonly pair?: readonly [UserId, UserId];
  /** Of `room`. */
  readonly room?: RoomId;
  /** Of `named`: the user is no member, and is let in as staff. */
  readonly visiting?: true;
  /** Of `named` by role: any of these. */
  readonly roles?: readonly Role[];
  /** Of `named`: document versions that a write requires, in the channel's partition. */
  readonly guards?: Change["unchanged"];
}

/** The fields that decide who receives a channel, without those of one user's lookup. */
export type Heard = Omit<Channel, "guards" | "visiting" | "pair" | "log">;

export const heard = ({ kind, name, id, room, instance, roles }: Channel): Heard => ({
  kind,
  name,
  id,
  ...(room === undefined ? {} : { room }),
  ...(instance === undefined ? {} : { instance }),
  ...(roles === undefined ? {} : { roles }),
});

/** A user's guild and party, which decide what a client's `channel` means. */
export interface Affiliation {
  readonly userId: UserId;
  readonly guildId?: string | undefined;
  readonly party?: PartyId | undefined;
}

/** Ids of users, guilds and parties are free text: encoded, none can hold the `:` and `|` that join them. */
export function encodeId(id: string): string {
  try {
    return encodeURIComponent(id);
  } catch {
    // A lone surrogate: no text at all.
    throw new GameError("invalid_payload");
  }
}

/** Separates a channel's data from that of an earlier channel with the same name. */
export const nameOf = (base: string, { instance }: Pick<Scope, "instance">) =>
  instance === undefined ? base : `${base}:${instance}`;

/** Made once with the channel; it is handed on with it. */
export const logOf = (scope: Omit<Scope, "log">): StreamKey<Entry> =>
  streamKey<Entry>(partitions.channel(scope.id), nameOf("log", scope), tagOf);
export const roomOf = (scope: Omit<Scope, "log">): RoomName => rooms.channel(nameOf(scope.id, scope));

/** The scope of sanctions that apply in every channel. */
export const everywhere: Scope = { id: "*", log: logOf({ id: "*" }) };
/** Reports to the moderators. */
export const reportDesk: Scope = { id: "*reports", log: logOf({ id: "*reports" }) };

export const guildIdOf = (guildId: string): string => `guild:${encodeId(guildId)}`;
export const partyIdOf = (party: PartyId): string => `party:${encodeId(party)}`;

const plainChannel = (kind: "global" | "guild" | "party", id: string): Channel => ({
  kind,
  name: kind,
  id,
  log: logOf({ id }),
});
export const globalChannel: Channel = plainChannel("global", "global");
export const guildChannel = (guildId: string): Channel => plainChannel("guild", guildIdOf(guildId));
export const partyChannel = (party: PartyId): Channel => plainChannel("party", partyIdOf(party));

export function privateChannel(one: UserId, other: UserId): Channel {
  const pair: [UserId, UserId] = one < other ? [one, other] : [other, one];
  const id = `private:${encodeId(pair[0])}|${encodeId(pair[1])}`;
  return { kind: "private", name: "private", id, log: logOf({ id }), pair };
}

const ROOM = "room:";
export function roomChannel(room: RoomId): Channel & { readonly room: RoomId } {
  const id = `${ROOM}${encodeId(room)}`;
  return { kind: "room", name: `${ROOM}${room}`, id, log: logOf({ id }), room };
}

/** The room of `/game` whose channel a client means by this name. */
export const roomNamed = (name: string): RoomId | undefined =>
  name.length > ROOM.length && name.startsWith(ROOM) ? asId<RoomId>(name.slice(ROOM.length)) : undefined;

/** The channel as found again. @throws GameError `forbidden` if it is another one now */
export function sameChannel(before: Channel, now: Channel): Channel {
  if (now.id !== before.id || now.instance !== before.instance) throw new GameError("forbidden");
  return now;
}

/** The other user of a private channel, as this one sees it. */
export function peerOf(channel: Channel, user: UserId): UserId | undefined {
  return channel.pair?.find((id) => id !== user);
}

/**
 * The channel that a client names by one of the reserved names.
 * @returns undefined for a name that is not reserved
 * @throws GameError `forbidden` if the user has no guild or party; `invalid_payload` for `private` without another user
 */
export function reservedChannel(
  { userId, guildId, party }: Affiliation,
  { channel, to }: { readonly channel: string; readonly to?: string },
): Channel | undefined {
  switch (channel) {
    case "global":
      return globalChannel;
    case "guild":
      if (guildId === undefined) throw new GameError("forbidden");
      return guildChannel(guildId);
    case "party":
      if (party === undefined) throw new GameError("forbidden");
      return partyChannel(party);
    case "private":
      if (to === undefined || to === userId)
        throw new GameError("invalid_payload", { message: "private needs `to`: another user's id" });
      return privateChannel(userId, asId<UserId>(to));
    default:
      return undefined;
  }
}

/** The names that are no named channel's. */
export const RESERVED_NAMES: readonly string[] = ["global", "guild", "party", "private"];
