/** Sends changes of the list of users: to everybody while the users are few, else to viewers that watch the changed users. */
import { singleFlight } from "../../../core/async.ts";
import type { UserId } from "../../../core/ids.ts";
import type { NamespaceOutbound } from "../../../core/ports/outbound.ts";
import { rooms } from "../../../core/rooms.ts";
import type { GameContract } from "../schema.ts";
import { presenceOf } from "./coalesce.ts";
import { type Directory, isHidden, type ListedUsers, shownTo } from "./directory.ts";
import type { PresenceEntry } from "./stored.ts";
import { mayHear, type PresenceViewer, type PresenceViewers } from "./viewers.ts";

/** How old the measured size may be for a newcomer, in milliseconds. */
const SIZE_MS = 1_000;
/** Pushing begins again at this part of the limit, so that it does not change with every user that comes or goes. */
const RESUME_PART = 0.9;

export interface FramesOptions {
  readonly outbound: NamespaceOutbound<GameContract>;
  readonly viewers: PresenceViewers;
  readonly directory: Directory;
  readonly pushedUsers: number;
  send(viewer: PresenceViewer, entries: readonly PresenceEntry[]): void;
}

export function createFrames({ outbound, viewers, directory, pushedUsers, send }: FramesOptions) {
  let pushed = true;
  let measuredAt = Number.NEGATIVE_INFINITY;

  async function measure(): Promise<void> {
    const users = await directory.size();
    measuredAt = performance.now();
    const now = users <= (pushed ? pushedUsers : Math.floor(pushedUsers * RESUME_PART));
    if (now === pushed) return;
    const list = now ? await wholeList() : undefined;
    pushed = now;
    outbound.toRoom(rooms.presence(), "presence:push", { pushed, max_users: pushedUsers }, { local: true });
    if (list) sendList(list);
  }

  const measured = singleFlight(measure);

  /** Whether the whole list is pushed now. While the store is away, what held before holds. */
  async function isPushed(oldestMs = 0): Promise<boolean> {
    if (performance.now() - measuredAt >= oldestMs) {
      await measured().catch(() => undefined);
    }
    return pushed;
  }

  /** Viewers that are shown everybody. */
  function* everywhere(): Iterable<PresenceViewer> {
    for (const viewer of viewers.all()) if (viewer.watch === undefined) yield viewer;
  }

  function sendToAll(entries: readonly PresenceEntry[]): void {
    let alike = true;
    for (const viewer of everywhere())
      if (!entries.every((entry) => mayHear(viewer, entry))) {
        alike = false;
        break;
      }
    // Encoded once, unless somebody here must not hear of it all.
    if (alike) outbound.toRoom(rooms.presence(), "presence", presenceOf(entries), { local: true });
    else
      for (const viewer of everywhere())
        send(
          viewer,
          entries.filter((entry) => mayHear(viewer, entry)),
        );
  }

  const wholeList = () => directory.page({ limit: Math.max(1, pushedUsers) });

  function sendList(found: ListedUsers): void {
    let alike = true;
    for (const viewer of everywhere())
      if (found.users.some(({ user_id }, at) => isHidden(viewer, user_id as UserId, found.blocks[at])))
        alike = false;
    const { users, count, cursor } = found;
    const list = { users: [...users], count, ...(cursor === undefined ? {} : { cursor }) };
    if (alike) outbound.toRoom(rooms.presence(), "user:list", list, { local: true });
    else for (const viewer of everywhere()) viewer.session.emit("user:list", shownTo(viewer, found));
  }

  return {
    /** For newcomers: perhaps a second old. */
    isPushed: () => isPushed(SIZE_MS),

    /** Pushes the whole list, where it is short enough. */
    async pushList(): Promise<void> {
      if (await isPushed()) sendList(await wholeList());
    },

    async send(entries: readonly PresenceEntry[]): Promise<void> {
      // Grouped before the first await: a viewer that begins to watch meanwhile gets a snapshot.
      const watched = new Map<PresenceViewer, PresenceEntry[]>();
      for (const entry of entries)
        for (const [viewer, sent] of viewers.watchersOf(entry)) {
          const own = watched.get(viewer);
          if (own) own.push(sent);
          else watched.set(viewer, [sent]);
        }
      for (const [viewer, own] of watched) send(viewer, own);
      if (await isPushed()) sendToAll(entries);
    },

    /** One of two users now blocks the other, or no longer does: for the one, the other goes or comes. */
    async turn(viewing: UserId, viewed: UserId, blocked: boolean): Promise<void> {
      const concerned = [...viewers.of(viewing)].filter((viewer) =>
        viewer.watch === undefined ? pushed : viewers.watches(viewer, viewed),
      );
      if (concerned.length === 0) return;
      const { users, blocks } = await directory.present([viewed]);
      const [user] = users;
      if (!user) return;
      for (const viewer of concerned) {
        const hidden = isHidden(viewer, viewed, blocks[0]);
        if (blocked && hidden) send(viewer, [{ kind: "left", userId: viewed, guild: null }]);
        if (!blocked && !hidden) send(viewer, [{ kind: "joined", user, guild: null }]);
      }
    },
  };
}
