/** The block list: one per user, the same for chat, presence and matchmaking. */
import { followChanges } from "../../../core/consistency/change-feed.ts";
import { update } from "../../../core/consistency/transact.ts";
import { GameError } from "../../../core/contract/errors.ts";
import { newId, type UserId } from "../../../core/ids.ts";
import type { BlockChange, BlockList } from "../../../core/ports/blocks.ts";
import type { Services } from "../../../core/ports/services.ts";
import { deadlineKind, schedule } from "../../../core/ports/store/deadlines.ts";
import { type DocumentKey, documentKey, partitions, streamKey } from "../../../core/ports/store/keys.ts";
import type { Member, Members } from "../membership/local-members.ts";
import { withBlocked, withoutBlocked } from "../model/rules.ts";

interface Blocked {
  readonly users: readonly UserId[];
}

/** Changes for all workers. The command appends its entry; if it could not, its outbox does. */
const changes = streamKey<BlockChange>(partitions.channel("*blocks"), "changes");
/** Far more entries than a worker misses while it can't reach the store. */
const KEEP = { maxLength: 5_000, ttlMs: 24 * 3_600_000 };

/** Longer than any worker takes to receive a change. */
const EMPTY_MS = 3_600_000;

interface PendingChange {
  readonly change: BlockChange;
  readonly serial: string;
}
const publishDue = deadlineKind<PendingChange>("chat:blocks");

const keyOf = (user: UserId): DocumentKey<Blocked> => documentKey<Blocked>(partitions.user(user), "blocks");

/** The block lists for the other namespaces. */
export function createBlockList({ store, log }: Pick<Services, "store" | "log">): BlockList {
  const { documents } = store;
  const load = (users: readonly UserId[]) => documents.loadMany(users.map(keyOf));
  return {
    async between(one, other) {
      const [ofOne, ofOther] = await load([one, other]);
      return (ofOne?.state.users.includes(other) ?? false) || (ofOther?.state.users.includes(one) ?? false);
    },
    of: async (users) => (await load(users)).map((list) => new Set(list?.state.users)),
    onChange: ({ changed, lost }) => followChanges({ store, log, key: changes }, { heard: changed, lost }),
  };
}

export function createBlocks(services: Services, members: Members) {
  const { store, log, timers } = services;
  const list = createBlockList(services);

  async function publish({ change, serial }: PendingChange): Promise<void> {
    await store.streams.append(changes, change, { ...KEEP, idempotencyKey: serial });
  }
  timers.on(publishDue, ({ payload }) => publish(payload));

  async function refresh(member: Member): Promise<void> {
    const found = await store.documents.load(keyOf(member.userId));
    members.setBlocks(member, found?.version ?? 0, found?.state.users ?? []);
    member.blocksStale = false;
  }

  async function change(requested: BlockChange): Promise<void> {
    const { user, other, blocked } = requested;
    const step = blocked ? withBlocked : withoutBlocked;
    const pending: PendingChange = { change: requested, serial: newId("b") };
    const { committed } = await update(store.documents, keyOf(user), (current) => {
      const next = step(current?.state.users ?? [], other);
      if (next === undefined) return { state: undefined, result: undefined };
      const deadlines = [schedule(publishDue, pending.serial, store.now(), pending)];
      // An empty list expires later: its version shows workers that it is newer than the list they know.
      const kept = next.length === 0 ? { ttlMs: EMPTY_MS } : {};
      return { state: { users: next }, result: undefined, with: { deadlines }, ...kept };
    });
    if (!committed) return;
    const member = members.get(user);
    if (member) await refresh(member);
    await publish(pending);
  }

  const refreshLater = (member: Member) => {
    refresh(member).catch((err: unknown) => {
      member.blocksStale = true;
      log.debug({ err, user: member.userId }, "a block list could not be read again; tried again");
    });
  };

  return {
    /** Reads the user's list anew. */
    refresh,
    /** Reads the lists that could not be read when they changed. */
    mend(some: readonly Member[]): void {
      for (const member of some) if (member.blocksStale) refreshLater(member);
    },
    async block(user: UserId, other: UserId): Promise<void> {
      if (other === user)
        throw new GameError("invalid_payload", { message: "user_id: users can't block themselves" });
      await change({ user, other, blocked: true });
    },
    unblock: (user: UserId, other: UserId) => change({ user, other, blocked: false }),
    async list(user: UserId): Promise<readonly UserId[]> {
      return (await store.documents.load(keyOf(user)))?.state.users ?? [];
    },
    between: list.between,
    /** Keeps the lists of those connected here fresh. @returns a function that ends it */
    watch: () =>
      list.onChange({
        changed({ user, other, blocked }) {
          const member = members.get(user);
          if (!member) return;
          // Applies at once; the list that is read next replaces it.
          members.noteBlock(member, other, blocked);
          refreshLater(member);
        },
        lost() {
          for (const member of members.all()) refreshLater(member);
        },
      }),
  };
}

export type Blocks = ReturnType<typeof createBlocks>;
