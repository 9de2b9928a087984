/** Teams: which party sizes fill them, matches under construction, and how a match's tickets are divided into teams. */
import { MAX_SIZE } from "../modes.ts";
import type { Ticket } from "../store.ts";

/** How many tickets there are of each size, by size. Absent: none. */
export type SizeCounts = readonly (number | undefined)[];
/** How many tickets of each size, by size, fill all teams of a match. */
export type TeamComposition = readonly number[];

/** Whether there are enough of every size. */
export function within(composition: TeamComposition, there: SizeCounts): boolean {
  for (let size = 1; size < composition.length; size++)
    if ((composition[size] as number) > (there[size] ?? 0)) return false;
  return true;
}

export function countsOf(sizes: Iterable<number>): number[] {
  const counts: number[] = [];
  for (const size of sizes) counts[size] = (counts[size] ?? 0) + 1;
  return counts;
}

/**
 * How many compositions are considered; of more, those with the fewest tickets of the larger sizes. Reached only where parties of
 * many sizes meet in many large teams.
 */
const MAX_COMPOSITIONS = 1_000;

/**
 * Every multiset of ticket sizes that fills `teams` teams of `perTeam` players, ticket by ticket whole, out of the tickets that
 * wait; without those that need more of a size than there are.
 */
export function teamCompositions(teams: number, perTeam: number, waiting: SizeCounts): TeamComposition[] {
  const sizes = Array.from({ length: perTeam }, (_, at) => at + 1).filter((size) => (waiting[size] ?? 0) > 0);
  const oneTeam = teamFillings(perTeam, sizes).filter((counts) => within(counts, waiting));
  let found: TeamComposition[] = [[]];
  for (let team = 0; team < teams; team++) {
    const next = new Map<string, TeamComposition>();
    for (const match of found) {
      for (const team of oneTeam) {
        const sum = add(match, team, perTeam);
        if (within(sum, waiting)) next.set(sum.join(), sum);
      }
    }
    found = [...next.values()].sort(fewestLarge).slice(0, MAX_COMPOSITIONS);
  }
  return found;
}

/** The ways to fill one team. */
function teamFillings(room: number, sizes: readonly number[]): TeamComposition[] {
  const found: TeamComposition[] = [];
  const extend = (left: number, from: number, counts: number[]): void => {
    if (found.length >= MAX_COMPOSITIONS) return;
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

const add = (a: TeamComposition, b: TeamComposition, max: number): TeamComposition =>
  Array.from({ length: max + 1 }, (_, size) => (a[size] ?? 0) + (b[size] ?? 0));

function fewestLarge(a: TeamComposition, b: TeamComposition): number {
  for (let size = Math.max(a.length, b.length) - 1; size > 0; size--) {
    const difference = (a[size] ?? 0) - (b[size] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

const UNKNOWN = 0;
const WANTED = 1;
const NOT_WANTED = 2;

/** A match under construction, with the compositions that it can still become. Reused for the next match. */
export class MatchGroup {
  ids: number[] = [];
  readonly #counts = new Uint8Array(MAX_SIZE + 1);
  /** By size: whether one more ticket of it fits, as far as that was computed. */
  readonly #wanted = new Uint8Array(MAX_SIZE + 1);
  #open: readonly TeamComposition[] = [];
  /** How many tickets the first open composition has. */
  #tickets = 0;

  begin(seed: number, size: number, compositions: readonly TeamComposition[]): this {
    this.#counts.fill(0);
    this.#wanted.fill(UNKNOWN);
    this.ids.length = 0;
    this.#open = compositions;
    this.#tickets = ticketsIn(compositions[0] ?? []);
    this.add(seed, size);
    return this;
  }

  get full(): boolean {
    return this.#tickets === this.ids.length;
  }

  wants(size: number): boolean {
    const known = this.#wanted[size];
    if (known !== UNKNOWN) return known === WANTED;
    const already = this.#counts[size] as number;
    const wanted = this.#open.some((composition) => (composition[size] ?? 0) > already);
    this.#wanted[size] = wanted ? WANTED : NOT_WANTED;
    return wanted;
  }

  add(id: number, size: number): void {
    const count = (this.#counts[size] as number) + 1;
    this.#counts[size] = count;
    this.#wanted[size] = UNKNOWN;
    this.ids.push(id);
    if (this.#open.length === 1) return;
    const open = this.#open.filter((composition) => (composition[size] ?? 0) >= count);
    if (open.length === this.#open.length) return;
    this.#open = open;
    this.#tickets = ticketsIn(open[0] ?? []);
    this.#wanted.fill(UNKNOWN);
  }

  /** Its tickets, oldest first. */
  taken(): number[] {
    const taken = this.ids.slice();
    for (let end = 1; end < taken.length; end++) {
      const id = taken[end] as number;
      let at = end;
      for (; at > 0 && (taken[at - 1] as number) > id; at--) taken[at] = taken[at - 1] as number;
      taken[at] = id;
    }
    return taken;
  }
}

export function ticketsIn(layout: TeamComposition): number {
  let sum = 0;
  for (const count of layout) sum += count;
  return sum;
}

interface OpenTeam {
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
  const filled: OpenTeam[] = [];
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

function place(
  order: readonly Ticket[],
  at: number,
  teams: readonly OpenTeam[],
  deadEnds: DeadEnds,
): boolean {
  const ticket = order[at];
  if (!ticket) return true;
  if (deadEnds.rooms?.has(stateOf(at, teams))) return false;
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
    if (place(order, at + 1, teams, deadEnds)) return true;
    team.room = room;
    team.skill = skill;
    team.tickets.pop();
  }
  deadEnds.rooms ??= new Set();
  deadEnds.rooms.add(stateOf(at, teams));
  return false;
}

/** The team with the least skill so far, of equals the emptiest, that has room and was not tried. */
function weakest(teams: readonly OpenTeam[], size: number, tried: number): OpenTeam | undefined {
  let best: OpenTeam | undefined;
  for (const team of teams) {
    if (team.room < size || (tried & (1 << team.room)) !== 0) continue;
    if (!best || team.skill < best.skill || (team.skill === best.skill && team.room > best.room)) best = team;
  }
  return best;
}

const stateOf = (at: number, teams: readonly OpenTeam[]): string =>
  `${at}:${teams.map((team) => team.room).sort((a, b) => a - b)}`;
