/** The block list: one per user, the same for chat, presence and matchmaking. */
import { GameError } from "../../core/errors.ts";
import type { UserId } from "../../core/ids.ts";
import { topic } from "../../core/ports/bus.ts";
import { type DocumentKey, documentKey, partitions } from "../../core/ports/keys.ts";
import type { Services } from "../../core/ports/services.ts";
import type { Store } from "../../core/ports/store.ts";
import { update } from "../../core/versioned.ts";
import type { Member, Members } from "./members.ts";
import { withBlocked, withoutBlocked } from "./rules.ts";

interface BlockList {
  readonly users: readonly UserId[];
}

interface Changed {
  readonly user: UserId;
  readonly other: UserId;
  readonly blocked: boolean;
}

/** Tells the workers where the user is connected; one that misses it reads again when the store is back. */
const changed = topic<Changed>("chat:blocks");

const keyOf = (user: UserId): DocumentKey<BlockList> =>
  documentKey<BlockList>(partitions.user(user), "blocks");

/** Whether either of two users blocks the other: for whoever brings users together. */
export async function blocksBetween(store: Store, one: UserId, other: UserId): Promise<boolean> {
  const [ofOne, ofOther] = await store.documents.loadMany([keyOf(one), keyOf(other)]);
  return (ofOne?.state.users.includes(other) ?? false) || (ofOther?.state.users.includes(one) ?? false);
}

export function createBlocks({ store, log }: Services, members: Members) {
  async function refresh(member: Member): Promise<void> {
    const list = await store.documents.load(keyOf(member.userId));
    members.setBlocks(member, list?.version ?? 0, list?.state.users ?? []);
  }

  async function change({ user, other, blocked }: Changed): Promise<void> {
    const step = blocked ? withBlocked : withoutBlocked;
    const { committed } = await update(store.documents, keyOf(user), (current) => {
      const next = step(current?.state.users ?? [], other);
      return { state: next && { users: next }, result: undefined };
    });
    if (!committed) return;
    const member = members.get(user);
    if (member) await refresh(member);
    await store.bus.publish(changed, { user, other, blocked });
  }

  const refreshLater = (member: Member) => {
    refresh(member).catch((err: unknown) =>
      log.warn({ err, user: member.userId }, "a block list could not be read again"),
    );
  };

  return {
    /** Reads the list, unless it is known. */
    async ready(member: Member): Promise<void> {
      if (!member.blocks) await refresh(member);
    },
    async block(user: UserId, other: UserId): Promise<void> {
      if (other === user) throw new GameError("invalid_payload", { message: "nobody blocks themselves" });
      await change({ user, other, blocked: true });
    },
    unblock: (user: UserId, other: UserId) => change({ user, other, blocked: false }),
    async list(user: UserId): Promise<readonly UserId[]> {
      return (await store.documents.load(keyOf(user)))?.state.users ?? [];
    },
    between: (one: UserId, other: UserId) => blocksBetween(store, one, other),
    /** Keeps the lists of those connected here fresh. @returns a function that ends it */
    async watch(): Promise<() => void> {
      const endHealth = store.onHealth((health) => {
        if (health.ok) for (const member of members.all()) refreshLater(member);
      });
      const endBus = await store.bus.subscribe(changed, ({ user, other, blocked }) => {
        const member = members.get(user);
        if (!member) return;
        // Holds from now on; what is read then is the whole truth.
        members.noteBlock(member, other, blocked);
        refreshLater(member);
      });
      return () => {
        endHealth();
        endBus();
      };
    },
  };
}

export type Blocks = ReturnType<typeof createBlocks>;
