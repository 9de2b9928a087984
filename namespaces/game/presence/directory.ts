/** The list of users as each may see it: without invisible users, and without users where either of the two blocks the other. */
import type { PayloadOf } from "../../../core/contract/contract.ts";
import type { UserId } from "../../../core/ids.ts";
import type { BlockList } from "../../../core/ports/blocks.ts";
import type { Services } from "../../../core/ports/services.ts";
import type { PresenceRecord, PresenceScope } from "../../../core/ports/store/presence.ts";
import type { GameContract, UserView } from "../schema.ts";
import { faceOf, type Profile, presenceKeys } from "./stored.ts";
import type { PresenceViewer } from "./viewers.ts";

export type UserPage = PayloadOf<GameContract, "user:list">;

/** A part of the list, before it is filtered for a viewer. */
export interface ListedUsers {
  readonly users: readonly UserView[];
  /** The users that each of them blocks. */
  readonly blocks: readonly ReadonlySet<UserId>[];
  readonly count: number;
  readonly cursor?: string;
}

/** How long the set of invisible users is cached. */
const INVISIBLE_MS = 500;
/** How many users may be invisible; beyond, invisibility is refused. */
export const MAX_INVISIBLE = 5_000;

const NOBODY: ReadonlySet<UserId> = new Set();

export function userView(record: PresenceRecord<Profile | undefined>): UserView {
  const { subject, connections, profile } = record;
  const { name, picture } = faceOf(record);
  return {
    user_id: subject,
    name,
    ...(picture === undefined ? {} : { picture }),
    status: profile?.status ?? "online",
    ...(profile?.text == null ? {} : { text: profile.text }),
    connections,
  };
}

/** Whether somebody may not be shown to a viewer. */
export function isHidden(
  viewer: PresenceViewer,
  user: UserId,
  blocks: ReadonlySet<UserId> | undefined,
): boolean {
  return viewer.blocks.has(user) || blocks?.has(viewer.session.userId) === true;
}

/** What a viewer may see of it. */
export function shownTo(viewer: PresenceViewer, { users, blocks, count, cursor }: ListedUsers): UserPage {
  const shown = users.filter(({ user_id }, at) => !isHidden(viewer, user_id as UserId, blocks[at]));
  const page = { users: shown, count: count - (users.length - shown.length) };
  return cursor === undefined ? page : { ...page, cursor };
}

export function createDirectory(
  { store: { presence, indexes } }: Services,
  scope: PresenceScope,
  blockList: BlockList | undefined,
) {
  let invisible: { readonly reading: Promise<ReadonlySet<string>>; readonly at: number } | undefined;

  async function readInvisible(): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    let cursor: string | undefined;
    do {
      const page = await indexes.page(presenceKeys.invisible(), {
        limit: MAX_INVISIBLE,
        ...(cursor === undefined ? {} : { cursor }),
      });
      for (const { member } of page.members) found.add(member);
      cursor = page.cursor;
    } while (cursor !== undefined && found.size < MAX_INVISIBLE);
    return found;
  }

  function hidden(): Promise<ReadonlySet<string>> {
    const now = performance.now();
    if (invisible && now - invisible.at <= INVISIBLE_MS) return invisible.reading;
    const used = { reading: readInvisible(), at: now };
    invisible = used;
    used.reading.catch(() => {
      if (invisible === used) invisible = undefined;
    });
    return used.reading;
  }

  async function foundOf(
    records: readonly PresenceRecord<Profile>[],
  ): Promise<Pick<ListedUsers, "users" | "blocks">> {
    const gone = await hidden();
    const users = records.filter(({ subject }) => !gone.has(subject)).map(userView);
    const ids = users.map(({ user_id }) => user_id as UserId);
    return { users, blocks: (await blockList?.of(ids)) ?? ids.map(() => NOBODY) };
  }

  return {
    foundOf,

    /** How many users are here and not invisible. */
    async size(): Promise<number> {
      const [{ subjects }, gone] = await Promise.all([presence.size(scope), hidden()]);
      return Math.max(0, subjects - gone.size);
    },

    async page(options: {
      readonly cursor?: string | undefined;
      readonly limit: number;
    }): Promise<ListedUsers> {
      const { limit } = options;
      const [{ subjects }, gone] = await Promise.all([presence.size(scope), hidden()]);
      const records: PresenceRecord<Profile>[] = [];
      let { cursor } = options;
      /** The page of the store was full before it had as many as were asked for. */
      let isFull = false;
      do {
        const left = limit - records.length;
        const page = await presence.page<Profile>(scope, {
          limit: left,
          ...(cursor === undefined ? {} : { cursor }),
        });
        // A page of the invisible only would look like the end.
        records.push(...page.records.filter(({ subject }) => !gone.has(subject)));
        cursor = page.cursor;
        isFull = page.records.length < left;
      } while (cursor !== undefined && records.length < limit && (records.length === 0 || !isFull));
      const found = { ...(await foundOf(records)), count: Math.max(0, subjects - gone.size) };
      return cursor === undefined ? found : { ...found, cursor };
    },

    /** Those of these users who are here. */
    async present(users: readonly UserId[]): Promise<Pick<ListedUsers, "users" | "blocks">> {
      const records = await presence.get<Profile>(scope, users);
      return foundOf(records.filter((record) => record !== undefined));
    },

    /** The set of invisible users may have changed: a list read from now on must not be older than what is sent. */
    forget(): void {
      invisible = undefined;
    },
  };
}

export type Directory = ReturnType<typeof createDirectory>;

/** How long newcomers get the same first page, in milliseconds. */
const FIRST_PAGE_MS = 200;

/**
 * The list that newcomers get: read once for all that connect between two frames of `presence`.
 * @param pushedUsers with more users the list has a cursor
 */
export function createFirstPage(
  directory: Directory,
  recordOf: (user: UserId) => Promise<PresenceRecord<Profile> | undefined>,
  pushedUsers: number,
) {
  const limit = Math.max(1, pushedUsers);
  let recent: { readonly reading: Promise<ListedUsers>; readonly at: number } | undefined;

  /** Whoever follows the stream before it is dropped hears in the next frame what it lacks. */
  async function page(): Promise<ListedUsers> {
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
    async listFor(viewer: PresenceViewer, visible: boolean): Promise<UserPage> {
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
