/** Who is here: the list of users, their status, and what the others are told of it. */
import type { PayloadOf } from "../../core/contract.ts";
import type { UserId } from "../../core/ids.ts";
import type { LiveStream } from "../../core/ports/live.ts";
import type { PresenceRecord, PresenceScope } from "../../core/ports/presence.ts";
import type { Services } from "../../core/ports/services.ts";
import { rooms } from "../../core/rooms.ts";
import type { Session } from "../../core/session.ts";
import { update } from "../../core/versioned.ts";
import type { GameContract, UserStatus, UserView } from "./events.ts";
import { createFeed } from "./feed.ts";
import { gameContract } from "./schema.ts";
import type { OwnPresence, PresenceEntry, Profile } from "./stored.ts";
import { keys } from "./stored.ts";

/** Changes of the list that a worker which missed some can still read. */
const KEPT_ENTRIES = 2_000;

/** How long the list that newcomers get is the same, in milliseconds. */
const FIRST_PAGE_MS = 1_000;

type UserPage = PayloadOf<GameContract, "user:list">;

const newcomer: OwnPresence = { listed: false, status: "online", text: null };

export type Users = ReturnType<typeof createUsers>;

/** @param pushedUsers with more users than this the list is not pushed, only paged on request */
export function createUsers(services: Services, scope: PresenceScope, pushedUsers: number) {
  const { store, live, settings, outbound } = services;
  const { documents, presence } = store;
  const all = outbound.in(gameContract);
  const feed = createFeed({
    send(changes) {
      firstPage = undefined;
      all.toRoom(rooms.presence(), "presence", changes, { local: true });
    },
    async pushList() {
      const { subjects } = await presence.size(scope);
      if (subjects > pushedUsers) return;
      all.toRoom(rooms.presence(), "user:list", await page({ limit: pushedUsers }), { local: true });
    },
  });

  const stream: LiveStream<GameContract, PresenceEntry> = {
    key: keys.presence(),
    room: rooms.presence(),
    deliver: (entry) => feed.add(entry),
    lost: () => feed.missed(),
  };

  /**
   * The list's first pages, read once for all who connect between two frames of `presence`. Whoever follows the stream before
   * it is dropped hears in the next frame what it lacks.
   */
  let firstPage: { readonly reading: Promise<UserPage>; readonly at: number } | undefined;

  async function page(options: { cursor?: string | undefined; limit: number }): Promise<UserPage> {
    const { cursor, limit } = options;
    const [{ subjects }, found] = await Promise.all([
      presence.size(scope),
      presence.page<Profile>(scope, { limit, ...(cursor === undefined ? {} : { cursor }) }),
    ]);
    const list = { users: found.records.map(userView), count: subjects };
    return found.cursor === undefined ? list : { ...list, cursor: found.cursor };
  }

  async function recentPage(): Promise<UserPage> {
    const now = performance.now();
    if (firstPage === undefined || now - firstPage.at > FIRST_PAGE_MS)
      firstPage = { reading: page({ limit: pushedUsers }), at: now };
    const used = firstPage;
    try {
      return await used.reading;
    } catch (err) {
      if (firstPage === used) firstPage = undefined;
      throw err;
    }
  }

  async function tell(entry: PresenceEntry): Promise<void> {
    const { ttlMs } = settings.retention;
    await store.streams.append(keys.presence(), entry, { maxLength: KEPT_ENTRIES, ttlMs });
  }

  const recordOf = async (user: UserId) => (await presence.get<Profile>(scope, [user]))[0];
  const ownOf = async (user: UserId) => (await documents.load(keys.ownPresence(user)))?.state ?? newcomer;

  /** The user as presence has them, with the status that they chose. */
  function shown(record: PresenceRecord<Profile>, { status, text }: OwnPresence): UserView {
    return userView({ ...record, profile: { name: nameOf(record), status, text } });
  }

  async function own(user: UserId, change: (now: OwnPresence) => OwnPresence | null): Promise<void> {
    await update<OwnPresence, void>(documents, keys.ownPresence(user), (current) => {
      if (current === undefined && change(newcomer) === null) return { state: undefined, result: undefined };
      return { state: change(current?.state ?? newcomer), result: undefined };
    });
  }

  return {
    page,

    /** Lets a connection follow the list, and sends it as it is. */
    async attend(session: Session<GameContract>): Promise<void> {
      await live.attach(session, stream);
      const { status, text } = await ownOf(session.userId);
      if (status !== "online" || text !== null)
        await presence.update<Profile>(scope, session.userId, { name: session.identity.name, status, text });
      const list = await recentPage();
      if (list.users.some(({ user_id }) => user_id === session.userId) || list.cursor !== undefined) {
        session.emit("user:list", list);
        return;
      }
      // Read before this connection was counted.
      if (list.users.length === pushedUsers) {
        session.emit("user:list", await page({ limit: pushedUsers }));
        return;
      }
      const record = await recordOf(session.userId);
      const users = record === undefined ? list.users : [...list.users, userView(record)];
      session.emit("user:list", { users, count: users.length });
    },

    async setStatus(user: UserId, name: string, status: UserStatus, text: string | null): Promise<void> {
      await own(user, (now) => ({ ...now, status, text }));
      await presence.update<Profile>(scope, user, { name, status, text });
      const record = await recordOf(user);
      if (record !== undefined) await tell({ kind: "updated", user: userView(record) });
    },

    /** The user's first connection is here; or they are back within the grace period. */
    async online(user: UserId): Promise<void> {
      const [record, chosen] = await Promise.all([recordOf(user), ownOf(user)]);
      if (record === undefined || record.connections === 0) return;
      await tell({ kind: chosen.listed ? "updated" : "joined", user: shown(record, chosen) });
      if (!chosen.listed) await own(user, (now) => ({ ...now, listed: true }));
    },

    /** The grace period after the user's last connection is over. */
    async gone(user: UserId): Promise<void> {
      await presence.leave(scope, user);
      if ((await recordOf(user)) !== undefined) return;
      if ((await ownOf(user)).listed) await tell({ kind: "left", userId: user });
      await own(user, () => null);
    },

    close(): void {
      feed.close();
    },
  };
}

/** A profile is absent only where the user came by something that keeps none; then the id is the name. */
const nameOf = ({ profile, subject }: PresenceRecord<Profile | undefined>) => profile?.name ?? subject;

function userView(record: PresenceRecord<Profile | undefined>): UserView {
  const { subject, connections, profile } = record;
  return {
    user_id: subject,
    name: nameOf(record),
    status: profile?.status ?? "online",
    ...(profile?.text == null ? {} : { text: profile.text }),
    connections,
  };
}
