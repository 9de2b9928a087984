/** The audit stream: every act of a moderator, kept far longer than messages. */
import { newId, type UserId } from "../../../core/ids.ts";
import { type DeadlineChange, deadlineKind, schedule } from "../../../core/ports/store/deadlines.ts";
import { partitions, streamKey } from "../../../core/ports/store/keys.ts";
import { iso } from "../../../core/time.ts";
import type { ChatContext, ChatSession } from "../context.ts";
import type { Channel } from "../model/channels.ts";
import type { AuditItem } from "../schema.ts";

/** An act, with the names of the wire. */
export interface Act {
  readonly action: AuditItem["action"];
  readonly channel?: Channel | undefined;
  readonly user?: UserId;
  readonly reason?: string;
  readonly until?: number | null;
  readonly messageId?: string;
  readonly seconds?: number;
}

interface AuditEntry {
  readonly nonce: string;
  readonly at: number;
  readonly item: Omit<AuditItem, "offset" | "timestamp">;
}

const KEEP = { maxLength: 100_000, ttlMs: 730 * 86_400_000 };
const log = streamKey<AuditEntry>(partitions.channel("*audit"), "log");
const auditDue = deadlineKind<AuditEntry>("chat:audit");

export function createAudit({ services: { store, timers, reading } }: ChatContext) {
  timers.on(auditDue, async ({ payload }) => {
    await store.streams.append(log, payload, { ...KEEP, idempotencyKey: payload.nonce });
  });

  return {
    /** The outbox entry that goes into the change which is the act; then `timers.wake` its partition. */
    order(session: ChatSession, act: Act): DeadlineChange {
      const nonce = newId("a");
      const { action, channel, user, reason, until, messageId, seconds } = act;
      return schedule(auditDue, nonce, store.now(), {
        nonce,
        at: store.now(),
        item: {
          action,
          by: session.userId,
          ...(user === undefined ? {} : { user_id: user }),
          ...(channel === undefined ? {} : { channel: channel.name, channel_id: channel.id }),
          ...(reason === undefined || reason === "" ? {} : { reason }),
          ...(until == null ? {} : { until: iso(until) }),
          ...(messageId === undefined ? {} : { message_id: messageId }),
          ...(seconds === undefined ? {} : { seconds }),
        },
      });
    },

    /** Newest page first; within a page oldest first. */
    async page(session: ChatSession, range: { readonly before?: number; readonly limit: number }) {
      const page = await reading.turn(session, async (spend) => {
        const { before = Number.MAX_SAFE_INTEGER, limit } = range;
        const read = await store.streams.read(log, { before, limit });
        await spend(read.bytes);
        return read;
      });
      return {
        entries: page.entries.map(
          ({ offset, entry }): AuditItem => ({ ...entry.item, offset, timestamp: iso(entry.at) }),
        ),
        has_more: (page.entries[0]?.offset ?? 0) > page.first,
      };
    },
  };
}

export type Audit = ReturnType<typeof createAudit>;
