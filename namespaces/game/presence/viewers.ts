/** Connections of this worker that see the list of users, or the users that they watch; indexed by watched user and guild. */

import type { Session } from "../../../core/contract/session.ts";
import type { UserId } from "../../../core/ids.ts";
import type { GameContract } from "../schema.ts";
import { type PresenceEntry, userOf } from "./stored.ts";

/** The users that a connection watches instead of everybody. */
export interface Watch {
  readonly users: ReadonlySet<UserId>;
  readonly guild: string | null;
  readonly party: boolean;
  /** The members of the party at the last look-up. */
  readonly partyUsers: ReadonlySet<UserId>;
}

export interface PresenceViewer {
  readonly session: Session<GameContract>;
  /** The users that the user blocks. */
  blocks: ReadonlySet<UserId>;
  /** Undefined: everybody, while the users are few. */
  watch: Watch | undefined;
  /** Snapshots under way: changes that happen meanwhile are sent after them. */
  settling: number;
  kept: PresenceEntry[];
}

const NOBODY: ReadonlySet<UserId> = new Set();
const NONE: ReadonlySet<PresenceViewer> = new Set();

/** Whether a viewer may get an entry: neither of the two users blocks the other. */
export function mayHear(viewer: PresenceViewer, entry: PresenceEntry): boolean {
  return !viewer.blocks.has(userOf(entry)) && entry.hiddenFrom?.includes(viewer.session.userId) !== true;
}

export class PresenceViewers {
  readonly #bySession = new Map<Session<GameContract>, PresenceViewer>();
  readonly #byUser = new Map<UserId, Set<PresenceViewer>>();
  readonly #ofUser = new Map<UserId, Set<PresenceViewer>>();
  readonly #ofGuild = new Map<string, Set<PresenceViewer>>();

  /** Again: returns the viewer that is there. */
  add(session: Session<GameContract>): PresenceViewer {
    const known = this.#bySession.get(session);
    if (known) return known;
    const viewer: PresenceViewer = { session, blocks: NOBODY, watch: undefined, settling: 0, kept: [] };
    this.#bySession.set(session, viewer);
    addTo(this.#byUser, session.userId, viewer);
    return viewer;
  }

  remove(session: Session<GameContract>): void {
    const viewer = this.#bySession.get(session);
    if (!viewer) return;
    this.setWatch(viewer, undefined);
    removeFrom(this.#byUser, session.userId, viewer);
    this.#bySession.delete(session);
  }

  get size(): number {
    return this.#bySession.size;
  }

  get(session: Session<GameContract>): PresenceViewer | undefined {
    return this.#bySession.get(session);
  }

  all(): Iterable<PresenceViewer> {
    return this.#bySession.values();
  }

  of(user: UserId): ReadonlySet<PresenceViewer> {
    return this.#byUser.get(user) ?? NONE;
  }

  setWatch(viewer: PresenceViewer, watch: Watch | undefined): void {
    const before = viewer.watch;
    for (const user of watchedBy(before)) removeFrom(this.#ofUser, user, viewer);
    if (before?.guild != null) removeFrom(this.#ofGuild, before.guild, viewer);
    viewer.watch = watch;
    if (this.#bySession.get(viewer.session) !== viewer) return;
    for (const user of watchedBy(watch)) addTo(this.#ofUser, user, viewer);
    if (watch?.guild != null) addTo(this.#ofGuild, watch.guild, viewer);
  }

  /** The viewers that watch the user of an entry and may get it, each with the entry as it is for them. */
  *watchersOf(entry: PresenceEntry): Iterable<readonly [PresenceViewer, PresenceEntry]> {
    const { guild, formerGuild = guild } = entry;
    for (const viewer of this.#ofUser.get(userOf(entry)) ?? NONE)
      if (mayHear(viewer, entry)) yield [viewer, entry];
    const moved = guild !== formerGuild;
    const toGuild = moved && entry.kind === "updated" ? ({ ...entry, kind: "joined" } as const) : entry;
    for (const viewer of this.#guildWatchers(guild, entry)) yield [viewer, toGuild];
    if (!moved) return;
    const gone = { kind: "left", userId: userOf(entry), guild: formerGuild } as const;
    for (const viewer of this.#guildWatchers(formerGuild, entry)) yield [viewer, gone];
  }

  /** The viewers that watch a guild, without those that watch the user by name. */
  *#guildWatchers(guild: string | null, entry: PresenceEntry): Iterable<PresenceViewer> {
    if (guild === null) return;
    const ofUser = this.#ofUser.get(userOf(entry)) ?? NONE;
    for (const viewer of this.#ofGuild.get(guild) ?? NONE) {
      // The claim can go with a refreshed token.
      const still = viewer.session.identity.guildId === guild;
      if (still && !ofUser.has(viewer) && mayHear(viewer, entry)) yield viewer;
    }
  }

  watches(viewer: PresenceViewer, user: UserId): boolean {
    return this.#ofUser.get(user)?.has(viewer) ?? false;
  }
}

function watchedBy(watch: Watch | undefined): ReadonlySet<UserId> {
  return watch === undefined ? NOBODY : new Set([...watch.users, ...watch.partyUsers]);
}

function addTo<K>(map: Map<K, Set<PresenceViewer>>, key: K, viewer: PresenceViewer): void {
  const set = map.get(key);
  if (set) set.add(viewer);
  else map.set(key, new Set([viewer]));
}

function removeFrom<K>(map: Map<K, Set<PresenceViewer>>, key: K, viewer: PresenceViewer): void {
  const set = map.get(key);
  if (set?.delete(viewer) && set.size === 0) map.delete(key);
}
