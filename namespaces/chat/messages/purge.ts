/** Deletes all stored messages of a user: in one channel, or in `global` at once and then in each named channel. */
import { GameError } from "../../../core/contract/errors.ts";
import { newId, type UserId } from "../../../core/ids.ts";
import { cancel, deadlineKind, schedule } from "../../../core/ports/store/deadlines.ts";
import type { ChatContext, ChatSession } from "../context.ts";
import { type Access, type ChannelName, isShutOut } from "../membership/access.ts";
import { type Channel, globalChannel, sameChannel } from "../model/channels.ts";
import { deletion, entryId } from "../model/entries.ts";
import type { Audit } from "../moderation/audit.ts";
import { channelOfName, keys } from "../named/stored.ts";
import type { createEdits } from "./edits.ts";
import type { History } from "./history.ts";

/** The next channel to look through: first `global`, then the named ones, each the one after `after` in the directory. */
interface Step {
  readonly nonce: string;
  readonly user: UserId;
  readonly by: UserId;
  /** Later messages stay. */
  readonly until: number;
  readonly at: "global" | { readonly after?: string };
}

/** The command itself purges `global`, to return the count. If the command does not finish, the step does it. */
const GLOBAL_WITHIN_MS = 5_000;

const stepDue = deadlineKind<Step>("chat:purge");

export function createPurge(
  { services }: ChatContext,
  access: Access,
  history: History,
  edits: ReturnType<typeof createEdits>,
  audit: Audit,
) {
  const { store, timers } = services;
  const { partition } = keys.directory();

  /** @returns how many messages; `orders` go along with the first of them */
  async function purgeIn(
    channel: Channel,
    reopened: () => Promise<Channel>,
    { user, by, until }: Pick<Step, "user" | "by" | "until">,
    orders: Parameters<typeof edits>[3] = [],
  ): Promise<number> {
    let deleted = 0;
    for await (const page of history.messagesOf(channel, user)) {
      const said = page.filter(({ entry }) => entry.at <= until);
      const deletions = said.map(({ offset, entry }) => ({
        message: offset,
        entry: deletion(store.now(), by, entryId(offset, entry.nonce), user),
      }));
      if (deletions.length > 0) deleted += await edits(channel, deletions, reopened, orders);
    }
    return deleted;
  }

  const purgeGlobal = (step: Step) => purgeIn(globalChannel, () => Promise.resolve(globalChannel), step);

  /** The named channel of this name. @throws GameError `forbidden` if it no longer exists */
  async function namedNow(name: string): Promise<Channel> {
    const key = keys.channel(name);
    const found = await store.documents.load(key);
    if (!found) throw new GameError("forbidden");
    return channelOfName(name, found.state, [{ name: key.name, expected: found.version }]);
  }

  async function purgeNamed(name: string, step: Step): Promise<void> {
    try {
      const channel = await namedNow(name);
      await purgeIn(channel, async () => sameChannel(channel, await namedNow(name)), step);
    } catch (gone) {
      // The channel was deleted meanwhile, with its messages.
      if (!isShutOut(gone)) throw gone;
    }
  }

  const idOf = ({ nonce, at }: Step) => `${nonce}:${at === "global" ? at : `after:${at.after ?? ""}`}`;
  const ordered = (step: Step, dueAt = store.now()) => schedule(stepDue, idOf(step), dueAt, step);

  /** Replaces the step by the next. */
  async function goOn(step: Step, next: Step): Promise<void> {
    const deadlines = [cancel(stepDue, idOf(step)), ordered(next)];
    await store.documents.commit({ partition, deadlines });
    timers.wake(partition);
  }

  timers.on(stepDue, async ({ payload: step }) => {
    if (step.at === "global") {
      await purgeGlobal(step);
      return goOn(step, { ...step, at: {} });
    }
    const cursor = step.at.after === undefined ? {} : { cursor: step.at.after };
    const { members, cursor: next } = await store.indexes.page(keys.directory(), { limit: 1, ...cursor });
    for (const { member } of members) await purgeNamed(member, step);
    if (next !== undefined) await goOn(step, { ...step, at: { after: next } });
  });

  return {
    /** @returns how many messages */
    async purge(session: ChatSession, user: UserId, name: ChannelName): Promise<number> {
      const channel = await access.open(session, name, "read");
      const reopened = async () => sameChannel(channel, await access.open(session, name, "read"));
      // The same order goes with every step, and is one entry: the first that is done brings it.
      const order = audit.order(session, { action: "purge", channel, user });
      return purgeIn(channel, reopened, { user, by: session.userId, until: store.now() }, [order]);
    },

    /** @returns how many messages in `global`; the named channels follow. It completes even if this worker dies */
    async purgeEverywhere(session: ChatSession, user: UserId): Promise<number> {
      const step: Step = {
        nonce: newId("p"),
        user,
        by: session.userId,
        until: store.now(),
        at: "global",
      };
      const done = await store.documents.commit({
        partition,
        deadlines: [
          ordered(step, store.now() + GLOBAL_WITHIN_MS),
          audit.order(session, { action: "purge", user }),
        ],
      });
      if (done.outcome !== "committed") throw new GameError("unavailable");
      timers.wake(partition);
      const deleted = await purgeGlobal(step);
      await goOn(step, { ...step, at: {} });
      return deleted;
    },
  };
}
