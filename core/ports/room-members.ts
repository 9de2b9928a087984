import type { RoomId, UserId } from "../ids.ts";

/** Who has a seat in a room of `/game`: offered by `/game`, asked by `/chat` for the channel of a room. Spectators have none. */
export interface RoomMembers {
  /** Undefined: there is no such room. */
  membersOf(room: RoomId): Promise<readonly UserId[] | undefined>;
  isMember(room: RoomId, user: UserId): Promise<boolean>;
  /** The rooms in which the user has a seat. */
  roomsOf(user: UserId): Promise<readonly RoomId[]>;
  /** The same of many users, in their order, read together. */
  roomsOfEach(users: readonly UserId[]): Promise<readonly (readonly RoomId[])[]>;
  /**
   * Calls the listener when these users may have got or lost their seat, at least on the workers with connections of theirs. A hint: it
   * can be missed or come twice; `membersOf` is the truth. The listener must not throw. @returns a function that ends it
   */
  onChange(listener: (room: RoomId, users: readonly UserId[]) => void): Promise<() => void>;
}
