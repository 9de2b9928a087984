/** Who is here: the list of users, their status, and what the others are told of it. */
import { GameError } from "../../core/errors.ts";
import type { UserId } from "../../core/ids.ts";
import type { BlockChange, BlockList } from "../../core/ports/blocks.ts";
import { append, delist, enlist, type IndexWrite } from "../../core/ports/documents.ts";
import type { LiveStream } from "../../core/ports/live.ts";
import type { Membership } from "../../core/ports/membership.ts";
import type { PresenceRecord, PresenceScope } from "../../core/ports/presence.ts";
import type { Services } from "../../core/ports/services.ts";
import { rooms } from "../../core/rooms.ts";
import type { Session } from "../../core/session.ts";
import { update } from "../../core/transact.ts";
import type { GameContract, UserView } from "./events.ts";
import { createFeed } from "./feed.ts";
import { createDirectory, MAX_INVISIBLE, nameOf, shownTo, userView } from "./presence-directory.ts";
import { createFirstPage } from "./presence-first-page.ts";
import { createFrames } from "./presence-frames.ts";
import {
  type OwnPresence,
  PARTITION,
  type PresenceEntry,
  type Profile,
  presenceKeys,
  profileFor,
} from "./presence-stored.ts";
import { Viewers } from "./presence-viewers.ts";
import { createWatching } from "./presence-watch.ts";
import { gameContract } from "./schema.ts";

/** Changes of the list that a worker which missed some can still read. */
const KEPT_ENTRIES = 2_000;

const newcomer: OwnPresence = { listed: false, status: "online", text: null, guild: null };

export interface UsersOptions {
  /** With more users than this the list is not pushed, only paged on request. */
  readonly pushedUsers: number;
  /** Left out: nobody blocks anybody. */
  readonly blocks?: BlockList;
  /** Left out: nobody is in a party. */
  readonly parties?: Membership;
}

export type Users = ReturnType<typeof createUsers>;

export function createUsers(services: Services, scope: PresenceScope, options: UsersOptions) {
  const { store, live, settings, log } = services;
  const { pushedUsers, blocks, parties } = options;
  const { documents, presence } = store;
  const viewers = new Viewers();
  const directory = createDirectory(services, scope, blocks);
  const watching = createWatching(services, viewers, directory, parties);
  const frames = createFrames({
    outbound: services.outbound.in(gameContract),
    viewers,
    directory,
    pushedUsers,
    tell: watching.tell,
  });
  const feed = createFeed({
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
      feed.add(entry);
    },
    lost: () => feed.missed(),
  };

  /** Tells of a user, and keeps what the lists by guild and of the invisible need. */
  async function tell(entry: PresenceEntry, user: UserId, index: readonly IndexWrite[] = []): Promise<void> {
    const [hiddenFrom] = (await blocks?.of([user])) ?? [];
    const told = hiddenFrom?.size ? { ...entry, hiddenFrom: [...hiddenFrom] } : entry;
    await note(index, told);
  }

  async function note(index: readonly IndexWrite[], entry?: PresenceEntry): Promise<void> {
    const keep = { maxLength: KEPT_ENTRIES, ttlMs: settings.retention.ttlMs };
    await documents.commit({
      partition: PARTITION,
      index,
      ...(entry === undefined ? {} : { append: [append(presenceKeys.entries(), entry, keep)] }),
    });
  }

  const inGuild = (user: UserId, guild: string | null) =>
    guild === null ? [] : [enlist(presenceKeys.guild(guild), user, 0, null)];
  const outOfGuild = (user: UserId, guild: string | null) =>
    guild === null ? [] : [delist(presenceKeys.guild(guild), user)];

  const moved = (user: UserId, { listed, guild: before }: OwnPresence, guild: string | null) =>
    listed && before !== guild ? [...outOfGuild(user, before), ...inGuild(user, guild)] : [];
  const former = ({ listed, guild: before }: OwnPresence, guild: string | null) =>
    listed && before !== guild ? { formerGuild: before } : {};

  const recordOf = async (user: UserId) => (await presence.get<Profile>(scope, [user]))[0];
  const ownOf = async (user: UserId) => (await documents.load(presenceKeys.own(user)))?.state ?? newcomer;
  const first = createFirstPage(directory, recordOf, pushedUsers);

  /** The user as presence has them, with the status that they chose. */
  function shown(record: PresenceRecord<Profile>, { status, text }: OwnPresence): UserView {
    const { name, picture, guild } = profileOf(record);
    return userView({ ...record, profile: profileFor({ name, picture, guildId: guild }, { status, text }) });
  }

  async function own(user: UserId, change: (now: OwnPresence) => OwnPresence | null): Promise<void> {
    await update<OwnPresence, void>(documents, presenceKeys.own(user), (current) => {
      if (current === undefined && change(newcomer) === null) return { state: undefined, result: undefined };
      return { state: change(current?.state ?? newcomer), result: undefined };
    });
  }

  /**
   * The user has more connections, or fewer, than the others were told. Of one who is not listed yet `online` tells. The last word is what
   * presence says after it: two workers may tell of two changes, in any order.
   */
  async function counted(user: UserId, told?: number): Promise<void> {
    for (let tries = 0, last = told; tries < 3; tries++) {
      const [record, chosen, hidden] = await Promise.all([
        recordOf(user),
        ownOf(user),
        store.indexes.get(presenceKeys.invisible(), user),
      ]);
      const known = record !== undefined && chosen.listed && hidden === undefined;
      if (!known || record.connections === last) return;
      await tell({ kind: "updated", user: shown(record, chosen), guild: chosen.guild }, user);
      last = record.connections;
    }
  }

  async function hide(user: UserId, { listed, guild }: OwnPresence): Promise<void> {
    const size = await store.indexes.size(presenceKeys.invisible());
    if (size >= MAX_INVISIBLE) throw new GameError("unavailable", { message: "too many are invisible" });
    const index = [enlist(presenceKeys.invisible(), user, 0, null), ...outOfGuild(user, guild)];
    if (listed) await tell({ kind: "left", userId: user, guild }, user, index);
    else await note(index);
    await own(user, (now) => ({ ...now, listed: false, status: "invisible", text: null }));
  }

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
    feed.missed();
  }

  const shownLater = (work: Promise<void>) =>
    void work.catch((err: unknown) => log.warn({ err }, "a block could not be shown"));

  /** Begun with the first connection, and again with the next where the store was away. */
  let listening: Promise<(() => void)[]> | undefined;

  async function listen(): Promise<void> {
    listening ??= Promise.all([
      blocks?.onChange({
        changed: (change) => shownLater(blocksChanged(change)),
        lost: () => shownLater(blocksLost()),
      }) ?? (() => undefined),
      parties?.onPartyChange(watching.partyChanged, watching.partiesLost) ?? (() => undefined),
    ]);
    try {
      await listening;
    } catch (err) {
      listening = undefined;
      throw err;
    }
  }

  return {
    page: async (session: Session<GameContract>, wish: { cursor?: string | undefined; limit: number }) =>
      shownTo(viewers.add(session), await directory.page(wish)),

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
      const chosen = await ownOf(session.userId);
      const { status, text } = chosen;
      if (status !== "invisible" && (status !== "online" || text !== null))
        await presence.update<Profile>(scope, session.userId, profileFor(session.identity, chosen));
      session.emit("user:list", await first.listFor(viewers.add(session), chosen.status !== "invisible"));
    },

    async setStatus(
      session: Session<GameContract>,
      status: OwnPresence["status"],
      text: string | null,
    ): Promise<void> {
      const user = session.userId;
      const { guildId: guild = null } = session.identity;
      const before = await ownOf(user);
      if (status === "invisible") {
        await hide(user, before);
        directory.forget();
        first.forget();
        return;
      }
      await presence.update<Profile>(scope, user, profileFor(session.identity, { status, text }));
      const record = await recordOf(user);
      const appears = before.status === "invisible";
      const next = { listed: before.listed || appears, status, text, guild };
      const index = appears
        ? [delist(presenceKeys.invisible(), user), ...inGuild(user, guild)]
        : moved(user, before, guild);
      const kind = appears ? "joined" : "updated";
      if (record !== undefined)
        await tell({ kind, user: userView(record), guild, ...former(before, guild) }, user, index);
      await own(user, (now) => ({ ...now, ...next }));
      directory.forget();
      if (record !== undefined) await counted(user, record.connections);
    },

    /** A refreshed token can bring another name, or guild: its members, and those of the one that was left, are told. */
    async claimed(session: Session<GameContract>): Promise<void> {
      const user = session.userId;
      const { guildId: guild = null, name, picture } = session.identity;
      const [chosen, shownAs] = await Promise.all([ownOf(user), recordOf(user)]);
      const face = shownAs?.profile;
      if (chosen.listed && chosen.guild === guild && face?.name === name && face.picture === picture) return;
      await presence.update<Profile>(scope, user, profileFor(session.identity, chosen));
      // Whoever is not in the list yet comes into it with what was put there.
      if (!chosen.listed) return;
      const record = await recordOf(user);
      if (record === undefined || record.connections === 0) return;
      const told = { kind: "updated", user: shown(record, chosen), guild, ...former(chosen, guild) } as const;
      await tell(told, user, moved(user, chosen, guild));
      await own(user, (now) => ({ ...now, guild }));
      await counted(user, record.connections);
    },

    /** The user's first connection is here; or they are back within the grace period. */
    async online(user: UserId): Promise<void> {
      const [record, chosen] = await Promise.all([recordOf(user), ownOf(user)]);
      if (record === undefined || record.connections === 0 || chosen.status === "invisible") return;
      const { guild } = profileOf(record);
      const kind = chosen.listed ? "updated" : "joined";
      const index = chosen.listed ? moved(user, chosen, guild) : inGuild(user, guild);
      await tell({ kind, user: shown(record, chosen), guild, ...former(chosen, guild) }, user, index);
      if (!chosen.listed || chosen.guild !== guild)
        await own(user, (now) => ({ ...now, listed: true, guild }));
      await counted(user, record.connections);
    },

    counted: (user: UserId) => counted(user),

    /** The grace period after the user's last connection is over. */
    async gone(user: UserId): Promise<void> {
      await presence.leave(scope, user);
      if ((await recordOf(user)) !== undefined) return;
      const { listed, guild, status } = await ownOf(user);
      const index = [
        ...outOfGuild(user, guild),
        ...(status === "invisible" ? [delist(presenceKeys.invisible(), user)] : []),
      ];
      if (listed) await tell({ kind: "left", userId: user, guild }, user, index);
      else if (index.length > 0) await note(index);
      await own(user, () => null);
    },

    leave: (session: Session<GameContract>) => viewers.remove(session),

    async close(): Promise<void> {
      feed.close();
      for (const end of (await listening?.catch(() => [])) ?? []) end();
    },
  };
}

/** Of a user who came by something that keeps no profile, the id is the name. */
const profileOf = (record: PresenceRecord<Profile | undefined>) => ({
  name: nameOf(record),
  picture: record.profile?.picture,
  guild: record.profile?.guild ?? null,
});
