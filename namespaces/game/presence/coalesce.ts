/** Joins changes of the list of users into one `presence` per window. One timer, however many users. */
import type { PayloadOf } from "../../../core/contract/contract.ts";
import type { UserId } from "../../../core/ids.ts";
import type { GameContract } from "../schema.ts";
import { type PresenceEntry, userOf } from "./stored.ts";

type PresencePayload = PayloadOf<GameContract, "presence">;

/** How often `presence` is sent at most, in milliseconds: five times a second. */
const WINDOW_MS = 200;
/** How often the whole list is pushed at most, in milliseconds. */
const LIST_MS = 1_000;

export interface CoalescerOptions {
  /** To this worker's connections. Must not reject. */
  send(entries: readonly PresenceEntry[]): Promise<void>;
  /** Pushes the whole list to this worker's connections, where it is short enough. */
  pushList(): Promise<void>;
}

export interface Coalescer {
  add(entry: PresenceEntry): void;
  /** Entries are lost: the whole list must be pushed. */
  missed(): void;
  close(): void;
}

export function createCoalescer(options: CoalescerOptions): Coalescer {
  let pending = new Map<UserId, PresenceEntry>();
  let listDue = false;
  let listedAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  function arm(): void {
    if (timer !== undefined || closed) return;
    timer = setTimeout(tick, WINDOW_MS);
    timer.unref();
  }

  function tick(): void {
    timer = undefined;
    if (pending.size > 0) {
      const entries = [...pending.values()];
      pending = new Map();
      void options.send(entries);
    }
    if (listDue && performance.now() - listedAt >= LIST_MS) {
      listDue = false;
      listedAt = performance.now();
      options.pushList().catch(() => {
        listDue = true;
        arm();
      });
    }
    if (listDue) arm();
  }

  return {
    add(entry) {
      const user = userOf(entry);
      const joined = joinedEntries(pending.get(user), entry);
      // Came and went: announced as gone, for a list that was read in between may have had the user.
      pending.set(user, joined ?? entry);
      listDue = true;
      arm();
    },
    missed() {
      listDue = true;
      arm();
    },
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}

/** Two changes of one user as one; undefined where they cancel each other out. */
export function joinedEntries(
  before: PresenceEntry | undefined,
  next: PresenceEntry,
): PresenceEntry | undefined {
  if (before === undefined) return next;
  if (before.kind === "joined") return next.kind === "left" ? undefined : { ...next, kind: "joined" };
  // Of several moves the guild counts whose members were notified last. For a user whose leaving was not sent yet, it is the guild they left in.
  const { formerGuild = before.kind === "left" ? before.guild : next.formerGuild } = before;
  const both = formerGuild === undefined ? next : { ...next, formerGuild };
  return both.kind !== "left" && before.kind === "left" ? { ...both, kind: "updated" } : both;
}

export function presenceOf(entries: readonly PresenceEntry[]): PresencePayload {
  const presence: PresencePayload = { joined: [], left: [], updated: [] };
  for (const entry of entries) {
    if (entry.kind === "left") presence.left.push(entry.userId);
    else presence[entry.kind].push(entry.user);
  }
  return presence;
}
