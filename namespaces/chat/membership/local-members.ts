/** Users of `/chat` who are connected to this worker, and the worker's state of each. */
import type { PartyId, RoomId, UserId } from "../../../core/ids.ts";
import type { ChatSession } from "../context.ts";
import type { ScopeSanctions } from "./sanctions-cache.ts";

export interface Member {
  readonly userId: UserId;
  readonly sessions: Set<ChatSession>;
  /** The user's block list and its version; undefined until it was read. */
  blocks: { readonly version: number; readonly users: ReadonlySet<UserId> } | undefined;
  /** The list has changed since, and could not be read again. */
  blocksStale: boolean;
  party: PartyId | undefined;
  /** Rooms of `/game` in which the user had a seat at the last read. */
  rooms: ReadonlySet<RoomId>;
  /** Counts the reads of the rooms; `roomsTaken` is the last read that was applied. */
  roomReads: number;
  roomsTaken: number;
  /** The list of named channels that the user joined, as it was last read; 0: none. */
  joinedVersion: number;
  /** When the channels that sanctions shut to the user are tried again, in the store's time; Infinity: none is shut. */
  triedAgainAt: number;
  /** Private channels of the user that are known to be there, the latest last. */
  readonly privates: Set<string>;
  /** Under way: whether the user is still in the party and the rooms that are known here. */
  readonly checks: Set<Promise<void>>;
  /** By scope id. Valid only while a session of the user follows the scope here, because the stream brings each change. */
  readonly sanctions: Map<string, ScopeSanctions>;
  /** Counts the changes of the user's sanctions that this worker received. A read that began before one is not remembered. */
  sanctionChanges: number;
}

const NOBODY: ReadonlySet<UserId> = new Set();
/** A sanction can be lifted before its end: where no notice tells of it, the channel is tried again after this time. */
const LIFTED_MS = 60_000;

/** Bounded by the connections of the worker: a user is forgotten with the last one. */
export class Members {
  readonly #byUser = new Map<UserId, Member>();
  /** The local users who block a user, by the blocked user. */
  readonly #blockers = new Map<UserId, Set<UserId>>();

  enter(session: ChatSession): Member {
    const member = this.#byUser.get(session.userId) ?? {
      userId: session.userId,
      sessions: new Set(),
      blocks: undefined,
      blocksStale: false,
      party: undefined,
      rooms: new Set(),
      roomReads: 0,
      roomsTaken: 0,
      joinedVersion: 0,
      triedAgainAt: Number.POSITIVE_INFINITY,
      privates: new Set(),
      checks: new Set(),
      sanctions: new Map(),
      sanctionChanges: 0,
    };
    this.#byUser.set(session.userId, member);
    member.sessions.add(session);
    return member;
  }

  /** @returns whether that was the user's last session here */
  exit(session: ChatSession): boolean {
    const member = this.#byUser.get(session.userId);
    if (!member?.sessions.delete(session) || member.sessions.size > 0) return false;
    this.#index(member, NOBODY);
    this.#byUser.delete(session.userId);
    return true;
  }

  get(user: UserId): Member | undefined {
    return this.#byUser.get(user);
  }

  /** Iterates afresh, and meets also users who come meanwhile. */
  all(): Iterator<Member> & Iterable<Member> {
    return this.#byUser.values();
  }

  get size(): number {
    return this.#byUser.size;
  }

  /** Takes a block list over, unless a newer one is known. */
  setBlocks(member: Member, version: number, users: readonly UserId[]): void {
    if (this.#byUser.get(member.userId) !== member) return;
    if (member.blocks && member.blocks.version > version) return;
    const next = new Set(users);
    this.#index(member, next);
    member.blocks = { version, users: next };
  }

  /** Applies a received change to a known list. */
  noteBlock(member: Member, user: UserId, blocked: boolean): void {
    if (!member.blocks) return;
    const { version, users } = member.blocks;
    const others = [...users].filter((id) => id !== user);
    this.setBlocks(member, version, blocked ? [...others, user] : others);
  }

  /** The users connected here who block this user. */
  blockersOf(user: UserId): ReadonlySet<UserId> {
    return this.#blockers.get(user) ?? NOBODY;
  }

  #index(member: Member, next: ReadonlySet<UserId>): void {
    for (const user of member.blocks?.users ?? NOBODY) {
      const blockers = this.#blockers.get(user);
      if (blockers?.delete(member.userId) && blockers.size === 0) this.#blockers.delete(user);
    }
    for (const user of next) {
      const blockers = this.#blockers.get(user);
      if (blockers) blockers.add(member.userId);
      else this.#blockers.set(user, new Set([member.userId]));
    }
  }

  /**
   * A channel was shut to the user, who hears it again once the sanction has ended.
   * @param until when that is, in the store's time; undefined: when it is lifted
   */
  noteShut(member: Member, now: number, until = Number.POSITIVE_INFINITY): void {
    member.triedAgainAt = Math.min(member.triedAgainAt, until, now + LIFTED_MS);
  }

  /** Something changed for the user in a scope. */
  forgetSanctions(user: UserId, scopeId: string): void {
    const member = this.#byUser.get(user);
    if (!member) return;
    member.sanctionChanges++;
    member.sanctions.delete(scopeId);
  }

  /** Something may have changed for anybody in a scope. */
  forgetScope(scopeId: string): void {
    for (const user of this.#byUser.keys()) this.forgetSanctions(user, scopeId);
  }
}
