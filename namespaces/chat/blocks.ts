/** The block list: one per user, the same for chat, presence and matchmaking. */
import { GameError } from "../../core/errors.ts";
import type { UserId } from "../../core/ids.ts";
import type { BlockChange, BlockList } from "../../core/ports/blocks.ts";
import { topic } from "../../core/ports/bus.ts";
import { type DocumentKey, documentKey, partitions } from "../../core/ports/keys.ts";
import type { Services } from "../../core/ports/services.ts";
import type { Store } from "../../core/ports/store.ts";
import { update } from "../../core/versioned.ts";
import type { Member, Members } from "./members.ts";
import { withBlocked, withoutBlocked } from "./rules.ts";

interface Blocked {
  readonly users: readonly UserId[];
}

/** Tells the workers where the user is connected; one that misses it reads again when the store is back. */
const changed = topic<BlockChange>("chat:blocks");

const keyOf = (user: UserId): DocumentKey<Blocked> => documentKey<Blocked>(partitions.user(user), "blocks");

/** The lists as the other namespaces ask for them. */
export function createBlockList({ documents, bus }: Pick<Store, "documents" | "bus">): BlockList {
  const load = (users: readonly UserId[]) => documents.loadMany(users.map(keyOf));
  return {
    async between(one, other) {
      const [ofOne, ofOther] = await load([one, other]);
      return (ofOne?.state.users.includes(other) ?? false) || (ofOther?.state.users.includes(one) ?? false);
    },
    of: async (users) => (await load(users)).map((list) => new Set(list?.state.users)),
    onChange: (listener) => bus.subscribe(changed, listener),
  };
}

export function createBlocks({ store, log }: Services, members: Members) {
  async function refresh(member: Member): Promise<void> {
    const list = await store.documents.load(keyOf(member.userId));
    members.setBlocks(member, list?.version ?? 0, list?.state.users ?? []);
  }

  async function change({ user, other, blocked }: BlockChange): Promise<void> {
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
    between: createBlockList(store).between,
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
