/** Who is here: the list of users, their status, and what the others are told of it. */
import type { Session } from "../../../core/contract/session.ts";
import type { UserId } from "../../../core/ids.ts";
import type { BlockChange, BlockList } from "../../../core/ports/blocks.ts";
import type { LiveStream } from "../../../core/ports/live.ts";
import type { Parties } from "../../../core/ports/parties.ts";
import type { Services } from "../../../core/ports/services.ts";
import type { PresenceScope } from "../../../core/ports/store/presence.ts";
import { rooms } from "../../../core/rooms.ts";
import { type GameContract, gameContract } from "../schema.ts";
import { createCoalescer } from "./coalesce.ts";
import { createDirectory, createFirstPage, shownTo } from "./directory.ts";
import { createFrames } from "./frames.ts";
import { createPresencePublisher } from "./publish.ts";
import {
  type Chosen,
  type PresenceEntry,
  type Profile,
  presenceKeys,
  profileFor,
  UNCHOSEN,
} from "./stored.ts";
import { PresenceViewers } from "./viewers.ts";
import { createWatching } from "./watches.ts";

export interface UsersOptions {
  /** With more users than this the list is not pushed, only paged on request. */
  readonly pushedUsers: number;
  /** Left out: nobody blocks anybody. */
  readonly blocks?: BlockList;
  /** Left out: nobody is in a party. */
  readonly parties?: Parties;
}

/** About what a user in a list takes, with whom they block. */
const USER_BYTES = 512;

export type Users = ReturnType<typeof createUsers>;

export function createUsers(services: Services, scope: PresenceScope, options: UsersOptions) {
  const { store, live, log } = services;
  const { pushedUsers, blocks, parties } = options;
  const { presence } = store;
  const viewers = new PresenceViewers();
  const directory = createDirectory(services, scope, blocks);
  const publisher = createPresencePublisher(services, scope, blocks);
  const watching = createWatching(services, viewers, directory, parties);
  const frames = createFrames({
    outbound: services.outbound.in(gameContract),
    viewers,
    directory,
    pushedUsers,
    send: watching.send,
  });
  const coalescer = createCoalescer({
    async send(entries) {
      first.forget();
      await frames.send(entries);
    },
    pushList: frames.pushList,
  });

  const stream: LiveStream<GameContract, PresenceEntry> = {
    key: presenceKeys.entries(),
    room: rooms.presence(),
    deliver(entry) {
      directory.forget();
      coalescer.add(entry);
    },
    lost: () => coalescer.missed(),
  };

  const first = createFirstPage(directory, publisher.recordOf, pushedUsers);

  async function blocksChanged({ user, other, blocked }: BlockChange): Promise<void> {
    first.forget();
    // Hides at once; shows again only what is read to be so, for a change may be told late.
    if (blocked) for (const viewer of viewers.of(user)) viewer.blocks = new Set([...viewer.blocks, other]);
    const between = await blocks?.between(user, other);
    await readBlocks([user]);
    const pairs = [
      [user, other],
      [other, user],
    ] as const;
    // Who no longer blocks may still be blocked: then nothing is shown, and nothing was.
    if (!blocked && between) return;
    for (const [viewing, viewed] of pairs) await frames.turn(viewing, viewed, between ?? false);
  }

  async function readBlocks(users: readonly UserId[]): Promise<void> {
    const here = users.filter((user) => viewers.of(user).size > 0);
    const lists = here.length === 0 ? [] : ((await blocks?.of(here)) ?? []);
    for (const [at, user] of here.entries())
      for (const viewer of viewers.of(user)) viewer.blocks = lists[at] ?? viewer.blocks;
  }

  /** Any list may have changed: all are read again, and the next whole list tells what that shows or hides. */
  async function blocksLost(): Promise<void> {
    first.forget();
    await readBlocks([...new Set([...viewers.all()].map(({ session }) => session.userId))]);
    coalescer.missed();
  }

  const shownLater = (work: Promise<void>) =>
    void work.catch((err: unknown) => log.warn({ err }, "a block could not be shown"));

  /** Connections whose new claims presence could not be told of. */
  const unclaimed = new Set<Session<GameContract>>();

  /** Of several connections with other claims, those of the one that acted last count. @returns whether presence had others */
  async function claim({ userId, identity }: Session<GameContract>): Promise<boolean> {
    const record = await publisher.recordOf(userId);
    const { status, text } = record?.profile ?? UNCHOSEN;
    const profile = profileFor(identity, { status, text });
    if (record === undefined || JSON.stringify(record.profile) === JSON.stringify(profile)) return false;
    await presence.update<Profile>(scope, userId, profile);
    return true;
  }

  /** Begun with the first connection, and again with the next where the store was away. */
  let listening: Promise<(() => void)[]> | undefined;

  async function beginListening(): Promise<(() => void)[]> {
    const ends: (() => void)[] = [];
    try {
      if (blocks)
        ends.push(
          await blocks.onChange({
            changed: (change) => shownLater(blocksChanged(change)),
            lost: () => shownLater(blocksLost()),
          }),
        );
      if (parties) ends.push(await parties.onPartyChange(watching.partyChanged, watching.partiesLost));
      return ends;
    } catch (err) {
      // What was begun would be heard twice after the next try.
      for (const end of ends) end();
      throw err;
    }
  }

  async function listen(): Promise<void> {
    listening ??= beginListening();
    try {
      await listening;
    } catch (err) {
      listening = undefined;
      throw err;
    }
  }

  return {
    page: (session: Session<GameContract>, wish: { cursor?: string | undefined; limit: number }) =>
      services.reading.turn(session, async (spend) => {
        const viewer = viewers.add(session);
        const found = await directory.page(wish);
        await spend(found.users.length * USER_BYTES);
        return shownTo(viewer, found);
      }),

    watch: watching.watch,

    /** Connections that the list is shown to. */
    get viewers(): number {
      return viewers.size;
    },

    /** Back to everybody; with the list as it is, where that is pushed. */
    async unwatch(session: Session<GameContract>): Promise<void> {
      watching.unwatch(session);
      if (await frames.isPushed())
        session.emit("user:list", shownTo(viewers.add(session), await first.page()));
    },

    /** What `welcome` says of the list. */
    pushing: async () => ({ pushed: await frames.isPushed(), max_users: pushedUsers }),

    /** Lets a connection follow the list, and sends it as it is. */
    async attend(session: Session<GameContract>): Promise<void> {
      await listen();
      const viewer = viewers.add(session);
      const [blocked] = (await blocks?.of([session.userId])) ?? [];
      if (blocked) viewer.blocks = blocked;
      await live.attach(session, stream);
      const { status } = await publisher.chosenBy(session.userId);
      await publisher.reveal(session.userId);
      session.emit("user:list", await first.listFor(viewers.add(session), status !== "invisible"));
    },

    async setStatus(
      session: Session<GameContract>,
      status: Chosen["status"],
      text: string | null,
    ): Promise<void> {
      await claim(session);
      await publisher.choose(session.userId, { status, text: status === "invisible" ? null : text });
      directory.forget();
      first.forget();
    },

    /** A refreshed token can bring another name, or guild: its members, and those of the one that was left, are told. */
    async claimed(session: Session<GameContract>): Promise<void> {
      unclaimed.add(session);
      if (await claim(session)) await publisher.reveal(session.userId);
      unclaimed.delete(session);
    },

    /** Finds of whom the others were not told what is so, because the store was away or a worker died. */
    async compare(users: readonly UserId[]): Promise<void> {
      for (const session of unclaimed) {
        await claim(session);
        unclaimed.delete(session);
      }
      await Promise.all((await publisher.unlike(users)).map(publisher.reveal));
    },

    reveal: publisher.reveal,
    gone: publisher.gone,

    leave(session: Session<GameContract>): void {
      viewers.remove(session);
      unclaimed.delete(session);
    },

    async close(): Promise<void> {
      coalescer.close();
      for (const end of (await listening?.catch(() => [])) ?? []) end();
    },
  };
}
