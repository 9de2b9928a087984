/** Channels: their ids, their streams, and what a client may name. The only place that makes a channel id. */

import type { Role } from "../../../core/contract/contract.ts";
import { GameError } from "../../../core/contract/errors.ts";
import { asId, type PartyId, type RoomId, type UserId } from "../../../core/ids.ts";
import type { Change } from "../../../core/ports/store/documents.ts";
import { partitions, type StreamKey, streamKey } from "../../../core/ports/store/keys.ts";
import { type RoomName, rooms } from "../../../core/rooms.ts";
import type { Entry } from "./entries.ts";
import { tagOf } from "./tags.ts";

type ChannelKind = "global" | "guild" | "party" | "private" | "room" | "named";

/** A channel that somebody has been found to be a member of. */
export interface Channel {
  readonly kind: ChannelKind;
  /** What clients call it: the kind, or the name that a named channel was created by. */
  readonly name: string;
  /** Internal, unlike for any two channels; clients are told it but never name one by it. */
  readonly id: string;
  /** Of `private`: both users, in the order of their ids. */
  readonly pair?: readonly [UserId, UserId];
  /** Of `room`. */
  readonly room?: RoomId;
  /** Of `named`: keeps what was said apart from what was said in a channel of this name before. */
  readonly instance?: string;
  /** Of `named`: the user is no member, and is let in as staff. */
  readonly visiting?: true;
  /** Of `named` by role: any of these. */
  readonly roles?: readonly Role[];
  /** Of `named`: what must still be so when something is written, in the channel's partition. */
  readonly guards?: Change["unchanged"];
}

/** What tells who hears a channel: without what only the one knows who looked for it. */
export type Heard = Omit<Channel, "guards" | "visiting" | "pair">;

export const heard = ({ kind, name, id, room, instance, roles }: Channel): Heard => ({
  kind,
  name,
  id,
  ...(room === undefined ? {} : { room }),
  ...(instance === undefined ? {} : { instance }),
  ...(roles === undefined ? {} : { roles }),
});

/** What a client's `channel` and `to` can mean to a user of this guild and party. */
export interface Belongs {
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

export const globalChannel: Channel = { kind: "global", name: "global", id: "global" };
export const guildChannel = (guildId: string): Channel => ({
  kind: "guild",
  name: "guild",
  id: `guild:${encodeId(guildId)}`,
});
export const partyChannel = (party: PartyId): Channel => ({
  kind: "party",
  name: "party",
  id: `party:${encodeId(party)}`,
});

export function privateChannel(one: UserId, other: UserId): Channel {
  const pair: [UserId, UserId] = one < other ? [one, other] : [other, one];
  return { kind: "private", name: "private", id: `private:${encodeId(pair[0])}|${encodeId(pair[1])}`, pair };
}

const ROOM = "room:";
export const roomChannel = (room: RoomId): Channel & { readonly room: RoomId } => ({
  kind: "room",
  name: `${ROOM}${room}`,
  id: `${ROOM}${encodeId(room)}`,
  room,
});

/** The room of `/game` whose channel a client means by this name. */
export const roomNamed = (name: string): RoomId | undefined =>
  name.length > ROOM.length && name.startsWith(ROOM) ? asId<RoomId>(name.slice(ROOM.length)) : undefined;

/** The channel as it was found again. @throws GameError `forbidden` where it is another by now */
export function sameChannel(before: Channel, now: Channel): Channel {
  if (now.id !== before.id || now.instance !== before.instance) throw new GameError("forbidden");
  return now;
}

/** The other user of a private channel, as this one sees it. */
export function peerOf(channel: Channel, user: UserId): UserId | undefined {
  return channel.pair?.find((id) => id !== user);
}

/**
 * The channel that a client names, if it is the user's.
 * @throws GameError `forbidden` for whatever is not the user's, whether it exists or not; `invalid_payload` for `private`
 * without another user
 */
export function channelOf(
  belongs: Belongs,
  named: { readonly channel: string; readonly to?: string },
): Channel {
  switch (named.channel) {
    case "global":
      return globalChannel;
    case "guild":
      if (belongs.guildId !== undefined) return guildChannel(belongs.guildId);
      break;
    case "party":
      if (belongs.party !== undefined) return partyChannel(belongs.party);
      break;
    case "private":
      if (named.to === undefined || named.to === belongs.userId)
        throw new GameError("invalid_payload", { message: "private needs `to`: another user's id" });
      return privateChannel(belongs.userId, asId<UserId>(named.to));
  }
  throw new GameError("forbidden");
}

/** The names that are no named channel's. */
export const RESERVED_NAMES: readonly string[] = ["global", "guild", "party", "private"];

/** What a channel, or the server as a whole, keeps and tells in order. */
export interface Scope {
  readonly id: string;
  readonly instance?: string;
}

/** Sanctions that hold in every channel are kept, and told, here. */
export const everywhere: Scope = { id: "*" };
/** Reports to the moderators. */
export const reportDesk: Scope = { id: "*reports" };

/** Keeps what belongs to a channel apart from what belonged to one that had its name before. */
export const nameOf = (base: string, { instance }: Scope) =>
  instance === undefined ? base : `${base}:${instance}`;

export const logOf = (scope: Scope): StreamKey<Entry> =>
  streamKey<Entry>(partitions.channel(scope.id), nameOf("log", scope), tagOf);
export const roomOf = (scope: Scope): RoomName => rooms.channel(nameOf(scope.id, scope));
