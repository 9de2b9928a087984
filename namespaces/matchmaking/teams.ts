/** Who plays with whom: tickets whole, teams full, skills as even as a simple rule makes them. */
import type { Ticket } from "./stored.ts";

interface Team {
  room: number;
  skill: number;
  readonly tickets: Ticket[];
}

/**
 * Lays tickets out in teams: the largest first, of equals the most skilled, each to the team with the least skill so far that
 * has room; steps back where that leaves one without room.
 * @param tickets together exactly `teams × perTeam` players, in sizes that can be laid out
 */
export function formTeams(tickets: readonly Ticket[], teams: number, perTeam: number): Ticket[][] {
  const order = tickets.toSorted(largestFirst);
  if (perTeam === 1) return order.map((ticket) => [ticket]);
  const filled: Team[] = Array.from({ length: teams }, () => ({ room: perTeam, skill: 0, tickets: [] }));
  if (!place(order, 0, filled, new Set())) throw new Error("these tickets do not fill whole teams");
  return filled.map((team) => team.tickets);
}

const largestFirst = (a: Ticket, b: Ticket): number =>
  b.members.length - a.members.length || b.skill - a.skill || (a.ticketId < b.ticketId ? -1 : 1);

/** @param hopeless rooms left, with the ticket whose turn it is, from which no way leads on */
function place(order: readonly Ticket[], at: number, teams: readonly Team[], hopeless: Set<string>): boolean {
  const ticket = order[at];
  if (!ticket) return true;
  if (hopeless.size > 0 && hopeless.has(stateOf(at, teams))) return false;
  const size = ticket.members.length;
  const tried = new Set<number>();
  for (const team of teams.toSorted((a, b) => a.skill - b.skill || b.room - a.room)) {
    // Teams with the same room lead to the same end.
    if (team.room < size || tried.has(team.room)) continue;
    tried.add(team.room);
    team.room -= size;
    team.skill += ticket.skill * size;
    team.tickets.push(ticket);
    if (place(order, at + 1, teams, hopeless)) return true;
    team.room += size;
    team.skill -= ticket.skill * size;
    team.tickets.pop();
  }
  hopeless.add(stateOf(at, teams));
  return false;
}

const stateOf = (at: number, teams: readonly Team[]): string =>
  `${at}:${teams.map((team) => team.room).sort((a, b) => a - b)}`;
