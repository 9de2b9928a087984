/** The tickets of one pool as columns of numbers, which pairing reads again and again, and what separates tickets. */
import { STEP, type Steps } from "../../../core/steps.ts";
import { type Mode, windowOf } from "../modes.ts";
import type { Ticket } from "../store.ts";

/** A ticket's number is its place in the order of age: 0 is the oldest. */
export interface TicketColumns {
  readonly tickets: readonly Ticket[];
  /** All 0 where skill does not count. */
  readonly skills: Float64Array;
  /** Falling from the oldest ticket to the youngest, because a window only widens. */
  readonly windows: Float64Array;
  readonly sizes: Uint8Array;
  /** A number for each region; 0 fits every region. */
  readonly regions: Uint8Array;
  /** 1 for a ticket that has waited long enough to leave its region. */
  readonly roams: Uint8Array;
}

/** @param tickets oldest first */
export function* ticketColumnsOf(tickets: readonly Ticket[], mode: Mode, now: number): Steps<TicketColumns> {
  const count = tickets.length;
  const columns = {
    tickets,
    skills: new Float64Array(count),
    windows: new Float64Array(count),
    sizes: new Uint8Array(count),
    regions: new Uint8Array(count),
    roams: new Uint8Array(count),
  };
  const regions = new Map([["", 0]]);
  for (let at = 0; at < count; at++) {
    if (at % STEP === 0) yield;
    const ticket = tickets[at] as Ticket;
    columns.sizes[at] = ticket.members.length;
    columns.windows[at] = windowOf(mode, now - ticket.joinedAt);
    if (mode.skill !== undefined) columns.skills[at] = ticket.skill;
    if (!mode.sameRegion) continue;
    const name = regionOf(mode, ticket);
    if (!regions.has(name)) regions.set(name, regions.size);
    columns.regions[at] = regions.get(name) ?? 0;
    columns.roams[at] = roams(mode, ticket, now) ? 1 : 0;
  }
  return columns;
}

/** A ticket's pool. Tickets of different pools never meet. */
export const poolOf = (ticket: Ticket): string =>
  ticket.properties.length === 0 ? "" : JSON.stringify(ticket.properties);

/** The region that separates tickets, or "" where none does. */
export const regionOf = (mode: Mode, ticket: Ticket): string =>
  mode.sameRegion ? (ticket.region ?? "") : "";

/** Whether the ticket has waited long enough to leave its region. */
export const roams = (mode: Mode, ticket: Ticket, now: number): boolean =>
  now - ticket.joinedAt >= mode.anyRegionAfterMs;

/** Whether two tickets of one pool may meet: within the window of both, and of regions that fit. */
export function meet(
  { skills, windows, regions, roams: roaming }: TicketColumns,
  a: number,
  b: number,
): boolean {
  const apart = Math.abs((skills[a] as number) - (skills[b] as number));
  if (apart > (windows[a] as number) || apart > (windows[b] as number)) return false;
  const [here, there] = [regions[a], regions[b]];
  return here === there || here === 0 || there === 0 || (roaming[a] === 1 && roaming[b] === 1);
}
