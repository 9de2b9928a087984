import type { RoomId, UserId } from "../ids.ts";

/** Who has a seat in a room of `/game`: offered by `/game`, to be asked by `/chat` for the channel of a room. */
export interface RoomMembers {
  isMember(room: RoomId, user: UserId): Promise<boolean>;
  /** The rooms in which the user has a seat. */
  roomsOf(user: UserId): Promise<readonly RoomId[]>;
  /**
   * Calls the listener on every worker when these users may have got or lost their seat. A hint: it can be missed or come twice;
   * `isMember` is the truth. The listener must not throw. @returns a function that ends it
   */
  onChange(listener: (room: RoomId, users: readonly UserId[]) => void): Promise<() => void>;
}
