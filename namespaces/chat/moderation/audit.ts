/** The audit stream: every act of a moderator, kept far longer than messages. */
import { newId, type UserId } from "../../../core/ids.ts";
import { type DeadlineChange, deadlineKind, schedule } from "../../../core/ports/store/deadlines.ts";
import { partitions, streamKey } from "../../../core/ports/store/keys.ts";
import type { StreamPage } from "../../../core/ports/store/streams.ts";
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

/** A moderator's session, or an operator of the console, who has none. */
export type Actor = Pick<ChatSession, "userId">;

interface AuditEntry {
  readonly nonce: string;
  readonly at: number;
  readonly item: Omit<AuditItem, "offset" | "timestamp">;
}

/** Entries before an offset; the newest without one. */
export interface EntriesBefore {
  readonly before?: number;
  readonly limit: number;
}

const KEEP = { maxLength: 100_000, ttlMs: 730 * 86_400_000 };
const log = streamKey<AuditEntry>(partitions.channel("*audit"), "log");
const auditDue = deadlineKind<AuditEntry>("chat:audit");

export function createAudit({ services: { store, timers, reading } }: ChatContext) {
  timers.on(auditDue, async ({ payload }) => {
    await store.streams.append(log, payload, { ...KEEP, idempotencyKey: payload.nonce });
  });

  const read = ({ before = Number.MAX_SAFE_INTEGER, limit }: EntriesBefore) =>
    store.streams.read(log, { before, limit });

  const itemsOf = (page: StreamPage<AuditEntry>) => ({
    entries: page.entries.map(
      ({ offset, entry }): AuditItem => ({ ...entry.item, offset, timestamp: iso(entry.at) }),
    ),
    has_more: (page.entries[0]?.offset ?? 0) > page.first,
  });

  return {
    /** The outbox entry that goes into the change which is the act; then `timers.wake` its partition. */
    order(by: Actor, act: Act): DeadlineChange {
      const nonce = newId("a");
      const { action, channel, user, reason, until, messageId, seconds } = act;
      return schedule(auditDue, nonce, store.now(), {
        nonce,
        at: store.now(),
        item: {
          action,
          by: by.userId,
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
    async page(session: ChatSession, range: EntriesBefore) {
      const page = await reading.turn(session, async (spend) => {
        const found = await read(range);
        await spend(found.bytes);
        return found;
      });
      return itemsOf(page);
    },

    /** The same for an operator. */
    pageOf: async (range: EntriesBefore) => itemsOf(await read(range)),
  };
}

export type Audit = ReturnType<typeof createAudit>;
