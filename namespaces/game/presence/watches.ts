/** Watching chosen users, or one's guild and party, instead of everybody: a snapshot, then the changes of those users. */
import { GameError } from "../../../core/contract/errors.ts";
import type { Session } from "../../../core/contract/session.ts";
import type { UserId } from "../../../core/ids.ts";
import type { Parties } from "../../../core/ports/parties.ts";
import type { Services } from "../../../core/ports/services.ts";
import { MAX_PAGE_BYTES } from "../../../core/ports/store/pages.ts";
import { rooms } from "../../../core/rooms.ts";
import type { GameContract, UserView } from "../schema.ts";
import { presenceOf } from "./coalesce.ts";
import { type Directory, isHidden } from "./directory.ts";
import { type PresenceEntry, presenceKeys } from "./stored.ts";
import type { PresenceViewer, PresenceViewers, Watch } from "./viewers.ts";

/** Members of a guild that a snapshot gives. */
const MAX_GUILD = 500;

export interface WatchOptions {
  readonly user_ids?: readonly string[];
  readonly guild?: boolean;
  readonly party?: boolean;
}

export function createWatching(
  { store, log }: Services,
  viewers: PresenceViewers,
  directory: Directory,
  parties: Parties | undefined,
) {
  async function partyOf(user: UserId): Promise<ReadonlySet<UserId>> {
    const party = await parties?.partyOf(user);
    const members = party === undefined ? [] : ((await parties?.membersOf(party)) ?? []);
    return new Set(members.filter((member) => member !== user));
  }

  /** Runs work whose result is sent before the changes that happen meanwhile. */
  async function settled<T>(viewer: PresenceViewer, work: () => Promise<T>): Promise<T> {
    viewer.settling++;
    try {
      return await work();
    } finally {
      // After the answer, which leaves in the same turn as this promise resolves.
      setImmediate(() => {
        viewer.settling--;
        if (viewer.settling === 0) send(viewer, viewer.kept.splice(0));
      });
    }
  }

  async function shown(viewer: PresenceViewer, users: readonly UserId[]): Promise<UserView[]> {
    const found = await directory.present(users);
    return found.users.filter(({ user_id }, at) => !isHidden(viewer, user_id as UserId, found.blocks[at]));
  }

  /** To a viewer alone, and not before the snapshot that is under way. */
  function send(viewer: PresenceViewer, entries: readonly PresenceEntry[]): void {
    if (entries.length === 0) return;
    if (viewer.settling > 0) viewer.kept.push(...entries);
    else viewer.session.emit("presence", presenceOf(entries));
  }

  /** The party of a user has changed: viewers that watch it get its newcomers, and nothing more of members that left. */
  async function follow(user: UserId): Promise<void> {
    const watching = [...viewers.of(user)].filter(({ watch }) => watch?.party);
    if (watching.length === 0) return;
    const partyUsers = await partyOf(user);
    for (const viewer of watching) {
      const { watch } = viewer;
      if (!watch?.party) continue;
      viewers.setWatch(viewer, { ...watch, partyUsers });
      const came = [...partyUsers].filter((each) => !watch.partyUsers.has(each) && !watch.users.has(each));
      const left = [...watch.partyUsers].filter((each) => !partyUsers.has(each) && !watch.users.has(each));
      const users = await settled(viewer, () => shown(viewer, came));
      send(viewer, [
        ...users.map((view) => ({ kind: "joined", user: view, guild: null }) as const),
        ...left.map((userId) => ({ kind: "left", userId, guild: null }) as const),
      ]);
    }
  }

  function partyChanged(user: UserId): void {
    follow(user).catch((err: unknown) => log.warn({ err, user }, "a party could not be watched"));
  }

  return {
    send,

    /** Takes the place of what the connection watched before. @throws GameError `forbidden` without a guild */
    async watch(session: Session<GameContract>, wish: WatchOptions): Promise<{ users: UserView[] }> {
      const viewer = viewers.get(session);
      if (!viewer) throw new GameError("unavailable");
      const guild = wish.guild === true ? session.identity.guildId : null;
      if (guild === undefined) throw new GameError("forbidden", { message: "you are in no guild" });
      return settled(viewer, async () => {
        const chosen: Watch = {
          users: new Set((wish.user_ids ?? []) as readonly UserId[]),
          guild,
          party: wish.party === true,
          partyUsers: wish.party === true ? await partyOf(session.userId) : new Set(),
        };
        // Registered before the snapshot is read: changes in between are sent after it.
        viewers.setWatch(viewer, chosen);
        session.leave(rooms.presence());
        const inGuild =
          guild === null
            ? []
            : (
                await store.indexes.page(presenceKeys.guild(guild), {
                  limit: MAX_GUILD,
                  maxBytes: MAX_PAGE_BYTES,
                })
              ).members;
        const users = new Set([
          ...chosen.users,
          ...chosen.partyUsers,
          ...inGuild.map(({ member }) => member as UserId),
        ]);
        return { users: await shown(viewer, [...users]) };
      });
    },

    /** Back to everybody. */
    unwatch(session: Session<GameContract>): void {
      const viewer = viewers.get(session);
      if (viewer) viewers.setWatch(viewer, undefined);
      session.join(rooms.presence());
    },

    partyChanged,

    /** Any party may have changed. */
    partiesLost(): void {
      for (const user of new Set([...viewers.all()].map(({ session }) => session.userId))) partyChanged(user);
    },
  };
}
