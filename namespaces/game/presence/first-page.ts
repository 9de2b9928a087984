/** The list that newcomers get: read once for all who connect between two frames of `presence`. */
import type { UserId } from "../../../core/ids.ts";
import type { PresenceRecord } from "../../../core/ports/store/presence.ts";
import { type Directory, type Found, shownTo, type UserPage, userView } from "./directory.ts";
import type { Profile } from "./stored.ts";
import type { Viewer } from "./viewers.ts";

/** How long it is the same, in milliseconds. */
const FIRST_PAGE_MS = 200;

/** @param pushedUsers with more the list has a cursor */
export function createFirstPage(
  directory: Directory,
  recordOf: (user: UserId) => Promise<PresenceRecord<Profile> | undefined>,
  pushedUsers: number,
) {
  const limit = Math.max(1, pushedUsers);
  let recent: { readonly reading: Promise<Found>; readonly at: number } | undefined;

  /** Whoever follows the stream before it is dropped hears in the next frame what it lacks. */
  async function page(): Promise<Found> {
    const now = performance.now();
    if (recent === undefined || now - recent.at > FIRST_PAGE_MS)
      recent = { reading: directory.page({ limit }), at: now };
    const used = recent;
    try {
      return await used.reading;
    } catch (err) {
      if (recent === used) recent = undefined;
      throw err;
    }
  }

  return {
    page,

    /** The next newcomer's is read anew. */
    forget(): void {
      recent = undefined;
    },

    /** For a newcomer, who is in it as they are now, where others see them too. */
    async listFor(viewer: Viewer, visible: boolean): Promise<UserPage> {
      const user = viewer.session.userId;
      const [found, record] = await Promise.all([page(), recordOf(user)]);
      const list = shownTo(viewer, found);
      if (record === undefined || !visible) return list;
      // The page may have been read before this connection was counted.
      const own = list.users.findIndex(({ user_id }) => user_id === user);
      if (own >= 0) return { ...list, users: list.users.with(own, userView(record)) };
      if (list.cursor !== undefined) return list;
      if (found.users.length >= pushedUsers) return shownTo(viewer, await directory.page({ limit }));
      const users = [...list.users, userView(record)];
      return { users, count: users.length };
    },
  };
}
