/** Access: whether a user may read or write a channel, by membership, sanctions and block lists. Checked on every operation. */
import { MODERATORS } from "../../../core/contract/contract.ts";
import { GameError } from "../../../core/contract/errors.ts";
import type { Identity } from "../../../core/contract/session.ts";
import type { UserId } from "../../../core/ids.ts";
import type { ChatContext, ChatSession } from "../context.ts";
import type { ChannelStreams } from "../delivery/channel-stream.ts";
import {
  type Channel,
  everywhere,
  globalChannel,
  guildChannel,
  partyChannel,
  reportDesk,
  reservedChannel,
} from "../model/channels.ts";
import { admit } from "../model/rules.ts";
import type { Blocks } from "../moderation/blocks.ts";
import type { Member } from "./local-members.ts";
import { type NamedMemberships, UNSETTLED } from "./named-membership.ts";
import { createNewConversations } from "./new-conversations.ts";
import type { RoomChannels } from "./room-channels.ts";
import type { ReadSanctions } from "./sanctions-cache.ts";

export type Purpose = "read" | "write";

/** A channel as a client names it. */
export interface ChannelName {
  readonly channel: string;
  readonly to?: string;
}

/** A channel that the user may write to. */
export interface Writable {
  readonly channel: Channel;
  /** Milliseconds that must lie between two messages of the user; 0: no slow mode. */
  readonly slowMs: number;
}

export interface AccessParts {
  readonly streams: ChannelStreams;
  readonly blocks: Blocks;
  readonly readSanctions: ReadSanctions;
  readonly memberships: NamedMemberships;
  readonly roomChannels: RoomChannels;
}

export function createAccess({ services, options, members }: ChatContext, parts: AccessParts) {
  const { live, store } = services;
  const { streams, blocks, readSanctions, memberships, roomChannels } = parts;
  const newConversations = createNewConversations(services);
  /** Sessions that follow the sanctions for all channels, with their users. */
  const prepared = new WeakMap<ChatSession, Member>();

  /** Prepares what every operation needs; repeated if it failed before. */
  function ready(session: ChatSession): Member | Promise<Member> {
    const member = prepared.get(session);
    return member?.blocks && !member.blocksStale ? member : prepare(session);
  }

  async function prepare(session: ChatSession): Promise<Member> {
    const member = members.get(session.userId);
    if (!member) throw new GameError("unavailable");
    if (!member.blocks || member.blocksStale) await blocks.refresh(member);
    if (!live.follows(session, everywhere.log)) {
      members.forgetSanctions(session.userId, everywhere.id);
      await live.attach(session, streams.everywhere);
    }
    if (session.hasRole(...MODERATORS) && !live.follows(session, reportDesk.log))
      await live.attach(session, streams.reports);
    if (member.sessions.has(session)) prepared.set(session, member);
    return member;
  }

  /**
   * Refuses a user whom sanctions exclude. Sanctions are read once, and stay known while the session follows the channel.
   * @returns the seconds of the channel's slow mode
   */
  async function admitTo(
    member: Member,
    channel: Channel,
    purpose: Purpose,
    isFollowed: boolean,
  ): Promise<number> {
    const { sanctions } = member;
    const general = sanctions.get(everywhere.id) ?? (await readSanctions(member, everywhere, true));
    const known = isFollowed ? sanctions.get(channel.id) : undefined;
    const own =
      channel.kind === "private" ? undefined : (known ?? (await readSanctions(member, channel, isFollowed)));
    const now = store.now();
    admit(general.sanctions, purpose, now);
    if (own) admit(own.sanctions, purpose, now);
    return own?.slowS ?? 0;
  }

  /** The channel of a room, or the named one, if the user is in it. */
  const find = async (session: ChatSession, name: string): Promise<Channel | undefined> =>
    (await memberships.find(session, name)) ?? roomChannels.find(session, name);

  /**
   * Lets the session follow a channel that the user may read, and then checks the purpose.
   * @returns the seconds of the channel's slow mode
   */
  async function follow(
    session: ChatSession,
    member: Member,
    channel: Channel,
    purpose: Purpose,
  ): Promise<number> {
    if (channel.kind === "named") streams.note(session, channel);
    if (channel.kind !== "private" && !live.follows(session, channel.log))
      await attach(session, member, channel);
    return admitTo(member, channel, purpose, true);
  }

  /** Attached first, then checked again, so that no ban falls between. */
  async function attach(session: ChatSession, member: Member, channel: Channel): Promise<void> {
    await admitTo(member, channel, "read", false);
    members.forgetSanctions(session.userId, channel.id);
    await live.attach(session, streams.channel(channel));
    try {
      await admitTo(member, channel, "read", true);
      const isListed = channel.kind === "named" || channel.kind === "room";
      const still = isListed ? await find(session, channel.name) : channel;
      if (!still) throw new GameError("forbidden");
      streams.note(session, still);
    } catch (refusal) {
      live.detach(session, channel.log);
      throw refusal;
    }
  }

  /** Reads which party the user is in, and lets their sessions leave the channel of one that they left. */
  async function refreshParty(member: Member): Promise<void> {
    const before = member.party;
    member.party = await options.parties?.partyOf(member.userId);
    if (before === undefined || before === member.party) return;
    for (const session of member.sessions) live.detach(session, partyChannel(before).log);
  }

  async function channelsOf(session: ChatSession, member: Member): Promise<Channel[]> {
    const { guildId } = session.identity;
    await refreshParty(member);
    const [rooms, joined] = await Promise.all([roomChannels.of(member), memberships.joined(session)]);
    return [
      globalChannel,
      ...(guildId === undefined ? [] : [guildChannel(guildId)]),
      ...(member.party === undefined ? [] : [partyChannel(member.party)]),
      ...rooms,
      ...joined,
    ];
  }

  /** Follows all channels of the user, except those from which sanctions exclude the user. @returns the channels that it follows */
  async function followAll(session: ChatSession, member: Member): Promise<Channel[]> {
    const followed: Channel[] = [];
    member.triedAgainAt = Number.POSITIVE_INFINITY;
    for (const channel of await channelsOf(session, member)) {
      try {
        await follow(session, member, channel, "read");
        followed.push(channel);
      } catch (refusal) {
        if (!isShutOut(refusal)) throw refusal;
        members.noteShut(member, store.now(), endOf(refusal));
      }
    }
    return followed;
  }

  async function followAnew(member: Member): Promise<void> {
    for (const session of [...member.sessions]) await followAll(session, member);
  }

  /** @throws GameError `forbidden` where either user blocks the other. Both get the same refusal, so that it does not reveal a block */
  async function checkPrivate(
    member: Member,
    channel: Channel,
    peer: UserId,
    purpose: Purpose,
  ): Promise<void> {
    if (purpose === "write" && (await blocks.between(member.userId, peer))) throw new GameError("forbidden");
    await newConversations.touch(member, channel);
  }

  function knownChannel(session: ChatSession, name: string): Channel | undefined {
    if (name === "global") return globalChannel;
    const { guildId } = session.identity;
    if (name === "guild") return guildId === undefined ? undefined : guildChannel(guildId);
    return memberships.found(session, name);
  }

  const writable = (session: ChatSession, channel: Channel, slowS: number): Writable => ({
    channel,
    slowMs: slowS > 0 && !session.hasRole(...MODERATORS) ? slowS * 1_000 : 0,
  });

  async function opened(
    session: ChatSession,
    name: ChannelName,
    purpose: Purpose,
  ): Promise<{ channel: Channel; slowS: number }> {
    const member = await ready(session);
    const { userId, identity } = session;
    if (name.channel === "party") await refreshParty(member);
    const channel =
      reservedChannel({ userId, guildId: identity.guildId, party: member.party }, name) ??
      (await find(session, name.channel));
    if (!channel) throw new GameError("forbidden");
    const slowS = await follow(session, member, channel, purpose);
    const peer = channel.pair?.find((id) => id !== userId);
    if (peer !== undefined) await checkPrivate(member, channel, peer, purpose);
    return { channel, slowS };
  }

  return {
    /**
     * The channel that a client names, if the user may read or write there.
     * @throws GameError `forbidden`, `banned`, `muted`, `invalid_payload`
     */
    open: async (session: ChatSession, name: ChannelName, purpose: Purpose): Promise<Channel> =>
      (await opened(session, name, purpose)).channel,

    /** The same for a message, with how long the user must wait between two. Moderators are not slowed. */
    async openToWrite(session: ChatSession, name: ChannelName): Promise<Writable> {
      const { channel, slowS } = await opened(session, name, "write");
      return writable(session, channel, slowS);
    },

    /**
     * The channel to write to, where everything that decides is known here; undefined: `openToWrite` reads it. A named channel is given
     * as it was found the last time: its guards go into the write, which is refused if they are out of date.
     * @throws GameError as `open`
     */
    knownToWrite(session: ChatSession, { channel: name }: ChannelName): Writable | undefined {
      const member = prepared.get(session);
      const channel = member?.blocks && !member.blocksStale ? knownChannel(session, name) : undefined;
      if (!member || !channel || !live.follows(session, channel.log)) return undefined;
      const general = member.sanctions.get(everywhere.id);
      const own = member.sanctions.get(channel.id);
      if (!general || !own) return undefined;
      const now = store.now();
      admit(general.sanctions, "write", now);
      admit(own.sanctions, "write", now);
      return writable(session, channel, own.slowS);
    },

    /** The channels that the user is in and may read, without private ones. */
    channels: async (session: ChatSession) => followAll(session, await ready(session)),

    /** A new session follows the user's channels. A session of a user who is banned or kicked everywhere is closed. */
    async enter(session: ChatSession): Promise<void> {
      members.enter(session);
      const member = await ready(session);
      const { sanctions } =
        member.sanctions.get(everywhere.id) ?? (await readSanctions(member, everywhere, true));
      try {
        admit(sanctions, "read", store.now());
      } catch (refusal) {
        if (!(refusal instanceof GameError)) throw refusal;
        return session.close(refusal.code, refusal.message);
      }
      await followAll(session, member);
    },

    exit(session: ChatSession): void {
      prepared.delete(session);
      members.exit(session);
    },

    /** Other claims: from now on the session has the guild, the roles and the channels by role that they name. */
    async refreshed(session: ChatSession, before: Identity): Promise<void> {
      prepared.delete(session);
      const { guildId } = before;
      if (guildId !== undefined && guildId !== session.identity.guildId)
        live.detach(session, guildChannel(guildId).log);
      await followAll(session, await ready(session));
    },

    /** Refuses a user who is banned or kicked, without following the channel. @throws GameError `forbidden`, `banned` */
    async admitted(session: ChatSession, channel: Channel): Promise<void> {
      await admitTo(await ready(session), channel, "read", false);
    },

    /** The user is in another guild, party, room or named channel now. */
    async channelsChanged(user: UserId): Promise<void> {
      const member = members.get(user);
      if (!member) return;
      const check = followAnew(member);
      member.checks.add(check);
      try {
        await check;
      } catch (err) {
        // Found at the next comparison, and tried again.
        member.joinedVersion = UNSETTLED;
        throw err;
      } finally {
        member.checks.delete(check);
      }
    },
  };
}

/** Whether a channel is not the user's, or shut for them. */
export const isShutOut = (thrown: unknown): thrown is GameError =>
  thrown instanceof GameError && (thrown.code === "forbidden" || thrown.code === "banned");

/** When the sanction that refused ends, in the store's time. */
const endOf = ({ data: { until } }: GameError): number | undefined =>
  typeof until === "string" ? Date.parse(until) : undefined;

export type Access = ReturnType<typeof createAccess>;
