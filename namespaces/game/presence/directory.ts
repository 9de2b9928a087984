/** The list of users as it may be shown: without the invisible, and to each without those who block them or whom they block. */
import type { PayloadOf } from "../../../core/contract/contract.ts";
import type { UserId } from "../../../core/ids.ts";
import type { BlockList } from "../../../core/ports/blocks.ts";
import type { Services } from "../../../core/ports/services.ts";
import type { PresenceRecord, PresenceScope } from "../../../core/ports/store/presence.ts";
import type { GameContract, UserView } from "../schema.ts";
import { faceOf, type Profile, presenceKeys } from "./stored.ts";
import type { Viewer } from "./viewers.ts";

export type UserPage = PayloadOf<GameContract, "user:list">;

/** A part of the list before it is made anybody's own. */
export interface Found {
  readonly users: readonly UserView[];
  /** Whom each of them blocks. */
  readonly blocks: readonly ReadonlySet<UserId>[];
  readonly count: number;
  readonly cursor?: string;
}

/** How long who is invisible is remembered where no change is heard of. */
const INVISIBLE_MS = 500;
/** Invisible users that are hidden; beyond, invisibility is refused. */
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
export function isHidden(viewer: Viewer, user: UserId, blocks: ReadonlySet<UserId> | undefined): boolean {
  return viewer.blocks.has(user) || blocks?.has(viewer.session.userId) === true;
}

/** What a viewer may see of it. */
export function shownTo(viewer: Viewer, { users, blocks, count, cursor }: Found): UserPage {
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
  ): Promise<Pick<Found, "users" | "blocks">> {
    const gone = await hidden();
    const users = records.filter(({ subject }) => !gone.has(subject)).map(userView);
    const ids = users.map(({ user_id }) => user_id as UserId);
    return { users, blocks: (await blockList?.of(ids)) ?? ids.map(() => NOBODY) };
  }

  return {
    foundOf,

    /** Users who are here and not invisible. */
    async size(): Promise<number> {
      const [{ subjects }, gone] = await Promise.all([presence.size(scope), hidden()]);
      return Math.max(0, subjects - gone.size);
    },

    async page(options: { readonly cursor?: string | undefined; readonly limit: number }): Promise<Found> {
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
    async present(users: readonly UserId[]): Promise<Pick<Found, "users" | "blocks">> {
      const records = await presence.get<Profile>(scope, users);
      return foundOf(records.filter((record) => record !== undefined));
    },

    /** Who is invisible may have changed: a list read from now on must not be older than what is told. */
    forget(): void {
      invisible = undefined;
    },
  };
}

export type Directory = ReturnType<typeof createDirectory>;
