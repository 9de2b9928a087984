/** The channel of a room of `/game`, for the users who have a seat in it. */

import { AGAIN, untilDone } from "../../../core/consistency/transact.ts";
import { STAFF } from "../../../core/contract/contract.ts";
import type { RoomId } from "../../../core/ids.ts";
import type { ChatContext, ChatSession } from "../context.ts";
import { type Channel, roomChannel, roomNamed } from "../model/channels.ts";
import type { Member } from "./local-members.ts";

export function createRoomChannels({ services: { live }, options: { rooms }, members }: ChatContext) {
  /** Applies a read, unless a newer one was applied. Detaches the user from rooms in which they lost the seat. */
  function take(member: Member, read: number, next: ReadonlySet<RoomId>): boolean {
    if (read <= member.roomsTaken) return false;
    member.roomsTaken = read;
    const lost = [...member.rooms].filter((room) => !next.has(room));
    member.rooms = next;
    for (const room of lost)
      for (const session of member.sessions) live.detach(session, roomChannel(room).log);
    return true;
  }

  return {
    /** The channel that a client names, if the user has a seat in the room, or is staff and the room exists. */
    async find(session: ChatSession, name: string): Promise<Channel | undefined> {
      const room = roomNamed(name);
      const member = members.get(session.userId);
      if (room === undefined || rooms === undefined || member === undefined) return undefined;
      const read = ++member.roomReads;
      const seated = await rooms.membersOf(room);
      const has = seated?.includes(session.userId) ?? false;
      if (has !== member.rooms.has(room)) {
        const others = [...member.rooms].filter((each) => each !== room);
        take(member, read, new Set(has ? [...others, room] : others));
      }
      return has || (seated !== undefined && session.hasRole(...STAFF)) ? roomChannel(room) : undefined;
    },

    /** The channels of all rooms in which the user has a seat now. */
    async of(member: Member): Promise<Channel[]> {
      if (rooms === undefined) return [];
      return untilDone(async () => {
        const read = ++member.roomReads;
        const own = await rooms.roomsOf(member.userId);
        return take(member, read, new Set(own)) ? own.map(roomChannel) : AGAIN;
      });
    },

    /** Of some users, those whose seats differ from the ones known here. */
    async unlike(some: readonly Member[]): Promise<Member[]> {
      if (rooms === undefined) return [];
      const found = await rooms.roomsOfEach(some.map(({ userId }) => userId));
      return some.filter((member, at) => {
        const own = found[at] ?? [];
        return own.length !== member.rooms.size || own.some((room) => !member.rooms.has(room));
      });
    },
  };
}

export type RoomChannels = ReturnType<typeof createRoomChannels>;
