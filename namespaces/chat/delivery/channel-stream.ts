/** How entries of channels become events at the connections that follow them. */
import { MODERATORS, STAFF } from "../../../core/contract/contract.ts";
import type { UserId } from "../../../core/ids.ts";
import type { Audience, LiveStream } from "../../../core/ports/live.ts";
import type { StreamPosition } from "../../../core/ports/store/streams.ts";
import { iso } from "../../../core/time.ts";
import type { ChatContext, ChatSession } from "../context.ts";
import { UNSETTLED } from "../membership/named-membership.ts";
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

// Delays delivery of a channel while a local follower's membership is being checked, so that a user who left receives no later message.
// Order is kept: later entries wait too. Sanctions apply at once.

type Deliver = () => void;

/** Rounds of checks to wait for, so that a user who comes and goes all the time cannot keep a channel silent. */
const ROUNDS = 5;

function createDeliveryGate({ members, services: { log } }: Pick<ChatContext, "members" | "services">) {
  const waitingByChannel = new Map<string, Deliver[]>();

  /** Membership checks of the channel's local followers that are under way. */
  function checksOf(to: Audience<ChatContract>): Promise<void>[] {
    const found: Promise<void>[] = [];
    for (const { userId } of to.sessions()) found.push(...(members.get(userId)?.checks ?? []));
    return found;
  }

  async function release(channel: Channel, to: Audience<ChatContract>): Promise<void> {
    // Each check ends within the store's time limits; a failed one leaves the membership as it was known.
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

  /** Delivers now, or when the membership checks under way have ended. */
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

export function createChannelStreams(context: ChatContext) {
  const {
    services: { live, store },
    members,
    options: { filter },
    pendingWrites,
  } = context;
  /** The named channels that each session is a member of. Staff may follow others too, as long as they are staff. */
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
    // The stream's own entries end the membership of others.
    if (memberships.get(session)?.has(roomOf(channel)) !== true) return false;
    return channel.roles === undefined || session.hasRole(...channel.roles);
  }

  function dropStrangers(channel: Channel, to: ChatAudience): void {
    if (channel.kind === "global") return;
    for (const session of [...to.sessions()])
      if (!belongs(session, channel)) live.detach(session, channel.log);
  }

  /** Emits to all followers who do not block the author. Encoded once, unless two or more here block the author. */
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

  /** A sanction or slow mode applies on each worker from here on, before its event is delivered. */
  function applyToCache(scope: Scope, entry: Entry): void {
    if (entry.kind === "moderation") members.forgetSanctions(entry.user, scope.id);
    if (entry.kind === "slow") members.forgetScope(scope.id);
  }

  /** A user who is banned or kicked receives no later entry of the stream. */
  function shutOut(channel: Channel | undefined, entry: ModerationEntry): void {
    if (entry.action !== "ban" && entry.action !== "kick") return;
    const member = members.get(entry.user);
    if (member && channel) members.noteShut(member, store.now(), entry.until);
    for (const session of [...(member?.sessions ?? [])])
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
    // The user may have joined again on another device, and no other notice would come.
    const member = members.get(entry.user);
    if (member) member.joinedVersion = UNSETTLED;
  }

  function deliver(channel: Channel, entry: Entry, at: StreamPosition, to: ChatAudience): void {
    dropStrangers(channel, to);
    const place = { channel: channel.name, channel_id: channel.id, by: entry.by, timestamp: iso(entry.at) };
    switch (entry.kind) {
      case "message":
        // Deleted since it was written; the deletion's own entry follows.
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
    /** Notes whether a session is a member of a named channel. Call it before the session follows the channel. */
    note,

    /** Sends an event that is no entry, in order with the entries, after users who no longer belong to the channel are detached. */
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

    /** Sanctions that apply in every channel. */
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

    /** Reports, for sessions that have a moderator's role at the time. */
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
