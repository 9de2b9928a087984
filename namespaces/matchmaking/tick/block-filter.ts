/** Keeps users that block one another apart. Only lists of users that would meet are read, so the cost grows with matches, not with the queue. */

import type { UserId } from "../../../core/ids.ts";
import type { BlockList } from "../../../core/ports/blocks.ts";
import { usersOf } from "../changes.ts";
import type { Apart } from "../pairing/pairing.ts";
import type { Ticket } from "../store.ts";

/** How often a choice is made again with the lists read so far. Choices that are still wrong then wait for the next look. */
const ROUNDS = 8;

export interface BlockFilter {
  /**
   * @param choose pure; gets which tickets must not meet, as far as that is known
   * @param together the tickets that meet by a choice
   */
  choose<T>(
    choose: (apart: Apart | undefined) => readonly T[] | Promise<readonly T[]>,
    together: (chosen: T) => readonly Ticket[],
  ): Promise<readonly T[]>;
}

export function createBlockFilter(blocks: BlockList | undefined): BlockFilter {
  return {
    async choose(choose, together) {
      if (!blocks) return choose(undefined);
      const lists = new Map<UserId, ReadonlySet<UserId>>();
      const refuses = (one: UserId, other: UserId) => lists.get(one)?.has(other) === true;
      const apart: Apart = (a, b) =>
        usersOf(a).some((one) => usersOf(b).some((other) => refuses(one, other) || refuses(other, one)));
      const isWrong = (tickets: readonly Ticket[]) =>
        tickets.some((ticket, at) => tickets.slice(at + 1).some((other) => apart(ticket, other)));
      let someBlock = false;
      for (let round = 1; ; round++) {
        const chosen = await choose(someBlock ? apart : undefined);
        const unknown = new Set(
          chosen.flatMap((each) => together(each).flatMap(usersOf)).filter((user) => !lists.has(user)),
        );
        const users = [...unknown];
        const read = users.length === 0 ? [] : await blocks.of(users);
        read.forEach((list, at) => {
          if (list.size > 0) someBlock = true;
          lists.set(users[at] as UserId, list);
        });
        const right = someBlock ? chosen.filter((each) => !isWrong(together(each))) : chosen;
        if (right.length === chosen.length || round === ROUNDS) return right;
      }
    },
  };
}
