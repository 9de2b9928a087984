/** How entries of channels become events at the connections that follow them. */
import type { UserId } from "../../../core/ids.ts";
import type { Audience, LiveStream } from "../../../core/ports/live.ts";
import type { StreamPosition } from "../../../core/ports/store/streams.ts";
import { iso } from "../../../core/time.ts";
import type { ChatContext, ChatSession } from "../context.ts";
import { STAFF, UNSETTLED } from "../membership/named-membership.ts";
import {
  type Channel,
  everywhere,
  guildIdOf,
  type Heard,
  logOf,
  partyIdOf,
  reportDesk,
  roomOf,
  type Scope,
} from "../model/channels.ts";
import {
  authorOf,
  deletedPayload,
  type Entry,
  editedPayload,
  type MemberEntry,
  type ModerationEntry,
  messagePayload,
  moderationPayload,
} from "../model/entries.ts";
import type { ChatContract } from "../schema.ts";

// Keeps the entries of a channel back while it is being asked whether somebody who follows it here is still a member, for what is
// said after somebody left must not reach them. In order: what comes meanwhile waits behind it. Only the telling waits: a sanction
// holds at once.

type Deliver = () => void;

/** How often it is waited for what is being asked: who comes and goes all the time must not keep a channel silent. */
const ROUNDS = 5;

function createDeliveryGate({ members, services: { log } }: Pick<ChatContext, "members" | "services">) {
  const waitingByChannel = new Map<string, Deliver[]>();

  /** What is being asked about those who follow. */
  function checksOf(to: Audience<ChatContract>): Promise<void>[] {
    const found: Promise<void>[] = [];
    for (const { userId } of to.sessions()) found.push(...(members.get(userId)?.checks ?? []));
    return found;
  }

  async function release(channel: Channel, to: Audience<ChatContract>): Promise<void> {
    // Each ends within the time limits of the store; one that fails leaves what was known before.
    for (let round = 0; round < ROUNDS; round++) {
      const checks = checksOf(to);
      if (checks.length === 0) break;
      await Promise.allSettled(checks);
    }
    const entries = waitingByChannel.get(channel.id) ?? [];
    waitingByChannel.delete(channel.id);
    for (const deliver of entries) {
      try {
        deliver();
      } catch (err) {
        log.error({ err, channel: channel.id }, "a channel's entry could not be delivered");
      }
    }
  }

  /** Delivers now, or as soon as it is known to whom. */
  return function deliverToMembers(channel: Channel, to: Audience<ChatContract>, deliver: Deliver): void {
    const waiting = waitingByChannel.get(channel.id);
    if (waiting) waiting.push(deliver);
    else if ((channel.kind === "party" || channel.kind === "room") && checksOf(to).length > 0) {
      waitingByChannel.set(channel.id, [deliver]);
      void release(channel, to);
    } else deliver();
  };
}

type ChatAudience = Audience<ChatContract>;

export const MODERATORS = ["moderator", "admin"] as const;

export function createChannelStreams(context: ChatContext) {
  const {
    services: { live },
    members,
    options: { filter },
    pendingWrites,
  } = context;
  /** The named channels that each session is a member of: staff may hear the others too, as long as they are staff. */
  const memberships = new WeakMap<ChatSession, Set<string>>();

  function note(session: ChatSession, channel: Channel): void {
    if (channel.kind !== "named") return;
    const own = memberships.get(session) ?? new Set();
    if (channel.visiting) own.delete(roomOf(channel));
    else own.add(roomOf(channel));
    memberships.set(session, own);
  }

  /** Whether the channel is still the session's: claims can change with a refresh, a party can be left. */
  function belongs(session: ChatSession, channel: Channel): boolean {
    if (channel.kind === "guild") {
      const { guildId } = session.identity;
      return guildId !== undefined && guildIdOf(guildId) === channel.id;
    }
    if (channel.kind === "party") {
      const party = members.get(session.userId)?.party;
      return party !== undefined && partyIdOf(party) === channel.id;
    }
    if (channel.room !== undefined)
      return members.get(session.userId)?.rooms.has(channel.room) === true || session.hasRole(...STAFF);
    if (session.hasRole(...STAFF)) return true;
    // Of members the stream tells.
    if (memberships.get(session)?.has(roomOf(channel)) !== true) return false;
    return channel.roles === undefined || session.hasRole(...channel.roles);
  }

  function dropStrangers(channel: Channel, to: ChatAudience): void {
    if (channel.kind === "global") return;
    for (const session of [...to.sessions()])
      if (!belongs(session, channel)) live.detach(session, channel.log);
  }

  /** To everybody who does not block the author: encoded once, unless two or more here do. */
  function emitUnblocked<K extends "chat_message" | "message_edited" | "message_deleted">(
    to: ChatAudience,
    author: UserId | undefined,
    event: K,
    payload: Parameters<typeof to.emit<K>>[1],
  ): void {
    const blockers = author === undefined ? undefined : members.blockersOf(author);
    const [only] = blockers ?? [];
    if (!blockers || only === undefined) to.emit(event, payload);
    else if (blockers.size === 1) to.emit(event, payload, { exceptUser: only });
    else for (const session of to.sessions()) if (!blockers.has(session.userId)) session.emit(event, payload);
  }

  /** What was decided holds from here on, at each worker, whoever is to be told of it and when. */
  function applyToCache(scope: Scope, entry: Entry): void {
    if (entry.kind === "moderation") members.forgetSanctions(entry.user, scope.id);
    if (entry.kind === "slow") members.forgetScope(scope.id);
  }

  /** Whoever is shut out hears nothing that comes after it in the stream. */
  function shutOut(channel: Channel | undefined, entry: ModerationEntry): void {
    if (entry.action !== "ban" && entry.action !== "kick") return;
    for (const session of [...(members.get(entry.user)?.sessions ?? [])])
      if (channel) live.detach(session, channel.log);
      else
        session.close(
          entry.action === "ban" ? "banned" : "forbidden",
          `put out of the chat: ${entry.action}`,
        );
  }

  function deliverMember(channel: Channel, entry: MemberEntry, to: ChatAudience): void {
    const payload = {
      channel: channel.name,
      channel_id: channel.id,
      user_id: entry.user,
      change: entry.change,
      by: entry.by,
      timestamp: iso(entry.at),
    };
    const own = [...to.sessions()].filter((session) => session.userId === entry.user);
    if (entry.told) to.emit("channel_member", payload);
    else for (const session of own) session.emit("channel_member", payload);
    if (entry.change === "joined") return;
    for (const session of own) live.detach(session, channel.log);
    // Joined again on another device by now, perhaps: nothing else would tell.
    const member = members.get(entry.user);
    if (member) member.joinedVersion = UNSETTLED;
  }

  function deliver(channel: Channel, entry: Entry, at: StreamPosition, to: ChatAudience): void {
    dropStrangers(channel, to);
    const place = { channel: channel.name, channel_id: channel.id, by: entry.by, timestamp: iso(entry.at) };
    switch (entry.kind) {
      case "message":
        // Read from the stream since, it is gone already; what told of that comes after it.
        if (entry.deleted) break;
        if (filter?.heard && !pendingWrites.take(entry.nonce))
          filter.heard({
            userId: entry.by,
            channel: channel.name,
            channelId: channel.id,
            content: entry.content,
          });
        emitUnblocked(to, authorOf(entry), "chat_message", messagePayload(channel, entry, at));
        break;
      case "edited":
        emitUnblocked(to, authorOf(entry), "message_edited", editedPayload(channel, entry, at));
        break;
      case "deleted":
        emitUnblocked(to, authorOf(entry), "message_deleted", deletedPayload(channel, entry, at));
        break;
      case "moderation":
        to.emit("moderation", moderationPayload(channel, entry, at));
        shutOut(channel, entry);
        break;
      case "member":
        deliverMember(channel, entry, to);
        break;
      case "slow":
        to.emit("slow_mode", { ...place, seconds: entry.seconds });
        break;
      case "closed":
        to.emit("channel_closed", place);
        for (const session of [...to.sessions()]) live.detach(session, channel.log);
    }
  }

  const toMembers = createDeliveryGate(context);

  return {
    /** Must be told before a session follows a named channel, as found for it: whether as a member. */
    note,

    /** Sends what is no entry in its place among those, once all have gone from the channel who do not belong to it. */
    sendToMembers(heard: Heard, send: () => void): void {
      const channel: Channel = { ...heard, log: logOf(heard) };
      const to = live.audience<ChatContract>(channel.log);
      if (!to) return;
      toMembers(channel, to, () => {
        dropStrangers(channel, to);
        send();
      });
    },

    channel: (channel: Channel): LiveStream<ChatContract, Entry> => ({
      key: channel.log,
      room: roomOf(channel),
      identityOf: ({ nonce }) => nonce,
      deliver(entry, at, to) {
        applyToCache(channel, entry);
        toMembers(channel, to, () => deliver(channel, entry, at, to));
      },
      lost(at, to) {
        dropStrangers(channel, to);
        members.forgetScope(channel.id);
        to.emit("lost", { channel: channel.name, channel_id: channel.id, recovered: false, ...at });
      },
    }),

    /** Sanctions that hold in every channel. */
    everywhere: {
      key: everywhere.log,
      room: roomOf(everywhere),
      deliver(entry, at, to) {
        if (entry.kind !== "moderation") return;
        applyToCache(everywhere, entry);
        to.emit("moderation", moderationPayload(undefined, entry, at));
        shutOut(undefined, entry);
      },
      lost(at, to) {
        members.forgetScope(everywhere.id);
        to.emit("lost", { channel_id: everywhere.id, recovered: false, ...at });
      },
    } satisfies LiveStream<ChatContract, Entry>,

    /** Reports, for those who are moderators at the time. */
    reports: {
      key: reportDesk.log,
      room: roomOf(reportDesk),
      deliver(entry, at, to) {
        if (entry.kind !== "moderation") return;
        for (const session of [...to.sessions()])
          if (!session.hasRole(...MODERATORS)) live.detach(session, reportDesk.log);
        to.emit("moderation", moderationPayload(undefined, entry, at));
      },
      lost(at, to) {
        to.emit("lost", { channel_id: reportDesk.id, recovered: false, ...at });
      },
    } satisfies LiveStream<ChatContract, Entry>,
  };
}

export type ChannelStreams = ReturnType<typeof createChannelStreams>;
