/** Who plays with whom: tickets whole, teams full, skills as even as a simple rule makes them. */
import type { Ticket } from "../store.ts";

// Which party sizes can be laid out in whole teams.

/** How many tickets of each size: `counts[size]`, absent for none. */
export type SizeCounts = readonly (number | undefined)[];
/** Sizes that fill all teams of a match. */
export type Layout = readonly number[];

/** Whether there are enough of every size. */
export function within(layout: Layout, there: SizeCounts): boolean {
  for (let size = 1; size < layout.length; size++)
    if ((layout[size] as number) > (there[size] ?? 0)) return false;
  return true;
}

export function countsOf(sizes: Iterable<number>): number[] {
  const counts: number[] = [];
  for (const size of sizes) counts[size] = (counts[size] ?? 0) + 1;
  return counts;
}

/**
 * How many layouts are considered; of more, those with the fewest tickets of the larger sizes. Reached only where parties of
 * many sizes meet in many large teams.
 */
const MAX_LAYOUTS = 1_000;

/**
 * Every multiset of ticket sizes that fills `teams` teams of `perTeam` players, ticket by ticket whole, out of the tickets that
 * wait; without those that need more of a size than there are.
 */
export function teamCompositions(teams: number, perTeam: number, waiting: SizeCounts): Layout[] {
  const sizes = Array.from({ length: perTeam }, (_, at) => at + 1).filter((size) => (waiting[size] ?? 0) > 0);
  const oneTeam = compositions(perTeam, sizes).filter((counts) => within(counts, waiting));
  let layouts: Layout[] = [[]];
  for (let team = 0; team < teams; team++) {
    const next = new Map<string, Layout>();
    for (const layout of layouts) {
      for (const composition of oneTeam) {
        const sum = add(layout, composition, perTeam);
        if (within(sum, waiting)) next.set(sum.join(), sum);
      }
    }
    layouts = [...next.values()].sort(fewestLarge).slice(0, MAX_LAYOUTS);
  }
  return layouts;
}

/** The ways to fill one team. */
function compositions(room: number, sizes: readonly number[]): Layout[] {
  const found: Layout[] = [];
  const extend = (left: number, from: number, counts: number[]): void => {
    if (found.length >= MAX_LAYOUTS) return;
    if (left === 0) {
      found.push(counts.slice());
      return;
    }
    for (let at = from; at < sizes.length; at++) {
      const size = sizes[at] as number;
      if (size > left) return;
      counts[size] = (counts[size] ?? 0) + 1;
      extend(left - size, at, counts);
      counts[size] = (counts[size] ?? 0) - 1;
    }
  };
  extend(room, 0, new Array<number>(room + 1).fill(0));
  return found;
}

const add = (a: Layout, b: Layout, max: number): Layout =>
  Array.from({ length: max + 1 }, (_, size) => (a[size] ?? 0) + (b[size] ?? 0));

function fewestLarge(a: Layout, b: Layout): number {
  for (let size = Math.max(a.length, b.length) - 1; size > 0; size--) {
    const difference = (a[size] ?? 0) - (b[size] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

interface Team {
  room: number;
  skill: number;
  readonly tickets: Ticket[];
}

/**
 * Lays tickets out in teams: the largest first, of equals the most skilled, each to the team with the least skill so far that
 * has room; steps back where that leaves one without room. Teams of one are in the order of the tickets.
 * @param tickets together exactly `teams × perTeam` players, in sizes that can be laid out
 */
export function formTeams(tickets: readonly Ticket[], teams: number, perTeam: number): Ticket[][] {
  if (perTeam === 1) return tickets.map((ticket) => [ticket]);
  const order = ordered(tickets);
  const filled: Team[] = [];
  for (let team = 0; team < teams; team++) filled.push({ room: perTeam, skill: 0, tickets: [] });
  if (!place(order, 0, filled, { rooms: undefined }))
    throw new Error("these tickets do not fill whole teams");
  return filled.map((team) => team.tickets);
}

const largestFirst = (a: Ticket, b: Ticket): number =>
  b.members.length - a.members.length || b.skill - a.skill || (a.ticketId < b.ticketId ? -1 : 1);

/** By insertion: matches are small and many. */
function ordered(tickets: readonly Ticket[]): Ticket[] {
  const order = tickets.slice();
  for (let end = 1; end < order.length; end++) {
    const ticket = order[end] as Ticket;
    let at = end;
    for (; at > 0 && largestFirst(order[at - 1] as Ticket, ticket) > 0; at--)
      order[at] = order[at - 1] as Ticket;
    order[at] = ticket;
  }
  return order;
}

interface DeadEnds {
  /** Rooms left, with the ticket whose turn it is, from which no way leads on; made when there is one. */
  rooms: Set<string> | undefined;
}

function place(order: readonly Ticket[], at: number, teams: readonly Team[], hopeless: DeadEnds): boolean {
  const ticket = order[at];
  if (!ticket) return true;
  if (hopeless.rooms?.has(stateOf(at, teams))) return false;
  const size = ticket.members.length;
  /** A bit for each room that was tried: teams with the same room lead to the same end. Two teams have no room above 32 (`MAX_SIZE`). */
  let tried = 0;
  for (;;) {
    const team = weakest(teams, size, tried);
    if (!team) break;
    const { room, skill } = team;
    tried |= 1 << room;
    team.room = room - size;
    team.skill = skill + ticket.skill * size;
    team.tickets.push(ticket);
    if (place(order, at + 1, teams, hopeless)) return true;
    team.room = room;
    team.skill = skill;
    team.tickets.pop();
  }
  hopeless.rooms ??= new Set();
  hopeless.rooms.add(stateOf(at, teams));
  return false;
}

/** The team with the least skill so far, of equals the emptiest, that has room and was not tried. */
function weakest(teams: readonly Team[], size: number, tried: number): Team | undefined {
  let best: Team | undefined;
  for (const team of teams) {
    if (team.room < size || (tried & (1 << team.room)) !== 0) continue;
    if (!best || team.skill < best.skill || (team.skill === best.skill && team.room > best.room)) best = team;
  }
  return best;
}

const stateOf = (at: number, teams: readonly Team[]): string =>
  `${at}:${teams.map((team) => team.room).sort((a, b) => a - b)}`;
