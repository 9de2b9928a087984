/** Each user's list of private channels. A stranger can displace only strangers: users whom the user has answered stay. */
import type { UserId } from "../../../core/ids.ts";
import type { Services } from "../../../core/ports/services.ts";
import { type DeadlineChange, deadlineKind, schedule } from "../../../core/ports/store/deadlines.ts";
import { indexPut, indexRemove } from "../../../core/ports/store/documents.ts";
import type { IndexMember } from "../../../core/ports/store/indexes.ts";
import { type IndexKey, indexKey, partitions } from "../../../core/ports/store/keys.ts";

/** Private channels that a user's list keeps; the one that was silent longest gives way. */
export const MAX_CONVERSATIONS = 200;

export interface Conversation {
  readonly with: UserId;
  /** The user has written there, too. */
  readonly own?: true;
}

/** A user's private channels, by the time of the last message. */
export const conversationsOf = (user: UserId): IndexKey<Conversation> =>
  indexKey<Conversation>(partitions.user(user), "chat:conversations");

/** How long a private channel is listed after its last message: 90 days. */
const LISTED_MS = 90 * 24 * 3_600_000;
/** A user's list has an entry that may be as old. */
const listDue = deadlineKind<{ readonly user: UserId }>("chat:conversations");
const listLater = (user: UserId, last: number): DeadlineChange =>
  schedule(listDue, "list", last + LISTED_MS, { user });

export function createConversations({ store, timers }: Pick<Services, "store" | "timers">) {
  const { documents, indexes } = store;

  timers.on(listDue, async ({ payload: { user } }) => {
    const key = conversationsOf(user);
    for (let more = true; more; ) {
      const { members } = await indexes.page(key, { limit: MAX_CONVERSATIONS });
      const oldest = store.now() - LISTED_MS;
      const silent = members.filter(({ score }) => score <= oldest);
      const next = members[silent.length];
      await documents.commit({
        partition: key.partition,
        index: silent.map(({ member }) => indexRemove(key, member)),
        deadlines: next ? [listLater(user, next.score)] : [],
      });
      more = next === undefined && silent.length > 0;
    }
  });

  /** The entries to drop for one more: users never answered first, and only then the others. */
  async function outOf(key: IndexKey<Conversation>): Promise<IndexMember<Conversation>[]> {
    const excess = (await indexes.size(key)) + 1 - MAX_CONVERSATIONS;
    if (excess <= 0) return [];
    const all: IndexMember<Conversation>[] = [];
    let cursor: string | undefined;
    do {
      const page = await indexes.page(key, {
        limit: MAX_CONVERSATIONS,
        ...(cursor === undefined ? {} : { cursor }),
      });
      all.push(...page.members);
      cursor = page.cursor;
    } while (cursor !== undefined);
    const strangers = all.filter(({ value }) => !value.own);
    return [...strangers, ...all.filter(({ value }) => value.own)].slice(0, excess);
  }

  return {
    /** @param wrote whether the user wrote there just now */
    async list(user: UserId, other: UserId, at: number, wrote: boolean): Promise<void> {
      const key = conversationsOf(user);
      const known = await indexes.get(key, other);
      const own = wrote || known?.value.own === true;
      const out = known ? [] : await outOf(key);
      // A newcomer without an answer does not displace a user who has one.
      if (!own && out.some(({ value }) => value.own)) return;
      await documents.commit({
        partition: key.partition,
        index: [
          indexPut(key, other, at, { with: other, ...(own ? { own } : {}) }),
          ...out.map(({ member }) => indexRemove(key, member)),
        ],
        deadlines: [listLater(user, at)],
      });
    },
  };
}
