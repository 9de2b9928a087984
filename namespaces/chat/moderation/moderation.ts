/** Mutes, kicks, bans and reports. A sanction and its entry are one change of its scope's partition. */

import { update } from "../../../core/consistency/transact.ts";
import { GameError } from "../../../core/contract/errors.ts";
import { asId, newId, type UserId } from "../../../core/ids.ts";
import { append, indexPut, indexRemove } from "../../../core/ports/store/documents.ts";
import { commandId } from "../../../core/ports/store/keys.ts";
import { iso } from "../../../core/time.ts";
import type { ChatContext, ChatSession } from "../context.ts";
import type { Access, ChannelName } from "../membership/access.ts";
import { joinedTopic } from "../membership/named-membership.ts";
import { keptFor, sanctionedIn, sanctionsOf, slowOf } from "../membership/sanctions-cache.ts";
import type { History } from "../messages/history.ts";
import { type Channel, everywhere, reportDesk, type Scope } from "../model/channels.ts";
import { type ModerationEntry, moderationPayload, type SlowEntry } from "../model/entries.ts";
import { impose, inForce, keepMs, lift, type SanctionKind, type Sanctions } from "../model/rules.ts";
import type { Act, Actor, Audit } from "./audit.ts";

/** About what is kept of a report. */
const REPORT_BYTES = 2_048;
/** Seconds of a kick without a duration. */
const KICK_S = 60;

export interface Order {
  readonly user_id: string;
  readonly channel?: string;
  readonly duration_s?: number;
  readonly reason?: string;
}

export function createModeration(
  { services, members }: ChatContext,
  access: Access,
  history: History,
  audit: Audit,
) {
  const { store, userBus, settings, timers, reading } = services;

  /** The channel of an order, which the moderator can open; undefined: everywhere. */
  async function channelOf(session: ChatSession, order: Order): Promise<Channel | undefined> {
    if (order.user_id === session.userId)
      throw new GameError("invalid_payload", { message: "user_id: moderators can't sanction themselves" });
    return order.channel === undefined ? undefined : opened(session, order.channel);
  }

  async function opened(session: ChatSession, channel: string): Promise<Channel> {
    if (channel === "private")
      throw new GameError("invalid_payload", { message: "channel: a private channel has no moderators" });
    return access.open(session, { channel }, "read");
  }

  function entryOf<A extends ModerationEntry["action"]>(
    by: Actor,
    action: A,
    order: Order,
    until: number | null,
  ): ModerationEntry & { readonly action: A } {
    return {
      kind: "moderation",
      nonce: newId("x"),
      at: store.now(),
      by: by.userId,
      action,
      user: asId<UserId>(order.user_id),
      reason: order.reason ?? "",
      ...(until === null ? {} : { until }),
    };
  }

  /** Changes a user's sanctions, and appends the entry if anything changes. */
  async function decide(
    by: Actor,
    channel: Channel | undefined,
    entry: ModerationEntry & { readonly action: Act["action"] },
    step: (current: Sanctions) => Sanctions | undefined,
  ): Promise<void> {
    const scope: Scope = channel ?? everywhere;
    const { user, reason, until } = entry;
    const act: Act = { action: entry.action, channel, user, reason, until: until ?? null };
    await update(store.documents, sanctionsOf(scope, entry.user), (current) => {
      const next = step(current?.state ?? {});
      if (!next) return { state: undefined, result: undefined };
      const kept = keepMs(next, entry.at) ?? keptFor(channel);
      const listed = sanctionedIn(scope);
      return {
        state: kept === 0 ? (current ? null : undefined) : next,
        result: undefined,
        with: {
          append: [append(scope.log, entry, settings.retention)],
          deadlines: [audit.order(by, act)],
          ...(channel?.kind === "named"
            ? { index: [kept === 0 ? indexRemove(listed, user) : indexPut(listed, user, entry.at, null)] }
            : {}),
        },
        ...(kept === undefined ? {} : { ttlMs: kept }),
      };
    });
    // Other workers learn of it from the stream. Here the moderator's next command may come first.
    members.forgetSanctions(entry.user, scope.id);
    timers.wake(scope.log.partition);
  }

  /** @param channel undefined: everywhere */
  async function sanctionBy(by: Actor, channel: Channel | undefined, kind: SanctionKind, order: Order) {
    const seconds = order.duration_s ?? (kind === "kick" ? KICK_S : undefined);
    const until = seconds === undefined ? null : store.now() + seconds * 1_000;
    const entry = entryOf(by, kind, order, until);
    const sanction = { until, by: by.userId, reason: entry.reason };
    await decide(by, channel, entry, (current) => impose(current, kind, sanction, entry.at));
    return { user_id: order.user_id, ...(until === null ? {} : { until: iso(until) }) };
  }

  /** Without a sanction to lift, no event is sent. */
  async function pardonBy(by: Actor, channel: Channel | undefined, action: "unmute" | "unban", order: Order) {
    const kinds: readonly SanctionKind[] = action === "unmute" ? ["mute"] : ["ban", "kick"];
    const entry = entryOf(by, action, order, null);
    await decide(by, channel, entry, (current) => {
      const holding = inForce(current, entry.at);
      return kinds.some((kind) => holding[kind]) ? lift(current, kinds, entry.at) : undefined;
    });
    if (action === "unban" && channel)
      await userBus.publish(joinedTopic, [entry.user], () => ({ user: entry.user }));
    return { user_id: order.user_id };
  }

  return {
    sanctionBy,
    pardonBy,

    sanction: async (session: ChatSession, kind: SanctionKind, order: Order) =>
      sanctionBy(session, await channelOf(session, order), kind, order),

    pardon: async (session: ChatSession, action: "unmute" | "unban", order: Order) =>
      pardonBy(session, await channelOf(session, order), action, order),

    /** Seconds between two messages of one user in a channel; 0 ends it. Moderators are not slowed. */
    async slow(session: ChatSession, name: string, seconds: number): Promise<void> {
      const channel = await opened(session, name);
      const entry: SlowEntry = {
        kind: "slow",
        nonce: newId("x"),
        at: store.now(),
        by: session.userId,
        seconds,
      };
      const kept = keptFor(channel);
      await update(store.documents, slowOf(channel), (current) => {
        if ((current?.state.seconds ?? 0) === seconds) return { state: undefined, result: undefined };
        return {
          state: seconds === 0 ? null : { seconds },
          result: undefined,
          with: {
            append: [append(channel.log, entry, settings.retention)],
            deadlines: [audit.order(session, { action: "slow_mode", channel, seconds })],
          },
          ...(kept === undefined ? {} : { ttlMs: kept }),
        };
      });
      members.forgetScope(channel.id);
      timers.wake(channel.log.partition);
    },

    /** The same message is reported once by the same user. */
    async report(session: ChatSession, messageId: string, name: ChannelName, reason: string): Promise<void> {
      const channel = await access.open(session, name, "read");
      const { entry, offset } = await history.message(channel, messageId);
      services.storageQuotas.checkSpace(REPORT_BYTES);
      await services.storageQuotas.report(session.userId);
      const now = await history.current(channel, offset, entry);
      const report: ModerationEntry = {
        ...entryOf(session, "report", { user_id: entry.by, reason }, null),
        report: {
          channel: channel.name,
          channelId: channel.id,
          messageId,
          content: now?.event === "chat_message" ? now.content : entry.content,
        },
      };
      await store.streams.append(reportDesk.log, report, {
        ...settings.retention,
        idempotencyKey: commandId(session.userId, messageId),
      });
    },

    async reports(session: ChatSession, range: { readonly before?: number; readonly limit?: number }) {
      const page = await reading.turn(session, async (spend) => {
        const read = await store.streams.read(reportDesk.log, {
          before: range.before ?? Number.MAX_SAFE_INTEGER,
          limit: range.limit ?? 50,
        });
        await spend(read.bytes);
        return read;
      });
      const reports = page.entries.flatMap(({ offset, entry }) =>
        entry.kind === "moderation" ? [moderationPayload(undefined, entry, { offset })] : [],
      );
      return { reports, has_more: (page.entries[0]?.offset ?? 0) > page.first };
    },
  };
}

export type Moderation = ReturnType<typeof createModeration>;
