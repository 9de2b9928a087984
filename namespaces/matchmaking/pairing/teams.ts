/** Who plays with whom: tickets whole, teams full, skills as even as a simple rule makes them. */
import type { Ticket } from "../store.ts";

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

interface Hopeless {
  /** Rooms left, with the ticket whose turn it is, from which no way leads on; made when there is one. */
  rooms: Set<string> | undefined;
}

function place(order: readonly Ticket[], at: number, teams: readonly Team[], hopeless: Hopeless): boolean {
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
