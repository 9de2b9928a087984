/** Deletes all that a user said and that is kept: in one channel at once, or in `global` at once and in the named channels one by one. */
import { GameError } from "../../core/errors.ts";
import { newId, type UserId } from "../../core/ids.ts";
import { deadlineKind, schedule } from "../../core/ports/deadlines.ts";
import type { Access, Named } from "./access.ts";
import type { createAmend } from "./amend.ts";
import type { Audit } from "./audit.ts";
import { type Channel, globalChannel } from "./channels.ts";
import type { ChatContext, ChatSession } from "./context.ts";
import { deletion, entryId } from "./entries.ts";
import type { History } from "./history.ts";
import { channelOfName, keys } from "./named-stored.ts";

/** The next named channel to look through: the one after `after` in the directory. */
interface Step {
  readonly nonce: string;
  readonly user: UserId;
  readonly by: UserId;
  /** What was said later stays. */
  readonly until: number;
  readonly after?: string;
}

const stepDue = deadlineKind<Step>("chat:purge");

export function createPurge(
  { services }: ChatContext,
  access: Access,
  history: History,
  amend: ReturnType<typeof createAmend>,
  audit: Audit,
) {
  const { store, timers } = services;
  const { partition } = keys.directory();

  /** @returns how many messages; `orders` go along with the first of them */
  async function purgeIn(
    channel: Channel,
    { user, by, until }: Pick<Step, "user" | "by" | "until">,
    orders: Parameters<typeof amend>[2] = [],
  ): Promise<number> {
    let deleted = 0;
    for await (const page of history.messagesOf(channel, user)) {
      const said = page.filter(({ entry }) => entry.at <= until);
      const deletions = said.map(({ offset, entry }) => ({
        message: offset,
        entry: deletion(store.now(), by, entryId(offset, entry.nonce), user),
      }));
      if (deletions.length > 0) deleted += await amend(channel, deletions, orders);
    }
    return deleted;
  }

  const ordered = (step: Step) => schedule(stepDue, `${step.nonce}:${step.after ?? ""}`, store.now(), step);

  timers.on(stepDue, async ({ payload: step }) => {
    const cursor = step.after === undefined ? {} : { cursor: step.after };
    const { members, cursor: next } = await store.indexes.page(keys.directory(), { limit: 1, ...cursor });
    for (const { member } of members) {
      const found = await store.documents.load(keys.channel(member));
      if (found) await purgeIn(channelOfName(member, found.state), step);
    }
    if (next === undefined) return;
    await store.documents.commit({ partition, deadlines: [ordered({ ...step, after: next })] });
    timers.nudge(partition);
  });

  return {
    /** @returns how many messages */
    async purge(session: ChatSession, user: UserId, named: Named): Promise<number> {
      const channel = await access.open(session, named, "read");
      // The same order goes with every step, and is one entry: the first that is done brings it.
      const order = audit.order(session, { action: "purge", channel, user });
      return purgeIn(channel, { user, by: session.userId, until: store.now() }, [order]);
    },

    /** @returns how many messages in `global`; the named channels follow, also where this worker dies */
    async purgeEverywhere(session: ChatSession, user: UserId): Promise<number> {
      const step: Step = { nonce: newId("p"), user, by: session.userId, until: store.now() };
      const done = await store.documents.commit({
        partition,
        deadlines: [ordered(step), audit.order(session, { action: "purge", user })],
      });
      if (done.outcome !== "committed") throw new GameError("unavailable");
      timers.nudge(partition);
      return purgeIn(globalChannel, step);
    },
  };
}
