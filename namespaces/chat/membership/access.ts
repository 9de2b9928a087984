/** Who may read and write where: membership, sanctions and the block list, asked on every operation. */
import { GameError } from "../../../core/contract/errors.ts";
import type { Identity } from "../../../core/contract/session.ts";
import type { UserId } from "../../../core/ids.ts";
import type { ChatContext, ChatSession } from "../context.ts";
import { type ChannelStreams, MODERATORS } from "../delivery/channel-stream.ts";
import {
  type Channel,
  channelOf,
  everywhere,
  globalChannel,
  guildChannel,
  logOf,
  partyChannel,
  peerOf,
  reportDesk,
  type Scope,
} from "../model/channels.ts";
import { admit } from "../model/rules.ts";
import type { Blocks } from "../moderation/blocks.ts";
import type { Member } from "./local-members.ts";
import { type NamedMemberships, UNSETTLED } from "./named-membership.ts";
import { createNewConversations } from "./new-conversations.ts";
import type { RoomChannels } from "./room-channels.ts";
import type { Standings } from "./sanctions-cache.ts";

export type Purpose = "read" | "write";

/** A client's words for a channel. */
export interface Named {
  readonly channel: string;
  readonly to?: string;
}

export function createAccess(
  { services, options, members }: ChatContext,
  feed: ChannelStreams,
  blocks: Blocks,
  standings: Standings,
  belongings: NamedMemberships,
  roomChannels: RoomChannels,
) {
  const { live, store } = services;
  const newConversations = createNewConversations(services);

  async function admitTo(session: ChatSession, channel: Channel, purpose: Purpose): Promise<void> {
    const scopes: Scope[] = channel.kind === "private" ? [everywhere] : [everywhere, channel];
    const now = store.now();
    for (const { sanctions } of await standings.in(session, scopes)) admit(sanctions, purpose, now);
  }

  /** The channel of a room, or the named one, where the user is in it. */
  const find = async (session: ChatSession, name: string): Promise<Channel | undefined> =>
    (await belongings.find(session, name)) ?? roomChannels.find(session, name);

  /** Lets the session hear a channel it may hear: attached first, then checked, so that no ban falls between. */
  async function follow(session: ChatSession, channel: Channel, purpose: Purpose): Promise<void> {
    feed.note(session, channel);
    if (channel.kind !== "private" && !live.follows(session, logOf(channel))) {
      await admitTo(session, channel, "read");
      members.forgetStanding(session.userId, channel.id);
      await live.attach(session, feed.channel(channel));
      try {
        await admitTo(session, channel, "read");
        const listed = channel.kind === "named" || channel.kind === "room";
        const still = listed ? await find(session, channel.name) : channel;
        if (!still) throw new GameError("forbidden");
        feed.note(session, still);
      } catch (refusal) {
        live.detach(session, logOf(channel));
        throw refusal;
      }
    }
    await admitTo(session, channel, purpose);
  }

  /** Whether `ready` has nothing to do. */
  function isReady(session: ChatSession, member: Member | undefined): boolean {
    if (!member?.blocks || member.blocksStale || !live.follows(session, logOf(everywhere))) return false;
    return !session.hasRole(...MODERATORS) || live.follows(session, logOf(reportDesk));
  }

  function ownWithoutAsking(session: ChatSession, name: string): Channel | undefined {
    if (name === "global") return globalChannel;
    const { guildId } = session.identity;
    if (name === "guild") return guildId === undefined ? undefined : guildChannel(guildId);
    return belongings.found(session, name);
  }

  /** What every operation needs first; done again where it failed before. */
  async function ready(session: ChatSession): Promise<Member> {
    const member = members.get(session.userId);
    if (!member) throw new GameError("unavailable");
    if (isReady(session, member)) return member;
    await blocks.ready(member);
    if (!live.follows(session, logOf(everywhere))) {
      members.forgetStanding(session.userId, everywhere.id);
      await live.attach(session, feed.everywhere);
    }
    if (session.hasRole(...MODERATORS) && !live.follows(session, logOf(reportDesk)))
      await live.attach(session, feed.reports);
    return member;
  }

  /** Asks which party the user is in, and ends the following of one that was left. */
  async function refreshParty(member: Member): Promise<void> {
    const before = member.party;
    member.party = await options.parties?.partyOf(member.userId);
    if (before === undefined || before === member.party) return;
    for (const session of member.sessions) live.detach(session, logOf(partyChannel(before)));
  }

  async function memberships(session: ChatSession, member: Member): Promise<Channel[]> {
    const { guildId } = session.identity;
    await refreshParty(member);
    const [rooms, joined] = await Promise.all([roomChannels.of(member), belongings.joined(session)]);
    return [
      globalChannel,
      ...(guildId === undefined ? [] : [guildChannel(guildId)]),
      ...(member.party === undefined ? [] : [partyChannel(member.party)]),
      ...rooms,
      ...joined,
    ];
  }

  /** Follows whatever is the session's, apart from what it is shut out of. @returns what it follows */
  async function followAll(session: ChatSession, member: Member): Promise<Channel[]> {
    const followed: Channel[] = [];
    for (const channel of await memberships(session, member)) {
      try {
        await follow(session, channel, "read");
        followed.push(channel);
      } catch (refusal) {
        if (!isShutOut(refusal)) throw refusal;
      }
    }
    return followed;
  }

  async function followAnew(member: Member): Promise<void> {
    for (const session of [...member.sessions]) await followAll(session, member);
  }

  return {
    /**
     * The channel that a client names, if the user may do this there.
     * @throws GameError `forbidden`, `banned`, `muted`, `invalid_payload`
     */
    async open(session: ChatSession, named: Named, purpose: Purpose): Promise<Channel> {
      const member = await ready(session);
      if (named.channel === "party") await refreshParty(member);
      const { userId, identity } = session;
      const channel =
        (await find(session, named.channel)) ??
        channelOf({ userId, guildId: identity.guildId, party: member.party }, named);
      await follow(session, channel, purpose);
      const peer = peerOf(channel, userId);
      // The same refusal whoever blocks whom: it tells nobody that they are blocked.
      if (peer !== undefined && purpose === "write" && (await blocks.between(userId, peer)))
        throw new GameError("forbidden");
      if (peer !== undefined) await newConversations.touch(member, channel);
      return channel;
    },

    /**
     * The channel to write to, where all that tells whether the user may is known here; undefined: `open` asks for it. A named
     * channel is given as it was found the last time: what is written has its guards, and is refused where that is out of date.
     * @throws GameError as `open`
     */
    opened(session: ChatSession, named: Named): Channel | undefined {
      const channel = ownWithoutAsking(session, named.channel);
      if (!channel || !isReady(session, members.get(session.userId))) return undefined;
      const now = store.now();
      const known = [standings.known(session, everywhere), standings.known(session, channel)];
      for (const standing of known) {
        if (!standing) return undefined;
        admit(standing.sanctions, "write", now);
      }
      return channel;
    },

    /** The channels that the user is in and may read, private ones apart. */
    channels: async (session: ChatSession) => followAll(session, await ready(session)),

    /** A new connection hears what is its own; one that is shut out of everything ends. */
    async enter(session: ChatSession): Promise<void> {
      const member = members.enter(session);
      await ready(session);
      const [shutOut] = await standings.in(session, [everywhere]);
      try {
        if (shutOut) admit(shutOut.sanctions, "read", store.now());
      } catch (refusal) {
        if (!(refusal instanceof GameError)) throw refusal;
        return session.close(refusal.code, refusal.message);
      }
      await followAll(session, member);
    },

    /** Other claims: the guild that they name, and the channels by role, are the session's from now on. */
    async refreshed(session: ChatSession, before: Identity): Promise<void> {
      const { guildId } = before;
      if (guildId !== undefined && guildId !== session.identity.guildId)
        live.detach(session, logOf(guildChannel(guildId)));
      await followAll(session, await ready(session));
    },

    /** Refuses whom a channel is shut for, without following it. @throws GameError `forbidden`, `banned` */
    async admitted(session: ChatSession, channel: Channel): Promise<void> {
      await ready(session);
      await admitTo(session, channel, "read");
    },

    /** Seconds that must lie between two messages of the user here; at once where it is known. */
    slowS(session: ChatSession, channel: Channel): number | Promise<number> {
      if (channel.kind === "private" || session.hasRole(...MODERATORS)) return 0;
      const known = standings.known(session, channel);
      return known ? known.slowS : standings.in(session, [channel]).then(([found]) => found?.slowS ?? 0);
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

export type Access = ReturnType<typeof createAccess>;
